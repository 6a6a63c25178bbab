"""Adam that begins as plain momentum, until it has seen enough gradients to know their size."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class RAdam(Optimizer):
    """p = p - lr r m' sqrt(1 - beta2^t) / (sqrt(v) + eps), or p - lr m' at first.

    m, v and m' = m / (1 - beta1^t) are as in Adam. v is a mean of about n = N - 2 t beta2^t / (1 -
    beta2^t) squares, of N = 2 / (1 - beta2) - 1 in the end. Where n is above 5 its spread is known,
    and r = sqrt((n - 4) (n - 2) N / ((N - 4) (N - 2) n)) makes good for it; before, v is not used.
    p is the parameter, g its gradient plus weight_decay p, t the number of the step, from 1.

    Args:
        params: tensors or groups of them.
        lr: learning rate. betas: (beta1, beta2), from 0 to below 1. eps: keeps the divisor off 0.
        weight_decay: at least 0.
        decoupled_weight_decay: p = (1 - lr weight_decay) p before the step, and leave g alone.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> RAdam([p], lr=0.5).step()
    >>> p.item()
    -0.5

    Source: Liu et al. (2020), arXiv:1908.03265; ``torch.optim.RAdam``.
    """

    elementwise = True
    defaults = {
        "lr": 1e-3,
        "betas": (0.9, 0.999),
        "eps": 1e-8,
        "weight_decay": 0,
        "decoupled_weight_decay": False,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "exp_avg": zeros_like(parameter), "exp_avg_sq": zeros_like(parameter)}

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
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        square = beta2 * state["exp_avg_sq"] + (1 - beta2) * gradient.square()
        rate = lr / (1 - beta1**t)
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / (1 - beta2**t)
        step = mean
        if length > 5:
            gain = (length - 4) * (length - 2) / length
            rate *= (gain * longest / ((longest - 4) * (longest - 2)) * (1 - beta2**t)) ** 0.5
            step = mean / (square.sqrt() + group["eps"])
        return parameter - rate * step, {"step": t, "exp_avg": mean, "exp_avg_sq": square}
