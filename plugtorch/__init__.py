"""plugtorch: PyTorch's way of training neural networks, with every loss, optimizer and device a plugin.

Importing this loads tensors and autograd. ``nn``, ``optim``, losses, optimizers and the rest load on first use, and
plugins are looked for when one is first asked for.
"""

from __future__ import annotations

import importlib
from math import inf, nan, pi
from typing import TYPE_CHECKING, Any

from plugtorch.autograd import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from plugtorch.device import device, get_default_device, set_default_device
from plugtorch.dtypes import (
    bfloat16,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    set_default_dtype,
    uint8,
)
from plugtorch.dtypes import bool_ as bool  # noqa: A004
from plugtorch.tensor import (
    Tensor,
    arithmetic,
    contractions,
    diagonals,
    functions,
    indexing,
    joining,
    logic,
    ordering,
    pieces,
    places,
    products,
    reductions,
    shapes,
    turning,
)
from plugtorch.tensor.axes import Size
from plugtorch.tensor.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    zeros,
    zeros_like,
)
from plugtorch.tensor.creation import tensor as tensor
from plugtorch.tensor.random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from plugtorch.version import __version__

half, float, double = float16, float32, float64  # noqa: A001 - PyTorch's names
short, int, long = int16, int32, int64  # noqa: A001

# every function of these families is in the namespace too, as in PyTorch
_FUNCTIONS = {
    arithmetic: "abs add addcdiv addcmul ceil clamp clamp_max clamp_min clip copysign div fix float_power floor "
    "floor_divide fmax fmin fmod frac heaviside ldexp lerp maximum minimum mul neg positive pow reciprocal relu "
    "remainder round rsub sgn sign signbit square sub true_divide trunc",
    functions: "acos acosh arctan2 asin asinh atan atan2 atanh cos cosh deg2rad erf erfc exp exp2 expm1 hypot log log10 "
    "log1p log2 logaddexp logaddexp2 logit rad2deg rsqrt sigmoid sin sinc sinh sqrt tan tanh xlogy",
    logic: "allclose bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor eq equal ge "
    "gt is_nonzero isclose isfinite isin isinf isnan isneginf isposinf le logical_and logical_not logical_or "
    "logical_xor lt masked_fill nan_to_num ne where",
    reductions: "all amax amin aminmax any argmax argmin count_nonzero dist logsumexp max mean min nanmean nansum norm "
    "prod std std_mean sum var var_mean",
    ordering: "argsort bincount cumprod cumsum diff median msort sort topk unique unique_consecutive",
    shapes: "adjoint broadcast_shapes broadcast_tensors broadcast_to flatten moveaxis movedim permute ravel reshape squeeze "
    "swapaxes swapdims t transpose unflatten unsqueeze",
    pieces: "chunk dsplit hsplit narrow select split split_with_sizes tensor_split unbind vsplit",
    joining: "atleast_1d atleast_2d atleast_3d block_diag cartesian_prod cat column_stack combinations concat concatenate "
    "dstack hstack meshgrid row_stack stack vstack",
    turning: "flip fliplr flipud repeat_interleave roll rot90 tile",
    places: "argwhere gather index_add index_copy index_fill index_select masked_scatter masked_select nonzero scatter "
    "scatter_add select_scatter slice_scatter take take_along_dim",
    diagonals: "diag diag_embed diagflat diagonal diagonal_scatter trace tril tril_indices triu triu_indices",
    indexing: "index_put",
    contractions: "addr chain_matmul cross einsum inner kron matrix_power tensordot",
    products: "matmul dot mm mv bmm outer addmm addmv addbmm baddbmm",
}
for _module, _names in _FUNCTIONS.items():
    for _name in _names.split():
        globals()[_name] = getattr(_module, _name)
multiply, subtract, divide = arithmetic.mul, arithmetic.sub, arithmetic.div
absolute, negative = arithmetic.abs, arithmetic.neg
arccos, arcsin, arctan = functions.acos, functions.asin, functions.atan
arccosh, arcsinh, arctanh = functions.acosh, functions.asinh, functions.atanh
greater, greater_equal, less, less_equal = logic.gt, logic.ge, logic.lt, logic.le
not_equal = logic.ne
ger, vdot = products.outer, products.dot
clone, detach, numel = Tensor.clone, Tensor.detach, Tensor.numel  # type: ignore[attr-defined]

_LAZY = {
    # where each is, for the names that are not modules of this package
    "Loss": "plugtorch.loss",
    "Module": "plugtorch.module",
    "Optimizer": "plugtorch.optimizer",
    "Parameter": "plugtorch.module",
    "BackendSpec": "plugtorch.hookspecs",
    "LossSpec": "plugtorch.hookspecs",
    "OptimizerSpec": "plugtorch.hookspecs",
    "hookimpl": "plugtorch.hookspecs",
    "save": "plugtorch.serialization",
    "load": "plugtorch.serialization",
    "set_printoptions": "plugtorch.tensor.printing",
}
_MODULES = (
    "autograd backend dtypes errors functional hookspecs losses nn optim optimizers registry serialization testing "
    "training utils"
).split()


def __getattr__(name: str) -> Any:
    """``plugtorch.nn`` and the others, imported on first use."""
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
    elif name in _MODULES:
        value = importlib.import_module(f"plugtorch.{name}")
    elif name in ("softmax", "log_softmax", "dropout", "layer_norm", "embedding"):
        value = getattr(importlib.import_module("plugtorch.functional"), name)
    else:
        raise AttributeError(f"plugtorch has no {name!r}.")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_MODULES})


def is_tensor(obj: object) -> Any:
    """Whether something is a tensor. Source: torch.is_tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> Any:
    """Whether a tensor's dtype is a floating one. Source: torch.is_floating_point."""
    return input.dtype.is_floating_point


def result_type(*operands: Any) -> dtype:
    """The dtype that arithmetic on the operands gives. Source: torch.result_type."""
    from plugtorch.primitive import common_dtype

    return common_dtype("result_type", operands)
