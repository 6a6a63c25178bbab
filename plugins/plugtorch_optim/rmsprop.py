"""Steps divided by a running size of the gradient."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class RMSprop(Optimizer):
    """p = p - lr g / (sqrt(v) + eps), where v = alpha v + (1 - alpha) g^2.

    Here p is the parameter, g its gradient plus weight_decay p. centered takes v - a^2 in the place
    of v, with a = alpha a + (1 - alpha) g. With momentum, p = p - lr b where b = momentum b + g /
    (sqrt(v) + eps).

    Args:
        params: tensors or groups of them.
        lr: learning rate. alpha: how slowly v forgets. eps: keeps the divisor off 0. weight_decay,
            momentum: at least 0. centered: divide by the spread of the gradient, not by its size.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> RMSprop([p], lr=0.05).step()
    >>> round(p.item(), 4)  # 1 - 0.05 * 3 / sqrt(0.01 * 9)
    0.5

    Source: Hinton (2012), lecture 6 of his course; Graves (2013), arXiv:1308.0850, centered;
    ``torch.optim.RMSprop``.
    """

    elementwise = True
    defaults = {
        "lr": 1e-2,
        "alpha": 0.99,
        "eps": 1e-8,
        "weight_decay": 0,
        "momentum": 0,
        "centered": False,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": 0, "square_avg": zeros_like(parameter)}
        if group["momentum"]:
            state["momentum_buffer"] = zeros_like(parameter)
        if group["centered"]:
            state["grad_avg"] = zeros_like(parameter)
        return state

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        alpha = group["alpha"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        square = alpha * state["square_avg"] + (1 - alpha) * gradient.square()
        new = {"step": state["step"] + 1, "square_avg": square}
        if group["centered"]:
            mean = new["grad_avg"] = alpha * state["grad_avg"] + (1 - alpha) * gradient
            square = square - mean.square()
        step = gradient / (square.sqrt() + group["eps"])
        if group["momentum"]:
            step = new["momentum_buffer"] = group["momentum"] * state["momentum_buffer"] + step
        return parameter - group["lr"] * step, new
