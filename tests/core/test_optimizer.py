"""The step of the base of optimizers: what it changes, what it refuses, and devices."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy
import pytest
from optimizer_rules import NAMES, Classic, Momentum, give, leaf

import plugtorch
from plugtorch.errors import DeviceError, ShapeError
from plugtorch.optimizer import Optimizer

# ---- the step ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Momentum, Classic])
def test_a_rule_and_pytorchs_way(kind: Any) -> None:
    p = give(leaf(1.0, 2.0), 1.0, -1.0)
    optimizer = kind([p])
    optimizer.step()
    assert p.tolist() == [0.5, 2.5]
    optimizer.step()
    assert p.tolist() == [-0.25, 3.25]
    assert optimizer.state[p]["buffer"].tolist() == [1.5, -1.5]
    assert p.requires_grad
    assert p.is_leaf


def test_a_parameter_without_gradient_is_left_alone() -> None:
    used, unused = give(leaf(1.0), 1.0), leaf(1.0)
    optimizer = Momentum([unused, used])
    optimizer.step()
    assert unused.tolist() == [1.0]
    assert unused not in optimizer.state
    assert used.tolist() == [0.5]


def test_a_zero_gradient_still_moves_with_momentum() -> None:
    p = give(leaf(1.0), 1.0)
    optimizer = Momentum([p])
    optimizer.step()
    give(p, 0.0)
    optimizer.step()
    assert p.tolist() == [0.25]


def test_maximize_goes_up() -> None:
    p = give(leaf(1.0), 1.0)
    Momentum([p], maximize=True).step()
    assert p.tolist() == [1.5]


@pytest.mark.parametrize("kind", [Momentum, Classic])
def test_a_closure_runs_with_gradients_and_its_loss_is_returned(kind: Any) -> None:
    p = leaf(3.0)
    optimizer = kind([p])

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with plugtorch.no_grad():
        assert optimizer.step(closure).item() == 9
    assert p.tolist() == [0.0]
    assert optimizer.step() is None


def test_other_tensors_that_see_the_parameter_see_the_step() -> None:
    whole = plugtorch.zeros(4)
    part = whole[1:3].requires_grad_()
    alias = part.detach()
    Momentum([give(part, 1.0, 2.0)]).step()
    assert alias.tolist() == [-0.5, -1.0]
    assert whole.tolist() == [0.0, -0.5, -1.0, 0.0]


def test_values_read_before_a_step_stay() -> None:
    p = give(leaf(1.0), 1.0)
    before, kept = p.detach().cpu().numpy(), p.detach().clone()
    Momentum([p]).step()
    assert before.tolist() == [1.0]
    assert kept.tolist() == [1.0]


@pytest.mark.parametrize("name", NAMES)
def test_filling_gradients_with_zeros_does_not_touch_the_state(name: str) -> None:
    """State that was the gradient itself would be filled with zeros too."""
    runs = []
    for set_to_none in (True, False):
        p = leaf(1.0, 2.0)
        options = {"momentum": 0.9} if name == "SGD" else {}
        optimizer = getattr(plugtorch.optim, name)([p], lr=0.1, **options)
        for _ in range(3):
            optimizer.zero_grad(set_to_none=set_to_none)
            (p * p).sum().backward()
            optimizer.step()
        runs.append(p.tolist())
    assert runs[0] == runs[1]


def test_zero_grad() -> None:
    p = give(leaf(1.0), 1.0)
    optimizer = Momentum([p])
    optimizer.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0]
    optimizer.zero_grad()
    assert p.grad is None


def test_a_learning_rate_that_is_a_tensor() -> None:
    p = give(leaf(1.0), 1.0)
    for kind in (Momentum, plugtorch.optim.SGD, plugtorch.optim.Adam):
        kind([p], lr=plugtorch.tensor(0.5)).step()
    assert p.dtype is plugtorch.float32


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [plugtorch.float16, plugtorch.bfloat16, plugtorch.float64])
def test_dtypes_stay(name: str, kind: Any) -> None:
    p = plugtorch.ones(3, dtype=kind, requires_grad=True)
    optimizer = getattr(plugtorch.optim, name)([p], lr=0.1)
    for _ in range(2):
        give(p, 1.0, 0.5, -1.0)
        optimizer.step()
    assert p.dtype is kind
    assert bool(plugtorch.isfinite(p).all())
    for value in optimizer.state[p].values():
        assert not isinstance(value, plugtorch.Tensor) or value.dtype is kind


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_goes_down(name: str) -> None:
    p = leaf(1.0, -2.0, 3.0)
    optimizer = getattr(plugtorch.optim, name)([p], lr=0.1)
    losses = []
    for _ in range(50):
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3


@pytest.mark.parametrize(
    ("name", "options"), [("SGD", {"momentum": 0.9}), ("Adam", {}), ("RMSprop", {"centered": True})]
)
@pytest.mark.parametrize("shape", [(300, 301), (90_001,), (1, 2, 50_000), (2, 50_000)])
def test_a_large_parameter_is_updated_in_pieces_as_in_one(
    name: str, options: Any, shape: Any
) -> None:
    kind = getattr(plugtorch.optim, name)

    class Whole(kind):  # type: ignore[misc, valid-type]
        elementwise = False

    plugtorch.manual_seed(0)
    start = plugtorch.randn(*shape)
    runs = []
    for rule in (kind, Whole):
        p = start.clone().requires_grad_()
        optimizer = rule([p], lr=0.1, **options)
        for _ in range(3):
            held = p.detach().cpu().numpy()  # whoever looks at the values keeps them
            before = held.copy()
            p.grad = (p.detach() * 3).cos()
            optimizer.step()
            assert numpy.array_equal(held, before)
        runs.append((p.detach().cpu().numpy(), optimizer.state[p]))
    assert numpy.array_equal(runs[0][0], runs[1][0])
    for key, value in runs[1][1].items():
        mine = runs[0][1][key]
        same = (
            plugtorch.equal(mine, value) if isinstance(value, plugtorch.Tensor) else mine == value
        )
        assert same, key


@pytest.mark.parametrize("size", [3, 100_000])
def test_momentum_switched_off_on_the_way(size: int) -> None:
    p = plugtorch.zeros(size, requires_grad=True)
    optimizer = plugtorch.optim.SGD([p], lr=1.0, momentum=0.5)
    for momentum in (0.5, 0.5, 0.0, 0.0):
        optimizer.param_groups[0]["momentum"] = momentum
        p.grad = plugtorch.ones(size)
        optimizer.step()
    assert p[-1].item() == -(1 + 1.5 + 1 + 1)


def test_two_optimizers_on_two_models_over_the_same_data() -> None:
    x = plugtorch.tensor([[1.0, 2.0], [3.0, 4.0]])
    models = [plugtorch.nn.Linear(2, 1) for _ in range(2)]
    optimizers = [
        plugtorch.optim.SGD(models[0].parameters(), lr=0.01),
        plugtorch.optim.Adam(models[1].parameters(), lr=0.01),
    ]
    before = [[p.detach().clone() for p in m.parameters()] for m in models]
    loss = sum((model(x) ** 2).mean() for model in models)
    loss.backward()
    optimizers[0].step()
    assert all(not plugtorch.equal(a, b) for a, b in zip(before[0], models[0].parameters()))
    assert all(plugtorch.equal(a, b) for a, b in zip(before[1], models[1].parameters()))
    optimizers[1].step()
    assert all(not plugtorch.equal(a, b) for a, b in zip(before[1], models[1].parameters()))


def test_an_optimizer_is_freed_without_the_garbage_collector() -> None:
    p = give(leaf(1.0), 1.0)
    optimizer = Momentum([p])
    optimizer.step()
    gone = weakref.ref(optimizer)
    gc.disable()
    try:
        del optimizer
        assert gone() is None
    finally:
        gc.enable()


# ---- a step that is refused ----------------------------------------------------------------------


def test_a_gradient_that_does_not_fit_is_refused_before_anything_changes() -> None:
    first, second = give(leaf(1.0), 1.0), give(leaf(1.0, 2.0), 1.0, 1.0)
    optimizer = Momentum([("first", first), ("second", second)])
    second.data = plugtorch.zeros(3)
    with pytest.raises(
        ShapeError, match=r"parameter 'second' has shape \(3,\), its gradient \(2,\)"
    ):
        optimizer.step()
    assert first.tolist() == [1.0]
    assert not optimizer.state


def test_a_rule_that_returns_another_shape_or_dtype_is_refused() -> None:
    class Wrong(Optimizer):
        defaults = {"lr": 1.0, "what": "shape"}

        def update(self, parameter: Any, gradient: Any, state: Any, group: Any) -> Any:
            return (parameter.sum() if group["what"] == "shape" else parameter.double()), state

    for what in ("shape", "dtype"):
        p = give(leaf(1.0, 2.0), 1.0, 1.0)
        with pytest.raises(
            ShapeError, match=r"\[Wrong\] update returned .* parameter 0 of group 0"
        ):
            Wrong([p], what=what).step()
        assert p.tolist() == [1.0, 2.0]


def test_a_rule_without_a_rule() -> None:
    class Nothing(Optimizer):
        defaults = {"lr": 1.0}

    with pytest.raises(NotImplementedError, match=r"\[Nothing\] has no rule"):
        Nothing([give(leaf(1.0), 1.0)]).step()


# ---- devices -------------------------------------------------------------------------------------


@pytest.fixture
def second_device() -> Any:
    """Another device: NumPy under another name, that counts how often it is asked to evaluate."""
    from plugtorch import registry
    from plugtorch.hookspecs import BackendSpec

    numpy_backend = registry.get("backend", "cpu")

    class Counting(numpy_backend):  # type: ignore[misc, valid-type]
        deferred = True  # so that it is asked to evaluate
        batches: list[Any] = []

        def evaluate(self, arrays: Any) -> None:
            self.batches.append(list(arrays))

    with registry.register(BackendSpec(name="counting", target="tests:Counting"), Counting):
        yield Counting


def test_a_step_ends_in_one_evaluation_of_everything_on_a_device(second_device: Any) -> None:
    there = [
        plugtorch.ones(2, device="counting").requires_grad_(),
        plugtorch.ones(3, device="counting").requires_grad_(),
    ]
    here = plugtorch.ones(2, requires_grad=True)
    optimizer = plugtorch.optim.Adam([*there, here])
    sum((p * p).sum() for p in there).backward()
    (here * here).sum().backward()
    second_device.batches.clear()
    optimizer.step()
    state, batch = second_device.batches  # what the first step begins with is no part of it
    assert [array.shape for array in state] == [(2,), (2,), (3,), (3,)]
    assert [array.shape for array in batch] == [(2,), (3,), (2,), (2,), (3,), (3,)]
    assert numpy.array_equal(batch[0], there[0].detach().cpu().numpy())
    second_device.batches.clear()
    optimizer.step()
    assert len(second_device.batches) == 1


def test_a_gradient_on_another_device_is_refused(second_device: Any) -> None:
    p = give(leaf(1.0), 1.0)
    optimizer = Momentum([p])
    p.data = p.data.to("counting")
    with pytest.raises(DeviceError, match="counting"):
        optimizer.step()
