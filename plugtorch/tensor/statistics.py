"""Quantiles and covariances. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of
from plugtorch.tensor.creation import arange, tensor
from plugtorch.tensor.ordering import argsort, sort

__all__ = [
    "corrcoef",
    "cov",
    "kthvalue",
    "mode",
    "nanmedian",
    "nanquantile",
    "quantile",
]

KthvalueResult = namedtuple("kthvalue", "values indices")  # type: ignore[name-match]
ModeResult = namedtuple("mode", "values indices")  # type: ignore[name-match]
NanmedianResult = namedtuple("nanmedian", "values indices")  # type: ignore[name-match]


# -- order statistics ------------------------------------------------------------------------------


def _picked(kind: Any, input: Any, index: Any, axis: int, keepdim: bool) -> Any:
    """The elements of input at ``index``, whose axis has size 1."""
    values = input.gather(axis, index)
    return kind(values, index) if keepdim else kind(values.squeeze(axis), index.squeeze(axis))


@numpy_words
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the k-th smallest element along an axis, counted from 1.

    >>> import plugtorch
    >>> plugtorch.kthvalue(plugtorch.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)

    Source: torch.kthvalue.
    """
    shape = shape_of(input)
    axis = one_axis("kthvalue", dim, len(shape))
    size = shape[axis] if shape else 1
    if not 1 <= k <= size:
        raise ArgumentError(f"[kthvalue] k = {k} is outside 1 to {size}, the size of axis {dim}.")
    if not shape:
        return KthvalueResult(input.clone(), input.new_zeros((), dtype=dtypes.int64))
    index = argsort(input, axis).narrow(axis, k - 1, 1)
    return _picked(KthvalueResult, input, index, axis, keepdim)


@numpy_words
def nanmedian(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """As ``median``, of what is not NaN. Source: torch.nanmedian."""
    if dim is None:
        flat = input.reshape(-1)
        if not shape_of(flat)[0]:
            return input.sum() * math.nan if input.dtype.is_floating_point else input.sum()
        return nanmedian(flat, 0).values
    shape = shape_of(input)
    axis = one_axis("nanmedian", dim, len(shape))
    if not shape:
        return NanmedianResult(input.clone(), input.new_zeros((), dtype=dtypes.int64))
    if not shape[axis]:
        raise ArgumentError(f"[nanmedian] axis {dim} of shape {shape} has no elements.")
    count = (~elementwise.isnan.apply(input)).sum(axis, keepdim=True)  # NaN comes last
    middle = elementwise.where.apply(count > 0, (count - 1) // 2, 0)
    index = argsort(input, axis).gather(axis, middle)
    return _picked(NanmedianResult, input, index, axis, keepdim)


@numpy_words
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the commonest element along an axis, the smallest of several; its last
    place.

    Source: torch.mode.
    """
    shape = shape_of(input)
    axis = one_axis("mode", dim, len(shape))
    if not shape:
        return ModeResult(input.clone(), input.new_zeros((), dtype=dtypes.int64))
    if not shape[axis]:
        raise ArgumentError(f"[mode] axis {dim} of shape {shape} has no elements.")
    x = input.detach().movedim(axis, -1)
    # how often each element is there; the first of the commonest in sorted order is the smallest
    ordered, order = sort(x, -1)
    counts = (ordered.unsqueeze(-1) == ordered.unsqueeze(-2)).sum(-1)
    best = counts.argmax(-1, keepdim=True)
    value = ordered.gather(-1, best)
    numbers = arange(shape[axis], device=input.device)
    last = elementwise.where.apply(x == value, numbers, -1).amax(-1, keepdim=True)
    last = elementwise.where.apply(last < 0, order.gather(-1, best), last)  # NaN equals nothing
    return _picked(ModeResult, input, last.movedim(-1, axis), axis, keepdim)


INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


@autocasts(cpu=FLOAT32)
def quantile(
    input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The values below which a share q of the elements lies, along an axis; NaN if any is.

    q: from 0 to 1, a number or a vector, which becomes the first axis. interpolation: between
    neighbours "linear", "lower", "higher", "midpoint" or "nearest".

    >>> import plugtorch
    >>> plugtorch.quantile(plugtorch.tensor([0.0, 1.0, 2.0, 3.0]), 0.5)
    tensor(1.5000)

    Source: torch.quantile.
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@autocasts(cpu=FLOAT32)
def nanquantile(
    input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """As ``quantile``, of what is not NaN. Source: torch.nanquantile."""
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


def _quantile(
    name: str, x: Any, q: Any, dim: Any, keepdim: bool, interpolation: str, skips: bool
) -> Any:
    if x.dtype not in (dtypes.float32, dtypes.float64):
        raise DTypeError(f"[{name}] needs a float32 or float64 tensor, got {x.dtype!r}.")
    if not x.numel():
        raise ArgumentError(f"[{name}] a tensor without elements has no quantiles.")
    if interpolation not in INTERPOLATIONS:
        raise ArgumentError(
            f"[{name}] interpolation must be one of {INTERPOLATIONS}, got {interpolation!r}."
        )
    if not isinstance(q, TensorBase):
        q = tensor(q, dtype=x.dtype, device=x.device)
    shares: Any = q
    if len(shape_of(shares)) > 1 or shares.dtype is not x.dtype:
        raise ArgumentError(
            f"[{name}] q must be a number or a vector of {x.dtype!r}, got {shares.dtype!r} of "
            f"shape {shape_of(shares)}."
        )
    if bool(((shares < 0) | (shares > 1)).any()):
        raise ArgumentError(f"[{name}] q must be from 0 to 1.")
    shape = shape_of(x)
    axis = one_axis(name, dim, len(shape)) if dim is not None else None
    rows = x.reshape(-1) if axis is None else x.movedim(axis, -1) if shape else x.reshape(1)
    values = _shares_of(rows, shares.reshape(-1), interpolation, skips)  # (..., q)
    if keepdim:
        kept = (
            [1] * len(shape)
            if axis is None
            else [1 if a == axis else n for a, n in enumerate(shape)]
        )
        values = values.movedim(-1, 0).reshape(-1, *kept)
    else:
        values = values.movedim(-1, 0)
    return values if shape_of(shares) else values.squeeze(0)


def _shares_of(rows: Any, q: Any, interpolation: str, skips: bool) -> Any:
    ordered = sort(rows, -1).values
    size = shape_of(rows)[-1]
    missing = elementwise.isnan.apply(rows)
    if skips:
        count = (~missing).sum(-1, keepdim=True)
        last = cast((count - 1).clamp(min=0), rows.dtype)
        place = last * q
    else:
        # in a row with NaN every rank is that of the last element, which is NaN
        place = elementwise.where.apply(missing.any(-1, keepdim=True), size - 1.0, q * (size - 1.0))
    if interpolation == "nearest":
        place = elementwise.round.apply(place)
    if interpolation == "higher":
        place = elementwise.ceil.apply(place)
    below = elementwise.floor.apply(place)
    lower = ordered.gather(-1, cast(below, dtypes.int64))
    if interpolation not in ("linear", "midpoint"):
        return lower
    upper = ordered.gather(-1, cast(elementwise.ceil.apply(place), dtypes.int64))
    weight = place - below
    return lower.lerp(upper, weight if interpolation == "linear" else 0.5 * (weight * 0 + 1))


# -- how variables go together ---------------------------------------------------------------------


def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance matrix of variables, a row each; columns are observations.

    fweights: how often each observation was made. aweights: how much each counts.

    Source: torch.cov.
    """
    x = input
    if len(shape_of(x)) > 2:
        raise ShapeError(f"[cov] needs a matrix at most, got shape {shape_of(x)}.")
    if x.dtype is dtypes.bool_:
        raise DTypeError("[cov] does not take bools. Convert with .to() first.")
    if not x.dtype.is_floating_point:
        x = cast(x, dtypes.get_default_dtype())
    rows = x.reshape(1, -1) if len(shape_of(x)) < 2 else x
    count = shape_of(rows)[1]
    weight = None
    for name, given in (("fweights", fweights), ("aweights", aweights)):
        if given is None:
            continue
        if shape_of(given) != (count,):
            raise ShapeError(f"[cov] {name} of shape {shape_of(given)} must be ({count},).")
        if given.dtype.is_floating_point is (name == "fweights"):
            raise DTypeError(f"[cov] {name} has the dtype {given.dtype!r}.")
        if bool((given < 0).any()):
            raise ArgumentError(f"[cov] {name} must not be negative.")
        weight = given if weight is None else weight * given
    if weight is None:
        centred = rows - rows.mean(1, keepdim=True) if count else rows
        product, freedom = centred @ centred.mT, max(count - correction, 0)
        result = product / float(freedom) if freedom else product / 0.0
    else:
        total = cast(weight, rows.dtype).sum()
        centred = rows - (rows * weight).sum(1, keepdim=True) / total
        if correction and aweights is not None:
            used = (weight * aweights).sum() / total
            freedom = total - correction * used
        else:
            freedom = total - correction
        result = ((centred * weight) @ centred.mT) / freedom.clamp(min=0)
    return result.squeeze()


def corrcoef(input: Any) -> Any:
    """The correlation coefficients of variables, a row each. Source: torch.corrcoef."""
    c = cov(input)
    if not shape_of(c):
        return c / c
    deviation = c.diagonal().sqrt()
    return (c / deviation.unsqueeze(1) / deviation).clamp(-1, 1)
