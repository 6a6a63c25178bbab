"""The Poisson distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.utils import broadcast_all
from plugtorch.tensor import Tensor
from plugtorch.tensor.functions import xlogy
from plugtorch.tensor.random import poisson


class Poisson(ExponentialFamily):
    """Probability rate^k e^-rate / k! of the number k.

    rate: the mean, not negative.

    >>> import plugtorch
    >>> Poisson(1.0).log_prob(plugtorch.tensor(2.0))
    tensor(-1.6931)

    Source: torch.distributions.Poisson.
    """

    arg_constraints = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return poisson(self.rate.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        rate, value = broadcast_all(self.rate, value)
        return xlogy(value, rate) - rate - (value + 1).lgamma()

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.rate.log(),)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return x.exp()
