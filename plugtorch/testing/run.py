"""Running checks: what is checked, what failed, what was skipped and why.

A kit is a generator of checks for a subject. A check is a function that raises: anything at all
when the contract is broken, ``SkipCheck`` when it cannot be tried here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from plugtorch.errors import ArgumentError, PlugtorchError

Bench = TypeVar("Bench")


class SkipCheck(Exception):  # noqa: N818 - not an error
    """Raised by a check that cannot be tried here; the message is the reason."""


class ContractError(PlugtorchError, AssertionError):
    """A contract is broken. ``failures`` has what each failed check raised, by its id."""

    def __init__(self, report: Report) -> None:
        count = len(report.failures)
        lines = [f"[contract] {report.subject}: {count} of {report.total} checks failed."]
        for name, error in report.failures.items():
            said = str(error) or "no message"
            kind = "" if isinstance(error, BrokenContract) else f"{type(error).__name__}: "
            lines.append(f"  {name}: {kind}" + said.replace("\n", "\n    "))
        super().__init__("\n".join(lines))
        self.report = report
        self.failures = report.failures
        if report.failures:
            self.__cause__ = next(iter(report.failures.values()))


class BrokenContract(AssertionError):  # noqa: N818 - what a check found, in words
    """What a check found to be wrong."""


def require(condition: object, message: str) -> None:
    """Raise BrokenContract with ``message`` unless ``condition`` holds; ``python -O`` keeps it."""
    if not condition:
        raise BrokenContract(message)


@dataclass(frozen=True)
class Subject:
    """What is checked: the ``name`` of a backend, a loss, an optimizer or a plugin's distribution.

    kind: "backend", "loss", "optimizer" or "plugin". options: what a loss or an optimizer is made
    with.

    >>> print(Subject("loss", "huber", {"delta": 0.5}))
    loss-huber(delta=0.5)
    """

    kind: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        options = ",".join(f"{key}={value!r}" for key, value in self.options.items())
        return f"{self.kind}-{self.name}" + (f"({options})" if options else "")


@dataclass(frozen=True)
class Check:
    """One promise of a contract: an id, and a function of the subject that raises if broken."""

    id: str
    function: Callable[[Subject], None]

    def __call__(self, subject: Subject) -> None:
        """Raise if ``subject`` breaks the promise."""
        self.function(subject)

    def __str__(self) -> str:
        return self.id


def bound(
    bench: Callable[[Subject], Bench], function: Callable[..., None], *arguments: Any
) -> Callable[[Subject], None]:
    """function(bench(subject), *arguments), as a function of the subject."""
    return lambda subject: function(bench(subject), *arguments)


@dataclass
class Report:
    """The outcome: ids of the checks that passed; of the others, with errors or reasons."""

    subject: str
    passed: list[str] = field(default_factory=list)
    failures: dict[str, Exception] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)  # failed, as was said beforehand

    @property
    def total(self) -> int:
        """How many checks there were."""
        return len(self.passed) + len(self.failures) + len(self.skipped) + len(self.expected)

    def __str__(self) -> str:
        counts = [f"{len(self.passed)} passed"]
        words = ("failures", "skipped", "expected")
        counts += [f"{len(getattr(self, word))} {word}" for word in words if getattr(self, word)]
        return f"{self.subject}: {', '.join(counts)}"


def check_ids(
    checks: Iterable[Check], expected_failures: Mapping[str, str], of: str
) -> list[Check]:
    """The checks as a list. Refuses none, an id twice, expected failures that name no check."""
    listed = list(checks)
    ids = [check.id for check in listed]
    if not ids:
        raise ArgumentError(
            f"[contract] there is nothing to check in {of}, and nothing is no proof."
        )
    twice = (
        sorted({name for name in ids if ids.count(name) > 1}) if len(set(ids)) < len(ids) else []
    )
    if twice:
        raise ArgumentError(f"[contract] {of} has several checks called {', '.join(twice)}.")
    unknown = sorted(set(expected_failures) - set(ids))
    if unknown:
        raise ArgumentError(
            f"[contract] expected failures name no check of {of}: {', '.join(unknown)}. "
            f"There are {', '.join(ids[:8])}{', ...' if len(ids) > 8 else ''}."
        )
    silent = [name for name, reason in expected_failures.items() if not reason]
    if silent:
        raise ArgumentError(f"[contract] say why {', '.join(silent)} is expected to fail.")
    return listed


def run(
    subject: Subject, checks: Iterable[Check], expected_failures: Mapping[str, str] | None = None
) -> Report:
    """Run every check, whatever the others do.

    expected_failures: {id: reason}; such a check must fail. Skips are told on standard error.
    Raises ContractError if any failed, ArgumentError for no checks or an unknown id.
    """
    expected = dict(expected_failures or {})
    report = Report(str(subject))
    for check in check_ids(checks, expected, str(subject)):
        try:
            check(subject)
        except SkipCheck as why:
            report.skipped[check.id] = str(why)
            sys.stderr.write(f"{subject}: skipped {check.id}: {why}\n")
        except Exception as error:
            if check.id in expected:
                report.expected[check.id] = expected[check.id]
            else:
                report.failures[check.id] = error
        else:
            if check.id in expected:
                why_not = BrokenContract(
                    f"passes, but was expected to fail ({expected[check.id]}). "
                    "Take it off the list."
                )
                report.failures[check.id] = why_not
            else:
                report.passed.append(check.id)
    if report.failures:
        raise ContractError(report)
    return report


def listed(kind: str) -> Iterator[Subject]:
    """Every loss or optimizer that is registered, or every device that works, as a subject.

    >>> "optimizer-sgd" in map(str, listed("optimizer"))
    True
    """
    from plugtorch import registry
    from plugtorch.testing.devices import usable_devices

    for name in usable_devices() if kind == "backend" else registry.names(kind):
        yield Subject(kind, name)
