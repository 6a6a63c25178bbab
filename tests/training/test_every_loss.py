"""Every registered loss, by name: it teaches where it fits, and says why where it does not."""

import math
from pathlib import Path

import pytest

import plugtorch
from plugtorch import Loss, LossSpec, losses, nn, registry
from plugtorch.errors import ArgumentError, StateError
from plugtorch.training import Run, Settings

TASKS = Path(__file__).with_name("example_tasks.py")
BLOBS, LINE = f"{TASKS}:blobs", f"{TASKS}:line"

THREE = "and a training gives it two tensors"
SHAPE = "does not fit this task, whose model makes (16, 2) of float32 and whose targets are (16,)"
UNFIT_FOR_CLASSES = {
    # each with the words that say why
    "bce": SHAPE,
    "bce_with_logits": SHAPE,
    "cosine_embedding": THREE,
    "ctc": THREE,
    "gaussian_nll": THREE,
    "hinge_embedding": SHAPE,
    "huber": SHAPE,
    "kl_div": "needed floating point",
    "l1": SHAPE,
    "margin_ranking": THREE,
    "mse": SHAPE,
    "multi_label_margin": SHAPE,
    "multi_label_soft_margin": SHAPE,
    "poisson_nll": SHAPE,
    "smooth_l1": SHAPE,
    "soft_margin": SHAPE,
    "triplet_margin": THREE,
    "triplet_margin_with_distance": THREE,
}
UNFIT_FOR_NUMBERS = {
    "cosine_embedding": THREE,
    "ctc": THREE,
    "gaussian_nll": THREE,
    "margin_ranking": THREE,
    "multi_label_margin": "needed integers",
    "multi_margin": "one class index for each row",
    "nll": "without the axis of the 1 classes",
    "triplet_margin": THREE,
    "triplet_margin_with_distance": THREE,
}


def learn(cli, name, task):
    found = cli("train", task, "--loss", name, "--epochs", 3, "--json", "--output", "o")
    return found, Path("o").exists()


@pytest.mark.parametrize("task", [BLOBS, LINE], ids=["classes", "numbers"])
@pytest.mark.parametrize("name", losses.names())
@pytest.mark.filterwarnings("ignore:.*They are broadcast")  # before it is refused
def test_it_teaches_or_says_why_not(cli, name, task):
    found, begun = learn(cli, name, task)
    unfit = (UNFIT_FOR_CLASSES if task == BLOBS else UNFIT_FOR_NUMBERS).get(name)
    if unfit is None:
        assert found.code == 0, found.err
        assert math.isfinite(found.json["train"]["loss"])
        return
    assert found.code == 2, found.out
    assert unfit in found.err
    assert "Traceback" not in found.err
    assert not begun


def test_a_loss_that_is_not_one_number(cli):
    found = cli("train", BLOBS, "--set", "loss.reduction='none'")
    assert found.code == 2
    assert "CrossEntropyLoss of a batch is (16,) of float32, needed one number" in found.err


def test_an_option_of_another_type(cli):
    found = cli("train", BLOBS, "--set", "loss.label_smoothing=much")
    assert found.code == 2
    assert "[train] cross_entropy or adam does not take an option" in found.err


def test_trying_the_loss_changes_no_figure(monkeypatch):
    """Before the first epoch a batch is tried; the task draws from every generator there is."""
    settings = Settings(task=BLOBS, epochs=2)
    tried = Run(settings)
    monkeypatch.setattr("plugtorch.training.run.try_loss", lambda *_, **__: None)
    untried = Run(settings)
    for run in (tried, untried):
        run.fit(keep=False)
    for one, other in zip(tried.history, untried.history, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


# -- losses that learn -----------------------------------------------------------------------------


class Centres(Loss):
    """Cross-entropy by how near the output is to a place for each class, which is learnt."""

    def __init__(self, classes=2, reduction="mean"):
        super().__init__(reduction)
        self.places = nn.Parameter(plugtorch.randn(classes, 2))

    def forward(self, input, target):
        apart = (input.unsqueeze(1) - self.places).square().sum(-1)
        return nn.functional.cross_entropy(-apart, target, reduction=self.reduction)


class Wider(Centres):
    """The same of a later version, for three classes."""

    def __init__(self, classes=3, reduction="mean"):
        super().__init__(classes, reduction)


class Scaled(Loss):
    """One that learns something else."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(plugtorch.ones(()))

    def forward(self, input, target):
        return nn.functional.cross_entropy(input * self.scale, target)


def offer(target):
    return registry.register(LossSpec(name="centres", target="here:it"), target)


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [("adam", {"lr": 0.02}), ("lbfgs", {"max_iter": 4, "line_search_fn": "strong_wolfe"})],
)
def test_what_a_loss_has_to_learn_is_optimized_and_saved(tmp_path, optimizer, options):
    def train(folder, epochs):
        chosen = {"optimizer": optimizer, "optimizer_options": options, "epochs": epochs}
        run = Run.start(Settings(task=BLOBS, loss="centres", batch_size=40, **chosen), folder)
        run.fit()
        return run

    with offer(Centres):
        untaught = Run(Settings(task=BLOBS, loss="centres")).loss.places.detach().clone()
        whole = train(tmp_path / "four", 4)
        assert (whole.loss.places != untaught).all()
        assert len(whole.optimizer.param_groups[0]["params"]) == 5
        assert whole.history[-1]["train"]["loss"] < whole.history[0]["train"]["loss"]
        train(tmp_path / "two", 2)
        resumed = Run.resume(tmp_path / "two", epochs=4)
        assert (resumed.loss.places != untaught).all()
        resumed.fit()
    for one, other in ((whole.loss, resumed.loss), (whole.model, resumed.model)):
        for name, value in one.state_dict().items():
            assert (
                value.cpu().numpy().tobytes() == other.state_dict()[name].cpu().numpy().tobytes()
            ), name
    for one, other in zip(whole.history, resumed.history, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


@pytest.mark.parametrize(("other", "words"), [(Wider, "places"), (Scaled, "missing: scale")])
def test_a_checkpoint_of_another_loss_is_refused(tmp_path, other, words):
    with offer(Centres):
        Run.start(Settings(task=BLOBS, loss="centres", epochs=1), tmp_path).fit()
    before = (tmp_path / "checkpoint.safetensors").read_bytes()
    with offer(other), pytest.raises(StateError) as caught:
        Run.resume(tmp_path)
    assert "the loss in " in str(caught.value)
    assert words in str(caught.value)
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_a_loss_for_fewer_classes_than_there_are():
    with offer(Centres), pytest.raises(ArgumentError, match="does not fit this task"):
        Run(Settings(task=BLOBS, loss="centres", loss_options={"classes": 1}))
