"""Mixed precision: autocast, custom_fwd and custom_bwd."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import autocasting, nn
from plugtorch.amp import custom_bwd, custom_fwd
from plugtorch.errors import ArgumentError, DeviceError, DTypeError
from plugtorch.hookspecs import BackendSpec

bfloat16, float16, float32 = plugtorch.bfloat16, plugtorch.float16, plugtorch.float32


@pytest.fixture(autouse=True)
def _off_again() -> Iterator[None]:
    with plugtorch.device("cpu"):
        yield
    assert not autocasting._anywhere.on
    assert not autocasting.state.cache
    assert not autocasting.state.suspended


@pytest.fixture
def other() -> Iterator[str]:
    """A device that is not the processor by name: the lists for graphics cards are its."""
    spec = BackendSpec(name="second_cpu", target="plugtorch_numpy.backend:NumpyBackend")
    with plugtorch.registry.register(spec):
        yield "second_cpu"


# -- which functions -------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", [bfloat16, float16])
def test_the_lists_for_other_devices(other: str, fast: Any) -> None:
    x = plugtorch.rand(4, 4, device=other) + 0.5
    half = x.to(fast)
    lower = [
        lambda t: t @ t,
        lambda t: t.mv(t[0]),
        lambda t: plugtorch.addr(t, t[0], t[1]),
        lambda t: plugtorch.addmm(t, t, t),
        lambda t: F.linear(t, t, t[0]),
        lambda t: F.conv1d(t[None], t[None].expand(2, 4, 4)),
        lambda t: F.prelu(t, t[0, :1]),
        lambda t: F.scaled_dot_product_attention(t[None], t[None], t[None]),
        lambda t: nn.GRU(4, 3, device=other)(t)[0],
    ]
    wide = [
        *[lambda t, n=n: getattr(t, n)() for n in ("exp", "expm1", "log", "log1p", "log2")],
        *[lambda t, n=n: getattr(t, n)() for n in ("reciprocal", "rsqrt", "cosh", "sinh", "tan")],
        *[lambda t, n=n: getattr(t / 2, n)() for n in ("acos", "asin", "log10")],
        *[lambda t, n=n: getattr(t, n)() for n in ("sum", "prod", "norm")],
        *[lambda t, n=n: getattr(t, n)(0) for n in ("softmax", "log_softmax", "cumsum", "cumprod")],
        lambda t: t**2,
        lambda t: t.logsumexp(1),
        lambda t: plugtorch.dist(t, t + 1),
        lambda t: F.softplus(t),
        lambda t: F.layer_norm(t, (4,)),
        lambda t: F.rms_norm(t, (4,)),
        lambda t: F.group_norm(t, 2),
        lambda t: F.cosine_similarity(t, t),
        lambda t: F.softmax(t, -1),
        lambda t: F.mse_loss(t, t),
        lambda t: nn.CrossEntropyLoss()(t, plugtorch.tensor([0, 1, 2, 3], device=other)),
    ]
    same = [lambda t: t + t, lambda t: t.relu(), lambda t: F.gelu(t), lambda t: t.mean()]
    same += [lambda t: F.elu(t), lambda t: t.sqrt(), lambda t: t.amax(0)]
    with plugtorch.autocast(other, dtype=fast):
        for function in lower:
            assert function(x).dtype is function(half).dtype is fast
        for function in lower[:-1]:
            assert function(x.double()).dtype is plugtorch.float64
        for function in wide:
            assert function(half).dtype is function(x).dtype is float32
        for function in same:
            assert (function(half).dtype, function(x).dtype) == (fast, float32)
        assert half.sum(dtype=plugtorch.float64).dtype is plugtorch.float64
        assert plugtorch.arange(3, device=other).sum().dtype is plugtorch.int64
        assert plugtorch.dot(x[0], half[0]).dtype is float32
        assert plugtorch.dot(half[0], half[0]).dtype is fast
        assert (
            half.scatter_add(0, plugtorch.zeros(1, 4, dtype=plugtorch.int64, device=other), x).dtype
            is float32
        )
    assert half.exp().dtype is fast


def test_values_are_those_of_casting_by_hand() -> None:
    x, w, b = plugtorch.randn(3, 5), plugtorch.randn(4, 5), plugtorch.randn(4)
    with plugtorch.autocast("cpu"):
        y = F.linear(x, w, b)
        loss = F.mse_loss(y, plugtorch.zeros(3, 4))
    by_hand = F.linear(x.bfloat16(), w.bfloat16(), b.bfloat16())
    assert (y == by_hand).all()
    assert float(loss) == float(F.mse_loss(by_hand.float(), plugtorch.zeros(3, 4)))


def test_only_tensors_of_that_device_are_cast(other: str) -> None:
    x = plugtorch.ones(2, 2)
    with plugtorch.autocast(other):
        assert (x @ x).dtype is float32
        with plugtorch.autocast("cpu"):
            y = x.to(other)
            assert ((x @ x).dtype, (y @ y).dtype) == (bfloat16, float16)
    whole = plugtorch.ones(2, 2, dtype=plugtorch.int64)
    with plugtorch.autocast("cpu"):
        assert (whole @ whole).dtype is plugtorch.int64


# -- gradients and the cache -----------------------------------------------------------------------


def test_gradients_are_in_the_parameters_dtype() -> None:
    layer = nn.Linear(3, 2)
    x = plugtorch.randn(4, 3, requires_grad=True)
    with plugtorch.autocast("cpu"):
        y = layer(x)
        y.sum().backward()  # inside too
    assert y.dtype is bfloat16
    assert {t.grad.dtype for t in (x, layer.weight, layer.bias)} == {float32}
    assert layer.bias.grad.tolist() == [4.0, 4.0]


def test_going_back_is_not_cast(other: str) -> None:
    seen = []

    class Watching(plugtorch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            seen.append((gradient @ gradient.T).dtype)
            return gradient

    x = plugtorch.ones(2, 3, device=other, requires_grad=True)
    y = Watching.apply(x)
    with plugtorch.autocast(other):
        y.sum().backward()
        assert (x @ x.T).dtype is float16
    assert seen == [float32]


def test_a_parameter_is_cast_once(monkeypatch: Any) -> None:
    casts = []
    real = autocasting.cast
    monkeypatch.setattr(autocasting, "cast", lambda t, k: casts.append(t) or real(t, k))
    layer = nn.Linear(3, 3, bias=False)
    x = plugtorch.randn(2, 3)
    with plugtorch.autocast("cpu"):
        layer(layer(layer(x))).sum().backward()
        first = layer.weight.grad.clone()
        assert [t is layer.weight for t in casts].count(True) == 1
        with plugtorch.no_grad():
            layer.weight.mul_(2.0)
        assert (layer(x).float() - x @ layer.weight.T).abs().max() < 0.1
        layer(layer(x)).sum().backward()
        assert [t is layer.weight for t in casts].count(True) == 2
    assert (layer.weight.grad != first).any()
    casts.clear()
    with plugtorch.autocast("cpu", cache_enabled=False):
        layer(layer(x))
    assert [t is layer.weight for t in casts].count(True) == 2


def test_what_was_cast_without_a_graph_is_not_used_with_one() -> None:
    layer, x = nn.Linear(3, 2), plugtorch.randn(1, 3)
    with plugtorch.autocast("cpu"):
        with plugtorch.no_grad():
            layer(x)
        layer(x).sum().backward()
    assert layer.weight.grad is not None


# -- the context -----------------------------------------------------------------------------------


def test_nesting_decorating_and_errors_inside() -> None:
    x = plugtorch.ones(2, 2)
    context = plugtorch.autocast("cpu", dtype=float16)

    @context
    def product(t: Any) -> Any:
        return t @ t

    assert product(x).dtype is float16
    with context, context:
        assert product(x).dtype is float16
        with plugtorch.autocast("cpu", enabled=False):
            assert (x @ x).dtype is float32
        with pytest.raises(ZeroDivisionError), plugtorch.autocast("cpu", bfloat16):
            1 // 0  # noqa: B018
        assert (x @ x).dtype is float16
    assert (x @ x).dtype is float32
    with pytest.raises(RuntimeError), context:
        x @ plugtorch.ones(3, 3)
    with pytest.raises(DTypeError, match="takes a function"):
        context(3)  # type: ignore[arg-type]
    with pytest.raises(DeviceError, match="no devices of type 'odd'"):
        plugtorch.autocast("odd")


def test_each_thread_has_its_own() -> None:
    x, seen = plugtorch.ones(2, 2), []
    with plugtorch.autocast("cpu"):
        thread = threading.Thread(target=lambda: seen.append((x @ x).dtype))
        thread.start()
        thread.join()
        assert (x @ x).dtype is bfloat16
    assert seen == [float32]


def test_setting_it_by_functions() -> None:
    x = plugtorch.ones(2, 2)
    plugtorch.set_autocast_enabled("cpu", True)
    try:
        plugtorch.set_autocast_dtype("cpu", float16)
        assert (x @ x).dtype is float16
        assert plugtorch.is_autocast_cpu_enabled()
    finally:
        plugtorch.set_autocast_enabled("cpu", False)
        plugtorch.set_autocast_cpu_dtype(bfloat16)
    assert plugtorch.get_autocast_cpu_dtype() is bfloat16
    assert (x @ x).dtype is float32


def test_the_older_names() -> None:
    with pytest.warns(UserWarning, match="there is no CUDA"):
        context = plugtorch.cuda.amp.autocast(dtype=float16)
    with context:
        assert (plugtorch.ones(2, 2) @ plugtorch.ones(2, 2)).dtype is float32
    with pytest.warns(UserWarning, match="there is no CUDA"):
        assert not plugtorch.cuda.amp.GradScaler(init_scale=2.0).is_enabled()
    assert not plugtorch.cuda.amp.autocast(enabled=False)._enabled


# -- functions of one's own ------------------------------------------------------------------------


def test_custom_forward_and_backward() -> None:
    seen: dict[str, Any] = {}

    class Product(plugtorch.autograd.Function):
        @staticmethod
        @custom_fwd(device_type="cpu")
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a @ b

        @staticmethod
        @custom_bwd(device_type="cpu")
        def backward(ctx: Any, gradient: Any) -> Any:
            a, b = ctx.saved_tensors
            seen["on"] = plugtorch.is_autocast_enabled("cpu")
            seen["dtype"] = (gradient @ b.T).dtype
            return gradient @ b.T, a.T @ gradient

    a, b = plugtorch.randn(2, 3, requires_grad=True), plugtorch.randn(3, 2, requires_grad=True)
    with plugtorch.autocast("cpu", dtype=float16):
        result = Product.apply(a, b)
    assert result.dtype is float16
    result.sum().backward()
    assert seen == {"on": True, "dtype": float16}
    assert a.grad.dtype is float32
    Product.apply(a, b).sum().backward()
    assert seen == {"on": False, "dtype": float32}


def test_custom_forward_in_one_dtype() -> None:
    class Wide(plugtorch.autograd.Function):
        @staticmethod
        @custom_fwd(device_type="cpu", cast_inputs=float32)
        def forward(ctx: Any, a: Any, more: Any) -> Any:
            assert a.dtype is more["x"][0].dtype is float32
            assert not plugtorch.is_autocast_enabled("cpu")
            return a @ a

        @staticmethod
        @custom_bwd(device_type="cpu")
        def backward(ctx: Any, gradient: Any) -> Any:
            assert not plugtorch.is_autocast_enabled("cpu")
            return gradient, None

    x = plugtorch.ones(2, 2, dtype=bfloat16, requires_grad=True)
    with plugtorch.autocast("cpu"):
        result = Wide.apply(x, {"x": [x.detach()]})
        result.sum().backward()
    assert result.dtype is float32
    assert x.grad.dtype is bfloat16
    for decorate in (custom_fwd, custom_bwd):
        with pytest.raises(ArgumentError, match="device_type"):
            decorate(device_type=3)  # type: ignore[arg-type]
