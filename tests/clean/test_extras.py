"""plugtorch-extras is a distribution of its own: built, installed, used, tested and removed."""

import json
import shutil
import zipfile

import pytest
from environments import EXTRAS, Environment, Wheels


def listed(environment: Environment) -> list[dict[str, object]]:
    return json.loads(environment.run("plugtorch", "plugins", "--json"))


def test_its_wheel_holds_it_alone(wheels: Wheels) -> None:
    with zipfile.ZipFile(wheels.extras) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "plugtorch_extras"
    }
    assert "plugtorch_extras/py.typed" in names
    with zipfile.ZipFile(wheels.plugtorch) as archive:
        assert not [name for name in archive.namelist() if "extras" in name]


def test_its_readmes_command_works_and_uninstalling_leaves_no_trace(user: Environment) -> None:
    before, files = listed(user), user.files()
    user.install(EXTRAS)
    names = {entry["name"] for plugin in listed(user) for entry in plugin["entries"]}
    assert {"lion", "focal", "sam", "wasserstein_gp"} <= names
    options = ["--loss", "focal", "--optimizer", "lion", "--epochs", 10, "--seed", 0]
    user.run("plugtorch", "train", "digits", *options, "--output", "extras_run")
    lines = (user.here / "extras_run" / "metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["validation"]["accuracy"] > 0.85
    options = ["--set", "optimizer.inner=sgd", "--lr", 0.1, "--epochs", 2]
    user.run("plugtorch", "train", "digits", "--optimizer", "lookahead", *options)
    user.uninstall("plugtorch-extras")
    assert listed(user) == before
    assert user.files() == files
    said = user.run("plugtorch", "train", "digits", "--optimizer", "lion", succeeds=False)
    assert "lion" in said
    assert "Traceback" not in said


@pytest.fixture(scope="module")
def extras_author(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    environment = Environment.create(tmp_path_factory.mktemp("extras_author"))
    environment.install(
        f"plugtorch @ {wheels.plugtorch.as_uri()}",
        f"plugtorch-extras[test] @ {wheels.extras.as_uri()}",
    )
    return environment


def test_its_own_tests_pass_against_the_wheels(extras_author: Environment) -> None:
    for name in ("tests", "pyproject.toml"):
        copy = shutil.copytree if (EXTRAS / name).is_dir() else shutil.copy
        copy(EXTRAS / name, extras_author.here / name)
    told = extras_author.run("python", "-m", "pytest", "tests", "--pyargs", "plugtorch_extras")
    assert " passed" in told
