"""The graph: when it is recorded, who keeps it, what hooks see; saved values cannot be spoilt."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

import plugtorch
from plugtorch.errors import AutogradError


def leaf(*values: float) -> plugtorch.Tensor:
    return plugtorch.tensor(values, requires_grad=True)


# ---- modes ---------------------------------------------------------------------------------------


def recorded(x: plugtorch.Tensor) -> bool:
    return (x * 2).requires_grad


def test_no_grad_and_its_relatives() -> None:
    x = leaf(1.0)
    for manager in (plugtorch.no_grad, plugtorch.inference_mode):
        with manager():
            assert not recorded(x)
            with plugtorch.enable_grad():
                assert recorded(x)
            assert not recorded(x)
        assert recorded(x)
    with plugtorch.set_grad_enabled(False):
        assert not recorded(x)
    with plugtorch.inference_mode(False):
        assert recorded(x)
        assert not plugtorch.is_inference_mode_enabled()


def test_the_mode_comes_back_after_an_error() -> None:
    with pytest.raises(KeyError), plugtorch.no_grad():
        raise KeyError
    assert plugtorch.is_grad_enabled()


def test_one_manager_may_be_entered_again() -> None:
    off = plugtorch.no_grad()
    with off:
        with off:
            assert not plugtorch.is_grad_enabled()
        assert not plugtorch.is_grad_enabled()
    assert plugtorch.is_grad_enabled()


def test_set_grad_enabled_as_a_function() -> None:
    plugtorch.set_grad_enabled(False)
    try:
        assert not plugtorch.is_grad_enabled()
    finally:
        plugtorch.set_grad_enabled(True)
    assert plugtorch.is_grad_enabled()


def test_modes_decorate_functions() -> None:
    @plugtorch.no_grad()
    def off(x: plugtorch.Tensor) -> bool:
        """Words."""
        return recorded(x)

    @plugtorch.no_grad
    def bare(x: plugtorch.Tensor) -> bool:
        return recorded(x)

    @plugtorch.set_grad_enabled(False)
    def disabled(x: plugtorch.Tensor) -> bool:
        return recorded(x)

    @plugtorch.inference_mode()
    def inference(x: plugtorch.Tensor) -> bool:
        return recorded(x) or not plugtorch.is_inference_mode_enabled()

    @plugtorch.no_grad()
    @plugtorch.enable_grad()
    def on(x: plugtorch.Tensor) -> bool:
        return recorded(x)

    x = leaf(1.0)
    assert not off(x)
    assert not bare(x)
    assert not disabled(x)
    assert not inference(x)
    assert on(x)
    assert recorded(x)
    assert (off.__name__, off.__doc__) == ("off", "Words.")


def test_modes_decorate_generators() -> None:
    @plugtorch.no_grad()
    def numbers(x: plugtorch.Tensor) -> Iterator[bool]:
        got = yield recorded(x)
        yield got
        yield recorded(x)

    x = leaf(1.0)
    running = numbers(x)
    assert next(running) is False
    assert recorded(x), "the user of a generator is not inside it"
    assert running.send("sent") == "sent"
    assert next(running) is False
    assert list(running) == []


def test_each_thread_has_its_own_mode() -> None:
    x, seen = leaf(1.0), {}
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        seen["before"] = recorded(x)
        inside.wait(5)
        seen["while main is off"] = recorded(x)
        with plugtorch.no_grad():
            seen["own"] = recorded(x)
            done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with plugtorch.no_grad():
        inside.set()
        done.wait(5)
        assert not recorded(x)
    thread.join(5)
    assert seen == {"before": True, "while main is off": True, "own": False}


def test_threads_may_go_back_at_the_same_time() -> None:
    results = {}

    def train(name: int) -> None:
        w = leaf(float(name), 1.0)
        for _ in range(50):
            (w * w).sum().backward()
            with plugtorch.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
        results[name] = w.tolist()

    threads = [threading.Thread(target=train, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for name, (first, second) in results.items():
        assert first == pytest.approx(name * 0.8**50, abs=1e-6)
        assert second == pytest.approx(0.8**50, abs=1e-6)
    assert len(results) == 4


# ---- who keeps what ------------------------------------------------------------------------------


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Without the garbage collector, what is freed is freed by counting."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_graph_is_freed_with_its_loss() -> None:
    x = leaf(1.0, 2.0)
    middle = x.exp()
    watched = weakref.ref(middle.grad_fn)
    loss = (middle * middle).sum()
    del middle
    assert watched() is not None
    del loss
    assert watched() is None


@pytest.mark.usefixtures("no_collector")
def test_tensors_on_the_way_are_freed_at_once() -> None:
    x = leaf(1.0, 2.0)
    middle = x.exp()
    watched = weakref.ref(middle)
    loss = middle.sum()
    del middle
    assert watched() is None, "the graph keeps arrays, not tensors"
    loss.backward()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize(
    "what", ["view", "write", "hook", "retain", "create_graph", "function", "unused"]
)
def test_nothing_makes_a_circle(what: str) -> None:
    class Double(plugtorch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = x * 2
            ctx.save_for_backward(x, result)
            return result

        @staticmethod
        def backward(ctx, gradient):
            x, result = ctx.saved_tensors
            return gradient * result / x

    x = leaf(1.0, 2.0)
    y = x * 2
    if what == "view":
        y = y.view(2, 1)[0:1].t()
    elif what == "write":
        y[0] = y[1] * x[0]
        y[1:] *= 2
    elif what == "hook":
        y.register_hook(lambda gradient: gradient * 2)
    elif what == "retain":
        y.retain_grad()
    elif what == "function":
        y = Double.apply(y)
    watched = [weakref.ref(y), weakref.ref(y.grad_fn), weakref.ref(x)]
    loss = (y * y).sum()
    if what == "create_graph":
        (g,) = plugtorch.autograd.grad(loss, x, create_graph=True)
        (loss + g.sum()).backward()
        watched += [weakref.ref(g), weakref.ref(g.grad_fn)]
        del g
    elif what != "unused":
        loss.backward()
    del loss, y, x
    assert [w() for w in watched] == [None] * len(watched)


@pytest.mark.usefixtures("no_collector")
def test_what_was_saved_is_let_go_by_backward() -> None:
    x = leaf(1.0, 2.0)
    y = x.exp()
    loss = (y * y).sum()
    node = y.grad_fn
    assert node.saved
    loss.backward()
    assert node.saved is None


@pytest.mark.usefixtures("no_collector")
def test_a_long_graph_is_freed_without_a_deep_stack() -> None:
    y = leaf(1.0)
    for _ in range(20_000):
        y = y * 1.0001
    watched = weakref.ref(y.grad_fn)
    del y
    assert watched() is None


# ---- hooks ---------------------------------------------------------------------------------------


def test_hooks_see_and_change_gradients() -> None:
    x = leaf(1.0, 2.0)
    seen = []
    y = x * 3
    y.register_hook(seen.append)
    y.register_hook(lambda gradient: gradient * 10)
    x.register_hook(lambda gradient: gradient + 1)
    y.sum().backward()
    assert [g.tolist() for g in seen] == [[1.0, 1.0]]
    assert x.grad.tolist() == [31.0, 31.0]


def test_hooks_of_a_leaf_see_the_whole_gradient_once() -> None:
    x = leaf(1.0)
    calls = []
    x.register_hook(lambda gradient: calls.append(gradient.item()))
    (x * 2 + x * 3).backward()
    assert calls == [5.0]
    (x * 2 + x * 3).backward()
    assert calls == [5.0, 5.0]
    assert x.grad.tolist() == [10.0]


def test_hooks_can_be_taken_away() -> None:
    x = leaf(1.0)
    handle = x.register_hook(lambda gradient: gradient * 100)
    (x * 2).backward()
    handle.remove()
    handle.remove()
    x.grad = None
    (x * 2).backward()
    assert x.grad.tolist() == [2.0]
    with x.register_hook(lambda gradient: gradient * 100):
        pass
    x.grad = None
    (x * 2).backward()
    assert x.grad.tolist() == [2.0]


def test_one_function_may_be_hooked_twice() -> None:
    x = leaf(1.0)

    def double(gradient: plugtorch.Tensor) -> plugtorch.Tensor:
        return gradient * 2

    first = x.register_hook(double)
    x.register_hook(double)
    x.register_hook(double)
    first.remove()
    (x * 1).backward()
    assert x.grad.tolist() == [4.0]


def test_hooks_run_in_grad_too() -> None:
    x = leaf(1.0)
    y = x * 2
    y.register_hook(lambda gradient: gradient * 5)
    assert plugtorch.autograd.grad(y * 1, x)[0].tolist() == [10.0]


def test_a_hook_that_returns_rubbish_is_refused() -> None:
    x = leaf(1.0, 2.0)
    y = x * 2
    y.register_hook(lambda gradient: 3.0)
    with pytest.raises(AutogradError, match="hook"):
        y.sum().backward()


def test_retain_grad() -> None:
    x = leaf(1.0, 2.0)
    y = x * 3
    assert not y.retains_grad
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).sum().backward()
    assert y.grad.tolist() == [6.0, 12.0]
    assert x.grad.tolist() == [18.0, 36.0]
    with pytest.raises(AutogradError, match="does not require grad"):
        plugtorch.ones(1).retain_grad()
    x.retain_grad()
    assert not x.retains_grad


# ---- saved values --------------------------------------------------------------------------------


def test_a_write_cannot_spoil_what_backward_needs() -> None:
    """PyTorch refuses all of these; here each gradient is that of the values at the time."""
    x = leaf(1.0, 2.0)
    y = x * 1
    z = y.exp()  # saves its output
    w = y * y  # saves its input
    loss = (z + w).sum()
    z.zero_()
    y.fill_(100)
    with plugtorch.no_grad():
        x.fill_(-5)
    loss.backward()
    assert x.grad.tolist() == pytest.approx([2.718281828 + 2, 7.389056 + 4], rel=1e-6)


def test_a_write_through_a_view_cannot_either() -> None:
    x = leaf(1.0, 2.0, 3.0)
    y = x * 1
    loss = (y[1:] ** 2).sum()
    y[2] = 100.0
    y.view(-1)[0] = 7
    loss.backward()
    assert x.grad.tolist() == [0.0, 4.0, 6.0]


def test_numpy_sees_a_copy_once_the_tensor_is_written() -> None:
    x = plugtorch.zeros(3)
    before = x.cpu().numpy()
    x.add_(1)
    x[0] = 5
    assert before.tolist() == [0.0, 0.0, 0.0]
    assert x.tolist() == [5.0, 1.0, 1.0]


def test_leaves_that_require_grad_are_not_written_in_the_graph() -> None:
    x = leaf(1.0, 2.0)
    for write in (
        lambda: x.add_(1),
        lambda: x.__setitem__(0, 1.0),
        lambda: x[0].mul_(2),
        lambda: x.t().zero_(),
        lambda: x.copy_(plugtorch.ones(2)),
        lambda: x.__iadd__(1),
    ):
        with pytest.raises(AutogradError, match=r"no_grad"):
            write()
    assert x.tolist() == [1.0, 2.0]
    assert x.is_leaf
