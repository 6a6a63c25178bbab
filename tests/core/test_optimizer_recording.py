"""A rule noted as a formula gives what it gives when it is called, bit for bit."""

import itertools
import threading

import numpy as np
import pytest

import plugtorch
from plugtorch import registry
from plugtorch.device import open_device
from plugtorch.optimizer import in_pieces
from plugtorch.optimizer.noting import note

RULES = [
    ("sgd", {}),
    ("sgd", {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("sgd", {"momentum": 0.9, "dampening": 0.3, "maximize": True}),
    ("rmsprop", {"momentum": 0.5, "centered": True}),
    ("adagrad", {"lr_decay": 0.1}),
    ("adadelta", {"weight_decay": 0.1}),
    ("adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("adamw", {}),
    ("adamax", {}),
    ("nadam", {"decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("radam", {"betas": (0.5, 0.6)}),
    ("rprop", {}),
    ("asgd", {"t0": 1}),
]
IDS = [f"{name}-{'-'.join(options)}" for name, options in RULES]
SHAPES = [(1000,), (37, 11), (1, 501), (3, 1, 200), (2, 7, 30)]


@pytest.fixture
def blocks(monkeypatch):
    def of(size):
        monkeypatch.setattr(type(open_device("cpu")), "block", size)

    return of


class Adds(plugtorch.Optimizer):
    """p = p - lr g, and a state of whatever kind a subclass wants."""

    defaults = {"lr": 1.0}
    elementwise = True

    def update(self, parameter, gradient, state, group):
        return parameter - group["lr"] * gradient, state


def trained(name, options, shape, kind=plugtorch.float32, steps=3):
    plugtorch.manual_seed(0)
    parameter = plugtorch.randn(*shape).to(kind).requires_grad_()
    optimizer = plugtorch.optimizers.create(name, [parameter], lr=0.1, **options)
    for _ in range(steps):
        parameter.grad = plugtorch.randn(*shape).to(kind)
        optimizer.step()
    return parameter, optimizer


def same_state(mine, theirs):
    assert list(mine) == list(theirs)
    for key, value in mine.items():
        assert type(value) is type(theirs[key])
        same = value == theirs[key]
        assert same.all() if isinstance(same, plugtorch.Tensor) else same


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(("name", "options"), RULES, ids=IDS)
def test_the_same_bits(name, options, shape, blocks):
    blocks(0)
    whole, other = trained(name, options, shape)
    blocks(4)
    pieces, optimizer = trained(name, options, shape)
    assert (whole == pieces).all()
    same_state(optimizer.state[pieces], other.state[whole])


@pytest.mark.parametrize(
    "kind", [plugtorch.float64, plugtorch.bfloat16, plugtorch.float16], ids=str
)
@pytest.mark.parametrize("name", ["sgd", "adam", "rprop", "asgd", "adamax"])
def test_the_same_bits_in_other_dtypes(name, kind, blocks):
    blocks(0)
    whole, other = trained(name, {}, (300,), kind)
    blocks(4)
    pieces, optimizer = trained(name, {}, (300,), kind)
    assert pieces.dtype is kind
    assert (whole == pieces).all()
    same_state(optimizer.state[pieces], other.state[whole])


@pytest.mark.parametrize(("name", "options"), RULES, ids=IDS)
def test_all_of_ours_can_be_noted(name, options):
    parameter, optimizer = trained(name, options, (3,))
    (group,) = optimizer.param_groups
    state = optimizer.state.get(parameter) or optimizer.initial_state(parameter, group)
    with plugtorch.no_grad():
        for given in (state, optimizer.initial_state(parameter, group)):
            noted = note(optimizer.update, parameter, parameter.grad, given, group)
            assert noted.formula.lines


def test_they_are_all_here():
    elementwise = {
        n for n in registry.names("optimizer") if registry.get("optimizer", n).elementwise
    }
    assert elementwise == {name for name, _ in RULES}


def test_parameters_share_a_note(blocks):
    calls = []

    class Counting(Adds):
        def update(self, parameter, gradient, state, group):
            calls.append(group["lr"])
            return super().update(parameter, gradient, {"n": state.get("n", 0) + 1}, group)

    blocks(10)
    sizes = [2, 50, 3, 40, 1]
    parameters = [plugtorch.zeros(n).requires_grad_() for n in sizes]
    optimizer = Counting([{"params": parameters[:3]}, {"params": parameters[3:], "lr": 0.5}])
    for parameter in parameters:
        parameter.grad = plugtorch.ones_like(parameter)
    optimizer.step()
    assert calls == [1.0, 1.0, 0.5]  # the first is small, and called by itself
    assert [p.tolist() for p in parameters] == [
        [-lr] * n for n, lr in zip(sizes, [1, 1, 1, 0.5, 0.5], strict=True)
    ]
    assert [optimizer.state[p]["n"] for p in parameters] == [1] * 5
    parameters[1].grad = None  # it falls behind: another number, another note
    optimizer.step()
    optimizer.step()
    assert [optimizer.state[p]["n"] for p in parameters] == [3, 1, 3, 3, 3]


def test_numbers_of_a_state_are_each_parameters_own(blocks):
    blocks(4)
    early, late = (plugtorch.zeros(50).requires_grad_() for _ in range(2))
    optimizer = plugtorch.optim.Adam([early, late], lr=0.1)
    alone = plugtorch.zeros(50).requires_grad_()
    other = plugtorch.optim.Adam([alone], lr=0.1)
    for step in range(4):
        early.grad = plugtorch.ones(50)
        late.grad = alone.grad = plugtorch.ones(50) * step if step > 1 else None
        optimizer.step()
        other.step()
    assert optimizer.state[early]["step"] == 4
    assert optimizer.state[late]["step"] == 2
    assert (late == alone).all()


def test_a_value_kept_elsewhere_is_not_written(blocks):
    blocks(4)
    parameter = plugtorch.zeros(50).requires_grad_()
    square = parameter.square().sum()  # keeps the parameter's array for its gradient
    given, view = parameter.detach().cpu().numpy(), parameter.detach()[:3]
    optimizer = plugtorch.optim.SGD([parameter], lr=1.0, momentum=0.5)
    for _ in range(3):
        parameter.grad = plugtorch.ones(50)
        optimizer.step()
    (slope,) = plugtorch.autograd.grad(square, parameter)
    assert (slope == 0).all()
    assert (given == 0).all()
    assert (view == parameter[:3]).all()  # a view sees what is written
    buffer = optimizer.state[parameter]["momentum_buffer"]
    copy = buffer.cpu().numpy().copy()
    shared = buffer.cpu().numpy()
    optimizer.step()
    assert (shared == copy).all()
    assert not (buffer.cpu().numpy() == copy).any()


def test_gradients_are_only_read(blocks):
    blocks(4)
    parameter = plugtorch.ones(50).requires_grad_()
    for name, options in RULES:
        optimizer = plugtorch.optimizers.create(name, [parameter], **options)
        gradient = parameter.grad = plugtorch.arange(50.0)
        optimizer.step()
        optimizer.step()
        assert parameter.grad is gradient
        assert (gradient == plugtorch.arange(50.0)).all()


def test_what_a_rule_returns_may_be_anything_it_has(blocks):
    class Swaps(Adds):
        def initial_state(self, parameter, group):
            return {
                "a": parameter * 0 + 1,
                "b": parameter * 0 + 2,
                "kept": parameter * 0 + 3,
                "dropped": parameter.clone(),
            }

        def update(self, parameter, gradient, state, group):
            new = parameter - gradient
            result = {
                "b": state["a"],
                "a": state["b"],
                "kept": state["kept"],
                "new": new.clone(),
                "was": parameter.clone(),
                "slope": gradient.clone(),
                "positive": gradient > 0,
            }
            if "new" not in state:
                result["first"] = state["a"] + state["b"]
            return new, result

    seen = []
    for size in (0, 4):
        blocks(size)
        parameter = plugtorch.arange(50.0).requires_grad_()
        optimizer = Swaps([parameter])
        for step in range(3):
            gradient = parameter.grad = plugtorch.arange(50.0) * (step - 1)
            optimizer.step()
            state = optimizer.state[parameter]
            seen.append({k: v.tolist() for k, v in state.items()} | {"p": parameter.tolist()})
            arrays = [t.detach().cpu().numpy() for t in (parameter, gradient, *state.values())]
            shared = [np.shares_memory(x, y) for x, y in itertools.combinations(arrays, 2)]
            assert not any(shared)
    assert [list(s.items()) for s in seen[:3]] == [list(s.items()) for s in seen[3:]]


@pytest.mark.parametrize(
    "look",
    [
        lambda p, g: p - g / g.norm(),
        lambda p, g: p - g * (1.0 if g.abs().max() > 2 else 2.0),
        lambda p, g: p - g / p.numel(),
        lambda p, g: p - g * (1 / len(p)),
        lambda p, g: p - (g.reshape(-1) * 2).reshape(p.shape),
        lambda p, g: p - g - plugtorch.zeros_like(p),
        lambda p, g: p - g * float(g[0]),
        lambda p, g: p - g * plugtorch.tensor(0.5),
        lambda p, g: p - g.cumsum(0),
    ],
    ids=["norm", "branch", "numel", "len", "reshape", "zeros", "item", "tensor", "cumsum"],
)
def test_a_rule_that_cannot_be_noted_is_called(look, blocks):
    class Looks(Adds):
        def update(self, parameter, gradient, state, group):
            return look(parameter, gradient), state

    results = []
    for size in (0, 4):
        blocks(size)
        parameter = plugtorch.arange(50.0).requires_grad_()
        parameter.grad = plugtorch.arange(50.0) + 1
        Looks([parameter]).step()
        results.append(parameter)
    assert (results[0] == results[1]).all()
    assert not (results[0] == plugtorch.arange(50.0)).any()


def test_a_fault_of_the_rule_is_said_and_changes_nothing(blocks):
    class Wrong(Adds):
        def update(self, parameter, gradient, state, group):
            return (parameter - gradient).double(), state

    blocks(4)
    parameter = plugtorch.zeros(50).requires_grad_()
    parameter.grad = plugtorch.ones(50)
    with pytest.raises(plugtorch.errors.ShapeError, match=r"\[Wrong\] update returned \(50,\)"):
        Wrong([parameter]).step()
    assert (parameter == 0).all()

    class Raises(Adds):
        def update(self, parameter, gradient, state, group):
            raise ZeroDivisionError("of the rule")

    with pytest.raises(ZeroDivisionError, match="of the rule"):
        Raises([parameter]).step()


def test_tensors_in_more_than_one_place(blocks):
    blocks(4)
    one, two = (plugtorch.ones(50).requires_grad_() for _ in range(2))
    one.grad = two.grad = plugtorch.ones(50)  # of both
    plugtorch.optim.SGD([one, two], lr=0.5).step()
    assert (one == 0.5).all()
    assert (two == 0.5).all()
    one.grad = one.detach()  # the parameter itself
    plugtorch.optim.SGD([one], lr=0.5).step()
    assert (one == 0.25).all()
    two.grad = one.detach()  # another parameter, which is written first
    one.grad = plugtorch.ones(50)
    plugtorch.optim.SGD([one, two], lr=0.25).step()
    assert (one == 0).all()
    assert (two == 0.5).all()
    with pytest.warns(UserWarning, match="twice"):
        optimizer = plugtorch.optim.SGD([one, one], lr=0.5)
    optimizer.step()
    assert (one == -1).all()


@pytest.mark.parametrize("turned", ["parameter", "gradient", "both"])
def test_memory_in_another_order(turned, blocks):
    results = []
    for size in (0, 4):
        blocks(size)
        plugtorch.manual_seed(0)
        base = plugtorch.randn(20, 30)
        parameter = plugtorch.from_numpy(
            np.asfortranarray(base.cpu().numpy())
            if turned != "gradient"
            else base.cpu().numpy().copy()
        ).requires_grad_()
        optimizer = plugtorch.optim.Adam([parameter])
        for _ in range(3):
            slope = plugtorch.randn(30, 20).T
            parameter.grad = slope if turned != "parameter" else slope.clone().contiguous()
            optimizer.step()
        results.append(parameter)
    assert (results[0] == results[1]).all()


def test_parameters_that_are_views_and_empty_ones(blocks):
    blocks(4)
    whole = plugtorch.zeros(100)
    part = whole[10:60].detach().requires_grad_()
    empty = plugtorch.zeros(0, 3, requires_grad=True)
    scalar = plugtorch.tensor(1.0, requires_grad=True)
    others = [plugtorch.zeros(n).requires_grad_() for n in (30, 40)]
    everything = [part, *others, empty, scalar]
    optimizer = plugtorch.optim.Adam(everything, lr=0.5)
    for _ in range(2):
        for parameter in everything:
            parameter.grad = plugtorch.ones_like(parameter)
        optimizer.step()
    assert whole.sum().item() == pytest.approx(-50, rel=1e-5)
    assert all((p - p.flatten()[0]).abs().max() == 0 for p in (*others, part))
    assert scalar.shape == ()
    assert scalar.item() == pytest.approx(0, abs=1e-5)


def test_in_threads(blocks):
    blocks(64)
    alone = [trained("adam", {"betas": (0.5, 0.1 * k)}, (3000,), steps=20)[0] for k in range(4)]

    def train(k):
        generator = plugtorch.Generator().manual_seed(0)
        parameter = plugtorch.randn(3000, generator=generator).requires_grad_()
        optimizer = plugtorch.optim.Adam([parameter], lr=0.1, betas=(0.5, 0.1 * k))
        for _ in range(20):
            parameter.grad = plugtorch.randn(3000, generator=generator)
            optimizer.step()
        together[k] = parameter

    together = {}
    threads = [threading.Thread(target=train, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for k, parameter in enumerate(alone):
        assert (parameter == together[k]).all()


@pytest.mark.parametrize("size", [5, 5000])
def test_one_line_in_pieces(size, blocks):
    blocks(64)
    x, y = plugtorch.randn(size), plugtorch.randn(size)
    before, factor = x.clone(), plugtorch.tensor(0.3)
    held = x.cpu().numpy()
    version = x._version
    in_pieces(lambda x, y, a: x - a * y, x, y, factor)
    assert (x == before - factor * y).all()
    assert (held == before.cpu().numpy()).all()
    assert x._version > version
    in_pieces(lambda x, y: x + y, x, x)
    assert (x == (before - factor * y) * 2).all()
    with pytest.raises(ZeroDivisionError):
        in_pieces(lambda x: x * (1 / 0), x)
    assert (x == (before - factor * y) * 2).all()
