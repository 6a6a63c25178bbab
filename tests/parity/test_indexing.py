"""x[key] and x[key] = value for some hundred random keys of every kind, with gradients, and for
keys by hand.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, same, to_plugtorch, to_torch
from samples.sample import SEED

import plugtorch

SHAPES = [(5,), (3, 4), (2, 3, 4), (1, 4), (2, 1, 3, 2), (0, 3), (4, 0), ()]


class Index:
    """An index tensor, which each library makes its own."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def __repr__(self) -> str:
        return f"Index({self.array.tolist()}, {self.array.dtype})"


def made(key: Any, library: Any) -> Any:
    if isinstance(key, Index):
        return (to_plugtorch if library is plugtorch else to_torch)(key.array)
    return tuple(made(part, library) for part in key) if isinstance(key, tuple) else key


def random_slice(random: Any, size: int) -> slice:
    ends = [
        None if random.random() < 0.4 else int(random.integers(-size - 2, size + 3))
        for _ in range(2)
    ]
    return slice(*ends, None if random.random() < 0.6 else int(random.integers(1, 4)))


def random_key(random: Any, shape: tuple[int, ...]) -> Any:
    """A key for ``shape``: numbers, slices, None, ..., bools, integer and bool tensors, lists;
    tensors broadcast.
    """
    parts: list[Any] = []
    axis = 0
    together = tuple(
        int(n) for n in random.integers(1, 4, random.integers(0, 3))
    )  # shape of the index tensors
    dotted = False
    while axis < len(shape):
        size = shape[axis]
        kind = random.choice(
            ["number", "slice", "tensor", "list", "mask", "None", "...", "end", "all", "bool"],
            p=[0.16, 0.24, 0.2, 0.06, 0.1, 0.06, 0.06, 0.04, 0.05, 0.03],
        )
        if kind == "number" and size:
            parts.append(int(random.integers(-size, size)))
        elif kind == "tensor" and size:
            reduced = tuple(n if random.random() < 0.7 else 1 for n in together)
            dtype = "int64" if random.random() < 0.8 else "int32"
            parts.append(Index(numpy.asarray(random.integers(-size, size, reduced)).astype(dtype)))
        elif kind == "list" and size and len(together) == 1:
            parts.append([int(i) for i in random.integers(-size, size, together)])
        elif kind == "mask":
            span = int(random.integers(1, min(2, len(shape) - axis) + 1))
            part = shape[axis : axis + span]
            mask = numpy.asarray(random.random(part) < 0.5)
            if together and mask.sum() not in (1, *together[-1:]):
                continue  # it could not broadcast with the others
            parts.append(Index(mask))
            axis += span - 1
        elif kind == "None":
            parts.append(None)
            continue
        elif kind == "bool":
            parts.append(bool(random.random() < 0.8))
            continue
        elif kind == "...":
            if dotted:
                continue
            dotted = True
            parts.append(Ellipsis)
            axis += int(random.integers(0, len(shape) - axis + 1))
            if axis < len(shape):
                # the rest must be counted from the end: one entry for each axis
                parts.extend(random_slice(random, n) for n in shape[axis:])
            break
        elif kind == "end":
            break
        elif kind == "all":
            parts.append(slice(None))
        else:
            parts.append(random_slice(random, size))
        axis += 1
    return parts[0] if len(parts) == 1 and random.random() < 0.5 else tuple(parts)


def keys(count: int, salt: int) -> list[Any]:
    random = numpy.random.default_rng([SEED, salt])
    found = []
    for _ in range(count):
        shape = SHAPES[random.integers(len(SHAPES))]
        found.append(pytest.param(shape, random_key(random, shape), int(random.integers(1 << 30))))
    return found


def values_for(shape: tuple[int, ...], dtype: str = "float64") -> Any:
    return (numpy.arange(numpy.prod(shape), dtype="float64").reshape(shape) + 1).astype(dtype)


def refused(key: Any, x: Any) -> bool:
    """Whether PyTorch refuses the key; then plugtorch must, with an error of that type."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            to_torch(x)[made(key, torch)]
    except Exception as error:
        with pytest.raises(type(error)):
            to_plugtorch(x)[made(key, plugtorch)]
        return True
    return False


@pytest.mark.parametrize(("shape", "key", "seed"), keys(400, 1), ids=str)
def test_read(shape: tuple[int, ...], key: Any, seed: int) -> None:
    x = values_for(shape)
    if not refused(key, x):
        same(lambda t: t[made(key, plugtorch)], lambda t: t[made(key, torch)], [x], second=False)


@pytest.mark.parametrize(("shape", "key", "seed"), keys(150, 2), ids=str)
def test_read_from_a_view(shape: tuple[int, ...], key: Any, seed: int) -> None:
    """The same of a transposed tensor, twice in a row."""
    x = values_for(shape[::-1])

    def read(t: Any, library: Any) -> Any:
        return t.permute(tuple(range(t.ndim - 1, -1, -1)))[made(key, library)][None, ..., None] * 2

    if not refused(key, values_for(shape)):
        same(lambda t: read(t, plugtorch), lambda t: read(t, torch), [x], second=False)


def repeats(key: Any, shape: tuple[int, ...]) -> bool:
    """Whether a place is named twice: what is written there last is then not defined."""
    numbers = torch.arange(int(numpy.prod(shape))).reshape(shape)
    picked = numbers[made(key, torch)].reshape(-1)
    return len(torch.unique(picked)) < len(picked)


def value_for(random: Any, target: tuple[int, ...]) -> Any:
    """A value that broadcasts to what is indexed, or a number."""
    if random.random() < 0.3:
        return float(random.integers(100, 200))
    cut = target[int(random.integers(0, len(target) + 1)) :]
    shape = tuple(n if random.random() < 0.7 else 1 for n in cut)
    shape = (1, *shape) if random.random() < 0.15 and len(shape) == len(target) else shape
    return random.uniform(100, 200, shape)


@pytest.mark.parametrize(("shape", "key", "seed"), keys(400, 3), ids=str)
def test_write(shape: tuple[int, ...], key: Any, seed: int) -> None:
    """Into a computed tensor, with gradients to what it was and to the value."""
    random = numpy.random.default_rng(seed)
    x = values_for(shape)
    if refused(key, x) or repeats(key, shape):
        return
    value = value_for(random, tuple(to_torch(x)[made(key, torch)].shape))
    inputs = [x, numpy.asarray(value)] if not isinstance(value, float) else [x]

    def write(library: Any) -> Any:
        def run(t: Any, v: Any = value) -> Any:
            whole = t * 2
            whole[made(key, library)] = v
            return whole * t

        return run

    same(write(plugtorch), write(torch), inputs, second=False)


@pytest.mark.parametrize(("shape", "key", "seed"), keys(150, 4), ids=str)
@pytest.mark.parametrize("operator", ["+=", "*=", "/="])
def test_change(shape: tuple[int, ...], key: Any, seed: int, operator: str) -> None:
    x = values_for(shape)
    if refused(key, x) or repeats(key, shape):
        return

    def change(library: Any) -> Any:
        def run(t: Any) -> Any:
            whole = t.clone()
            place = made(key, library)
            if operator == "+=":
                whole[place] += 3
            elif operator == "*=":
                whole[place] *= t[place]
            else:
                whole[place] /= 2
            return whole

        return run

    same(change(plugtorch), change(torch), [x], second=False)


@pytest.mark.parametrize(("shape", "key", "seed"), keys(60, 5), ids=str)
@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "float16"])
def test_write_in_other_dtypes(shape: tuple[int, ...], key: Any, seed: int, dtype: str) -> None:
    """The value is converted; a leaf without gradient is written as well."""
    x = values_for(shape, dtype)
    if refused(key, x) or repeats(key, shape):
        return
    results = []
    for library, convert in ((plugtorch, to_plugtorch), (torch, to_torch)):
        whole = convert(x)
        whole[made(key, library)] = 1.75
        whole[made(key, library)] = library.tensor(2, dtype=whole.dtype)
        results.append(whole)
    assert_same(*results)


@pytest.mark.parametrize("accumulate", [True, False])
@pytest.mark.parametrize("index", [[0, 0, 2], [[0, 1], [1, 1]]])
def test_the_same_place_twice(accumulate: bool, index: Any) -> None:
    """Reading it sums the gradients; accumulating adds each value."""
    places = Index(numpy.array(index))
    same(
        lambda t: t[made(places, plugtorch)], lambda t: t[made(places, torch)], [values_for((3, 2))]
    )
    if accumulate:
        values = [values_for((3, 2)), values_for((*numpy.shape(index), 2))]
        same(
            lambda t, v: t.index_put((made(places, plugtorch),), v, accumulate=True),
            lambda t, v: t.index_put((made(places, torch),), v, accumulate=True),
            values,
        )


BY_HAND: list[Any] = [
    (), ..., None, True, False, 0, -1, slice(None), (None, 0, None), (..., None), (0, ..., 0),
    [0, 1], ([0, 1], [1, 0]),
    (slice(None), [0, 1]), [True, False, True], (slice(None), [True, False, True, False]),
    range(2), (0, [1, 2]), ([1, 2], 0),
    numpy.int64(1), (numpy.int64(1), numpy.int64(0)), numpy.array([0, 2]),
    numpy.array([True, False, True]), [], ([], 0),
    Index(numpy.asarray(1)), (Index(numpy.asarray(1)), 0), Index(numpy.asarray(True)),
    Index(numpy.asarray(False)),
    (slice(None), Index(numpy.asarray(True)), 0),
    (Index(numpy.array([0, 1])), None, Index(numpy.array([1, 2]))),
    (None, Index(numpy.array([[0], [1]])), Index(numpy.array([1, 2]))),
    slice(Index(numpy.asarray(1)), None),
    (Index(numpy.array([0, 1])), ..., ), (..., Index(numpy.array([0, 1]))),
    Index(numpy.zeros((3, 4), bool)),
    Index(numpy.array([1, 0, 1], "uint8")), slice(2, 1), slice(-1, None), slice(100, 200),
    slice(-100, 2),
]  # fmt: skip


@pytest.mark.parametrize("key", BY_HAND, ids=str)
def test_by_hand(key: Any) -> None:
    def own(library: Any) -> Any:
        if isinstance(key, slice):
            return slice(made(key.start, library), key.stop)
        return made(key, library)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(
            lambda t: t[own(plugtorch)], lambda t: t[own(torch)], [values_for((3, 4))], second=False
        )


def test_a_plain_key_gives_a_view_and_a_tensor_a_copy() -> None:
    for key in (0, slice(0, 2), (..., 1), None, ()):
        x = plugtorch.zeros(3, 4)
        x[key].add_(1)
        assert x.sum() > 0, key
    for key in ([0, 1], plugtorch.tensor([0, 1]), plugtorch.tensor([True, False, True])):
        x = plugtorch.zeros(3, 4)
        x[key].add_(1)
        assert x.sum() == 0, key
