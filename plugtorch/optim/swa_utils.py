"""Averages of a model's parameters over the course of training, and what goes with them.

    averaged = AveragedModel(model)                 # stochastic weight averaging: the plain mean
    averaged = AveragedModel(model, avg_fn=get_ema_avg_fn(0.999))       # the exponential mean
    for batch in loader:
        ...
        optimizer.step()
        averaged.update_parameters(model)
    update_bn(loader, averaged)                     # its running statistics were another model's
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any

import plugtorch
from plugtorch.autograd import no_grad
from plugtorch.autograd.walk import evaluate
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module
from plugtorch.optim.lr_scheduler.cycle import ANNEAL
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import Rate, number, whole
from plugtorch.optimizer import Optimizer
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import tensor

Average = Callable[[Tensor, Tensor, Any], Tensor]
"""average(averaged, current, num_averaged): the new average, from that of num_averaged models."""

MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]
"""The same for many tensors at once, written into the first."""
