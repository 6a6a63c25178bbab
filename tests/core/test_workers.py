"""Worker processes of a DataLoader give the same batches as without them."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from typing import Any

import numpy
import pytest
from loading import METHODS, Calling, Count, Items, told

import plugtorch
from plugtorch.utils.data import (
    DataLoader,
    Subset,
    TensorDataset,
    get_worker_info,
    passing,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),  # where there is one core
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


# -- the same batches ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_the_same_batches(method: str) -> None:
    for data in (Items(5, 20_000), Items(), Items(0))[: None if method == "fork" else 1]:
        with plugtorch.device("cpu"):
            expected = [told(batch) for batch in DataLoader(data, 2)]
        loader = DataLoader(data, 2, num_workers=2, multiprocessing_context=method)
        assert len(loader) == len(iter(loader)) == len(expected)
        assert [told(batch) for batch in loader] == expected


@pytest.mark.parametrize("workers", [0, 1, 3])
@pytest.mark.parametrize("seeded", [False, True])
def test_the_same_order_whatever_the_workers(workers: int, seeded: bool) -> None:
    x = plugtorch.arange(50, device="cpu")
    data = Subset(TensorDataset(x, x * 2), list(range(5, 45)))
    plugtorch.manual_seed(3)
    generator = plugtorch.Generator().manual_seed(8) if seeded else None
    loader = DataLoader(data, 4, shuffle=True, num_workers=workers, generator=generator)
    epochs = [[told(b) for b in loader] for _ in range(2)]
    after = float(plugtorch.rand(()))
    plugtorch.manual_seed(3)
    generator = plugtorch.Generator().manual_seed(8) if seeded else None
    alone = DataLoader(data, 4, shuffle=True, generator=generator)
    assert epochs == [[told(b) for b in alone] for _ in range(2)]
    assert epochs[0] != epochs[1]
    assert float(plugtorch.rand(())) == after


@pytest.mark.parametrize("persistent", [False, True])
@pytest.mark.parametrize("ahead", [1, 2, 7])
def test_iterable_datasets_divide_themselves(persistent: bool, ahead: int) -> None:
    loader = DataLoader(
        Count(11), 2, num_workers=3, prefetch_factor=ahead, persistent_workers=persistent
    )
    for _ in range(2):
        batches = [batch.tolist() for batch in loader]
        assert batches == [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10], [8]]
    shorter = DataLoader(Count(11), 2, num_workers=3, prefetch_factor=ahead, drop_last=True)
    assert [batch.tolist() for batch in shorter] == batches[:-1]
    assert sorted(DataLoader(Count(5), None, num_workers=2)) == list(range(5))


def test_a_dataset_that_does_not_divide_itself_is_seen_twice() -> None:
    class Whole(Count):
        def __iter__(self) -> Any:
            return iter(range(self.size))

    loader = DataLoader(Whole(2), num_workers=2)
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="has to choose its part"):
        assert [int(batch) for batch in loader] == [0, 0, 1, 1]


def test_what_is_ready_comes_first_if_order_does_not_matter() -> None:
    def slow(i: int) -> int:
        if i == 0:
            time.sleep(0.5)
        return i

    loader = DataLoader(Calling(slow), 1, num_workers=2, in_order=False)
    batches = [int(batch) for batch in loader]
    assert sorted(batches) == list(range(8))
    assert batches[0] != 0


def test_batches_of_ones_own() -> None:
    loader = DataLoader(Calling(int), batch_sampler=[[3], [1, 2]], num_workers=2)
    assert [batch.tolist() for batch in loader] == [[3], [1, 2]]
    loader = DataLoader(Calling(int), 3, num_workers=1, collate_fn=sum, drop_last=True)
    assert list(loader) == [3, 12]
    assert list(DataLoader(Calling(int), None, sampler=[4, 4], num_workers=1)) == [4, 4]


# -- in a worker -----------------------------------------------------------------------------------


def test_what_a_worker_knows() -> None:
    assert get_worker_info() is None
    data = Calling(lambda i: (i, get_worker_info().id, get_worker_info().seed, os.getpid()), 4)
    generator = plugtorch.Generator().manual_seed(1)
    loader = DataLoader(data, None, num_workers=2, generator=generator)
    rows = list(loader)
    assert [row[:2] for row in rows] == [[0, 0], [1, 1], [2, 0], [3, 1]]
    assert rows[1][2] == rows[0][2] + 1
    assert len({row[3] for row in rows} | {os.getpid()}) == 3
    assert next(iter(loader))[2] != rows[0][2]  # another epoch, other seeds
    generator.manual_seed(1)
    assert next(iter(loader))[2] == rows[0][2]


def test_random_numbers_differ_between_workers_and_follow_the_seed() -> None:
    def draw(i: int) -> Any:
        return random.random(), float(numpy.random.rand()), float(plugtorch.rand(()))

    def epoch() -> Any:
        plugtorch.manual_seed(4)
        return list(DataLoader(Calling(draw, 4), None, num_workers=2))

    first = epoch()
    assert first == epoch()
    for column in zip(*first, strict=True):
        assert len(set(column)) == 4


def test_worker_init_fn() -> None:
    def begin(number: int) -> None:
        get_worker_info().dataset.offset = 100 * number

    class Offset(Calling):
        offset = -1

        def __getitem__(self, i: int) -> int:
            return i + self.offset

    loader = DataLoader(Offset(None, 4), None, num_workers=2, worker_init_fn=begin)
    assert list(loader) == [0, 101, 2, 103]


def test_new_tensors_of_a_worker_are_on_the_cpu() -> None:
    with plugtorch.device("no such device"):
        loader = DataLoader(Calling(int), 4, num_workers=1)
        assert [str(batch.device) for batch in loader] == ["cpu", "cpu"]


def test_persistent_workers_stay() -> None:
    data = Calling(lambda i: (i, os.getpid(), plugtorch.get_num_threads()))
    loader = DataLoader(data, None, num_workers=2, persistent_workers=True)
    first = list(loader)
    next(iter(loader))  # an epoch that is not gone through: nothing of it may come in the next
    assert list(loader) == list(loader) == first
    assert [row[0] for row in first] == list(range(8))
    assert {row[2] for row in first} == {1}
    other = list(DataLoader(data, None, num_workers=2))
    assert {row[1] for row in other}.isdisjoint({row[1] for row in first})
    del loader


# -- the way between processes ---------------------------------------------------------------------


def test_memory_on_its_way() -> None:
    here, there = multiprocessing.Pipe()
    for size in (0, 1, 1000, 100_000):
        message = [numpy.arange(size), numpy.zeros((0, 3)), "text", numpy.ones((3, size)).T]
        passing.send(here, passing.pack(message))
        first, empty, text, turned = passing.receive(there)
        assert first.tolist() == list(range(size))
        assert (empty.shape, text, turned.shape) == ((0, 3), "text", (size, 3))
        first[:] = 1  # it is the receiver's own
        assert first.flags.aligned


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no files in memory here")
def test_many_batches_may_be_held(monkeypatch: Any) -> None:
    monkeypatch.setattr(passing, "MAPS", 3)
    before = len(os.listdir("/proc/self/fd"))
    held = list(DataLoader(Items(12, 20_000), 1, num_workers=2))
    assert len(os.listdir("/proc/self/fd")) <= before + 3
    assert [batch["tensor"].mean().item() for batch in held] == list(range(12))


def test_a_busy_worker_and_many_tasks_do_not_wait_for_each_other() -> None:
    indices = [list(range(20_000))] * 30  # much more than a pipe holds, both ways
    data = Calling(str, 20_000)
    loader = DataLoader(data, batch_sampler=indices, num_workers=1, prefetch_factor=30)
    assert sum(len(batch) for batch in loader) == 600_000
