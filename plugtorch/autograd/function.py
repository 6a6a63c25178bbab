"""Operations with a hand-written backward: subclass ``Function``."""

from __future__ import annotations

from typing import Any

from plugtorch.errors import AutogradError, ShapeError
from plugtorch.graph import Node, link, mode, next_sequence
from plugtorch.ops.elementwise import cast
from plugtorch.primitive import PRIMITIVES
from plugtorch.storage import TensorBase, new, share, wrap


class Function:
    """An operation of your own: ``forward`` computes, ``backward`` gives a gradient for each
    argument of forward.

    Both are static methods whose first argument ``ctx`` carries what backward needs. Alternatively
    forward takes no ``ctx`` and ``setup_context(ctx, inputs, output)`` fills it. Call it as
    ``Double.apply(x)``.

    >>> import plugtorch
    >>> class Double(plugtorch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...     @staticmethod
    ...     def backward(ctx, gradient):
    ...         return gradient * 2
    >>> x = plugtorch.ones(2, requires_grad=True)
    >>> Double.apply(x).sum().backward()
    >>> x.grad
    tensor([2., 2.])

    Source: torch.autograd.Function.
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result; nothing in here is recorded."""
        raise NotImplementedError(
            "[Function] give your subclass a static method forward(ctx, ...)."
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """A gradient for each argument of forward; None where there is none."""
        raise NotImplementedError(
            "[Function] give your subclass a static method backward(ctx, *gradients)."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, recorded as one node."""
        context = Context()
        context.needs_input_grad = tuple(isinstance(a, TensorBase) and tracked(a) for a in args)
        before = mode.enabled
        mode.enabled = False
        try:
            if hasattr(cls, "setup_context"):
                output = cls.forward(*args, **kwargs)
                cls.setup_context(context, args, output)
            else:
                output = cls.forward(context, *args, **kwargs)
        finally:
            mode.enabled = before
        if not (mode.enabled and any(context.needs_input_grad)):
            return output
        return _record(cls, context, args, output)


def tracked(tensor: TensorBase) -> bool:
    """Whether gradients flow to a tensor, a stale view too."""
    tensor.value()  # a view must look again before it knows
    return tensor.tracked


class Context:
    """What forward leaves for backward."""

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._saved: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._flat: tuple[int, ...] = ()
        self._materialize = True
        self._node: Any = None  # set while backward runs

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for backward, as they are now."""
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What ``save_for_backward`` kept."""
        return tuple(s.tensor(self._node) if isinstance(s, SavedOutput) else s for s in self._saved)

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs forward changed in place."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs have no gradient."""
        self._flat = tuple(id(t) for t in tensors)

    def set_materialize_grads(self, value: bool) -> None:
        """Whether an output that nothing used gets zeros as its gradient (True) or None."""
        self._materialize = value


class SavedOutput:
    """An output that forward saved. It knows its node only in backward, or the two would keep each
    other alive.
    """

    __slots__ = ("value", "place")

    def __init__(self, value: Any, place: int) -> None:
        self.value = value
        self.place = place

    def tensor(self, node: Any) -> Any:
        """The output, which leads to ``node`` while a graph is being made."""
        alias = share(self.value)
        if mode.enabled and node is not None:
            alias.node, alias.tracked = _output_node(node, self.place, node.backend), True
        return alias


class FunctionNode(Node):
    """The node of a Function. Its gradient arrives as Parts, one for each output."""

    __slots__ = ("function", "context", "inputs", "outputs")

    function: type[Function]
    context: Context
    inputs: tuple[tuple[int, ...] | None, ...]  # their shapes
    outputs: list[tuple[tuple[int, ...], Any, Any]]  # shape, dtype and opened device

    def name(self) -> str:
        """As PyTorch shows it."""
        return f"{self.function.__name__}Backward"

    def free(self) -> None:
        """Let go of what was saved, in the context too."""
        self.saved = None
        self.context._saved = ()

    def propagate(self, gradient: Any, create_graph: bool) -> list[Any]:
        """The gradients of forward's arguments, as the user's backward gives them."""
        context = self.context
        given = []
        for place, (shape, kind, backend) in enumerate(self.outputs):
            part = gradient.parts.get(place)
            if part is None and context._materialize:
                part = PRIMITIVES["full"].create(backend, kind, shape=shape, value=0)
            given.append(part)
        context._node = self
        try:
            answer = self.function.backward(context, *given)
        finally:
            context._node = None
        answers = list(answer) if isinstance(answer, (tuple, list)) else [answer]
        while len(answers) > len(self.parents) and answers[-1] is None:
            answers.pop()
        name = self.function.__name__
        if len(answers) != len(self.parents):
            raise AutogradError(
                f"[{name}] backward returned {len(answers)} gradients for {len(self.parents)} "
                "arguments of forward. Return one for each, None where there is none."
            )
        return [
            None if part is None or parent is None else _fitting(name, part, shape, kind)
            for part, parent, shape, kind in zip(answers, self.parents, self.inputs, self.dtypes)
        ]


def _fitting(name: str, gradient: Any, shape: Any, kind: Any) -> Any:
    """A gradient in the shape and dtype of its argument; what broadcasting stretched is summed."""
    if not isinstance(gradient, TensorBase):
        raise AutogradError(
            f"[{name}] backward returned a {type(gradient).__name__} as a gradient. Return a "
            "tensor for each argument of forward, None where there is none."
        )
    tensor: Any = gradient
    given = tensor.value().shape
    if given != shape:
        try:
            tensor = tensor.sum_to_size(shape)
        except ShapeError:
            raise ShapeError(
                f"[{name}] backward returned a gradient of shape {given} for an argument of shape "
                f"{shape}. They must be equal."
            ) from None
    return tensor if tensor.dtype is kind else cast(tensor, dtype=kind)


class Parts:
    """Gradients of a Function's outputs on their way to its node; adding merges them."""

    __slots__ = ("parts",)

    def __init__(self, parts: dict[int, Any]) -> None:
        self.parts = parts

    def __add__(self, other: Parts) -> Parts:
        merged = dict(self.parts)
        for place, part in other.parts.items():
            merged[place] = merged[place] + part if place in merged else part
        return Parts(merged)


class OutputNode(Node):
    """One output of a Function."""

    __slots__ = ("place", "title")

    place: int
    title: str

    def name(self) -> str:
        """That of the Function."""
        return self.title

    def propagate(self, gradient: Any, create_graph: bool) -> list[Any]:
        """The gradient, marked as that of this output."""
        return [Parts({self.place: gradient})]


def _fill(node: Any, parents: tuple[Any, ...], backend: Any) -> Any:
    node.sequence = next_sequence()
    node.primitive = cast
    node.plan = None
    node.parents = parents
    node.saved = ()
    node.shapes = None
    node.dtypes = ()
    node.parameters = {}
    node.backend = backend
    node.hooks = None
    return node


def _output_node(node: Any, place: int, backend: Any) -> Any:
    output = _fill(new(OutputNode), (node,), backend)
    output.place = place
    output.title = node.name()
    return output


def _snapshot(tensor: Any, user: Node) -> Any:
    """The tensor as it is now: a later write does not reach it, its graph it keeps."""
    kept = wrap(tensor.value(), tensor.dtype, tensor.storage.backend)
    if tensor.tracked:
        kept.node, kept.tracked = tensor.node or link(tensor, user), True
    return kept


def _record(cls: type[Function], context: Context, args: tuple[Any, ...], output: Any) -> Any:
    single = isinstance(output, TensorBase)
    outputs = [output] if single else list(output)
    backend = next(a.storage.backend for a in args if isinstance(a, TensorBase))
    parents = tuple(
        [(a.node or a) if needed else None for a, needed in zip(args, context.needs_input_grad)]
    )
    node = _fill(new(FunctionNode), parents, backend)
    tensors = [a if isinstance(a, TensorBase) else None for a in args]
    node.inputs = tuple([None if a is None else tuple(a.value().shape) for a in tensors])
    node.dtypes = tuple([None if a is None else a.dtype for a in tensors])
    node.function = cls
    node.context = context
    node.outputs = []
    inputs = {id(a) for a in args if isinstance(a, TensorBase)}
    saved_outputs: dict[int, SavedOutput] = {}
    results = []
    for place, tensor in enumerate(outputs):
        if not isinstance(tensor, TensorBase):
            node.outputs.append(((), None, None))
            results.append(tensor)
            continue
        value: Any = share(tensor)
        node.outputs.append((value.value().shape, value.dtype, value.storage.backend))
        if id(tensor) in context._flat or not tensor.dtype.is_floating_point:
            results.append(tensor)
            continue
        dirty = any(tensor is t for t in context._dirty)
        if dirty and tensor.tracked and tensor.node is None:
            raise AutogradError(
                f"[{cls.__name__}] forward changed a leaf tensor that requires grad: its gradient "
                "would be lost. Give it a clone()."
            )
        result: Any = tensor if dirty else share(tensor)
        result.node, result.tracked = _output_node(node, place, tensor.storage.backend), True
        if id(tensor) not in inputs:
            kept = wrap(
                value.value(), value.dtype, value.storage.backend
            )  # later writes pass it by
            saved_outputs[id(tensor)] = SavedOutput(kept, place)
        results.append(result)
    context._saved = tuple(
        [
            saved_outputs.get(id(t)) or (_snapshot(t, node) if isinstance(t, TensorBase) else t)
            for t in context._saved
        ]
    )
    # no tensors saved, nothing to free: backward may then run again, as in PyTorch
    node.saved = (context,) if context._saved else ()
    return results[0] if single else tuple(results)
