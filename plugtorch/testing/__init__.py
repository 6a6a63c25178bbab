"""The contract kits: what every backend, loss, optimizer and plugin promises, as checks.

    from plugtorch.testing import check_plugin

    def test_contracts():
        check_plugin("plugtorch-lion")

or, one test for each promise:

    from plugtorch.testing import Subject, parametrize_with_checks

    @parametrize_with_checks([Subject("optimizer", "lion", {"beta": b}) for b in (0.5, 0.9)])
    def test_lion(subject, check):
        check(subject)

A check raises if its promise is broken. One that you know to fail is named beforehand, with the
reason; it must fail then. ``docs/contract_kits.md`` lists what is checked.

``assert_close`` is PyTorch's ``torch.testing.assert_close``, for tests of one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.testing import plugin as _plugin
from plugtorch.testing.close import assert_close
from plugtorch.testing.run import (
    BrokenContract,
    Check,
    ContractError,
    Report,
    SkipCheck,
    Subject,
    check_ids,
    listed,
    require,
    run,
)

__all__ = [
    "BrokenContract",
    "Check",
    "ContractError",
    "Report",
    "SkipCheck",
    "Subject",
    "assert_close",
    "check_backend",
    "check_loss",
    "check_optimizer",
    "check_plugin",
    "checks",
    "listed",
    "parametrize_with_checks",
    "require",
]

Expected = Mapping[str, str]
_KITS: dict[str, Callable[[Subject], Iterator[Check]]] = {**_plugin.KITS, "plugin": _plugin.checks}


def checks(subject: Subject) -> Iterator[Check]:
    """Every check of a subject, in a fixed order.

    >>> next(checks(Subject("loss", "mse"))).id
    'number'
    """
    if subject.kind not in _KITS:
        raise ArgumentError(
            f"[contract] there is no kind {subject.kind!r}. There are {', '.join(_KITS)}."
        )
    return _KITS[subject.kind](subject)


def check_backend(name: str, *, expected_failures: Expected | None = None) -> Report:
    """Hold a device to the contract of backends.

    name: a device, "cpu" or "opencl:1". expected_failures: {id of a check: reason}.

    Raises ContractError, listing every check that failed and what it found.
    """
    return _run(Subject("backend", name), expected_failures)


def check_loss(name: str, *, expected_failures: Expected | None = None, **options: Any) -> Report:
    """Hold a loss to the contract of losses.

    name: as for ``plugtorch.losses.create``, with its options. expected_failures: {id of a check:
    reason}.

    Raises ContractError, listing every check that failed and what it found.

    >>> check_loss("huber", delta=0.5).failures
    {}
    """
    return _run(Subject("loss", name, options), expected_failures)


def check_optimizer(
    name: str, *, expected_failures: Expected | None = None, **options: Any
) -> Report:
    """Hold an optimizer to the contract of optimizers.

    name: as for ``plugtorch.optimizers.create``, with its options. expected_failures: {id of a
    check: reason}.

    Raises ContractError, listing every check that failed and what it found.

    >>> check_optimizer("sgd", momentum=0.9).failures
    {}
    """
    return _run(Subject("optimizer", name, options), expected_failures)


def check_plugin(distribution: str, *, expected_failures: Expected | None = None) -> Report:
    """Hold an installed distribution to the contract of plugins, and all it offers to theirs.

    expected_failures: {id of a check: reason}, where the checks of an offer are called
    "loss-poly-rows".

    Raises ContractError, listing every check that failed; PluginError if it is not installed or
    offers nothing.
    """
    return _run(Subject("plugin", distribution), expected_failures)


def _run(subject: Subject, expected_failures: Expected | None) -> Report:
    return run(subject, checks(subject), expected_failures)


def parametrize_with_checks(
    subjects: Iterable[Subject], *, expected_failures: Expected | None = None
) -> Any:
    """A pytest decorator: a test of ``(subject, check)`` becomes one for every check.

    subjects: such as ``listed("loss")``. expected_failures: {"loss-mse-rows": reason}: marked as
    strict xfails.

    Raises ArgumentError for no subjects, and for an expected failure that names no check.
    """
    import pytest

    expected = dict(expected_failures or {})
    parameters = []
    unused = set(expected)
    for subject in subjects:
        for check in check_ids(checks(subject), {}, str(subject)):
            name = f"{subject}-{check.id}"
            unused.discard(name)
            marks = []
            if name in expected:
                marks = [pytest.mark.xfail(reason=expected[name], strict=True)]
            parameters.append(pytest.param(subject, _skipping(check), id=name, marks=marks))
    if not parameters:
        raise ArgumentError("[contract] there are no subjects, so there is nothing to check.")
    if unused:
        raise ArgumentError(
            f"[contract] expected failures name no check: {', '.join(sorted(unused))}."
        )
    return pytest.mark.parametrize(("subject", "check"), parameters)


def _skipping(check: Check) -> Callable[[Subject], None]:
    """A check whose skips are pytest's."""

    def call(subject: Subject) -> None:
        import pytest

        try:
            check(subject)
        except SkipCheck as why:
            pytest.skip(str(why))

    return call
