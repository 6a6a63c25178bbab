"""utils.data: data sets, samplers, collating, the DataLoader."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch.errors import (
    ArgumentError,
    DTypeError,
    IndexRangeError,
    ShapeError,
)
from plugtorch.utils.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    DistributedSampler,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    random_split,
)


class Squares(Dataset[Any]):
    def __init__(self, size: int = 10) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, i: int) -> Any:
        return plugtorch.tensor([i, i]), i * i


class Counting(IterableDataset[int]):
    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self) -> Any:
        return iter(range(self.size))

    def __len__(self) -> int:
        return self.size


def numbers(size: int = 10) -> TensorDataset:
    return TensorDataset(plugtorch.arange(size), plugtorch.arange(size).float() * 2)


def told(loader: Any) -> list[Any]:
    return [[part.tolist() for part in batch] for batch in loader]


# -- data sets -------------------------------------------------------------------------------------


def test_tensor_dataset() -> None:
    data = numbers()
    assert len(data) == 10
    assert [t.tolist() for t in data[3]] == [3, 6.0]
    assert [t.tolist() for t in data[2:4]] == [[2, 3], [4.0, 6.0]]


@pytest.mark.parametrize(
    "tensors",
    [(), (plugtorch.zeros(3), plugtorch.zeros(4)), (plugtorch.zeros(()),)],
    ids=["none", "different", "0-d"],
)
def test_tensor_dataset_refuses(tensors: Any) -> None:
    with pytest.raises(ShapeError, match="first size"):
        TensorDataset(*tensors)


def test_subset_and_concatenation() -> None:
    part = Subset(Squares(), [5, 2])
    assert len(part) == 2
    assert part[1][1] == 4
    both = part + Squares(3)
    assert isinstance(both, ConcatDataset)
    assert [both[i][1] for i in range(-5, 5)] == [25, 4, 0, 1, 4] * 2
    with pytest.raises(IndexRangeError):
        both[5]
    with pytest.raises(ArgumentError):
        ConcatDataset([])
    with pytest.raises(ArgumentError):
        ConcatDataset([Counting(3)])


def test_datasets_without_their_methods_say_so() -> None:
    for make in (lambda: Dataset()[0], lambda: iter(IterableDataset()), lambda: iter(Sampler())):
        with pytest.raises(NotImplementedError, match="Define one"):
            make()


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([7, 3], [7, 3]), ([0.7, 0.3], [7, 3]), ([0.75, 0.25], [8, 2]), ([1.0], [10])]
    + [([0.33, 0.33, 0.34], [4, 3, 3]), ([10, 0], [10, 0])],
)
def test_random_split(lengths: Any, expected: list[int]) -> None:
    parts = random_split(numbers(), lengths, plugtorch.Generator().manual_seed(1))
    assert [len(p) for p in parts] == expected
    seen = [int(p[i][0]) for p in parts for i in range(len(p))]
    assert sorted(seen) == list(range(10))
    assert seen != list(range(10))


@pytest.mark.parametrize("lengths", [[7, 4], [0.5, 0.4], [11, -1], [1.5, -0.5]])
def test_random_split_refuses(lengths: Any) -> None:
    with pytest.raises(ArgumentError):
        random_split(numbers(), lengths)


def test_random_split_is_seeded() -> None:
    plugtorch.manual_seed(5)
    first = random_split(numbers(), [5, 5])[0].indices
    plugtorch.manual_seed(5)
    assert random_split(numbers(), [5, 5])[0].indices == first


def test_data_sets_side_by_side() -> None:
    class Many(Squares):
        def __getitems__(self, indices: list[int]) -> Any:
            return [self[i] for i in indices] + [None] * (indices == [7])

    pair = StackDataset(numbers(), Subset(Many(), list(range(9, -1, -1))))
    assert len(pair) == 10
    assert pair[2][1][1] == 49
    assert [sample[1][1] for sample in pair.__getitems__([0, 9])] == [81, 0]
    named = StackDataset(x=Many(), y=numbers())
    assert list(named[3]) == list(named.__getitems__([3])[0]) == ["x", "y"]
    with pytest.raises(ArgumentError, match="2 samples for 1 indices"):
        named.__getitems__([7])
    for wrong in (lambda: StackDataset(), lambda: StackDataset([1], a=[1])):
        with pytest.raises(ArgumentError, match="all with names or all without"):
            wrong()
    with pytest.raises(ArgumentError, match="one size, got 1, 2"):
        StackDataset([1], [1, 2])


def test_chained_streams() -> None:
    chain = Counting(3) + Counting(2)
    assert isinstance(chain, ChainDataset)
    assert len(chain) == 5
    assert list(chain) == list(chain) == [0, 1, 2, 0, 1]
    with pytest.raises(ArgumentError, match="Squares is no IterableDataset"):
        list(ChainDataset([Counting(1), Squares()]))


def test_a_subset_with_one_way_only() -> None:
    class Odd(Subset):
        def __getitem__(self, index: Any) -> Any:
            return -1

    with pytest.raises(NotImplementedError, match="__getitems__"):
        Odd(Squares(), [1])


def test_an_empty_part_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="part 1 is empty"):
        random_split(numbers(3), [0.9, 0.1])


# -- samplers --------------------------------------------------------------------------------------


def test_samplers() -> None:
    assert list(SequentialSampler(range(4))) == [0, 1, 2, 3]
    assert sorted(RandomSampler(range(20))) == list(range(20))
    assert len(list(RandomSampler(range(3), num_samples=8))) == 8
    drawn = list(RandomSampler(range(3), replacement=True, num_samples=100))
    assert set(drawn) == {0, 1, 2}
    assert sorted(SubsetRandomSampler([4, 9, 2])) == [2, 4, 9]
    weighted = list(WeightedRandomSampler([0.0, 1.0, 3.0], 1000))
    assert weighted.count(0) == 0
    assert 650 < weighted.count(2) < 850
    assert sorted(WeightedRandomSampler([1.0, 1.0], 2, replacement=False)) == [0, 1]
    assert list(RandomSampler([])) == []
    assert list(BatchSampler(range(5), 2, True)) == [[0, 1], [2, 3]]
    assert len(BatchSampler(range(5), 2, True)) == 2
    assert len(BatchSampler(range(5), 2, False)) == 3


@pytest.mark.parametrize(
    "make",
    [lambda: RandomSampler(range(3), num_samples=0), lambda: BatchSampler(range(3), 0, False)]
    + [lambda: BatchSampler(range(3), True, False), lambda: WeightedRandomSampler([1.0], 0)]
    + [lambda: WeightedRandomSampler([[1.0]], 1)],
)
def test_samplers_refuse(make: Any) -> None:
    with pytest.raises(ArgumentError):
        make()


@pytest.mark.parametrize("drop_last", [False, True])
def test_distributed_sampler(drop_last: bool) -> None:
    samplers = [DistributedSampler(range(11), 3, rank, drop_last=drop_last) for rank in range(3)]
    first, same = ([list(sampler) for sampler in samplers] for _ in range(2))
    assert first == same
    assert {len(part) for part in first} == {len(samplers[0])} == {3 if drop_last else 4}
    everything = [index for part in first for index in part]
    assert len(set(everything)) == (9 if drop_last else 11)
    samplers[0].set_epoch(1)
    assert list(samplers[0]) != first[0]
    assert list(DistributedSampler(range(0), 2, 0)) == []
    for wrong in ((None, 0), (2, None), (2, 2), (2, -1)):
        with pytest.raises(ArgumentError):
            DistributedSampler(range(3), *wrong)


# -- collating -------------------------------------------------------------------------------------


def test_collating() -> None:
    assert default_collate([1, 2]).dtype is plugtorch.int64
    assert default_collate([1.0, 2.0]).dtype is plugtorch.float64
    assert default_collate([True, False]).dtype is plugtorch.bool
    assert default_collate(["a", "b"]) == ["a", "b"]
    stacked = default_collate([plugtorch.ones(2), plugtorch.zeros(2)])
    assert stacked.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    arrays = default_collate([numpy.ones(2, "float32"), numpy.zeros(2, "float32")])
    assert arrays.tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert arrays.dtype is plugtorch.float32
    assert default_collate([numpy.float64(1), numpy.float64(2)]).dtype is plugtorch.float64
    nested = default_collate([{"x": (1, [2.0])}, {"x": (3, [4.0])}])
    assert nested["x"][0].tolist() == [1, 3]
    assert nested["x"][1][0].tolist() == [2.0, 4.0]
    Point = namedtuple("Point", "x y")
    point = default_collate([Point(1, 2), Point(3, 4)])
    assert type(point) is Point
    assert point.y.tolist() == [2, 4]


def test_what_cannot_be_collated() -> None:
    with pytest.raises(ShapeError, match=r"\(2,\), \(3,\).*collate_fn"):
        default_collate([plugtorch.ones(2), plugtorch.ones(3)])
    with pytest.raises(ArgumentError, match="lengths: 1, 2"):
        default_collate([[1], [1, 2]])
    with pytest.raises(DTypeError, match="NoneType"):
        default_collate([None, None])
    with pytest.raises(DTypeError, match="array"):
        default_collate([numpy.array(["a"])])


def test_converting() -> None:
    converted = default_convert({"a": numpy.ones(2), "b": (1, "word"), "c": [numpy.zeros(1)]})
    assert isinstance(converted["a"], plugtorch.Tensor)
    assert converted["b"] == [1, "word"]
    assert isinstance(converted["c"][0], plugtorch.Tensor)


# -- loader ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [numbers(5), Subset(numbers(), [0, 1, 2, 3, 4])])
def test_batches_of_tensors(data: Any) -> None:
    loader = DataLoader(data, batch_size=2)
    assert len(loader) == 3
    assert told(loader) == [[[0, 1], [0.0, 2.0]], [[2, 3], [4.0, 6.0]], [[4], [8.0]]]
    assert len(DataLoader(data, batch_size=2, drop_last=True)) == 2
    assert len(told(DataLoader(data, batch_size=2, drop_last=True))) == 2


def test_the_fast_way_equals_the_slow_way() -> None:
    class Plain(Dataset[Any]):  # not a TensorDataset, so its samples are collated one by one
        def __init__(self, data: Any) -> None:
            self.data = data

        def __len__(self) -> int:
            return len(self.data)

        def __getitem__(self, i: int) -> Any:
            return self.data[i]

    for data in (numbers(), Subset(numbers(), [7, 1, 1, 4])):
        for options in ({"batch_size": 3}, {"batch_size": 4, "shuffle": True}):
            seeded = [plugtorch.Generator().manual_seed(3) for _ in range(2)]
            fast = DataLoader(data, generator=seeded[0], **options)
            slow = DataLoader(Plain(data), generator=seeded[1], **options)
            for a, b in zip(fast, slow, strict=True):
                assert type(a) is type(b)
                assert [t.dtype for t in a] == [t.dtype for t in b]
                assert [t.tolist() for t in a] == [t.tolist() for t in b]


def test_writing_to_a_batch_leaves_the_data_alone() -> None:
    data = numbers(4)
    for x, _ in DataLoader(data, batch_size=2):
        x.fill_(99)
    assert data.tensors[0].tolist() == [0, 1, 2, 3]


def test_shuffling_goes_through_everything_in_another_order_each_time() -> None:
    loader = DataLoader(numbers(50), batch_size=50, shuffle=True)
    first, second = [batch[0].tolist() for _ in range(2) for batch in loader]
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second != list(range(50))
    plugtorch.manual_seed(9)
    again = next(iter(loader))[0].tolist()
    plugtorch.manual_seed(9)
    assert next(iter(loader))[0].tolist() == again


def test_own_order_and_own_collating() -> None:
    assert told(DataLoader(numbers(), 2, sampler=[4, 1, 0])) == [[[4, 1], [8.0, 2.0]], [[0], [0.0]]]
    assert told(DataLoader(numbers(), batch_sampler=[[3], [1, 2]]))[1][0] == [1, 2]
    assert list(DataLoader(Squares(3), 2, collate_fn=lambda s: [y for _, y in s])) == [[0, 1], [4]]
    single = list(DataLoader(numbers(2), batch_size=None))
    assert single[1][0].shape == ()


def test_a_dataset_may_fetch_many_at_once() -> None:
    class Many(Squares):
        def __getitems__(self, indices: list[int]) -> Any:
            return [i + 100 for i in indices]

    assert [b.tolist() for b in DataLoader(Many(3), 2)] == [[100, 101], [102]]


def test_iterable_datasets() -> None:
    assert [b.tolist() for b in DataLoader(Counting(5), 2)] == [[0, 1], [2, 3], [4]]
    assert [b.tolist() for b in DataLoader(Counting(5), 2, drop_last=True)] == [[0, 1], [2, 3]]
    assert list(DataLoader(Counting(3), None)) == [0, 1, 2]
    assert len(DataLoader(Counting(5), 2)) == 3


@pytest.mark.parametrize(
    "options",
    [{"batch_size": 0}, {"batch_size": -1}, {"batch_size": 1.5}, {"num_workers": -1}]
    + [{"sampler": [1], "shuffle": True}, {"batch_sampler": [[1]], "batch_size": 2}]
    + [{"batch_sampler": [[1]], "drop_last": True}, {"batch_size": None, "drop_last": True}],
)
def test_options_that_contradict(options: Any) -> None:
    with pytest.raises(ArgumentError):
        DataLoader(numbers(), **options)


def test_iterable_datasets_have_no_order() -> None:
    for options in ({"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}):
        with pytest.raises(ArgumentError, match="IterableDataset"):
            DataLoader(Counting(3), **options)  # type: ignore[arg-type]


def test_empty_data() -> None:
    assert list(DataLoader(numbers(0), 2)) == []
    assert list(DataLoader(numbers(0), 2, shuffle=True)) == []
