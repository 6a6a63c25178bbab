"""Sequences of different lengths in one tensor: padded, or packed without padding.

A packed batch has the rows of the first time, then those of the second, and so on; the longest
sequences come first, so that each keeps its place as long as it lasts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from plugtorch.dtypes import (
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    uint8,
)
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange, tensor
from plugtorch.tensor.joining import cat, stack

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """Sequences of different lengths without padding. Made by ``pack_sequence`` and its like.

    data: (sum of lengths, ...). batch_sizes: int64 on the CPU, how many sequences there are at each
    time. sorted_indices, unsorted_indices: how the sequences were put in order, and back; None
    where they were in order.

    >>> import plugtorch
    >>> rnn = plugtorch.nn.utils.rnn
    >>> rnn.pack_sequence([plugtorch.tensor([1, 2, 3]), plugtorch.tensor([4])])[:2]
    (tensor([1, 4, 2, 3]), tensor([2, 1, 1]))

    As torch.nn.utils.rnn.PackedSequence.
    """

    def __new__(
        cls,
        data: Any,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:
        if batch_sizes is None:
            data, batch_sizes = data
        if batch_sizes.device.type != "cpu":
            raise ArgumentError(
                "[PackedSequence] batch_sizes must be on the CPU. Make packed sequences with "
                "pack_sequence or pack_padded_sequence."
            )
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """With the data in another dtype, on another device, or both; itself if it already is."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        order = [None if i is None else i.to(data.device) for i in self[2:]]
        return type(self)(data, self.batch_sizes, *order)

    def cpu(self) -> Self:
        """With the data on the CPU."""
        return self.to("cpu")

    def double(self) -> Self:
        """With the data in float64."""
        return self.to(float64)

    def float(self) -> Self:
        """With the data in float32."""
        return self.to(float32)

    def half(self) -> Self:
        """With the data in float16."""
        return self.to(float16)

    def long(self) -> Self:
        """With the data in int64."""
        return self.to(int64)

    def int(self) -> Self:
        """With the data in int32."""
        return self.to(int32)

    def short(self) -> Self:
        """With the data in int16."""
        return self.to(int16)

    def char(self) -> Self:
        """With the data in int8."""
        return self.to(int8)

    def byte(self) -> Self:
        """With the data in uint8."""
        return self.to(uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether the data are on a CUDA device: never here."""
        return self.data.is_cuda


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes one; None of None.

    >>> import plugtorch
    >>> plugtorch.nn.utils.rnn.invert_permutation(plugtorch.tensor([2, 0, 1]))
    tensor([1, 2, 0])

    As torch.nn.utils.rnn.invert_permutation.
    """
    if permutation is None:
        return None
    places = arange(permutation.numel(), device=permutation.device, dtype=permutation.dtype)
    return places.scatter(0, permutation, places)


def _filled(batch_sizes: Tensor, times: int, batch: int) -> tuple[Tensor, Tensor]:
    """Where a padded batch, (times, batch), is filled: the flat places, and each one's length."""
    filled = arange(batch, device="cpu") < batch_sizes.unsqueeze(1)
    return filled.reshape(-1).nonzero().squeeze(1), filled.sum(0)


def pack_padded_sequence(
    input: Tensor,
    lengths: Tensor | Sequence[int],
    batch_first: bool = False,
    enforce_sorted: bool = True,
) -> PackedSequence:
    """A padded batch without its padding.

    input: (T, N, ...), or (N, T, ...) if batch_first. lengths: N whole numbers from 1 to T, on the
    CPU. enforce_sorted: refuse lengths that are not in decreasing order; False sorts them.

    Raises ArgumentError and ShapeError where lengths do not fit.

    >>> import plugtorch
    >>> rnn = plugtorch.nn.utils.rnn
    >>> x = plugtorch.tensor([[1, 2, 0], [3, 0, 0], [4, 5, 6]])
    >>> rnn.pack_padded_sequence(x, [2, 1, 3], batch_first=True, enforce_sorted=False)
    PackedSequence(data=tensor([4, 1, 3, 5, 2, 6]), batch_sizes=tensor([3, 2, 1]),
    sorted_indices=tensor([2, 0, 1]), unsorted_indices=tensor([1, 2, 0]))

    As torch.nn.utils.rnn.pack_padded_sequence.
    """
    counts = _lengths(input, lengths, batch_first)
    rows = input.transpose(0, 1) if batch_first else input
    order = None
    if not enforce_sorted:
        counts, order = counts.sort(descending=True)
        order = order.to(input.device)
        rows = rows.index_select(1, order)
    ordered = counts.tolist()
    if ordered != sorted(ordered, reverse=True):
        raise ArgumentError(
            f"[pack_padded_sequence] the lengths {ordered} are not in decreasing order. Give "
            "enforce_sorted=False to have the sequences sorted."
        )
    times, batch = ordered[0], len(ordered)
    batch_sizes = (arange(times, device="cpu").unsqueeze(1) < counts).sum(1)
    places, _ = _filled(batch_sizes, times, batch)
    flat = rows[:times].reshape(times * batch, *rows.shape[2:])
    return PackedSequence(flat.index_select(0, places.to(input.device)), batch_sizes, order)


def _lengths(input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool) -> Tensor:
    if input.ndim < 2 or not input.numel():
        raise ShapeError(
            f"[pack_padded_sequence] got an input of shape {tuple(input.shape)}, needed at least "
            "two axes, none of them empty."
        )
    batch, times = input.shape[:2] if batch_first else (input.shape[1], input.shape[0])
    if isinstance(lengths, Tensor):
        counts = lengths.to(int64)
    else:
        counts = tensor(lengths, dtype=int64, device="cpu")
    if counts.device.type != "cpu" or tuple(counts.shape) != (batch,):
        raise ShapeError(
            f"[pack_padded_sequence] lengths must be {batch} whole numbers on the CPU, got shape "
            f"{tuple(counts.shape)} on {counts.device}."
        )
    if not 0 < int(counts.min()) <= int(counts.max()) <= times:
        raise ArgumentError(
            f"[pack_padded_sequence] lengths must be from 1 to {times}, the input's number of "
            f"times; got {counts.tolist()}."
        )
    return counts


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """A packed batch with padding, (T, N, ...) or if batch_first (N, T, ...), and the lengths.

    total_length: T, at least the longest length; None for that.

    Raises ArgumentError for a total_length that is too small.

    >>> import plugtorch
    >>> rnn = plugtorch.nn.utils.rnn
    >>> packed = rnn.pack_sequence([plugtorch.tensor([1, 2, 3]), plugtorch.tensor([4])])
    >>> rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2, 3],
             [4, 0, 0]]), tensor([3, 1]))

    As torch.nn.utils.rnn.pad_packed_sequence.
    """
    data, batch_sizes, _, back = sequence
    times, batch = batch_sizes.shape[0], int(batch_sizes[0])
    if total_length is not None and total_length < times:
        raise ArgumentError(
            f"[pad_packed_sequence] total_length is {total_length}, but the longest sequence has "
            f"{times} elements."
        )
    places, lengths = _filled(batch_sizes, times, batch)
    times = times if total_length is None else total_length
    blank = data.new_full((times * batch, *data.shape[1:]), padding_value)
    padded = blank.index_copy(0, places.to(data.device), data)
    padded = padded.reshape(times, batch, *data.shape[1:])
    if batch_first:
        padded = padded.transpose(0, 1)
    if back is None:
        return padded, lengths
    return padded.index_select(0 if batch_first else 1, back), lengths[back.cpu()]


def pad_sequence(
    sequences: Iterable[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (L, ...) side by side, the shorter ones padded: (T, N, ...) or if batch_first
    (N, T, ...).

    padding_side: "right" or "left".

    Raises ArgumentError for no sequences and for another side, ShapeError where shapes do not fit.

    >>> import plugtorch
    >>> x, y = plugtorch.ones(3), plugtorch.ones(1)
    >>> plugtorch.nn.utils.rnn.pad_sequence([x, y], batch_first=True)
    tensor([[1., 1., 1.],
            [1., 0., 0.]])

    As torch.nn.utils.rnn.pad_sequence.
    """
    if not isinstance(sequences, Iterable):
        raise ArgumentError(
            f"[pad_sequence] needs a list of tensors, got a {type(sequences).__name__}."
        )
    listed = list(sequences)
    if not listed or any(s.ndim == 0 for s in listed):
        raise ShapeError("[pad_sequence] needs at least one sequence, each with at least one axis.")
    if padding_side not in ("left", "right"):
        raise ArgumentError(
            f'[pad_sequence] padding_side is "right" or "left", got {padding_side}.'
        )
    times, rest = max(s.shape[0] for s in listed), tuple(listed[0].shape[1:])
    padded = []
    for sequence in listed:
        if tuple(sequence.shape[1:]) != rest:
            raise ShapeError(
                f"[pad_sequence] sequences may differ in the first size only, got "
                f"{tuple(listed[0].shape)} and {tuple(sequence.shape)}."
            )
        parts = [sequence.to(listed[0].dtype)]
        if sequence.shape[0] < times:
            blank = listed[0].new_full((times - sequence.shape[0], *rest), padding_value)
            parts.insert(1 if padding_side == "right" else 0, blank)
        padded.append(cat(parts))
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False
) -> list[Tensor]:
    """The sequences of a padded batch, (T, N, ...) or if batch_first (N, T, ...), as a list.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[1, 2, 3], [4, 0, 0]])
    >>> plugtorch.nn.utils.rnn.unpad_sequence(x, plugtorch.tensor([3, 1]), batch_first=True)
    [tensor([1, 2, 3]), tensor([4])]

    As torch.nn.utils.rnn.unpad_sequence, which leaves its argument transposed.
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    counts = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    if len(counts) != rows.shape[0]:
        raise ShapeError(
            f"[unpad_sequence] got {len(counts)} lengths for {rows.shape[0]} sequences."
        )
    return [row[: max(count, 0)] for row, count in zip(rows, counts)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (L, ...) of different lengths, packed.

    enforce_sorted: refuse what is not in the order of decreasing length; False sorts it.

    Raises what ``pad_sequence`` and ``pack_padded_sequence`` raise.

    >>> import plugtorch
    >>> plugtorch.nn.utils.rnn.pack_sequence([plugtorch.tensor([1, 2]), plugtorch.tensor([3])]).data
    tensor([1, 3, 2])

    As torch.nn.utils.rnn.pack_sequence.
    """
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch, in the order in which they were given.

    >>> import plugtorch
    >>> rnn = plugtorch.nn.utils.rnn
    >>> rnn.unpack_sequence(rnn.pack_sequence([plugtorch.tensor([1, 2]), plugtorch.tensor([3])]))
    [tensor([1, 2]), tensor([3])]

    As torch.nn.utils.rnn.unpack_sequence.
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
