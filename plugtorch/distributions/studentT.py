"""Student's t-distribution."""  # noqa: N999 - PyTorch's name

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.chi2 import Chi2
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import broadcast_all, where
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import randn


class StudentT(Distribution):
    """The distribution of loc + scale z / sqrt(x / df), with z normal and x chi-squared.

    df: degrees of freedom, positive; it has a mean above 1 and a variance above 2. loc: the mode.
    scale: positive.

    >>> import plugtorch
    >>> StudentT(1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-1.1447)

    Source: torch.distributions.StudentT.
    """

    arg_constraints = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real
    has_rsample = True

    def __init__(
        self, df: Any, loc: Any = 0.0, scale: Any = 1.0, validate_args: bool | None = None
    ) -> None:
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        enough = self.df > 2
        df = where(enough, self.df, 3.0)
        finite = where(enough, self.scale**2 * df / (df - 2), math.inf)
        return where(self.df <= 1, math.nan, finite)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        normal = randn(shape, dtype=self.df.dtype, device=self.df.device)
        spread = Chi2(self.df, validate_args=False).rsample(sample_shape)
        return self.loc + self.scale * normal * (spread / self.df).rsqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        df, distance = self.df, (value - self.loc) / self.scale
        half = 0.5 * (df + 1)
        front = half.lgamma() - (0.5 * df).lgamma() - 0.5 * (math.pi * df).log()
        return front - self.scale.log() - half * (distance**2 / df).log1p()

    def entropy(self) -> Tensor:
        df = self.df
        half = 0.5 * (df + 1)
        front = (0.5 * df).lgamma() - half.lgamma() + 0.5 * (math.pi * df).log()
        return self.scale.log() + front + half * (half.digamma() - (0.5 * df).digamma())
