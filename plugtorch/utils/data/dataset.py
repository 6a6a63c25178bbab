"""Data sets: what a DataLoader takes samples from."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from plugtorch.errors import ArgumentError, IndexRangeError, ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import Generator, default_generator, randperm

Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """The base of every data set: define ``__getitem__``, and ``__len__`` so that it can be
    shuffled.

    >>> import plugtorch
    >>> class Squares(plugtorch.utils.data.Dataset):
    ...     def __len__(self):
    ...         return 10
    ...     def __getitem__(self, i):
    ...         return plugtorch.tensor(i), plugtorch.tensor(i * i)
    >>> Squares()[3]
    (tensor(3), tensor(9))

    As torch.utils.data.Dataset.
    """

    def __getitem__(self, index: Any) -> Sample:
        raise NotImplementedError(
            f"[Dataset] {type(self).__name__} has no __getitem__. Define one: def "
            "__getitem__(self, index): ..."
        )

    def __add__(self, other: Dataset[Any]) -> ConcatDataset:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample]):
    """A data set that can only be gone through: define ``__iter__``. As
    torch.utils.data.IterableDataset.
    """

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError(
            f"[IterableDataset] {type(self).__name__} has no __iter__. Define one."
        )


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors of equal first size; sample i is the i-th part of each.

    Raises ShapeError for different first sizes.

    >>> import plugtorch
    >>> data = plugtorch.utils.data.TensorDataset(plugtorch.zeros(5, 2), plugtorch.arange(5))
    >>> len(data), data[3]
    (5, (tensor([0., 0.]), tensor(3)))

    As torch.utils.data.TensorDataset.
    """

    def __init__(self, *tensors: Tensor) -> None:
        sizes = [tuple(t.shape) for t in tensors]
        if not tensors or any(not s or s[0] != sizes[0][0] for s in sizes):
            raise ShapeError(
                f"[TensorDataset] got tensors of shapes {', '.join(map(str, sizes)) or 'none'}, "
                "needed at least one, and all of one first size."
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return int(self.tensors[0].shape[0])


class Subset(Dataset[Any]):
    """The samples of ``dataset`` at ``indices``. As torch.utils.data.Subset."""

    def __init__(self, dataset: Dataset[Any], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


class ConcatDataset(Dataset[Any]):
    """Data sets one after the other. As torch.utils.data.ConcatDataset.

    Raises ArgumentError for none, and for an IterableDataset.

    >>> import plugtorch
    >>> data = plugtorch.utils.data.TensorDataset(plugtorch.arange(3))
    >>> (data + data)[4]
    (tensor(1),)
    """

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ArgumentError("[ConcatDataset] got no data sets, needed at least one.")
        if any(isinstance(d, IterableDataset) for d in self.datasets):
            raise ArgumentError(
                "[ConcatDataset] an IterableDataset has no indices. Chain its iterators instead."
            )
        self.cumulative_sizes = list(itertools.accumulate(len(d) for d in self.datasets))  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> Any:
        size = len(self)
        if not -size <= index < size:
            raise IndexRangeError(
                f"[ConcatDataset] sample {index} is outside a data set of {size}."
            )
        index %= size
        which = bisect.bisect_right(self.cumulative_sizes, index)
        start = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - start]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


def random_split(
    dataset: Dataset[Any],
    lengths: Sequence[int | float],
    generator: Generator | None = default_generator,
) -> list[Subset]:
    """Parts of a data set, at random and without overlap.

    lengths: sizes that sum to the data set's, or fractions that sum to 1; what rounding down leaves
    over goes to the first parts, one sample each.

    Raises ArgumentError for other sums.

    >>> import plugtorch
    >>> data = plugtorch.utils.data.TensorDataset(plugtorch.arange(10))
    >>> [len(part) for part in plugtorch.utils.data.random_split(data, [0.75, 0.25])]
    [8, 2]

    As torch.utils.data.random_split.
    """
    size = len(dataset)  # type: ignore[arg-type]
    sizes = _sizes(lengths, size)
    if sum(sizes) != size or min(sizes, default=0) < 0:
        raise ArgumentError(
            f"[random_split] the lengths sum to {sum(lengths)}, needed {size}, the size of the "
            "data set, or fractions "
            "that sum to 1."
        )
    order = randperm(size, generator=generator).tolist()
    ends = itertools.accumulate(sizes)
    return [Subset(dataset, order[end - n : end]) for end, n in zip(ends, sizes, strict=True)]


def _sizes(lengths: Sequence[int | float], size: int) -> list[int]:
    if not math.isclose(sum(lengths), 1):
        return [int(n) for n in lengths]
    if any(not 0 <= n <= 1 for n in lengths):
        raise ArgumentError(f"[random_split] fractions are from 0 to 1, got {list(lengths)}.")
    sizes = [math.floor(size * n) for n in lengths]
    for i in range(size - sum(sizes)):
        sizes[i % len(sizes)] += 1
    return sizes
