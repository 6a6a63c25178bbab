"""Functions that fold axes together, each also a method. Names, arguments and meaning are
PyTorch's.

Long because every function spells out the keywords that PyTorch's has.
"""

from __future__ import annotations

import builtins
import math
from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import AS_IT_IS, FLOAT32, WIDENED, autocasts
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.ops import elementwise, movement
from plugtorch.ops import reduction as ops
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of, some_axes

__all__ = [
    "all",
    "amax",
    "amin",
    "aminmax",
    "any",
    "argmax",
    "argmin",
    "count_nonzero",
    "logsumexp",
    "max",
    "mean",
    "min",
    "nanmean",
    "nansum",
    "norm",
    "prod",
    "std",
    "std_mean",
    "sum",
    "var",
    "var_mean",
]


# what these return along an axis; named as PyTorch shows them
MaxResult = namedtuple("max", "values indices")  # type: ignore[name-match]
MinResult = namedtuple("min", "values indices")  # type: ignore[name-match]
AminmaxResult = namedtuple("aminmax", "min max")  # type: ignore[name-match]


@autocasts(elsewhere=WIDENED)
def sum(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    axis: Any = None,
) -> Any:
    """The sum over axes; whole numbers are summed as int64.

    dim: an axis, several, or None for all. dtype: convert to it first.

    >>> import plugtorch
    >>> plugtorch.tensor([[1.0, 2.0], [3.0, 4.0]]).sum(0)
    tensor([4., 6.])

    Source: torch.sum.
    """
    if axis is not None:
        dim = axis
    if dtype is not None:
        input = input.to(dtype)
    elif not input.dtype.is_floating_point and input.dtype is not dtypes.int64:
        input = cast(input, dtypes.int64)
    return ops.sum(input, axes=some_axes("sum", dim, len(shape_of(input))), keep=keepdim)


@autocasts(elsewhere=AS_IT_IS)
def mean(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: dtypes.dtype | None = None,
    axis: Any = None,
) -> Any:
    """The sum over axes, by the number of elements. Source: torch.mean."""
    if axis is not None:
        dim = axis
    if dtype is not None:
        input = input.to(dtype)
    if not input.dtype.is_floating_point:
        raise DTypeError(
            f"[mean] needs a floating-point tensor, got {input.dtype!r}. Convert it, or give "
            "dtype=."
        )
    return ops.mean(input, axes=some_axes("mean", dim, len(shape_of(input))), keep=keepdim)


@autocasts(cpu=FLOAT32, elsewhere=WIDENED)
@numpy_words
def prod(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Any:
    """The product over an axis, or of all elements. Source: torch.prod."""
    if dtype is not None:
        input = input.to(dtype)
    elif not input.dtype.is_floating_point and input.dtype is not dtypes.int64:
        input = cast(input, dtypes.int64)
    if dim is None:
        x, axis = input.reshape(-1), 0
    else:
        axis = one_axis("prod", dim, len(shape_of(input)))
        x = input if shape_of(input) else input.reshape(1)
    factors = x
    # a tree of products: its derivatives are right with zeros among the factors, in every order
    while (size := shape_of(x)[axis]) > 1:
        half = size // 2
        paired = x.narrow(axis, 0, half) * x.narrow(axis, half, half)
        x = (
            paired
            if size % 2 == 0
            else movement.concatenate(paired, x.narrow(axis, size - 1, 1), axis=axis)
        )
    shape = shape_of(x)
    if x is factors:  # nothing was multiplied; a result is no view
        x = elementwise.clone.apply(x)
    if not shape[axis]:
        # the product of nothing: 1, and part of the graph
        return ops.sum(x, axes=(axis,), keep=keepdim and dim is not None) + 1
    if dim is None:
        return x.reshape(())
    if not shape_of(input):
        return x.reshape(())
    return x if keepdim else x.squeeze(axis)


@autocasts(elsewhere=AS_IT_IS)
@numpy_words
def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """The variance and the mean over axes. Source: torch.var_mean."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[var] needs a floating-point tensor, got {input.dtype!r}.")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    shape = shape_of(input)
    axes = some_axes("var", dim, len(shape))
    count = math.prod([shape[axis] for axis in axes])
    centre = mean(input, axes, True)
    total = ops.sum(elementwise.square.apply(input - centre), axes=axes, keep=keepdim)
    freedom = builtins.max(count - correction, 0)
    variance = total / float(freedom) if freedom else total * math.nan if not count else total / 0.0
    centre = centre if keepdim or not axes else centre.reshape(shape_of(total))
    return variance, centre


@numpy_words
def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The mean of squared distances from the mean, over (count - correction). Source: torch.var."""
    return var_mean(input, dim, unbiased, keepdim, correction=correction)[0]


@numpy_words
def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The root of the variance. Source: torch.std."""
    return _root(var(input, dim, unbiased, keepdim, correction=correction))


@numpy_words
def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Any, Any]:
    """The root of the variance, and the mean. Source: torch.std_mean."""
    variance, centre = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return _root(variance), centre


def _root(x: Any) -> Any:
    """The square root, whose slope at 0, which is infinite, is taken as 0. PyTorch does so for
    norms and deviations.
    """
    if not x.tracked:
        return elementwise.sqrt.apply(x)
    zero = x == 0
    root = elementwise.sqrt.apply(elementwise.where.apply(zero, 1.0, x))
    return elementwise.where.apply(zero, 0.0, root)


@numpy_words
def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element over axes; equal ones share the gradient. Source: torch.amax."""
    return ops.maximum(input, axes=some_axes("amax", dim, len(shape_of(input))), keep=keepdim)


@numpy_words
def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element over axes; equal ones share the gradient. Source: torch.amin."""
    return ops.minimum(input, axes=some_axes("amin", dim, len(shape_of(input))), keep=keepdim)


@numpy_words
def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> tuple[Any, Any]:
    """The smallest and the largest element. Source: torch.aminmax."""
    dim = () if dim is None else dim
    return AminmaxResult(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _extreme(name: str, input: Any, dim: Any, keepdim: bool) -> Any:
    """max and min in PyTorch's three forms: of all, of two tensors, along an axis with places."""
    biggest = name == "max"
    if isinstance(dim, TensorBase):
        return (elementwise.maximum if biggest else elementwise.minimum).apply(input, dim)
    shape = shape_of(input)
    if dim is None:
        return (ops.maximum if biggest else ops.minimum)(
            input, axes=tuple(range(len(shape))), keep=False
        )
    axis = one_axis(name, dim, len(shape))
    kind: Any = MaxResult if biggest else MinResult
    if not shape:
        return kind(input.clone(), input.new_zeros((), dtype=dtypes.int64))
    places = (ops.argmax if biggest else ops.argmin)(_orderable(input), axis=axis, keep=True)
    values = input.gather(axis, places)
    return kind(values, places) if keepdim else kind(values.squeeze(axis), places.squeeze(axis))


def _orderable(x: Any) -> Any:
    return cast(x, dtypes.uint8) if x.dtype is dtypes.bool_ else x


@numpy_words
def max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element; with an axis, (values, indices); with a tensor, the larger of each pair.

    >>> import plugtorch
    >>> plugtorch.tensor([[1.0, 5.0], [4.0, 2.0]]).max(1).indices
    tensor([1, 0])

    Source: torch.max.
    """
    return _extreme("max", input, dim, keepdim)


@numpy_words
def min(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element; with an axis, (values, indices); with a tensor, the smaller of each
    pair.

    Source: torch.min.
    """
    return _extreme("min", input, dim, keepdim)


def _place(name: str, input: Any, dim: Any, keepdim: bool) -> Any:
    primitive = ops.argmax if name == "argmax" else ops.argmin
    shape = shape_of(input)
    x = _orderable(input)
    if dim is None:
        result = primitive(x.reshape(-1), axis=0, keep=False)
        return result.reshape((1,) * len(shape)) if keepdim else result
    axis = one_axis(name, dim, len(shape))
    if not shape:
        return x.new_zeros((), dtype=dtypes.int64)
    return primitive(x, axis=axis, keep=keepdim)


@numpy_words
def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The place of the largest element, of the flattened tensor or along an axis. Source:
    torch.argmax.
    """
    return _place("argmax", input, dim, keepdim)


@numpy_words
def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The place of the smallest element, of the flattened tensor or along an axis. Source:
    torch.argmin.
    """
    return _place("argmin", input, dim, keepdim)


@numpy_words
def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether any element is true. Source: torch.any."""
    return _truth(ops.any, "any", input, dim, keepdim)


@numpy_words
def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether every element is true. Source: torch.all."""
    return _truth(ops.all, "all", input, dim, keepdim)


def _truth(primitive: Any, name: str, input: Any, dim: Any, keepdim: bool) -> Any:
    axes = () if dim == () or dim == [] else some_axes(name, dim, len(shape_of(input)))
    result = primitive(input, axes=axes, keep=keepdim)
    return cast(result, dtypes.uint8) if input.dtype is dtypes.uint8 else result


@numpy_words
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are not zero. Source: torch.count_nonzero."""
    return sum(input != 0, dim)


@autocasts(elsewhere=AS_IT_IS)
@numpy_words
def nansum(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Any:
    """The sum over axes of what is not NaN. Source: torch.nansum."""
    if input.dtype.is_floating_point:
        input = elementwise.where.apply(elementwise.isnan.apply(input), 0.0, input)
    return sum(input, dim, keepdim, dtype=dtype)


@autocasts(elsewhere=AS_IT_IS)
@numpy_words
def nanmean(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: dtypes.dtype | None = None
) -> Any:
    """The mean over axes of what is not NaN. Source: torch.nanmean."""
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[nanmean] needs a floating-point tensor, got {input.dtype!r}.")
    count = sum(elementwise.logical_not.apply(elementwise.isnan.apply(input)), dim, keepdim)
    total = nansum(input, dim, keepdim, dtype=dtype)
    return total / cast(count, total.dtype)


@autocasts(elsewhere=FLOAT32)
@numpy_words
def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """ln of the sum of e^x over axes. Source: torch.logsumexp."""
    if not input.dtype.is_floating_point:
        input = cast(input, dtypes.get_default_dtype())
    axes = some_axes("logsumexp", dim, len(shape_of(input)))
    if math.prod([shape_of(input)[axis] for axis in axes]) == 0:
        return elementwise.log.apply(ops.sum(elementwise.exp.apply(input), axes=axes, keep=keepdim))
    # shift by the largest first: e^x would overflow. An infinite largest must not shift, or inf -
    # inf is NaN
    high = ops.maximum(input.detach(), axes=axes, keep=True)
    high = elementwise.where.apply(elementwise.isinf.apply(high), 0.0, high)
    folded = elementwise.log.apply(
        ops.sum(elementwise.exp.apply(input - high), axes=axes, keep=keepdim)
    )
    return folded + (high if keepdim or not axes else high.reshape(shape_of(folded)))


@autocasts(elsewhere=FLOAT32)
@numpy_words
def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """The p-norm (sum |x|^p)^(1/p) over axes; the largest |x| for p = inf. Source: torch.norm."""
    x = input if dtype is None else input.to(dtype)
    if not x.dtype.is_floating_point:
        raise DTypeError(f"[norm] needs a floating-point tensor, got {x.dtype!r}.")
    if not x.dtype.wide:  # the powers, and their sum, do not fit where the norm does
        return cast(norm(cast(x, dtypes.float32), p, dim, keepdim), x.dtype)
    if p == "nuc":
        from plugtorch.tensor.norms import matrix_norm  # which needs this module

        return matrix_norm(x, "nuc", (-2, -1) if dim is None else dim, keepdim)
    axes = some_axes("norm", dim, len(shape_of(x)))
    if p in ("fro", 2, 2.0, None):
        return _root(ops.sum(elementwise.square.apply(x), axes=axes, keep=keepdim))
    size = elementwise.absolute.apply(x)
    if p == math.inf:
        return ops.maximum(size, axes=axes, keep=keepdim)
    if p == -math.inf:
        return ops.minimum(size, axes=axes, keep=keepdim)
    if p == 0:
        # as sizes of signs, which have a gradient: 0
        known = elementwise.where.apply(elementwise.isnan.apply(x), 1.0, x)
        signs = elementwise.absolute.apply(elementwise.sign.apply(known))
        return ops.sum(signs, axes=axes, keep=keepdim)
    if p == 1:
        return ops.sum(size, axes=axes, keep=keepdim)
    if not isinstance(p, (int, float)):
        raise ArgumentError(f"[norm] p must be a number or 'fro', got {p!r}.")
    # the derivatives of powers are infinite at 0, where those of norms are 0
    zero = x == 0
    powers = elementwise.where.apply(zero, 1.0, size) ** p
    powers = elementwise.where.apply(zero, 0.0 if p > 0 else math.inf, powers)
    total = ops.sum(powers, axes=axes, keep=keepdim)
    if p < 0:
        return total ** (1 / p)
    nothing = total == 0
    root = elementwise.where.apply(nothing, 1.0, total) ** (1 / p)
    return elementwise.where.apply(nothing, 0.0, root)
