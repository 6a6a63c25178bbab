"""Backends with one fault each: the NumPy backend, with one function of it replaced."""

from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np

from plugtorch.backend import Backend
from plugtorch_numpy.backend import NumpyBackend

KERNELS = NumpyBackend.kernels
Kernel = Callable[..., Any]


def with_kernel(name: str, kernel: Kernel) -> type[Backend]:
    """The NumPy backend with another kernel."""
    return type("Mutant", (NumpyBackend,), {"kernels": {**KERNELS, name: kernel}})


def with_method(name: str, method: Any) -> type[Backend]:
    """The NumPy backend with another method or attribute."""
    return type("Mutant", (NumpyBackend,), {name: method})


def sum_first_axis(x: Any, axes: Any, keep: bool) -> Any:
    turned = (
        tuple(x.ndim - 1 - axis for axis in axes)
        if x.ndim == 2 and x.shape[0] == x.shape[1]
        else axes
    )
    return KERNELS["sum"](x, axes=turned[:1] or axes, keep=keep)


def sum_in_half(x: Any, axes: Any, keep: bool) -> Any:
    if x.dtype == np.float16 and axes and x.size and x.ndim == 2 and axes == (1,):
        total = np.cumsum(x, axis=1, dtype=np.float16)[:, -1]
        return total[:, None] if keep else total
    return KERNELS["sum"](x, axes=axes, keep=keep)


def sum_drops_keep(x: Any, axes: Any, keep: bool) -> Any:
    return KERNELS["sum"](x, axes=axes, keep=False)


def gather_next(x: Any, index: Any, axis: int) -> Any:
    return KERNELS["gather"](
        x, (index + 1) % x.shape[axis] if x.ndim and x.size else index, axis=axis
    )


def cast_rounds(x: Any, dtype: Any) -> Any:
    return KERNELS["cast"](
        np.rint(x) if not dtype.is_floating_point and x.dtype.kind == "f" else x, dtype=dtype
    )


def matmul_transposed(x: Any, y: Any) -> Any:
    return KERNELS["matmul"](x, np.swapaxes(y, -1, -2) if y.shape[-1] == y.shape[-2] else y)


def index_from_zero(x: Any, *indices: Any, axes: Any) -> Any:
    return KERNELS["index"](x, *[np.maximum(index, 0) for index in indices], axes=axes)


def index_clamps(x: Any, *indices: Any, axes: Any) -> Any:
    held = [np.clip(i, -x.shape[a], x.shape[a] - 1) for i, a in zip(indices, axes)]
    return KERNELS["index"](x, *held, axes=axes)


def add_promotes(x: Any, y: Any) -> Any:
    return np.add(x, np.float64(y) if isinstance(y, float) else y)


def exp_is_double(x: Any) -> Any:
    return KERNELS["exp"](np.asarray(x, np.float64))


def relu_in_place(x: Any) -> Any:
    return (
        np.maximum(x, 0, out=x)
        if isinstance(x, np.ndarray) and x.flags.writeable
        else KERNELS["relu"](x)
    )


def scratch() -> Kernel:
    """A kernel that writes into the same memory at every call."""
    memory: dict[Any, Any] = {}

    def sigmoid(x: Any) -> Any:
        out = memory.setdefault((np.shape(x), x.dtype), np.empty(np.shape(x), x.dtype))
        out[...] = KERNELS["sigmoid"](x)
        return out

    return sigmoid


def hoarding() -> Kernel:
    """A kernel that keeps every result."""
    kept = []

    def exp(x: Any) -> Any:
        kept.append(KERNELS["exp"](x))
        return kept[-1]

    return exp


def by_memory(x: Any) -> Any:
    return np.negative(np.ravel(x, order="K").reshape(np.shape(x)))


def argsort_unstable(x: Any, axis: int, descending: bool) -> Any:
    order = KERNELS["argsort"](x, axis=axis, descending=descending)
    if not descending and np.ndim(x) == 2:  # equal elements in reverse
        order = (
            x.shape[axis] - 1 - KERNELS["argsort"](np.flip(x, axis), axis=axis, descending=False)
        )
    return order


def add_cuts(x: Any, y: Any) -> Any:
    if np.ndim(x) == 1 == np.ndim(y) and 1 not in (len(x), len(y)):
        size = min(len(x), len(y))
        x, y = x[:size], y[:size]
    return KERNELS["add"](x, y)


def always_overwrites(holder: Any, y: Any) -> Any:
    x = holder[0]
    if isinstance(x, np.ndarray) and np.broadcast_shapes(x.shape, np.shape(y)) == x.shape:
        return np.add(x, y, out=x)
    return KERNELS["add"](x, y)


def another_stream(shape: Any, seed: int, offset: int, dtype: Any) -> Any:
    return KERNELS["random_uniform"](
        shape=shape, seed=seed & 0xFFFFFFFF, offset=offset, dtype=dtype
    )


def narrow(self: Any, host: Any, dtype: Any) -> Any:
    return (
        host.astype(np.float32).astype(np.float64)
        if host.dtype == np.float64
        else NumpyBackend.upload(self, host, dtype)
    )


def contiguous_only(self: Any, host: Any, dtype: Any) -> Any:
    host = NumpyBackend.upload(self, host, dtype)
    return np.ravel(host, order="K").reshape(host.shape)


def drops_evaluated(self: Any, arrays: Any) -> None:
    for array in arrays:
        if isinstance(array, np.ndarray):
            array *= 0


def fails_on_nothing(self: Any, arrays: Any) -> None:
    arrays[0]


def promises_more(cls: Any) -> Any:
    (info,) = NumpyBackend.devices()
    return (type(info)(name=info.name, kind="quantum", dtypes=info.dtypes),)


BROKEN: dict[str, tuple[type[Backend], set[str]]] = {
    # what is wrong: the backend, and the checks that must fail
    "tanh is slightly off": (
        with_kernel("tanh", lambda x: np.tanh(x) * x.dtype.type(1 + 2e-5)),
        {"values-tanh", "views-tanh", "gradient-tanh"},
    ),
    "exp is good to 10 digits only": (
        with_kernel(
            "exp",
            lambda x: (
                KERNELS["exp"](x) * (1 + 1e-11) if x.dtype == np.float64 else KERNELS["exp"](x)
            ),
        ),
        {"values-exp"},
    ),
    "sum folds one axis only": (with_kernel("sum", sum_first_axis), {"values-sum"}),
    "sum adds up in half precision": (with_kernel("sum", sum_in_half), {"values-sum"}),
    "sum drops its axes": (with_kernel("sum", sum_drops_keep), {"values-sum"}),
    "gather takes the next element": (with_kernel("gather", gather_next), {"values-gather"}),
    "cast rounds": (with_kernel("cast", cast_rounds), {"values-cast"}),
    "matmul transposes": (
        with_kernel("matmul", matmul_transposed),
        {"values-matmul", "gradient-matmul"},
    ),
    "index takes negative places for 0": (with_kernel("index", index_from_zero), {"values-index"}),
    "index takes the nearest place": (with_kernel("index", index_clamps), {"refusals-index"}),
    "add is promoted by numbers": (with_kernel("add", add_promotes), {"numbers-add", "values-add"}),
    "exp is always double": (with_kernel("exp", exp_is_double), {"values-exp"}),
    "relu writes into its operand": (with_kernel("relu", relu_in_place), {"purity-relu"}),
    "sigmoid reuses its memory": (with_kernel("sigmoid", scratch()), {"purity-sigmoid"}),
    "exp keeps every result": (with_kernel("exp", hoarding()), {"released-exp"}),
    "negative reads in the order of memory": (
        with_kernel("negative", by_memory),
        {"views-negative"},
    ),
    "argsort is not stable": (with_kernel("argsort", argsort_unstable), {"values-argsort"}),
    "maximum ignores NaN": (with_kernel("maximum", np.fmax), {"extremes-maximum"}),
    "the largest ignores NaN": (
        with_kernel(
            "reduce_max", lambda x, axes, keep: np.fmax.reduce(x, axis=axes, keepdims=keep)
        ),
        {"extremes-reduce_max"},
    ),
    "floor cuts": (
        with_kernel("floor", lambda x: x if x.dtype.kind in "iu" else np.trunc(x)),
        {"values-floor"},
    ),
    "round takes halves up": (
        with_kernel(
            "round", lambda x: x if x.dtype.kind in "iu" else np.floor(x + x.dtype.type(0.5))
        ),
        {"values-round"},
    ),
    "remainder has the sign of the dividend": (
        with_kernel("remainder", np.fmod),
        {"values-remainder"},
    ),
    "where is turned round": (
        with_kernel("where", lambda condition, x, y: KERNELS["where"](condition, y, x)),
        {"values-where"},
    ),
    "log1p is not exact near 0": (
        with_kernel("log1p", lambda x: KERNELS["log"](x + x.dtype.type(1))),
        {"extremes-log1p"},
    ),
    "concatenate joins backwards": (
        with_kernel("concatenate", lambda *arrays, axis: np.concatenate(arrays[::-1], axis)),
        {"values-concatenate", "gradient-concatenate"},
    ),
    "add cuts what does not fit": (with_kernel("add", add_cuts), {"refusals-add"}),
    "random numbers forget half of the seed": (
        with_kernel("random_uniform", another_stream),
        {"values-random_uniform"},
    ),
    "a misspelt kernel": (
        type(
            "Mutant",
            (NumpyBackend,),
            {"kernels": {("tahn" if k == "tanh" else k): v for k, v in KERNELS.items()}},
        ),
        {"kernels", "values-tanh"},
    ),
    "in place, it always overwrites": (
        with_method("reusing", {**NumpyBackend.reusing, "add": always_overwrites}),
        {"reusing-add", "in_place"},
    ),
    "float64 goes up as float32": (with_method("upload", narrow), {"round_trip-float64"}),
    "arrays go up in the order of memory": (
        with_method("upload", contiguous_only),
        {"round_trip-float32"},
    ),
    "evaluating loses values": (with_method("evaluate", drops_evaluated), {"evaluation"}),
    "it cannot evaluate nothing": (with_method("evaluate", fails_on_nothing), {"evaluation"}),
    "an unknown kind of device": (with_method("devices", classmethod(promises_more)), {"devices"}),
    "no comparisons": (
        with_method("dtypes", frozenset(d for d in NumpyBackend.dtypes if d.name != "bool")),
        {"dtypes", "devices"},
    ),
}
BFLOAT16 = ml_dtypes.bfloat16
