"""Making a tensor larger at its edges."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.ops import indexing, movement
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import full, tensor


def pad(
    input: Tensor, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """The input with elements added, or for negative numbers taken away, at both ends of its last
    axes.

    pad: (before, after) of the last axis, then of the one before it, and so on. mode: "constant"
    puts ``value`` (0 for None) there, "reflect" mirrors at the edge, "replicate" repeats the edge,
    "circular" goes on at the other end.

    Raises ArgumentError for another mode, ShapeError for sizes that do not fit or are not in pairs.

    >>> import plugtorch
    >>> plugtorch.nn.functional.pad(plugtorch.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])

    As torch.nn.functional.pad.
    """
    if len(pad) % 2:
        raise ShapeError(f"[pad] got {len(pad)} sizes, needed a pair for each axis.")
    if len(pad) // 2 > input.ndim:
        raise ShapeError(f"[pad] got {len(pad) // 2} pairs for an input of {input.ndim} axes.")
    pairs = [(int(pad[i]), int(pad[i + 1])) for i in range(0, len(pad), 2)]
    if mode == "constant":
        return _constant(input, pairs, 0.0 if value is None else value)
    if mode not in _SOURCES:
        known = ", ".join(["constant", *_SOURCES])
        raise ArgumentError(f"[pad] there is no mode {mode!r}. Choose one of: {known}.")
    if value:
        raise ArgumentError(f"[pad] mode {mode!r} takes no value.")
    return (_around if mode == "circular" else _from_edges)(input, pairs, mode)


def _around(input: Tensor, pairs: list[tuple[int, int]], mode: str) -> Tensor:
    """Padded with elements of its own."""
    for i, (before, after) in enumerate(pairs):
        axis = input.ndim - 1 - i
        size = input.shape[axis]
        _check(mode, tuple(input.shape), axis, before, after)
        if mode == "circular":  # goes round what is left of it
            input = input.narrow(axis, max(-before, 0), size + min(before, 0) + min(after, 0))
            before, after, size = max(before, 0), max(after, 0), input.shape[axis]
        places = [_SOURCES[mode](place, size) for place in range(-before, size + after)]
        index = tensor(places, device=input.device, dtype=int64)
        input = indexing.index(input, index, axes=(axis,))
    return input


_from_edges = autocasts(cpu=FLOAT32)(_around)


def _constant(x: Tensor, pairs: list[tuple[int, int]], value: float) -> Tensor:
    shape = list(x.shape)
    spans = [(0, size, 1) for size in shape]
    for i, (before, after) in enumerate(pairs):
        axis = x.ndim - 1 - i
        kept = shape[axis] + min(before, 0) + min(after, 0)
        if kept < 0 or shape[axis] + before + after < 0:
            raise ShapeError(
                f"[pad] ({before}, {after}) takes more than there is from axis {axis} of shape "
                f"{tuple(x.shape)}."
            )
        x = x.narrow(axis, max(-before, 0), kept)
        start = max(before, 0)
        spans[axis] = (start, start + kept, 1)
        shape[axis] += before + after
    frame = full(tuple(shape), value, dtype=x.dtype, device=x.device)
    return movement.put_slice(frame, x, spans=tuple(spans))


def _check(mode: str, shape: tuple[int, ...], axis: int, before: int, after: int) -> None:
    most = {"reflect": shape[axis] - 1, "circular": shape[axis]}.get(mode)
    if most is not None and max(before, after) > most:
        raise ShapeError(
            f"[pad] mode {mode!r} can add at most {most} at axis {axis} of shape {shape}, got "
            f"({before}, {after})."
        )
    if shape[axis] + before + after <= 0 or shape[axis] == 0:
        raise ShapeError(
            f"[pad] ({before}, {after}) leaves nothing of axis {axis} of shape {shape}."
        )


def _reflect(place: int, size: int) -> int:
    if place < 0:
        return -place
    return place if place < size else 2 * (size - 1) - place


_SOURCES: dict[str, Callable[[int, int], int]] = {
    "reflect": _reflect,
    "replicate": lambda place, size: min(max(place, 0), size - 1),
    "circular": lambda place, size: place % size,
}
