"""What PyTorch says about memory, as far as it has a meaning here. Names are PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, ShapeError, UnsupportedError
from plugtorch.ops import elementwise, indexing
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import arange, empty
from plugtorch.tensor.pieces import narrow
from plugtorch.tensor.strides import is_contiguous

__all__ = [
    "as_strided",
    "as_strided_scatter",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "empty_permuted",
    "empty_strided",
    "layout",
    "memory_format",
    "narrow_copy",
    "preserve_format",
    "sparse_coo",
    "strided",
]


class memory_format:  # noqa: N801 - PyTorch's name
    """An order of elements in memory: accepted where PyTorch takes one, and without effect."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"plugtorch.{self._name}"


class layout(memory_format):  # noqa: N801 - PyTorch's name
    """How elements are stored: here always one after the other."""


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
strided, sparse_coo = layout("strided"), layout("sparse_coo")


def as_strided(
    input: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Any:
    """A copy of elements of a contiguous tensor: result[i, j ...] is element number offset +
    i stride[0] + j stride[1] ... of it.

    Raises ArgumentError for a tensor that is not contiguous, ShapeError for elements that are not
    there. In PyTorch it is a view.

    >>> import plugtorch
    >>> plugtorch.arange(6).as_strided((2, 2), (1, 2))
    tensor([[0, 2],
            [1, 3]])

    Source: torch.as_strided.
    """
    place = _strided("as_strided", input, size, stride, storage_offset)
    if not place.numel():
        return input.new_zeros(tuple(size))
    return indexing.index(input.reshape(-1), place, axes=(0,))


def as_strided_scatter(
    input: Any,
    src: Any,
    size: Sequence[int],
    stride: Sequence[int],
    storage_offset: int | None = None,
) -> Any:
    """A copy of input with src in the place of what ``as_strided`` gives. Source:
    torch.as_strided_scatter.
    """
    place = _strided("as_strided_scatter", input, size, stride, storage_offset)
    if tuple(shape_of(src)) != tuple(size):
        raise ShapeError(
            f"[as_strided_scatter] src of shape {tuple(shape_of(src))} has no place in {size}."
        )
    flat = input.reshape(-1)
    written = indexing.index_put(flat, src.to(input.dtype), place, axes=(0,), accumulate=False)
    return written.reshape(shape_of(input))


def _strided(
    name: str, input: Any, size: Sequence[int], stride: Sequence[int], storage_offset: int | None
) -> Any:
    """Which element of a contiguous tensor is at each place."""
    if not is_contiguous(input):
        raise ArgumentError(f"[{name}] needs a contiguous tensor. Use contiguous() first.")
    if len(size) != len(stride):
        raise ShapeError(f"[{name}] {len(size)} sizes for {len(stride)} strides.")
    if any(n < 0 for n in (*size, *stride)):
        raise ArgumentError(f"[{name}] sizes {size} and strides {stride} must not be negative.")
    offset = storage_offset or 0
    if 0 in size:
        return arange(0, device=input.device).reshape(tuple(size))
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    if offset < 0 or last >= input.numel():
        raise ShapeError(
            f"[{name}] element {last} is outside a tensor of {input.numel()} elements."
        )
    place = arange(1, device=input.device).reshape(()) + offset
    for axis, (n, s) in enumerate(zip(size, stride)):
        along = [n if a == axis else 1 for a in range(len(size))]
        place = place + (arange(n, device=input.device) * s).reshape(along)
    return place


def empty_strided(size: Any, stride: Any, **options: Any) -> Any:
    """``empty``; the order of elements has no effect. Source: torch.empty_strided."""
    if len(size) != len(stride):
        raise ShapeError(f"[empty_strided] {len(size)} sizes for {len(stride)} strides.")
    return empty(size, **options)


def empty_permuted(size: Any, physical_layout: Any, **options: Any) -> Any:
    """``empty``; the order of elements has no effect. Source: torch.empty_permuted."""
    if sorted(physical_layout) != list(range(len(size))):
        raise ArgumentError(
            f"[empty_permuted] {tuple(physical_layout)} is no order of {len(size)} axes."
        )
    return empty(size, **options)


def new_empty_strided(self: Any, size: Any, stride: Any, **options: Any) -> Any:
    """``new_empty``; the order of elements has no effect. Source:
    torch.Tensor.new_empty_strided.
    """
    return empty_strided(size, stride, **{"dtype": self.dtype, "device": self.device, **options})


def narrow_copy(input: Any, dim: int, start: int, length: int) -> Any:
    """As ``narrow``, in memory of its own. Source: torch.narrow_copy."""
    return elementwise.clone.apply(narrow(input, dim, start, length))


def storage_offset(self: Any) -> int:
    """Where the first element is in the box, counted in elements. Source:
    torch.Tensor.storage_offset.
    """
    view = self.through
    if view is None or not self.numel():
        return 0
    count = 1
    for n in self.storage.array.shape:
        count *= n
    numbers = arange(count, device="cpu").reshape(tuple(self.storage.array.shape))
    for movement, parameters in view.steps:
        numbers = movement(numbers, **parameters)
    return int(numbers.reshape(-1)[0])


def pin_memory(self: Any, device: Any = None) -> Any:
    """The tensor itself: memory is not pinned here. Source: torch.Tensor.pin_memory."""
    return self


def is_pinned(self: Any, device: Any = None) -> bool:
    """Whether its memory is pinned: never. Source: torch.Tensor.is_pinned."""
    return False


def share_memory_(self: Any) -> Any:
    """Refused: a tensor is not shared between processes. Source: torch.Tensor.share_memory_."""
    raise UnsupportedError(
        "[share_memory_] tensors are not shared between processes. Send a copy, as DataLoader's "
        "workers do."
    )


def resize_(self: Any, *size: Any, memory_format: Any = None) -> Any:
    """Refused: a box has as many elements as its tensor. Source: torch.Tensor.resize_."""
    shape = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    if shape == tuple(shape_of(self)):
        return self
    raise UnsupportedError(
        "[resize_] a tensor cannot be given another number of elements in its memory. Use "
        "reshape(), or a new tensor: x.new_empty(size)."
    )


def resize_as_(self: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """As ``resize_``, to the shape of another tensor. Source: torch.Tensor.resize_as_."""
    return resize_(self, tuple(shape_of(the_template)))


def set_(self: Any, source: Any = None, *more: Any) -> Any:
    """See the box of another tensor. Source: torch.Tensor.set_."""
    if more or not hasattr(source, "through"):
        raise UnsupportedError("[set_] takes a tensor alone; there are no strides to be given.")
    self.data = source
    return self


# -- a Python function for each element ------------------------------------------------------------


def apply_(self: Any, callable: Any) -> Any:
    """Each element replaced by callable(element), one by one in Python. Source:
    torch.Tensor.apply_.
    """
    return _mapped(self, callable, (self,), "apply_")


def map_(self: Any, tensor: Any, callable: Any) -> Any:
    """Each element replaced by callable(element, other). Source: torch.Tensor.map_."""
    return _mapped(self, callable, (self, tensor.expand(shape_of(self))), "map_")


def _mapped(self: Any, function: Any, operands: Any, name: str) -> Any:
    columns = [o.detach().reshape(-1).tolist() for o in operands]
    new = self.new_tensor([function(*row) for row in zip(*columns)])
    kind = self.dtype if self.numel() else dtypes.get_default_dtype()
    return self._assign(new.to(kind).reshape(shape_of(self)), name)
