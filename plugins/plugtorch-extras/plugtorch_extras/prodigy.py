"""Adam that estimates its own learning rate."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

from plugtorch import Optimizer, Tensor, enable_grad, no_grad, zeros_like


class Prodigy(Optimizer):
    """p = (1 - rate weight_decay) p - rate m / (sqrt(v) + d' eps), with rate = d lr.

    m = beta1 m + (1 - beta1) d g and v = beta2 v + (1 - beta2) d^2 g^2. d estimates how far the
    start p0 is from the goal, from all parameters together; next it is d' = max(d, d_coef r / sum
    |s|), where r = beta3 r + d / d0 rate sum g (p0 - p) and s = beta3 s + d / d0 rate g.

    Args:
        params: tensors or groups of them.
        lr: 1, or a schedule around it; one for all groups, or 0 for one that must stay. betas:
            (beta1, beta2), from 0 to below 1. beta3: sqrt(beta2) if None. eps: keeps the divisor
            off 0. weight_decay: at least 0. use_bias_correction: as Adam's. safeguard_warmup: leave
            lr out of s. d0: the first d. d_coef: see d'. growth_rate: of d' / d, at most; or None.

    Raises ArgumentError for options out of their range, and for groups of different lr.

    >>> import plugtorch
    >>> p = plugtorch.tensor(1.0, requires_grad=True)
    >>> optimizer = Prodigy([p])
    >>> for _ in range(100):
    ...     p.grad = 2 * (p.detach() - 3)
    ...     optimizer.step()
    >>> 0.5 < optimizer.param_groups[0]["d"] < 2.5  # the goal is 2 away
    True

    Source: Mishchenko and Defazio (2023), arXiv:2306.06101, algorithm 4; defaults of their code.
    """

    elementwise = True
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

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        first = self.param_groups[0]  # these are of all groups, but groups are what is saved
        for name, start in (("d", param_group["d0"]), ("r", 0.0), ("rate", 0.0), ("k", 0)):
            param_group.setdefault(name, first.get(name, start))

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        names = ("exp_avg", "exp_avg_sq", "s")
        return {"p0": parameter.detach().clone()} | {n: zeros_like(parameter) for n in names}

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Estimate d, then update every parameter that has a gradient."""
        with enable_grad():
            loss = None if closure is None else closure()
        with no_grad():
            estimated, d, r = self._estimate()
            if estimated:
                self._next_d = d
                super().step()
                for group in self.param_groups:
                    group.update(d=d, r=r, k=group["k"] + 1)
        return loss

    def _estimate(self) -> tuple[bool, float, float]:
        """Whether any gradient was other than 0, and the new d and r."""
        first, rates = self.param_groups[0], {group["lr"] for group in self.param_groups}
        lr = max(rates)
        if rates - {lr, 0.0}:
            raise self.refused("lr", sorted(rates), "one lr for all groups, or 0")
        d, k, (beta1, beta2) = first["d"], first["k"] + 1, first["betas"]
        corrected = (1 - beta2**k) ** 0.5 / (1 - beta1**k) if first["use_bias_correction"] else 1.0
        rate = d * lr * corrected
        beta3 = beta2**0.5 if first["beta3"] is None else first["beta3"]
        r, total = beta3 * first["r"], 0.0
        for group in self.param_groups:
            group["rate"] = rate
            for p in group["params"]:
                if p.grad is None or not group["lr"]:
                    continue
                gradient = -p.grad if group["maximize"] else p.grad
                state = self.state.get(p) or self.initial_state(p, group)
                scale = d / group["d0"]
                weight = scale * (d if group["safeguard_warmup"] else rate)
                s = beta3 * state["s"] + weight * gradient
                self.state[p] = {**state, "s": s}
                r += scale * rate * (gradient * (state["p0"] - p)).sum().item()
                total += s.abs().sum().item()
        grown = d * (inf if first["growth_rate"] is None else first["growth_rate"])
        return total > 0, min(max(d, first["d_coef"] * r / (total or inf)), grown), r

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
