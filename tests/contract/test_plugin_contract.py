"""Whole distributions are held to the contract: ours, and others with one fault each."""

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plugtorch import registry
from plugtorch.testing import ContractError, Subject, check_plugin, checks, listed
from plugtorch.testing.run import run

Install = Callable[..., str]

TARGET = """
    import plugtorch

    class Cauchy(plugtorch.Loss):
        "log(1 + e^2), with e = input - target."
        def elementwise(self, input, target):
            return ((input - target) ** 2).log1p()
"""


def test_what_comes_with_plugtorch() -> None:
    """The announcements here; what they offer is checked by the tests beside this one."""
    subject = Subject("plugin", "plugtorch")
    every = list(checks(subject))
    own = [c for c in every if c.id.startswith(("announcement-", "light-", "record-"))]
    assert "light-plugtorch_losses" in run(subject, own).passed
    theirs = {c.id for c in every} - {c.id for c in own}
    usable = [s for kind in ("backend", "loss", "optimizer") for s in listed(kind)]
    # of a backend the device that it chooses
    offers = [Subject(s.kind, s.name.partition(":")[0]) for s in usable]
    assert theirs >= {f"{offer}-{check.id}" for offer in offers for check in checks(offer)}


def test_a_backend_without_a_device_is_skipped() -> None:
    """Where pyopencl is missing, or no driver is installed."""
    script = """
import sys
sys.modules["pyopencl"] = None
from plugtorch.testing import Subject, checks, SkipCheck
found = [c for c in checks(Subject("plugin", "plugtorch")) if c.id.startswith("backend-opencl")]
(check,) = found
try:
    check(Subject("plugin", "plugtorch"))
except SkipCheck as why:
    print(why)
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "pip install" in ended.stdout, ended.stderr


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Leaves behind what ``pip install`` would: modules, and metadata with an entry point."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    before = set(sys.modules)

    def install(hooks: str, target: str = TARGET) -> str:
        info = tmp_path / "plugtorch_robust-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: plugtorch-robust\nVersion: 1.0\n"
        )
        (info / "entry_points.txt").write_text("[plugtorch]\nrobust = robust_hooks\n")
        (tmp_path / "robust_hooks.py").write_text(textwrap.dedent(hooks))
        (tmp_path / "robust_target.py").write_text(textwrap.dedent(target))
        registry.refresh()
        return "plugtorch-robust"

    yield install
    for name in set(sys.modules) - before:
        if name.startswith("robust_"):
            del sys.modules[name]
    monkeypatch.undo()
    registry.refresh()


def hooks(record: str = 'name="cauchy", target="robust_target:Cauchy"', imports: str = "") -> str:
    return f"""
        {imports}
        from plugtorch.hookspecs import LossSpec, hookimpl

        @hookimpl
        def plugtorch_losses():
            yield LossSpec({record})
    """


def found(distribution: str) -> dict[str, Exception]:
    with pytest.raises(ContractError) as caught:
        check_plugin(distribution)
    return caught.value.failures


def test_a_good_one(install: Install) -> None:
    report = check_plugin(install(hooks()))
    assert {"announcement-robust", "light-robust", "record-loss-cauchy"} <= set(report.passed)
    assert "loss-cauchy-gradients-mean" in report.passed


def test_a_plugin_in_one_file(install: Install) -> None:
    source = textwrap.dedent(
        hooks('name="cauchy", target="robust_hooks:Cauchy"')
    ) + textwrap.dedent(TARGET)
    assert "light-robust" in check_plugin(install(source)).passed


@pytest.mark.parametrize("heavy", ["robust_target", "sqlite3, numpy.polynomial, wave, pytest"])
def test_a_heavy_announcement(install: Install, heavy: str) -> None:
    failures = found(install(hooks(imports=f"import {heavy}")))
    assert list(failures) == ["light-robust"]
    assert heavy.rpartition(" ")[2] in str(failures["light-robust"])


def test_a_target_that_is_not_there(install: Install) -> None:
    failures = found(install(hooks('name="cauchy", target="robust_target:Couchy"')))
    assert "Couchy" in str(failures["record-loss-cauchy"])


def test_a_bad_record(install: Install) -> None:
    failures = found(install(hooks('name="cauchy", target="robust_target"')))
    assert "robust_target" in str(failures["announcement-robust"])


NOTHING = """
    from plugtorch.hookspecs import hookimpl

    @hookimpl
    def plugtorch_losses():
        return []
"""


def test_nothing_offered(install: Install) -> None:
    assert "offers nothing" in str(found(install(NOTHING))["announcement-robust"])


def test_a_name_that_is_taken(install: Install) -> None:
    failures = found(install(hooks('name="mse", target="robust_target:Cauchy"')))
    assert "mse" in str(failures["record-loss-mse"])


def test_a_broken_loss_of_a_good_plugin(install: Install) -> None:
    failures = found(install(hooks(), TARGET.replace("log1p()", "log1p().detach()")))
    assert "loss-cauchy-number" in failures
