"""The normal distribution of vectors."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import lazy_property
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.linalg import cholesky, solve_triangular
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import eye
from plugtorch.tensor.random import randn
from plugtorch.tensor.shapes import broadcast_shapes
from plugtorch.tensor.turning import flip


class MultivariateNormal(Distribution):
    """Density e^(-z^T z / 2) / ((2 pi)^(n / 2) |det L|), with x = loc + L z.

    loc: the mean, (..., n). One of covariance_matrix: L L^T, precision_matrix: its inverse, and
    scale_tril: L itself, lower triangular with a positive diagonal; (..., n, n).

    Raises ArgumentError unless exactly one of them is given, ShapeError for shapes that do not fit.

    >>> import plugtorch
    >>> round_ = MultivariateNormal(plugtorch.zeros(2), plugtorch.eye(2))
    >>> round_.log_prob(plugtorch.zeros(2))
    tensor(-1.8379)

    Source: torch.distributions.MultivariateNormal.
    """

    arg_constraints = {
        "loc": constraints.real_vector,
        "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector
    has_rsample = True

    def __init__(
        self,
        loc: Tensor,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = one_matrix(
            "MultivariateNormal",
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        if loc.ndim < 1:
            raise ShapeError("[MultivariateNormal] needs loc (..., n), got a 0-d tensor.")
        batch = broadcast_shapes(matrix.shape[:-2], loc.shape[:-1])
        self.loc = loc.expand(*batch, -1)
        self.__dict__[name] = matrix.expand(*batch, -1, -1)
        super().__init__(batch, self.loc.shape[-1:], validate_args=validate_args)
        # without the batch that only loc has
        self._unbroadcasted_scale_tril = lower_factor(name, matrix)

    def _matrix(self, value: Tensor) -> Tensor:
        return value.expand(self._batch_shape + self._event_shape * 2)

    @lazy_property
    def scale_tril(self) -> Tensor:
        return self._matrix(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        lower = self._unbroadcasted_scale_tril
        return self._matrix(lower @ lower.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        inverse = _inverse(self._unbroadcasted_scale_tril)
        return self._matrix(inverse.mT @ inverse)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        squares = self._unbroadcasted_scale_tril**2
        return squares.sum(-1).expand(self._batch_shape + self._event_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        noise = randn(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + (self._unbroadcasted_scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        squared = distance_squared(self._unbroadcasted_scale_tril, value - self.loc)
        count = self._event_shape[0]
        return -0.5 * (count * math.log(2 * math.pi) + squared) - self._log_volume()

    def _log_volume(self) -> Tensor:
        return self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def entropy(self) -> Tensor:
        count = self._event_shape[0]
        each = 0.5 * count * (1 + math.log(2 * math.pi)) + self._log_volume()
        return each.expand(self._batch_shape)


def one_matrix(kind: str, **given: Tensor | None) -> tuple[str, Tensor]:
    """The one matrix that was given, with its name."""
    found = [(name, matrix) for name, matrix in given.items() if matrix is not None]
    if len(found) != 1:
        raise ArgumentError(f"[{kind}] give exactly one of {', '.join(given)}.")
    name, matrix = found[0]
    if matrix.ndim < 2:
        raise ShapeError(f"[{kind}] needs {name} (..., n, n), got {tuple(matrix.shape)}.")
    return name, matrix


def lower_factor(name: str, matrix: Tensor) -> Tensor:
    """L."""
    if name == "scale_tril":
        return matrix
    if name == "covariance_matrix":
        return cholesky(matrix)
    # of the turned matrix the factor is, turned back, that of the inverse, transposed and inverted
    return _inverse(flip(cholesky(flip(matrix, (-2, -1))), (-2, -1)).mT)


def _inverse(lower: Tensor) -> Tensor:
    own = eye(lower.shape[-1], dtype=lower.dtype, device=lower.device)
    return solve_triangular(lower, own, upper=False)


def distance_squared(lower: Tensor, x: Tensor) -> Tensor:
    """|L^-1 x|^2, for vectors x along the last axis."""
    if lower.ndim == 2:  # one matrix: one solution for all
        z = solve_triangular(lower, x.reshape(-1, x.shape[-1]).mT, upper=False)
        return (z**2).sum(0).reshape(x.shape[:-1])
    return (solve_triangular(lower, x.unsqueeze(-1), upper=False) ** 2).sum((-2, -1))
