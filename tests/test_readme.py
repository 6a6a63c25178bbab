"""The README is true: its code runs, CI runs its commands, its links lead somewhere."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def blocks(language: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", README)


FILES = {
    block.split(maxsplit=2)[1]: block
    for language in ("python", "toml")
    for block in blocks(language)
    if block.startswith("# ")
}
"""The blocks that are files: their first line is a comment with the name."""

SCRIPTS = [block for block in blocks("python") if block not in FILES.values()]
EXPECTED = [r"9\d\.\d% of digits that it never saw are read right", r"y = 3\.0 x \+ 0\.5"]


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The README's plugin as pip would leave it: its module, and metadata with its entry points."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    metadata = tmp_path / "plugtorch_robust-0.1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [f"{name} = {value}" for name, value in project["entry-points"]["plugtorch"].items()]
    (metadata / "entry_points.txt").write_text("\n".join(["[plugtorch]", *lines, ""]))
    return tmp_path


@pytest.mark.parametrize(("script", "expected"), [*zip(SCRIPTS, EXPECTED, strict=True)])
def test_a_python_block_runs_and_prints(script: str, expected: str, plugin: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=os.environ | {"PYTHONPATH": str(plugin)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(expected, ended.stdout.strip()), ended.stdout


def test_the_plugin_has_twenty_lines() -> None:
    code = [line for line in FILES["plugtorch_robust.py"].splitlines()[1:] if line]
    assert len(code) <= 20


def test_there_are_two_commands_and_ci_runs_them() -> None:
    assert len(blocks("bash")) == 2, "other shell samples are ```console"
    assert all(block.count("\n") == 1 for block in blocks("bash"))
    if (ROOT / ".ci").exists():  # an sdist has none
        runner = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        assert 'step "$(bash_block 1)"' in runner
        assert 'step "$(bash_block 2)"' in runner


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    for link in re.findall(r"\]\(([^)#\s]+)", prose):
        if "://" not in link:
            assert (page.parent / link).exists(), f"{page.name} links to {link}, which is not there"
