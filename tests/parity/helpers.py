"""Comparing plugtorch with PyTorch: the same inputs through both, then values, dtypes, shapes and
gradients.

    same(plugtorch.exp, torch.exp, [array])                   # a function
    same(lambda x: x[1:].sum(0), None, [array])               # None: one function serves both
    same_module(plugtorch.nn.Linear(3, 4), torch.nn.Linear(3, 4), [array])
    same_error(lambda x, y: x @ y, None, [a, b])              # both refuse it

Inputs are NumPy arrays (bfloat16 through ml_dtypes); strides survive the conversion, so a
transposed array tests a transposed tensor. Everything that is not an array is passed on as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ml_dtypes
import numpy
import torch

import plugtorch

BFLOAT16 = numpy.dtype(ml_dtypes.bfloat16)

TOLERANCES = {  # by dtype: relative, absolute
    "float64": (1e-9, 1e-11),
    "float32": (3e-5, 3e-6),
    "float16": (4e-3, 4e-3),
    "bfloat16": (3e-2, 3e-2),
}

Tolerances = Mapping[str, tuple[float, float]]


# ---- to and fro ----------------------------------------------------------------------------------


def to_torch(array: Any, requires_grad: bool = False) -> Any:
    """A torch tensor with its own copy of ``array``'s values and strides."""
    array = _copy(array)
    if array.dtype == BFLOAT16:
        tensor = torch.from_numpy(array.view(numpy.int16)).view(torch.bfloat16)
    else:
        tensor = torch.from_numpy(array)
    return tensor.requires_grad_(requires_grad)


def to_plugtorch(array: Any, requires_grad: bool = False, device: Any = None) -> Any:
    """A plugtorch tensor with its own copy of ``array``'s values and strides."""
    tensor = plugtorch.from_numpy(_copy(array))
    if device is not None:
        tensor = tensor.to(device)
    return tensor.requires_grad_(requires_grad)


def to_numpy(tensor: Any) -> numpy.ndarray[Any, Any]:
    """The values of a torch or plugtorch tensor, detached, on the host."""
    if isinstance(tensor, torch.Tensor):
        if tensor.dtype is torch.bfloat16:
            return tensor.detach().contiguous().view(torch.int16).numpy(force=True).view(BFLOAT16)
        return tensor.numpy(force=True)
    return numpy.asarray(tensor.detach().cpu().numpy())


def dtype_name(tensor: Any) -> str:
    """``"float32"`` for ``torch.float32`` and ``plugtorch.float32``."""
    return str(tensor.dtype).rpartition(".")[2]


def _copy(array: Any) -> numpy.ndarray[Any, Any]:
    """A copy with the same order of axes in memory; negative strides, which torch refuses, go."""
    return numpy.array(array, order="K", copy=True)


def spaced(array: Any) -> numpy.ndarray[Any, Any]:
    """Every other element of a larger array along the last axis; the values are ``array``'s."""
    array = numpy.asarray(array)
    if array.ndim == 0:
        return array
    larger = numpy.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    larger[..., ::2] = array
    return larger[..., ::2]


# ---- comparing -----------------------------------------------------------------------------------


def assert_same(
    ours: Any, theirs: Any, what: str = "result", tolerances: Tolerances | None = None
) -> None:
    """Compare results: tensors by shape, dtype and values; tuples, lists and dicts part by part."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, plugtorch.Tensor), f"{what}: {type(ours).__name__}, not a Tensor"
        _assert_same_tensor(ours, theirs, what, tolerances or TOLERANCES)
    elif isinstance(theirs, Mapping):
        assert list(ours) == list(theirs), f"{what}: keys {list(ours)}, torch has {list(theirs)}"
        for key in theirs:
            assert_same(ours[key], theirs[key], f"{what}[{key!r}]", tolerances)
    elif isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs), f"{what}: {len(ours)} parts, torch has {len(theirs)}"
        for i, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            assert_same(a, b, f"{what}[{i}]", tolerances)
    elif isinstance(theirs, float):
        assert type(ours) is float, f"{what}: {ours!r}, torch has {theirs!r}"
        numpy.testing.assert_allclose(ours, theirs, rtol=1e-5, err_msg=what)
    elif isinstance(theirs, (torch.dtype, torch.device)):
        assert str(ours).rpartition(".")[2] == str(theirs).rpartition(".")[2], what
    else:
        assert ours == theirs, f"{what}: {ours!r}, torch has {theirs!r}"


def _assert_same_tensor(ours: Any, theirs: Any, what: str, tolerances: Tolerances) -> None:
    assert tuple(ours.shape) == tuple(theirs.shape), (
        f"{what}: shape {tuple(ours.shape)}, torch has {tuple(theirs.shape)}"
    )
    assert dtype_name(ours) == dtype_name(theirs), (
        f"{what}: dtype {ours.dtype}, torch has {theirs.dtype}"
    )
    a, b = to_numpy(ours), to_numpy(theirs)
    assert a.dtype == b.dtype, f"{what}: the array inside is {a.dtype}"
    relative, absolute = tolerances.get(dtype_name(theirs), (0.0, 0.0))
    if dtype_name(theirs) in ("bfloat16", "float16"):
        a, b = a.astype(numpy.float32), b.astype(numpy.float32)
    numpy.testing.assert_allclose(a, b, rtol=relative, atol=absolute, err_msg=what)


# ---- running both --------------------------------------------------------------------------------


def same(
    plugtorch_fn: Callable[..., Any],
    torch_fn: Callable[..., Any] | None,
    inputs: Sequence[Any],
    grad: bool = True,
    second: bool = True,
    tolerances: Tolerances | None = None,
    leaves: tuple[Sequence[Any], Sequence[Any]] = ((), ()),
) -> None:
    """Assert that both functions agree on ``inputs``: results, first and second derivatives.

    torch_fn: None when one function serves both. inputs: arrays become tensors; floating-point ones
    get gradients. grad, second: whether to compare first, and second, derivatives. leaves: further
    tensors of plugtorch and of torch (a module's parameters) to differentiate by. tolerances: over
    TOLERANCES.
    """
    tolerances = {**TOLERANCES, **(tolerances or {})}
    torch_fn = torch_fn or plugtorch_fn
    our_inputs = [_ready(x, to_plugtorch, grad) for x in inputs]
    their_inputs = [_ready(x, to_torch, grad) for x in inputs]

    theirs = torch_fn(*their_inputs)
    ours = plugtorch_fn(*our_inputs)
    assert_same(ours, theirs, tolerances=tolerances)
    assert_same(our_inputs, their_inputs, "inputs afterwards", tolerances)
    if not grad:
        return

    our_outputs, their_outputs = _differentiable(ours), _differentiable(theirs)
    needs_grad = [t.requires_grad for t in _tensors(theirs)]
    assert [t.requires_grad for t in _tensors(ours)] == needs_grad, (
        f"requires_grad of the results differs; torch has {needs_grad}"
    )
    if not their_outputs:
        return
    our_leaves = [*_differentiable(our_inputs), *leaves[0]]
    their_leaves = [*_differentiable(their_inputs), *leaves[1]]

    random = numpy.random.default_rng(0)
    seeds = [_seed(random, t) for t in their_outputs]
    our_grads, our_seeds = _gradients(
        plugtorch, to_plugtorch, our_outputs, our_leaves, seeds, second
    )
    their_grads, their_seeds = _gradients(
        torch, to_torch, their_outputs, their_leaves, seeds, second
    )
    for i, (a, b) in enumerate(zip(our_grads, their_grads, strict=True)):
        _assert_same_gradient(a, b, f"gradient {i}", tolerances)
    if not second:
        return

    again = [
        (a, b)
        for a, b in zip(our_grads, their_grads, strict=True)
        if a is not None and b is not None and b.requires_grad
    ]
    again_ours, again_theirs = [a for a, _ in again], [b for _, b in again]
    if not again_theirs or not all(g.requires_grad for g in again_ours):
        for g in (
            again_theirs
        ):  # torch may hold a graph that leads nowhere; a real one must exist here too
            found = torch.autograd.grad(g.sum(), their_leaves, retain_graph=True, allow_unused=True)
            assert not any(f is not None and f.abs().sum() > 0 for f in found), (
                "torch has second derivatives, plugtorch has none"
            )
        return
    seeds = [_seed(random, t) for t in again_theirs]
    wider = {name: (10 * r, 10 * a) for name, (r, a) in tolerances.items()}
    ours2, _ = _gradients(
        plugtorch, to_plugtorch, again_ours, our_leaves + our_seeds, seeds, create_graph=False
    )
    theirs2, _ = _gradients(
        torch, to_torch, again_theirs, their_leaves + their_seeds, seeds, create_graph=False
    )
    for i, (a, b) in enumerate(zip(ours2, theirs2, strict=True)):
        _assert_same_gradient(a, b, f"second derivative {i}", wider)


def same_module(
    ours: Any,
    theirs: Any,
    inputs: Sequence[Any],
    grad: bool = True,
    second: bool = True,
    tolerances: Tolerances | None = None,
) -> None:
    """Give ``ours`` the state of ``theirs``; compare names, repr, results and all derivatives."""
    copy_state(ours, theirs)
    assert repr(ours) == repr(theirs)
    leaves = (
        [p for p in ours.parameters() if p.requires_grad],
        [p for p in theirs.parameters() if p.requires_grad],
    )
    same(ours, theirs, inputs, grad, second, tolerances, leaves)


def copy_state(ours: Any, theirs: Any) -> None:
    """Load the state_dict of a torch module into a plugtorch module; the names must be the same."""
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict({name: to_plugtorch(to_numpy(value)) for name, value in state.items()})


def same_error(
    plugtorch_fn: Callable[..., Any],
    torch_fn: Callable[..., Any] | None,
    inputs: Sequence[Any] = (),
) -> Exception:
    """Assert that torch refuses ``inputs`` and that plugtorch does so with an error of that type;
    return it.

    Where torch says NotImplementedError (it has no kernel for a dtype) any RuntimeError, of which
    that is one, will do.
    """
    torch_fn = torch_fn or plugtorch_fn
    expected = _error(torch_fn, [_ready(x, to_torch, False) for x in inputs])
    assert expected is not None, "torch raised nothing"
    error = _error(plugtorch_fn, [_ready(x, to_plugtorch, False) for x in inputs])
    assert error is not None, f"plugtorch raised nothing, torch {expected!r}"
    kind = RuntimeError if type(expected) is NotImplementedError else type(expected)
    assert isinstance(error, kind), f"plugtorch raised {error!r}, torch {expected!r}"
    assert isinstance(error, plugtorch.errors.PlugtorchError), f"not raised on purpose: {error!r}"
    return error


def _error(function: Callable[..., Any], inputs: Sequence[Any]) -> Exception | None:
    try:
        function(*inputs)
    except Exception as error:
        return error
    return None


def _ready(x: Any, convert: Callable[..., Any], grad: bool) -> Any:
    if isinstance(x, (list, tuple)) and x and all(isinstance(i, numpy.ndarray) for i in x):
        return type(x)(_ready(i, convert, grad) for i in x)
    if not isinstance(x, (numpy.ndarray, numpy.generic)):
        return x
    floating = x.dtype.kind == "f" or x.dtype == BFLOAT16
    return convert(x, requires_grad=grad and floating)


def _tensors(value: Any) -> list[Any]:
    if isinstance(value, (torch.Tensor, plugtorch.Tensor)):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (tuple, list)):
        return [t for part in value for t in _tensors(part)]
    return []


def _differentiable(value: Any) -> list[Any]:
    return [t for t in _tensors(value) if t.requires_grad]


def _seed(random: numpy.random.Generator, tensor: Any) -> numpy.ndarray[Any, Any]:
    name = dtype_name(tensor)
    values = numpy.asarray(random.uniform(-1, 1, tuple(tensor.shape)))
    return values.astype(BFLOAT16 if name == "bfloat16" else name)


def _gradients(
    library: Any,
    convert: Callable[..., Any],
    outputs: list[Any],
    leaves: list[Any],
    seeds: list[Any],
    create_graph: bool,
) -> tuple[list[Any], list[Any]]:
    """The gradients of ``outputs``, weighted by ``seeds``, and the seeds as tensors."""
    tensors = [convert(s, requires_grad=create_graph) for s in seeds]
    found = library.autograd.grad(
        outputs, leaves, tensors, create_graph=create_graph, allow_unused=True
    )
    return list(found), tensors


def _assert_same_gradient(ours: Any, theirs: Any, what: str, tolerances: Tolerances) -> None:
    """None and zeros mean the same: which of them comes is a matter of how a rule is written."""
    if ours is None or theirs is None:
        present = theirs if ours is None else ours
        zero = present is None or numpy.all(numpy.abs(to_numpy(present).astype(float)) < 1e-12)
        assert zero, f"{what}: ours {ours}, torch {theirs}"
        return
    _assert_same_tensor(ours, theirs, what, tolerances)
