"""From samples to a batch."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

from plugtorch.dtypes import float64
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import as_tensor, tensor
from plugtorch.tensor.joining import stack


def default_convert(data: Any) -> Any:
    """NumPy arrays inside ``data`` as tensors; everything else stays. As
    torch.utils.data.default_convert.
    """
    if isinstance(data, Tensor):
        return data
    if _is_array(data):
        return as_tensor(data) if data.dtype.kind in "biuf" else data
    if isinstance(data, (str, bytes)):
        return data
    if isinstance(data, Mapping):
        return _mapping(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(part) for part in data]
    if isinstance(data, Sequence):
        return _sequence(data, [default_convert(part) for part in data])
    return data


def default_collate(batch: Sequence[Any]) -> Any:
    """Samples as one batch: tensors and arrays stacked, numbers as a tensor, tuples and mappings
    part by part.

    Strings stay a list. Floats become float64, as in PyTorch.

    Raises ShapeError for tensors of different shapes, ArgumentError for samples of different
    lengths, DTypeError for what cannot be put together.

    >>> import plugtorch
    >>> plugtorch.utils.data.default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]

    As torch.utils.data.default_collate.
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return _stacked(batch)
    if _is_array(first):
        if first.dtype.kind not in "biuf":
            raise DTypeError(
                f"[default_collate] cannot make a tensor of an array of {first.dtype}."
            )
        return _stacked([as_tensor(sample) for sample in batch])
    if isinstance(first, float):
        return tensor(list(batch), dtype=float64)
    if isinstance(first, int):
        return tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _mapping(
            first, {key: default_collate([sample[key] for sample in batch]) for key in first}
        )
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise ArgumentError(
                "[default_collate] the samples of a batch have different lengths: "
                f"{_few(map(len, batch))}. "
                "Give the DataLoader a collate_fn that pads them."
            )
        parts = list(zip(*batch, strict=True))
        if isinstance(first, tuple) and hasattr(first, "_fields"):
            return type(first)(*map(default_collate, parts))
        collated = [default_collate(part) for part in parts]
        return collated if isinstance(first, tuple) else _sequence(first, collated)
    raise DTypeError(
        f"[default_collate] cannot batch samples of type {type(first).__name__}. Return tensors, "
        "arrays, numbers, "
        "strings, or tuples, lists and mappings of these; or give the DataLoader a collate_fn."
    )


def _stacked(tensors: Sequence[Any]) -> Tensor:
    shapes = {tuple(t.shape) for t in tensors}
    if len(shapes) > 1:
        raise ShapeError(
            f"[default_collate] the tensors of a batch have different shapes: {_few(shapes)}. "
            "Give the DataLoader a collate_fn that pads them."
        )
    return stack(tensors)


def _few(values: Any) -> str:
    some = sorted(set(values))
    return ", ".join(map(str, some[:4])) + (" ..." if len(some) > 4 else "")


def _is_array(value: Any) -> bool:
    """Whether it is a NumPy array or scalar; said without importing NumPy."""
    return type(value).__module__ == "numpy" and hasattr(value, "dtype") and hasattr(value, "shape")


def _mapping(original: Any, parts: dict[Any, Any]) -> Any:
    """``parts`` in the type of ``original``, and with its other attributes, where that can be."""
    try:
        if not isinstance(original, MutableMapping):
            return type(original)(parts)
        other = copy.copy(original)
        other.update(parts)
    except TypeError:
        return parts
    return other


def _sequence(original: Any, parts: list[Any]) -> Any:
    """As ``_mapping``."""
    try:
        if not isinstance(original, MutableSequence):
            return type(original)(parts)
        other = copy.copy(original)
        for i, part in enumerate(parts):
            other[i] = part
    except TypeError:
        return parts
    return other
