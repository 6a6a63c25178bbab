"""Going back through the graph, newest node first.

Every node was numbered when it was made, after its parents, so taking the newest of the nodes that
have a gradient waits for all that use it: one heap, no search beforehand, no recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any

from plugtorch.autocasting import state
from plugtorch.autograd.anomaly import watched
from plugtorch.errors import AutogradError, DTypeError, ShapeError
from plugtorch.graph import Node, mode
from plugtorch.storage import TensorBase, store, wrap

Tensors = TensorBase | Sequence[TensorBase]

USED_UP = (
    "[backward] this graph was already gone back through, and what it had saved is freed. Call the "
    "first "
    "backward with retain_graph=True, or compute the loss again."
)


def walk(
    roots: Iterable[tuple[Any, Any]],
    create_graph: bool,
    retain_graph: bool,
    relevant: set[int] | None = None,
    wanted: Iterable[int] = (),
    hooks: bool = True,
) -> dict[int, tuple[Any, Any]]:
    """Carry gradients from ``roots``, pairs of a tensor and its gradient, back to the leaves.

    relevant: ids of the only nodes and leaves to go to; None for all. wanted: ids of nodes to
    report. hooks: whether those of leaves have their say. Returns {id: (leaf or node, gradient)}.
    """
    pending: dict[Node, Any] = {}
    heap: list[tuple[int, Node]] = []
    found: dict[int, tuple[Any, Any]] = {}

    def send(to: Any, gradient: Any) -> None:
        if not isinstance(to, Node):
            key = id(to)
            found[key] = (to, found[key][1] + gradient if key in found else gradient)
        elif to in pending:
            pending[to] = pending[to] + gradient
        else:
            pending[to] = gradient
            heappush(heap, (-to.sequence, to))

    watch = watched(send)
    deliver = send if watch is None else watch
    before, casting = mode.enabled, state.suspended
    mode.enabled = create_graph
    state.suspended = True  # gradients are in the dtypes of what they are of, also inside autocast
    try:
        for tensor, gradient in roots:
            send(tensor.node or tensor, gradient)
        while heap:
            node = heappop(heap)[1]
            gradient = pending.pop(node)
            if watch is not None:
                watch.node = node
            if node.hooks is not None:
                gradient = run_hooks(node.hooks, gradient)
            if wanted and id(node) in wanted:
                found[id(node)] = (node, gradient)
                if relevant is not None and relevant.isdisjoint(map(id, node.parents)):
                    continue  # the end of the way: what it saved is left for another backward
            if node.saved is None:
                raise AutogradError(USED_UP)
            plan, parents = node.plan, node.parents
            if plan is None:
                for parent, part in zip(parents, node.propagate(gradient, create_graph)):
                    if (
                        parent is not None
                        and part is not None
                        and (relevant is None or id(parent) in relevant)
                    ):
                        deliver(parent, part)
            else:
                shapes = node.shapes if node.primitive.broadcasts else None
                for position, rule, fetches in plan.steps:
                    parent = parents[position]
                    if relevant is not None and id(parent) not in relevant:
                        continue
                    if not fetches:
                        part = rule(gradient)
                    elif len(fetches) == 1:
                        part = rule(gradient, fetches[0](node))
                    else:
                        part = rule(gradient, *[fetch(node) for fetch in fetches])
                    if part is not None:
                        if shapes is not None:
                            part = part.sum_to_size(shapes[position])
                        deliver(parent, part)
            if not retain_graph and node.saved:
                node.free()
        for key, (to, gradient) in found.items() if hooks else ():
            own = getattr(to, "_hooks", None)
            if own:
                found[key] = (to, run_hooks(own, gradient))
    finally:
        mode.enabled, state.suspended = before, casting
    return found


def run_hooks(hooks: list[Callable[[Any], Any]], gradient: Any) -> Any:
    """The gradient after each hook had its say."""
    for hook in list(hooks):
        changed = hook(gradient)
        if changed is None:
            continue
        if not isinstance(changed, TensorBase) or changed.value().shape != gradient.value().shape:
            given = getattr(changed, "shape", type(changed).__name__)
            raise AutogradError(
                f"[hook] a hook returned {given}, but the gradient has shape "
                f"{tuple(gradient.value().shape)}. Return a tensor of that shape, or None."
            )
        gradient = changed
    return gradient


def leading_to(roots: Iterable[Any], ends: set[int]) -> set[int]:
    """Ids of the nodes on the way from ``roots`` to the nodes or leaves with ids ``ends``, these
    included.
    """
    relevant = set(ends)
    seen: set[int] = set()
    stack: list[tuple[Any, bool]] = [(root.node, False) for root in roots if root.node is not None]
    while stack:
        node, after = stack.pop()
        if after:
            if any(id(parent) in relevant for parent in node.parents):
                relevant.add(id(node))
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((p, False) for p in node.parents if isinstance(p, Node))
    return relevant


def _as_list(name: str, tensors: Any) -> list[Any]:
    one = isinstance(tensors, TensorBase) or not hasattr(tensors, "__iter__")
    listed = [tensors] if one else list(tensors)
    for tensor in listed:
        if not isinstance(tensor, TensorBase):
            raise DTypeError(f"[{name}] needs tensors, got {type(tensor).__name__}.")
    return listed


def _roots(name: str, tensors: list[Any], gradients: Any) -> list[tuple[Any, Any]]:
    """Each tensor with the gradient to begin with: the given one, or 1 for a single element."""
    if gradients is None or isinstance(gradients, TensorBase):
        gradients = [gradients] * len(tensors) if gradients is None else [gradients]
    if len(gradients) != len(tensors):
        raise AutogradError(
            f"[{name}] got {len(tensors)} tensors but {len(gradients)} gradients; give one for "
            "each."
        )
    roots = []
    for tensor, gradient in zip(tensors, gradients):
        array = tensor.value()
        if not tensor.tracked:
            raise AutogradError(
                f"[{name}] the tensor of shape {tuple(array.shape)} does not require grad: nothing "
                "that led to it "
                "does, or it was detached or made under no_grad()."
            )
        shape = tuple(array.shape)
        if gradient is None:
            if shape and tensor.numel() != 1:
                raise AutogradError(
                    f"[{name}] a gradient is made up only for a single element, but the tensor has "
                    f"shape {shape}. "
                    "Reduce it first, as in loss.sum(), or give a gradient of that shape."
                )
            if not tensor.dtype.is_floating_point:
                raise DTypeError(
                    f"[{name}] only floating-point tensors have gradients, got {tensor.dtype!r}."
                )
            gradient = _ones(tensor)
        elif tuple(gradient.shape) != shape:
            raise ShapeError(
                f"[{name}] the gradient has shape {tuple(gradient.shape)}, its tensor {shape}; "
                "they must be equal."
            )
        roots.append((tensor, gradient))
    return roots


def _ones(like: Any) -> Any:
    backend = like.storage.backend
    shape = tuple(like.value().shape)
    return wrap(
        backend.kernels["full"](shape=shape, value=1.0, dtype=like.dtype), like.dtype, backend
    )


def backward(
    tensors: Tensors,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensors | None = None,
) -> None:
    """Add the gradients of ``tensors`` to ``.grad`` of the leaves that they were computed from.

    grad_tensors: for each tensor the gradient to start with, of its shape; 1 where it has a single
    element. retain_graph: keep what was saved, for another backward. create_graph: record, for
    second derivatives. inputs: only these tensors. Raises AutogradError without a graph, for
    several elements without a gradient, or for a second backward.

    >>> import plugtorch
    >>> x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    >>> plugtorch.autograd.backward((x * x).sum())
    >>> x.grad
    tensor([2., 4.])

    Source: torch.autograd.backward.
    """
    roots = _roots("backward", _as_list("backward", tensors), grad_tensors)
    relevant = None
    ends: dict[int, Any] = {}
    if inputs is not None:
        ends = {id(t.node or t): t for t in _as_list("backward", inputs)}
        if not ends:
            raise AutogradError("[backward] inputs is empty. Leave it out to reach every leaf.")
        relevant = leading_to([root for root, _ in roots], set(ends))
    retain = create_graph if retain_graph is None else retain_graph
    found = walk(roots, create_graph, retain, relevant, ends)
    reached: list[Any] = []
    after: list[Any] = []
    taken = {id(gradient.value()) for _, gradient in roots}
    for key, (to, gradient) in found.items():
        leaf = ends.get(key, to)
        array = gradient.value()
        if id(array) in taken:  # memory of its own too: NumPy may write it
            gradient = gradient.clone()
        taken.add(id(array))
        accumulate(leaf, gradient, create_graph)
        reached.append(leaf._grad)
        after.extend((hook, leaf) for hook in getattr(leaf, "_after", None) or ())
    # a deferred device stores whatever somebody holds
    del roots, found
    to = gradient = array = leaf = None
    evaluate(reached)
    for hook, leaf in after:
        hook(leaf)


def evaluate(tensors: list[Any]) -> None:
    """Have every device start on its tensors."""
    waiting = [t for t in tensors if t.storage.backend.deferred]
    for backend in {t.storage.backend for t in waiting} if waiting else ():
        backend.evaluate([t.value() for t in waiting if t.storage.backend is backend])


def accumulate(leaf: Any, gradient: Any, create_graph: bool) -> None:
    """Add ``gradient`` to ``leaf.grad``; a gradient kept from before stays the same tensor."""
    old = getattr(leaf, "_grad", None)
    before = mode.enabled
    mode.enabled = create_graph
    try:
        if old is None:
            # its own box: the same gradient may have reached several leaves
            if create_graph and gradient.tracked:
                leaf._grad = gradient.clone()
            else:
                leaf._grad = wrap(gradient.value(), gradient.dtype, gradient.storage.backend)
        elif create_graph:
            leaf._grad = old + gradient
        else:
            store(old, (old + gradient).value())
    finally:
        mode.enabled = before


def grad(
    outputs: Tensors,
    inputs: Tensors,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of ``outputs`` with respect to ``inputs``, as a tuple; ``.grad`` is left alone.

    grad_outputs, retain_graph, create_graph: as in ``backward``. allow_unused: None for an input
    that the outputs do not depend on, instead of an error. materialize_grads: zeros there. Raises
    AutogradError as ``backward`` does, and for an unused input.

    >>> import plugtorch
    >>> x = plugtorch.tensor(3.0, requires_grad=True)
    >>> (slope,) = plugtorch.autograd.grad(x**3, x, create_graph=True)
    >>> plugtorch.autograd.grad(slope, x)
    (tensor(18.),)

    Source: torch.autograd.grad.
    """
    if is_grads_batched:
        raise AutogradError("[grad] is_grads_batched is not offered. Call grad once for each row.")
    listed = _as_list("grad", inputs)
    roots = _roots("grad", _as_list("grad", outputs), grad_outputs)
    for tensor in listed:
        if not tensor.tracked:
            raise AutogradError(
                f"[grad] the input of shape {tuple(tensor.shape)} does not require grad. "
                "Set requires_grad before computing with it."
            )
    ends = {id(t.node or t) for t in listed}
    relevant = leading_to([root for root, _ in roots], ends)
    retain = create_graph if retain_graph is None else retain_graph
    found = walk(roots, create_graph, retain, relevant, ends)
    gradients = []
    for tensor in listed:
        entry = found.get(id(tensor.node or tensor))
        if entry is not None:
            gradients.append(entry[1])
        elif materialize_grads:
            gradients.append(tensor.new_zeros(tensor.shape))
        elif allow_unused:
            gradients.append(None)
        else:
            raise AutogradError(
                f"[grad] the outputs do not depend on the input of shape {tuple(tensor.shape)}. "
                "Give allow_unused=True to get None for it."
            )
    evaluate([gradient for gradient in gradients if gradient is not None])
    return tuple(gradients)
