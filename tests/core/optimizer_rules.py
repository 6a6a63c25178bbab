"""Two optimizers to test the base with: a rule, and the same rule written PyTorch's way."""

from __future__ import annotations

from typing import Any

import plugtorch
from plugtorch.optimizer import Optimizer

NAMES = ["SGD", "RMSprop", "Adagrad", "Adam", "AdamW"]


class Momentum(Optimizer):
    """A rule as an author would write it."""

    defaults = {"lr": 0.5, "momentum": 0.5}

    def initial_state(self, parameter: Any, group: Any) -> Any:
        return {"buffer": plugtorch.zeros_like(parameter)}

    def update(self, parameter: Any, gradient: Any, state: Any, group: Any) -> Any:
        buffer = group["momentum"] * state["buffer"] + gradient
        return parameter - group["lr"] * buffer, {"buffer": buffer}


class Classic(Optimizer):
    """The same rule as people write it for PyTorch."""

    def __init__(self, params: Any, lr: float = 0.5, momentum: float = 0.5) -> None:
        if lr < 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, momentum=momentum))  # noqa: C408 - as people write it

    @plugtorch.no_grad()
    def step(self, closure: Any = None) -> Any:
        loss = None
        if closure is not None:
            with plugtorch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["buffer"] = plugtorch.zeros_like(p)
                state["step"] += 1
                state["buffer"].mul_(group["momentum"]).add_(p.grad)
                p.data.add_(state["buffer"], alpha=-group["lr"])
        return loss


def leaf(*values: float) -> Any:
    return plugtorch.tensor(values, requires_grad=True)


def give(parameter: Any, *gradient: float) -> Any:
    parameter.grad = plugtorch.tensor(gradient, dtype=parameter.dtype)
    return parameter
