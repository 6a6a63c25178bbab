"""Running the command line, in this process and in one of its own."""

import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest


@pytest.fixture
def cli(capsys, tmp_path, monkeypatch):
    """Runs ``plugtorch ARGUMENTS`` in an empty folder: ``code``, ``out``, ``err`` and, where asked
    for, ``json``.
    """
    from plugtorch.cli.application import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments):
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        out, err = capsys.readouterr()
        found = json.loads(out) if "--json" in arguments and out else None
        return SimpleNamespace(code=code, out=out, err=err, json=found)

    return call


@pytest.fixture
def spawn(tmp_path):
    """Starts ``plugtorch ARGUMENTS`` in a process of its own, which is killed at the end of the
    test.
    """
    started = []

    def start(*arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "plugtorch", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **environment},
            # a test run in the background has SIGINT ignored, and children inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
