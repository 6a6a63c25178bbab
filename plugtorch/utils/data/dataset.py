"""Data sets: what a DataLoader takes samples from."""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
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

    def __add__(self, other: Any) -> Any:
        return ChainDataset([self, other])


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


class StackDataset(Dataset[Any]):
    """Data sets side by side: sample i is the tuple, or with names the dict, of each one's i-th.

    Raises ArgumentError for none, for different sizes, and for some with names and some without.

    >>> from plugtorch.utils.data import StackDataset
    >>> StackDataset([1, 2], "ab")[1], StackDataset(image=[1, 2], text="ab")[0]
    ((2, 'b'), {'image': 1, 'text': 'a'})

    As torch.utils.data.StackDataset.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ArgumentError(
                "[StackDataset] needs data sets, all with names or all without; got "
                f"{len(args)} without and {len(kwargs)} with."
            )
        self.datasets: tuple[Any, ...] | dict[str, Any] = args or kwargs
        sizes = [len(dataset) for dataset in self._parts()]
        if len(set(sizes)) > 1:
            raise ArgumentError(
                f"[StackDataset] needs data sets of one size, got {', '.join(map(str, sizes))}."
            )
        self._length = sizes[0]

    def _parts(self) -> list[Any]:
        return list(self.datasets.values() if isinstance(self.datasets, dict) else self.datasets)

    def _sample(self, parts: Iterable[Any]) -> Any:
        if isinstance(self.datasets, dict):
            return dict(zip(self.datasets, parts))
        return tuple(parts)

    def __getitem__(self, index: Any) -> Any:
        return self._sample(dataset[index] for dataset in self._parts())

    def __getitems__(self, indices: list[int]) -> list[Any]:
        columns = [many(dataset, indices) for dataset in self._parts()]
        for column in columns:
            if len(column) != len(indices):
                raise ArgumentError(
                    f"[StackDataset] a data set's __getitems__ gave {len(column)} samples for "
                    f"{len(indices)} indices."
                )
        return [self._sample(parts) for parts in zip(*columns)]

    def __len__(self) -> int:
        return self._length


def many(dataset: Any, indices: list[int]) -> Any:
    """Several samples, at once if the data set can do that, as in PyTorch."""
    fetch = getattr(dataset, "__getitems__", None)
    return fetch(indices) if callable(fetch) else [dataset[i] for i in indices]


class Subset(Dataset[Any]):
    """The samples of ``dataset`` at ``indices``.

    Raises NotImplementedError for a subclass with a __getitem__ of its own and no __getitems__,
    which is what a DataLoader would use.

    As torch.utils.data.Subset.
    """

    def __init__(self, dataset: Dataset[Any], indices: Sequence[int]) -> None:
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"[Subset] {kind.__name__} has its own __getitem__, and a DataLoader calls "
                "__getitems__. Define that as well: return [self[i] for i in indices]."
            )
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> Any:
        return many(self.dataset, [self.indices[i] for i in indices])

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
                "[ConcatDataset] an IterableDataset has no indices. Use ChainDataset."
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


class ChainDataset(IterableDataset[Any]):
    """IterableDatasets one after the other; ``a + b`` is one. As torch.utils.data.ChainDataset.

    Raises ArgumentError, when it is gone through, for anything else.
    """

    def __init__(self, datasets: Iterable[Dataset[Any]]) -> None:
        self.datasets = datasets

    def _each(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise ArgumentError(
                    f"[ChainDataset] {type(dataset).__name__} is no IterableDataset. Use "
                    "ConcatDataset for data sets with indices."
                )
            yield dataset

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(self._each())

    def __len__(self) -> int:
        return sum(map(len, self._each()))


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
    for i, n in enumerate(sizes):
        if n == 0:
            warnings.warn(
                f"[random_split] part {i} is empty: {lengths[i]} of {size} samples.", stacklevel=3
            )
    return sizes
