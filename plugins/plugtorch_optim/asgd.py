"""Gradient descent that also keeps the mean of the parameters it passes through."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class ASGD(Optimizer):
    """p = (1 - lambd eta) p - eta g, and beside it ax = ax + mu (p - ax), the mean of late p.

    Here p is the parameter and g its gradient plus weight_decay p. After step t, eta = lr / (1 +
    lambd lr t)^alpha and mu = 1 / max(1, t - t0), for the next step: ax is p itself until t0. A
    changed lr therefore holds one step later. Use ``optimizer.state[p]["ax"]`` as the result.

    Args:
        params: tensors or groups of them.
        lr: learning rate. lambd: decay of the parameters and of eta. alpha: power of eta's decay.
        t0: the step at which the mean begins. weight_decay: at least 0.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> ASGD([p], lr=0.5, lambd=0.0).step()
    >>> p.item()
    -0.5

    Source: Polyak and Juditsky (1992), doi:10.1137/0330046; Bottou (2010) for eta;
    ``torch.optim.ASGD``.
    """

    elementwise = True
    defaults = {"lr": 1e-2, "lambd": 1e-4, "alpha": 0.75, "t0": 1e6, "weight_decay": 0}

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "eta": float(group["lr"]), "mu": 1.0, "ax": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        lr, lambd = float(group["lr"]), group["lambd"]
        eta, mu, mean = state["eta"], state["mu"], state["ax"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        new = (1 - lambd * eta) * parameter - eta * gradient
        t = state["step"] + 1
        return new, {
            "step": t,
            "eta": lr / (1 + lambd * lr * t) ** group["alpha"],
            "mu": 1 / max(1, t - group["t0"]),
            "ax": new.clone() if mu == 1 else mean + mu * (new - mean),
        }
