"""Runs the scripts in ``scripts/``, which say ``import torch`` and nothing of plugtorch."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "scripts"
HELPERS = ("conftest", "little_data")
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in HELPERS)

_NUMBER = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
_LOSS = re.compile(r"loss\D*?(-?\d+\.\d+(?:e[+-]?\d+)?)", re.IGNORECASE)


def run(*arguments: str, timeout: float = 120) -> str:
    """What Python prints, run with these arguments; it has to end well."""
    ended = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=timeout, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def with_plugtorch(name: str, device: str) -> str:
    """What a script prints with plugtorch in torch's place."""
    script = str(FOLDER / f"{name}.py")
    return run("-m", "plugtorch", "run", "--device", device, script)


def numbers(text: str) -> list[float]:
    """All numbers with a point in what was printed."""
    return [float(number) for number in _NUMBER.findall(text)]


def losses(text: str) -> list[float]:
    """The numbers that are called a loss."""
    return [float(number) for number in _LOSS.findall(text)]


def falls(text: str) -> bool:
    """Whether the last loss is well below the first."""
    found = losses(text)
    return len(found) > 2 and found[-1] < 0.9 * found[0]
