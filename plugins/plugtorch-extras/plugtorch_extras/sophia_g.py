"""A momentum divided by an estimate of the curvature, and clipped."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, finfo, no_grad, zeros_like


class SophiaG(Optimizer):
    """p = (1 - lr weight_decay) p - lr clip(m / max(rho batch_size h, 1e-15)), clipped to -1 and 1.

    m = beta1 m + (1 - beta1) g is a running mean of the gradient g. h, which ``update_hessian``
    makes, is one of the diagonal of the Gauss-Newton matrix; until it is called first the step is
    lr sign(m).

    The estimate needs labels drawn from the model's own prediction. The authors make one every ten
    steps:

        labels = softmax(logits, -1).multinomial(1).squeeze(-1)
        cross_entropy(logits, labels).backward()
        optimizer.update_hessian()
        optimizer.zero_grad()

    Args:
        params: tensors or groups of them.
        lr: length of the longest step. betas: (beta1, beta2), from 0 to below 1. rho: the larger,
            the fewer coordinates are clipped; the authors want 10 to 50 of a hundred not to be.
        weight_decay: at least 0. batch_size: of how many losses (tokens, in the paper) the mean is.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> optimizer = SophiaG([p], lr=0.5, weight_decay=0.0, rho=1.0, batch_size=1)
    >>> (10 * p).sum().backward()
    >>> optimizer.update_hessian()  # h = 0.01 * 100
    >>> optimizer.step()  # m = 0.35
    >>> round(p.item(), 4)
    0.825

    Source: Liu et al. (2023), Sophia, arXiv:2305.14342, algorithms 2 and 3; defaults and 1e-15 of
    the authors' code (github.com/Liuhong99/Sophia, where batch_size is given to step, as bs). The
    paper's runs have a beta1 of 0.96 and 1e-12.
    """

    elementwise = True
    defaults = {
        "lr": 1e-4,
        "betas": (0.965, 0.99),
        "rho": 0.04,
        "weight_decay": 0.1,
        "batch_size": 5120,
    }

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"exp_avg": zeros_like(parameter), "hessian": zeros_like(parameter)}

    def update_hessian(self) -> None:
        """H = beta2 h + (1 - beta2) g^2, with g the gradient of the loss for drawn labels."""
        with no_grad():
            for group in self.param_groups:
                beta2 = group["betas"][1]
                for parameter in group["params"]:
                    gradient = parameter.grad
                    if gradient is not None:
                        state = self.state.get(parameter) or self.initial_state(parameter, group)
                        hessian = beta2 * state["hessian"] + (1 - beta2) * gradient.square()
                        self.state[parameter] = {**state, "hessian": hessian}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        beta1, lr = group["betas"][0], group["lr"]
        mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
        hessian = state["hessian"]
        # clip(m / c) is m / max(|m|, c); the floor is for a mean and a curvature that are both 0
        floor = max(1e-15, finfo(parameter.dtype).tiny)
        curvature = (group["rho"] * group["batch_size"] * hessian).clamp(min=floor)
        parameter = parameter * (1 - lr * group["weight_decay"])
        new = parameter - lr * (mean / mean.abs().maximum(curvature))
        return new, {"exp_avg": mean, "hessian": hessian}
