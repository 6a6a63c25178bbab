"""Losses of embeddings: like ones together, unlike ones apart."""

from __future__ import annotations

from math import inf, isfinite
from typing import Any

from plugtorch import Generator, Loss, Tensor, arange, cat, eye, finfo, randint, randn
from plugtorch import bool as boolean
from plugtorch.errors import ShapeError
from plugtorch.nn.functional import cross_entropy
from plugtorch_extras.lengths import distance
from plugtorch_extras.precision import widened


class ContrastiveLoss(Loss):
    """L = y d^2 / 2 + (1 - y) max(0, margin - d)^2 / 2, with d = |input - other|.

    Here y is 1 for a pair that is alike and 0 for one that is not; the paper's Y is 1 - y.

    Args:
        margin: how far apart unlike ones should be; above 0.
        reduction, weight: as in ``Loss``.

    Shapes: input and other (N, D); alike (N), floating or bool.

    Raises ArgumentError for a margin out of its range, ShapeError for shapes that do not fit.

    >>> import plugtorch
    >>> here, there = plugtorch.zeros(2, 2), plugtorch.tensor([[3.0, 4.0], [0.5, 0.0]])
    >>> ContrastiveLoss(reduction="none")(here, there, plugtorch.tensor([1.0, 0.0])).tolist()
    [12.5, 0.125]

    Source: Hadsell, Chopra and LeCun (2006), Dimensionality Reduction by Learning an Invariant
    Mapping, doi:10.1109/CVPR.2006.100, equation 4.
    """

    operands = 3

    def __init__(self, margin: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        if not (margin > 0 and isfinite(margin)):
            raise self.refused("margin", margin, "a finite number above 0")
        self.margin = margin

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five pairs in three dimensions; near enough for the margin to matter."""
        input, other = (randn(5, 3, generator=generator) / 2 for _ in range(2))
        return input, other, randint(2, (5,), generator=generator).float()

    def forward(self, input: Tensor, other: Tensor, alike: Tensor) -> Tensor:  # type: ignore[override]
        if input.shape != other.shape:
            self.check_shapes(input, other)
        if input.ndim < 2 or alike.shape != input.shape[:-1]:
            raise ShapeError(
                f"[ContrastiveLoss] got embeddings of shape {tuple(input.shape)} and alike of "
                f"shape {tuple(alike.shape)}, needed (N, D) and (N)."
            )
        apart = distance(widened(input) - widened(other))
        alike = alike.to(apart.dtype)
        short = (self.margin - apart).clamp(min=0)
        loss = (alike * apart.square() + (1 - alike) * short.square()) / 2
        weight = self._buffers["weight"]
        if weight is not None:
            loss = loss * self.fitting("weight", weight, loss)
        return self.reduce(loss, weight).to(input.dtype)


class NTXentLoss(Loss):
    """Normalized, temperature-scaled cross-entropy: which of the batch is my other view?

    l(i) = -ln (e^(cos(z[i], z[j]) / temperature) / sum over k != i of e^(cos(z[i], z[k]) /
    temperature)), where z are the embeddings of both views, 2 N in all, and j is the other view of
    the sample of i. L = (l(i) + l(j)) / 2 for each sample. The others of the batch are what it is
    told from, so a row's loss depends on them.

    Args:
        temperature: above 0; the lower, the more the nearest others count.
        reduction: "none", "mean" or "sum".

    Shapes: input and target (N, D): two embeddings of each sample. Neither is a constant.

    Raises ArgumentError for a temperature out of its range, ShapeError for shapes that do not fit.

    >>> import plugtorch
    >>> views = plugtorch.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> round(NTXentLoss(temperature=1.0)(views, views).item(), 4)  # -ln (e / (e + 1 + 1))
    0.5514

    Source: Chen et al. (2020), SimCLR, arXiv:2002.05709, equation 1; temperature of its ImageNet
    runs.
    """

    def __init__(self, temperature: float = 0.1, reduction: str = "mean") -> None:
        super().__init__(reduction)
        if not (temperature > 0 and isfinite(temperature)):
            raise self.refused("temperature", temperature, "a finite number above 0")
        self.temperature = temperature

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        if input.shape != target.shape:
            self.check_shapes(input, target)
        if input.ndim != 2:
            raise ShapeError(
                f"[NTXentLoss] got embeddings of shape {tuple(input.shape)}, needed (N, D)."
            )
        count = input.shape[0]
        z = widened(cat([input, target]))
        size = distance(z).unsqueeze(-1).clamp(min=finfo(z.dtype).tiny)
        z = z / size
        cosines = z @ z.T / self.temperature
        itself = eye(2 * count, dtype=boolean, device=z.device)
        place = arange(2 * count, device=z.device)
        loss: Tensor = cross_entropy(
            cosines.masked_fill(itself, -inf), (place + count) % (2 * count), reduction="none"
        )
        return self.reduce((loss[:count] + loss[count:]) / 2).to(input.dtype)
