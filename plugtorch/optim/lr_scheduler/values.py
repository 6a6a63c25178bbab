"""Values of options and groups: rates that may be tensors, and what is a number."""

from __future__ import annotations

from math import inf, isfinite
from numbers import Integral, Real
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.optimizer import Optimizer
from plugtorch.tensor import Tensor

Rate = Any  # a number, or a 0-d tensor where the group's "lr" is one


def own(value: Rate) -> Rate:
    """The same value, which does not change when a tensor is written."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def copies(optimizer: Optimizer, key: str) -> list[Rate]:
    """What the groups have under a key."""
    return [own(group[key]) for group in optimizer.param_groups]


def put(group: dict[str, Any], key: str, value: Rate) -> None:
    """Set a group's option; where it is a tensor write into it, for others may hold it too."""
    if isinstance(group[key], Tensor):
        with no_grad():
            group[key].fill_(value.reshape(()) if isinstance(value, Tensor) else value)
    else:
        group[key] = value


# -- what options may be ---------------------------------------------------------------------------


def number(value: object, least: float = -inf, most: float = inf) -> bool:
    """Whether this is a finite number from ``least`` to ``most``."""
    return isinstance(value, Real) and isfinite(value) and least <= float(value) <= most


def whole(value: object, least: int) -> bool:
    """Whether this is a whole number, of any type, from ``least`` on."""
    if isinstance(value, Integral):
        return int(value) >= least
    return isinstance(value, float) and value.is_integer() and value >= least
