"""The half-normal distribution."""

from __future__ import annotations

import math

from plugtorch.distributions.folded import Folded
from plugtorch.distributions.normal import Normal
from plugtorch.tensor import Tensor


class HalfNormal(Folded):
    """The distribution of |x|, with x normal of mean 0.

    scale: the standard deviation of x.

    >>> import plugtorch
    >>> HalfNormal(1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-0.2258)

    Source: torch.distributions.HalfNormal.
    """

    kind = Normal

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        return self.scale**2 * (1 - 2 / math.pi)
