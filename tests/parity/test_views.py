"""Views and in-place operations: what sees what, and where gradients go.

Random programs first: views of views, writes through any of them, with and without recording. Then
cases by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, to_plugtorch, to_torch
from samples.sample import SEED

import plugtorch

Step = tuple[str, int, int]  # what, to which tensor, a number to choose with


# ---- random programs -----------------------------------------------------------------------------


def _axis(t: Any, n: int) -> int:
    return n % max(t.ndim, 1)


def _sliced(t: Any, n: int) -> Any:
    key = [slice(None)] * t.ndim
    size = t.shape[_axis(t, n)]
    key[_axis(t, n)] = slice((n // 7) % max(size, 1), None, 1 + n % 2)
    return t[tuple(key)]


VIEWS: dict[str, Callable[[Any, int], Any]] = {
    "flatten": lambda t, n: t.view(-1),
    "reshape": lambda t, n: t.view(t.shape[0], -1, 1) if t.ndim else t.view(1),
    "permute": lambda t, n: (
        t.permute(tuple((i + n) % t.ndim for i in range(t.ndim))) if t.ndim else t
    ),
    "transpose": lambda t, n: t.transpose(0, _axis(t, n)) if t.ndim else t,
    "slice": lambda t, n: _sliced(t, n) if t.ndim else t,
    "select": lambda t, n: t.select(_axis(t, n), n % t.shape[_axis(t, n)]) if t.ndim else t,
    "index": lambda t, n: t[n % t.shape[0]] if t.ndim else t[None],
    "unsqueeze": lambda t, n: t.unsqueeze(n % (t.ndim + 1)),
    "squeeze": lambda t, n: t.squeeze(),
    "narrow": lambda t, n: t.narrow(_axis(t, n), 0, 1) if t.ndim else t,
    "expand": lambda t, n: t.expand(2, *t.shape),
    "diagonal": lambda t, n: t.diagonal(n % 2) if t.ndim > 1 else t,
    "movedim": lambda t, n: t.movedim(0, -1) if t.ndim else t,
    "split": lambda t, n: t.split(2, _axis(t, n))[0] if t.ndim else t,
    "detach": lambda t, n: t.detach(),
    "data": lambda t, n: t.data,
    "view_as": lambda t, n: t.view_as(t),
    "T": lambda t, n: t.mT if t.ndim > 1 else t,
}


def _set(t: Any, n: int) -> None:
    if t.ndim:
        t[n % t.shape[0]] = t.sum().item()
    else:
        t[()] = 3.0


def _add_to_part(t: Any, n: int) -> None:
    if t.ndim:
        t[n % t.shape[0] :] += 1.5


WRITES: dict[str, Callable[[Any, int], Any]] = {
    "add_": lambda t, n: t.add_(n % 5),
    "mul_": lambda t, n: t.mul_(n % 3 - 1.5),
    "sub_": lambda t, n: t.sub_(t.detach() * 0.5),
    "add itself": lambda t, n: t.add_(t * 2),
    "neg_": lambda t, n: t.neg_(),
    "copy_": lambda t, n: t.copy_(t.detach().flip(0) if t.ndim else t.detach() + 1),
    "copy_ of computed": lambda t, n: t.copy_(t * 3),
    "fill_": lambda t, n: t.fill_(n % 4),
    "zero_": lambda t, n: t.zero_(),
    "set": _set,
    "add to a part": _add_to_part,
    "masked_fill_": lambda t, n: t.masked_fill_(t.detach() > 2, 1.0),
    "clamp_": lambda t, n: t.clamp_(-20, 20),
    "exp_": lambda t, n: t.clamp_(-3, 3).exp_(),
}


def program(seed: int) -> list[Step]:
    random = numpy.random.default_rng([SEED, seed])
    steps: list[Step] = []
    for _ in range(12):
        kind = random.choice(["view", "view", "write", "unrecorded write", "compute"])
        names = list(VIEWS) if kind == "view" else list(WRITES)
        name = "compute" if kind == "compute" else str(random.choice(names))
        prefix = "unrecorded " if kind == "unrecorded write" else ""
        steps.append((prefix + name, int(random.integers(1 << 20)), int(random.integers(1 << 20))))
    return steps


class Run:
    """A program's tensors in one library; ``step`` makes or changes one and says whether that was
    allowed.
    """

    def __init__(self, library: Any, leaf: Any) -> None:
        self.library = library
        self.leaf = leaf
        self.tensors = [leaf * 1]
        # PyTorch lets a part of an expanded tensor be written that shows each element once;
        # plugtorch refuses
        self.expanded = [False]

    def step(self, what: str, which: int, number: int) -> bool:
        place = which % len(self.tensors)
        t = self.tensors[place]
        try:
            if what == "compute":
                # PyTorch lays results out as the operands are, plugtorch always row by row
                self.add(t.contiguous() * 2, False)
            elif what in VIEWS:
                self.add(VIEWS[what](t, number), self.expanded[place] or what == "expand")
            elif self.expanded[place]:
                pass
            elif what.startswith("unrecorded "):
                with self.library.no_grad():
                    WRITES[what.removeprefix("unrecorded ")](t, number)
            else:
                WRITES[what](t, number)
        except (RuntimeError, IndexError, ValueError):
            return False
        return True

    def add(self, t: Any, expanded: bool) -> None:
        self.tensors.append(t)
        self.expanded.append(expanded)


def readable(t: Any) -> bool:
    """PyTorch refuses to look at a tensor whose view was changed in a way it cannot follow."""
    try:
        t.requires_grad and t.grad_fn  # noqa: B018
        t.sum().item()
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("shape", [(4,), (3, 3), (2, 3, 2), (1, 4), ()], ids=str)
def test_programs(shape: tuple[int, ...], tracked: bool) -> None:
    compared = 0
    for seed in range(60):
        steps = program(seed)
        values = numpy.asarray(numpy.random.default_rng([SEED, seed]).uniform(-3, 3, shape))
        theirs = Run(torch, to_torch(values, tracked))
        ours = Run(plugtorch, to_plugtorch(values, tracked))
        done: list[str] = []
        for what, which, number in steps:
            if not theirs.step(what, which, number):
                break  # a part may have been done; a program ends where PyTorch refuses
            done.append(f"{what} of {which % len(ours.tensors)}")
            assert ours.step(what, which, number), f"refused: {done}"
            assert len(ours.tensors) == len(theirs.tensors)
            if not all(readable(t) for t in theirs.tensors):
                break
            for place, (a, b) in enumerate(zip(ours.tensors, theirs.tensors, strict=True)):
                assert_same(a, b, f"tensor {place} after {done}")
                assert a.requires_grad == b.requires_grad, f"tensor {place} after {done}"
                assert a.is_leaf == b.is_leaf, f"tensor {place} after {done}"
                assert tuple(a.stride()) == tuple(b.stride()) or 1 in a.shape or 0 in a.shape, (
                    f"{place} after {done}"
                )
                assert a.is_contiguous() == b.is_contiguous(), f"tensor {place} after {done}"
        compared += _same_gradients(ours, theirs, done)
    assert compared > 20 or not tracked


def _same_gradients(ours: Run, theirs: Run, done: list[str]) -> bool:
    """Whether PyTorch can go back; then the gradients of the leaf are equal."""
    gradients: list[Any] = []
    for run in (theirs, ours):
        total = run.leaf.sum() * 0
        factors = numpy.random.default_rng(0).uniform(0.5, 2, len(run.tensors))
        try:
            for t, factor in zip(run.tensors, factors, strict=True):
                total = total + (t * t).sum() * float(factor)
            if total.requires_grad:
                total.backward()
        except RuntimeError:
            if run is ours:
                raise
            return False  # "modified by an inplace operation"
        gradients.append(run.leaf.grad)
    if gradients[0] is None:
        return False
    assert_same(gradients[1], gradients[0], f"gradient after {done}")
    return True
