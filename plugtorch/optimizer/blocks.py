"""A rule applied to a large parameter block by block.

A rule for one parameter is a dozen operations, and on a device that runs each at once every one of
them goes through all of memory. Where the rule works element by element (``elementwise = True``),
it may as well be given a piece that fits the cache, a piece after the other: same rule, same
result, a fraction of the traffic. A device says what fits by ``Backend.block``; one that fuses the
rule into a single kernel has no use for this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

from plugtorch.storage import TensorBase, wrap

Span = tuple[int, int, int]


def fits_blocks(parameter: Any, state: dict[str, Any], block: int) -> bool:
    """Whether the parameter is large, and its state numbers and tensors of its shape, each in a
    box of its own.
    """
    shape = parameter.value().shape
    if prod(shape) < 2 * block or parameter.through is not None:
        return False
    boxes = [id(v.storage) for v in (parameter, *state.values()) if isinstance(v, TensorBase)]
    if len(set(boxes)) < len(boxes):  # what is written to one would be read from the other
        return False
    return all(
        v.value().shape == shape and v.through is None
        if isinstance(v, TensorBase)
        else v is not None
        for v in state.values()
    )


def spans_of(shape: tuple[int, ...], block: int) -> Iterator[tuple[Span, ...]]:
    """Spans of about ``block`` elements, along the first axis that is longer than 1."""
    axis = next((i for i, size in enumerate(shape) if size > 1), 0)
    whole = [(0, size, 1) for size in shape[:axis]]
    step = max(1, block // max(1, prod(shape[axis + 1 :])))
    for start in range(0, shape[axis], step):
        yield (*whole, (start, min(start + step, shape[axis]), 1))


def update_in_blocks(
    update: Callable[..., Any],
    parameter: Any,
    gradient: Any,
    state: dict[str, Any],
    group: dict[str, Any],
    misfit: Callable[[Any, Any], Exception],
) -> dict[str, Any]:
    """Write the parameter and the tensors of its state in place; the new state."""
    backend = parameter.storage.backend
    kind = parameter.dtype
    cut = backend.kernels["slice"]
    tensors = {name: v for name, v in state.items() if isinstance(v, TensorBase)}
    new_state = state

    for spans in spans_of(tuple(parameter.value().shape), backend.block):
        piece = wrap(cut(parameter.storage.array, spans=spans), kind, backend)
        slope = wrap(cut(gradient.value(), spans=spans), gradient.dtype, backend)
        pieces = {
            n: wrap(cut(t.storage.array, spans=spans), t.dtype, backend) for n, t in tensors.items()
        }
        new, new_state = update(piece, slope, {**state, **pieces}, group)
        if new.dtype is not kind or new.value().shape != piece.value().shape:
            raise misfit(piece, new)
        # what is cut from an array holds it, and an array that is held is not written
        del piece, pieces
        _put(parameter, new, spans)
        for name, tensor in tensors.items():
            if name in new_state:  # a rule may drop what it no longer needs
                _put(tensor, new_state[name], spans)
    return {name: tensors.get(name, value) for name, value in new_state.items()}


def _put(whole: Any, part: Any, spans: tuple[Span, ...]) -> None:
    storage = whole.storage
    holder = [storage.array]
    storage.array = None
    try:
        kernel = storage.backend.reusing["put_slice"]
        storage.array = kernel(holder, part.value(), spans=spans)
    except BaseException:
        storage.array = holder[0]
        raise
    storage.version += 1
