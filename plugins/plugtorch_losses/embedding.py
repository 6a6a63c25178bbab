"""Losses of vectors: near those that are alike, far from others."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

from plugtorch import Generator, Loss, Tensor, minimum, randn, where
from plugtorch.errors import ShapeError
from plugtorch.functional import pairwise_distance
from plugtorch_losses.checks import equal_axes, finite, positive, signs

# PyTorch's, added to squared lengths: it keeps the cosine of a vector of zeros from being 0/0
_SQUARE_FLOOR = 1e-12


class CosineEmbeddingLoss(Loss):
    """By the angle of two vectors: L = 1 - c where the target is 1, max(0, c - margin) where -1.

    Here c = x1 . x2 / (|x1| |x2|) is their cosine. For any other target L = 0.

    Args:
        margin: the cosine up to which what is not alike costs nothing; -1 to 1 has a meaning.
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Takes input1 and input2 of shape (N, D) and a target of shape (N,), or (D,) twice and (). Sizes
    of 1 broadcast with a warning. Raises ShapeError for others, ArgumentError for an infinite
    margin.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[3.0, 4.0]])
    >>> round(CosineEmbeddingLoss()(x, -x, plugtorch.tensor([1])).item(), 4)
    2.0

    Source: ``torch.nn.CosineEmbeddingLoss``.
    """

    operands = 3
    broadcasts = True

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)
        self.margin = finite(self, "margin", margin)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Two vectors, and whether they are alike."""
        first, second = (randn(5, 3, generator=generator) for _ in range(2))
        return first, second, signs(5, generator=generator)

    def forward(  # type: ignore[override]  # three operands
        self, input1: Tensor, input2: Tensor, target: Tensor
    ) -> Tensor:
        axes = target.ndim + 1
        if axes > 2 or input1.ndim != axes or input2.ndim != axes:
            raise ShapeError(
                f"[CosineEmbeddingLoss] got input1 {tuple(input1.shape)}, input2 "
                f"{tuple(input2.shape)} and target {tuple(target.shape)}, needed (N, D), (N, D) "
                "and (N,), or (D,), (D,) and ()."
            )
        if input1.shape != input2.shape:
            self.check_shapes(input1, input2, ("input1", "input2"))
        kind = input1.dtype
        if kind.itemsize == 2:  # a half holds neither large squares nor the floor
            input1, input2 = input1.float(), input2.float()
        # each length has a root of its own: the product of both squares would overflow first
        one = (input1.square().sum(-1) + _SQUARE_FLOOR).sqrt()
        two = (input2.square().sum(-1) + _SQUARE_FLOOR).sqrt()
        cosine = (input1 * input2).sum(-1) / one / two
        if tuple(target.shape) not in (tuple(cosine.shape), (1,)) and cosine.shape != (1,):
            raise ShapeError(
                f"[CosineEmbeddingLoss] got a target of shape {tuple(target.shape)} for "
                f"{tuple(cosine.shape)} pairs, needed one number for each."
            )
        apart = (cosine - self.margin).clamp(min=0)
        loss = where(target == 1, 1 - cosine, where(target == -1, apart, 0.0))
        return self.reduce(loss.to(kind))


class TripletMarginWithDistanceLoss(Loss):
    """An anchor nearer to its like than to others: L = max(0, d(a, p) - d(a, n) + margin).

    With swap, d(p, n) takes the place of d(a, n) where it is less: the harder of both negatives.

    Args:
        distance_function: d, of two tensors of shape (N, ...), one number for each row; Euclidean
            if None.
        margin: by how much the other must be farther; above 0.
        swap: whether to swap.
        reduction: "none", "mean" or "sum".

    Different shapes broadcast with a warning. Raises ShapeError unless anchor, positive and
    negative have equally many axes, ArgumentError for a margin that is not above 0.

    >>> import plugtorch
    >>> a, p, n = plugtorch.tensor([[0.0]]), plugtorch.tensor([[3.0]]), plugtorch.tensor([[1.0]])
    >>> loss = TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1))
    >>> loss(a, p, n).item()
    3.0

    Source: Balntas et al. (2016), doi:10.5244/C.30.119, for the swap;
    ``torch.nn.TripletMarginWithDistanceLoss``.
    """

    operands = 3
    broadcasts = True

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
        size_average: bool | None = None,
        reduce: bool | None = None,
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)
        self.distance_function = distance_function or pairwise_distance
        if not callable(self.distance_function):
            raise self.refused("distance_function", distance_function, "a function of two tensors")
        self.margin = positive(self, "margin", margin)
        self.swap = swap

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """An anchor, its like and another."""
        anchor, positive, negative = (randn(5, 3, generator=generator) for _ in range(3))
        return anchor, positive, negative

    def forward(  # type: ignore[override]  # three operands
        self, anchor: Tensor, positive: Tensor, negative: Tensor
    ) -> Tensor:
        equal_axes(self, anchor=anchor, positive=positive, negative=negative)
        if anchor.shape != positive.shape:
            self.check_shapes(anchor, positive, ("anchor", "positive"))
        elif anchor.shape != negative.shape:
            self.check_shapes(anchor, negative, ("anchor", "negative"))
        near = self.distance(anchor, positive)
        far = self.distance(anchor, negative)
        if self.swap:
            far = minimum(far, self.distance(positive, negative))
        return self.reduce((near - far + self.margin).clamp(min=0))

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        """How far apart two are, a number for each row."""
        return self.distance_function(x, y)


class TripletMarginLoss(TripletMarginWithDistanceLoss):
    """The same with the p-norm for a distance: d(x, y) = |x - y + eps|_p along the last axis.

    Args:
        margin: by how much the other must be farther; above 0.
        p: which norm.
        eps: keeps the derivative of a distance of 0 finite.
        swap: as in TripletMarginWithDistanceLoss.
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Raises as TripletMarginWithDistanceLoss.

    >>> import plugtorch
    >>> a, p, n = plugtorch.tensor([[0.0]]), plugtorch.tensor([[3.0]]), plugtorch.tensor([[1.0]])
    >>> round(TripletMarginLoss()(a, p, n).item(), 4)
    3.0

    Source: Balntas et al. (2016), doi:10.5244/C.30.119; ``torch.nn.TripletMarginLoss``.
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(
            margin=margin, swap=swap, reduction=reduction, size_average=size_average, reduce=reduce
        )
        if not isinstance(p, Real) or p != p:
            raise self.refused("p", p, "a number")
        self.p: float = p
        self.eps: float = finite(self, "eps", eps)

    def distance(self, x: Tensor, y: Tensor) -> Tensor:
        return pairwise_distance(x, y, self.p, self.eps)
