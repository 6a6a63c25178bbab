"""docs/torch.md is true: its code prints what the comments say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "torch.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE)


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_page(tmp_path, script):
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ended.returncode == 0, ended.stderr
    expected = re.findall(r"^print\(.*\)  # (.*)$", script, re.MULTILINE)
    assert ended.stdout.splitlines() == expected
    assert expected
    assert os.listdir(tmp_path) == ["model.pt"] * ("model.pt" in script)
