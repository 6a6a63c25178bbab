"""Bad input: what PyTorch refuses is refused, by an error that code for PyTorch catches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch

import plugtorch

Call = Callable[[Any], Any]
FORM = re.compile(r"^\[[\w. :/]+\] \S.*\S$", re.DOTALL)


def m(library: Any, *shape: int) -> Any:
    return library.ones(*shape) if shape else library.tensor(1.0)


def leaf(library: Any, *shape: int) -> Any:
    return library.ones(shape, requires_grad=True)


def whole(library: Any, *values: int) -> Any:
    return library.tensor(list(values))


def half(library: Any, *shape: int) -> Any:
    return library.ones(*shape, dtype=library.float16)


CALLS: dict[str, Call] = {
    # shapes
    "add": lambda t: m(t, 2) + m(t, 3),
    "mul": lambda t: m(t, 2, 3) * m(t, 2),
    "where": lambda t: t.where(m(t, 2) > 0, m(t, 3), m(t, 3)),
    "matmul": lambda t: m(t, 2, 3) @ m(t, 4, 2),
    "matmul vector": lambda t: m(t, 2, 3) @ m(t, 2),
    "matmul 0-d": lambda t: m(t) @ m(t, 2),
    "matmul batch": lambda t: m(t, 2, 2, 3) @ m(t, 3, 3, 2),
    "mm": lambda t: t.mm(m(t, 2, 3), m(t, 3)),
    "mv": lambda t: t.mv(m(t, 2, 3), m(t, 2)),
    "bmm": lambda t: t.bmm(m(t, 2, 3, 4), m(t, 3, 4, 2)),
    "dot": lambda t: t.dot(m(t, 2), m(t, 3)),
    "dot matrices": lambda t: t.dot(m(t, 2, 2), m(t, 2, 2)),
    "outer": lambda t: t.outer(m(t, 2, 2), m(t, 2)),
    "addmm": lambda t: t.addmm(m(t, 3), m(t, 2, 3), m(t, 3, 4)),
    "reshape": lambda t: m(t, 2, 3).reshape(4),
    "reshape -1": lambda t: m(t, 2, 3).reshape(-1, 4),
    "reshape two -1": lambda t: m(t, 2, 3).reshape(-1, -1),
    "reshape negative": lambda t: m(t, 2, 3).reshape(-2, 3),
    "view of transposed": lambda t: m(t, 2, 3).t().view(6),
    "unflatten": lambda t: m(t, 6).unflatten(0, (4, 2)),
    "expand": lambda t: m(t, 2).expand(3),
    "expand new axis": lambda t: m(t, 2).expand(-1, 2),
    "expand fewer": lambda t: m(t, 2, 2).expand(2),
    "repeat": lambda t: m(t, 2, 2).repeat(2),
    "cat": lambda t: t.cat([m(t, 2, 3), m(t, 2, 4)]),
    "cat rank": lambda t: t.cat([m(t, 2, 3), m(t, 2)]),
    "cat 0-d": lambda t: t.cat([m(t), m(t)]),
    "cat of nothing": lambda t: t.cat([]),
    "stack": lambda t: t.stack([m(t, 2), m(t, 3)]),
    "stack of nothing": lambda t: t.stack([]),
    "split": lambda t: m(t, 5).split([2, 2]),
    "split by nothing": lambda t: m(t, 5).split(-1),
    "chunk": lambda t: m(t, 5).chunk(0),
    "narrow": lambda t: m(t, 5).narrow(0, 3, 3),
    "narrow start": lambda t: m(t, 5).narrow(0, 6, 1),
    "hsplit": lambda t: t.hsplit(m(t, 2, 3), 2),
    "t": lambda t: m(t, 2, 2, 2).t(),
    "unbind 0-d": lambda t: t.unbind(m(t)),
    "tril": lambda t: t.tril(m(t, 2)),
    "trace": lambda t: t.trace(m(t, 2)),
    "einsum labels": lambda t: t.einsum("ij,jk->ik", m(t, 2, 3)),
    "einsum rank": lambda t: t.einsum("ij->i", m(t, 2)),
    "einsum sizes": lambda t: t.einsum("ij,jk->ik", m(t, 2, 3), m(t, 4, 2)),
    "einsum output": lambda t: t.einsum("ij->k", m(t, 2, 3)),
    "tensordot": lambda t: t.tensordot(m(t, 2, 3), m(t, 2, 3), 1),
    "cross": lambda t: t.cross(m(t, 4), m(t, 4), dim=0),
    "gather shape": lambda t: m(t, 2, 3).gather(0, t.zeros(1, 4, dtype=t.int64)),
    "gather rank": lambda t: m(t, 2, 3).gather(0, t.zeros(2, dtype=t.int64)),
    "scatter shape": lambda t: m(t, 2, 3).scatter(0, t.zeros(2, 3, dtype=t.int64), m(t, 1, 3)),
    "index_add shape": lambda t: m(t, 3).index_add(0, whole(t, 0, 1), m(t, 3)),
    "masked_select": lambda t: m(t, 3).masked_select(m(t, 2) > 0),
    "masked_scatter": lambda t: m(t, 3).masked_scatter(m(t, 3) > 0, m(t, 2)),
    "copy_": lambda t: m(t, 2).copy_(m(t, 3)),
    "fill_ by a vector": lambda t: m(t, 2).fill_(m(t, 2)),
    "in place, larger result": lambda t: m(t, 2).add_(m(t, 3, 2)),
    "set a slice": lambda t: m(t, 2, 3).__setitem__(0, m(t, 2)),
    "set at places": lambda t: m(t, 3).__setitem__(whole(t, 0, 1), m(t, 3)),
    "broadcast_shapes": lambda t: t.broadcast_shapes((2,), (3,)),
    "meshgrid": lambda t: t.meshgrid(m(t, 2, 2), m(t, 2), indexing="ij"),
    "block_diag": lambda t: t.block_diag(m(t, 2, 2, 2)),
    "negative size": lambda t: t.zeros(-1),
    "negative size full": lambda t: t.full((2, -1), 1.0),
    "item of many": lambda t: m(t, 2).item(),
    "bool of many": lambda t: bool(m(t, 2)),
    "float of many": lambda t: float(m(t, 2)),
    # axes
    "sum axis": lambda t: m(t, 2).sum(1),
    "sum axis twice": lambda t: m(t, 2, 2).sum((0, 0)),
    "sum axis twice, from the end": lambda t: m(t, 2, 2).sum((1, -1)),
    "mean axis": lambda t: m(t, 2).mean(-2),
    "argmax axis": lambda t: m(t, 2).argmax(3),
    "sort axis": lambda t: m(t, 2).sort(2),
    "cumsum axis": lambda t: m(t, 2).cumsum(1),
    "permute": lambda t: m(t, 2, 3).permute(0),
    "permute twice": lambda t: m(t, 2, 3).permute(0, 0),
    "transpose": lambda t: m(t, 2, 3).transpose(0, 2),
    "unsqueeze": lambda t: m(t, 2).unsqueeze(3),
    "squeeze": lambda t: m(t, 2).squeeze(1),
    "flatten": lambda t: m(t, 2, 3).flatten(1, 0),
    "movedim": lambda t: m(t, 2, 3).movedim((0, 1), (0, 0)),
    "flip": lambda t: m(t, 2).flip(1),
    "flip twice": lambda t: m(t, 2).flip(0, 0),
    "roll": lambda t: m(t, 2).roll((1, 2), 0),
    "cat axis": lambda t: t.cat([m(t, 2)], 1),
    "diagonal axes": lambda t: m(t, 2, 2).diagonal(0, 1, 1),
    "rot90": lambda t: m(t, 2, 2).rot90(1, (0, 0)),
    "index_select axis": lambda t: m(t, 2).index_select(1, whole(t, 0)),
    "axis as float": lambda t: m(t, 2).sum(0.5),
    # indices
    "x[i]": lambda t: m(t, 2)[2],
    "x[-i]": lambda t: m(t, 2)[-3],
    "x[i, j]": lambda t: m(t, 2)[0, 0],
    "0-d": lambda t: m(t)[0],
    "x[tensor]": lambda t: m(t, 2)[whole(t, 2)],
    "x[floats]": lambda t: m(t, 2)[m(t, 2)],
    "x[mask]": lambda t: m(t, 2)[m(t, 3) > 0],
    "x[text]": lambda t: m(t, 2)["a"],
    "x[1.0]": lambda t: m(t, 2)[1.0],
    "x[::-1]": lambda t: m(t, 2)[::-1],
    "x[..., ...]": lambda t: m(t, 2, 2)[..., ..., 0],
    "x[i] = v": lambda t: m(t, 2).__setitem__(2, 1.0),
    "gather": lambda t: m(t, 2).gather(0, whole(t, 2)),
    "gather negative": lambda t: m(t, 2).gather(0, whole(t, -1)),
    "scatter": lambda t: m(t, 2).scatter(0, whole(t, 2), 1.0),
    "scatter_add": lambda t: m(t, 2).scatter_add(0, whole(t, 5), m(t, 1)),
    "index_select": lambda t: m(t, 2).index_select(0, whole(t, 2)),
    "index_add": lambda t: m(t, 2).index_add(0, whole(t, 2), m(t, 1)),
    "index_copy": lambda t: m(t, 2).index_copy(0, whole(t, 2), m(t, 1)),
    "index_fill": lambda t: m(t, 2).index_fill(0, whole(t, 2), 1.0),
    "index_put": lambda t: m(t, 2).index_put((whole(t, 2),), m(t, 1)),
    "take": lambda t: m(t, 2).take(whole(t, 2)),
    "select": lambda t: m(t, 2).select(0, 2),
    "select 0-d": lambda t: m(t).select(0, 0),
    "index_select matrix": lambda t: m(t, 2).index_select(0, t.zeros(1, 1, dtype=t.int64)),
    # dtypes
    "x - bool": lambda t: m(t, 2) - (m(t, 2) > 0),
    "bool - bool": lambda t: (m(t, 2) > 0) - (m(t, 2) > 0),
    "x - True": lambda t: m(t, 2) - True,
    "True - x": lambda t: True - m(t, 2),
    "-bool": lambda t: -(m(t, 2) > 0),
    "+bool": lambda t: +(m(t, 2) > 0),
    "bits of floats": lambda t: m(t, 2) & m(t, 2),
    "shift of floats": lambda t: m(t, 2) << 1,
    "not of floats": lambda t: ~m(t, 2),
    "matmul dtypes": lambda t: m(t, 2, 2) @ half(t, 2, 2),
    "mean of whole numbers": lambda t: whole(t, 1, 2).mean(),
    "var of whole numbers": lambda t: whole(t, 1, 2).var(),
    "norm of whole numbers": lambda t: whole(t, 1, 2).norm(),
    "float into int": lambda t: whole(t, 1).add_(0.5),
    "float tensor into int": lambda t: whole(t, 1).mul_(m(t, 1)),
    "int into bool": lambda t: (m(t, 1) > 0).add_(1),
    "division into int": lambda t: whole(t, 1).div_(2),
    "exp_ of int": lambda t: whole(t, 1).exp_(),
    "whole number by 0": lambda t: whole(t, 1) // 0,
    "whole number modulo 0": lambda t: whole(t, 1) % 0,
    "whole number to a negative power": lambda t: whole(t, 2) ** -1,
    "addcdiv of whole numbers": lambda t: t.addcdiv(whole(t, 1), whole(t, 1), whole(t, 1)),
    "alpha": lambda t: t.add(whole(t, 1), whole(t, 1), alpha=0.5),
    "gather index dtype": lambda t: m(t, 2).gather(0, m(t, 1)),
    "scatter dtypes": lambda t: m(t, 2).scatter(0, whole(t, 0), half(t, 1)),
    "index_add dtypes": lambda t: m(t, 2).index_add(0, whole(t, 0), half(t, 1)),
    "index_put dtypes": lambda t: m(t, 2).index_put((whole(t, 0),), half(t, 1)),
    "lerp dtypes": lambda t: t.lerp(m(t, 2), half(t, 2), 0.5),
    "isclose dtypes": lambda t: t.isclose(m(t, 2), half(t, 2)),
    "masked_fill mask": lambda t: m(t, 2).masked_fill(whole(t, 1, 0), 1.0),
    "where condition": lambda t: t.where(m(t, 2), m(t, 2), m(t, 2)),
    "bincount of floats": lambda t: t.bincount(m(t, 2)),
    "requires_grad of int": lambda t: whole(t, 1).requires_grad_(),
    "created int with grad": lambda t: t.zeros(2, dtype=t.int64, requires_grad=True),
    "view as a larger dtype": lambda t: t.zeros(3, dtype=t.uint8).view(t.int64),
    # numbers out of range
    "topk": lambda t: m(t, 2).topk(3),
    "topk negative": lambda t: m(t, 2).topk(-1),
    "max of nothing": lambda t: t.zeros(0).max(),
    "amax of nothing": lambda t: t.zeros(0).amax(),
    "argmax of nothing": lambda t: t.zeros(0).argmax(),
    "max of nothing along an axis": lambda t: t.zeros(0, 2).max(0),
    "bincount negative": lambda t: t.bincount(whole(t, -1)),
    "clamp without bounds": lambda t: m(t, 2).clamp(),
    "rounding mode": lambda t: t.div(m(t, 2), 2, rounding_mode="up"),
    "arange step 0": lambda t: t.arange(0, 1, 0),
    "arange away": lambda t: t.arange(0, 5, -1),
    "linspace steps": lambda t: t.linspace(0, 1, -1),
    "eye": lambda t: t.eye(-1),
    "bernoulli": lambda t: t.bernoulli(m(t, 2), 2.0),
    "multinomial": lambda t: t.multinomial(m(t, 2), 3),
    "multinomial negative": lambda t: t.multinomial(-m(t, 2), 1),
    "randint": lambda t: t.randint(3, 3, (2,)),
    "randperm": lambda t: t.randperm(-1),
    "normal std": lambda t: t.normal(0.0, -1.0, (2,)),
    "uniform_": lambda t: m(t, 2).uniform_(1, 0),
    "exponential_": lambda t: m(t, 2).exponential_(-1),
    "repeat_interleave": lambda t: m(t, 2).repeat_interleave(-1),
    "repeat_interleave counts": lambda t: m(t, 2).repeat_interleave(whole(t, 1, 2, 3), 0),
    "matrix_power": lambda t: m(t, 2, 3).matrix_power(2),
    "unfold": lambda t: m(t, 2).unfold(0, 3, 1),
    "fill_ a byte": lambda t: t.zeros(2, dtype=t.uint8).fill_(300),
    "full of bytes": lambda t: t.full((2,), 300, dtype=t.uint8),
    "masked_fill half": lambda t: half(t, 2).masked_fill(m(t, 2) > 0, 1e9),
    "set a byte": lambda t: t.zeros(2, dtype=t.uint8).__setitem__(0, 300),
    "manual_seed": lambda t: t.manual_seed(2**70),
    # data
    "ragged": lambda t: t.tensor([[1], [1, 2]]),
    "text": lambda t: t.tensor("a"),
    "None": lambda t: t.tensor(None),
    "too large": lambda t: t.tensor([2**70]),
    "byte": lambda t: t.tensor([300], dtype=t.uint8),
    "from_numpy of a list": lambda t: t.from_numpy([1.0]),
    "from_numpy of text": lambda t: t.from_numpy(numpy.array(["a"])),
    "number and text": lambda t: m(t, 2) + "a",
    "function of a number": lambda t: t.exp(1.0),
    "function of None": lambda t: t.add(m(t, 2), None),
    "randint without size": lambda t: t.randint(2),
    "randint of a fraction": lambda t: t.randint(2.5, (2,)),
    "randint of a bool": lambda t: t.randint(True, (2,)),
    "randint of one size": lambda t: t.randint(2, size=5),
    "randint of numbers": lambda t: t.randint(2, 5, 3),
    "randint_like of a fraction": lambda t: t.randint_like(m(t, 2), 2.5),
    "addcdiv of a number": lambda t: t.addcdiv(m(t, 2), 2, m(t, 2)),
    "addcdiv by a number": lambda t: m(t, 2).addcdiv_(m(t, 2), 2),
    "addcmul of a number": lambda t: t.addcmul(m(t, 2), 2, m(t, 2)),
    "addcmul to a number": lambda t: t.addcmul(1, m(t, 2), m(t, 2)),
    "searchsorted in a list": lambda t: t.searchsorted([1.0], m(t, 2)),
    "searchsorted of a list": lambda t: t.searchsorted(m(t, 2), [1.0]),
    "searchsorted of a number": lambda t: t.searchsorted(m(t, 2, 2), 1.0),
    "searchsorted to a word": lambda t: t.searchsorted(m(t, 2), 1.0, right="left"),
    "sparse and dense": lambda t: m(t, 2).to_sparse() + m(t, 2),
    "sparse less dense": lambda t: m(t, 2).to_sparse() - m(t, 2),
    "unknown word": lambda t: t.zeros(2, colour="red"),
    "unknown word of randperm": lambda t: t.randperm(2, colour="red"),
    "unknown word of rand": lambda t: t.rand(2, colour="red"),
    "len of 0-d": lambda t: len(m(t)),
    "iter of 0-d": lambda t: iter(m(t)),
    "unknown attribute": lambda t: m(t, 2).nothing,
    "unknown device": lambda t: t.zeros(2, device="nowhere"),
    # graphs
    "backward of many": lambda t: leaf(t, 2).exp().backward(),
    "backward without graph": lambda t: m(t).backward(),
    "backward twice": lambda t: [(loss := leaf(t, 2).exp().sum()).backward(), loss.backward()],
    "backward gradient shape": lambda t: leaf(t, 2).exp().backward(m(t, 3)),
    "grad of unused": lambda t: t.autograd.grad(leaf(t, 1).sum(), leaf(t, 1)),
    "grad of constant": lambda t: t.autograd.grad(leaf(t, 1).sum(), m(t, 1)),
    "numpy of a leaf": lambda t: leaf(t, 2).numpy(),
    "leaf in place": lambda t: leaf(t, 2).add_(1),
    "view of a leaf in place": lambda t: leaf(t, 2)[0].add_(1),
    "set a leaf": lambda t: leaf(t, 2).__setitem__(0, 1.0),
    "requires_grad of a result": lambda t: setattr(leaf(t, 2).exp(), "requires_grad", False),
    "grad of another shape": lambda t: setattr(leaf(t, 2), "grad", m(t, 3)),
    "grad no tensor": lambda t: setattr(leaf(t, 2), "grad", 1.0),
    "hook without grad": lambda t: m(t, 2).register_hook(print),
    "retain_grad without grad": lambda t: m(t, 2).retain_grad(),
    "write to an expanded tensor": lambda t: m(t, 1).expand(3).add_(1),
}


def caught(call: Call, library: Any) -> Exception | None:
    try:
        call(library)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("name", CALLS)
def test_refused(name: str) -> None:
    refused, error = caught(CALLS[name], torch), caught(CALLS[name], plugtorch)
    assert refused is not None, "PyTorch takes it"
    assert error is not None, f"plugtorch takes it, PyTorch does not: {refused}"
    # NotImplementedError: PyTorch lacks a kernel, we a meaning
    if not isinstance(refused, NotImplementedError):
        expected = type(refused)
        assert isinstance(error, expected), f"{error!r} is no {expected.__name__}: {refused}"
    # what Python itself finds is told in Python's words
    if not (
        type(error) in (TypeError, AttributeError) and type(refused) in (TypeError, AttributeError)
    ):
        assert isinstance(error, plugtorch.errors.PlugtorchError), repr(error)
        assert FORM.match(str(error)), f"not of the form [operation] what. What to do: {error}"
