"""``plugtorch compare``: every optimizer with every loss, from the same starting points."""

import json
import re
import signal
import sys
import time
from pathlib import Path

import pytest

import plugtorch
from plugtorch import registry
from plugtorch.cli.compare import PICTURE, RESULT
from plugtorch.hookspecs import OptimizerSpec
from plugtorch.training.compare import FINISHED, INTERRUPTED, Trial, plan, summary
from plugtorch.training.curves import _share_a_scale, draw_comparison
from plugtorch.training.run import Settings

TASKS = Path(__file__).with_name("example_tasks.py")
BLOBS = f"{TASKS}:blobs"
DIVERGES = f"{TASKS}:diverges"


class Stumbles(plugtorch.Optimizer):
    """Raises what is no error of plugtorch's."""

    defaults = {"lr": 0.1}

    def update(self, parameter, gradient, state, group):
        raise ZeroDivisionError("over its own feet")


def result(folder):
    return json.loads((folder / RESULT).read_text())


def table(text):
    """The rows of the printed table, by the names of its columns; they are two spaces apart."""
    starts = {heading[0]: heading.start() for heading in re.finditer(r"\S+(?: \S+)*", text[0])}
    ends = [*list(starts.values())[1:], None]
    return [
        {name: line[a:b].strip() for (name, a), b in zip(starts.items(), ends, strict=True)}
        for line in text[1:]
    ]


def done(optimizer, loss, seed, value, metric=None, state=FINISHED):
    """A trial as if it had been run."""
    trial = Trial(Settings(task="x", optimizer=optimizer, loss=loss, seed=seed), steps=1)
    figures = {"loss": value, "r2": metric}
    trial.state = state
    trial.history = [{"epoch": 1, "train": figures, "validation": figures, "seconds": 1.0 + seed}]
    return trial


def test_table_document_and_picture(cli, tmp_path):
    pytest.importorskip("matplotlib")
    found = cli(
        *("compare", BLOBS, "--optimizer", "sgd,Adam", "--loss", "cross_entropy"),
        *("--loss", "CROSS_ENTROPY", "--seeds", 2, "--epochs", 2, "--output", "deep/o"),
    )
    assert found.code == 0, found.err
    *lines, last = found.out.splitlines()
    rows = table(lines)
    assert [row["optimizer"] for row in rows] == ["sgd", "adam"]
    assert [row["lr"] for row in rows] == ["0.001", "0.02"]  # adam is the task's own
    assert {row["seeds"] for row in rows} == {"2/2"}
    assert all("±" in row["accuracy"] and "±" in row["validation loss"] for row in rows)
    assert rows[0]["time"].endswith(" s")
    assert last == f"in deep/o: {RESULT}, {PICTURE}"
    assert "adam with cross_entropy, seed 1: validation loss" in found.err
    assert "\x1b" not in found.out + found.err
    folder = tmp_path / "deep" / "o"
    assert {path.name for path in folder.iterdir()} == {RESULT, PICTURE}
    assert (folder / PICTURE).read_bytes().startswith(b"\x89PNG")
    kept = result(folder)
    order = [(run["seed"], run["optimizer"], run["state"]) for run in kept["runs"]]
    assert order == [
        (seed, name, "finished") for seed in (0, 1) for name in ("sgd", "adam")
    ]  # so that an early Ctrl-C has something of everything
    assert [len(run["history"]) for run in kept["runs"]] == [2] * 4
    assert kept["runs"][3]["settings"]["optimizer_options"] == {"lr": 0.02, "weight_decay": 0.01}
    accuracies = [run["history"][-1]["validation"]["accuracy"] for run in kept["runs"][::2]]
    mean = kept["summary"][0]["validation"]["accuracy"]["mean"]
    assert mean == pytest.approx(sum(accuracies) / 2)


def test_a_seed_is_the_same_start_for_all(cli, tmp_path):
    """Optimizers that do not move see the same weights, order and noise, so their figures are
    equal.
    """
    found = cli(
        *("compare", BLOBS, "--optimizer", "sgd,adam,rmsprop", "--seeds", 2, "--epochs", 3),
        *("--set", "optimizer.lr=0", "--output", "o"),
    )
    assert found.code == 0, found.err
    runs = result(tmp_path / "o")["runs"]
    curves = [[(r["train"], r["validation"]) for r in run["history"]] for run in runs]
    assert curves[0] == curves[1] == curves[2]
    assert curves[3] == curves[4] == curves[5]
    assert curves[0] != curves[3]


def test_it_is_what_train_does(cli, tmp_path):
    cli("compare", BLOBS, "--optimizer", "sgd", "--lr", "0.1", "--seeds", 2, "--output", "o")
    cli("train", BLOBS, "--optimizer", "sgd", "--lr", "0.1", "--seed", 1, "--output", "p")
    lines = (tmp_path / "p" / "metrics.jsonl").read_text().splitlines()
    trained = [json.loads(line)["validation"] for line in lines]
    compared = [record["validation"] for record in result(tmp_path / "o")["runs"][1]["history"]]
    assert len(trained) == 4
    assert compared == trained


def test_options_for_all_and_for_one(cli, tmp_path):
    cli(
        *("compare", BLOBS, "--optimizer", "sgd,rmsprop,adam", "--loss", "cross_entropy"),
        *("--seeds", 1, "--epochs", 1, "--output", "o", "--batch-size", 40, "--lr", "0.5"),
        *("--set", "optimizer.weight_decay=0.1", "--set", "sgd.lr=0.25"),
        *("--set", "sgd.momentum=0.9", "--set", "cross_entropy.label_smoothing=0.2"),
        *("--set", "task.width=3"),
    )
    settings = {run["optimizer"]: run["settings"] for run in result(tmp_path / "o")["runs"]}
    assert settings["sgd"]["optimizer_options"] == {
        "weight_decay": 0.1,
        "lr": 0.25,
        "momentum": 0.9,
    }
    assert settings["rmsprop"]["optimizer_options"] == {"weight_decay": 0.1, "lr": 0.5}
    assert settings["adam"]["loss_options"] == {"label_smoothing": 0.2}
    assert settings["adam"]["task_options"] == {"width": 3}
    assert settings["adam"]["batch_size"] == 40


def test_what_fails_is_told_and_the_rest_goes_on(cli, tmp_path):
    with registry.register(OptimizerSpec(name="stumbles", target="here:it"), Stumbles):
        command = ("compare", BLOBS, "--optimizer", "stumbles,sgd,adam", "--seeds", 1)
        found = cli(*command, "--epochs", 1, "--set", "optimizer.momentum=0.5", "--output", "o")
        shown = cli(*command, "--epochs", 1, "--traceback", "--output", "p")
    assert found.code == shown.code == 1
    rows = {row["optimizer"]: row for row in table(found.out.splitlines())}
    assert rows["sgd"]["seeds"] == "1/1"
    assert rows["stumbles"]["seeds"] == rows["adam"]["seeds"] == "0/1"
    assert "adam with cross_entropy failed: [adam] has no option 'momentum'" in found.out
    assert "Traceback" not in found.out + found.err
    runs = result(tmp_path / "o")["runs"]
    assert [run["state"] for run in runs] == ["failed", "finished", "failed"]
    assert "no option 'momentum'" in runs[0]["problem"]
    assert "stumbles with cross_entropy failed: ZeroDivisionError: over its own" in shown.out
    assert "Traceback" in shown.err
    assert "raise ZeroDivisionError" in shown.err


def test_what_diverges(cli, tmp_path):
    found = cli("compare", DIVERGES, "--optimizer", "sgd,adam", "--seeds", 2, "--output", "o")
    assert found.code == 1
    assert "sgd with mse failed: [train] the training loss became" in found.out
    runs = {(run["optimizer"], run["seed"]): run for run in result(tmp_path / "o")["runs"]}
    assert runs["adam", 1]["state"] == "finished"
    assert runs["sgd", 1]["state"] == "failed"
    assert 0 <= len(runs["sgd", 1]["history"]) < 5
    alone = cli("compare", DIVERGES, "--optimizer", "sgd", "--seeds", 1, "--output", "p")
    assert alone.code == 1
    assert alone.out.endswith(f"in p: {RESULT}\n")  # nothing to draw


def test_as_json_in_a_new_folder(cli, tmp_path):
    command = ("compare", BLOBS, "--seeds", 1, "--epochs", 1, "--json")
    found = cli(*command)
    assert found.code == 0, found.err
    assert found.json["state"] == "finished"
    assert found.json["folder"] == "runs/compare-blobs"
    assert result(tmp_path / found.json["folder"])["summary"] == found.json["summary"]
    (row,) = found.json["summary"]  # the task's own optimizer and loss
    assert (row["optimizer"], row["loss"], row["lr"]) == ("adam", "cross_entropy", 0.02)
    assert row["validation"]["loss"]["spread"] is None
    assert cli(*command).json["folder"] == "runs/compare-blobs-2"
    again = cli("compare", BLOBS, "--output", "runs/compare-blobs")
    assert again.code == 2
    assert "holds a comparison already" in again.err


def test_ctrl_c_shows_what_is_done(spawn, tmp_path):
    process = spawn(
        *("compare", BLOBS, "--optimizer", "sgd,adam", "--epochs", 2, "--seeds", 2),
        *("--output", "o"),
        SLOW="0.05",
    )
    for line in process.stderr:
        if line.startswith("sgd with cross_entropy, seed 0:"):
            break
    time.sleep(0.1)  # adam is learning by now
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "stopped: 1 of 4 trainings are done" in err
    assert "Traceback" not in err
    rows = {row["optimizer"]: row for row in table(out.splitlines())}
    assert rows["sgd"]["seeds"] == "1/2"
    assert "%" in rows["sgd"]["accuracy"]
    assert rows["adam"]["seeds"] == "0/2"
    states = [run["state"] for run in result(tmp_path / "o")["runs"]]
    assert states == ["finished", "interrupted", "waiting", "waiting"]


def test_matplotlib_is_missing(cli, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.backends.backend_agg", None)
    found = cli("compare", BLOBS, "--epochs", 1, "--seeds", 1, "--output", "o")
    assert found.code == 0
    assert f"{PICTURE} was not drawn" in found.err
    assert 'pip install "plugtorch[plots]"' in found.err
    assert PICTURE not in found.out
    assert len(result(tmp_path / "o")["runs"]) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digit"], "Did you mean digits"),
        ([BLOBS, "--optimizer", "sgd,adm"], "Did you mean 'adam'"),
        ([BLOBS, "--loss", "cross_entropi,mse"], "'cross_entropy'"),
        ([BLOBS, "--optimizer", "sgd,,adam"], "names with commas"),
        ([BLOBS, "--optimizer", ""], "names with commas"),
        ([BLOBS, "--device", "cpi"], "cpu"),
        ([BLOBS, "--set", "task.widht=3"], "Did you mean width"),
        ([BLOBS, "--optimizer", "sgd", "--set", "adam.lr=1"], "optimizer.NAME, sgd.NAME"),
        ([BLOBS, "--set", "lr=1"], "Is it --lr?"),
        ([BLOBS, "--lr", "1", "--set", "optimizer.lr=1"], "the same"),
        ([BLOBS, "--seeds", "0"], "0 is not in the range"),
        ([], "Missing argument 'TASK'"),
    ],
)
def test_refusals(cli, tmp_path, arguments, message):
    found = cli("compare", *arguments)
    assert found.code == 2, found.err
    assert message in found.err
    assert "Traceback" not in found.err
    assert found.out == ""
    assert not list(tmp_path.iterdir())  # nothing was begun


def test_help(cli):
    found = cli("compare", "--help")
    assert found.code == 0
    assert all(len(line) <= 100 for line in found.out.splitlines())
    for taught in ("--optimizer sgd,rmsprop,adagrad,adam", "--set sgd.lr=0.1", "Ctrl-C"):
        assert taught in found.out


def test_mean_and_spread():
    trials = [done("sgd", "mse", seed, value, 0.5) for seed, value in enumerate((1.0, 2.0, 6.0))]
    trials += [done("sgd", "l1", 0, 4.0), done("sgd", "l1", 1, 9.0, state=INTERRUPTED)]
    first, second = summary(trials)
    assert first["validation"]["loss"] == {"mean": 3.0, "spread": pytest.approx(7**0.5)}
    assert first["validation"]["r2"] == {"mean": 0.5, "spread": 0.0}
    assert first["seconds"] == 2.0
    assert (second["finished"], second["seeds"]) == (1, 2)
    assert second["train"]["loss"] == {"mean": 4.0, "spread": None}
    assert second["train"]["r2"] == {"mean": None, "spread": None}


def test_pictures_of_odd_results(tmp_path):
    pytest.importorskip("matplotlib")
    many = [done(f"o{number}", "a", 0, 10.0**-number) for number in range(9)]
    draw_comparison(many, "many", tmp_path / "many.png")
    few = [
        done("o", "a", 0, -1.0, 0.5),
        done("o", "a", 1, 2.0, 0.25),
        done("p", "a", 0, 0.0, state=INTERRUPTED),
        Trial(Settings(task="x", optimizer="q", loss="b"), steps=1),
    ]
    draw_comparison(few, "few", tmp_path / "few.png")
    assert (tmp_path / "many.png").stat().st_size > 10_000
    assert (tmp_path / "few.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("values", "scale"),
    [([1, 20], "log"), ([1, 5], "linear"), ([-1, 20], "linear"), ([], "linear")],
)
def test_a_logarithmic_scale_where_it_helps(values, scale):
    figure = pytest.importorskip("matplotlib.figure").Figure()
    panels = list(figure.subplots(1, 2))
    panels[1].plot(values)
    _share_a_scale(panels)
    assert [axes.get_yscale() for axes in panels] == [scale, scale]
    assert panels[0].get_ylim() == panels[1].get_ylim()


def test_a_plan_from_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trials = plan(BLOBS, optimizers=["sgd", "SGD"], losses=["mae", "l1"], seeds=2, epochs=3)
    assert [(t.settings.optimizer, t.settings.loss, t.settings.seed) for t in trials] == [
        ("sgd", "l1", 0),
        ("sgd", "l1", 1),
    ]
    assert trials[0].steps == 3 * 5
    steps = []
    trial = plan(BLOBS, seeds=1, epochs=3)[0]
    trial.run(lambda: steps.append(1))
    assert trial.state == FINISHED
    assert len(steps) == trial.steps
    assert not list(tmp_path.iterdir())


def test_the_tasks_own_optimizer_by_another_way_to_write_it(cli, tmp_path):
    for number, name in enumerate(("adam", "Adam", "plugtorch:adam")):
        cli("train", BLOBS, "--epochs", 1, "--optimizer", name, "--output", f"o{number}")
        config = json.loads((tmp_path / f"o{number}" / "config.json").read_text())
        assert config["optimizer_options"] == {"lr": 0.02, "weight_decay": 0.01}
