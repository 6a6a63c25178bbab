"""A momentum divided by how far gradients are from it: long steps where they agree."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class AdaBelief(Optimizer):
    """p = (1 - lr weight_decay) p - lr r m' / (sqrt(s') + eps).

    m = beta1 m + (1 - beta1) g and s = beta2 s + (1 - beta2) (g - m)^2 + eps start at 0; m' = m /
    (1 - beta1^t) and s' = s / (1 - beta2^t) undo that after t steps. p is the parameter, g its
    gradient. r is 1, or with ``rectify`` RAdam's factor, and the step lr m' where that has none
    yet.

    Args:
        params: tensors or groups of them.
        lr: learning rate. betas: (beta1, beta2), from 0 to below 1. eps: added to s at every step,
            and keeps the divisor off 0; 1e-8 is advised where SGD beats Adam. weight_decay: at
            least 0. rectify: hold back while s is of few gradients.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> AdaBelief([p], lr=0.5, rectify=False).step()
    >>> round(p.item(), 4)  # m' = 3, s' = (3 - 0.3)^2
    0.4444

    Source: Zhuang et al. (2020), AdaBelief Optimizer, arXiv:2010.07468; defaults of the authors'
    code, version 0.2, rectification (Liu et al., arXiv:1908.03265) included.
    """

    elementwise = True
    defaults: dict[str, Any] = {
        "lr": 1e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-16,
        "weight_decay": 0.0,
        "rectify": True,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "exp_avg": zeros_like(parameter), "exp_avg_var": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, beta2 = group["betas"]
        lr, eps = group["lr"], group["eps"]
        t = state["step"] + 1
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        spread = beta2 * state["exp_avg_var"] + (1 - beta2) * (gradient - mean).square() + eps
        if group["weight_decay"]:
            parameter = parameter * (1 - lr * group["weight_decay"])
        rate, root = lr / (1 - beta1**t), (1 - beta2**t) ** 0.5
        factor = _rectification(beta2, t) if group["rectify"] else 1.0
        if not factor:
            step = rate * mean
        elif group["rectify"]:  # the authors' code adds eps before undoing the start at 0
            step = rate * factor * root * mean / (spread.sqrt() + eps)
        else:
            step = rate * mean / (spread.sqrt() / root + eps)
        return parameter - step, {"step": t, "exp_avg": mean, "exp_avg_var": spread}


def _rectification(beta2: float, t: int) -> float:
    """RAdam's factor; 0 while the estimate is of fewer than 5 gradients, as it were."""
    limit = 2 / (1 - beta2) - 1
    length = limit - 2 * t * beta2**t / (1 - beta2**t)
    if length < 5:
        return 0.0
    share = (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
    return float(share**0.5)
