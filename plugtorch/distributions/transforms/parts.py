"""Different transforms for different parts of a tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.transforms.transform import Transform
from plugtorch.distributions.utils import sum_rightmost
from plugtorch.errors import ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat, stack


class _PartsTransform(Transform):
    transforms: list[Transform]
    dim: int

    def _pieces(self, x: Tensor) -> tuple[Tensor, ...]:
        raise NotImplementedError

    def _joined(self, pieces: list[Tensor], dim: int) -> Tensor:
        raise NotImplementedError

    @property
    def bijective(self) -> bool:
        return all(t.bijective for t in self.transforms)

    def with_cache(self, cache_size: int = 1) -> Any:
        new = super().with_cache(cache_size)
        new.transforms = [t.with_cache(cache_size) for t in self.transforms]
        return new

    def _call(self, x: Tensor) -> Tensor:
        return self._joined([t(p) for t, p in zip(self.transforms, self._pieces(x))], self.dim)

    def _inverse(self, y: Tensor) -> Tensor:
        return self._joined([t.inv(p) for t, p in zip(self.transforms, self._pieces(y))], self.dim)

    def _check(self, size: int, needed: int) -> None:
        if size != needed:
            raise ShapeError(
                f"[{type(self).__name__}] axis {self.dim} has size {size}, needed {needed}."
            )


class CatTransform(_PartsTransform):
    """Transforms for runs along an axis, as ``cat`` would join them.

    tseq: the transforms. dim: the axis. lengths: of the runs; None for 1 each.

    Raises ShapeError, when called, for an axis of another size.

    Source: torch.distributions.transforms.CatTransform.
    """

    def __init__(
        self,
        tseq: Sequence[Transform],
        dim: int = 0,
        lengths: Sequence[int] | None = None,
        cache_size: int = 0,
    ) -> None:
        super().__init__(cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq]
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        self.dim = dim

    @property
    def event_dim(self) -> int:
        """The largest of the parts'."""
        return max(t.event_dim for t in self.transforms)

    def _pieces(self, x: Tensor) -> tuple[Tensor, ...]:
        self._check(x.shape[self.dim], sum(self.lengths))
        return x.split(self.lengths, self.dim)

    def _joined(self, pieces: list[Tensor], dim: int) -> Tensor:
        return cat(pieces, dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        axes = self.event_dim
        terms = [
            sum_rightmost(t.log_abs_det_jacobian(a, b), axes - t.event_dim)
            for t, a, b in zip(self.transforms, self._pieces(x), self._pieces(y))
        ]
        dim = (self.dim - x.ndim if self.dim >= 0 else self.dim) + axes
        if dim < 0:  # an axis of the batch; else part of the event
            return cat(terms, dim)
        return sum(terms[1:], terms[0])

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)


class StackTransform(_PartsTransform):
    """Transforms for the slices of an axis, as ``stack`` would join them.

    Raises ShapeError, when called, for an axis of another size.

    Source: torch.distributions.transforms.StackTransform.
    """

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms = [t.with_cache(cache_size) for t in tseq]
        self.dim = dim

    def _pieces(self, x: Tensor) -> tuple[Tensor, ...]:
        self._check(x.shape[self.dim], len(self.transforms))
        return x.unbind(self.dim)

    def _joined(self, pieces: list[Tensor], dim: int) -> Tensor:
        return stack(pieces, dim)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        pairs = zip(self.transforms, self._pieces(x), self._pieces(y))
        return stack([t.log_abs_det_jacobian(a, b) for t, a, b in pairs], self.dim)

    @constraints.dependent_property
    def domain(self) -> Any:
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        return constraints.stack([t.codomain for t in self.transforms], self.dim)
