"""The house rules that no linter knows: short files that say what they are for."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 400  # lines

CODE_FOLDERS = ("plugtorch", "backends", "plugins", "tests", "examples", "benchmarks")
CODE = sorted(
    path
    for folder in CODE_FOLDERS
    for path in (ROOT / folder).rglob("*.py")
    if not {"build", "dist", "__pycache__"} & set(path.relative_to(ROOT).parts)
)
OURS = [
    path
    for path in CODE
    if path.relative_to(ROOT).parts[0] in CODE_FOLDERS[:3] and "tests" not in path.parts
]
TEXTS = sorted(
    [*CODE, *ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("*.ini"), ROOT / ".ci" / "run"]
    + [*(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.toml")]
    + [*(ROOT / "plugins").rglob("*.md"), *(ROOT / "plugins").rglob("*.toml")]
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_file_is_short_or_says_why_not(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LONGEST or any("long because" in line.lower() for line in lines[:30]), (
        f"{name(path)} has {len(lines)} lines; split it, or write 'Long because ...' at its top"
    )


@pytest.mark.parametrize("path", CODE, ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes())), f"{name(path)} has no docstring"


@pytest.mark.parametrize("path", OURS, ids=name)
def test_a_users_mistake_is_never_an_assert(path: Path) -> None:
    """``python -O`` removes assertions, and an AssertionError says nothing to a user."""
    tree = ast.parse(path.read_bytes())
    found = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    assert not found or path.is_relative_to(ROOT / "plugtorch" / "testing"), (
        f"{name(path)} asserts in lines {found}; raise an error of plugtorch.errors"
    )


PRIVATE = {
    # written so that they do not find themselves
    "an unfinished thought": re.compile(r"\b(?:TO[D]O|FIX[M]E|XX[X])\b"),
    "a path of somebody's machine": re.compile(r"(?<![\w.:/])/(?:home|root|Users|work|mnt)/\w"),
    "an issue that readers cannot see": re.compile(r"\bissue \d", re.IGNORECASE),
}


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_nothing_unfinished_or_private_is_published(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for what, pattern in PRIVATE.items():
            assert not pattern.search(line), f"{name(path)}:{number} holds {what}: {line.strip()}"


def test_the_patterns_find_what_they_are_for() -> None:
    samples = {
        "an unfinished thought": "# TO|DO: later",
        "a path of somebody's machine": "open('/h|ome/me/data')",
        "an issue that readers cannot see": "see Issue| 12",
    }
    for what, sample in samples.items():
        assert PRIVATE[what].search(sample.replace("|", "")), what


def test_backends_and_plugins_are_folders_not_packages() -> None:
    for folder in ("backends", "plugins"):
        assert not (ROOT / folder / "__init__.py").exists(), f"import {folder} must stay an error"


def test_every_package_is_in_the_wheel_typed_and_under_contract() -> None:
    """A package forgotten in pyproject.toml is installed by nobody, and no rule holds there."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = ["plugtorch"] + sorted(
        path.parent.relative_to(ROOT).as_posix()
        for parent in ("backends", "plugins")
        for path in (ROOT / parent).glob("*/__init__.py")
    )
    names = {Path(folder).name for folder in folders}
    assert set(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(folders)
    assert set(settings["tool"]["importlinter"]["root_packages"]) == names
    offered = set(settings["project"]["entry-points"]["plugtorch"])
    assert offered == names - {"plugtorch"}
    untyped = [folder for folder in folders if not (ROOT / folder / "py.typed").exists()]
    assert not untyped, f"no py.typed in {untyped}: their users' type checkers see nothing"
