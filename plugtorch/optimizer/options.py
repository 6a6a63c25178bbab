"""An optimizer's options and parameter groups: how they are read, and what is refused."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from math import isfinite
from numbers import Real
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor

Group = dict[str, Any]

COMMON: Group = {
    "maximize": False,
    # PyTorch's ways to run one rule. There is one way here, so they are accepted and change nothing
    "foreach": None,
    "capturable": False,
    "differentiable": False,
    "fused": None,
}
"""Options that every rule has, by keyword."""


class _Required:
    def __repr__(self) -> str:
        return "<required>"


required = _Required()
"""Stands in ``defaults`` for an option that must be given."""


# -- options ---------------------------------------------------------------------------------------


def read_options(name: str, own: Group, args: tuple[Any, ...], options: Group) -> Group:
    """The defaults of one optimizer: those of its class, with what its constructor was given.

    own: the class's options, in the order in which they may be given by position.

    Raises TypeError for one that there is not, or that is given twice.
    """
    if len(args) + len(options) == 1:
        given = args[0] if args else options.get("defaults")
        if isinstance(given, dict):  # PyTorch's way: super().__init__(params, defaults)
            return dict(given)
    if len(args) > len(own):
        raise TypeError(
            f"[{name}] got {len(args)} options by position, needed at most {len(own)}: "
            f"{', '.join(own)}."
        )
    by_place = dict(zip(own, args, strict=False))
    known = own | COMMON
    for option in options:
        if option in by_place:
            raise TypeError(f"[{name}] got {option} twice, by position and by name. Give it once.")
        if option not in known:
            near = get_close_matches(option, known, 1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise TypeError(f"[{name}] has no option {option!r}.{hint} It has {', '.join(known)}.")
    return {**own, **COMMON, **by_place, **options}


def signature(own: Group) -> inspect.Signature:
    """How a constructor with these options is called."""
    either, named = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            inspect.Parameter("params", either),
            *[inspect.Parameter(k, either, default=v) for k, v in own.items()],
            *[inspect.Parameter(k, named, default=v) for k, v in COMMON.items() if k not in own],
        ]
    )


def fault(option: str, value: Any, default: Any) -> str:
    """What is needed where ``value`` is out of the option's range; empty where it is not."""
    if option == "betas":
        pair = isinstance(value, (tuple, list)) and len(value) == len(default)
        if not (pair and all(0 <= _number(beta) < 1 for beta in value)):
            return f"{len(default)} numbers from 0 to below 1"
    elif isinstance(default, tuple):
        several = isinstance(value, (tuple, list)) and len(value) == len(default)
        pairs = zip(value, default, strict=True) if several else [(None, 0)]
        if not all((v is None and d is None) or isfinite(_number(v)) for v, d in pairs):
            return f"{len(default)} finite numbers"
    elif isinstance(default, bool):
        if isinstance(value, Tensor) or value not in (True, False):
            return "True or False"
    elif isinstance(default, (int, float)):
        number = _number(value)
        if not isfinite(number) or (number < 0 <= default):
            return "a finite number" + " of at least 0" * (default >= 0)
    return ""


def _number(value: Any) -> float:
    """An option as a Python number; NaN, which every check refuses, for what is none."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    return value if isinstance(value, Real) else float("nan")  # type: ignore[return-value]


# -- groups ----------------------------------------------------------------------------------------


def as_groups(params: Any) -> list[Group]:
    """What a constructor was given as parameters, as a list of dicts."""
    if isinstance(params, Tensor):
        raise TypeError(
            "[optimizer] the parameters are one tensor, needed a list. "
            "Write [tensor], or model.parameters()."
        )
    listed = list(params)
    if not listed:
        raise ArgumentError(
            "[optimizer] optimizer got an empty parameter list, so it has nothing to do. "
            "Give model.parameters(), and a generator only once."
        )
    return listed if isinstance(listed[0], dict) else [{"params": listed}]


def check_group(
    name: str, group: Group, others: Sequence[Group], defaults: Mapping[str, Any]
) -> None:
    """Fill in ``group`` (the dict itself, as in PyTorch), and refuse what cannot be optimized.

    Its "params" become a list, the names of (name, tensor) pairs go to "param_names", and missing
    options get their defaults.
    """
    if not isinstance(group, dict):
        raise TypeError(f"[{name}] a parameter group is a {type(group).__name__}, needed a dict.")
    _list_parameters(name, group)
    given = group["params"]
    for parameter in given:
        if not isinstance(parameter, Tensor):
            raise TypeError(
                f"[{name}] one of the parameters is a {type(parameter).__name__}, needed a tensor."
            )
        kept = parameter.is_leaf or getattr(parameter, "retains_grad", False)
        if not (kept or defaults.get("differentiable")):
            raise ArgumentError(
                f"[{name}] can't optimize a non-leaf Tensor: one of the parameters, of shape "
                f"{tuple(parameter.shape)}, was computed. Give the tensors it was computed from."
            )
    for option, default in defaults.items():
        if default is required and option not in group:
            raise ArgumentError(
                f"[{name}] a parameter group has no {option}. "
                "Give it to the group, or to the optimizer."
            )
        group.setdefault(option, default)
    ids = {id(parameter) for parameter in given}
    if len(ids) != len(given):
        warnings.warn(
            f"[{name}] a group has the same parameter twice, so a step would update it twice. "
            "Give it once.",
            stacklevel=4,
        )
    for other in others:
        if ("param_names" in other) != ("param_names" in group):
            raise ArgumentError(
                f"[{name}] some groups have parameter names and some have not. Give all, or none."
            )
        if not ids.isdisjoint(map(id, other["params"])):
            raise ArgumentError(
                f"[{name}] some parameters appear in more than one parameter group. Give each once."
            )


def refuse_nan(name: str, group: Group) -> None:
    """Raise ArgumentError for an option of ``group`` that is not a number, or has one in it."""
    for option, value in group.items():
        parts = value if isinstance(value, (tuple, list)) else (value,)
        if any(isinstance(part, float) and part != part for part in parts):
            raise ArgumentError(f"[{name}] {option} is {value!r}, needed a number.")


def _list_parameters(name: str, group: Group) -> None:
    given = group.get("params")
    if given is None:
        raise ArgumentError(
            f'[{name}] a parameter group has no "params". It has {", ".join(group)}.'
        )
    if isinstance(given, (set, frozenset)):
        raise TypeError(
            f"[{name}] the parameters are in a set, whose order changes from run to run. "
            "Give a list."
        )
    listed = [given] if isinstance(given, Tensor) else list(given)
    pairs = [entry for entry in listed if isinstance(entry, tuple)]
    if pairs:
        if len(pairs) != len(listed):
            raise ArgumentError(
                f"[{name}] some parameters have names and some have not. Give all, or none."
            )
        group["param_names"] = [pair[0] for pair in pairs]
        listed = [pair[1] for pair in pairs]
    group["params"] = listed
