"""The sign of a momentum: steps of one length in every coordinate."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class Lion(Optimizer):
    """p = (1 - lr weight_decay) p - lr sign(beta1 m + (1 - beta1) g), then m = beta2 m + (1 -
    beta2) g.

    Here p is the parameter, g its gradient; m starts at 0.

    Args:
        params: tensors or groups of them.
        lr: length of a step; the authors take a third to a tenth of what Adam would be given.
        betas: (beta1, beta2), from 0 to below 1. weight_decay: at least 0; three to ten times
            Adam's.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0, 1.0], requires_grad=True)
    >>> (p * plugtorch.tensor([3.0, -0.1])).sum().backward()
    >>> Lion([p], lr=0.25).step()
    >>> p.tolist()
    [0.75, 1.25]

    Source: Chen et al. (2023), Symbolic Discovery of Optimization Algorithms, arXiv:2302.06675,
    algorithm 2; defaults of the authors' code.
    """

    elementwise = True
    defaults = {"lr": 1e-4, "betas": (0.9, 0.99), "weight_decay": 0.0}

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"exp_avg": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, beta2 = group["betas"]
        lr, mean = group["lr"], state["exp_avg"]
        direction = (beta1 * mean + (1 - beta1) * gradient).sign()
        if group["weight_decay"]:
            parameter = parameter * (1 - lr * group["weight_decay"])
        mean = beta2 * mean + (1 - beta2) * gradient
        return parameter - lr * direction, {"exp_avg": mean}
