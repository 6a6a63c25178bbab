"""Losses of many classes that keep the right ones ahead of the others."""

from __future__ import annotations

import math

from plugtorch import Generator, Loss, Tensor, randint, randn, tensor, where
from plugtorch.errors import DTypeError, IndexRangeError, ShapeError
from plugtorch_losses.checks import finite, whole


def rows(loss: Loss, input: Tensor) -> Tensor:
    """``input`` as (N, C); a vector is one row. Refuses what has more axes or no class."""
    if input.ndim > 2 or 0 in input.shape[input.ndim - 1 :]:
        raise ShapeError(
            f"[{type(loss).__name__}] got an input of shape {tuple(input.shape)}, needed (C,) or "
            "(N, C) with at least one class."
        )
    return input if input.ndim == 2 else input.reshape(1, -1)


def outside(loss: Loss, wrong: int, classes: int) -> IndexRangeError:
    """The error for a class that there is not; the caller raises it."""
    return IndexRangeError(
        f"[{type(loss).__name__}] a target is {wrong}, but there are {classes} classes, numbered "
        "from 0. Check the labels, or the size of the last layer."
    )


class MultiMarginLoss(Loss):
    """The right class ahead of each other: L = w[t] sum of max(0, m - x[t] + x[i])^p / C, i != t.

    Here x is the input, one number for each of C classes, and t the target, a class index.

    Args:
        p: 1 or 2.
        margin: m, by how much the right class must be ahead.
        weight: w, one number for each class, of the input's dtype; the mean is over rows.
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Takes (N, C) and (N,), or (C,) and (). Raises ArgumentError for another p, ShapeError,
    DTypeError, and IndexRangeError for a class that there is not.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[0.0, 0.5, 2.0]])
    >>> MultiMarginLoss()(x, plugtorch.tensor([2])).item()
    0.0
    >>> MultiMarginLoss()(x, plugtorch.tensor([1])).item()  # (0.5 + 2.5) / 3
    1.0

    Source: Crammer and Singer (2001), JMLR 2; ``torch.nn.MultiMarginLoss``.
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)
        if p not in (1, 2):
            raise self.refused("p", p, "1 or 2")
        if weight is not None and weight.ndim != 1:
            raise self.refused("weight's shape", tuple(weight.shape), "one axis, the classes")
        self.p = p
        self.margin = finite(self, "margin", margin)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three classes, and the right one."""
        return randn(5, 3, generator=generator), randint(3, (5,), generator=generator)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        x = rows(self, input)
        needed = tuple(input.shape[:-1])
        if tuple(target.shape) != needed and (needed or tuple(target.shape) != (1,)):
            raise ShapeError(
                f"[MultiMarginLoss] got a target of shape {tuple(target.shape)} for an input of "
                f"shape {tuple(input.shape)}, needed {needed}: one class index for each row."
            )
        index = whole(self, "target", target).reshape(-1, 1)
        classes = x.shape[1]
        try:
            right = x.gather(1, index)
        except IndexRangeError as error:
            raise outside(
                self, index[(index < 0) | (index >= classes)][0].item(), classes
            ) from error
        behind = (x - right + self.margin).relu()
        if self.p == 2:
            behind = behind.square()
        loss = behind.scatter(1, index, 0.0).mean(1)
        weight = self._buffers["weight"]
        if weight is not None:
            if tuple(weight.shape) != (classes,) or weight.dtype is not input.dtype:
                kind = ShapeError if tuple(weight.shape) != (classes,) else DTypeError
                raise kind(
                    f"[MultiMarginLoss] got a weight of shape {tuple(weight.shape)} in "
                    f"{weight.dtype}, needed ({classes},) in {input.dtype}."
                )
            loss = loss * weight[index.reshape(-1)]
        return self.reduce(loss.reshape(target.shape))


class MultiLabelMarginLoss(Loss):
    """Each right class ahead of each wrong one: L = sum of max(0, 1 - x[t] + x[i]) / C.

    Here x is the input, one number for each of C classes. A row of the target lists its right
    classes t and ends at the first -1; i goes over all that are not listed.

    Args:
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Takes two of shape (N, C), or two of (C,). Needs memory for N C k numbers, where k is the
    longest list. Raises ShapeError, DTypeError, and IndexRangeError for a class that there is not.

    >>> import plugtorch
    >>> x = plugtorch.tensor([0.0, 0.5, 2.0])
    >>> MultiLabelMarginLoss()(x, plugtorch.tensor([2, 1, -1])).item()  # 0.5 for 1 over 0, by 3
    0.1666666716337204

    Source: ``torch.nn.MultiLabelMarginLoss``.
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Rows of three classes, of which one or two are right."""
        lists = [[0, -1, -1], [2, 1, -1], [1, -1, 0], [0, 2, -1], [-1, 0, 1]]
        return randn(5, 3, generator=generator), tensor(lists)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        x = rows(self, input)
        if input.shape != target.shape:
            self.check_shapes(input, target)
        classes = x.shape[1]
        given = whole(self, "target", target).reshape(x.shape)
        if x.shape[0] and not -1 <= given.min().item() <= given.max().item() < classes:
            raise outside(self, given[(given < -1) | (given >= classes)][0].item(), classes)
        listed = (given < 0).cumsum(1) == 0
        longest = listed.sum(1).max().item() if x.shape[0] else 0
        listed = listed[:, :longest]
        index = where(listed, given[:, :longest], 0)
        right = x.new_zeros(x.shape).scatter_add(1, index, listed.to(x.dtype)) > 0
        # Every listed class against every class at once, (N, k, C), the largest there is: what does
        # not count is made -inf beforehand, where it is small
        needed = where(listed, 1 - x.gather(1, index), -math.inf)
        behind = where(right, -math.inf, x).unsqueeze(1) + needed.unsqueeze(2)
        loss = behind.relu().sum((1, 2)) / classes
        return self.reduce(loss.reshape(input.shape[:-1]))
