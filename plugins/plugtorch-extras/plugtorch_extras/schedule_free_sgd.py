"""SGD without a schedule."""

from __future__ import annotations

from typing import Any

from plugtorch import Tensor
from plugtorch_extras.averaging import ScheduleFree


class ScheduleFreeSGD(ScheduleFree):
    """z = z - rate g(y), x = (1 - c) x + c z, with y = (1 - momentum) z + momentum x.

    The parameters are y while training; call the optimizer's ``eval()`` before evaluating or saving
    the model, which makes them x, and ``train()`` before going on. g is the gradient plus
    weight_decay y. After t steps rate = lr min(1, t / warmup_steps), and c is the share of t^r
    rate^weight_lr_power in its sum so far.

    Args:
        params: tensors or groups of them.
        lr: learning rate; larger than with a schedule. momentum: between 0 and 1. weight_decay,
            warmup_steps: at least 0. r, weight_lr_power: how the average is weighed.

    Raises ArgumentError for options out of their range, StateError for a step after ``eval()``.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> optimizer = ScheduleFreeSGD([p], lr=0.25, momentum=0.5)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (p * p).sum().backward()
    ...     optimizer.step()
    >>> p.item(), optimizer.state[p]["z"].item()
    (0.3125, 0.25)
    >>> optimizer.eval()
    >>> p.item()  # the mean of 0.5 and 0.25
    0.375

    Source: Defazio et al. (2024), The Road Less Scheduled, arXiv:2405.15682; defaults of the
    authors' code. Weights of the average are the paper's: a learning rate that goes down weighs
    less, and one of 0 nothing.
    """

    elementwise = True
    defaults = {
        "lr": 1.0,
        "momentum": 0.9,
        "weight_decay": 0.0,
        "warmup_steps": 0,
        "r": 0.0,
        "weight_lr_power": 2.0,
    }

    def momentum(self, group: dict[str, Any]) -> float:
        return float(group["momentum"])

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        return self.move(parameter, gradient, state, group)
