"""Bags of embeddings, grids, normalisation across maps, lazy layers: against PyTorch."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, copy_state, same, same_error, same_module, to_plugtorch

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn

TF: Any = torch.nn.functional
TN: Any = torch.nn
RANDOM = numpy.random.default_rng(12)


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def both(name: str, **options: Any) -> Any:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return lambda *x: ours(*x, **options), lambda *x: theirs(*x, **options)


# -- bags ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("padding", [None, 2, -1])
@pytest.mark.parametrize("offsets", [[0, 2, 5], [0, 0, 3, 9], [0], [0, 9], [0, 4, 4, 4, 6]])
def test_bags_of_many_lengths(mode: str, padding: int | None, offsets: list[int]) -> None:
    weight, index = random(5, 3), RANDOM.integers(0, 5, 9)
    same(
        *both("embedding_bag", mode=mode, padding_idx=padding),
        [index, weight, numpy.array(offsets)],
        second=False,
    )


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("shape", [(4, 3), (1, 1), (2, 0), (0, 3)])
def test_bags_of_one_length(mode: str, shape: Any) -> None:
    index = RANDOM.integers(0, 5, shape)
    if shape[1] == 0 or (shape[0] == 0 and mode == "max"):
        return  # PyTorch divides by the length; what is empty need not have a graph
    same(*both("embedding_bag", mode=mode), [index, random(5, 3)], second=False)
    same(*both("embedding_bag", mode=mode), [index.astype("int32"), random(5, 3)], second=False)


def test_bags_with_weights() -> None:
    ours = lambda i, w, s: F.embedding_bag(i, w, per_sample_weights=s, mode="sum")  # noqa: E731
    theirs = lambda i, w, s: TF.embedding_bag(i, w, per_sample_weights=s, mode="sum")  # noqa: E731
    same(ours, theirs, [RANDOM.integers(0, 5, (4, 3)), random(5, 3), random(4, 3)], second=False)
    offsets = numpy.array([0, 1, 3, 6])
    options = {"mode": "sum", "include_last_offset": True, "padding_idx": 1}
    same(
        lambda i, w, o, s: F.embedding_bag(i, w, o, per_sample_weights=s, **options),
        lambda i, w, o, s: TF.embedding_bag(i, w, o, per_sample_weights=s, **options),
        [RANDOM.integers(0, 5, 6), random(5, 3), offsets, random(6)],
        second=False,
    )


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_bags_of_shortened_rows(mode: str) -> None:
    inputs = [RANDOM.integers(0, 5, (4, 3)), random(5, 3)]
    same(*both("embedding_bag", mode=mode, max_norm=0.5), inputs, grad=False)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"mode": "min"}, (2, 3)),
        ({}, (4,)),
        ({"offsets": 0}, (2, 3)),
        ({"mode": "max", "scale_grad_by_freq": True}, (2, 3)),
        ({"offsets": 1}, (4,)),
        ({"offsets": 2}, (4,)),
        ({}, (2, 2, 2)),
    ],
)
def test_bags_that_are_refused(options: dict[str, Any], shape: Any) -> None:
    index = RANDOM.integers(0, 5, shape)
    offsets = [numpy.array([0, 1]), numpy.array([1, 2]), numpy.array([0, 7])]
    given = dict(options)
    inputs = [index, random(5, 3)]
    if "offsets" in given:
        inputs.append(offsets[given.pop("offsets")])
    assert str(same_error(*both("embedding_bag", **given), inputs)).startswith("[embedding_bag]")
    per_sample = [index, random(5, 3), random(*shape)]
    same_error(
        lambda i, w, s: F.embedding_bag(i, w, per_sample_weights=s),
        lambda i, w, s: TF.embedding_bag(i, w, per_sample_weights=s),
        per_sample,
    )


def test_embedding_bag_layer() -> None:
    for options in ({}, {"mode": "sum", "padding_idx": 2}, {"mode": "max", "norm_type": 1.0}):
        ours, theirs = nn.EmbeddingBag(5, 3, **options), TN.EmbeddingBag(5, 3, **options)
        index, offsets = RANDOM.integers(0, 5, 7), numpy.array([0, 3, 3])
        same_module(ours, theirs, [index, offsets], second=False)
    made = nn.EmbeddingBag(5, 3, padding_idx=-1)
    assert made.padding_idx == 4
    assert float(made.weight[4].abs().sum()) == 0
    weight = random(5, 3)
    ours = nn.EmbeddingBag.from_pretrained(to_plugtorch(weight), mode="sum")
    theirs = TN.EmbeddingBag.from_pretrained(torch.tensor(weight), mode="sum")
    assert not ours.weight.requires_grad
    assert repr(ours) == repr(theirs)
    index = RANDOM.integers(0, 5, (2, 3))
    assert_same(ours(to_plugtorch(index)), theirs(torch.tensor(index)))


# -- grids -----------------------------------------------------------------------------------------

PADDINGS = ["zeros", "border", "reflection"]


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_grid_sample(mode: str, padding: str, align: bool) -> None:
    options = {"mode": mode, "padding_mode": padding, "align_corners": align}
    for shape in ((2, 3, 4, 5), (1, 1, 1, 1), (2, 2, 1, 6)):
        grid = random(shape[0], 3, 2, 2) * 1.3
        inputs = [random(*shape), grid]
        if mode == "nearest":  # PyTorch gives the grid zeros
            fixed = torch.tensor(grid)
            mine = to_plugtorch(grid)
            same(
                lambda x, g=mine: F.grid_sample(x, g, **options),
                lambda x, g=fixed: TF.grid_sample(x, g, **options),
                inputs[:1],
                second=False,
            )
        else:
            same(*both("grid_sample", **options), inputs, second=False)


@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_grid_sample_of_volumes(mode: str, padding: str, align: bool) -> None:
    options = {"mode": mode, "padding_mode": padding, "align_corners": align}
    x, grid = random(2, 2, 3, 4, 5), random(2, 2, 3, 2, 3) * 1.3
    same(*both("grid_sample", **options), [x, grid], grad=mode != "nearest", second=False)


def test_grid_sample_at_special_places() -> None:
    line = [-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, -7.5, 1e6, -1e6]
    grid = numpy.stack(numpy.meshgrid(line, line), -1)[None]
    for padding in PADDINGS:
        for mode in ("bilinear", "nearest", "bicubic"):
            for align in (False, True):
                options = {"mode": mode, "padding_mode": padding, "align_corners": align}
                same(*both("grid_sample", **options), [random(1, 2, 4, 4), grid], grad=False)
    same(
        *both("grid_sample", padding_mode="border", align_corners=True),
        [random(1, 2, 4, 4), grid],
        second=False,
    )
    lost = grid.copy()
    lost[0, 0, :4] = [[numpy.nan, 0], [numpy.inf, 0], [-numpy.inf, 0], [0, numpy.nan]]
    same(*both("grid_sample", align_corners=False), [random(1, 2, 4, 4), lost], grad=False)


@pytest.mark.filterwarnings("ignore:Since version 1.3.0")
@pytest.mark.parametrize("align", [False, True])
@pytest.mark.parametrize("size", [(2, 3, 4, 5), (2, 1, 1, 6), (2, 3, 2, 3, 4), (2, 1, 1, 1, 1)])
def test_affine_grid(size: tuple[int, ...], align: bool) -> None:
    axes = len(size) - 2
    options = {"size": list(size), "align_corners": align}
    same(*both("affine_grid", **options), [random(2, axes, axes + 1)])


def test_a_spatial_transformer() -> None:
    def compute(f: Any) -> Any:
        def transformed(x: Any, theta: Any) -> Any:
            grid = f.affine_grid(theta, x.shape, align_corners=False)
            return f.grid_sample(x, grid, align_corners=False)

        return transformed

    inputs = [random(2, 3, 6, 5), random(2, 2, 3)]
    same(compute(F), compute(TF), inputs, second=False)
    same(compute(F), compute(TF), [x.astype("float32") for x in inputs], second=False)


@pytest.mark.parametrize(
    ("options", "shape", "points"),
    [
        ({"mode": "cubic"}, (1, 1, 2, 2), (1, 2, 2, 2)),
        ({"padding_mode": "wrap"}, (1, 1, 2, 2), (1, 2, 2, 2)),
        ({}, (1, 1, 2, 2), (2, 2, 2, 2)),
        ({}, (1, 1, 2, 2), (1, 2, 2, 3)),
        ({}, (1, 1, 2), (1, 2, 1)),
        ({}, (1, 1, 0, 2), (1, 2, 2, 2)),
        ({"mode": "bicubic"}, (1, 1, 2, 2, 2), (1, 2, 2, 2, 3)),
    ],
)
def test_grids_that_are_refused(options: dict[str, Any], shape: Any, points: Any) -> None:
    f = both("grid_sample", align_corners=False, **options)
    assert str(same_error(*f, [random(*shape), random(*points)])).startswith("[grid_sample]")


def test_other_grids_that_are_refused() -> None:
    x, grid = random(1, 1, 2, 2), random(1, 2, 2, 2).astype("float32")
    same_error(*both("grid_sample", align_corners=False), [x, grid])
    for theta, size in (
        ((2, 2, 3), [1, 1, 2, 2]),
        ((1, 3, 3), [1, 1, 2, 2]),
        ((1, 2, 3), [1, 1, 0, 2]),
    ):
        same_error(*both("affine_grid", size=size, align_corners=False), [random(*theta)])


# -- others ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_across_maps(size: int) -> None:
    ours, theirs = nn.CrossMapLRN2d(size, 0.3, 0.6, 1.5), TN.CrossMapLRN2d(size, 0.3, 0.6, 1.5)
    # beyond so many channels PyTorch never takes the first one out of its sum, and its gradient
    # has a sum of its own kind
    channels = (size - 1) // 2 + 1
    same_module(ours, theirs, [random(2, channels, 3, 2)], grad=False)


@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("max_pool1d", (2,), (2, 3, 6)),
        ("max_pool2d", (2, 1), (2, 3, 6, 4)),
        ("max_pool3d", (2,), (1, 2, 4, 4, 4)),
        ("adaptive_max_pool1d", (3,), (2, 3, 7)),
        ("adaptive_max_pool2d", ((3, 2),), (2, 3, 7, 5)),
        ("adaptive_max_pool3d", (2,), (1, 2, 4, 5, 4)),
    ],
)
def test_with_indices(name: str, args: Any, shape: Any) -> None:
    ours, theirs = getattr(F, f"{name}_with_indices"), getattr(TF, f"{name}_with_indices")
    same(lambda x: ours(x, *args), lambda x: theirs(x, *args), [random(*shape)])


def test_fractional_with_indices() -> None:
    places = RANDOM.uniform(0, 1, (2, 3, 2))
    options = [{"_random_samples": f(places)} for f in (to_plugtorch, torch.tensor)]
    name = "fractional_max_pool2d_with_indices"
    same(
        lambda x: getattr(F, name)(x, 2, (3, 2), **options[0]),
        lambda x: getattr(TF, name)(x, 2, (3, 2), **options[1]),
        [random(2, 3, 7, 5)],
        second=False,
    )


def test_synchronised_batch_norm() -> None:
    ours, theirs = nn.SyncBatchNorm(3), TN.SyncBatchNorm(3)
    for shape in ((5, 3), (2, 3, 4), (2, 3, 2, 2)):
        same_module(ours, theirs, [random(*shape).astype("float32")], second=False)
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.BatchNorm1d(3, eps=0.1))).eval()
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(net)
    assert type(converted[1][0]) is nn.SyncBatchNorm
    assert converted[1][0].eps == 0.1
    assert not converted[1][0].training
    assert len(list(converted.parameters())) == 4


# -- lazy ------------------------------------------------------------------------------------------

LAZY: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("LazyLinear", (4,), {}, (5, 3)),
    ("LazyLinear", (4, False), {}, (3,)),
    ("LazyConv1d", (4, 3), {"padding": 1}, (2, 3, 6)),
    ("LazyConv2d", (4, 3, 2, 1), {"groups": 2}, (2, 6, 5, 7)),
    ("LazyConv2d", (4, 3), {"bias": False, "padding_mode": "circular", "padding": 1}, (3, 5, 7)),
    ("LazyConv3d", (4, 2), {}, (1, 3, 3, 4, 3)),
    ("LazyConvTranspose1d", (4, 3), {"stride": 2, "output_padding": 1}, (2, 3, 6)),
    ("LazyConvTranspose2d", (4, 3), {"groups": 2}, (2, 6, 3, 4)),
    ("LazyConvTranspose3d", (2, 2), {}, (1, 3, 2, 3, 2)),
    ("LazyBatchNorm1d", (), {}, (5, 3)),
    ("LazyBatchNorm2d", (), {"affine": False}, (2, 3, 4, 5)),
    ("LazyBatchNorm3d", (), {"track_running_stats": False}, (2, 3, 2, 2, 2)),
    ("LazyInstanceNorm1d", (), {"affine": True}, (2, 3, 4)),
    ("LazyInstanceNorm2d", (), {"affine": True, "track_running_stats": True}, (2, 3, 4, 5)),
    ("LazyInstanceNorm3d", (), {}, (2, 3, 2, 2, 2)),
]


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAZY)
def test_lazy_layers(name: str, args: Any, options: dict[str, Any], shape: Any) -> None:
    ours, theirs = getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert ours.has_uninitialized_params() == theirs.has_uninitialized_params()
    x = random(*shape).astype("float32")
    loaded = copy.deepcopy(ours)
    assert ours(to_plugtorch(x)).shape == theirs(torch.tensor(x)).shape
    assert type(ours).__name__ == type(theirs).__name__ == name.removeprefix("Lazy")
    same_module(ours, theirs, [x], second=False)
    copy_state(loaded, theirs)  # a lazy layer takes shapes from a state too
    assert not loaded.has_uninitialized_params()
    assert_same(loaded.eval()(to_plugtorch(x)), theirs.eval()(torch.tensor(x)))
    assert repr(loaded) == repr(theirs)


def test_lazy_parameters() -> None:
    for lib, t in ((nn, plugtorch), (TN, torch)):
        layer = lib.LazyLinear(3).to(t.float64)
        assert isinstance(layer.weight, lib.UninitializedParameter)
        assert repr(layer.weight) == "<UninitializedParameter>"
        with pytest.raises(RuntimeError):
            _ = layer.weight.shape
        assert layer(t.zeros(2, 5, dtype=t.float64)).dtype is t.float64
        assert type(layer.weight) is lib.Parameter
        assert layer.weight.shape == (3, 5)
        norm = lib.LazyBatchNorm1d().to(t.float64)
        assert isinstance(norm.running_mean, lib.UninitializedBuffer)
        assert norm(t.zeros(2, 5, dtype=t.float64)).shape == (2, 5)
        assert norm.running_mean.dtype is t.float64
        lazy = lib.LazyLinear(3)
        other = lib.LazyLinear(3)
        other.load_state_dict(lazy.state_dict())
        assert other.has_uninitialized_params()


def test_lazy_layers_that_do_not_fit() -> None:
    make = lambda lib, t: lambda: lib.LazyConv2d(4, 3)(t.zeros(2, 3))  # noqa: E731
    same_error(make(nn, plugtorch), make(TN, torch))
    odd = lambda lib, t: lambda: lib.LazyConv2d(4, 3, groups=2)(t.zeros(1, 3, 5, 5))  # noqa: E731
    same_error(odd(nn, plugtorch), odd(TN, torch))
