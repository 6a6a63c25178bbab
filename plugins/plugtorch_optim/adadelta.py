"""Steps as long as the last ones, shared out by the gradient: no learning rate to find."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class Adadelta(Optimizer):
    """p = p - lr d, where d = sqrt((u + eps) / (v + eps)) g.

    v = rho v + (1 - rho) g^2, and then u = rho u + (1 - rho) d^2; both start at 0. p is the
    parameter, g its gradient plus weight_decay p.

    Args:
        params: tensors or groups of them.
        lr: learning rate; 1 is the paper's rule. rho: how slowly v and u forget, from 0 to 1.
        eps: above 0, or nothing ever moves. weight_decay: at least 0.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adadelta([p], rho=0.0, eps=16.0).step()     # d = 4 / sqrt(9 + 16) 3
    >>> round(p.item(), 4)
    -1.4

    Source: Zeiler (2012), arXiv:1212.5701; ``torch.optim.Adadelta``.
    """

    elementwise = True
    defaults = {"lr": 1.0, "rho": 0.9, "eps": 1e-6, "weight_decay": 0}

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if group["rho"] > 1:
            raise self.refused("rho", group["rho"], "a number from 0 to 1")

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "square_avg": zeros_like(parameter), "acc_delta": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        rho, eps = group["rho"], group["eps"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        square = rho * state["square_avg"] + (1 - rho) * gradient.square()
        past = state["acc_delta"]
        delta = ((past + eps) / (square + eps)).sqrt() * gradient
        past = rho * past + (1 - rho) * delta.square()
        new = {"step": state["step"] + 1, "square_avg": square, "acc_delta": past}
        return parameter - group["lr"] * delta, new
