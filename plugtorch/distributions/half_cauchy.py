"""The half-Cauchy distribution."""

from __future__ import annotations

import math

from plugtorch.distributions.cauchy import Cauchy
from plugtorch.distributions.folded import Folded
from plugtorch.tensor import Tensor


class HalfCauchy(Folded):
    """The distribution of |x|, with x Cauchy of median 0.

    scale: that of x.

    >>> import plugtorch
    >>> HalfCauchy(1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-0.4516)

    Source: torch.distributions.HalfCauchy.
    """

    kind = Cauchy

    @property
    def mean(self) -> Tensor:
        return self.scale.new_full(self._batch_shape, math.inf)

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance
