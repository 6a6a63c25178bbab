"""``import plugtorch`` stays light, and listing plugins imports what they announce and no more."""

import json
import subprocess
import sys

import pytest

OURS = ("plugtorch_numpy", "plugtorch_losses", "plugtorch_optim", "plugtorch_opencl")
HEAVY = ("pyopencl", "matplotlib", "rich", "click", "sklearn", "scipy", "safetensors", "torch")
HOST = ("pluggy", "importlib.metadata", "plugtorch.host", "plugtorch.hookspecs")
LATER = ("nn", "optim", "losses", "optimizers", "serialization", "testing", "training", "cli")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def modules_after(code: str) -> set[str]:
    printed = python("-c", f"{code}\nimport sys, json; print(json.dumps(sorted(sys.modules)))")
    return set(json.loads(printed.stdout))


def named(modules: set[str], *packages: str) -> set[str]:
    """Those of ``modules`` that are one of the packages, or inside one."""
    return {m for m in modules if any(m == p or m.startswith(f"{p}.") for p in packages)}


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """The modules that ``import plugtorch`` takes, as ``-X importtime`` reports them."""
    report = python("-X", "importtime", "-c", "import plugtorch").stderr
    found = {line.rpartition("|")[2].strip() for line in report.splitlines()}
    assert "plugtorch" in found
    return found


@pytest.mark.parametrize("package", [*OURS, *HEAVY, *HOST])
def test_importing_takes_no(imported: set[str], package: str) -> None:
    assert not named(imported, package)


@pytest.mark.parametrize("package", LATER)
def test_importing_leaves_for_later(imported: set[str], package: str) -> None:
    assert not named(imported, f"plugtorch.{package}")


def test_listing_imports_announcements_and_no_target() -> None:
    listing = """
from plugtorch import losses, optimizers, registry
assert losses.names() and optimizers.names() and registry.names("backend")
[plugin.as_dict() for plugin in registry.plugins()]
"""
    found = modules_after(listing)
    assert named(found, *OURS) <= set(OURS)
    assert not named(found, *HEAVY)


def test_a_tensor_on_the_cpu_needs_no_loss_and_no_optimizer() -> None:
    found = modules_after("import plugtorch; plugtorch.ones(2) + 1")
    assert "plugtorch_numpy.backend" in found
    assert named(found, "plugtorch_losses", "plugtorch_optim") <= set(OURS)
    assert not named(found, *HEAVY)
