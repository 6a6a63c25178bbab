"""Adam with Nesterov's look ahead, written with the change of the gradient."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like


class Adan(Optimizer):
    """p = (p - lr (m' + beta2 v') / (sqrt(n') + eps)) / (1 + lr weight_decay).

    m, v and n are running means, by beta1, beta2 and beta3, of g, of d and of (g + beta2 d)^2,
    where g is the gradient and d its change since the step before, 0 at first. Primes undo their
    start at 0: m' = m / (1 - beta1^t) after t steps.

    Args:
        params: tensors or groups of them.
        lr: learning rate; the authors take 5 to 10 times Adam's. betas: (beta1, beta2, beta3), from
            0 to below 1. eps: keeps the divisor off 0. weight_decay: at least 0.
        no_prox: decay as AdamW does, by p = (1 - lr weight_decay) p before the step.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adan([p], lr=0.5).step()
    >>> p.item()
    0.5

    Source: Xie et al. (2022), Adaptive Nesterov Momentum Algorithm, arXiv:2208.06677, algorithm 1;
    defaults of the authors' code (github.com/sail-sg/Adan), which calls the paper's 1 - beta a
    beta, and whose README finds a weight_decay of 0.02 right for all of the paper's runs.
    """

    elementwise = True
    defaults: dict[str, Any] = {
        "lr": 1e-3,
        "betas": (0.98, 0.92, 0.99),
        "eps": 1e-8,
        "weight_decay": 0.0,
        "no_prox": False,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        names = ("exp_avg", "exp_avg_diff", "exp_avg_sq", "previous")
        return {"step": 0} | {name: zeros_like(parameter) for name in names}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, beta2, beta3 = group["betas"]
        lr, decay = group["lr"], group["weight_decay"]
        t = state["step"] + 1
        change = gradient - (state["previous"] if state["step"] else gradient)
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        drift = beta2 * state["exp_avg_diff"] + (1 - beta2) * change
        ahead = gradient + beta2 * change
        square = beta3 * state["exp_avg_sq"] + (1 - beta3) * ahead.square()
        root = (square / (1 - beta3**t)).sqrt() + group["eps"]
        step = lr * (mean / (1 - beta1**t) + drift * (beta2 / (1 - beta2**t))) / root
        if group["no_prox"]:
            new = parameter * (1 - lr * decay) - step
        else:
            new = (parameter - step) / (1 + lr * decay)
        kept = {"exp_avg": mean, "exp_avg_diff": drift, "exp_avg_sq": square}
        return new, {"step": t, **kept, "previous": gradient.clone()}
