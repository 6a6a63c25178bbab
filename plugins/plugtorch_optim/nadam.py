"""Adam that looks ahead along its momentum."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class NAdam(Optimizer):
    """p = p - lr (a g + b m) / (sqrt(v / (1 - beta2^t)) + eps), with m and v as in Adam.

    a = (1 - mu(t)) / (1 - mu(1) ... mu(t)) and b = mu(t + 1) / (1 - mu(1) ... mu(t + 1)): of the
    momentum, the share that the next step would take. mu(t) = beta1 (1 - 0.96^(t momentum_decay) /
    2). p is the parameter, g its gradient plus weight_decay p, t the number of the step, from 1.

    Args:
        params: tensors or groups of them.
        lr: learning rate. betas: (beta1, beta2), from 0 to below 1. eps: keeps the divisor off 0.
        weight_decay: at least 0. momentum_decay: how fast mu comes to beta1.
        decoupled_weight_decay: p = (1 - lr weight_decay) p before the step, and leave g alone.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> NAdam([p], lr=0.5, betas=(0.0, 0.9)).step()    # without momentum, and v / (1 - beta2) = g^2
    >>> p.item()
    0.5

    Source: Dozat (2016), openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ; ``torch.optim.NAdam``.
    """

    elementwise = True
    defaults = {
        "lr": 2e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0,
        "momentum_decay": 4e-3,
        "decoupled_weight_decay": False,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {
            "step": 0,
            "mu_product": 1.0,
            "exp_avg": zeros_like(parameter),
            "exp_avg_sq": zeros_like(parameter),
        }

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
        mu, mu_next = (
            beta1 * (1 - 0.96 ** (time * group["momentum_decay"]) / 2) for time in (t, t + 1)
        )
        product = state["mu_product"] * mu
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        square = beta2 * state["exp_avg_sq"] + (1 - beta2) * gradient.square()
        root = (1 - beta2**t) ** 0.5  # taken out of the tensors: a pass over memory less
        a = lr * root * (1 - mu) / (1 - product)
        b = lr * root * mu_next / (1 - product * mu_next)
        new = parameter - (a * gradient + b * mean) / (square.sqrt() + root * group["eps"])
        return new, {"step": t, "mu_product": product, "exp_avg": mean, "exp_avg_sq": square}
