"""docs/plugins.md is true: its distribution installs, its code prints what the comments say."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "plugins.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```(?:python|toml)\n(.*?)^```$", PAGE)
FILES = {block.split()[1]: block for block in BLOCKS if block.startswith("# ")}
SCRIPTS = [block for block in BLOCKS if not block.startswith("# ")]


def expected(script):
    """What the comments beside ``print`` say."""
    return re.findall(r"^ *print\(.*\) +# (.*)$", script, re.MULTILINE)


def test_the_page_has_what_it_is_tested_for():
    assert list(FILES) == [
        "pyproject.toml",
        "plugtorch_mine/__init__.py",
        "plugtorch_mine/charbonnier.py",
        "plugtorch_mine/lion.py",
        "plugtorch_mine/abacus.py",
    ]
    assert [len(expected(script)) for script in SCRIPTS] == [3, 1]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_block_prints_what_its_comments_say(site, script):
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    site.install(project["name"], project["entry-points"]["plugtorch"], project["version"])
    (site.folder / "plugtorch_mine").mkdir()
    for name, text in FILES.items():
        (site.folder / name).write_text(text, encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(site.folder), os.environ.get("PYTHONPATH")]))
    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines() == expected(script)


def test_every_word_for_a_state_and_a_phase_is_explained():
    for word in ("ok", "partial", "broken", "blocked", "ambiguous", "shadowed"):
        assert re.search(rf"\b{word}\b", PAGE), word
    for phase in ("metadata", "import", "hook", "record", "target"):
        assert f"phase {phase}" in PAGE
