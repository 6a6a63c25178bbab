"""Adam that estimates its own learning rate."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from plugtorch import Optimizer, Tensor, enable_grad, no_grad, zeros_like
from plugtorch_extras.goal import estimated


class Prodigy(Optimizer):
    """p = (1 - rate weight_decay) p - rate m / (sqrt(v) + d' eps), with rate = d lr.

    m = beta1 m + (1 - beta1) d g and v = beta2 v + (1 - beta2) d^2 g^2. d estimates how far the
    start p0 is from the goal, from all parameters together; next it is d' = max(d, d_coef r / sum
    |s|), where r = beta3 r + d / d0 rate sum g (p0 - p) and s = beta3 s + d / d0 rate g; or it is
    on its way there, as fast as growth_rate lets it.

    Args:
        params: tensors or groups of them.
        lr: 1, or a schedule around it; one for all groups, or 0 for one that must stay. betas:
            (beta1, beta2), from 0 to below 1. beta3: sqrt(beta2) if None. eps: keeps the divisor
            off 0. weight_decay: at least 0. use_bias_correction: as Adam's. safeguard_warmup: leave
            lr out of s. d0: the first d. d_coef: see d'. growth_rate: of d' / d, at most, once d is
            not d0 any more; None for any.

    Raises ArgumentError for options out of their range, and for groups of different lr.

    >>> import plugtorch
    >>> p = plugtorch.tensor(1.0, requires_grad=True)
    >>> optimizer = Prodigy([p])
    >>> for _ in range(100):
    ...     p.grad = 2 * (p.detach() - 3)
    ...     optimizer.step()
    >>> 0.5 < optimizer.param_groups[0]["d"] < 2.5  # the goal is 2 away
    True

    Source: Mishchenko and Defazio (2023), arXiv:2306.06101, algorithm 4; defaults and growth_rate
    as in the authors' code (github.com/konstmish/prodigy), where no limit is written inf.
    """

    defaults: dict[str, Any] = {
        "lr": 1.0,
        "betas": (0.9, 0.999),
        "beta3": None,
        "eps": 1e-8,
        "weight_decay": 0.0,
        "use_bias_correction": False,
        "safeguard_warmup": False,
        "d0": 1e-6,
        "d_coef": 1.0,
        "growth_rate": None,
    }

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if group["d0"] <= 0:
            raise self.refused("d0", group["d0"], "a number above 0")
        for name, least, below in (("beta3", 0, 1), ("growth_rate", 1, inf)):
            value = least if group[name] is None else group[name]
            if not (isinstance(value, int | float) and least <= value < below):
                raise self.refused(name, value, f"a number from {least} to below {below}, or None")

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        first = self.param_groups[0]  # these are of all groups, but groups are what is saved
        start = {"d": param_group["d0"], "d_max": param_group["d0"], "r": 0.0, "rate": 0.0, "k": 0}
        param_group |= {k: first.get(k, v) for k, v in start.items() if k not in param_group}

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        names = ("exp_avg", "exp_avg_sq", "s")
        return {"p0": parameter.detach().clone()} | {n: zeros_like(parameter) for n in names}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Estimate d, then update every parameter that has a gradient."""
        with enable_grad():
            loss = None if closure is None else closure()
        with no_grad():
            estimate = estimated(self)
            if estimate:
                self._next_d = estimate["d"]
                super().step()
                for group in self.param_groups:
                    group.update(estimate, k=group["k"] + 1)
        return loss

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        if not group["lr"]:
            return parameter, state
        (beta1, beta2), d, rate = group["betas"], group["d"], group["rate"]
        mean = beta1 * state["exp_avg"] + (1 - beta1) * d * gradient
        square = beta2 * state["exp_avg_sq"] + (1 - beta2) * (d * gradient).square()
        if group["weight_decay"]:
            parameter = parameter * (1 - rate * group["weight_decay"])
        new = parameter - rate * (mean / (square.sqrt() + self._next_d * group["eps"]))
        return new, {**state, "exp_avg": mean, "exp_avg_sq": square}
