"""The normal distribution of vectors whose covariance is of low rank but for its diagonal."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.multivariate_normal import distance_squared
from plugtorch.distributions.utils import lazy_property
from plugtorch.errors import ShapeError
from plugtorch.linalg import cholesky, solve_triangular
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import eye
from plugtorch.tensor.random import randn
from plugtorch.tensor.shapes import broadcast_shapes


class LowRankMultivariateNormal(Distribution):
    """The normal distribution with covariance W W^T + D, D diagonal: costs n r^2, not n^3.

    loc: the mean, (..., n). cov_factor: W, (..., n, r). cov_diag: the diagonal of D, (..., n),
    positive.

    Raises ShapeError for shapes that do not fit.

    >>> import plugtorch
    >>> zero, one = plugtorch.zeros(2), plugtorch.ones(2)
    >>> LowRankMultivariateNormal(zero, plugtorch.zeros(2, 1), one).log_prob(plugtorch.zeros(2))
    tensor(-1.8379)

    Source: torch.distributions.LowRankMultivariateNormal.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "cov_factor": constraints.independent(constraints.real, 2),
        "cov_diag": constraints.independent(constraints.positive, 1),
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        cov_factor: Tensor,
        cov_diag: Tensor,
        validate_args: bool | None = None,
    ) -> None:
        shapes = tuple(loc.shape), tuple(cov_factor.shape), tuple(cov_diag.shape)
        if not loc.ndim or cov_factor.ndim < 2 or len({loc.shape[-1:], *_rows(shapes)}) > 1:
            raise ShapeError(
                "[LowRankMultivariateNormal] needs loc (..., n), cov_factor (..., n, r) and "
                f"cov_diag (..., n), got {shapes[0]}, {shapes[1]} and {shapes[2]}."
            )
        batch = broadcast_shapes(loc.shape[:-1], cov_factor.shape[:-2], cov_diag.shape[:-1])
        self.loc = loc.expand(*batch, -1)
        self.cov_factor = cov_factor.expand(*batch, -1, -1)
        self.cov_diag = cov_diag.expand(*batch, -1)
        # without the batch that only others have
        self._factor, self._diag = cov_factor, cov_diag
        turned = self._turned()
        # Woodbury: the inverse is 1/D - A^T A, with C C^T = 1 + W^T W/D and A = W^T/D / C
        self._small = cholesky(turned @ cov_factor + _unit(turned, cov_factor.shape[-1]))
        super().__init__(batch, loc.shape[-1:], validate_args=validate_args)

    def _turned(self) -> Any:
        """W^T/D."""
        return self._factor.mT / self._diag.unsqueeze(-2)

    def _solved(self) -> Any:
        """A."""
        return solve_triangular(self._small, self._turned(), upper=False)

    def _matrix(self, value: Tensor) -> Tensor:
        return value.expand(self._batch_shape + self._event_shape * 2)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        return self._matrix(self._factor @ self._factor.mT + self._diag.diag_embed())

    @lazy_property
    def scale_tril(self) -> Tensor:
        root = self._diag.sqrt().unsqueeze(-1)
        scaled = self._factor / root  # so that no eigenvalue is below 1
        lower = cholesky(scaled @ scaled.mT + _unit(scaled, scaled.shape[-2]))
        return self._matrix(root * lower)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        a = self._solved()
        return self._matrix(self._diag.reciprocal().diag_embed() - a.mT @ a)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        squares = (self._factor**2).sum(-1) + self._diag
        return squares.expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape, like = self._extended_shape(sample_shape), self.loc
        inner = (*shape[:-1], self.cov_factor.shape[-1], 1)
        shared = self._factor @ randn(inner, dtype=like.dtype, device=like.device)
        own = randn(shape, dtype=like.dtype, device=like.device)
        return like + shared.squeeze(-1) + self._diag.sqrt() * own

    def _distance_squared(self, x: Tensor) -> Any:
        """x^T x over the covariance."""
        inside = (self._turned() @ x.unsqueeze(-1)).squeeze(-1)
        return (x**2 / self._diag).sum(-1) - distance_squared(self._small, inside)

    def _log_det(self) -> Any:
        return 2 * self._small.diagonal(dim1=-2, dim2=-1).log().sum(-1) + self._diag.log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        front = self._event_shape[0] * math.log(2 * math.pi)
        return -0.5 * (front + self._log_det() + self._distance_squared(value - self.loc))

    def entropy(self) -> Tensor:
        each = 0.5 * (self._event_shape[0] * (1 + math.log(2 * math.pi)) + self._log_det())
        return each.expand(self._batch_shape)


def _rows(shapes: Any) -> tuple[Any, Any]:
    return shapes[1][-2:-1], shapes[2][-1:]


def _unit(like: Tensor, size: int) -> Tensor:
    return eye(size, dtype=like.dtype, device=like.device)
