"""The Wishart distribution."""

from __future__ import annotations

import math
import warnings
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.chi2 import Chi2
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.multivariate_normal import lower_factor, one_matrix
from plugtorch.distributions.utils import lazy_property, where
from plugtorch.dtypes import finfo
from plugtorch.errors import ArgumentError
from plugtorch.linalg import slogdet
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange, tensor
from plugtorch.tensor.gamma import mvlgamma
from plugtorch.tensor.random import randn_like
from plugtorch.tensor.shapes import broadcast_shapes
from plugtorch.tensor.triangular import cholesky_inverse, cholesky_solve


class Wishart(ExponentialFamily):
    """The distribution of the sum of x x^T over df vectors x, normal of mean 0.

    df: degrees of freedom, above n - 1. One of covariance_matrix: that of x, L L^T,
    precision_matrix: its inverse, and scale_tril: L itself; (..., n, n).

    Raises ArgumentError unless exactly one of them is given, and for too small a df; ShapeError for
    what is no matrix.

    >>> import plugtorch
    >>> Wishart(2.0, plugtorch.eye(2)).mean
    tensor([[2., 0.],
            [0., 2.]])

    Source: torch.distributions.Wishart.
    """

    support = constraints.positive_definite
    has_rsample = True

    @property
    def arg_constraints(self) -> Any:
        """That of df depends on the size of the matrices."""
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self._event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Any,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        name, matrix = one_matrix(
            "Wishart",
            covariance_matrix=covariance_matrix,
            precision_matrix=precision_matrix,
            scale_tril=scale_tril,
        )
        if not isinstance(df, Tensor):
            df = tensor(df, dtype=matrix.dtype, device=matrix.device)
        size = matrix.shape[-1]
        if bool((df <= size - 1).any()):
            raise ArgumentError(f"[Wishart] df must be above n - 1 = {size - 1}, got {df}.")
        if bool((df < size).any()):
            warnings.warn(
                f"[Wishart] with df below n = {size} samples are often singular.", stacklevel=2
            )
        batch = broadcast_shapes(matrix.shape[:-2], df.shape)
        self.df = df.expand(batch)
        self.__dict__[name] = matrix.expand(*batch, -1, -1)
        super().__init__(batch, matrix.shape[-2:], validate_args=validate_args)
        self._lower = lower_factor(name, matrix)

    def _matrix(self, value: Tensor) -> Tensor:
        return value.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        return self._matrix(self._lower)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        return self._matrix(self._lower @ self._lower.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        return self._matrix(cholesky_inverse(self._lower))

    @property
    def _wide_df(self) -> Any:
        return self.df.unsqueeze(-1).unsqueeze(-1)

    @property
    def mean(self) -> Tensor:
        return self._wide_df * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        factor = self._wide_df - self._event_shape[-1] - 1
        return where(factor > 0, factor, math.nan) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        v = self.covariance_matrix
        diagonal = v.diagonal(dim1=-2, dim2=-1)
        return self._wide_df * (v**2 + diagonal.unsqueeze(-1) * diagonal.unsqueeze(-2))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """By Bartlett's decomposition: chi-squared numbers and normal ones below them."""
        size = self._event_shape[-1]
        numbers = arange(size, dtype=self.df.dtype, device=self.df.device)
        squares = Chi2(self.df.unsqueeze(-1) - numbers, validate_args=False).rsample(sample_shape)
        diagonal = squares.sqrt().clamp(min=finfo(squares.dtype).eps).diag_embed()
        lower = self._lower @ (diagonal + randn_like(diagonal).tril(-1))
        return lower @ lower.mT

    def _log_volume(self) -> Any:
        """ln |det L|."""
        return self._lower.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        df, n = self.df, self._event_shape[-1]
        front = -df * (n * math.log(2) / 2 + self._log_volume()) - mvlgamma(df / 2, n)
        trace = cholesky_solve(value, self._lower).diagonal(dim1=-2, dim2=-1).sum(-1)
        return front + (df - n - 1) / 2 * slogdet(value).logabsdet - trace / 2

    def entropy(self) -> Tensor:
        df, n = self.df, self._event_shape[-1]
        steps = arange(n, dtype=df.dtype, device=df.device) / 2
        slopes = (df.unsqueeze(-1) / 2 - steps).digamma().sum(-1)
        volume = (n + 1) * (n * math.log(2) / 2 + self._log_volume())
        return volume + mvlgamma(df / 2, n) - (df - n - 1) / 2 * slopes + df * n / 2

    _mean_carrier_measure = 0.0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return -0.5 * self.precision_matrix, 0.5 * (self.df - self._event_shape[-1] - 1)

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        n = self._event_shape[-1]
        half = y + 0.5 * (n + 1)
        return half * (n * math.log(2) - slogdet(-2 * x)[1]) + mvlgamma(half, n)
