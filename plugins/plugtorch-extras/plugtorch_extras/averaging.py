"""What the Schedule-Free optimizers share: an average in the place of a learning rate schedule.

Three sequences: z goes down, x is the average of z, and gradients are taken at y between them.

    y = (1 - beta) z + beta x;  z = z - rate * step(y);  x = (1 - c) x + c z

The parameters are y while training and x for everything else. Only z is kept beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch import Optimizer, Tensor, no_grad
from plugtorch.errors import StateError


class ScheduleFree(Optimizer):
    """The part that does not depend on what a step is; ``momentum`` says what beta is."""

    def momentum(self, group: dict[str, Any]) -> float:
        """Beta, between 0 and 1."""
        raise NotImplementedError

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if not 0 < self.momentum(group) < 1:
            # at 0 the parameters would be z, from which the average cannot be found again
            raise self.refused("momentum", self.momentum(group), "a number between 0 and 1")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        param_group.setdefault("train_mode", True)

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "weight_sum": 0.0, "z": parameter.detach().clone()}

    def train(self) -> None:
        """Make the parameters y, where gradients are taken. They are so at first."""
        self._become(True, lambda beta: 1 - beta)

    def eval(self) -> None:
        """Make the parameters x, the average: for evaluating, saving and using the model."""
        self._become(False, lambda beta: 1 - 1 / beta)

    def _become(self, training: bool, weight: Callable[[float], float]) -> None:
        with no_grad():
            for group in self.param_groups:
                if group["train_mode"] is not training:
                    for parameter in group["params"]:
                        if parameter in self.state:
                            z = self.state[parameter]["z"]
                            parameter.lerp_(z, weight(self.momentum(group)))
                    group["train_mode"] = training

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        Raises StateError, before anything changes, after ``eval()``.
        """
        if not all(group["train_mode"] for group in self.param_groups):
            raise StateError(
                f"[{type(self).__name__}] the parameters are the average, since eval() was called, "
                "needed those that gradients are taken at. Call the optimizer's train() before "
                "training."
            )
        return super().step(closure)

    def move(
        self,
        y: Tensor,
        step: Tensor,
        state: dict[str, Any],
        group: dict[str, Any],
        correction: float = 1.0,
    ) -> tuple[Tensor, dict[str, Any]]:
        """The new y and the state that all share, after z = z - rate * step."""
        t, beta, z = state["step"] + 1, self.momentum(group), state["z"]
        rate = group["lr"] * min(1.0, t / max(1, group["warmup_steps"])) * correction
        weight = t ** group["r"] * rate ** group["weight_lr_power"]
        total = state["weight_sum"] + weight
        c = weight / total if total else 0.0
        new = y.lerp(z, c) + (rate * (beta * (1 - c) - 1)) * step
        return new, {"step": t, "weight_sum": total, "z": z - rate * step}
