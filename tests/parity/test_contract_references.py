"""What the contract kit says that a primitive means is what PyTorch computes, extremes included."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from plugtorch import dtypes
from plugtorch.testing.cases import ROWS, Case, Fixed
from plugtorch.testing.cases.row import kind_of
from plugtorch.testing.compare import NUMPY, close, rounded, widened

RENAMED: dict[str, Callable[..., Any]] = {
    "divide": torch.true_divide,
    "power": torch.pow,
    "floor_divide": torch.floor_divide,
    "equal": torch.eq,
    "left_shift": torch.bitwise_left_shift,
    "right_shift": torch.bitwise_right_shift,
    # softplus in PyTorch is x itself from 20 on
    "softplus": lambda x: torch.logaddexp(x, torch.zeros((), dtype=x.dtype)),
    "cast": lambda x, dtype: x.to(getattr(torch, dtype.name)),
    "sum": lambda x, axes, keep: x if not axes else x.sum(axes, keepdim=keep, dtype=x.dtype),
    "log_softmax": lambda x, axis: torch.log_softmax(x, axis),
    "log_softmax_slope": lambda x, log_p, axis: torch.ops.aten._log_softmax_backward_data(
        x, log_p, axis, x.dtype
    ),
    "mean": lambda x, axes, keep: x if not axes else x.mean(axes, keepdim=keep),
    "reduce_max": lambda x, axes, keep: x if not axes else x.amax(axes, keepdim=keep),
    "reduce_min": lambda x, axes, keep: x if not axes else x.amin(axes, keepdim=keep),
    "reduce_any": lambda x, axes, keep: x.bool() if not axes else x.bool().any(axes, keepdim=keep),
    "reduce_all": lambda x, axes, keep: x.bool() if not axes else x.bool().all(axes, keepdim=keep),
    "argmax": lambda x, axis, keep: x.argmax(axis, keepdim=keep),
    "argmin": lambda x, axis, keep: x.argmin(axis, keepdim=keep),
    "cumsum": lambda x, axis: x.cumsum(axis, dtype=x.dtype),
    "argsort": lambda x, axis, descending: torch.argsort(
        x, stable=True, dim=axis, descending=descending
    ),
    "matmul": torch.matmul,
    "linear": torch.nn.functional.linear,
    "reshape": lambda x, shape: x.reshape(shape),
    "permute": lambda x, axes: x.permute(axes),
    "expand": lambda x, shape: x.expand(shape),
    "flip": lambda x, axes: x.flip(axes),
    "concatenate": lambda *parts, axis: torch.cat(parts, axis),
    "gather": lambda x, index, axis: x.gather(axis, index),
    "scatter": lambda x, index, source, axis: x.scatter(axis, index, source),
    "scatter_add": lambda x, index, source, axis: x.scatter_add(axis, index, source),
    "nonzero": torch.nonzero,
    "index": lambda x, *indices, axes: x[_key(indices, axes)],
    "index_put": lambda x, values, *indices, axes, accumulate: _put(
        x, values, _key(indices, axes), accumulate
    ),
    "slice": lambda x, spans: x[_spans(spans)],
}
OURS_ALONE = {
    *("gate", "put_slice", "full", "arange"),
    *("random_uniform", "random_normal", "random_bits"),
    # compared as layers: test_convolution, test_pooling, test_normalization_by_channel
    *("convolution", "convolution_input", "convolution_weight"),
    *("max_pool", "max_pool_index", "sum_pool", "sum_pool_input"),
    *("standardize", "standardize_slope"),
    *("attention", "attention_slope"),  # test_attention
    *("recurrence", "recurrence_slope"),  # test_rnn
    # test_opinfo: linalg
    *("cholesky", "solve", "det", "slogdet", "lu", "qr", "geqrf", "eigh", "svd"),
}
FUNCTIONS = RENAMED | {
    # everything else has PyTorch's name
    name: getattr(torch, name)
    for name in ROWS
    if name not in RENAMED and name not in OURS_ALONE
}


def _key(indices: Any, axes: tuple[int, ...]) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * (axes[-1] + 1)
    for axis, index in zip(axes, indices, strict=True):
        key[axis] = index
    return tuple(key)


def _put(x: Any, values: Any, key: Any, accumulate: bool) -> Any:
    if not accumulate:
        x[key] = values
        return x
    places = torch.arange(x.numel()).reshape(x.shape)[key]
    return x.put(places, values.expand(places.shape), accumulate=True)


def _spans(spans: Any) -> Any:
    return tuple(span if isinstance(span, int) else slice(*span) for span in spans)


def _tensor(host: Any) -> Any:
    return torch.from_numpy(np.ascontiguousarray(host).reshape(host.shape).copy())


@pytest.mark.parametrize(
    "kind", [dtypes.float64, dtypes.int64, dtypes.int16, dtypes.uint8, dtypes.bool_], ids=str
)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_reference_is_what_torch_computes(name: str, kind: dtypes.dtype) -> None:
    row, letter = ROWS[name], kind_of(kind)
    if letter not in row.kinds:
        pytest.skip("the primitive does not take this dtype")
    for case in [*row.cases(letter), *row.extremes(kind)]:
        _compare(name, row, case, kind)


def _compare(name: str, row: Any, case: Case, kind: dtypes.dtype) -> None:
    hosts = [
        o.host if isinstance(o, Fixed) else rounded(o, kind) if isinstance(o, np.ndarray) else o
        for o in case.operands
    ]
    if name == "linear" and not hosts[0].size:
        return
    given = [
        _tensor(np.asarray(h, NUMPY[kind])) if not isinstance(h, np.ndarray) else _tensor(h)
        for h in hosts
    ]
    theirs = FUNCTIONS[name](*given, **case.parameters)
    if name == "cast" and case.parameters["dtype"] is dtypes.bfloat16:
        got = theirs.double().numpy().astype(NUMPY[dtypes.bfloat16])
    else:
        got = theirs.numpy()
    wide = [widened(h) if isinstance(h, np.ndarray) else h for h in hosts]
    result = dtypes.by_name(str(theirs.dtype).removeprefix("torch."))
    ulps = max(row.ulps, 2) if row.ulps else 0
    close(
        got, row.reference(*wide, **case.parameters), result, ulps, f"torch's {name} in {kind.name}"
    )
