"""Bags, grids and lazy layers, without PyTorch at hand."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import ArgumentError, IndexRangeError, ShapeError, StateError


def array(x: Any) -> Any:
    return x.detach().cpu().numpy()


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_a_bag_is_its_rows_together(mode: str) -> None:
    weight = plugtorch.randn(6, 3, requires_grad=True)
    index = plugtorch.tensor([4, 1, 1, 5, 0, 3])
    found = F.embedding_bag(index, weight, plugtorch.tensor([0, 2, 2, 5]), mode=mode)
    rows = array(weight)[array(index)]
    together = {"sum": "sum", "mean": "mean", "max": "max"}[mode]
    expected = [
        getattr(rows[a:b], together)(0) if b > a else numpy.zeros(3)
        for a, b in [(0, 2), (2, 2), (2, 5), (5, 6)]
    ]
    numpy.testing.assert_allclose(array(found), expected, rtol=1e-5, atol=1e-6)
    found.sum().backward()
    assert float(weight.grad[2].abs().sum()) == 0
    assert float(weight.grad[4].abs().sum()) > 0


def test_gradient_of_a_bag_by_frequency() -> None:
    weight = plugtorch.ones(3, 2, requires_grad=True)
    bags = plugtorch.tensor([[0, 1], [0, 0]])
    F.embedding_bag(bags, weight, mode="sum", scale_grad_by_freq=True).sum().backward()
    assert weight.grad.tolist() == [[1, 1], [1, 1], [0, 0]]  # row 0 was used three times


def test_bags_of_nothing() -> None:
    weight = plugtorch.randn(4, 3)
    nothing = plugtorch.zeros(0, dtype=plugtorch.int64)
    for mode in ("sum", "mean", "max"):
        found = F.embedding_bag(nothing, weight, plugtorch.tensor([0, 0]), mode=mode)
        assert found.tolist() == [[0, 0, 0]] * 2
        assert F.embedding_bag(nothing, weight, nothing, mode=mode).shape == (0, 3)
        all_padding = plugtorch.tensor([[2, 2]])
        assert F.embedding_bag(all_padding, weight, mode=mode, padding_idx=2).tolist() == [[0] * 3]


def test_bags_that_are_refused() -> None:
    weight = plugtorch.randn(4, 3)
    with pytest.raises(IndexRangeError, match="needed 0 to 3"):
        F.embedding_bag(plugtorch.tensor([[4]]), weight)
    with pytest.raises(ArgumentError, match="sparse"):
        nn.EmbeddingBag(4, 3, sparse=True)
    with pytest.raises(ArgumentError, match="padding_idx"):
        nn.EmbeddingBag(4, 3, padding_idx=4)
    with pytest.raises(ShapeError, match="weight"):
        nn.EmbeddingBag(4, 3, _weight=weight[1:])


def test_the_grid_of_an_image_gives_the_image() -> None:
    same = plugtorch.tensor([[[1.0, 0, 0], [0, 1, 0]]])
    for shape in ((1, 2, 4, 5), (1, 1, 1, 3)):
        x = plugtorch.randn(shape)
        for align in (False, True):
            if align and 1 in shape[2:]:
                continue
            grid = F.affine_grid(same, shape, align_corners=align)
            for mode in ("bilinear", "nearest", "bicubic"):
                found = F.grid_sample(x, grid, mode=mode, align_corners=align)
                numpy.testing.assert_allclose(array(found), array(x), atol=1e-5)


def test_a_mirrored_and_a_moved_image() -> None:
    x = plugtorch.arange(12.0).reshape(1, 1, 3, 4)
    mirror = plugtorch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    grid = F.affine_grid(mirror, x.shape, align_corners=False)
    found = F.grid_sample(x, grid, align_corners=False)
    numpy.testing.assert_allclose(array(found), array(x)[..., ::-1], atol=1e-5)
    moved = plugtorch.tensor([[[1.0, 0, 0.5], [0, 1, 0]]])  # by one element of four
    grid = F.affine_grid(moved, x.shape, align_corners=False)
    for padding, last in (("zeros", 0.0), ("border", 3.0), ("reflection", 3.0)):
        found = F.grid_sample(x, grid, padding_mode=padding, align_corners=False)
        numpy.testing.assert_allclose(array(found)[0, 0, 0], [1, 2, 3, last], atol=1e-5)


def test_half_precision_grids() -> None:
    x = plugtorch.randn(1, 2, 3, 4).to(plugtorch.bfloat16)
    grid = (plugtorch.rand(1, 2, 2, 2) * 2 - 1).to(plugtorch.bfloat16)
    found = F.grid_sample(x, grid, align_corners=False)
    wide = F.grid_sample(x.float(), grid.float(), align_corners=False)
    assert found.dtype is plugtorch.bfloat16
    numpy.testing.assert_allclose(array(found.float()), array(wide), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_across_maps_is_local_response_norm(size: int) -> None:
    x = plugtorch.randn(2, 7, 3, 2)
    ours = nn.CrossMapLRN2d(size, 0.1, 0.6, 2)(x)
    numpy.testing.assert_allclose(
        array(ours), array(nn.LocalResponseNorm(size, 0.1, 0.6, 2)(x)), rtol=1e-5
    )


def test_across_an_even_number_of_maps() -> None:
    x = array(plugtorch.randn(1, 5, 1, 1)).reshape(5)
    squares = numpy.convolve(x * x, numpy.ones(3), "same")
    found = nn.CrossMapLRN2d(4, 0.4, 0.5, 2)(plugtorch.tensor(x).reshape(1, 5, 1, 1))
    numpy.testing.assert_allclose(
        array(found).reshape(5), x / (2 + 0.1 * squares) ** 0.5, rtol=1e-5
    )


# -- lazy ------------------------------------------------------------------------------------------


def test_a_lazy_network_learns() -> None:
    net = nn.Sequential(
        *(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)),
    )
    assert all(isinstance(p, nn.UninitializedParameter) for p in net.parameters())
    optimizer = plugtorch.optim.SGD(net.parameters(), lr=0.1)
    x = plugtorch.randn(3, 2, 5, 6)
    net(x)
    assert [type(layer).__name__ for layer in net] == [
        *("Conv2d", "BatchNorm2d", "ReLU", "Flatten", "Linear")
    ]
    assert net[4].weight.shape == (2, 48)
    before = array(net[0].weight).copy()
    net(x).square().sum().backward()
    optimizer.step()
    assert not numpy.array_equal(before, array(net[0].weight))
    assert float(net[0].weight.abs().max()) <= 1 / 18**0.5 + 1  # drawn, not zeros
    assert float(net[0].weight.abs().sum()) > 0


def test_lazy_copies_are_apart() -> None:
    one = nn.LazyLinear(3)
    other = copy.deepcopy(one)
    one(plugtorch.zeros(2, 4))
    assert other.has_uninitialized_params()
    assert other(plugtorch.zeros(2, 5)).shape == (2, 3)
    assert one.weight.shape == (3, 4)


def test_a_lazy_module_of_ones_own() -> None:
    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.UninitializedParameter()

        def reset_parameters(self) -> None:
            nn.init.ones_(self.scale)

        def forward(self, x: Any) -> Any:
            return x * self.scale

    class LazyScale(nn.lazy.LazyModuleMixin, Scale):
        cls_to_become = Scale

        def initialize_parameters(self, x: Any) -> None:
            if self.has_uninitialized_params():
                self.scale.materialize(x.shape[-1:])
                self.reset_parameters()

    made = LazyScale()
    assert made(plugtorch.full((2, 3), 5.0)).tolist() == [[5, 5, 5]] * 2
    assert type(made) is Scale

    class Forgets(LazyScale):
        def initialize_parameters(self, x: Any) -> None:
            pass

    with pytest.raises(StateError, match="without a shape"):
        Forgets()(plugtorch.zeros(2))


def test_a_loaded_lazy_layer_need_not_be_called() -> None:
    plain = nn.Linear(4, 3)
    lazy = nn.LazyLinear(3)
    lazy.load_state_dict(plain.state_dict())
    assert lazy.weight.shape == (3, 4)
    x = plugtorch.randn(2, 4)
    assert lazy(x).tolist() == plain(x).tolist()
    with pytest.raises(StateError, match="no shape"):
        plain.load_state_dict(nn.LazyLinear(3).state_dict())


def test_one_device_in_parallel() -> None:
    net = nn.DataParallel(nn.Linear(2, 3), device_ids=[0])
    x = plugtorch.randn(4, 2)
    assert net(x).tolist() == net.module(x).tolist()
    assert list(net.state_dict()) == ["module.weight", "module.bias"]
    with pytest.raises(ArgumentError, match="one device"):
        nn.DataParallel(nn.Linear(2, 3), device_ids=[0, 1])


def test_nothing_is_computed_with_what_has_no_shape() -> None:
    layer, x = nn.LazyLinear(2), plugtorch.ones(2, 3)
    assert isinstance(layer.weight, nn.UninitializedParameter)
    buffer = nn.UninitializedBuffer()
    for use in (
        lambda: layer.weight + 1,
        lambda: 1 - layer.weight,
        lambda: x @ layer.weight,
        lambda: layer.weight.sum(),
        lambda: layer.weight.exp(),
        lambda: plugtorch.exp(layer.weight),
        lambda: plugtorch.nn.functional.linear(x, layer.weight),
        lambda: layer.weight.numel(),
        lambda: layer.weight.dim(),
        lambda: layer.weight.clone(),
        lambda: layer.weight[0],
        lambda: len(layer.weight),
        lambda: layer.weight.t(),
        lambda: layer.weight.reshape(-1),
        lambda: layer.weight.tolist(),
        lambda: layer.weight.fill_(0),
        lambda: nn.init.zeros_(layer.weight),
        lambda: plugtorch.cat([x, layer.weight]),
        lambda: bool(layer.weight),
        lambda: layer.weight.backward(),
        lambda: buffer + 1,
        lambda: sum(p.numel() for p in layer.parameters()),
    ):
        with pytest.raises(ValueError, match=r"Uninitialized\w+\] .*no shape yet"):
            use()
    with pytest.raises(RuntimeError, match="no shape yet"):
        layer.weight.shape  # noqa: B018
    for dtype in (plugtorch.float16, plugtorch.float32):
        layer.to(dtype)
        assert repr(layer.weight) == "<UninitializedParameter>"
        assert layer.weight.dtype is dtype
    assert layer.weight.requires_grad
    assert layer.weight.grad is None
    assert layer.weight.is_leaf
    plugtorch.optim.SGD(layer.parameters(), 0.1).zero_grad()
    layer(x)
    assert layer.weight.sum().isfinite()
    buffer.materialize((2,))
    assert buffer.shape == (2,)
