"""Cross-entropy of cosines with a margin in the angle, and the layer that makes cosines."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, isfinite, pi, sin

from plugtorch import Generator, Loss, Tensor, finfo, rand, randint, randn, where
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.nn import Module, Parameter
from plugtorch.nn.functional import cross_entropy, normalize, one_hot
from plugtorch_extras.precision import widened


class CosineLinear(Module):
    """The cosine of the angle to each class's direction: y[c] = x w[c] / (|x| |w[c]|).

    Args:
        in_features: length of x. out_features: number of classes.

    Shapes: x (N, in_features), y (N, out_features), from -1 to 1.

    >>> import plugtorch
    >>> layer = CosineLinear(2, 1)
    >>> _ = layer.weight.data.copy_(plugtorch.tensor([[3.0, 0.0]]))
    >>> [round(y, 4) for y in layer(plugtorch.tensor([[3.0, 4.0]]))[0].tolist()]
    [0.6]

    Source: as ArcFaceLoss.
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.weight = Parameter(randn(out_features, in_features))

    def forward(self, input: Tensor) -> Tensor:
        result: Tensor = normalize(input, dim=-1) @ normalize(self.weight, dim=-1).T
        return result


class ArcFaceLoss(Loss):
    """Cross-entropy of scale y, where y are the input's cosines, but cos(a + margin) at the target.

    Here a is the angle to the target's class. Where a + margin is beyond pi, cos a - margin
    sin(margin) takes its place, so that a larger angle never costs less.

    Args:
        scale: what cosines are multiplied by; above 0. margin: in radians, from 0 to pi.
        reduction: "none", "mean" or "sum".

    Shapes: input (N, C), cosines from -1 to 1 as ``CosineLinear`` makes them; target (N), int64.

    Raises ArgumentError for options out of their range and for inputs that are no cosines;
    ShapeError, DTypeError, IndexRangeError.

    >>> import plugtorch
    >>> cosines = plugtorch.tensor([[0.0, 0.0]])
    >>> loss_fn = ArcFaceLoss(scale=1.0, margin=0.5)
    >>> round(loss_fn(cosines, plugtorch.tensor([0])).item(), 4)  # ln(1 + e^(sin 0.5))
    0.9613

    Source: Deng et al. (2019), ArcFace, arXiv:1801.07698, equation 3; defaults of the paper and, at
    pi, of the authors' code.
    """

    def __init__(self, scale: float = 64.0, margin: float = 0.5, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if not (scale > 0 and isfinite(scale)):
            raise self.refused("scale", scale, "a finite number above 0")
        if not 0 <= margin <= pi:
            raise self.refused("margin", margin, "a number from 0 to pi")
        self.scale, self.margin = scale, margin

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three cosines, and their classes."""
        cosines = rand(5, 3, generator=generator) * 1.8 - 0.9
        return cosines, randint(3, (5,), generator=generator)

    @classmethod
    def extremes(cls, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
        """At right angles to every class, along it and against it."""
        cosines, target = cls.example(generator)
        for cosine in (0.0, 1.0, -1.0):
            yield cosines * 0 + cosine, target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        if input.ndim != 2 or tuple(target.shape) != (input.shape[0],):
            raise ShapeError(
                f"[ArcFaceLoss] got cosines of shape {tuple(input.shape)} and a target of shape "
                f"{tuple(target.shape)}, needed (N, C) and (N)."
            )
        # rounding may have put a cosine just outside; a device that computes later need not wait
        if input.numel() and input.device.type == "cpu":
            largest = input.detach().abs().max().item()
            if largest > 1.01:
                raise ArgumentError(
                    f"[ArcFaceLoss] an input is of size {largest:.4g}, needed cosines from -1 to "
                    "1. End the model in CosineLinear."
                )
        cosine = widened(input).clamp(-1, 1)
        # cos(a + m) = cos a cos m - sin a sin m; kept off 0, where the slope of a root is infinite
        sine = (1 - cosine.square()).clamp(min=finfo(cosine.dtype).eps).sqrt()
        moved = cosine * cos(self.margin) - sine * sin(self.margin)
        beyond = cosine - self.margin * sin(self.margin)
        moved = where(cosine > cos(pi - self.margin), moved, beyond)
        mine = one_hot(target.long(), input.shape[1]) > 0
        logits = where(mine, moved, cosine) * self.scale
        loss: Tensor = cross_entropy(logits, target, reduction="none")
        return self.reduce(loss).to(input.dtype)
