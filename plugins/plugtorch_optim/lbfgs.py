"""Newton's method, with the curvature learnt from the last gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch import Optimizer, Tensor, cat, enable_grad, no_grad, zeros_like
from plugtorch.errors import ArgumentError
from plugtorch.optimizer import required
from plugtorch_optim.line_search import Point, strong_wolfe


class LBFGS(Optimizer):
    """p = p + t d, max_iter times in each step, where d = -H g and H is near the inverse Hessian.

    H comes from the last history_size pairs s = t d, y = (new g) - (old g): H = (I - r s y^T) H (I -
    r y s^T) + r s s^T with r = 1 / (y^T s), from H = y^T s / (y^T y) I at the oldest. t is lr, and
    lr min(1, 1 / |g|_1) at the very first; with line_search_fn="strong_wolfe" it is where the search
    ends that begins there. p and g are all parameters and gradients as one vector.

    Args:
        params: tensors, or one group of them.
        lr: learning rate. max_iter: the most iterations in a step. max_eval: the most calls of the
            closure in a step; None: 1.25 max_iter. tolerance_grad: ends a step when no element of g
            is larger. tolerance_change: ends a step when no element, or not the loss, changes by
            more. history_size: how many pairs are kept. line_search_fn: "strong_wolfe" or None.

    Raises ArgumentError for several groups, and for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([3.0, -1.0], requires_grad=True)
    >>> optimizer = LBFGS([p], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((p - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure)
    tensor(8., ...)
    >>> p.detach().round(decimals=3)
    tensor([1., 1.])

    Source: Liu and Nocedal (1989), doi:10.1007/BF01589116; ``torch.optim.LBFGS``.
    """

    defaults: dict[str, Any] = {
        "lr": 1,
        "max_iter": 20,
        "max_eval": None,
        "tolerance_grad": 1e-7,
        "tolerance_change": 1e-9,
        "history_size": 100,
        "line_search_fn": None,
    }
