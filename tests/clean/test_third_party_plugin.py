"""Somebody else's loss and optimizer, installed with pip, are as good as the built-in ones."""

import json
import re
import shutil
from typing import Any

import pytest
from environments import EXAMPLE, ROOT, Environment, Wheels

TRAIN_BY_NAME = """
import plugtorch
from plugtorch import nn
from sklearn.datasets import load_digits

plugtorch.manual_seed(0)
images, classes = map(plugtorch.tensor, load_digits(return_X_y=True))
order = plugtorch.randperm(len(classes))
train, test = order[:1400], order[1400:]
images = images.float() / 16
model = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
loss_fn = plugtorch.losses.create("poly")
optimizer = plugtorch.optimizers.create("signum", model.parameters(), lr=0.002)
for _ in range(100):
    loss = loss_fn(model(images[train]), classes[train])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
right = model(images[test]).argmax(dim=1) == classes[test]
print(type(loss_fn).__module__, type(optimizer).__module__, right.float().mean().item())
"""


def entries(environment: Environment) -> list[dict[str, Any]]:
    """Every loss, optimizer and backend that the command line lists, from whatever plugin."""
    listed = json.loads(environment.run("plugtorch", "plugins", "--json"))
    return [entry for plugin in listed for entry in plugin["entries"]]


def test_nothing_but_the_wheel_is_there(user: Environment) -> None:
    found = json.loads(user.run("python", "-m", "pip", "list", "--format", "json"))
    installed = {package["name"].lower() for package in found}
    assert "plugtorch" in installed
    assert not installed & {"pytest", "torch", "tox", "ruff", "mypy", "import-linter", "hatchling"}
    path, *search = user.python(
        "import plugtorch, sys; print(plugtorch.__file__, *sys.path, sep='\\n')"
    ).splitlines()
    assert path.startswith(str(user.folder))
    assert not [entry for entry in search if entry.startswith(str(ROOT))]


def test_it_trains_by_name_through_python(user_with_plugin: Environment) -> None:
    loss, optimizer, accuracy = user_with_plugin.python(TRAIN_BY_NAME).split()
    assert (loss, optimizer) == ("plugtorch_example.poly", "plugtorch_example.signum")
    assert float(accuracy) > 0.9


def test_it_trains_by_name_through_the_command_line(user_with_plugin: Environment) -> None:
    options = ["--loss", "poly", "--optimizer", "signum", "--lr", 0.002, "--epochs", 5, "--seed", 0]
    user_with_plugin.run("plugtorch", "train", "digits", *options, "--output", "run")
    run = user_with_plugin.here / "run"
    configuration = json.loads((run / "config.json").read_text())
    assert (configuration["loss"], configuration["optimizer"]) == ("poly", "signum")
    last = json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])
    assert last["epoch"] == 5
    assert last["validation"]["accuracy"] > 0.85
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_it_is_listed_with_where_it_came_from(user_with_plugin: Environment) -> None:
    theirs = [
        row for row in entries(user_with_plugin) if row["distribution"] == "plugtorch-example"
    ]
    assert {(row["kind"], row["name"], row["version"]) for row in theirs} == {
        ("loss", "poly", "1.2.3"),
        ("optimizer", "signum", "1.2.3"),
    }


def test_its_full_name_works_too(user_with_plugin: Environment) -> None:
    code = "import plugtorch; print(plugtorch.losses.create('plugtorch-example:poly', epsilon=2.0))"
    assert "PolyLoss" in user_with_plugin.python(code)


def test_uninstalling_it_leaves_no_trace(user: Environment, wheels: Wheels) -> None:
    files, listed = user.files(), entries(user)
    user.install(wheels.example)
    assert user.files() > files
    assert entries(user) != listed
    user.uninstall("plugtorch-example")
    assert user.files() == files
    assert entries(user) == listed
    said = user.run("plugtorch", "train", "digits", "--loss", "poly", succeeds=False)
    assert "poly" in said
    assert "Traceback" not in said
    said = user.python("import plugtorch; plugtorch.losses.create('poly')", succeeds=False)
    assert "UnknownNameError" in said


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_built_in_ones_come_through_the_same_door(user: Environment, optimizer: str) -> None:
    (row,) = (row for row in entries(user) if row["name"] == optimizer)
    assert (row["kind"], row["distribution"]) == ("optimizer", "plugtorch")


def test_the_readmes_plugin_can_be_installed(user: Environment) -> None:
    folder = user.here / "robust"
    folder.mkdir()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"(?ms)^```\w+\n# (\S+)\n(.*?)^```$", readme):
        (folder / name).write_text(text, encoding="utf-8")
    user.install(folder)
    options = ["--loss", "cauchy", "--optimizer", "ngd", "--epochs", 2, "--output", "robust_run"]
    user.run("plugtorch", "train", "diabetes", *options)
    user.uninstall("plugtorch-robust")


def test_the_authors_own_tests_pass(author: Environment) -> None:
    shutil.copytree(EXAMPLE / "tests", author.here / "tests")
    assert " passed" in author.run("python", "-m", "pytest", "-W", "error", "tests")


def test_without_the_extras_the_command_line_says_what_to_install(author: Environment) -> None:
    said = author.run("plugtorch", "train", "digits", succeeds=False)
    assert "plugtorch[train]" in said or "scikit-learn" in said
    assert "Traceback" not in said
