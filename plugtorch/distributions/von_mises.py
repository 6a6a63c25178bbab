"""The von Mises distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import broadcast_all, where
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import _finest, rand_like
from plugtorch.tensor.special import i0e, i1e


class VonMises(Distribution):
    """Angles: density e^(k cos(x - loc)) / (2 pi I0(k)), k the concentration.

    loc: the mean angle, in radians. concentration: positive. mean and variance are the circular
    ones.

    >>> import plugtorch
    >>> VonMises(0.0, 1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-1.0738)

    Source: torch.distributions.VonMises.
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 1 - i1e(self.concentration) / i0e(self.concentration)

    @no_grad()
    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Best and Fisher 1979: from a wrapped Cauchy distribution, rejected now and then."""
        shape = self._extended_shape(sample_shape)
        k = _finest(self.concentration.expand(shape).clone())
        tau = 1 + (1 + 4 * k**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * k)
        r = where(k < 1e-5, 1 / k + k, (1 + rho**2) / (2 * rho))
        found, missing = k * 0, k == k
        while bool(missing.any()):
            turn = (math.pi * rand_like(k)).cos()
            f = ((1 + r * turn) / (r + turn)).clamp(-1, 1)
            c, drawn = k * (r - f), rand_like(k).clamp(min=1e-30)
            fits = (c * (2 - c) - drawn > 0) | ((c / drawn).log() + 1 - c >= 0)
            angle = f.acos() * (rand_like(k) - 0.5).sign()
            found = where(missing & fits, angle, found)
            missing = missing & ~fits
        turned = found.to(self.loc.dtype) + self.loc + math.pi
        return turned % (2 * math.pi) - math.pi

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        k = self.concentration
        # I0 by way of e^-k I0, which does not overflow
        return k * ((value - self.loc).cos() - 1) - math.log(2 * math.pi) - i0e(k).log()
