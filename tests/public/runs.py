"""Runs public scripts with PyTorch and with plugtorch, and tells how their losses went.

``python runs.py FOLDER [NAME ...]`` prints a table of Markdown.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from public import data
from public.scripts import SCRIPTS, Script

_STANDIN = Path(__file__).parent / "standin"


@dataclass(frozen=True)
class Outcome:
    """What a run measured, first and last; or why it ended early."""

    first: float
    last: float
    error: str = ""


def run(name: str, way: str, folder: Path, shared: Path, timeout: float = 1800) -> Outcome:
    """Run the script ``name`` of ``folder``, in a copy; ``way`` is "torch" or a device, ``shared``
    has the data.
    """
    script = SCRIPTS[name]
    with tempfile.TemporaryDirectory() as place:
        path = _copy(script, folder, Path(place), shared)
        options = script.options.split()
        if way not in ("torch", "cpu"):
            options += script.on_device.split()
        command = [sys.executable]
        if way != "torch":
            command += ["-m", "plugtorch", "run", "--device", way]
        for first in script.before:
            _, error = _printed([*command, str(_STANDIN / first)], path.parent, shared, timeout)
            if error:
                return Outcome(float("nan"), float("nan"), f"{first}: {error}")
        printed, error = _printed(
            [*command, path.name, *options], path.parent, shared, timeout, script.until
        )
    found = [float(number) for number in re.findall(script.measure, printed, re.IGNORECASE)]
    if not found:
        return Outcome(float("nan"), float("nan"), error or "printed no number: " + printed[-200:])
    return Outcome(found[0], found[-1], error)


def _copy(script: Script, folder: Path, place: Path, shared: Path) -> Path:
    """The script's path in a copy of its folder, with the data where it looks for them."""
    source = folder / script.path
    here = place / source.parent.name
    shutil.copytree(source.parent, here)
    for link, target in script.data.items():
        (here / link).parent.mkdir(parents=True, exist_ok=True)
        (here / link).symlink_to((shared / target).resolve())
    return here / source.name


def _printed(
    command: list[str], folder: Path, shared: Path, timeout: float, until: str = ""
) -> tuple[str, str]:
    """What was printed up to the text ``until``, and the last line of an error."""
    paths = [str(_STANDIN), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PLUGTORCH_PUBLIC_DATA": str(shared),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1",  # the scripts are older than that default
    }
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        late = threading.Timer(timeout, process.kill)
        late.start()
        lines = []
        for line in process.stdout:
            lines.append(line)
            if until and re.search(until, line):
                process.kill()
        code, ended = process.wait(), bool(until and lines and re.search(until, lines[-1]))
        late.cancel()
        errors.seek(0)
        said = errors.read()
    error = "" if code == 0 or ended else (said.strip().splitlines() or [f"exit code {code}"])[-1]
    return "".join(lines) + said, error


def table(folder: Path, names: list[str]) -> None:
    """Print a row for each script: first and last of what it measures, in all three ways."""
    device = os.environ.get("PLUGTORCH_PUBLIC_DEVICE", "opencl")
    ways = ("torch", "cpu", device)
    print("| script | " + " | ".join(ways) + " |\n|---|" + "---|" * len(ways), flush=True)
    with tempfile.TemporaryDirectory() as shared:
        data.write(Path(shared))
        for name in names:
            print(f"| {name} |", end="", flush=True)
            for way in ways:
                got = run(name, way, folder, Path(shared))
                print(f" {got.error or f'{got.first:.4g} → {got.last:.4g}'} |", end="", flush=True)
            print()


if __name__ == "__main__":
    table(Path(sys.argv[1]).resolve(), sys.argv[2:] or list(SCRIPTS))
