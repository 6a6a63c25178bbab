"""Clean environments, and the wheels that go into them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "third_party" / "plugtorch-example"
EXTRAS = ROOT / "plugins" / "plugtorch-extras"


@dataclass
class Environment:
    """A virtual environment, and an empty folder to be in."""

    folder: Path
    here: Path

    @classmethod
    def create(cls, folder: Path) -> "Environment":
        here = folder / "here"
        here.mkdir(parents=True)
        environment = cls(folder / "venv", here)
        subprocess.run([sys.executable, "-m", "venv", environment.folder], check=True)
        return environment

    def run(self, program: str, *arguments: object, succeeds: bool = True) -> str:
        """What ``program`` of this environment prints; ``succeeds``: which way it must end."""
        scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        ended = subprocess.run(
            [scripts / program, *map(str, arguments)],
            cwd=self.here,
            env=_outside(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        printed = ended.stdout + ended.stderr
        assert (ended.returncode == 0) == succeeds, f"{program} {arguments}:\n{printed}"
        return ended.stdout if succeeds else printed

    def python(self, code: str, succeeds: bool = True) -> str:
        """What ``code`` prints, in an isolated interpreter."""
        return self.run("python", "-I", "-W", "error", "-c", code, succeeds=succeeds)

    def install(self, *requirements: object) -> None:
        self.run("python", "-m", "pip", "install", "--quiet", *requirements)

    def uninstall(self, distribution: str) -> None:
        self.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", distribution)

    def files(self) -> set[str]:
        """Every file of the environment, but for bytecode."""
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*"))
        return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def _outside() -> dict[str, str]:
    """This process's environment without what would let the tree, or a setting, leak in."""
    leaks = ("PYTHON", "PLUGTORCH", "VIRTUAL_ENV", "TOX", "COVERAGE", "PYTEST", "MPLBACKEND")
    return {name: value for name, value in os.environ.items() if not name.startswith(leaks)}


@dataclass(frozen=True)
class Wheels:
    """What the builds gave."""

    plugtorch: Path  # built from an sdist
    from_tree: Path  # built from the tree at once
    sdist: Path
    example: Path
    extras: Path


def build(source: Path, output: Path, *options: str) -> None:
    command = [sys.executable, "-m", "build", *options, "--outdir", str(output), str(source)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
