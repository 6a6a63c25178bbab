"""Every registered optimizer trains, by name; one that is added is covered by being registered."""

import math
from pathlib import Path

import pytest

import plugtorch
from plugtorch import OptimizerSpec, enable_grad, no_grad, optimizers, registry
from plugtorch.errors import PlugtorchError
from plugtorch.training import Run, Settings

BLOBS = f"{Path(__file__).with_name('example_tasks.py')}:blobs"
STILL = ("--set", "task.dropout=0")

MORE = {
    # what it needs beside its name, and why
    "lbfgs": ("--batch-size", 2000),  # it takes the function of a step for that of all steps
    "muon": ("--set", "task.bias=false"),  # it is for matrices alone
}


@pytest.mark.parametrize("name", optimizers.names())
def test_it_learns_digits(cli, tmp_path, name):
    pytest.importorskip("sklearn")
    found = cli(
        *("train", "digits", "--optimizer", name, "--epochs", 3, "--output", "o", "--json"),
        *("--batch-size", 256, *STILL, *MORE.get(name, ())),
    )
    assert found.code == 0, found.err
    state = plugtorch.load(tmp_path / "o" / "checkpoint.safetensors")
    losses = [record["train"]["loss"] for record in state["history"]]
    assert all(math.isfinite(loss) for loss in losses)
    assert losses[-1] < losses[0]
    assert found.json["validation"]["loss"] < 2.4  # where it began: 2.3


def test_one_for_matrices_says_what_it_cannot_take(cli, tmp_path):
    found = cli("train", BLOBS, "--optimizer", "muon")
    assert found.code == 2
    assert "the shape of a parameter is (8,), needed two sizes. Use AdamW for it" in found.err
    assert not list(tmp_path.iterdir())


# -- closures --------------------------------------------------------------------------------------


class Looks(plugtorch.Optimizer):
    """Moves nothing. Looks three times a step, and wants to see the same each time."""

    def __init__(self, params, lr=0.0):
        super().__init__(params, {"lr": lr})

    @no_grad()
    def step(self, closure):
        seen = [float(closure()) for _ in range(3)]
        assert seen[0] == seen[1] == seen[2]
        assert all(p.grad is not None for group in self.param_groups for p in group["params"])


class LooksIfAsked(Looks):
    """Refuses its own default: only the class can say so."""

    needs_closure = True

    def step(self, closure=None):
        super().step(closure)


class LooksNever(Looks):
    """Asks for a closure, and does not call it."""

    def step(self, closure):
        """Nothing."""


class Draws(Looks):
    """Draws between its looks, which must not give it the same again."""

    drawn = []

    def step(self, closure):
        for _ in range(3):
            closure()
            self.drawn.append(plugtorch.rand(()).item())


class Halfway(plugtorch.Optimizer):
    """Second-order Runge-Kutta: the slope half a step further. A step is two calls."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr})

    @no_grad()
    def step(self, closure):
        with enable_grad():
            loss = closure()
        (group,) = self.param_groups
        start = [p.clone() for p in group["params"]]
        for p in group["params"]:
            p.add_(p.grad, alpha=-group["lr"] / 2)
        closure()
        for p, origin in zip(group["params"], start, strict=True):
            p.copy_(origin - group["lr"] * p.grad)
        return loss


@pytest.fixture
def offered():
    """Registers a class as an optimizer, or another kind, under a name until the test ends."""
    taken = []

    def offer(name, target, spec=OptimizerSpec):
        taken.append(registry.register(spec(name=name, target="here:it"), target))
        return name

    yield offer
    for registration in taken:
        registration.__exit__()


def figures(**settings):
    run = Run(Settings(task=BLOBS, epochs=2, **settings))
    run.fit(keep=False)
    return [(record["train"], record["validation"]) for record in run.history]


@pytest.mark.parametrize("target", [Looks, LooksIfAsked])
def test_a_batch_counts_once_and_draws_once_however_often_it_is_looked_at(offered, target):
    """The task draws from every generator there is; figures and draws are those of one look."""
    still = figures(optimizer="sgd", optimizer_options={"lr": 0.0})
    assert figures(optimizer=offered("looks", target)) == still


def test_what_an_optimizer_draws_is_its_own(offered):
    Draws.drawn.clear()
    figures(optimizer=offered("draws", Draws))
    assert len(Draws.drawn) == len(set(Draws.drawn)) == 2 * 5 * 3


def test_two_looks_a_step_lead_down(offered):
    found = figures(optimizer=offered("halfway", Halfway), optimizer_options={"lr": 1.0})
    assert found[1][1]["loss"] < found[0][1]["loss"] < 0.6


def test_the_figures_are_those_before_the_step():
    """One batch of all samples: the first epoch's loss is that of the model it began with."""
    run = Run(Settings(task=BLOBS, optimizer="lbfgs", batch_size=100, epochs=1))
    other = Run(Settings(task=BLOBS, optimizer="sgd", batch_size=100, epochs=1))
    for each in (run, other):
        each.fit(keep=False)
    assert run.history[0]["train"] == other.history[0]["train"]
    assert run.history[0]["validation"]["loss"] < other.history[0]["validation"]["loss"] - 0.1


def test_a_closure_that_is_not_called_is_an_error(offered):
    with pytest.raises(PlugtorchError, match="LooksNever asks for a closure, but"):
        figures(optimizer=offered("looks_never", LooksNever))


def test_a_hook_does_not_hide_that_a_closure_is_needed():
    parameter = plugtorch.ones(1, requires_grad=True)
    optimizer = plugtorch.optim.LBFGS([parameter])
    assert optimizer.needs_closure
    optimizer.register_step_post_hook(lambda *_: None)
    assert optimizer.needs_closure
    assert not plugtorch.optim.SGD([parameter]).needs_closure


def test_comparing_one_that_needs_a_closure(cli, tmp_path):
    found = cli(
        *("compare", BLOBS, "--optimizer", "sgd,lbfgs", "--seeds", 2, "--epochs", 2),
        *("--set", "optimizer.lr=0", "--output", "o"),
    )
    assert found.code == 0, found.err
    rows = [line.split() for line in found.out.splitlines()[1:3]]
    assert [row[0] for row in rows] == ["sgd", "lbfgs"]
    assert rows[0][2:-2] == rows[1][2:-2]  # all but the name and the time: neither moved


# -- parameters to train and parameters to use -----------------------------------------------------


class Apart(plugtorch.optim.SGD):
    """Learns one to the right of where it is used."""

    def __init__(self, params, lr=0.1):
        super().__init__(params, lr)
        self.calls = []
        for group in self.param_groups:
            group.setdefault("offset", 0.0)

    def _become(self, offset):
        self.calls.append(offset)
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(offset - group["offset"])
                group["offset"] = offset

    def train(self):
        self._become(1.0)

    def eval(self):
        self._become(0.0)

    def step(self, closure=None):
        assert self.param_groups[0]["offset"] == 1.0
        return super().step(closure)


def test_figures_and_checkpoint_are_of_the_parameters_to_use(offered, tmp_path):
    settings = Settings(task=BLOBS, optimizer=offered("apart", Apart), epochs=2)
    run = Run.start(settings, tmp_path)
    run.fit()
    assert run.optimizer.calls == [1.0, 0.0, 1.0, 0.0]
    saved = plugtorch.load(tmp_path / "checkpoint.safetensors")
    assert saved["optimizer"]["param_groups"][0]["offset"] == 0.0
    for name, value in run.model.state_dict().items():
        assert (saved["model"][name] == value).all()
    from plugtorch.training.loop import evaluate

    again = evaluate(run.model, run.loss, run.validation_data, batch_size=1024, metrics=run.metrics)
    assert again == run.history[-1]["validation"]


def test_optimizers_of_one_kind_of_parameters_do_nothing():
    parameter = plugtorch.ones(2, requires_grad=True)
    for name in set(optimizers.names()) - {"muon"}:
        optimizer = optimizers.create(name, [parameter])
        optimizer.eval()
        optimizer.train()
    assert parameter.tolist() == [1.0, 1.0]
