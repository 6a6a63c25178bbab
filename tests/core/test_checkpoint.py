"""utils.checkpoint: the same numbers as without, and nothing kept in between."""

from __future__ import annotations

import gc
import weakref
from collections import namedtuple
from typing import Any

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, AutogradError
from plugtorch.utils.checkpoint import checkpoint, checkpoint_sequential

Both = namedtuple("Both", "value mask")


def plainly(function: Any, *args: Any, **options: Any) -> Any:
    options.pop("use_reentrant", None)
    return function(*args, **options)


def slopes(run: Any, *leaves: Any) -> list[Any]:
    """First derivatives and those of their squares."""
    plugtorch.manual_seed(1)
    first = plugtorch.autograd.grad(run(), leaves, create_graph=True)
    second = plugtorch.autograd.grad(sum((part**2).sum() for part in first), leaves)
    return [part.tolist() for part in (*first, *second)]


def assert_near(ours: list[Any], theirs: list[Any]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        assert plugtorch.allclose(plugtorch.tensor(a), plugtorch.tensor(b), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("use_reentrant", [False, True])
def test_the_same_derivatives(use_reentrant: bool) -> None:
    x = plugtorch.rand(4, 3, requires_grad=True)
    w = plugtorch.rand(3, 3, requires_grad=True)

    def segment(h: Any, parts: Any, scale: Any = 1) -> Any:
        kept = nn.functional.dropout((h @ w).tanh(), 0.5)
        return {"out": [Both(kept * parts[0] * scale, h > 0.5)], "none": None}

    def run(call: Any) -> Any:
        h = (x @ w).sigmoid()  # w is used before the segment, in it, and after it
        out = call(segment, h, (h, 2), scale=x.sum(), use_reentrant=use_reentrant)["out"][0]
        return ((out.value @ w) ** 2).sum() + (h * out.mask).sum() + plugtorch.rand(())

    assert_near(slopes(lambda: run(checkpoint), x, w), slopes(lambda: run(plainly), x, w))


def test_parameters_of_layers_and_where_random_numbers_go_on() -> None:
    found = []
    for call in (plainly, checkpoint):
        plugtorch.manual_seed(2)
        net = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Dropout(0.3), nn.Linear(5, 2))
        call(net, plugtorch.ones(2, 3), use_reentrant=False).sum().backward()
        found.append([*[p.grad.tolist() for p in net.parameters()], plugtorch.rand(2).tolist()])
    assert_near(found[1], found[0])


def test_what_lies_between_is_not_kept() -> None:
    held: list[Any] = []
    times: list[int] = []

    def segment(x: Any) -> Any:
        middle = x * x
        held.append(weakref.ref(middle))
        times.append(1)
        return (middle * middle).exp()

    x = plugtorch.rand(3, requires_grad=True)
    y = checkpoint(segment, x * 1, use_reentrant=False)
    gc.collect()
    assert held[0]() is None
    assert y.grad_fn.next_functions[0][0].name() == "_AgainBackward"
    y.sum().backward()
    assert len(times) == 2


def test_a_hook_is_called_once() -> None:
    calls = []
    w = plugtorch.ones(2, requires_grad=True)
    w.register_hook(lambda gradient: calls.append(1))
    checkpoint(lambda x: x * w, plugtorch.ones(2), use_reentrant=False).sum().backward()
    assert calls == [1]
    assert w.grad.tolist() == [1.0, 1.0]


def test_a_value_written_afterwards() -> None:
    x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    mask = plugtorch.tensor([1.0, 0.0])
    y = checkpoint(lambda h, m: h * h * m, h, mask, use_reentrant=False)
    h.zero_()
    mask.fill_(5)
    y.sum().backward()
    assert x.grad.tolist() == [18.0, 0.0]


def test_what_is_taken_from_outside() -> None:
    x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    h = x * 3
    checkpoint(lambda y: y * h, x, use_reentrant=False).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]


def test_autocast_is_the_same_both_times() -> None:
    w = plugtorch.rand(3, 3, requires_grad=True)
    seen = []

    def segment(x: Any) -> Any:
        y = x @ w
        seen.append(y.dtype)
        return y.float()

    kind = plugtorch.ones(1).device.type
    with plugtorch.autocast(kind, plugtorch.bfloat16 if kind == "cpu" else plugtorch.float16):
        before = plugtorch.ones(2, 3) @ w
        y = checkpoint(segment, plugtorch.ones(2, 3), use_reentrant=False)
        (y + before).sum().backward()
    checkpoint(segment, plugtorch.ones(2, 3), use_reentrant=False).sum().backward()
    assert seen[0] is seen[1] is not plugtorch.float32
    assert seen[2] is seen[3] is plugtorch.float32


def test_without_gradients() -> None:
    assert not checkpoint(lambda x: x * 2, plugtorch.ones(2), use_reentrant=False).requires_grad
    x = plugtorch.ones(2, requires_grad=True)
    with plugtorch.no_grad():
        assert not checkpoint(lambda x: x * 2, x, use_reentrant=False).requires_grad
    assert checkpoint(lambda x: None, x, use_reentrant=False) is None
    assert checkpoint(lambda x: x, x, use_reentrant=False).requires_grad


def test_results_of_another_shape() -> None:
    sizes = [2, 3]
    x = plugtorch.ones(3, requires_grad=True)
    y = checkpoint(lambda x: x[: sizes.pop()], x * 1, use_reentrant=False)
    with pytest.raises(AutogradError, match=r"\[checkpoint\] the results had shapes"):
        y.sum().backward()


def test_contexts_to_compute_in() -> None:
    entered = []

    class Context:
        def __init__(self, name: str) -> None:
            self.name = name

        def __enter__(self) -> None:
            entered.append(self.name)

        def __exit__(self, *_: object) -> None:
            pass

    x = plugtorch.ones(3, requires_grad=True)
    contexts = Context("first"), Context("again")
    y = checkpoint(plugtorch.exp, x, use_reentrant=False, context_fn=lambda: contexts)
    y.sum().backward()
    assert entered == ["first", "again"]


@pytest.mark.parametrize("segments", [1, 2, 4, 5])
def test_a_sequence(segments: int) -> None:
    net = nn.Sequential(*[nn.Linear(3, 3) for _ in range(5)])
    x = plugtorch.rand(2, 3, requires_grad=True)

    def through() -> Any:
        return (checkpoint_sequential(net, segments, x, use_reentrant=False) ** 2).sum()

    leaves = [x, *net.parameters()]
    assert_near(slopes(through, *leaves), slopes(lambda: (net(x) ** 2).sum(), *leaves))
    with pytest.raises(ArgumentError, match="5 layers cannot be 6"):
        checkpoint_sequential(net, 6, x)
