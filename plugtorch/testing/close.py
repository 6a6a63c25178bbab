"""PyTorch's ``torch.testing.assert_close``: two results are the same but for rounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy

from plugtorch.dtypes import bfloat16, float16, float32, float64
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import from_numpy

TOLERANCES = {  # relative, absolute; PyTorch's
    float16: (1e-3, 1e-5),
    bfloat16: (1.6e-2, 1e-5),
    float32: (1.3e-6, 1e-5),
    float64: (1e-7, 1e-7),
}
EXACT = 0.0, 0.0  # for whole numbers and bools


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Hold that |actual - expected| <= atol + rtol |expected|, element by element.

    actual, expected: tensors, NumPy arrays, numbers or None, or sequences or mappings of these.
    rtol, atol: both or neither; left out they follow from the dtype, and are 0 for whole numbers.
    equal_nan: whether NaN equals NaN. check_device, check_dtype, check_stride: whether these must
    be equal too; shapes must. msg: what the error says, or a function of what it would say.
    check_layout is taken for PyTorch's sake: there is one.

    Raises AssertionError where they differ, DTypeError for what cannot be compared, ArgumentError
    for one tolerance without the other.

    >>> import plugtorch
    >>> assert_close(plugtorch.tensor([1.0]) / 3 * 3, plugtorch.tensor([1.0]))
    >>> assert_close({"loss": [1.0]}, {"loss": [1.5]}, rtol=0.1, atol=0.0)
    Traceback (most recent call last):
    AssertionError: at ['loss'][0]: got 1.0, needed 1.5 within 0.15.

    Source: torch.testing.assert_close.
    """
    if (rtol is None) != (atol is None):
        raise ArgumentError(
            f"[assert_close] give both rtol and atol or neither, got {rtol} and {atol}."
        )
    same_kind = {"device": check_device, "dtype": check_dtype, "stride": check_stride}
    compare = _Comparison(rtol, atol, equal_nan, allow_subclasses, same_kind)
    fault = compare.fault(actual, expected, "")
    if fault:
        if msg is not None:
            fault = msg(fault) if callable(msg) else msg
        raise AssertionError(fault)


class _Comparison:
    """What is wrong with one value beside another; "" if nothing is."""

    def __init__(
        self,
        rtol: float | None,
        atol: float | None,
        equal_nan: bool,
        subclasses: bool,
        checked: dict[str, bool],
    ) -> None:
        self.tolerances = None if rtol is None or atol is None else (rtol, atol)
        self.equal_nan = equal_nan
        self.subclasses = subclasses
        self.checked = checked

    def fault(self, actual: Any, expected: Any, place: str) -> str:
        at = f"at {place}: " if place else ""
        for kind, compare in (
            (Tensor, self._tensors),
            (numpy.ndarray, self._arrays),
            (bool | int | float, self._numbers),
            (Mapping, self._mappings),
        ):
            if isinstance(actual, kind) and isinstance(expected, kind):
                return compare(actual, expected, place, at)
        if actual is None and expected is None:
            return ""
        if _is_sequence(actual) and _is_sequence(expected):
            if len(actual) != len(expected):
                return f"{at}got {len(actual)} values, needed {len(expected)}."
            pairs = enumerate(zip(actual, expected))
            faults = (self.fault(a, b, f"{place}[{n}]") for n, (a, b) in pairs)
            return next(filter(None, faults), "")
        raise DTypeError(
            f"[assert_close] {at}a {type(actual).__name__} and a {type(expected).__name__} cannot "
            "be compared: needed two tensors, arrays, numbers, sequences or mappings."
        )

    def _mappings(self, actual: Any, expected: Any, place: str, at: str) -> str:
        missing = [key for key in expected if key not in actual]
        more = [key for key in actual if key not in expected]
        if missing or more:
            return f"{at}the keys {missing} are missing, and {more} too many."
        faults = (self.fault(actual[key], expected[key], f"{place}[{key!r}]") for key in expected)
        return next(filter(None, faults), "")

    def _tensors(self, actual: Any, expected: Any, place: str, at: str) -> str:
        if not self.subclasses and type(actual) is not type(expected):
            raise DTypeError(
                f"[assert_close] {at}a {type(actual).__name__} and a {type(expected).__name__}, "
                "and subclasses are not allowed."
            )
        if actual.shape != expected.shape:
            return f"{at}got shape {tuple(actual.shape)}, needed {tuple(expected.shape)}."
        for name, checked in self.checked.items():
            if checked:
                got, needed = getattr(actual, name), getattr(expected, name)
                got, needed = (got(), needed()) if name == "stride" else (got, needed)
                if got != needed:
                    return f"{at}got {name} {got}, needed {needed}."
        kinds = actual.dtype, expected.dtype
        rtol, atol = self.tolerances or map(max, *[TOLERANCES.get(k, EXACT) for k in kinds])
        floating = any(kind.is_floating_point for kind in kinds)
        got, needed = (_host(x, floating) for x in (actual, expected))
        return self._differing(got, needed, rtol, atol, at)

    def _arrays(self, actual: Any, expected: Any, place: str, at: str) -> str:
        return self._tensors(from_numpy(actual), from_numpy(expected), place, at)

    def _numbers(self, actual: Any, expected: Any, place: str, at: str) -> str:
        kinds = type(actual), type(expected)
        if self.checked["dtype"] and kinds[0] is not kinds[1]:
            return f"{at}got a {kinds[0].__name__}, needed a {kinds[1].__name__}."
        rtol, atol = self.tolerances or (TOLERANCES[float64] if float in kinds else EXACT)
        got, needed = numpy.asarray(actual), numpy.asarray(expected)
        return self._differing(got, needed, rtol, atol, at)

    def _differing(self, got: Any, needed: Any, rtol: float, atol: float, at: str) -> str:
        equal = got == needed
        if got.dtype.kind == "f" or needed.dtype.kind == "f" or rtol or atol:
            got, needed = got.astype(numpy.float64), needed.astype(numpy.float64)
            with numpy.errstate(all="ignore"):
                allowed = atol + rtol * abs(needed)
                equal |= numpy.isfinite(needed) & (abs(got - needed) <= allowed)
            if self.equal_nan:
                equal |= numpy.isnan(got) & numpy.isnan(needed)
        wrong = numpy.argwhere(~numpy.asarray(equal))
        if not len(wrong):
            return ""
        with numpy.errstate(all="ignore"):
            apart = numpy.where(equal, -1.0, abs(got.astype(float) - needed.astype(float)))
        worst = numpy.unravel_index(numpy.argmax(numpy.nan_to_num(apart, nan=numpy.inf)), got.shape)
        within = f"{atol + rtol * abs(float(needed[worst])):.6g}"
        told = f"got {got[worst]}, needed {needed[worst]} within {within}."
        if not got.ndim:
            return f"{at}{told}"
        where = tuple(map(int, worst))
        return f"{at}{len(wrong)} of {got.size} elements are not close; at {where} {told}"


def _host(x: Any, floating: bool) -> Any:
    x = x.detach().cpu()
    return (x.to(float64) if floating else x).numpy()


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
