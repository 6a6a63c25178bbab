"""The chi-squared distribution."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.distributions import constraints
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.utils import broadcast_all
from plugtorch.tensor import Tensor


class Chi2(Gamma):
    """The distribution of the sum of df squared standard normal numbers.

    >>> Chi2(3.0).mean
    tensor(3.)

    Source: torch.distributions.Chi2.
    """

    arg_constraints = {"df": constraints.positive}

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        super().__init__(0.5 * broadcast_all(df)[0], 0.5, validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        return self._expanded(batch_shape, Gamma.arg_constraints, _instance)

    @property
    def df(self) -> Tensor:
        """Degrees of freedom."""
        return self.concentration * 2
