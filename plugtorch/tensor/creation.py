"""Making tensors: from data, constant, counting. Names, arguments and meaning are PyTorch's.

Long because every function spells out the five keywords that PyTorch's has.
"""

from __future__ import annotations

import builtins
import functools
import math
from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.device import chosen_default, open_device
from plugtorch.device import device as Device
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.ops import creation as ops
from plugtorch.primitive import missing_dtype
from plugtorch.storage import TensorBase, wrap
from plugtorch.tensor.axes import positive, shape_of, sizes

__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "from_numpy",
    "frombuffer",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "range",
    "scalar_tensor",
    "tensor",
    "zeros",
    "zeros_like",
]

Where = Device | str | None


def tensor(
    data: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Any:
    """A new tensor with a copy of data: a number, nested lists, a NumPy array, or a tensor.

    dtype: of the result; without it bool, int64 or the default float for Python numbers, that of a
    NumPy array. Raises ShapeError for lists of unequal lengths, DTypeError for what is no number.

    >>> import plugtorch
    >>> plugtorch.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])

    Source: torch.tensor.
    """
    if isinstance(data, TensorBase):
        result = data.detach().clone().to(device=device, dtype=dtype)  # type: ignore[attr-defined]
    else:
        backend = open_device(device)
        host, kind = _host(data, dtype)
        if kind not in backend.dtypes:
            raise missing_dtype("tensor", backend, kind)
        result = wrap(backend.upload(host, kind), kind, backend)
    return _tracked(result, requires_grad)


def _host(data: Any, dtype: DType | None) -> tuple[Any, DType]:
    """Data as a NumPy array of its own, and its dtype."""
    import numpy as np

    if isinstance(data, (np.ndarray, np.generic)):
        kind = dtype or of_numpy(data.dtype)
        return np.array(data, dtype=to_numpy(kind)), kind
    data = _plain(data)
    try:
        host = np.asarray(data)
    except (ValueError, TypeError) as error:
        if isinstance(data, (list, tuple)):
            raise ShapeError(
                "[tensor] the nested lists have unequal lengths. Pad them to a common length first."
            ) from error
        raise DTypeError(f"[tensor] cannot make a tensor of a {type(data).__name__}.") from error
    if host.dtype.kind not in "biuf" and not (
        host.dtype.kind == "V" and host.dtype.name == "bfloat16"
    ):
        if host.dtype == object and _big(data):
            raise ArgumentError("[tensor] a whole number is outside the range of int64.")
        raise DTypeError(
            f"[tensor] cannot make a tensor of {type(data).__name__} elements {data!r:.60}."
        )
    kind = dtype or _kind(data) if host.size else dtype or dtypes.get_default_dtype()
    if host.dtype.kind != "b" and not kind.is_floating_point and host.size:
        for extreme in (host.min(), host.max()):
            dtypes.fitting("tensor", extreme.item(), kind)
    with np.errstate(all="ignore"):
        # by way of int64, so that -1 becomes 255 also from a float
        wrapped = (
            host.astype(np.int64)
            if host.dtype.kind == "f" and kind.kind == dtypes.INTEGER
            else host
        )
        return wrapped.astype(to_numpy(kind), copy=wrapped is host), kind


def _kind(data: Any) -> DType:
    """The dtype of numbers in nested lists: what all have in common. NumPy's numbers and tensors
    keep theirs.
    """
    if hasattr(data, "dtype"):
        return of_numpy(data.dtype)
    if not isinstance(data, (list, tuple, builtins.range)):
        return dtypes.of_number(data)
    kinds = set()
    for kind in set(map(type, data)):
        if kind in (bool, int, float):
            kinds.add(dtypes.of_number(kind()))
        else:
            kinds.update(_kind(part) for part in data if type(part) is kind and _some(part))
    return functools.reduce(dtypes.promote_types, kinds)


def _some(part: Any) -> bool:
    return getattr(part, "size", 1) != 0 and (not isinstance(part, list) or bool(part))


def _plain(data: Any) -> Any:
    """Nested lists, of whatever kind of sequences, with the tensors among them made arrays."""
    if type(data) in (int, float, bool):
        return data
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes, builtins.range)):
        return [_plain(x) for x in data]
    return data.detach().cpu().numpy() if isinstance(data, TensorBase) else data  # type: ignore[attr-defined]


def _big(data: Any) -> bool:
    return any(_big(x) for x in data) if isinstance(data, (list, tuple)) else isinstance(data, int)


def to_numpy(kind: DType) -> Any:
    """The NumPy dtype of a plugtorch dtype."""
    import numpy as np

    if kind is dtypes.bfloat16:
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(kind.name)


def of_numpy(kind: Any) -> DType:
    """The plugtorch dtype of a NumPy dtype. Raises DTypeError for those without one."""
    try:
        return dtypes.by_name(kind.name)
    except DTypeError:
        known = ", ".join(d.name for d in dtypes.ALL)
        raise DTypeError(
            f"[tensor] NumPy's {kind} has no counterpart. Convert to one of: {known}."
        ) from None


def _tracked(result: Any, requires_grad: bool) -> Any:
    if requires_grad:
        result.requires_grad_(True)
    return result


def as_tensor(data: Any, dtype: DType | None = None, device: Where = None) -> Any:
    """data as a tensor, without a copy where it already is one or is an array. Source:
    torch.as_tensor.
    """
    device = device or chosen_default()
    if type(data).__name__ == "ndarray":
        data = from_numpy(data)
    if isinstance(data, TensorBase):
        return data.to(device=device, dtype=dtype)  # type: ignore[attr-defined]
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(array: Any) -> Any:
    """A CPU tensor that shares an array's memory, until the tensor is written: that gives it memory
    of its own.

    Raises DTypeError for what is no array or has no matching dtype. Source: torch.from_numpy.
    """
    import numpy as np

    if not isinstance(array, np.ndarray):
        raise DTypeError(
            f"[from_numpy] needs a NumPy array, got {type(array).__name__}. Use plugtorch.tensor()."
        )
    backend = open_device("cpu")
    kind = of_numpy(array.dtype)
    # a matrix or a masked array is taken for the array it is
    return wrap(backend.upload(np.asarray(array), kind), kind, backend)


def frombuffer(
    buffer: Any, *, dtype: DType, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Any:
    """A CPU tensor of the numbers in a buffer, such as bytes, whose memory it shares as
    ``from_numpy`` does. count: how many, or -1 for all; offset: bytes before the first.

    Raises ArgumentError for a buffer that does not have them.

    >>> import plugtorch
    >>> plugtorch.frombuffer(b"\\x01\\x02\\x03", dtype=plugtorch.uint8, offset=1)
    tensor([2, 3], dtype=plugtorch.uint8)

    Source: torch.frombuffer.
    """
    import numpy as np

    try:
        host = np.frombuffer(buffer, to_numpy(dtype), count, offset)
        if not host.size:
            raise ValueError("nothing is asked for")
    except (TypeError, ValueError) as error:
        wanted = f"{dtype!r}" if count < 0 else f"{count} {dtype!r}"
        raise ArgumentError(
            f"[frombuffer] needs a buffer with {wanted} from byte {offset} on, got a "
            f"{type(buffer).__name__}: {error}."
        ) from None
    return _tracked(from_numpy(host), requires_grad)


def from_dlpack(external: Any) -> Any:
    """A CPU tensor that shares the memory of any object with ``__dlpack__``. Source:
    torch.from_dlpack.
    """
    import numpy as np

    return from_numpy(np.from_dlpack(external))


def _full(
    shape: tuple[int, ...], value: Any, dtype: DType | None, device: Where, requires_grad: bool
) -> Any:
    backend = open_device(device)
    result = ops.full.create(backend, dtype or dtypes.get_default_dtype(), shape=shape, value=value)
    return _tracked(result, requires_grad)


def zeros(
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **_: Any,
) -> Any:
    """Zeros. Source: torch.zeros.

    >>> import plugtorch
    >>> plugtorch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    shape = positive("zeros", sizes("zeros", _sized(size, _)))
    return _full(shape, 0, dtype, device, requires_grad)


def _sized(given: tuple[Any, ...], more: dict[str, Any]) -> tuple[Any, ...]:
    """Takes ``size=`` as PyTorch does, and refuses words that mean nothing."""
    if "size" in more and not given:
        given = (more["size"],)
    unknown = set(more) - {"size", "layout", "pin_memory", "memory_format"}
    if unknown:
        raise TypeError(f"[creation] unexpected keyword arguments: {', '.join(sorted(unknown))}.")
    return given


def ones(
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **_: Any,
) -> Any:
    """Ones. Source: torch.ones."""
    shape = positive("ones", sizes("ones", _sized(size, _)))
    return _full(shape, 1, dtype, device, requires_grad)


def empty(
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **_: Any,
) -> Any:
    """A tensor to be filled later; here its elements are 0, in PyTorch they are arbitrary. Source:
    torch.empty.
    """
    shape = positive("empty", sizes("empty", _sized(size, _)))
    return _full(shape, 0, dtype, device, requires_grad)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """One number everywhere, in its own dtype unless given. Source: torch.full."""
    if isinstance(fill_value, TensorBase):
        fill_value = fill_value.item()  # type: ignore[attr-defined]
    kind = dtype or dtypes.of_number(fill_value)
    shape = positive("full", sizes("full", (size,)))
    return _full(shape, dtypes.fitting("full", fill_value, kind), kind, device, requires_grad)


def _like(x: Any, value: Any, dtype: DType | None, device: Where, requires_grad: bool) -> Any:
    backend = x.storage.backend if device is None else open_device(device)
    result = ops.full.create(backend, dtype or x.dtype, shape=tuple(shape_of(x)), value=value)
    return _tracked(result, requires_grad)


def zeros_like(
    input: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Zeros in the shape, dtype and place of input. Source: torch.zeros_like."""
    return _like(input, 0, dtype, device, requires_grad)


def ones_like(
    input: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Any:
    """Ones in the shape, dtype and place of input. Source: torch.ones_like."""
    return _like(input, 1, dtype, device, requires_grad)


empty_like = zeros_like


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """One number in the shape, dtype and place of input. Source: torch.full_like."""
    fill_value = dtypes.fitting("full_like", fill_value, dtype or input.dtype)
    return _like(input, fill_value, dtype, device, requires_grad)


def new_zeros(
    self: Any,
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Zeros of a shape, in the dtype and place of this tensor. Source: torch.Tensor.new_zeros."""
    return new_full(
        self, sizes("new_zeros", size), 0, dtype=dtype, device=device, requires_grad=requires_grad
    )


new_empty = new_zeros


def new_ones(
    self: Any,
    *size: Any,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Ones of a shape, in the dtype and place of this tensor. Source: torch.Tensor.new_ones."""
    return new_full(
        self, sizes("new_ones", size), 1, dtype=dtype, device=device, requires_grad=requires_grad
    )


def new_full(
    self: Any,
    size: Any,
    fill_value: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """One number in a shape, in the dtype and place of this tensor.

    Source: torch.Tensor.new_full.
    """
    backend = self.storage.backend if device is None else open_device(device)
    kind = dtype or self.dtype
    if isinstance(fill_value, TensorBase):
        fill_value = fill_value.item()  # type: ignore[attr-defined]
    fill_value = dtypes.fitting("new_full", fill_value, kind)
    shape = positive("new_full", sizes("new_full", (size,)))
    return _tracked(ops.full.create(backend, kind, shape=shape, value=fill_value), requires_grad)


def new_tensor(
    self: Any,
    data: Any,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """A copy of data, in the dtype and place of this tensor. Source: torch.Tensor.new_tensor."""
    return tensor(
        data, dtype=dtype or self.dtype, device=device or self.device, requires_grad=requires_grad
    )


def _counted(*numbers: Any) -> DType:
    if all(dtypes.of_number(n).kind != dtypes.FLOATING for n in numbers):
        return dtypes.int64
    return dtypes.get_default_dtype()


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """start, start + step, ... below end. With one argument, from 0.

    >>> import plugtorch
    >>> plugtorch.arange(3)
    tensor([0, 1, 2])

    Source: torch.arange.
    """
    if end is None:
        start, end = 0, start
    start, end, step = [n.item() if isinstance(n, TensorBase) else n for n in (start, end, step)]  # type: ignore[attr-defined]
    if not all(map(math.isfinite, (start, end, step))):
        raise ArgumentError(f"[arange] {start}, {end} and {step} must be finite.")
    if dtype is dtypes.int64:
        start, end, step = int(start), int(end), int(step)
    if step == 0:
        raise ArgumentError("[arange] the step must not be 0.")
    if (end - start) * step < 0:
        raise ArgumentError(f"[arange] a step of {step} does not lead from {start} to {end}.")
    length = math.ceil((end - start) / step)
    kind = dtype or _counted(start, end, step)
    result = ops.arange.create(open_device(device), kind, start=start, step=step, length=length)
    return _tracked(result, requires_grad)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """steps numbers from start to end, both included, equally far apart. Source: torch.linspace."""
    if steps < 0:
        raise ArgumentError(f"[linspace] the number of steps must not be negative, got {steps}.")
    kind = dtype or dtypes.get_default_dtype()
    backend = open_device(device)
    start, end = _ends("linspace", start, end, kind=kind)
    step = (end - start) / (steps - 1) if steps > 1 else 0.0
    # from both ends, so that both are exact
    half = (steps + 1) // 2
    import numpy as np

    host = np.empty(steps, np.float64)
    host[:half] = start + step * np.arange(half)
    host[half:] = end - step * np.arange(steps - half - 1, -1, -1)
    return _tracked(
        wrap(backend.upload(host.astype(to_numpy(kind)), kind), kind, backend), requires_grad
    )


def _ends(name: str, *ends: Any, kind: DType) -> list[Any]:
    """Numbers, as ``kind`` holds them."""
    numbers = []
    for value in ends:
        if isinstance(value, TensorBase):
            if shape_of(value):
                raise ShapeError(f"[{name}] an end must be a number, got shape {shape_of(value)}.")
            value = value.item()  # type: ignore[attr-defined]
        numbers.append(value if kind.is_floating_point else int(value))
    return numbers


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """base to the powers from start to end, the exponents equally far apart. Source:
    torch.logspace.
    """
    kind = dtype or dtypes.get_default_dtype()
    start, end = _ends("logspace", start, end, kind=kind)
    powers = base ** linspace(start, end, steps, dtype=dtypes.float64, device="cpu")
    return _tracked(powers.to(device=open_device(device).device, dtype=kind), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Ones on the diagonal, zeros elsewhere. Source: torch.eye."""
    m = n if m is None else m
    if n < 0 or m < 0:
        raise ArgumentError(f"[eye] sizes must not be negative, got {n} and {m}.")
    rows, columns = arange(n, device=device).reshape(-1, 1), arange(m, device=device)
    return _tracked((rows == columns).to(dtype or dtypes.get_default_dtype()), requires_grad)


def scalar_tensor(
    s: Any, *, dtype: DType | None = None, device: Where = None, requires_grad: bool = False
) -> Any:
    """A number as a 0-d tensor of the default float. Source: torch.scalar_tensor."""
    kind = dtype or dtypes.get_default_dtype()
    return tensor(s, dtype=kind, device=device, requires_grad=requires_grad)


def range(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """start, start + step, ... up to and with end, floating-point. Source: torch.range."""
    if end is None:
        start, end = 0, start
    if step == 0 or (end - start) * step < 0:
        raise ArgumentError(f"[range] a step of {step} does not lead from {start} to {end}.")
    kind = dtype or dtypes.get_default_dtype()
    length = math.floor((end - start) / step) + 1
    result = ops.arange.create(open_device(device), kind, start=start, step=step, length=length)
    return _tracked(result, requires_grad)


def complete_like(x: Any) -> tuple[tuple[int, ...], DType, Any]:
    """What ``*_like`` takes over: shape, dtype, opened device."""
    return tuple(shape_of(x)), x.dtype, x.storage.backend
