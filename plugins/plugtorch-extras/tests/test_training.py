"""`plugtorch train` and its Python face work with everything that is offered here."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import plugtorch
from plugtorch import losses, optimizers
from plugtorch.errors import ArgumentError, StateError
from plugtorch.training import Run, Settings
from plugtorch.training.loop import evaluate

TASKS = Path(__file__).with_name("tasks.py")
CLOUDS, NUMBERS = f"{TASKS}:clouds", f"{TASKS}:numbers"


def offered(face: Any) -> list[str]:
    return [n for n in face.names() if face.describe(n)["distribution"] == "plugtorch-extras"]


def bits(state: Any) -> Any:
    """Comparable values; tensors as their bytes, times left out."""
    if isinstance(state, plugtorch.Tensor):
        return tuple(state.shape), state.numpy().tobytes()
    if isinstance(state, dict):
        return {k: bits(v) for k, v in state.items() if k not in ("seconds", "epochs")}
    return [bits(v) for v in state] if isinstance(state, list | tuple) else state


def checkpoint(folder: Path) -> Any:
    return bits(plugtorch.load(folder / "checkpoint.safetensors"))


@pytest.mark.parametrize("name", offered(optimizers))
def test_an_optimizer_learns_digits(name: str) -> None:
    run = Run(Settings(task="digits", optimizer=name, epochs=2))
    run.fit(keep=False)
    first, last = (record["train"]["loss"] for record in run.history)
    assert math.isfinite(last)
    assert last < first


WRAPPED = [
    ("lookahead", {"inner": "lbfgs", "max_iter": 4}),
    ("lookahead", {"inner": "schedule_free_sgd", "lr": 0.1}),
    ("sam", {"inner": "schedule_free_adamw", "lr": 0.01}),
    ("sam", {"inner": "adam", "lr": 0.01}),
]


@pytest.mark.parametrize(("name", "options"), [*[(n, {}) for n in offered(optimizers)], *WRAPPED])
def test_two_and_two_epochs_are_four(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    def train(folder: Path, epochs: int) -> None:
        chosen = {"optimizer": name, "optimizer_options": options, "epochs": epochs}
        Run.start(Settings(task=CLOUDS, **chosen), folder).fit()

    train(tmp_path / "four", 4)
    train(tmp_path / "two", 2)
    assert checkpoint(tmp_path / "two")["model"] != checkpoint(tmp_path / "four")["model"]
    plugtorch.manual_seed(99)
    Run.resume(tmp_path / "two", epochs=4).fit()
    assert checkpoint(tmp_path / "two") == checkpoint(tmp_path / "four")


@pytest.mark.parametrize("name", ["schedule_free_sgd", "schedule_free_adamw"])
def test_figures_and_checkpoint_are_of_the_average(tmp_path: Path, name: str) -> None:
    run = Run.start(Settings(task=CLOUDS, optimizer=name, epochs=2), tmp_path)
    run.fit()
    saved = plugtorch.load(tmp_path / "checkpoint.safetensors")
    assert saved["optimizer"]["param_groups"][0]["train_mode"] is False
    how = {"batch_size": 1024, "metrics": run.metrics}
    at_x = evaluate(run.model, run.loss, run.validation_data, **how)
    assert at_x == run.history[-1]["validation"]
    run.model.load_state_dict(saved["model"])
    assert evaluate(run.model, run.loss, run.validation_data, **how) == at_x
    run.optimizer.train()
    assert evaluate(run.model, run.loss, run.validation_data, **how) != at_x


def test_a_wrapper_asks_for_what_the_other_one_needs() -> None:
    p = plugtorch.ones(2, requires_grad=True)
    assert optimizers.create("sam", [p]).needs_closure
    assert optimizers.create("lookahead", [p], inner="lbfgs").needs_closure
    assert not optimizers.create("lookahead", [p], inner="adam").needs_closure
    with pytest.raises(ArgumentError, match=r"inner is 'LBFGS', needed one that"):
        optimizers.create("sam", [p], inner="lbfgs")
    with pytest.raises(ArgumentError, match=r"inner is 3.0, needed the name of an optimizer"):
        optimizers.create("lookahead", [p], inner=3.0)


def test_a_wrapper_goes_where_the_other_one_is_used() -> None:
    p = plugtorch.tensor([4.0], requires_grad=True)
    optimizer = optimizers.create("sam", [p], inner="schedule_free_sgd", lr=0.1, rho=0.0)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    y = p.item()
    optimizer.eval()
    assert p.item() != y
    with pytest.raises(StateError, match="train"):
        optimizer.step(closure)
    optimizer.train()
    assert p.item() == pytest.approx(y, rel=1e-6)


THREE = "and a training gives it two tensors"
SHAPES = "does not fit this task"
UNFIT = {
    # each with the words that say why
    (CLOUDS, "charbonnier"): SHAPES,
    (CLOUDS, "contrastive"): THREE,
    (CLOUDS, "log_cosh"): SHAPES,
    (CLOUDS, "nt_xent"): SHAPES,
    (CLOUDS, "quantile"): SHAPES,
    (CLOUDS, "sigmoid_focal"): SHAPES,
    (CLOUDS, "wasserstein_gp"): THREE,
    (NUMBERS, "arcface"): SHAPES,
    (NUMBERS, "contrastive"): THREE,
    (NUMBERS, "focal"): "needed class indices",
    (NUMBERS, "smoothed_kl"): "needed class indices",
    (NUMBERS, "wasserstein_gp"): THREE,
}


@pytest.mark.parametrize("task", [CLOUDS, NUMBERS], ids=["classes", "numbers"])
@pytest.mark.parametrize("name", offered(losses))
def test_a_loss_teaches_or_says_why_not(name: str, task: str) -> None:
    cosines = {"cosines": True} if (task, name) == (CLOUDS, "arcface") else {}
    settings = Settings(task=task, task_options=cosines, loss=name, epochs=3)
    words = UNFIT.get((task, name))
    if words is None:
        run = Run(settings)
        run.fit(keep=False)
        assert math.isfinite(run.history[-1]["train"]["loss"])
        return
    with pytest.raises(ArgumentError) as caught:
        Run(settings)
    assert words in str(caught.value)


def test_arcface_refuses_what_is_no_cosine() -> None:
    with pytest.raises(ArgumentError, match=r"needed cosines from -1 to 1. End the"):
        Run(Settings(task=CLOUDS, loss="arcface", epochs=20)).fit(keep=False)
    loss_fn = losses.create("arcface")
    one = plugtorch.tensor([0])
    assert loss_fn(plugtorch.tensor([[1.0 + 1e-6, -1.0]]), one).isfinite()
    assert loss_fn(plugtorch.zeros(0, 2), one[:0]).isnan()  # nothing to take the mean of
