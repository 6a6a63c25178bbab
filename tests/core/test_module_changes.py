"""Module: training mode, freezing, converting, copying, calling, showing."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import DTypeError


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.inner = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))
        self.scale = nn.Parameter(plugtorch.ones(2))
        self.register_buffer("seen", plugtorch.zeros(1))
        self.register_buffer("scratch", plugtorch.zeros(2), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.inner(self.first(x)) * self.scale


# -- changing --------------------------------------------------------------------------------------


def test_train_and_eval_reach_every_module() -> None:
    net = Net()
    assert net.eval() is net
    assert not any(m.training for m in net.modules())
    net.train()
    assert all(m.training for m in net.modules())
    with pytest.raises(ValueError, match="True or False"):
        net.train("yes")  # type: ignore[arg-type]


def test_apply_goes_inside_out() -> None:
    seen: list[nn.Module] = []
    net = Net()
    net.apply(seen.append)
    assert seen == [net.first, net.inner[0], net.inner[1], net.inner, net]


def test_requires_grad_freezes() -> None:
    net = Net().requires_grad_(False)
    assert not any(p.requires_grad for p in net.parameters())
    assert not net(plugtorch.ones(1, 3)).requires_grad


def test_zero_grad() -> None:
    net = Net()
    net(plugtorch.ones(1, 3)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert all((p.grad == 0).all() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_conversion_keeps_the_parameter_objects_and_whole_numbers() -> None:
    net = Net()
    net.register_buffer("count", plugtorch.tensor(0))
    before = list(net.parameters())
    net(plugtorch.ones(1, 3)).sum().backward()
    assert net.double() is net
    assert all(a is b for a, b in zip(before, net.parameters(), strict=True))
    assert all(p.dtype is plugtorch.float64 and p.requires_grad for p in before)
    assert all(p.grad.dtype is plugtorch.float64 for p in before)
    assert net.seen.dtype is plugtorch.float64
    assert net.count.dtype is plugtorch.int64
    assert net(plugtorch.ones(1, 3).double()).dtype is plugtorch.float64


@pytest.mark.parametrize(
    ("method", "dtype"),
    [("half", plugtorch.float16), ("bfloat16", plugtorch.bfloat16), ("float", plugtorch.float32)]
    + [("double", plugtorch.float64)],
)
def test_conversion_by_method(method: str, dtype: Any) -> None:
    net = getattr(Net(), method)()
    assert {p.dtype for p in net.parameters()} == {dtype}


def test_to() -> None:
    net = Net()
    for arguments in (("cpu",), (plugtorch.device("cpu"), plugtorch.float64), (plugtorch.float64,)):
        assert net.to(*arguments) is net
    assert net.scale.dtype is plugtorch.float64
    net.to(plugtorch.zeros(1, dtype=plugtorch.float16))
    assert net.scale.dtype is plugtorch.float16
    net.to(dtype=plugtorch.float32, device="cpu", non_blocking=True)
    assert net.scale.dtype is plugtorch.float32
    assert net.cpu().scale.device == plugtorch.device("cpu")
    for bad in ({"dtype": plugtorch.int64}, {"what": 3}):
        with pytest.raises(DTypeError):
            net.to(**bad)
    with pytest.raises(DTypeError):
        net.to(3.5)


def test_type_converts_everything() -> None:
    net = nn.Module()
    net.register_buffer("count", plugtorch.tensor(1))
    net.type(plugtorch.float64)
    assert net.count.dtype is plugtorch.float64


def test_to_empty_keeps_shapes() -> None:
    net = Net().to_empty(device="cpu")
    assert net.first.weight.shape == (4, 3)


def test_deepcopy_is_independent_and_keeps_sharing() -> None:
    net = Net()
    net.tied = net.first
    net.first.weight.tag = "hello"
    net.same = net.first.weight
    net.first.register_forward_hook(lambda *_: None)
    other = copy.deepcopy(net)
    assert other.tied is other.first
    assert other.same is other.first.weight
    assert other.first.weight.tag == "hello"
    assert type(other.scale) is nn.Parameter
    with plugtorch.no_grad():
        other.scale.add_(5.0)
    assert net.scale.tolist() == [1.0, 1.0]
    x = plugtorch.ones(1, 3)
    assert (other.first(x) == net.first(x)).all()


def test_pickle() -> None:
    net = Net().eval()
    other = pickle.loads(pickle.dumps(net))  # noqa: S301 - our own bytes
    x = plugtorch.ones(2, 3)
    assert (other(x) == net(x)).all()
    assert not other.training
    assert type(other.scale) is nn.Parameter
    assert other.scale.requires_grad


# -- calling and showing ---------------------------------------------------------------------------


def test_a_module_without_forward_says_so() -> None:
    with pytest.raises(NotImplementedError, match="Bare has no forward"):
        type("Bare", (nn.Module,), {})()(1)


def test_forward_gets_every_argument() -> None:
    class Echo(nn.Module):
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            return args, kwargs

    assert Echo()(1, 2, a=3) == ((1, 2), {"a": 3})


def test_repr() -> None:
    assert repr(Net()) == (
        "Net(\n"
        "  (first): Linear(in_features=3, out_features=4, bias=True)\n"
        "  (inner): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Linear(in_features=4, out_features=2, bias=True)\n"
        "  )\n"
        ")"
    )
    assert repr(nn.Module()) == "Module()"


def test_repr_with_extra_lines() -> None:
    class Told(nn.Module):
        def extra_repr(self) -> str:
            return "one\ntwo"

    told = Told()
    assert repr(told) == "Told(\n  one\n  two\n)"
    told.inner = Told()
    assert repr(told) == "Told(\n  one\n  two\n  (inner): Told(\n    one\n    two\n  )\n)"


def test_a_graph_is_freed_with_its_loss() -> None:
    import gc
    import weakref

    net = Net()
    gc.disable()
    try:
        loss = net(plugtorch.ones(1, 3)).sum()
        node = weakref.ref(loss.grad_fn)
        loss.backward()
        del loss
        assert node() is None
    finally:
        gc.enable()
