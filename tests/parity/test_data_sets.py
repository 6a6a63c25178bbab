"""utils.data against torch's: data sets, samplers without chance, collating, loaders."""

from __future__ import annotations

import collections
import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.utils.data as theirs

import plugtorch
import plugtorch.utils.data as ours


class Point(NamedTuple):
    x: Any
    y: Any


class Named(dict):  # type: ignore[type-arg]
    """A mapping with something besides its items, which batches keep."""

    name = "?"


def named(**items: Any) -> Named:
    mapping = Named(**items)
    mapping.name = "kept"
    return mapping


def alike(a: Any, b: Any) -> None:
    """The same types, dtypes and values, tensors of ours for tensors of theirs."""
    if isinstance(b, torch.Tensor):
        assert isinstance(a, plugtorch.Tensor)
        assert str(a.dtype).rpartition(".")[2] == str(b.dtype).rpartition(".")[2]
        assert (tuple(a.shape), a.tolist()) == (tuple(b.shape), b.tolist())
        return
    assert type(a) is type(b)
    if isinstance(b, collections.abc.Mapping):
        assert list(a) == list(b)
        for key in b:
            alike(a[key], b[key])
    elif isinstance(b, (list, tuple, collections.UserList)):
        assert len(a) == len(b)
        for x, y in zip(a, b, strict=True):
            alike(x, y)
    elif isinstance(b, np.ndarray):
        assert a.tolist() == b.tolist()
    else:
        assert a == b
    assert getattr(a, "name", None) == getattr(b, "name", None)


SAMPLES = [
    lambda t, i: t.tensor([i, i + 1]),
    lambda t, i: t.tensor(i, dtype=t.float16),
    lambda t, i: i,
    lambda t, i: i / 3,
    lambda t, i: i > 1,
    lambda t, i: f"text {i}",
    lambda t, i: bytes([i]),
    lambda t, i: np.arange(i, i + 4, dtype="int16"),
    lambda t, i: np.zeros((0, 2), "float32"),
    lambda t, i: np.float32(i),
    lambda t, i: np.int8(i),
    lambda t, i: np.bool_(i > 1),
    lambda t, i: np.array(i),
    lambda t, i: (i, [i, {"a": i / 2}], "x"),
    lambda t, i: Point(i, np.ones(2)),
    lambda t, i: collections.OrderedDict(b=i, a=t.ones(i % 1 + 1)),
    lambda t, i: collections.defaultdict(list, a=i),
    lambda t, i: named(a=i),
    lambda t, i: collections.UserList([i, 2 * i]),
    lambda t, i: range(i, i + 2),
]


@pytest.mark.parametrize("sample", SAMPLES)
def test_collating_and_converting(sample: Any) -> None:
    mine = [sample(plugtorch, i) for i in range(3)]
    other = [sample(torch, i) for i in range(3)]
    alike(ours.default_collate(mine), theirs.default_collate(other))
    alike(ours.default_collate(mine[:1]), theirs.default_collate(other[:1]))
    alike(ours.default_convert(mine[2]), theirs.default_convert(other[2]))


@pytest.mark.parametrize(
    "batch",
    [[None, None], [object()], [[1], [1, 2]], [np.array(["a"])], [{1}], [{"a": 1}, {"b": 1}], []],
)
def test_what_neither_collates(batch: Any) -> None:
    with pytest.raises(Exception) as expected:  # noqa: PT011 - whichever it is
        theirs.default_collate(batch)
    with pytest.raises(expected.type):
        ours.default_collate(batch)


@pytest.mark.parametrize(("size", "count"), list(itertools.product([0, 1, 2, 7, 8], [1, 2, 3, 5])))
@pytest.mark.parametrize("drop_last", [False, True])
def test_distributed_sampler(size: int, count: int, drop_last: bool) -> None:
    if size == 0 and not drop_last:
        pytest.skip("PyTorch divides by zero where padding is made of nothing")
    for rank in range(count):
        options: Any = {"shuffle": False, "drop_last": drop_last}
        mine = ours.DistributedSampler(range(size), count, rank, **options)
        other = theirs.DistributedSampler(range(size), count, rank, **options)
        assert list(mine) == list(other)
        assert len(mine) == len(other)
        assert mine.total_size == other.total_size


@pytest.mark.parametrize(("size", "batch"), list(itertools.product([0, 1, 5, 6], [1, 2, 3, 9])))
@pytest.mark.parametrize("drop_last", [False, True])
def test_batches_of_indices(size: int, batch: int, drop_last: bool) -> None:
    mine = ours.BatchSampler(ours.SequentialSampler(range(size)), batch, drop_last)
    other = theirs.BatchSampler(theirs.SequentialSampler(range(size)), batch, drop_last)
    assert list(mine) == list(other)
    assert len(mine) == len(other)


@pytest.mark.parametrize("samples", [None, 1, 5, 7, 12])
@pytest.mark.parametrize("replacement", [False, True])
def test_random_samplers_draw_as_many(samples: Any, replacement: bool) -> None:
    options: Any = {"replacement": replacement, "num_samples": samples}
    mine = ours.RandomSampler(range(5), **options)
    other = theirs.RandomSampler(range(5), **options)
    assert len(list(mine)) == len(list(other)) == len(mine) == len(other)


@pytest.mark.parametrize(
    "lengths",
    [[3, 7], [10, 0], [0.5, 0.5], [0.75, 0.25], [0.33, 0.33, 0.34], [1.0], [0.1] * 10]
    + [[3, 6], [0.5, 0.4], [1.2, -0.2], [5, 6]],
)
def test_random_split_sizes(lengths: Any) -> None:
    try:
        expected = [len(part) for part in theirs.random_split(range(10), lengths)]  # type: ignore[arg-type]
    except ValueError:
        with pytest.raises(ValueError, match="random_split"):
            ours.random_split(range(10), lengths)  # type: ignore[arg-type]
    else:
        assert [len(p) for p in ours.random_split(range(10), lengths)] == expected  # type: ignore[arg-type]


def datasets(t: Any, data: Any) -> dict[str, Any]:
    class Squares(data.Dataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return 7

        def __getitem__(self, i: int) -> Any:
            return t.tensor(i * i), i

    class Stream(data.IterableDataset):  # type: ignore[misc]
        def __iter__(self) -> Any:
            info = data.get_worker_info()
            return iter(range(7) if info is None else range(info.id, 7, info.num_workers))

        def __len__(self) -> int:
            return 7

    tensors = data.TensorDataset(t.arange(7), t.arange(14.0).reshape(7, 2))
    return {
        "map": Squares(),
        "tensors": tensors,
        "subset": data.Subset(Squares(), [6, 1, 1, 0]),
        "both": Squares() + data.Subset(Squares(), [2, 3]),
        "stacked": data.StackDataset(Squares(), data.Subset(tensors, list(range(6, -1, -1)))),
        "with names": data.StackDataset(a=Squares(), b=tensors),
        "stream": Stream(),
        "chain": Stream() + Stream(),
        "list": [3, 1, 2],
    }


@pytest.mark.parametrize("name", datasets(plugtorch, ours))
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch_size": 2},
        {"batch_size": 3, "drop_last": True},
        {"batch_size": None},
        {"batch_size": 2, "num_workers": 2},
        {"batch_size": None, "num_workers": 2, "prefetch_factor": 3},
    ],
)
@pytest.mark.filterwarnings("ignore:This DataLoader will create")
@pytest.mark.filterwarnings("ignore:.*is multi-threaded:DeprecationWarning")
def test_loaders(name: str, options: Any) -> None:
    mine = ours.DataLoader(datasets(plugtorch, ours)[name], **options)
    other: Any = theirs.DataLoader(datasets(torch, theirs)[name], **options)
    assert len(mine) == len(other)
    alike(list(mine), list(other))
    for attribute in ("batch_size", "drop_last", "num_workers", "prefetch_factor", "timeout"):
        assert getattr(mine, attribute) == getattr(other, attribute)
    for attribute in ("sampler", "batch_sampler"):
        assert (getattr(mine, attribute) is None) == (getattr(other, attribute) is None)


@pytest.mark.parametrize(
    "make",
    [
        lambda data: data.StackDataset(),
        lambda data: data.StackDataset([1], [1, 2]),
        lambda data: data.StackDataset([1], a=[1]),
        lambda data: data.RandomSampler(range(3), replacement=1),
        lambda data: data.RandomSampler(range(3), num_samples=0),
        lambda data: data.WeightedRandomSampler([1.0], 1, replacement=1),
        lambda data: data.BatchSampler(range(3), 2, 1),
        lambda data: data.DistributedSampler(range(3), 2, 2),
        lambda data: data.DataLoader([1], num_workers=-1),
        lambda data: data.DataLoader([1], timeout=-1),
        lambda data: data.DataLoader([1], prefetch_factor=2),
        lambda data: data.DataLoader([1], persistent_workers=True),
        lambda data: data.DataLoader([1], multiprocessing_context="fork"),
        lambda data: data.DataLoader([1], num_workers=1, multiprocessing_context="odd"),
        lambda data: data.DataLoader([1], num_workers=1, multiprocessing_context=1),
        lambda data: setattr(data.DataLoader([1]), "batch_size", 2),
    ],
)
def test_refused_by_both(make: Any) -> None:
    with pytest.raises(Exception) as expected:  # noqa: PT011 - whichever it is
        make(theirs)
    with pytest.raises(expected.type):
        make(ours)


def test_a_subset_that_overrides_one_way_only() -> None:
    for data in (ours, theirs):

        class Odd(data.Subset):  # type: ignore[name-defined,misc]
            def __getitem__(self, i: Any) -> Any:
                return -1

        with pytest.raises(NotImplementedError, match="__getitems__"):
            Odd([1], [0])
