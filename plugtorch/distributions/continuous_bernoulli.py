"""The continuous Bernoulli distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.by_chance import ByChance
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.utils import (
    broadcast_all,
    clamp_probs,
    lazy_property,
    logits_to_probs,
    softplus,
    where,
)
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class ContinuousBernoulli(ByChance, ExponentialFamily):
    """Density C p^x (1 - p)^(1 - x) in [0, 1], with C = 2 atanh(1 - 2p) / (1 - 2p).

    probs: p, from 0 to 1; or logits: ln(p / (1 - p)). lims: between these probs, around 1/2, what
    would be 0 / 0 is computed by series.

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> ContinuousBernoulli(0.5).log_prob(plugtorch.tensor(0.25))
    tensor(0.)

    Loaiza-Ganem and Cunningham 2019, arXiv:1907.06845; torch.distributions.ContinuousBernoulli.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self,
        probs: Any = None,
        logits: Any = None,
        lims: tuple[float, float] = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:
        (given,) = self._take(probs, logits)
        if probs is not None:
            # before it is clamped: afterwards every number would pass
            if validate_args and not bool(constraints.unit_interval.check(given).all()):
                raise ArgumentError(
                    f"[ContinuousBernoulli] probs must be from 0 to 1, got {given.detach()}."
                )
            self.probs = clamp_probs(given)
        self._lims = lims
        super().__init__(given.shape, validate_args=validate_args)

    @lazy_property
    def probs(self) -> Tensor:
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _apart(self) -> tuple[Any, Any, Any, Any]:
        """Where p is away from 1/2; there p and ln((1 - p) / p); and p - 1/2."""
        low, high = self._lims
        away = (self.probs <= low) | (self.probs > high)
        p = where(away, self.probs, low)
        return away, p, (-p).log1p() - p.log(), self.probs - 0.5

    def _log_norm(self) -> Any:
        """ln C."""
        away, p, odds, x = self._apart()
        exact = (odds / (1 - 2 * p)).log()
        return where(away, exact, math.log(2) + (4 / 3 + 104 / 45 * x**2) * x**2)

    @property
    def mean(self) -> Tensor:
        away, p, odds, x = self._apart()
        return where(away, p / (2 * p - 1) + 1 / odds, 0.5 + (1 / 3 + 16 / 45 * x**2) * x)

    @property
    def variance(self) -> Tensor:
        away, p, odds, x = self._apart()
        exact = p * (p - 1) / (1 - 2 * p) ** 2 + 1 / odds**2
        return where(away, exact, 1 / 12 - (1 / 15 - 128 / 945 * x**2) * x**2)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(rand(shape, dtype=self.probs.dtype, device=self.probs.device))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return value * logits - softplus(logits) + self._log_norm()

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        away, p, odds, _ = self._apart()
        exact = ((1 - p) * (-value * odds).exp() + p - 1) / (2 * p - 1)
        inside = where(away, exact, value)
        return where(value <= 0, 0.0, where(value >= 1, 1.0, inside))

    def icdf(self, value: Tensor) -> Tensor:
        away, p, odds, _ = self._apart()
        exact = ((-p + value * (2 * p - 1)).log1p() - (-p).log1p()) / -odds
        return where(away, exact, value)

    def entropy(self) -> Tensor:
        none = (-self.probs).log1p()
        return self.mean * (none - self.probs.log()) - self._log_norm() - none

    _mean_carrier_measure = 0.0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        away = (x <= self._lims[0] - 0.5) | (x > self._lims[1] - 0.5)
        safe = where(away, x, 1.0)
        series = x / 2 + x**2 / 24 - x**4 / 2880
        return where(away, safe.expm1().abs().log() - safe.abs().log(), series)
