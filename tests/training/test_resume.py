"""A training that was stopped and goes on is, bit for bit, one that never stopped."""

import json
import os
import random
import signal
import time
from pathlib import Path

import numpy
import pytest

import plugtorch
from plugtorch import optimizers
from plugtorch.errors import ArgumentError, CheckpointError, StateError
from plugtorch.training import Run, Settings
from plugtorch.training.run import CHECKPOINT, CONFIG, METRICS

TASKS = Path(__file__).with_name("example_tasks.py")
BLOBS = f"{TASKS}:blobs"


def flat(state):
    """Every leaf of nested state as comparable values, tensors as their bytes; times left out."""
    if isinstance(state, plugtorch.Tensor):
        return str(state.dtype), tuple(state.shape), state.cpu().numpy().tobytes()
    if isinstance(state, dict):
        kept = state.keys() - {"seconds", "epochs"}
        return {key: flat(value) for key, value in state.items() if key in kept}
    if isinstance(state, list | tuple):
        return [flat(value) for value in state]
    return state


def checkpoint(folder):
    return flat(plugtorch.load(folder / CHECKPOINT))


def metrics(folder):
    return [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]


def train(folder, **choices):
    run = Run.start(Settings(task=BLOBS, **choices), folder)
    run.fit()
    return run


CHOICES = {
    "sgd": {"optimizer_options": {"lr": 0.1, "momentum": 0.9}},
    "lbfgs": {"optimizer_options": {"max_iter": 4}},  # quicker
    "muon": {"task_options": {"bias": False}},  # it is for matrices alone
}


@pytest.mark.parametrize("optimizer", optimizers.names())
def test_two_and_two_epochs_are_four(tmp_path, optimizer):
    choices = {"optimizer": optimizer, "seed": 7, **CHOICES.get(optimizer, {})}
    train(tmp_path / "four", epochs=4, **choices)
    train(tmp_path / "two", epochs=2, **choices)
    assert checkpoint(tmp_path / "two")["model"] != checkpoint(tmp_path / "four")["model"]
    plugtorch.manual_seed(99)  # what happens in between must not matter
    run = Run.resume(tmp_path / "two", epochs=4)
    assert run.epoch == 2
    run.fit()
    assert checkpoint(tmp_path / "two") == checkpoint(tmp_path / "four")
    assert flat(metrics(tmp_path / "two")) == flat(metrics(tmp_path / "four"))
    assert [record["epoch"] for record in metrics(tmp_path / "two")] == [1, 2, 3, 4]


def test_same_seed_same_result_other_seed_another(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(tmp_path / name, epochs=1, seed=seed)
    assert checkpoint(tmp_path / "a") == checkpoint(tmp_path / "b")
    assert checkpoint(tmp_path / "a")["model"] != checkpoint(tmp_path / "c")["model"]


def test_what_others_draw_in_between_changes_nothing(tmp_path):
    train(tmp_path / "alone", epochs=3)
    run = Run.start(Settings(task=BLOBS, epochs=3), tmp_path / "disturbed")

    def draw(*_):
        random.random(), numpy.random.normal(), plugtorch.rand(1)

    draw()
    run.fit(after_epoch=draw)
    assert checkpoint(tmp_path / "disturbed") == checkpoint(tmp_path / "alone")


def wait_for(condition, process):
    for _ in range(600):
        if condition():
            return
        if process.poll() is not None:
            pytest.fail(f"it ended with {process.returncode}: {process.communicate()}")
        time.sleep(0.05)
    pytest.fail("it took too long")


def here():
    """The device of this test run, for another process."""
    return str(plugtorch.get_default_device())


def as_another_process():
    """From here on what a task draws is drawn on the processor, as in the processes started."""
    plugtorch.set_default_device("cpu")


def two_epochs(folder):
    return lambda: (folder / METRICS).exists() and len(metrics(folder)) >= 2


def test_killed_in_the_middle_of_an_epoch(tmp_path, spawn):
    folder = tmp_path / "killed"
    device = here()
    given = ("--epochs", 4, "--output", folder, "--device", device)
    process = spawn("train", BLOBS, *given, SLOW="0.2")  # 1 s an epoch
    wait_for(two_epochs(folder), process)
    time.sleep(0.3)
    process.kill()
    process.wait()
    assert len(metrics(folder)) == 2
    (folder / ".checkpoint.safetensors.0123.tmp").write_bytes(b"half")
    with open(folder / METRICS, "a") as file:
        file.write('{"epoch": 3, "tr')
    process = spawn("train", "--resume", folder)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "going on after epoch 2" in err
    as_another_process()
    train(tmp_path / "straight", epochs=4, device=device)
    assert checkpoint(folder) == checkpoint(tmp_path / "straight")
    assert flat(metrics(folder)) == flat(metrics(tmp_path / "straight"))
    assert not list(folder.glob(".*.tmp"))


def test_control_c_keeps_the_last_checkpoint(tmp_path, spawn):
    folder = tmp_path / "stopped"
    device = here()
    given = ("--epochs", 50, "--output", folder, "--device", device, "--json")
    process = spawn("train", BLOBS, *given, SLOW="0.05")
    wait_for(two_epochs(folder), process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert f"plugtorch train --resume {folder}" in err
    result = json.loads(out)
    assert result["state"] == "interrupted"
    done = checkpoint(folder)["epoch"]
    assert 2 <= done == result["epochs"] == len(metrics(folder))
    as_another_process()
    train(tmp_path / "straight", epochs=done, device=device)
    assert checkpoint(folder) == checkpoint(tmp_path / "straight")


def test_control_c_before_the_first_epoch_is_over(tmp_path, spawn):
    folder = tmp_path / "stopped"
    device = here()
    given = ("--epochs", 2, "--output", folder, "--device", device)
    process = spawn("train", BLOBS, *given, SLOW="5")
    wait_for((folder / CHECKPOINT).exists, process)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopped after 0 whole epochs" in err
    as_another_process()
    Run.resume(folder).fit()
    train(tmp_path / "straight", epochs=2, device=device)
    assert checkpoint(folder) == checkpoint(tmp_path / "straight")


# -- what resuming refuses ---------------------------------------------------------------------


def test_a_folder_without_a_training(tmp_path):
    with pytest.raises(CheckpointError, match="no training in"):
        Run.resume(tmp_path)


def test_a_folder_with_a_training_is_not_overwritten(tmp_path):
    train(tmp_path, epochs=1)
    before = checkpoint(tmp_path)
    with pytest.raises(ArgumentError, match="--resume"):
        train(tmp_path, epochs=1)
    assert checkpoint(tmp_path) == before


def test_a_checkpoint_of_something_else(tmp_path):
    for content in ({"model": 1}, [1], {"settings": {"task": "digits", "evil": 1}}):
        plugtorch.save(content, tmp_path / CHECKPOINT)
        with pytest.raises(CheckpointError, match="not the checkpoint"):
            Run.resume(tmp_path)
    plugtorch.save({"settings": {"task": BLOBS}}, tmp_path / CHECKPOINT)
    with pytest.raises(CheckpointError, match="not a training's checkpoint"):
        Run.resume(tmp_path)


def test_a_truncated_checkpoint(tmp_path):
    train(tmp_path, epochs=1)
    os.truncate(tmp_path / CHECKPOINT, 5000)
    with pytest.raises(CheckpointError, match="damaged"):
        Run.resume(tmp_path)


def test_a_task_that_has_changed_since(tmp_path):
    train(tmp_path, epochs=1)
    state = plugtorch.load(tmp_path / CHECKPOINT)
    state["settings"]["task_options"] = {"width": 9}
    plugtorch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(StateError, match=r"layers.0.weight"):
        Run.resume(tmp_path)


def test_a_file_that_has_moved(tmp_path):
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    source = tmp_path / "before" / "tasks.py"
    source.write_text(TASKS.read_text())
    run = Run.start(Settings(task=f"{source}:blobs", epochs=1), tmp_path / "run")
    run.fit()
    moved = source.rename(tmp_path / "after" / "tasks.py")
    with pytest.raises(ArgumentError, match="not of"):
        Run.resume(tmp_path / "run", task=f"{moved}:flat")
    Run.resume(tmp_path / "run", task=f"{moved}:blobs", epochs=2).fit()
    assert json.loads((tmp_path / "run" / CONFIG).read_text())["task"] == f"{moved}:blobs"
    assert len(metrics(tmp_path / "run")) == 2
