"""Element types and PyTorch's rules for mixing them.

A dtype here is only a name with facts; how a backend spells it is the backend's business. Promotion
has three ranks of operand: tensors with axes decide first, 0-d tensors next, Python numbers last,
and a lower rank matters only when it is of a higher kind (bool < integer < floating).
"""

from __future__ import annotations

from plugtorch.errors import ArgumentError, DTypeError


class dtype:  # noqa: N801 - PyTorch's name
    """One element type: ``plugtorch.float32`` and its siblings are the only instances."""

    __slots__ = ("name", "itemsize", "kind", "is_signed", "is_floating_point", "wide")

    is_complex = False

    def __init__(self, name: str, itemsize: int, kind: int, is_signed: bool) -> None:
        self.name = name
        self.itemsize = itemsize  # bytes
        self.kind = kind  # BOOL < INTEGER < FLOATING
        self.is_signed = is_signed
        self.is_floating_point = kind == FLOATING
        self.wide = kind == FLOATING and itemsize > 2  # most Python numbers fit without loss

    def __repr__(self) -> str:
        return f"plugtorch.{self.name}"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return by_name, (self.name,)


BOOL, INTEGER, FLOATING = range(3)

float16 = dtype("float16", 2, FLOATING, True)
bfloat16 = dtype("bfloat16", 2, FLOATING, True)
float32 = dtype("float32", 4, FLOATING, True)
float64 = dtype("float64", 8, FLOATING, True)
uint8 = dtype("uint8", 1, INTEGER, False)
int8 = dtype("int8", 1, INTEGER, True)
int16 = dtype("int16", 2, INTEGER, True)
int32 = dtype("int32", 4, INTEGER, True)
int64 = dtype("int64", 8, INTEGER, True)
bool_ = dtype("bool", 1, BOOL, False)

ALL = (float16, bfloat16, float32, float64, uint8, int8, int16, int32, int64, bool_)
FLOATS = (float16, bfloat16, float32, float64)
INTEGERS = (uint8, int8, int16, int32, int64)

_BY_NAME = {d.name: d for d in ALL}
_WIDTH_ORDER = {d: i for i, d in enumerate((float16, float32, float64))}


def by_name(name: str) -> dtype:
    """The dtype called ``name``: ``by_name("float32") is plugtorch.float32``."""
    try:
        return _BY_NAME[name]
    except KeyError:
        known = ", ".join(_BY_NAME)
        raise DTypeError(f"[dtype] there is no dtype {name!r}. Choose one of: {known}.") from None


_default = float32


def get_default_dtype() -> dtype:
    """The dtype of new floating-point tensors: float32 unless ``set_default_dtype`` changed it."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Make ``d`` the dtype of new floating-point tensors.

    Raises DTypeError unless ``d`` is floating point.
    """
    global _default
    if not (isinstance(d, dtype) and d.is_floating_point):
        raise DTypeError(f"[set_default_dtype] needs a floating-point dtype, got {d!r}.")
    _default = d


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that both ``a`` and ``b`` convert to, as in PyTorch.

    >>> import plugtorch
    >>> plugtorch.promote_types(plugtorch.int32, plugtorch.float16)
    plugtorch.float16
    >>> plugtorch.promote_types(plugtorch.uint8, plugtorch.int8)
    plugtorch.int16
    """
    if a is b:
        return a
    if a.kind != b.kind:
        return a if a.kind > b.kind else b
    if a.kind == FLOATING:
        if bfloat16 in (a, b):  # bfloat16 and float16 hold what the other cannot
            other = b if a is bfloat16 else a
            return float32 if other is float16 else other
        return a if _WIDTH_ORDER[a] > _WIDTH_ORDER[b] else b
    if uint8 in (a, b):  # no signed type of one byte holds a uint8
        other = b if a is uint8 else a
        return int16 if other is int8 else other
    return a if a.itemsize > b.itemsize else b


def of_number(value: object) -> dtype:
    """The dtype that a Python number stands for on its own: bool, int64, or the default float."""
    if isinstance(value, bool):
        return bool_
    if isinstance(value, int):
        return int64
    if isinstance(value, float):
        return _default
    if hasattr(value, "item") and getattr(value, "shape", None) == ():  # a NumPy scalar
        return of_number(value.item())
    raise DTypeError(
        f"[tensor] cannot use a {type(value).__name__} as a number. "
        "Give a bool, an int, a float or a tensor."
    )


def result_type(dimensioned: dtype | None, zero_dim: dtype | None, number: dtype | None) -> dtype:
    """The common dtype of operands of three ranks, each already promoted within its rank.

    dimensioned: of the tensors with at least one axis; zero_dim: of the 0-d tensors; number: of the
    Python numbers. A lower rank is heard only if its kind is higher.
    """
    result = dimensioned
    for lower in (zero_dim, number):
        if lower is None:
            continue
        if result is None:
            result = lower
        elif lower.kind > result.kind:
            # a Python or 0-d float beside integers gives the 0-d tensor's dtype or the default
            # float
            result = lower
    if result is None:
        raise ArgumentError("[result_type] needs at least one operand.")
    return result


# -- limits ----------------------------------------------------------------------------------------


class iinfo:  # noqa: N801 - PyTorch's name
    """The range of a whole-number dtype: ``min``, ``max``, ``bits``.

    >>> import plugtorch
    >>> plugtorch.iinfo(plugtorch.int8).max
    127

    Source: torch.iinfo.
    """

    def __init__(self, dtype: dtype) -> None:
        if dtype.kind != INTEGER:
            raise DTypeError(f"[iinfo] needs a whole-number dtype, got {dtype!r}. Use finfo.")
        self.dtype = dtype.name
        self.bits = 8 * dtype.itemsize
        self.min = -(1 << self.bits - 1) if dtype.is_signed else 0
        self.max = (1 << self.bits - dtype.is_signed) - 1

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


_FORMATS = {  # bits of the fraction, largest exponent, digits that are certain
    "float16": (10, 15, 3),
    "bfloat16": (7, 127, 2),
    "float32": (23, 127, 6),
    "float64": (52, 1023, 15),
}


class finfo:  # noqa: N801 - PyTorch's name
    """The range and precision of a floating-point dtype, the default one unless given.

    max, min: the ends of the range. eps: from 1 to the next number. tiny, smallest_normal: the
    smallest positive number of full precision. resolution: 10 to the power of minus the digits that
    are certain. bits.

    >>> import plugtorch
    >>> plugtorch.finfo(plugtorch.float16).max
    65504.0

    Source: torch.finfo.
    """

    def __init__(self, dtype: dtype | None = None) -> None:
        dtype = _default if dtype is None else dtype
        if dtype.kind != FLOATING:
            raise DTypeError(f"[finfo] needs a floating-point dtype, got {dtype!r}. Use iinfo.")
        fraction, exponent, digits = _FORMATS[dtype.name]
        self.dtype = dtype.name
        self.bits = 8 * dtype.itemsize
        self.eps = 2.0**-fraction
        self.max = (2 - self.eps) * 2.0**exponent
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0 ** (1 - exponent)
        self.resolution = float(f"1e-{digits}")

    def __repr__(self) -> str:
        words = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        listed = ", ".join(f"{word}={getattr(self, word):g}" for word in words)
        return f"finfo({listed}, dtype={self.dtype})"


def fitting(name: str, value: float, kind: dtype) -> float:
    """``value`` as it is stored in ``kind``: a fraction is cut, a negative number of an unsigned
    dtype wraps around.

    Raises ArgumentError for what is outside the range.
    """
    if kind is bool_:
        return bool(value)
    low, high = _RANGES[kind]
    if kind.is_floating_point:
        value = float(value)
        if low <= value <= high or value != value or abs(value) == _INFINITY:
            return value
    elif (low if kind.is_signed or isinstance(value, float) else -high) <= value <= high:
        value = int(value)
        return value if value >= low else value + high + 1
    raise ArgumentError(f"[{name}] {value} is outside the range of {kind!r}.")


_INFINITY = float("inf")
_RANGES = {d: (finfo(d).min, finfo(d).max) for d in FLOATS} | {
    d: (iinfo(d).min, iinfo(d).max) for d in INTEGERS
}
