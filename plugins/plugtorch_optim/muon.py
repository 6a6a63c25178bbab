"""Momentum of a matrix, made orthogonal: every direction it has gets a step of one length."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class Muon(Optimizer):
    """p = (1 - lr weight_decay) p - lr' orthogonal(h), where h = g + momentum (b - g).

    Here p is a matrix, g its gradient and b = momentum b + (1 - momentum) g; without nesterov h is
    b. orthogonal(h) is near the orthogonal matrix closest to h: from x = h / |h|, ns_steps times x
    = c0 x + (c1 a + c2 a a) x with a = x x^T drives all singular values of x towards 1. lr' = lr
    sqrt(max(1, rows / columns)), or with adjust_lr_fn="match_rms_adamw" 0.2 lr sqrt(max(rows,
    columns)).

    Args:
        params: matrices, or groups of them: the weights of hidden layers. Give the rest to AdamW.
        lr: learning rate. weight_decay, momentum: at least 0. nesterov: look ahead.
        ns_coefficients: (c0, c1, c2). eps: the least |h|. ns_steps: from 0 to 99.
        adjust_lr_fn: "original" (or None) or "match_rms_adamw".

    Raises ArgumentError for a parameter that is no matrix and for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.zeros(2, 2, requires_grad=True)
    >>> (p * plugtorch.tensor([[0.0, 3.0], [4.0, 0.0]])).sum().backward()
    >>> Muon([p], lr=1.0, ns_steps=0).step()
    >>> p.detach().round(decimals=1)        # h / |h|
    tensor([[ 0.0000, -0.6000],
            [-0.8000,  0.0000]])

    Source: Jordan (2024), kellerjordan.github.io/posts/muon; Liu et al. (2025), arXiv:2502.16982,
    for match_rms_adamw; ``torch.optim.Muon``.
    """

    defaults: dict[str, Any] = {
        "lr": 1e-3,
        "weight_decay": 0.1,
        "momentum": 0.95,
        "nesterov": True,
        "ns_coefficients": (3.4445, -4.775, 2.0315),
        "eps": 1e-7,
        "ns_steps": 5,
        "adjust_lr_fn": None,
    }

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        for parameter in group["params"]:
            if parameter.dim() != 2:
                shape = tuple(parameter.shape)
                raise self.refused("the shape of a parameter", shape, "two sizes. Use AdamW for it")
        if not (isinstance(group["ns_steps"], int) and group["ns_steps"] < 100):
            raise self.refused("ns_steps", group["ns_steps"], "a whole number from 0 to 99")
        if group["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            needed = '"original", "match_rms_adamw" or None'
            raise self.refused("adjust_lr_fn", group["adjust_lr_fn"], needed)

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        lr, momentum = group["lr"], group["momentum"]
        buffer = state["momentum_buffer"].lerp(gradient, 1 - momentum)
        ahead = gradient.lerp(buffer, momentum) if group["nesterov"] else buffer
        rows, columns = parameter.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            rate = lr * 0.2 * max(rows, columns) ** 0.5
        else:
            rate = lr * max(1, rows / max(1, columns)) ** 0.5
        step = _orthogonal(ahead, group["ns_coefficients"], group["ns_steps"], group["eps"])
        new = parameter * (1 - lr * group["weight_decay"]) - rate * step.to(parameter.dtype)
        return new, {"momentum_buffer": buffer}


def _orthogonal(
    matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float
) -> Tensor:
    first, second, third = coefficients
    rows, columns = matrix.shape
    x = _rounded(matrix.float())
    if rows > columns:
        x = x.T  # the product x x^T is then the smaller one
    x = _rounded(x / _rounded(x.norm().clamp(min=eps)))
    for _ in range(steps):
        a = _rounded(x @ x.T)
        x = _rounded(first * x + _rounded(second * a + third * (a @ a)) @ x)
    return x.T if rows > columns else x


def _rounded(x: Tensor) -> Tensor:
    """float32 rounded to bfloat16's 8 bits, in which PyTorch iterates, on any device: Veltkamp's
    splitting leaves of a sum with 2^16 x what is not lost below it.
    """
    wide = 65537 * x
    return wide - (wide - x)
