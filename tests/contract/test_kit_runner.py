"""What the kits do with checks: nothing passes by not being run."""

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from plugtorch.errors import ArgumentError, PluginError, UnknownNameError
from plugtorch.testing import (
    Check,
    ContractError,
    SkipCheck,
    Subject,
    check_backend,
    check_loss,
    check_optimizer,
    check_plugin,
    checks,
    listed,
    parametrize_with_checks,
)
from plugtorch.testing.cases.philox import philox
from plugtorch.testing.run import run

SUBJECT = Subject("loss", "mse")


def good(subject: Subject) -> None:
    assert subject is SUBJECT


def bad(subject: Subject) -> None:
    raise ZeroDivisionError("by nothing")


def skipped(subject: Subject) -> None:
    raise SkipCheck("no such device")


def check_list(*functions: Callable[[Subject], None]) -> list[Check]:
    return [Check(function.__name__, function) for function in functions]


def test_all_checks_run_and_every_failure_is_told() -> None:
    with pytest.raises(ContractError) as caught:
        run(SUBJECT, [*check_list(bad, good, skipped), Check("worse", bad)])
    assert list(caught.value.failures) == ["bad", "worse"]
    assert "2 of 4 checks failed" in str(caught.value)
    assert "bad: ZeroDivisionError: by nothing" in str(caught.value)
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_skip_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    report = run(SUBJECT, check_list(good, skipped))
    assert str(report) == "loss-mse: 1 passed, 1 skipped"
    assert "skipped skipped: no such device" in capsys.readouterr().err


def test_no_checks_are_an_error() -> None:
    with pytest.raises(ArgumentError, match="nothing to check"):
        run(SUBJECT, [])
    with pytest.raises(ArgumentError, match="no subjects"):
        parametrize_with_checks([])


def test_an_expected_failure_must_be_known_explained_and_fail() -> None:
    report = run(SUBJECT, check_list(good, bad), {"bad": "a known limit"})
    assert report.expected == {"bad": "a known limit"}
    with pytest.raises(ArgumentError, match="typo"):
        run(SUBJECT, check_list(good, bad), {"typo": "a known limit"})
    with pytest.raises(ArgumentError, match="say why"):
        run(SUBJECT, check_list(good, bad), {"bad": ""})
    with pytest.raises(ContractError, match="Take it off the list"):
        run(SUBJECT, check_list(good), {"good": "used to fail"})


def test_two_checks_of_one_id_are_an_error() -> None:
    with pytest.raises(ArgumentError, match="several checks called good"):
        run(SUBJECT, check_list(good, good))


def test_pytest_gets_a_test_for_each_check() -> None:
    mark = parametrize_with_checks([SUBJECT], expected_failures={"loss-mse-rows": "a reason"}).mark
    names, parameters = mark.args
    assert names == ("subject", "check")
    assert [p.id for p in parameters] == [f"loss-mse-{check.id}" for check in checks(SUBJECT)]
    (marked,) = [p for p in parameters if p.marks]
    assert marked.id == "loss-mse-rows"
    assert marked.marks[0].kwargs == {"reason": "a reason", "strict": True}
    for p in parameters:
        subject, check = p.values
        with suppress(pytest.skip.Exception):
            check(subject)
    with pytest.raises(ArgumentError, match="loss-mse-typo"):
        parametrize_with_checks([SUBJECT], expected_failures={"loss-mse-typo": "a reason"})


def test_names_that_mean_nothing_are_errors() -> None:
    for check in (check_loss, check_optimizer, check_backend):
        with pytest.raises(UnknownNameError):
            check("no_such_thing")
    with pytest.raises(PluginError, match="no installed distribution"):
        check_plugin("no-such-thing")
    with pytest.raises(ArgumentError, match="there is no kind"):
        checks(Subject("model", "mse"))


def test_everything_registered_is_listed() -> None:
    assert {s.name for s in listed("loss")} >= {"mse", "cross_entropy"}
    assert {s.name for s in listed("optimizer")} >= {"sgd", "adam"}
    assert Subject("backend", "cpu") in list(listed("backend"))


WITHOUT_PYTEST = """
import sys
sys.modules["pytest"] = None
from plugtorch.testing import check_loss
check_loss("mse")
"""


def test_the_kits_need_no_pytest() -> None:
    command = [sys.executable, "-c", WITHOUT_PYTEST]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_reference_for_random_numbers_is_the_published_one() -> None:
    """The other known answers that Random123 publishes for Philox4x32-10."""
    ones = 0xFFFFFFFF
    assert philox((ones,) * 4, (ones,) * 2) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)
    pi = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
    assert philox(*pi) == (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)


DOCUMENTATION = Path(__file__).parents[2] / "docs" / "contract_kits.md"


def test_what_the_documentation_shows_works(tmp_path: Path) -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", text)
    assert len(blocks) == 4
    script = tmp_path / "shown.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    command = [sys.executable, "-W", "error", script]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    # on one device there is nothing to compare: that check is skipped, and the page shows it so
    one = re.search(r"print\(report\)  # (.*)", text)
    assert one is not None
    several = re.sub(r"(\d+) passed, 1 skipped", lambda m: f"{int(m[1]) + 1} passed", one[1])
    assert {one[1], several} & set(ended.stdout.splitlines())


def test_the_documentation_names_every_check() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)(?:-\*)?`", text))
    subjects = [Subject("loss", "mse"), Subject("optimizer", "sgd"), Subject("backend", "cpu")]
    missing = {check.id.partition("-")[0] for s in subjects for check in checks(s)} - told
    assert not missing
