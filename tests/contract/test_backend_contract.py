"""Every device that can be used here keeps the contract of backends."""

from collections.abc import Callable

from plugtorch.testing import Subject, listed, parametrize_with_checks


@parametrize_with_checks(listed("backend"))
def test_backend(subject: Subject, check: Callable[[Subject], None]) -> None:
    check(subject)
