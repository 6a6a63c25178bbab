"""``plugtorch train``: what it prints, writes, and refuses."""

import json
import sys
from pathlib import Path

import pytest

import plugtorch
from plugtorch.cli.train import parse_assignments, parse_value
from plugtorch.training.curves import draw_curves
from plugtorch.training.run import CHECKPOINT, CONFIG, CURVES, METRICS

TASKS = Path(__file__).with_name("example_tasks.py")
BLOBS = f"{TASKS}:blobs"


def test_digits_are_read_right(cli, tmp_path):
    pytest.importorskip("sklearn")
    result = cli("train", "digits", "--json")
    assert result.code == 0, result.err
    assert result.json["validation"]["accuracy"] >= 0.97
    assert result.json["folder"] == "runs/digits"
    assert result.json["epochs"] == 30


def test_diabetes_is_better_than_the_mean(cli):
    pytest.importorskip("sklearn")
    result = cli("train", "diabetes", "--json")
    assert result.code == 0, result.err
    assert result.json["validation"]["r2"] > 0.4
    assert 45 < result.json["validation"]["rmse"] < 65


def test_scikit_learn_is_missing(cli, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    result = cli("train", "digits")
    assert result.code == 1
    assert 'pip install "plugtorch[train]"' in result.err
    assert "Traceback" not in result.err


def test_the_folder(cli, tmp_path):
    pytest.importorskip("matplotlib")
    result = cli("train", BLOBS, "--epochs", 3, "--output", "deep/run", "--set", "task.width=5")
    assert result.code == 0, result.err
    folder = tmp_path / "deep" / "run"
    assert {f.name for f in folder.iterdir()} == {CHECKPOINT, METRICS, CONFIG, CURVES}
    records = [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert records[2]["train"].keys() == records[2]["validation"].keys() == {"loss", "accuracy"}
    assert records[2]["train"]["loss"] < records[0]["train"]["loss"]
    config = json.loads((folder / CONFIG).read_text())
    assert config["optimizer"] == "adam"
    assert config["optimizer_options"] == {"lr": 0.02, "weight_decay": 0.01}
    assert config["task_options"] == {"width": 5}
    assert config["batch_size"] == 16
    assert config["parameters"] == 2 * 5 + 5 + 5 * 2 + 2
    assert (folder / CURVES).read_bytes().startswith(b"\x89PNG")
    state = plugtorch.load(folder / CHECKPOINT)
    assert state["model"]["layers.0.weight"].shape == (5, 2)
    assert state["model"]["batches"] == 3 * 5


def test_progress_goes_to_stderr_and_the_result_to_stdout(cli):
    result = cli("train", BLOBS, "--epochs", 2)
    assert "epoch 1/2" in result.err
    assert "epoch 2/2" in result.err
    assert "validation loss" in result.err
    assert "\x1b" not in result.err + result.out
    assert len(result.out.splitlines()) == 1
    assert "accuracy" in result.out
    assert "checkpoint.safetensors" in result.out


def test_new_folders_are_numbered(cli, tmp_path):
    for folder in ("runs/blobs", "runs/blobs-2", "runs/blobs-3"):
        result = cli("train", BLOBS, "--epochs", 1, "--json")
        assert result.json["folder"] == folder
        assert (tmp_path / folder / CHECKPOINT).exists()


def test_another_loss_and_optimizer_start_from_their_own_defaults(cli, tmp_path):
    cli("train", BLOBS, "--epochs", 1, "--output", "o", "--optimizer", "sgd", "--lr", "0.5")
    config = json.loads((tmp_path / "o" / CONFIG).read_text())
    assert config["optimizer_options"] == {"lr": 0.5}
    assert config["loss_options"] == {"label_smoothing": 0.1}
    result = cli("train", f"{TASKS}:flat", "--loss", "l1_loss", "--output", "p")
    if result.code == 0:  # where that loss is installed
        assert json.loads((tmp_path / "p" / CONFIG).read_text())["loss_options"] == {}


def test_set_reaches_loss_and_optimizer(cli, tmp_path):
    result = cli(
        *("train", BLOBS, "--epochs", 1, "--output", "o"),
        *("--set", "loss.label_smoothing=0", "--set", "optimizer.betas=(0.8, 0.9)"),
    )
    assert result.code == 0, result.err
    state = plugtorch.load(tmp_path / "o" / CHECKPOINT)
    assert state["optimizer"]["param_groups"][0]["betas"] == (0.8, 0.9)
    assert state["settings"]["loss_options"] == {"label_smoothing": 0}


def test_going_on(cli, tmp_path):
    cli("train", BLOBS, "--epochs", 1, "--output", "o")
    result = cli("train", "--resume", "o", "--epochs", 2, "--json")
    assert result.json["epochs"] == 2
    result = cli("train", "--resume", "o")
    assert result.code == 0
    assert "after 2 epochs" in result.out
    result = cli("train", "--resume", "o", "--lr", "0.1")
    assert result.code == 2
    assert "--lr cannot be changed" in result.err
    result = cli("train", "--resume", "o", "--set", "loss.x=1")
    assert result.code == 2


def test_matplotlib_is_missing(cli, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    result = cli("train", BLOBS, "--epochs", 1, "--output", "o")
    assert result.code == 0
    assert 'pip install "plugtorch[plots]"' in result.err
    assert "curves.png" not in result.out
    assert not (tmp_path / "o" / CURVES).exists()


def test_curves_of_odd_figures(tmp_path):
    pytest.importorskip("matplotlib")
    figures = {"loss": 1.0, "r2": None, "score": 2.0}
    draw_curves([{"epoch": 1, "train": figures, "validation": figures}], "x", tmp_path / "c.png")
    assert (tmp_path / "c.png").stat().st_size > 1000


def test_an_undefined_metric_is_null(cli, tmp_path):
    result = cli("train", f"{TASKS}:flat", "--output", "o", "--json")
    assert result.code == 0, result.err
    assert result.json["validation"]["r2"] is None
    assert "r2 undefined" in result.err


def test_a_training_that_diverges(cli, tmp_path):
    result = cli("train", f"{TASKS}:diverges", "--output", "o")
    assert result.code == 1
    assert "Try a smaller --lr" in result.err
    state = plugtorch.load(tmp_path / "o" / CHECKPOINT)
    assert all(bool(tensor.isfinite().all()) for tensor in state["model"].values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digit"], "Did you mean digits"),
        ([BLOBS, "--optimizer", "adm"], "adam"),
        ([BLOBS, "--loss", "cross_entropi"], "cross_entropy"),
        ([BLOBS, "--device", "cpi"], "cpu"),
        ([BLOBS, "--device", "cpu:7"], "cpu:7"),
        ([BLOBS, "--set", "task.widht=3"], "Did you mean width"),
        ([BLOBS, "--set", "optimizer.momentun=3"], "momentun"),
        ([BLOBS, "--set", "loss.smoothing=3"], "label_smoothing"),
        ([BLOBS, "--set", "epochs=3"], "Is it --epochs?"),
        ([BLOBS, "--set", "model.width=3"], "task.NAME"),
        ([BLOBS, "--set", "task.width"], "no '='"),
        ([BLOBS, "--set", "task.width=1", "--set", "task.width=2"], "twice"),
        ([BLOBS, "--lr", "1", "--set", "optimizer.lr=1"], "the same"),
        ([BLOBS, "--epochs", "0"], "0 is not in the range"),
        ([BLOBS, "--lr", "fast"], "not a valid float"),
        ([BLOBS, "--lr", "-1"], "-1"),
        ([f"{TASKS}:not_a_task"], "returned a int"),
        ([], "Name a task"),
        (["--resume", "nowhere"], "no training in"),
    ],
)
def test_refusals(cli, tmp_path, arguments, message):
    result = cli("train", *arguments)
    unfit = arguments[-1:] in (["cpu:7"], ["nowhere"])  # asked for rightly, but it is not there
    assert result.code == (1 if unfit else 2), result.err
    assert message in result.err
    assert "Traceback" not in result.err
    assert result.out == ""
    assert not list(tmp_path.iterdir())  # nothing was begun


def test_an_output_that_cannot_be(cli, tmp_path):
    (tmp_path / "file").write_text("")
    result = cli("train", BLOBS, "--output", "file/run")
    assert result.code == 2
    assert "cannot make the folder" in result.err


def test_values():
    assert parse_value("3") == 3
    assert parse_value("True") is True
    assert parse_value("nan-ish") == "nan-ish"
    assert parse_value("'3'") == "3"
    assert parse_value("[1, 2]") == [1, 2]
    assert parse_value("a=b") == "a=b"
    assert parse_value("") == ""
    parsed = parse_assignments(("loss.a=1", "optimizer.b=x=y", "task.c="))
    assert parsed == {"loss": {"a": 1}, "optimizer": {"b": "x=y"}, "task": {"c": ""}}
