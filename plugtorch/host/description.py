"""What a thing is and what options it takes, read from its record, its class and its docstring."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Mapping
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.host.plugin import Entry

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
REQUIRED = inspect.Parameter.empty


def describe(entry: Entry, target: Any) -> dict[str, Any]:
    """All there is to tell about one thing.

    The record's fields, where it comes from, ``doc``, ``options`` (name: default) and ``required``
    (names).
    """
    options, _ = options_of(target)
    doc = inspect.getdoc(target) or ""
    about = entry.as_dict()
    about["summary"] = about["summary"] or doc.partition("\n")[0]
    about["doc"] = doc
    about["options"] = {key: value for key, value in options.items() if value is not REQUIRED}
    about["required"] = [key for key, value in options.items() if value is REQUIRED]
    return about


def options_of(target: Any) -> tuple[dict[str, Any], bool]:
    """The keywords that ``target`` takes with their defaults, and whether these are all.

    A class that hands its ``**kwargs`` on takes those of its base as well. An optimizer's
    ``defaults`` are options.
    """
    options: dict[str, Any] = {}
    complete = True
    for function in _initialisers(target):
        parameters = inspect.signature(function).parameters.values()
        for parameter in list(parameters)[isinstance(target, type) :]:  # without self
            if parameter.kind in _NAMED:
                options.setdefault(parameter.name, parameter.default)
        complete = all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters)
        if complete:
            break
    defaults = getattr(target, "defaults", None)
    if isinstance(defaults, Mapping):
        options.update(defaults)
        complete = True
    return options, complete


def check_options(entry: Entry, target: Any, given: Mapping[str, Any]) -> None:
    """Raise ArgumentError for an option that ``target`` does not take."""
    options, complete = options_of(target)
    unknown = [key for key in given if key not in options]
    if unknown and complete:
        near = difflib.get_close_matches(unknown[0], options, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It takes {', '.join(options) or 'none'}."
        raise ArgumentError(f"[{entry.spec.name}] there is no option {unknown[0]!r}. {hint}")


def _initialisers(target: Any) -> list[Any]:
    if not isinstance(target, type):
        return [target]
    return [
        vars(c)["__init__"] for c in target.__mro__ if c is not object and "__init__" in vars(c)
    ]
