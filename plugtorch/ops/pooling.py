"""Pooling: the largest, and the sum, of each window over the spatial axes.

Averages and p-norms are made of sums, and what a maximum lets back is a ``scatter_add`` to the
places that ``max_pool_index`` names; so four primitives serve every kind, in every order of
derivative. Windows are not a tensor of their own: it would be as many times larger as a window has
elements, and a device that runs operations one by one would write and read it.

x is (N, C, *size), results (N, C, *count). ``kernel``, ``stride`` and ``dilation`` have a number
for each spatial axis, ``padding`` a pair: how far windows begin before it and end after it.
"""

from __future__ import annotations

from math import prod

from plugtorch.dtypes import int64
from plugtorch.errors import ShapeError
from plugtorch.primitive import Primitive, Shape

Pairs = tuple[tuple[int, int], ...]


def _pooled(
    name: str, x: Shape, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> Shape:
    if len(x) != len(kernel) + 2:
        raise ShapeError(
            f"[{name}] needs (N, C, *size) with {len(kernel)} spatial axes, got shape {x}."
        )
    counts = []
    for n, k, s, (before, after), d in zip(x[2:], kernel, stride, padding, dilation):
        room, reach = n + before + after, d * (k - 1) + 1
        if room < reach or s < 1 or d < 1 or k < 1 or n < 1:
            raise ShapeError(
                f"[{name}] windows of {kernel}, stride {stride}, padding {padding} and dilation "
                f"{dilation} do not fit an input of {x}: needed at least {reach} elements along "
                "each axis, with the padding. Use a smaller kernel."
            )
        counts.append((room - reach) // s + 1)
    return (*x[:2], *counts)


def _max_shape(x: Shape, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape) -> Shape:
    return _pooled("max_pool", x, kernel, stride, padding, dilation)


def _index_shape(
    x: Shape, largest: Shape, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> Shape:
    return _pooled("max_pool_index", x, kernel, stride, padding, dilation)


def _sum_shape(x: Shape, kernel: Shape, stride: Shape, padding: Pairs) -> Shape:
    return _pooled("sum_pool", x, kernel, stride, padding, (1,) * len(kernel))


def _spread_shape(
    gradient: Shape, size: Shape, kernel: Shape, stride: Shape, padding: Pairs
) -> Shape:
    x = (*gradient[:2], *size)
    if _pooled("sum_pool_input", x, kernel, stride, padding, (1,) * len(kernel)) != gradient:
        raise ShapeError(f"[sum_pool_input] gradient {gradient} does not fit an input of {x}.")
    return x


max_pool = Primitive(
    "max_pool",
    "x",
    "kernel stride padding dilation",
    shape=_max_shape,
    doc="The largest element of each window, NaN if any is. Padding counts as the smallest number.",
)
max_pool_index = Primitive(
    "max_pool_index",
    "x largest",
    "kernel stride padding dilation",
    shape=_index_shape,
    gives=int64,
    differentiable=False,
    doc="For each window the place, in x with its spatial axes flattened, of the first element "
    "that equals ``largest``, the result of max_pool; of the last NaN if that is NaN.",
)


@max_pool.gradient
def _(gradient, x, output, x_shape, kernel, stride, padding, dilation):
    options = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    index = max_pool_index(x, output, **options)
    counts = (*x_shape[:2], prod(gradient.shape[2:]))
    # zeros to add to: one, spread out
    zeros = gradient.new_zeros(()).expand((*x_shape[:2], prod(x_shape[2:])))
    added = zeros.scatter_add(2, index.reshape(counts), gradient.reshape(counts))
    return added.reshape(x_shape)


sum_pool = Primitive(
    "sum_pool",
    "x",
    "kernel stride padding",
    shape=_sum_shape,
    doc="The sum of each window. Padding counts as 0.",
)
sum_pool_input = Primitive(
    "sum_pool_input",
    "gradient",
    "size kernel stride padding",
    shape=_spread_shape,
    doc="The adjoint of sum_pool: for each element of an input of ``size`` the sum of gradient "
    "over the windows that it is in.",
)


@sum_pool.gradient
def _(gradient, x_shape, kernel, stride, padding):
    return sum_pool_input(gradient, size=x_shape[2:], kernel=kernel, stride=stride, padding=padding)


@sum_pool_input.gradient
def _(gradient, kernel, stride, padding):
    return sum_pool(gradient, kernel=kernel, stride=stride, padding=padding)
