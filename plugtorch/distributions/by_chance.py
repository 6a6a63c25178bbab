"""What distributions of a probability have in common, given itself or as log-odds."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import (
    broadcast_all,
    either,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from plugtorch.tensor import Tensor


class ByChance(Distribution):
    """Has probs, and logits = ln(probs / (1 - probs)), whichever of them is given.

    A subclass calls ``_take`` before this class's ``__init__``.

    Raises ArgumentError unless exactly one of them is given.
    """

    def _take(self, probs: Any, logits: Any, *others: Any) -> tuple[Tensor, ...]:
        """Keep the one that was given; all of ``others``, and it last, as tensors of one shape."""
        given = broadcast_all(*others, either(type(self).__name__, probs, logits))
        self.__dict__["logits" if probs is None else "probs"] = given[-1]
        return given

    @lazy_property
    def logits(self) -> Tensor:
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Tensor:
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def param_shape(self) -> Any:
        """The shape of what was given."""
        return self._batch_shape
