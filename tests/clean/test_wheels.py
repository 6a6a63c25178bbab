"""The wheels hold what they should, however they are built."""

import tarfile
import zipfile
from pathlib import Path

from environments import ROOT, Wheels

PACKAGES = {
    "plugtorch",
    "plugtorch_numpy",
    "plugtorch_opencl",
    "plugtorch_losses",
    "plugtorch_optim",
}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_sdist_builds_the_same_wheel_as_the_tree(wheels: Wheels) -> None:
    assert contents(wheels.plugtorch) == contents(wheels.from_tree)


def test_one_pure_wheel_holds_the_core_and_all_that_is_built_in(wheels: Wheels) -> None:
    assert wheels.plugtorch.name.endswith("-py3-none-any.whl")
    names = contents(wheels.plugtorch)
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= names.keys()
    assert {Path(name).suffix for name in names} <= {".py", ".typed", ".txt", ""}


def test_the_sdist_can_be_read_and_tested(wheels: Wheels) -> None:
    with tarfile.open(wheels.sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    wanted = [
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "pyproject.toml",
        "tox.ini",
    ]
    wanted += [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")]
    assert set(wanted) <= inside
