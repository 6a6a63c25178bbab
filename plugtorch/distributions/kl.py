"""The Kullback-Leibler divergence: a rule for each pair of kinds of distributions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from plugtorch.distributions.distribution import Distribution
from plugtorch.errors import DTypeError
from plugtorch.tensor import Tensor

Rule = Callable[[Any, Any], Tensor]

_RULES: dict[tuple[type, type], Rule] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Rule], Rule]:
    """A decorator that makes a function the rule for two kinds of distributions.

    A subclass is served by the rule of the nearest class that has one.

    Raises DTypeError for what is no kind of distribution.

    Source: torch.distributions.kl.register_kl.
    """
    for kind in (type_p, type_q):
        if not isinstance(kind, type) or not issubclass(kind, Distribution):
            raise DTypeError(f"[register_kl] needs subclasses of Distribution, got {kind!r}.")

    def register(rule: Rule) -> Rule:
        _RULES[type_p, type_q] = rule
        return rule

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The mean, over samples of p, of ln p - ln q; of shape batch_shape.

    Raises NotImplementedError for a pair that has no rule; ``register_kl`` adds one.

    >>> from plugtorch.distributions import Normal
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
    tensor(0.5000)

    Source: torch.distributions.kl_divergence.
    """
    # the order of a class's bases is how near they are
    kinds_p, kinds_q = type(p).__mro__, type(q).__mro__
    found = [(a, b) for a, b in _RULES if a in kinds_p and b in kinds_q]
    if not found:
        raise NotImplementedError(
            f"[kl_divergence] there is no rule for {type(p).__name__} and {type(q).__name__}. "
            "Register one with register_kl."
        )

    def distance(pair: tuple[type, type]) -> tuple[int, int]:
        return kinds_p.index(pair[0]), kinds_q.index(pair[1])

    nearest = min(found, key=distance)
    other = min(found, key=lambda pair: distance(pair)[::-1])
    if _RULES[nearest] is not _RULES[other]:
        warnings.warn(
            f"[kl_divergence] two rules are equally near to {type(p).__name__} and "
            f"{type(q).__name__}. Register one for {nearest[0].__name__} and {other[1].__name__}.",
            RuntimeWarning,
            stacklevel=2,
        )
    return _RULES[nearest](p, q)
