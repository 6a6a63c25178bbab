"""``plugtorch plugins``, ``devices``, ``doctor``, ``--version``, ``--help``, and how errors
look.
"""

import json
import subprocess
import sys

import pytest

import plugtorch
from plugtorch import registry
from plugtorch.backend import Backend, DeviceInfo
from plugtorch.hookspecs import BackendSpec, LossSpec
from plugtorch.version import __version__


class Abacus(Backend):
    """Sees two devices, one of which has a problem, and cannot compute on the other."""

    kernels = {}
    dtypes = frozenset()

    @classmethod
    def devices(cls):
        return [
            DeviceInfo(name="beads", kind="accelerator", memory=2**30, dtypes=("float32",)),
            DeviceInfo(name="stones", kind="accelerator", problem="they are lost"),
        ]

    def __init__(self, index):
        raise RuntimeError("beads jammed")

    def upload(self, host, dtype): ...
    def download(self, array): ...


@pytest.fixture
def abacus():
    with registry.register(BackendSpec(name="abacus", target="nowhere:at_all"), Abacus):
        yield


def rows(text):
    return [line.split() for line in text.splitlines()]


def test_version(cli):
    assert cli("--version").out == f"plugtorch {__version__}\n"


@pytest.mark.parametrize("command", [[], ["train"], ["plugins"], ["devices"], ["doctor"]])
def test_help(cli, command):
    result = cli(*command, "--help")
    assert result.code == 0
    assert "Usage: plugtorch" in result.out
    assert all(len(line) <= 100 for line in result.out.splitlines())
    if command == ["train"]:
        for taught in ("plugtorch train digits", "--set optimizer.momentum=0.9", "Ctrl-C"):
            assert taught in result.out


def test_no_command_shows_the_help(cli):
    result = cli()
    assert "plugtorch train digits" in result.err + result.out


def test_plugins(cli):
    table = rows(cli("plugins").out)
    assert table[0] == ["kind", "name", "distribution", "version", "state", "about"]
    listed = {tuple(row[:5]) for row in table[1:]}
    assert ("optimizer", "adam", "plugtorch", __version__, "ok") in listed
    assert ("loss", "cross_entropy", "plugtorch", __version__, "ok") in listed
    assert ("backend", "cpu", "plugtorch", __version__, "ok") in listed


def test_plugins_as_json(cli):
    found = cli("plugins", "--json").json
    entries = [entry for plugin in found for entry in plugin["entries"]]
    adam = next(entry for entry in entries if entry["name"] == "adam")
    assert adam["kind"] == "optimizer"
    assert adam["distribution"] == "plugtorch"
    assert adam["version"] == __version__
    assert adam["state"] == "ok"


def test_plugins_that_are_broken(cli):
    with registry.register(LossSpec(name="torn", target="no_such_module_for_loss:Loss")):
        assert cli("doctor").code == 1
        result = cli("plugins")
        row = next(row for row in rows(result.out) if row[1] == "torn")
        assert "broken" in row
        assert "no_such_module_for_loss" in " ".join(row)


def test_devices(cli, abacus):
    table = rows(cli("devices").out)
    assert table[1][0] == "cpu"
    assert next(row for row in table if row[0] == "abacus:0")[1] == "beads"
    found = {row["device"]: row for row in cli("devices", "--json").json}
    assert next(iter(found)) == "cpu"
    assert found["abacus:0"]["memory"] == 2**30
    assert found["abacus:1"]["problem"] == "they are lost"
    assert "abacus:1 stones: they are lost" in cli("devices").out


def test_devices_of_a_broken_backend(cli):
    with registry.register(BackendSpec(name="torn", target="no_such_module_for_backend:Backend")):
        result = cli("devices")
        assert result.code == 0
        assert "no_such_module_for_backend" in result.out


def test_doctor_is_content(cli):
    result = cli("doctor", "--json")
    assert result.code == 0, result.out
    states = {finding["subject"]: finding["state"] for finding in result.json["findings"]}
    assert states["device cpu"] == "ok"
    assert states["python"] == states["numpy"] == states["plugtorch"] == "ok"
    assert states["plugin plugtorch:plugtorch_numpy"] == "ok"
    assert "extra plots" in states
    assert "everything works" in cli("doctor").out


def test_doctor_finds_what_is_wrong(cli, abacus):
    result = cli("doctor", "--json")
    assert result.code == 1
    wrong = {f["subject"]: f["text"] for f in result.json["findings"] if f["state"] == "wrong"}
    assert "beads jammed" in wrong["device abacus:0"]
    assert wrong["device abacus:1"] == "they are lost"


def test_doctor_says_what_a_device_lacks_and_is_content(cli):
    class Partial(type(plugtorch.zeros(1, device="cpu").storage.backend)):
        kernels = {}

    with registry.register(BackendSpec(name="partial", target="nowhere:at_all"), Partial):
        result = cli("doctor", "--json")
    assert result.code == 0, result.out
    (found,) = [f for f in result.json["findings"] if f["subject"] == "device partial:0"]
    assert found["state"] == "missing"
    assert "cannot train. [full]" in found["text"]


def test_doctor_checks_what_a_device_computes(monkeypatch):
    from plugtorch.cli.doctor import try_training

    assert try_training("cpu") == ""
    real = plugtorch.tensor
    monkeypatch.setattr(plugtorch, "tensor", lambda *a, **where: real(*a, **where) * float("nan"))
    assert "computes wrongly" in try_training("cpu")


def test_doctor_names_the_command_for_a_missing_extra(cli, monkeypatch):
    from importlib import metadata

    real = metadata.version

    def version(name):
        if name == "matplotlib":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "version", version)
    result = cli("doctor", "--json")
    assert result.code == 0
    plots = next(f for f in result.json["findings"] if f["subject"] == "extra plots")
    assert plots["state"] == "missing"
    assert 'pip install "plugtorch[plots]"' in plots["text"]


def test_errors_are_one_message_unless_the_traceback_is_asked_for(cli, monkeypatch):
    plain = cli("train", "nothing")
    assert plain.err.startswith("error: [train]")
    assert "Traceback" not in plain.err
    assert "Traceback" in cli("train", "nothing", "--traceback").err
    assert "Traceback" in cli("--traceback", "train", "nothing").err
    monkeypatch.setenv("PLUGTORCH_DEBUG", "1")
    again = cli("train", "nothing")
    assert "Traceback" in again.err
    assert again.code == plain.code == 2


def test_unknown_command(cli):
    result = cli("trian")
    assert result.code == 2
    assert "No such command" in result.err


def test_as_a_module_and_without_colour_when_piped(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "plugtorch", "plugins", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert done.stderr == ""
    assert json.loads(done.stdout)
    done = subprocess.run(
        [sys.executable, "-m", "plugtorch", "devices"], capture_output=True, text=True, cwd=tmp_path
    )
    assert "\x1b" not in done.stdout
    assert "cpu" in done.stdout


def test_importing_the_core_imports_no_command_line():
    code = (
        "import sys, plugtorch, plugtorch.cli\n"
        "heavy = {'click', 'rich', 'sklearn', 'matplotlib', 'safetensors', 'plugtorch.training'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr
