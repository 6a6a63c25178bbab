"""What a thing is and what options it takes, read from its record, its class and its docstring."""

from __future__ import annotations

import difflib
import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from plugtorch.host.plugin import Entry

_SECTION = re.compile(  # what ends the formula in a docstring, in PyTorch's, NumPy's or our style
    r"(Args|Arguments|Parameters|Shape|Raises|Returns|Examples?|Source|Notes?|References?)"
    r"(:|\n-)|Raises |>>>"
)
_ARGUMENTS = re.compile(r"(Args|Arguments|Parameters)(:|\n-+) *\n?")
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
REQUIRED = inspect.Parameter.empty


def describe(entry: Entry, target: Any) -> dict[str, Any]:
    """All there is to tell about one thing.

    The record's fields, where it comes from, ``doc`` and of that the ``formula`` and the
    ``arguments``, ``options`` (name: default) and ``required`` (names).
    """
    options, _ = options_of(target)
    doc = inspect.getdoc(target) or ""
    about = entry.as_dict()
    about["summary"] = about["summary"] or doc.partition("\n")[0]
    about["doc"] = doc
    about["formula"], about["arguments"] = _formula_and_arguments(doc)
    about["options"] = {key: value for key, value in options.items() if value is not REQUIRED}
    about["required"] = [key for key, value in options.items() if value is REQUIRED]
    return about


def _formula_and_arguments(doc: str) -> tuple[str, str]:
    """The paragraphs of a docstring before its first section, and the section on arguments."""
    formula: list[str] = []
    arguments: list[str] = []
    here: list[str] | None = formula
    for paragraph in re.split(r"\n\s*\n", doc):
        if heading := _ARGUMENTS.match(paragraph):
            here = arguments
            paragraph = textwrap.dedent(paragraph[heading.end() :])
        elif _SECTION.match(paragraph):
            here = None
        if here is not None:
            here.append(paragraph)
    return "\n\n".join(formula).strip(), "\n\n".join(arguments).strip()


def options_of(target: Any) -> tuple[dict[str, Any], bool]:
    """The keywords that ``target`` takes with their defaults, and whether these are all.

    A class that hands its ``**kwargs`` on takes those of its base as well; an optimizer, those in
    its ``defaults``. What an optimizer is for, its ``params``, is not an option.
    """
    options: dict[str, Any] = {}
    complete = False
    for signature in _signatures(target):
        parameters = signature.parameters.values()
        for parameter in parameters:
            if parameter.kind in _NAMED:
                options.setdefault(parameter.name, parameter.default)
        complete = all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters)
        if complete:
            break
    if not complete:
        options = dict(getattr(target, "defaults", {})) | options
    options.pop("params", None)
    return options, complete


def check_options(entry: Entry, target: Any, given: Mapping[str, Any]) -> None:
    """Raise TypeError, as the call itself would, for an option that ``target`` does not take."""
    options, complete = options_of(target)
    unknown = [key for key in given if key not in options]
    if unknown and complete:
        near = difflib.get_close_matches(unknown[0], options, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(options) or 'none'}."
        raise TypeError(f"[{entry.spec.name}] has no option {unknown[0]!r}. {hint}")


def _signatures(target: Any) -> Iterator[inspect.Signature]:
    """How ``target`` is called; for a class, then how its bases are."""
    if not isinstance(target, type):
        yield inspect.signature(target)
        return
    for base in target.__mro__[:-1]:  # object takes nothing
        if "__signature__" in vars(base):
            yield inspect.signature(base)
        elif "__init__" in vars(base):
            whole = inspect.signature(vars(base)["__init__"])
            yield whole.replace(parameters=list(whole.parameters.values())[1:])  # without self
