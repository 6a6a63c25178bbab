"""Runs PyTorch's samples of an operation through both libraries, and counts what agrees.

OpInfo (torch.testing._internal.opinfo) is what PyTorch tests itself with: for an operation, calls
that must work, for each dtype, and calls that must be refused.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy
import torch
from helpers import (
    _assert_same_gradient,
    _differentiable,
    _gradients,
    _seed,
    _tensors,
    assert_same,
    dtype_name,
    to_numpy,
    to_plugtorch,
    to_torch,
)

import plugtorch
from opinfo.rules import CALLED, PROCESSED, RANDOM, REFUSED, TOLERANCES, UNLIKE

DTYPES = (torch.float32, torch.float64, torch.int64, torch.bool)
FEW = 8  # in every run of the tests
MOST = 32  # samples of an operation in one dtype, taken evenly from all
MOST_DIFFERENTIATED = 8
LARGEST = 50_000  # elements of a tensor in a sample


@dataclass
class Count:
    """How many calls agree. failures: what was wrong with the others."""

    passed: int = 0
    total: int = 0
    refused: int = 0  # error inputs that are refused here too
    refusable: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether everything agrees."""
        return not self.failures


class OutOfScopeError(Exception):
    """A sample that asks for what plugtorch does not have: complex numbers, sparse tensors."""


def ours(op: Any) -> Callable[..., Any] | None:
    """What plugtorch has under OpInfo's name, None if nothing."""
    if REFUSED.match(op.name):
        return None
    found: Any = plugtorch
    try:
        for part in op.name.split("."):
            found = getattr(found, part)
    except AttributeError:
        found = getattr(plugtorch.Tensor, op.name, None)
    variant = f"{op.name}.{op.variant_test_name}"
    if found is None and not hasattr(plugtorch.Tensor, f"{op.name}_"):
        return None
    return CALLED.get(variant) or CALLED.get(op.name) or found


def count(
    op: Any,
    device: str | None = None,
    samples: int = MOST,
    errors: bool = True,
    dtypes: tuple[Any, ...] = DTYPES,
) -> Count:
    """Run an operation's samples, and calls that must be refused."""
    function = ours(op)
    result = Count()
    if function is None:
        return result
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for dtype in dtypes:
            if dtype in op.supported_dtypes("cpu"):
                _samples(op, function, dtype, device, samples, result)
        if errors and op.error_inputs_func is not None:
            _errors(op, function, device, result)
    return result


def _chosen(op: Any, dtype: Any, most: int) -> list[Any]:
    torch.manual_seed(0)
    numpy.random.seed(0)
    every = list(itertools.islice(op.sample_inputs("cpu", dtype, requires_grad=False), 2000))
    if len(every) <= most:
        return every
    return [every[i * len(every) // most] for i in range(most)]


def _samples(
    op: Any, function: Any, dtype: Any, device: str | None, most: int, result: Count
) -> None:
    try:
        chosen = _chosen(op, dtype, most)
    except Exception:  # OpInfo cannot make them for this dtype
        return
    differentiates = op.supports_autograd and dtype is torch.float64 and op.name not in RANDOM
    for place, sample in enumerate(chosen):
        grad = differentiates and place * MOST_DIFFERENTIATED // len(chosen) != (
            (place - 1) * MOST_DIFFERENTIATED // len(chosen)
        )
        label = f"{dtype_name_of(dtype)} {describe(sample)}"
        try:
            compare(op, function, sample, device, grad)
        except OutOfScopeError:
            continue
        except Exception as error:
            if unlike(op.name, label, error):
                continue
            result.failures.append(f"{label}: {type(error).__name__}: {error}")
        else:
            result.passed += 1
        result.total += 1


def unlike(name: str, label: str, error: Exception | None = None) -> bool:
    """Whether docs/differences.md says that this sample has another result here."""
    return any(
        all(word in label or word in str(error) for word in words) for words in UNLIKE.get(name, ())
    )


def compare(op: Any, function: Any, sample: Any, device: str | None, grad: bool) -> None:
    """One sample through both: results and derivatives."""
    convert = Converter(device, grad)
    arguments = (sample.input, sample.args, sample.kwargs)
    mine = convert(arguments)
    theirs = leaves_of(arguments, grad)
    try:
        expected = op.op(theirs[0], *theirs[1], **theirs[2])
    except Exception as error:
        raise OutOfScopeError from error
    found = function(mine[0], *mine[1], **mine[2])
    process = PROCESSED.get(op.name)
    if process is not None:
        expected, found = process(torch, expected, theirs), process(plugtorch, found, mine)
    if op.name in RANDOM:
        assert_alike(found, expected)
        return
    tolerances = TOLERANCES.get(op.name, {})
    assert_same(found, in_scope(expected), tolerances={**DEFAULT, **tolerances})
    if grad:
        _derivatives(op, found, expected, mine, theirs, {**DEFAULT, **tolerances})


DEFAULT = {
    "float64": (1e-7, 1e-9),
    "float32": (1e-4, 1e-5),
    "float16": (4e-3, 4e-3),
    "bfloat16": (3e-2, 3e-2),
}


def _derivatives(
    op: Any, found: Any, expected: Any, mine: Any, theirs: Any, tolerances: Any
) -> None:
    both = list(zip(_tensors(found), _tensors(expected), strict=True))
    for a, b in both:
        if b.requires_grad and not a.requires_grad:  # a step may be a constant here
            slopes = torch.autograd.grad(
                b.sum(), _differentiable(list(theirs)), retain_graph=True, allow_unused=True
            )
            flat = all(s is None or not s.any() for s in slopes)
            assert flat, "which results have gradients differs"
    pairs = [(a, b) for a, b in both if a.requires_grad and b.requires_grad]
    our_outputs, their_outputs = [a for a, _ in pairs], [b for _, b in pairs]
    if not pairs:
        return
    their_leaves, our_leaves = _differentiable(list(theirs)), _differentiable(list(mine))
    random = numpy.random.default_rng(0)
    seeds = [_seed(random, t) for t in their_outputs]
    second = op.supports_gradgrad
    try:
        expected_first, their_seeds = _gradients(
            torch, to_torch, their_outputs, their_leaves, seeds, second
        )
    except Exception:  # not differentiable at this sample
        return
    first, our_seeds = _gradients(
        plugtorch, _like(our_leaves), our_outputs, our_leaves, seeds, second
    )
    for i, (a, b) in enumerate(zip(first, expected_first, strict=True)):
        _assert_same_gradient(a, b, f"gradient {i}", tolerances)
    if not second:
        return
    pairs = [
        (a, b)
        for a, b in zip(first, expected_first, strict=True)
        if a is not None and b is not None and b.requires_grad
    ]
    if not pairs or not all(a.requires_grad for a, _ in pairs):
        for _, b in pairs:
            again = torch.autograd.grad(b.sum(), their_leaves, retain_graph=True, allow_unused=True)
            assert not any(f is not None and f.abs().sum() > 0 for f in again), (
                "torch has second derivatives, plugtorch has none"
            )
        return
    seeds = [_seed(random, b) for _, b in pairs]
    try:
        expected_second, _ = _gradients(
            torch, to_torch, [b for _, b in pairs], their_leaves + their_seeds, seeds, False
        )
    except Exception:
        return
    second_ours, _ = _gradients(
        plugtorch, _like(our_leaves), [a for a, _ in pairs], our_leaves + our_seeds, seeds, False
    )
    wider = {name: (10 * r, 10 * a) for name, (r, a) in tolerances.items()}
    for i, (a, b) in enumerate(zip(second_ours, expected_second, strict=True)):
        _assert_same_gradient(a, b, f"second derivative {i}", wider)


def _like(leaves: list[Any]) -> Callable[..., Any]:
    """Converts to where the leaves are."""
    where = leaves[0].device
    return lambda array, requires_grad=False: to_plugtorch(array, requires_grad, where)


def _errors(op: Any, function: Any, device: str | None, result: Count) -> None:
    torch.manual_seed(0)
    try:
        wrong = list(op.error_inputs("cpu"))
    except Exception:
        return
    for case in wrong:
        sample = case.sample_input
        label = f"error: {describe(sample)}"
        try:
            mine = Converter(device, False)((sample.input, sample.args, sample.kwargs))
        except Exception:  # 65 axes, which NumPy does not have
            continue
        if "unsupported operation" in str(case.error_regex) or "single memory" in str(
            case.error_regex
        ):  # memory that overlaps, which nothing does here
            continue
        if takes_numbers(sample) or not refuses(op.op, sample.input, sample.args, sample.kwargs):
            continue
        if unlike(op.name, label):
            continue
        result.refusable += 1
        try:
            function(mine[0], *mine[1], **mine[2])
        except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError):
            result.refused += 1
        except Exception as error:
            result.failures.append(f"{label}: {type(error).__name__}: {error}")
        else:
            result.failures.append(f"{label}: not refused; torch: {case.error_regex}")


def takes_numbers(sample: Any) -> bool:
    """Whether a number stands where PyTorch wants a tensor: ``maximum(x, 2)`` works here."""
    operands = (sample.input, *sample.args)
    return len(operands) == 2 and 2 in [o for o in operands if isinstance(o, int)]


def refuses(function: Any, *arguments: Any) -> bool:
    """Whether PyTorch really does."""
    try:
        function(arguments[0], *arguments[1], **arguments[2])
    except Exception:
        return True
    return False


# ---- to and fro ----------------------------------------------------------------------------------


class Converter:
    """From PyTorch's arguments to ours; a tensor that is there twice is one tensor here too."""

    def __init__(self, device: str | None, grad: bool) -> None:
        self.device = device
        self.grad = grad
        self.seen: dict[int, Any] = {}

    def __call__(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            if id(value) not in self.seen:
                in_scope(value)
                floating = self.grad and value.is_floating_point()
                self.seen[id(value)] = to_plugtorch(to_numpy(value), floating, self.device)
            return self.seen[id(value)]
        if isinstance(value, torch.dtype):
            found = getattr(plugtorch, dtype_name_of(value), None)
            if found is None:
                raise OutOfScopeError(str(value))
            return found
        if isinstance(value, torch.device):
            return self.device or "cpu"
        if isinstance(value, torch.nn.Module):
            return getattr(plugtorch.nn, type(value).__name__)()
        if isinstance(value, (torch.layout, torch.Generator, complex)):
            raise OutOfScopeError(str(value))
        if isinstance(value, torch.memory_format):
            return getattr(plugtorch, str(value).rpartition(".")[2])
        if isinstance(value, torch.Size):
            return tuple(value)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*map(self, value))
        if isinstance(value, (tuple, list)):
            return type(value)([self(v) for v in value])
        if isinstance(value, dict):
            return {key: self(v) for key, v in value.items()}
        return value


def in_scope(value: Any) -> Any:
    """``value``, if plugtorch has such tensors."""
    for t in tensors_of(value):
        if t.is_complex() or t.layout is not torch.strided or t.is_quantized:
            raise OutOfScopeError(str(t.dtype))
        if getattr(plugtorch, dtype_name(t), None) is None or t.numel() > LARGEST:
            raise OutOfScopeError(str(t.dtype))
    return value


def tensors_of(value: Any) -> Iterator[Any]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors_of(list(value.values()))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from tensors_of(part)


def leaves_of(value: Any, grad: bool, seen: dict[int, Any] | None = None) -> Any:
    """PyTorch's arguments with tensors of their own, as leaves."""
    seen = {} if seen is None else seen
    if isinstance(value, torch.Tensor):
        if id(value) not in seen:
            leaf = value.detach().clone()
            seen[id(value)] = leaf.requires_grad_(grad and leaf.is_floating_point())
        return seen[id(value)]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*[leaves_of(v, grad, seen) for v in value])
    if isinstance(value, (tuple, list)) and not isinstance(value, torch.Size):
        return type(value)([leaves_of(v, grad, seen) for v in value])
    if isinstance(value, dict):
        return {key: leaves_of(v, grad, seen) for key, v in value.items()}
    return value


def assert_alike(found: Any, expected: Any) -> None:
    """The same shapes and dtypes, whatever the values."""
    if isinstance(expected, torch.Tensor):
        assert isinstance(found, plugtorch.Tensor)
        assert tuple(found.shape) == tuple(expected.shape), f"{found.shape}, torch {expected.shape}"
        assert dtype_name(found) == dtype_name(expected), f"{found.dtype}, torch {expected.dtype}"
    elif isinstance(expected, (tuple, list)):
        for a, b in zip(found, expected, strict=True):
            assert_alike(a, b)


def dtype_name_of(dtype: Any) -> str:
    """``"float32"`` of torch.float32."""
    return str(dtype).rpartition(".")[2]


def describe(value: Any) -> str:
    """A sample in one line."""
    if isinstance(value, torch.Tensor):
        return f"{dtype_name(value)}{list(value.shape)}".replace(" ", "")
    if hasattr(value, "kwargs"):
        words = [describe(value.input), *map(describe, value.args)]
        words += [f"{key}={describe(v)}" for key, v in value.kwargs.items()]
        return f"({', '.join(words)})"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(describe(x) for x in value) + "]"
    return str(value)
