"""The F-distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.utils import broadcast_all, where
from plugtorch.dtypes import finfo
from plugtorch.tensor import Tensor


class FisherSnedecor(Distribution):
    """The distribution of (x / df1) / (y / df2), with x and y chi-squared of df1 and df2.

    df1, df2: degrees of freedom, positive; it has a mean for df2 above 2, a variance above 4.

    >>> import plugtorch
    >>> FisherSnedecor(2.0, 2.0).log_prob(plugtorch.tensor(1.0))
    tensor(-1.3863)

    Source: torch.distributions.FisherSnedecor.
    """

    arg_constraints = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        df = where(self.df2 > 2, self.df2, math.nan)
        return df / (df - 2)

    @property
    def mode(self) -> Tensor:
        value = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return where(self.df1 > 2, value, math.nan)

    @property
    def variance(self) -> Tensor:
        a, b = self.df1, where(self.df2 > 4, self.df2, math.nan)
        return 2 * b**2 * (a + b - 2) / (a * (b - 2) ** 2 * (b - 4))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        above, below = [
            Gamma(df * 0.5, df, validate_args=False).rsample(sample_shape)
            for df in (self.df1, self.df2)
        ]
        return (above / below).clamp(min=finfo(above.dtype).tiny)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        a, b, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        front = (a + b).lgamma() - a.lgamma() - b.lgamma() + a * ratio.log()
        return front + (a - 1) * value.log() - (a + b) * (ratio * value).log1p()
