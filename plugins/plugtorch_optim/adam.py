"""Momentum divided by a running size of the gradient; weight decay in the gradient or beside it."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class Adam(Optimizer):
    """p = p - lr m' / (sqrt(v') + eps), where m and v are running means of g and g^2.

    m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2 start at 0; m' = m / (1 - beta1^t)
    and v' = v / (1 - beta2^t) undo that after t steps. p is the parameter, g its gradient plus
    weight_decay p.

    Args:
        params: tensors or groups of them.
        lr: learning rate. betas: (beta1, beta2), from 0 to below 1. eps: keeps the divisor off 0.
        weight_decay: at least 0. amsgrad: take the largest v' so far, so that steps never grow
            again.
        decoupled_weight_decay: p = (1 - lr weight_decay) p before the step, and leave g alone:
            AdamW.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adam([p], lr=0.5).step()
    >>> p.item()
    0.5

    Source: Kingma and Ba (2015), arXiv:1412.6980; Reddi et al. (2018), arXiv:1904.09237, amsgrad;
    ``torch.optim.Adam``.
    """

    elementwise = True
    defaults: dict[str, Any] = {
        "lr": 1e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0,
        "amsgrad": False,
        "decoupled_weight_decay": False,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")[: 3 if group["amsgrad"] else 2]
        return {"step": 0} | {name: zeros_like(parameter) for name in names}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, beta2 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        if decay:
            if group["decoupled_weight_decay"]:
                parameter = parameter * (1 - lr * decay)
            else:
                gradient = gradient + decay * parameter
        t = state["step"] + 1
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient.square()
        new = {"step": t, "exp_avg": mean, "exp_avg_sq": square}
        if group["amsgrad"]:
            square = new["max_exp_avg_sq"] = state["max_exp_avg_sq"].maximum(square)
        # m' / (sqrt(v') + eps) with the corrections taken out of the tensors: two passes over
        # memory less
        root = (1 - beta2**t) ** 0.5
        rate = lr * root / (1 - beta1**t)
        return parameter - rate * (mean / (square.sqrt() + root * group["eps"])), new


class AdamW(Adam):
    """Adam with decoupled weight decay, 0.01 unless you say otherwise.

    p = (1 - lr weight_decay) p - lr m' / (sqrt(v') + eps), with m' and v' as in Adam.

    Args and raises: as Adam.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (0 * p).sum().backward()
    >>> AdamW([p], lr=0.5, weight_decay=0.5).step()
    >>> p.item()
    0.75

    Source: Loshchilov and Hutter (2019), arXiv:1711.05101; ``torch.optim.AdamW``.
    """

    defaults = Adam.defaults | {"weight_decay": 1e-2, "decoupled_weight_decay": True}
