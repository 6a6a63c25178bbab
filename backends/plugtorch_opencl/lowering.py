"""Lines that are several nodes: folds, and what lies between them.

Each function makes the nodes of one operation, so that its neighbours can be fused with each part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.nodes import (
    RAMP,
    TRUTH,
    Builder,
    Full,
    Number,
    Operand,
    Read,
    dtype_of,
    spread,
)
from plugtorch_opencl.render.types import FLOATING, SMALL
from plugtorch_opencl.views import Shape, contiguous

MOST_PLACES = 2**31 - 1

Lower = Callable[[Builder, str, Shape, Sequence[Any], Any], Read | None]


def _real(b: Builder, x: Any, shape: Shape, dtype: str) -> Read:
    """An operand as a read; a small float as a float32."""
    if isinstance(x, Number):
        return b.map("full", dtype, shape, x)
    if dtype_of(x) in SMALL:
        return b.map("cast", "float32", x.shape, x)
    return x


def _wide(dtype: str) -> str:
    return "float32" if dtype in SMALL else dtype


def _narrow(b: Builder, dtype: str, shape: Shape, x: Read) -> Read:
    return b.map("cast", dtype, shape, x) if dtype_of(x) != dtype else x


def _simple_fold(name: str) -> Lower:
    def lower(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
        x = operands[0]
        if isinstance(x, Full):
            x = b.map("full", x.dtype, x.shape, x)
        folded = name
        if name == "sum" and dtype == "bool":
            folded = "reduce_any"
        if not axes:
            read = b.true(x, x.shape) if folded in TRUTH else b.map("copy", dtype, x.shape, x)
        else:
            read = b.fold(folded, x, axes, dtype)
        return Read(read.source, shape, contiguous(shape))

    return lower


def _mean(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
    x = _real(b, operands[0], getattr(operands[0], "shape", ()), dtype)
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    kind = _wide(dtype)
    total = b.fold("sum", x, axes, kind) if axes else x
    total = Read(total.source, shape, contiguous(shape), 0) if axes else total
    result = b.map("divide", kind, shape, total, Number(-1, float(count)))
    return _narrow(b, dtype, shape, result)


def _place(largest: bool) -> Lower:
    def lower(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
        x = operands[0]
        if isinstance(x, Full):
            x = b.map("full", x.dtype, x.shape, x)
        kind, full = dtype_of(x), x.shape
        axis = axes[0]
        extreme = b.fold("reduce_max" if largest else "reduce_min", x, axes, kind)
        hit = b.map("equal", "bool", full, x, spread(extreme, full))
        if kind in FLOATING:  # NaN counts as the extreme, and equals nothing
            hit = b.map("logical_or", "bool", full, hit, b.map("isnan", "bool", full, x))
        place = _along(full, axis)
        found = b.map("where", "int32", full, hit, place, Number(-1, MOST_PLACES))
        first = b.fold("reduce_min", found, axes, "int32")
        return b.map("cast", "int64", shape, Read(first.source, shape, contiguous(shape)))

    return lower


def _along(shape: Shape, axis: int) -> Read:
    """The number of each element along an axis: an int32."""
    if shape[axis] > MOST_PLACES:
        raise UnsupportedError(
            f"[opencl] an axis of {shape[axis]:,} elements is too long to look for a place along "
            f"it: at most {MOST_PLACES:,}. Work on parts of the tensor."
        )
    return Read(RAMP, shape, tuple([int(a == axis) for a in range(len(shape))]))


def _log_softmax(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
    x, kind = _real(b, operands[0], shape, dtype), _wide(dtype)
    if not axes:
        return b.map("subtract", dtype, shape, operands[0], operands[0])
    largest = b.fold("reduce_max", x, axes, kind)
    near = b.map("subtract", kind, shape, x, spread(largest, shape))
    total = b.fold("sum", b.map("exp", kind, shape, near), axes, kind)
    logarithm = b.map("log", kind, total.shape, total)
    return _narrow(b, dtype, shape, b.map("subtract", kind, shape, near, spread(logarithm, shape)))


def _log_softmax_slope(
    b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any
) -> Read:
    x, log_p = (_real(b, o, shape, dtype) for o in operands)
    kind = _wide(dtype)
    total = b.fold("sum", x, axes, kind) if axes else x
    share = b.map("multiply", kind, shape, b.map("exp", kind, shape, log_p), spread(total, shape))
    return _narrow(b, dtype, shape, b.map("subtract", kind, shape, x, share))


def _average(b: Builder, x: Read, axes: Shape, kind: str) -> Read:
    total = b.fold("sum", x, axes, kind) if axes else x
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    return b.map("divide", kind, total.shape, total, Number(-1, float(count)))


def _centred(b: Builder, x: Read, eps: float, axes: Shape, kind: str) -> tuple[Read, Read]:
    """X - mean, and 1 / sqrt(var + eps); eps is a constant, so both ways find the same node."""
    shape = x.shape
    centred = b.map("subtract", kind, shape, x, spread(_average(b, x, axes, kind), shape))
    variance = _average(b, b.map("square", kind, shape, centred), axes, kind)
    small = variance.shape
    return centred, b.map(
        "rsqrt", kind, small, b.map("add", kind, small, variance, Number(-1, eps))
    )


def _standardize(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], given: Any) -> Read:
    kind = _wide(dtype)
    axes, eps = given
    x = _real(b, operands[0], shape, dtype)
    centred, factor = _centred(b, x, eps, axes, kind)
    result = b.map("multiply", kind, shape, centred, spread(factor, shape))
    return _narrow(b, dtype, shape, result)


def _standardize_slope(
    b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], given: Any
) -> Read:
    kind = _wide(dtype)
    axes, eps = given
    gradient, x = (_real(b, o, shape, dtype) for o in operands)
    centred, factor = _centred(b, x, eps, axes, kind)
    z = b.map("multiply", kind, shape, centred, spread(factor, shape))
    mean = _average(b, gradient, axes, kind)
    along = _average(b, b.map("multiply", kind, shape, gradient, z), axes, kind)
    rest = b.map("subtract", kind, shape, gradient, spread(mean, shape))
    taken = b.map("multiply", kind, shape, z, spread(along, shape))
    rest = b.map("subtract", kind, shape, rest, taken)
    result = b.map("multiply", kind, shape, rest, spread(factor, shape))
    return _narrow(b, dtype, shape, result)


def _hit(b: Builder, shape: Shape, axis: int, index: Any) -> Read:
    """Whether an element's number along the axis is the index of its line."""
    small = tuple([1 if a == axis else n for a, n in enumerate(shape)])
    if isinstance(index, Number):
        wanted: Operand = index
    else:
        own = Read(index.source, small, index.strides, index.offset)
        wanted = spread(b.map("cast", "int32", small, own), shape)
    return b.map("equal", "bool", shape, _along(shape, axis), wanted)


def _choose(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
    x, index = operands
    full = x.shape
    hit = _hit(b, full, axes[0], index)
    found = b.map("where", dtype, full, hit, x, Number(-1, 0))
    read = b.fold("reduce_any" if dtype == "bool" else "sum", found, axes, dtype)
    return Read(read.source, shape, contiguous(shape))


def _scatter_one(adds: bool) -> Lower:
    def lower(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
        x, index, source = operands
        hit = _hit(b, shape, axes[0], index)
        written = b.map("add", dtype, shape, x, source) if adds else source
        return b.map("where", dtype, shape, hit, written, x)

    return lower


MATRIX_BY_VECTOR = 65536  # elements of the matrix from which going through it is all that counts


def _matmul(
    b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any
) -> Read | None:
    """A large matrix times one vector, as products and their sums: it is read once, in order."""
    x, y = operands
    if dtype not in ("float32", "float64") or not isinstance(x, Read) or not isinstance(y, Read):
        return None
    if len(x.shape) != 2 or len(y.shape) != 2 or 1 not in shape:
        return None
    (rows, inner), columns = x.shape, y.shape[1]
    if inner * max(rows, columns) < MATRIX_BY_VECTOR:
        return None
    if columns == 1 and x.strides[1] == 1:
        full = (rows, inner)
        vector = Read(y.source, full, (0, y.strides[0]), y.offset)
        found = b.fold("sum", b.map("multiply", dtype, full, x, vector), (1,), dtype)
    elif rows == 1 and y.strides[1] == 1:
        full = (inner, columns)
        vector = Read(x.source, full, (x.strides[1], 0), x.offset)
        found = b.fold("sum", b.map("multiply", dtype, full, vector, y), (0,), dtype)
    else:
        return None
    return Read(found.source, shape, contiguous(shape))


LOWERED: dict[str, Lower] = {
    "matmul": _matmul,
    "sum": _simple_fold("sum"),
    "reduce_max": _simple_fold("reduce_max"),
    "reduce_min": _simple_fold("reduce_min"),
    "reduce_any": _simple_fold("reduce_any"),
    "reduce_all": _simple_fold("reduce_all"),
    "mean": _mean,
    "argmax": _place(True),
    "argmin": _place(False),
    "log_softmax": _log_softmax,
    "log_softmax_slope": _log_softmax_slope,
    "standardize": _standardize,
    "standardize_slope": _standardize_slope,
    "choose": _choose,
    "scatter_one": _scatter_one(False),
    "scatter_add_one": _scatter_one(True),
}
