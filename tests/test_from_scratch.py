"""The essay's code runs, learns, and stays as short as it says."""

import re
from pathlib import Path

ESSAY = (Path(__file__).parents[1] / "docs" / "from_scratch.md").read_text(encoding="utf-8")


def test_the_essay_runs_and_learns(capsys):
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", ESSAY)
    exec(compile("\n".join(blocks), "from_scratch.md", "exec"), {})
    answers = [abs(float(word)) for word in capsys.readouterr().out.strip("[]\n").split()]
    assert answers == [0, 1, 1, 0]
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    assert len(lines) <= 200
