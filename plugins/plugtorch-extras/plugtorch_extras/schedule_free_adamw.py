"""AdamW without a schedule."""

from __future__ import annotations

from typing import Any

from plugtorch import Tensor, zeros_like
from plugtorch_extras.averaging import ScheduleFree


class ScheduleFreeAdamW(ScheduleFree):
    """z = z - rate (g(y) / (sqrt(v) + eps) + weight_decay y), x = (1 - c) x + c z, with y = (1 -
    beta1) z + beta1 x.

    v = beta2 v + (1 - beta2) g^2 starts at 0. The parameters are y while training; call the
    optimizer's ``eval()`` before evaluating or saving the model, which makes them x, and
    ``train()`` before going on. After t steps rate = lr sqrt(1 - beta2^t) min(1, t / warmup_steps),
    and c is the share of t^r rate^weight_lr_power in its sum so far.

    Args:
        params: tensors or groups of them.
        lr: learning rate; larger than with a schedule. betas: (beta1, beta2), between 0 and 1.
            eps: keeps the divisor off 0. weight_decay, warmup_steps: at least 0. r,
            weight_lr_power: how the average is weighed.

    Raises ArgumentError for options out of their range, StateError for a step after ``eval()``.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> ScheduleFreeAdamW([p], lr=0.5).step()
    >>> round(p.item(), 4)  # at first x, y and z are one
    0.5

    Source: Defazio et al. (2024), The Road Less Scheduled, arXiv:2405.15682, algorithm 1; defaults
    of the authors' code. Weights of the average are the paper's: a learning rate that goes down
    weighs less, and one of 0 nothing.
    """

    elementwise = True
    defaults = {
        "lr": 2.5e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0.0,
        "warmup_steps": 0,
        "r": 0.0,
        "weight_lr_power": 2.0,
    }

    def momentum(self, group: dict[str, Any]) -> float:
        return float(group["betas"][0])

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {**super().initial_state(parameter, group), "exp_avg_sq": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta2 = group["betas"][1]
        square = beta2 * state["exp_avg_sq"] + (1 - beta2) * gradient.square()
        step = gradient / (square.sqrt() + group["eps"])
        if group["weight_decay"]:
            step = step + group["weight_decay"] * parameter
        correction = (1 - beta2 ** (state["step"] + 1)) ** 0.5
        new, kept = self.move(parameter, step, state, group, correction)
        return new, {**kept, "exp_avg_sq": square}
