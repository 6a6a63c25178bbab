"""Kernels of the NumPy backend that take another way when arrays are large, against plain NumPy."""

from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch.errors import IndexRangeError, ShapeError
from plugtorch.nn import functional as F

SHAPES = [(3, 1), (7, 255), (5, 2048), (5, 2049), (600, 70), (2, 33000), (4, 5000)]


def drawn(*shape: int, dtype: str = "float32") -> np.ndarray[Any, Any]:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("axis", [0, 1])
def test_log_softmax_and_its_gradient_in_blocks(shape: tuple[int, ...], axis: int) -> None:
    """More rows than a block holds, a row larger than a block, and sizes no part divides."""
    x, g = drawn(*shape) * 3, drawn(*shape[::-1]).T
    wide = x.astype(np.float64)
    shifted = wide - wide.max(axis, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
    slope = g - np.exp(log_p) * g.astype(np.float64).sum(axis, keepdims=True)

    t = plugtorch.tensor(x, requires_grad=True)
    found = plugtorch.log_softmax(t, axis)
    found.backward(plugtorch.tensor(g))
    np.testing.assert_allclose(found.detach().cpu().numpy(), log_p, rtol=2e-6, atol=2e-6)
    np.testing.assert_allclose(t.grad.cpu().numpy(), slope, rtol=1e-5, atol=1e-5)

    # one number for all elements, as sum() gives it, lies nowhere in memory as a row
    (even,) = plugtorch.autograd.grad(plugtorch.log_softmax(t, axis).sum(), t)
    np.testing.assert_allclose(
        even.cpu().numpy(), 1 - np.exp(log_p) * shape[axis], rtol=1e-5, atol=1e-4
    )


def test_log_softmax_adds_many_numbers_without_losing_digits() -> None:
    """Two million, added one after the other in float32, would be off in the third digit."""
    x = np.full((1, 2_000_003), -0.7, np.float32)
    x[0, 0] = 0
    total = 1 + 2_000_002 * np.exp(np.float64(x[0, 1]))
    found = plugtorch.log_softmax(plugtorch.tensor(x), 1)[0, 0].item()
    assert found == pytest.approx(-np.log(total), rel=1e-6)


INDICES = [((40, 60), (40, 60), 1), ((40, 60), (30, 90), 1), ((40, 60), (90, 50), 0),
           ((9, 20, 30), (9, 11, 30), 1), ((9, 20, 30), (5, 20, 29), 0), ((2000,), (3000,), 0),
           ((3, 4), (3, 4), 1), ((50, 60), (50, 1), 1)]  # fmt: skip


@pytest.mark.parametrize(("shape", "size", "axis"), INDICES, ids=str)
def test_gather_and_its_gradient(shape: Any, size: Any, axis: int) -> None:
    """Places named often, few and many of them, on fewer rows than there are."""
    x, weight = drawn(*shape), drawn(*size)
    index = np.random.default_rng(1).integers(0, shape[axis], size)
    place = list(np.indices(size))
    place[axis] = index
    sums = np.zeros(shape)
    np.add.at(sums, tuple(place), weight)

    for given in (x, np.asarray(x.T, order="C").T):  # rows in memory, and columns
        t = plugtorch.tensor(given).requires_grad_()
        found = t.gather(axis, plugtorch.tensor(index))
        np.testing.assert_array_equal(found.detach().cpu().numpy(), x[tuple(place)])
        found.backward(plugtorch.tensor(weight))
        np.testing.assert_allclose(t.grad.cpu().numpy(), sums, rtol=1e-5, atol=1e-5)

        base = plugtorch.tensor(given)
        added = base.scatter_add(axis, plugtorch.tensor(index), plugtorch.tensor(weight))
        np.testing.assert_allclose(added.cpu().numpy(), x + sums, rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(base.cpu().numpy(), x)


@pytest.mark.parametrize("many", [1, 1000])
def test_gather_refuses_an_index_that_reaches_beyond(many: int) -> None:
    x = plugtorch.zeros(4, 5)
    with pytest.raises(IndexRangeError):
        x.gather(1, plugtorch.full((4, many), 5))
    with pytest.raises(IndexRangeError):
        x.gather(1, plugtorch.full((4, many), -1))
    for size in ((5, many), (4, many, 1)):
        index = plugtorch.zeros(*size, dtype=plugtorch.int64)
        with pytest.raises(ShapeError):
            x.gather(1, index)
        with pytest.raises(ShapeError):
            x.scatter_add(1, index, plugtorch.zeros(*size))
    index = plugtorch.zeros(many, 6, dtype=plugtorch.int64)  # the sixth is in the next row
    with pytest.raises(ShapeError):
        x.gather(0, index)
    with pytest.raises(ShapeError):
        x.scatter_add(0, index, plugtorch.zeros(many, 6))


@pytest.mark.parametrize("width", [0, 1, 3, 64, 130])
@pytest.mark.parametrize("runs", [(1,), (1, 2, 7), (8,), (9,), (3, 8, 9, 40), (100, 1, 11), ()])
def test_rows_of_repeated_places_are_added_up(runs: tuple[int, ...], width: int) -> None:
    """Whatever the lengths of the runs of equal places, and whether the last is a long one."""
    random = np.random.default_rng()
    places = np.repeat(random.permutation(len(runs) + 2)[: len(runs)], runs)
    random.shuffle(places)
    x, values = (
        random.standard_normal((len(runs) + 2, width)),
        random.standard_normal((len(places), width)),
    )
    wanted = x.copy()
    np.add.at(wanted, places, values)
    signed = np.where(random.random(places.shape) < 0.5, places, places - len(x))
    index = plugtorch.tensor(signed, dtype=plugtorch.int64)
    found = plugtorch.tensor(x).index_put((index,), plugtorch.tensor(values), accumulate=True)
    np.testing.assert_allclose(found.cpu().numpy(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, -0.0, 2.5])
def test_writing_into_one_number_spread_out(value: float) -> None:
    """It is given memory of its own; a zero keeps its sign, and the number itself its value."""
    one = plugtorch.tensor(value)
    whole = one.expand(3, 4)
    found = whole.index_put((plugtorch.tensor([1]), plugtorch.tensor([2])), plugtorch.tensor(7.0))
    needed = np.full((3, 4), value, np.float32)
    needed[1, 2] = 7
    np.testing.assert_array_equal(found.cpu().numpy(), needed)
    assert np.signbit(found.cpu().numpy()).tolist() == np.signbit(needed).tolist()
    assert one.item() == value


@pytest.mark.parametrize("dtype", [plugtorch.float16, plugtorch.float32, plugtorch.float64])
def test_softplus_and_sigmoid_of_a_number_and_of_many(dtype: Any) -> None:
    x = plugtorch.tensor([-1000.0, -3.0, 0.0, 3.0, 1000.0], dtype=dtype)
    before = x.clone()
    for function in (lambda t: F.softplus(t, threshold=float("inf")), plugtorch.sigmoid):
        whole = function(x)
        for place in range(5):
            one = function(x[place])
            assert one.shape == ()
            assert one.dtype is dtype
            assert one.item() == whole[place].item()
    assert (x == before).all().item()
    assert F.softplus(x, threshold=float("inf"))[-1].item() == 1000.0
    assert F.softplus(x, beta=2.0, threshold=float("inf"))[2].item() == pytest.approx(
        0.34657, abs=1e-3
    )


@pytest.mark.parametrize("dtype", [plugtorch.float16, plugtorch.bfloat16])
def test_a_sum_beyond_small_floats_is_infinite(dtype: Any) -> None:
    x = plugtorch.full((3, 4), 3e38 if dtype is plugtorch.bfloat16 else 6e4, dtype=dtype)
    for found in (x.sum(), x.sum(0), x.sum(1, keepdim=True)):  # and nobody is warned
        assert found.dtype is dtype
        assert found.isinf().all()
