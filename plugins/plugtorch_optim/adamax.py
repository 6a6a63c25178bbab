"""Momentum divided by the largest gradient of late."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class Adamax(Optimizer):
    """p = p - lr m / ((1 - beta1^t) u), where u = max(beta2 u, |g| + eps).

    Here p is the parameter, g its gradient plus weight_decay p, m = beta1 m + (1 - beta1) g, and t
    the number of the step, from 1. m and u start at 0.

    Args:
        params: tensors or groups of them.
        lr: learning rate. betas: (beta1, beta2), from 0 to below 1. eps: keeps the divisor off 0.
        weight_decay: at least 0.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adamax([p], lr=0.5).step()
    >>> p.item()
    0.5

    Source: Kingma and Ba (2015), arXiv:1412.6980, section 7.1; ``torch.optim.Adamax``.
    """

    elementwise = True
    defaults = {"lr": 2e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0}

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "exp_avg": zeros_like(parameter), "exp_inf": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, beta2 = group["betas"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        t = state["step"] + 1
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        largest = (beta2 * state["exp_inf"]).maximum(gradient.abs() + group["eps"])
        rate = group["lr"] / (1 - beta1**t)
        new = parameter - rate * (mean / largest)
        return new, {"step": t, "exp_avg": mean, "exp_inf": largest}
