"""Finding tasks by name, and refusing what is none."""

import sys

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, ShapeError, UnknownNameError
from plugtorch.training import Task, accuracy, find_task, r2, rmse
from plugtorch.training.task import make_task

SOURCE = """
from plugtorch.training import Task
def moons(noise=0.1, *, hidden=4): return (noise, hidden)
def stars(**options): return options
import {neighbour}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    (tmp_path / "neighbour_of_random.py").write_text("")
    (tmp_path / "random.py").write_text(SOURCE.format(neighbour="neighbour_of_random"))
    (tmp_path / "sky_tasks.py").write_text(SOURCE.format(neighbour="json"))
    (tmp_path / "broken_tasks.py").write_text("import no_such_module_at_all")
    yield tmp_path
    for name in ("sky_tasks", "broken_tasks", "neighbour_of_random", "plugtorch_task_random"):
        sys.modules.pop(name, None)


def test_a_file_is_found_by_path_whatever_it_is_called(folder):
    import random

    name, function = find_task("random.py:moons")
    assert name == f"{folder}/random.py:moons"
    assert function() == (0.1, 4)
    assert find_task(name)[0] == name
    assert sys.modules["random"] is random


def test_a_module_of_the_working_directory(folder):
    name, function = find_task("sky_tasks:moons")
    assert name == "sky_tasks:moons"
    assert function(noise=0) == (0, 4)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("digit", "no task 'digit'. Did you mean digits"),
        ("", "no task"),
        (":f", "no task"),
        ("sky_tasks:", "no task"),
        ("random.py", "Write random.py:function"),
        ("nothing.py:f", "no file .*nothing.py"),
        ("no_module_here:f", "no module 'no_module_here'"),
        ("sky_tasks.deeper:f", "no module 'sky_tasks.deeper'"),
        ("sky_tasks:moon", "no function 'moon'. Did you mean moons"),
        ("random.py:moon", "no function 'moon'. Did you mean moons"),
    ],
)
def test_unknown(folder, name, message):
    with pytest.raises(UnknownNameError, match=message):
        find_task(name)


def test_a_module_that_fails_to_import_says_so_itself(folder):
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        find_task("broken_tasks:f")


def test_options_of_the_function(folder):
    function = find_task("sky_tasks:moons")[1]
    with pytest.raises(ArgumentError, match=r"no option 'hiden'. Did you mean hidden"):
        make_task("moons", function, {"hiden": 3})
    with pytest.raises(ArgumentError, match=r"returned a tuple, needed a plugtorch.training.Task"):
        make_task("moons", function, {"noise": 3})
    with pytest.raises(ArgumentError, match="returned a dict"):
        make_task("stars", find_task("sky_tasks:stars")[1], {"anything": 3})


ROWS = (plugtorch.zeros(3, 2), plugtorch.zeros(3))


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"model": print}, ArgumentError, "model is a builtin_function"),
        ({"train": plugtorch.zeros(3)}, ArgumentError, "train must be a pair"),
        ({"train": ([1], [2])}, ArgumentError, "train must be a pair"),
        ({"validation": (ROWS[0], ROWS[1][:2])}, ShapeError, r"\(3, 2\) and targets \(2,\)"),
        ({"train": (ROWS[0][:0], ROWS[1][:0])}, ShapeError, "at least one"),
        ({"train": (plugtorch.tensor(1), plugtorch.tensor(1))}, ShapeError, "at least one"),
    ],
)
def test_what_is_no_task(fields, error, message):
    good = {"model": nn.Linear(2, 1), "train": ROWS, "validation": ROWS, "loss": "mse"}
    Task(**good)
    with pytest.raises(error, match=message):
        Task(**{**good, **fields})


def test_metrics():
    scores = plugtorch.tensor([[2.0, 1.0], [0.0, 1.0], [3.0, 1.0], [0.0, 1.0]])
    assert accuracy(scores, plugtorch.tensor([0, 1, 1, 1])) == 0.75
    a, b = plugtorch.tensor([1.0, 2.0, 4.0]), plugtorch.tensor([1.0, 2.0, 3.0])
    assert rmse(a, b) == pytest.approx((1 / 3) ** 0.5)
    assert r2(a, b) == pytest.approx(0.5)
    assert r2(b.mean() * plugtorch.ones(3), b) == pytest.approx(0, abs=1e-6)
