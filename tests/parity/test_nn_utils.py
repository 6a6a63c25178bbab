"""nn.utils: norms of weights, parametrizations, fusion: against PyTorch."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, copy_state, same, same_error, same_module, to_numpy, to_plugtorch

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
LIBRARIES: Any = ((nn, plugtorch), (TN, torch))
RANDOM = numpy.random.default_rng(6)

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning"),
]


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape).astype("float32")


LAYERS: list[tuple[str, tuple[Any, ...], tuple[int, ...]]] = [
    ("Linear", (4, 3), (5, 4)),
    ("Conv2d", (2, 3, 2), (1, 2, 4, 5)),
    ("ConvTranspose2d", (2, 3, 2), (1, 2, 4, 5)),
    ("Conv1d", (2, 3, 3, 1, 1), (2, 2, 6)),
]
WAYS = {
    "weight_norm": lambda lib: lib.utils.weight_norm,
    "spectral_norm": lambda lib: lib.utils.spectral_norm,
    "parametrized weight_norm": lambda lib: lib.utils.parametrizations.weight_norm,
    "parametrized spectral_norm": lambda lib: lib.utils.parametrizations.spectral_norm,
}
REMOVE = {
    "weight_norm": lambda lib: lib.utils.remove_weight_norm,
    "spectral_norm": lambda lib: lib.utils.remove_spectral_norm,
}


def removed(lib: Any, way: str, module: Any) -> Any:
    if way in REMOVE:
        return REMOVE[way](lib)(module)
    return lib.utils.parametrize.remove_parametrizations(module, "weight")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "args", "shape"), LAYERS)
def test_norms_of_weights(way: str, name: str, args: Any, shape: Any) -> None:
    ours, theirs = [WAYS[way](lib)(getattr(lib, name)(*args)) for lib, _ in LIBRARIES]
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    x = random(*shape)
    wide = {"float32": (1e-4, 1e-5)}
    for _ in range(2):  # the second time with what the first left in the buffers
        same_module(ours, theirs, [x], second=False, tolerances=wide)
    theirs.eval(), ours.eval()
    same_module(ours, theirs, [x], second=False, tolerances=wide)
    ours, theirs = removed(nn, way, ours), removed(TN, way, theirs)
    assert type(ours).__name__ == name
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert type(ours.weight) is nn.Parameter
    assert_same(ours.weight.detach(), theirs.weight.detach(), tolerances=wide)
    same_module(ours, theirs, [x], second=False, tolerances=wide)


@pytest.mark.parametrize("dim", [None, 0, 1, -1])
def test_weight_norm_along_an_axis(dim: int | None) -> None:
    for way in ("weight_norm", "parametrized weight_norm"):
        ours, theirs = [WAYS[way](lib)(lib.Linear(4, 3), dim=dim) for lib, _ in LIBRARIES]
        same_module(ours, theirs, [random(2, 4)], second=False)


def test_weight_norm_of_an_old_state() -> None:
    old = nn.utils.weight_norm(nn.Linear(4, 3))
    new = nn.utils.parametrizations.weight_norm(nn.Linear(4, 3))
    new.load_state_dict(old.state_dict())
    x = to_plugtorch(random(2, 4))
    assert_same(new(x), torch.tensor(to_numpy(old(x)), requires_grad=True))


def test_spectral_norm_of_a_vector_and_along_an_axis() -> None:
    def with_vector(lib: Any) -> Any:
        return lib.utils.parametrizations.spectral_norm(lib.LayerNorm(4))

    same_module(with_vector(nn), with_vector(TN), [random(2, 4)], second=False)
    ours, theirs = [
        lib.utils.spectral_norm(lib.Linear(4, 3), n_power_iterations=3, dim=1)
        for lib, _ in LIBRARIES
    ]
    same_module(ours, theirs, [random(2, 4)], second=False, tolerances={"float32": (1e-4, 1e-5)})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, t: lib.utils.spectral_norm(lib.Linear(2, 2), n_power_iterations=0),
        lambda lib, t: lib.utils.parametrizations.spectral_norm(lib.Linear(2, 2), "wait"),
        lambda lib, t: lib.utils.parametrizations.spectral_norm(
            lib.Linear(2, 2), n_power_iterations=0
        ),
        lambda lib, t: lib.utils.parametrizations.spectral_norm(lib.Linear(2, 2), dim=2),
        lambda lib, t: lib.utils.remove_weight_norm(lib.Linear(2, 2)),
        lambda lib, t: lib.utils.remove_spectral_norm(lib.Linear(2, 2)),
        lambda lib, t: lib.utils.weight_norm(lib.utils.weight_norm(lib.Linear(2, 2))),
        lambda lib, t: lib.utils.spectral_norm(lib.utils.spectral_norm(lib.Linear(2, 2))),
        lambda lib, t: lib.utils.spectral_norm(lib.LazyLinear(2)),
        lambda lib, t: lib.utils.parametrize.register_parametrization(
            lib.Linear(2, 2), "wait", lib.Identity()
        ),
        lambda lib, t: lib.utils.parametrize.remove_parametrizations(lib.Linear(2, 2), "weight"),
        lambda lib, t: lib.utils.parametrize.register_parametrization(
            lib.Linear(2, 2), "weight", lib.Flatten(0)
        ),
        lambda lib, t: lib.utils.parametrize.remove_parametrizations(
            lib.utils.parametrizations.weight_norm(lib.Linear(2, 2)), "weight", False
        ),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    assert str(same_error(lambda: wrong(nn, plugtorch), lambda: wrong(TN, torch)))[0] == "["


# -- parametrizations of one's own -----------------------------------------------------------------


def kinds(lib: Any, t: Any) -> Any:
    class Symmetric(lib.Module):
        def forward(self, x: Any) -> Any:
            return x.triu() + x.triu(1).transpose(0, 1)

        def right_inverse(self, x: Any) -> Any:
            return x.triu()

    class Scaled(lib.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = lib.Parameter(t.full((1,), 2.0))

        def forward(self, x: Any) -> Any:
            return x * self.scale

        def right_inverse(self, x: Any) -> Any:
            return x / self.scale

    class Sum(lib.Module):
        def forward(self, a: Any, b: Any) -> Any:
            return a + b

        def right_inverse(self, x: Any) -> Any:
            return x / 4, x * 3 / 4

    return {"symmetric": Symmetric, "scaled": Scaled, "sum": Sum}


@pytest.mark.parametrize("names", [["symmetric"], ["scaled"], ["symmetric", "scaled"], ["sum"]])
def test_parametrizations(names: list[str]) -> None:
    made = []
    for lib, t in LIBRARIES:
        layer = lib.Linear(3, 3)
        for name in names:
            p = lib.utils.parametrize
            assert p.register_parametrization(layer, "weight", kinds(lib, t)[name]()) is layer
        assert p.is_parametrized(layer)
        assert p.is_parametrized(layer, "weight")
        assert not p.is_parametrized(layer, "bias")
        assert p.type_before_parametrizations(layer) is lib.Linear
        made.append(layer)
    ours, theirs = made
    x = random(2, 3)
    same_module(ours, theirs, [x], second=False)
    copied = copy.deepcopy(ours)
    value = random(3, 3)
    value = value + value.T
    ours.weight, theirs.weight = to_plugtorch(value), torch.tensor(value)
    assert_same(ours.state_dict(), theirs.state_dict())
    same_module(ours, theirs, [x], second=False)
    for layer, (lib, _) in zip((ours, theirs), LIBRARIES):
        remove = lib.utils.parametrize.remove_parametrizations
        assert remove(layer, "weight") is layer
        assert type(layer) is lib.Linear
    assert_same(dict(ours.state_dict()), dict(theirs.state_dict()))
    copied(to_plugtorch(x)).sum().backward()  # the copy is as it was
    assert nn.utils.parametrize.is_parametrized(copied, "weight")


def test_back_to_the_original() -> None:
    found = []
    for lib, t in LIBRARIES:
        layer = lib.Linear(3, 3)
        p = lib.utils.parametrize
        p.register_parametrization(layer, "weight", kinds(lib, t)["scaled"]())
        before = layer.parametrizations.weight.original
        p.remove_parametrizations(layer, "weight", leave_parametrized=False)
        found.append(layer.weight is before)
    assert found == [True, True]


def test_a_shape_of_its_own_and_a_buffer() -> None:
    class Wide(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.repeat(2, 1)

    layer = nn.Linear(3, 2, bias=False)
    nn.utils.parametrize.register_parametrization(layer, "weight", Wide(), unsafe=True)
    assert layer(plugtorch.ones(1, 3)).shape == (1, 4)
    norm = nn.BatchNorm1d(3)
    scaled = kinds(nn, plugtorch)["scaled"]()
    nn.utils.parametrize.register_parametrization(norm, "running_var", scaled)
    assert "parametrizations.running_var.original" in norm.state_dict()
    assert float(norm.running_var.detach()[0]) == 1.0


def test_cached() -> None:
    calls = []

    class Counted(nn.Module):
        def forward(self, x: Any) -> Any:
            calls.append(1)
            return x * 2

    layer = nn.Linear(3, 3)
    nn.utils.parametrize.register_parametrization(layer, "weight", Counted())
    calls.clear()
    with nn.utils.parametrize.cached():
        layer(plugtorch.ones(1, 3))
        layer(plugtorch.ones(1, 3))
    assert len(calls) == 1
    layer(plugtorch.ones(1, 3))
    assert len(calls) == 2


def test_a_tensor_without_right_inverse_cannot_be_assigned() -> None:
    class Doubled(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * 2

    layer = nn.Linear(2, 2)
    nn.utils.parametrize.register_parametrization(layer, "weight", Doubled())
    with pytest.raises(RuntimeError, match="right_inverse"):
        layer.weight = plugtorch.zeros(2, 2)


# -- fusion, initialisation ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "args", "norm", "shape"),
    [
        ("Conv2d", (2, 4, 3), "BatchNorm2d", (2, 2, 5, 5)),
        ("Conv1d", (2, 4, 3, 1, 0, 1, 2, False), "BatchNorm1d", (2, 2, 5)),
        ("ConvTranspose2d", (2, 4, 3), "BatchNorm2d", (2, 2, 5, 5)),
        ("Linear", (3, 4), "BatchNorm1d", (5, 3)),
        ("Linear", (3, 4, False), "BatchNorm1d", (5, 3)),
    ],
)
def test_fusion(kind: str, args: Any, norm: str, shape: Any) -> None:
    layers = [getattr(lib, kind)(*args) for lib, _ in LIBRARIES]
    norms = [getattr(lib, norm)(4) for lib, _ in LIBRARIES]
    with torch.no_grad():
        for value in norms[1].state_dict().values():
            if value.dtype.is_floating_point:
                value.uniform_(0.5, 2)
    for pair in (layers, norms):
        copy_state(*pair)
        [module.eval() for module in pair]
    fused = []
    for (lib, _), layer, bn in zip(LIBRARIES, layers, norms):
        if kind == "Linear":
            fused.append(lib.utils.fuse_linear_bn_eval(layer, bn))
        else:
            fused.append(lib.utils.fuse_conv_bn_eval(layer, bn, "Transpose" in kind))
    assert_same(fused[0].state_dict(), fused[1].state_dict())
    assert repr(fused[0]) == repr(fused[1])
    x = to_plugtorch(random(*shape))
    both = norms[0](layers[0](x))
    assert_same(fused[0](x), torch.tensor(to_numpy(both)), tolerances={"float32": (1e-3, 1e-4)})


def test_fusion_needs_eval_mode() -> None:
    with pytest.raises(RuntimeError, match="eval"):
        nn.utils.fuse_conv_bn_eval(nn.Conv1d(1, 1, 1), nn.BatchNorm1d(1))
    with pytest.raises(ValueError, match="features"):
        nn.utils.fuse_linear_bn_eval(nn.Linear(1, 3).eval(), nn.BatchNorm1d(2).eval())


def test_skipping_initialisation() -> None:
    before = plugtorch.get_rng_state().tolist()
    layer = nn.utils.skip_init(nn.Linear, 3, 2, bias=False, dtype=plugtorch.float64)
    assert layer.weight.shape == (2, 3)
    assert layer.weight.dtype is plugtorch.float64
    assert plugtorch.get_rng_state().tolist() == before


def test_a_generator_and_a_critic() -> None:
    """Two steps of a network with spectral norms, both in the same way."""
    nets = []
    for lib, _ in LIBRARIES:
        s = lib.utils.parametrizations.spectral_norm
        nets.append(lib.Sequential(s(lib.Linear(3, 8)), lib.ReLU(), s(lib.Linear(8, 1))))
    copy_state(*nets)
    optimizers = [t.optim.SGD(net.parameters(), lr=0.1) for net, (_, t) in zip(nets, LIBRARIES)]
    x = random(4, 3)
    for _ in range(3):
        for net, optimizer, convert in zip(nets, optimizers, (to_plugtorch, torch.tensor)):
            optimizer.zero_grad()
            net(convert(x)).mean().backward()
            optimizer.step()
    assert_same(
        dict(nets[0].state_dict()), dict(nets[1].state_dict()), tolerances={"float32": (1e-3, 1e-4)}
    )
    same(
        lambda x: nets[0](x),
        lambda x: nets[1](x),
        [x],
        grad=False,
        tolerances={"float32": (1e-3, 1e-4)},
    )
