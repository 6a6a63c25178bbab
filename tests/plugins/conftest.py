"""Fake distributions with real metadata: what ``pip install`` would leave behind."""

import importlib
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from plugtorch.registry import Registry

GOOD = """
    from plugtorch.hookspecs import LossSpec, hookimpl

    @hookimpl
    def plugtorch_losses():
        yield LossSpec(name="good", target="good_target:Good", aliases=("fine",))
"""
GOOD_TARGET = """
    class Good:
        "A loss that is fine."
        def __init__(self, scale=1.0):
            self.scale = scale
"""


class Site:
    """A folder that distributions are installed into."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def install(self, name, entry_points, version="1.0", metadata=True, **modules):
        """A distribution. entry_points: {name: module} or the file's text. modules: sources."""
        if isinstance(entry_points, dict):
            lines = [f"{key} = {value}" for key, value in entry_points.items()]
            entry_points = "\n".join(["[plugtorch]", *lines, ""])
        info = self.folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        if metadata:
            text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            (info / "METADATA").write_text(text)
        (info / "entry_points.txt").write_text(entry_points)
        (info / "RECORD").write_text("".join(f"{m}.py,,\n" for m in modules))
        for module, source in modules.items():
            (self.folder / f"{module}.py").write_text(textwrap.dedent(source))
        return self

    def install_good(self):
        """A plugin without a fault, to see that others do not harm it."""
        return self.install(
            "plugtorch-good", {"good": "good_hooks"}, good_hooks=GOOD, good_target=GOOD_TARGET
        )

    def offer(self, name, *, kind="loss", record="", **options):
        """A distribution that offers one thing; record: more of the record's fields, as source."""
        spec, hook = {
            "loss": ("LossSpec", "plugtorch_losses"),
            "optimizer": ("OptimizerSpec", "plugtorch_optimizers"),
            "backend": ("BackendSpec", "plugtorch_backends"),
        }[kind]
        module = "hooks_of_" + name.replace("-", "_").replace(".", "_").lower()
        target = "builtins:dict" if kind != "backend" else "plugtorch_numpy.backend:NumpyBackend"
        if "target=" not in record:
            record += f", target={target!r}"
        source = f"""
            from plugtorch.hookspecs import {spec}, hookimpl

            @hookimpl
            def {hook}():
                yield {spec}({record})
        """
        points = options.pop("entry_points", None) or {module: module}
        return self.install(name, points, **{module: source}, **options)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """An empty folder at the end of the path; what is imported from it is forgotten after."""
    site = Site(tmp_path / "site-packages")
    monkeypatch.setattr(sys, "path", [*sys.path, str(site.folder)])
    before = set(sys.modules)
    yield site
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def new_site(tmp_path):
    """Makes further folders to install into, not on the path."""
    return lambda name: Site(tmp_path / name)


@pytest.fixture
def registry():
    """A registry that has looked at nothing yet."""
    return Registry()


@pytest.fixture
def rest_works():
    """Asserts that a plugin without a fault, and the CPU, are there."""

    def check(registry):
        assert registry.get("loss", "good").__name__ == "Good"
        assert registry.get("loss", "fine") is registry.get("loss", "good")
        assert registry.get("backend", "cpu").__name__ == "NumpyBackend"
        assert "good" in registry.names("loss")
        assert "cpu" in registry.names("backend")
        plugin = next(p for p in registry.plugins() if p.distribution == "plugtorch-good")
        assert plugin.state == "ok"
        json.dumps([plugin.as_dict() for plugin in registry.plugins()])

    return check


@pytest.fixture
def python(site):
    """Runs code in a new Python with ``site`` on its path; gives what it printed, as JSON."""

    def run(code, cwd=None, path=(), **environment):
        paths = [str(p) for p in (site.folder, *path)]
        paths += filter(None, [os.environ.get("PYTHONPATH")])
        variables = {k: v for k, v in os.environ.items() if not k.startswith("PLUGTORCH_")}
        variables |= {"PYTHONPATH": os.pathsep.join(paths), **environment}
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            capture_output=True,
            text=True,
            env=variables,
            cwd=cwd or site.folder.parent,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
