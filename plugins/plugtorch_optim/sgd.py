"""Gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor


class SGD(Optimizer):
    """p = p - lr b, where b = momentum b + (1 - dampening) g, and b = g at first.

    Here p is the parameter, g its gradient plus weight_decay p. Without momentum b is g; nesterov
    takes g + momentum b in the place of b.

    Args:
        params: tensors or groups of them.
        lr: learning rate. momentum, dampening, weight_decay: at least 0.
        nesterov: look ahead; needs a momentum and no dampening.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> SGD([p], lr=0.5).step()
    >>> p.item()
    -0.5

    Source: Sutskever et al. (2013) for both kinds of momentum, with lr outside of b;
    ``torch.optim.SGD``.
    """

    elementwise = True
    defaults = {"lr": 1e-3, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False}

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise self.refused(
                "nesterov",
                True,
                f"momentum above 0 and no dampening, not {group['momentum']} and "
                f"{group['dampening']}",
            )

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": None}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        momentum = group["momentum"]
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        if not momentum:
            return parameter - group["lr"] * gradient, {}
        buffer = state["momentum_buffer"]
        if buffer is None:
            buffer = gradient.clone()  # not dampened: there is nothing before it
        elif group["dampening"]:
            buffer = momentum * buffer + (1 - group["dampening"]) * gradient
        else:
            buffer = momentum * buffer + gradient
        step = gradient + momentum * buffer if group["nesterov"] else buffer
        return parameter - group["lr"] * step, {"momentum_buffer": buffer}
