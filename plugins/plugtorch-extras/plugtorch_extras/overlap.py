"""How little two masks overlap, for parts of a picture that are small.

Input: logits (N, C, d1, ...), of N pictures and C classes. Target: of the same shape, from 0 to 1,
where every class is a yes or no of its own (sigmoid); or class indices (N, d1, ...), int64, where
there is one class at each place (softmax). The loss is one number for each picture and class, (N,
C), then reduced.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from plugtorch import Generator, Loss, Tensor, rand, randn
from plugtorch.errors import DTypeError, ShapeError
from plugtorch.nn.functional import one_hot, sigmoid, softmax
from plugtorch_extras.precision import widened


class _Overlap(Loss):
    """The masks, and how they are made; ``score`` says how well they fit."""

    def __init__(self, smooth: float, **options: Any) -> None:
        super().__init__(**options)
        if not (smooth >= 0 and isfinite(smooth)):
            raise self.refused("smooth", smooth, "a finite number of at least 0")
        self.smooth = smooth

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five pictures of two classes and seven places."""
        mask = rand(5, 2, 7, generator=generator) > 0.5
        return randn(5, 2, 7, generator=generator), mask.float()

    def score(self, p: Tensor, t: Tensor) -> Tensor:
        """How well the masks p and t, (N, C, places), fit: (N, C), at most 1."""
        raise NotImplementedError

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        logits, name = widened(input), type(self).__name__
        if input.ndim < 2 or tuple(target.shape) not in (
            tuple(input.shape),
            (*input.shape[:1], *input.shape[2:]),
        ):
            raise ShapeError(
                f"[{name}] got an input of shape {tuple(input.shape)} and a target of shape "
                f"{tuple(target.shape)}, needed (N, C, d1, ...) and the same, or class indices "
                "(N, d1, ...)."
            )
        if target.ndim == input.ndim:
            p, t = sigmoid(logits), target.to(logits.dtype)
        elif target.dtype.is_floating_point:
            raise DTypeError(
                f"[{name}] got class indices of {target.dtype}, needed integers. Convert them with "
                ".long()."
            )
        else:
            p = softmax(logits, 1)
            t = one_hot(target.long(), input.shape[1]).movedim(-1, 1).to(logits.dtype)
        loss = 1 - self.score(p.flatten(2) if p.ndim > 2 else p.unsqueeze(-1), t.reshape(*_flat(t)))
        weight = self._buffers["weight"]
        if weight is not None:
            loss = loss * self.fitting("weight", weight, loss)
        return self.reduce(loss, weight).to(input.dtype)


def _flat(t: Tensor) -> tuple[int, int, int]:
    places = 1
    for size in t.shape[2:]:
        places *= size
    return t.shape[0], t.shape[1], places


class DiceLoss(_Overlap):
    """L = 1 - (2 sum p t + smooth) / (sum p^2 + sum t^2 + smooth), sums over the places.

    Here p is the predicted mask, the sigmoid or softmax of the input, and t the target's.

    Args:
        smooth: keeps the quotient from 0 / 0 where both masks are empty; they then fit.
        reduction, weight: as in ``Loss``; a weight of shape (C,) is one for each class.

    Shapes: see the module. Raises ArgumentError, ShapeError, DTypeError.

    >>> import plugtorch
    >>> mask = plugtorch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    >>> loss_fn = DiceLoss(smooth=0.0)
    >>> loss_fn(plugtorch.tensor([[[99.0, -99.0, 99.0, -99.0]]]), mask).item()  # half of each
    0.5

    Source: Milletari, Navab and Ahmadi (2016), V-Net, arXiv:1606.04797, section 3; it has no
    smooth.
    """

    def __init__(self, smooth: float = 1.0, **options: Any) -> None:
        super().__init__(smooth, **options)

    def score(self, p: Tensor, t: Tensor) -> Tensor:
        sizes = p.square().sum(-1) + t.square().sum(-1)
        return (2 * (p * t).sum(-1) + self.smooth) / (sizes + self.smooth)


class TverskyLoss(_Overlap):
    """L = 1 - (both + smooth) / (both + alpha extra + beta missed + smooth).

    Here both = sum p t, extra = sum p (1 - t) and missed = sum (1 - p) t over the places; p is the
    predicted mask, the sigmoid or softmax of the input, and t the target's. Alpha = beta = 0.5 is
    the quotient of Dice without its squares, 1 and 1 that of Jaccard.

    Args:
        alpha, beta: what it costs to take too much, and to miss something; at least 0.
        smooth: keeps the quotient from 0 / 0 where both masks are empty; they then fit.
        reduction, weight: as in ``Loss``; a weight of shape (C,) is one for each class.

    Shapes: see the module. Raises ArgumentError, ShapeError, DTypeError.

    >>> import plugtorch
    >>> mask = plugtorch.tensor([[[1.0, 1.0, 0.0, 0.0]]])
    >>> loss_fn = TverskyLoss(alpha=1.0, beta=2.0, smooth=0.0)
    >>> loss_fn(plugtorch.tensor([[[99.0, -99.0, 99.0, -99.0]]]), mask).item()  # 1 - 1 / (1+1+2)
    0.75

    Source: Salehi, Erdogmus and Gholipour (2017), arXiv:1706.05721, equation 2; alpha and beta are
    those that it found best. It has no smooth.
    """

    def __init__(
        self, alpha: float = 0.3, beta: float = 0.7, smooth: float = 1.0, **options: Any
    ) -> None:
        super().__init__(smooth, **options)
        for option, value in (("alpha", alpha), ("beta", beta)):
            if not (value >= 0 and isfinite(value)):
                raise self.refused(option, value, "a finite number of at least 0")
        self.alpha, self.beta = alpha, beta

    def score(self, p: Tensor, t: Tensor) -> Tensor:
        both = (p * t).sum(-1)
        extra, missed = (p * (1 - t)).sum(-1), ((1 - p) * t).sum(-1)
        wrong = self.alpha * extra + self.beta * missed
        return (both + self.smooth) / (both + wrong + self.smooth)
