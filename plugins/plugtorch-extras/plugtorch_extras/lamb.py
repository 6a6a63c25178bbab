"""Adam's direction, as long as the layer's weights allow: for very large batches."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like
from plugtorch_extras.lengths import length, share


class LAMB(Optimizer):
    """p = p - lr |p| / |u| u, with u = m' / (sqrt(v') + eps) + weight_decay p.

    Here p is a parameter (a layer), g its gradient, |.| the Euclidean norm over the whole layer; m'
    and v' are running means of g and g^2, corrected for their start at 0 as in Adam. The factor is
    1 where |p| or |u| is 0.

    Args:
        params: tensors or groups of them.
        lr: learning rate; the paper scales it with the square root of the batch and names no
            default. betas: (beta1, beta2), from 0 to below 1. eps: keeps the divisor off 0.
        weight_decay: at least 0; give biases and the like a group with 0, as the authors do.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([3.0, 4.0], requires_grad=True)
    >>> p.sum().backward()
    >>> LAMB([p], lr=0.1, weight_decay=0.0).step()
    >>> [round(x, 4) for x in p.tolist()]  # a tenth of its length, 5, along (1, 1)
    [2.6464, 3.6464]

    Source: You et al. (2020), Large Batch Optimization for Deep Learning, arXiv:1904.00962,
    algorithm 2; all defaults but lr as the authors' group trains with it
    (github.com/google-research/albert), by code that leaves out the correction of m and v.
    """

    defaults = {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-6, "weight_decay": 0.01}

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "exp_avg": zeros_like(parameter), "exp_avg_sq": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, beta2 = group["betas"]
        t = state["step"] + 1
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        square = beta2 * state["exp_avg_sq"] + (1 - beta2) * gradient.square()
        root = (square / (1 - beta2**t)).sqrt()
        step = mean / (1 - beta1**t) / (root + group["eps"]) + group["weight_decay"] * parameter
        trust = share(length(parameter), length(step)).to(parameter.dtype)
        new = parameter - group["lr"] * trust * step
        return new, {"step": t, "exp_avg": mean, "exp_avg_sq": square}
