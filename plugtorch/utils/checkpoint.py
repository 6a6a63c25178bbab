"""Activations that are computed again on the way back, not kept: PyTorch's torch.utils.checkpoint.

The graph of a segment is made, looked at and let go. One node takes its place, with a parent for
each tensor that the segment was given and for each leaf that it used; going back, the segment is
computed once more and its own graph is gone back through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

from plugtorch.autocasting import dtype_for, enable, state
from plugtorch.autograd.function import Function, tracked
from plugtorch.autograd.walk import walk
from plugtorch.errors import ArgumentError, AutogradError
from plugtorch.graph import Node, link, mode, next_sequence
from plugtorch.storage import TensorBase, wrap
from plugtorch.tensor.random import get_rng_state, set_rng_state

__all__ = ["checkpoint", "checkpoint_sequential", "noop_context_fn"]


def noop_context_fn() -> tuple[Any, Any]:
    """Contexts without effect, for computing and for computing again."""
    return nullcontext(), nullcontext()


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """function(*args, **kwargs), of which only arguments and results are kept until backward, which
    calls it again.

    Gradients of every order reach the arguments and the parameters that the function uses; random
    numbers and ``autocast`` are the same both times unless preserve_rng_state is False. context_fn
    gives two context managers, to compute in and to compute again in. use_reentrant,
    determinism_check, debug and early_stop are taken for PyTorch's sake. What a function has from
    elsewhere than its arguments, and is no leaf, has its activations kept.

    Raises AutogradError where the second call gives results of other shapes.

    >>> import plugtorch
    >>> x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    >>> checkpoint(lambda x: (2 * x) ** 2, x, use_reentrant=False).sum().backward()
    >>> x.grad
    tensor([ 8., 16.])

    Source: torch.utils.checkpoint.checkpoint; Chen et al. 2016, arXiv:1604.06174.
    """
    computing, again = context_fn()
    if not mode.enabled:
        with computing:
            return function(*args, **kwargs)
    segment = _Segment(function, args, kwargs, again, preserve_rng_state)
    start = next_sequence()
    links: list[Any] = []
    with computing, _uncached():
        result = function(*_linked(args, links), **_linked(kwargs, links))
    outputs = _tensors(result)
    found = _inside(outputs, links, start)
    if found is None or not any(map(tracked, outputs)):
        return result
    segment.leaves = found[1]
    segment.shapes = [tuple(output.shape) for output in outputs]
    segment.flows = [tracked(output) for output in outputs]
    detached = [output.detach() for output in outputs]
    made = iter(_Again.apply(segment, *detached, *segment.given, *segment.leaves))
    return _mapped(result, lambda _: next(made))


def checkpoint_sequential(
    functions: Any,
    segments: int,
    input: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
) -> Any:
    """The layers one after the other, in segments of which all but the last are checkpoints.

    functions: a Sequential, or a list of functions of one argument.

    >>> import plugtorch
    >>> x = plugtorch.ones(2, requires_grad=True)
    >>> checkpoint_sequential([plugtorch.exp, plugtorch.log, plugtorch.sin], 2, x).shape
    plugtorch.Size([2])

    Source: torch.utils.checkpoint.checkpoint_sequential.
    """
    layers = list(functions)
    if not 0 < segments <= len(layers):
        raise ArgumentError(
            f"[checkpoint_sequential] {len(layers)} layers cannot be {segments} segments."
        )
    size = len(layers) // segments
    for start in range(0, size * (segments - 1), size):
        part = layers[start : start + size]
        input = checkpoint(_chain, part, input, preserve_rng_state=preserve_rng_state)
    return _chain(layers[size * (segments - 1) :], input)


def _chain(layers: Sequence[Callable[..., Any]], x: Any) -> Any:
    for layer in layers:
        x = layer(x)
    return x


class _Segment:
    """What is called again: with what, in which state, and what its results looked like."""

    leaves: list[Any]
    shapes: list[tuple[int, ...]]  # of the results
    flows: list[bool]  # whether gradients do, back from each

    def __init__(
        self, function: Callable[..., Any], args: Any, options: Any, again: Any, random: bool
    ) -> None:
        self.function = function
        self.args, self.options = _mapped(args, _kept), _mapped(options, _kept)
        self.given = [t for t in _tensors((self.args, self.options)) if t.node is not None]
        self.again = again
        self.random = get_rng_state() if random else None
        self.casting = {kind: dtype_for(kind) for kind in state.enabled}

    def gradients(self, slopes: Sequence[Any]) -> list[Any]:
        """Of the arguments that lead further back, then of the leaves."""
        create, start = mode.enabled, next_sequence()
        links: list[Any] = []
        args, options = _mapped((self.args, self.options), _kept)
        with self._as_it_was(), self.again:
            result = self.function(*_linked(args, links), **_linked(options, links))
        outputs = _tensors(result)
        shapes = [tuple(output.shape) for output in outputs]
        found = _inside(outputs, links, start)
        if shapes != self.shapes or found is None:
            raise AutogradError(
                f"[checkpoint] the results had shapes {self.shapes}, computed again {shapes}. The "
                "function must do the same both times."
            )
        ends = {id(end) for end in (*links, *self.leaves)}
        roots = [(output, slope) for output, slope in zip(outputs, slopes) if tracked(output)]
        reached = walk(roots, create, create, found[0] | ends, ends, hooks=False)
        return [reached.get(id(end), (end, None))[1] for end in (*links, *self.leaves)]

    @contextmanager
    def _as_it_was(self) -> Iterator[None]:
        """Recording, with the random numbers and the ``autocast`` of the first time."""
        before = mode.enabled, state.suspended, state.enabled, state.dtypes, get_rng_state()
        mode.enabled, state.suspended, state.dtypes = True, False, {**state.dtypes, **self.casting}
        _cast_for(frozenset(self.casting))
        if self.random is not None:
            set_rng_state(self.random)
        try:
            with _uncached():
                yield
        finally:
            _cast_for(before[2])
            mode.enabled, state.suspended, _, state.dtypes, now = before
            if self.random is not None:
                set_rng_state(now)


def _cast_for(kinds: frozenset[str]) -> None:
    for kind in kinds ^ state.enabled:
        enable(kind, kind in kinds)


@contextmanager
def _uncached() -> Iterator[None]:
    """``autocast`` casts anew: a cast that it had kept would lead out of the segment."""
    before, state.caching = state.caching, False
    try:
        yield
    finally:
        state.caching = before


class _Again(Function):
    """A segment as one node: its results go in beside what they depend on."""

    @staticmethod
    def forward(ctx: Any, segment: _Segment, *tensors: Any) -> Any:
        ctx.segment = segment
        results = tensors[: len(segment.shapes)]
        ctx.mark_non_differentiable(*[t for t, flows in zip(results, segment.flows) if not flows])
        return results

    @staticmethod
    def backward(ctx: Any, *slopes: Any) -> Any:
        return None, *[None] * len(slopes), *ctx.segment.gradients(slopes)


def _kept(x: Any) -> Any:
    """A tensor with its value as it is now; a leaf that gradients reach is that leaf."""
    if tracked(x) and x.node is None:
        return x
    kept: Any = wrap(x.value(), x.dtype, x.storage.backend)
    kept.node, kept.tracked = x.node, x.tracked
    return kept


def _linked(values: Any, links: list[Any]) -> Any:
    """The arguments, where a tensor that leads further back does so through a link: the end of the
    segment.
    """

    def linked(x: Any) -> Any:
        if not tracked(x) or x.node is None:
            return x
        end = _kept(x)
        end.node = link(x.node, x.node)
        links.append(end.node)
        return end

    return _mapped(values, linked)


def _inside(outputs: list[Any], links: list[Any], start: int) -> tuple[set[int], list[Any]] | None:
    """Ids of the nodes between the outputs and the links, and the leaves found there; None if
    another way leads further back.
    """
    inside: set[int] = set()
    leaves: dict[int, Any] = {}
    ends = set(map(id, links))
    waiting = [output.node or output for output in outputs if tracked(output)]
    while waiting:
        at = waiting.pop()
        if not isinstance(at, Node):
            leaves[id(at)] = at
        elif at.sequence < start:
            return None
        elif id(at) not in inside:
            inside.add(id(at))
            if id(at) not in ends:
                waiting.extend(parent for parent in at.parents if parent is not None)
    return inside, list(leaves.values())


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same with each tensor changed: a tensor, or tuples, lists and dicts of them."""
    if isinstance(value, TensorBase):
        return change(value)
    if isinstance(value, Mapping):
        made = {key: _mapped(part, change) for key, part in value.items()}
        return made if type(value) is dict else type(value)(made)  # type: ignore[call-arg]
    if isinstance(value, (tuple, list)):
        parts = [_mapped(part, change) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    return value


def _tensors(value: Any) -> list[Any]:
    found: list[Any] = []
    _mapped(value, found.append)
    return found
