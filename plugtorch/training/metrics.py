"""Figures that say how good a model is. A metric is a function of (output, target) and is called by
its name.
"""

from __future__ import annotations

from collections.abc import Callable

from plugtorch.tensor import Tensor

Metric = Callable[[Tensor, Tensor], float]


def accuracy(output: Tensor, target: Tensor) -> float:
    """The fraction of rows whose largest entry is at the target's class.

    mean(argmax(output, 1) == target), with output: (N, C) scores or probabilities, target: (N,)
    class numbers.

    >>> import plugtorch
    >>> accuracy(plugtorch.tensor([[0.1, 0.9], [0.8, 0.2]]), plugtorch.tensor([1, 1]))
    0.5
    """
    return int((output.argmax(1) == target).sum()) / len(target)


def rmse(output: Tensor, target: Tensor) -> float:
    """The root of the mean squared error, in the unit of the target.

    sqrt(mean((output - target)^2)), with both of the same shape.

    >>> import plugtorch
    >>> rmse(plugtorch.tensor([3.0, 0.0]), plugtorch.tensor([0.0, 3.0]))
    3.0
    """
    return float(((output - target) ** 2).mean().sqrt())


def r2(output: Tensor, target: Tensor) -> float:
    """The fraction of the target's variance that is explained: 1 is perfect, 0 as good as its mean.

    1 - sum((output - target)^2) / sum((target - mean(target))^2), with both of the same shape.

    >>> import plugtorch
    >>> r2(plugtorch.tensor([1.0, 2.0, 3.0]), plugtorch.tensor([1.0, 2.0, 3.0]))
    1.0

    Source: the coefficient of determination.
    """
    unexplained = ((output - target) ** 2).sum()
    return float(1 - unexplained / ((target - target.mean()) ** 2).sum())
