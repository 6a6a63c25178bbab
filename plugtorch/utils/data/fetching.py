"""From indices to a batch: what a DataLoader does for each, here or in a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from plugtorch.tensor.creation import tensor
from plugtorch.utils.data.collate import default_collate
from plugtorch.utils.data.dataset import IterableDataset, Subset, TensorDataset, many

Fetch = Callable[[Any], Any]


@dataclass(frozen=True)
class Recipe:
    """What there is to know about a loader's batches; goes to worker processes.

    batched: whether it is asked for lists of indices, or for one sample at a time.
    """

    dataset: Any
    collate: Callable[[Any], Any]
    batched: bool
    drop_last: bool

    @property
    def streams(self) -> bool:
        """Whether samples come in an order of their own."""
        return isinstance(self.dataset, IterableDataset)

    def begin(self) -> Fetch:
        """A function from indices to a batch, for one epoch. It raises StopIteration where an
        IterableDataset has no more.
        """
        if self.streams:
            return _streaming(self)
        if not self.batched:
            return lambda index: self.collate(self.dataset[index])
        gather = _gathering(self.dataset) if self.collate is default_collate else None
        return gather or self._gathered

    def _gathered(self, indices: Any) -> Any:
        return self.collate(many(self.dataset, indices))


def _streaming(recipe: Recipe) -> Fetch:
    stream = iter(recipe.dataset)
    ended = False

    def fetch(places: Sequence[None]) -> Any:
        nonlocal ended
        if ended:
            raise StopIteration
        if not recipe.batched:
            return recipe.collate(next(stream))
        samples = []
        for _ in places:
            try:
                samples.append(next(stream))
            except StopIteration:
                ended = True
                break
        if not samples or (recipe.drop_last and len(samples) < len(places)):
            raise StopIteration
        return recipe.collate(samples)

    return fetch


def _gathering(dataset: Any) -> Fetch | None:
    """For tensors: a function that takes a whole batch out of each at once, instead of sample by
    sample.
    """
    if type(dataset) is TensorDataset:
        return lambda indices: _take(dataset, list(indices))
    if type(dataset) is Subset and type(dataset.dataset) is TensorDataset:
        whole, chosen = dataset.dataset, dataset.indices
        return lambda indices: _take(whole, [chosen[i] for i in indices])
    return None


def _take(dataset: TensorDataset, indices: list[int]) -> list[Any]:
    """A copy of the samples: a batch may be written to without changing the data set."""
    places = tensor(indices)
    return [t[places.to(t.device)] for t in dataset.tensors]
