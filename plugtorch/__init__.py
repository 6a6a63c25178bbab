"""plugtorch: PyTorch's way of training networks, with every loss, optimizer and device a plugin.

Importing this loads tensors and autograd. ``nn``, ``optim``, losses, optimizers and the rest load
on first use, and plugins are looked for when one is first asked for.
"""

from __future__ import annotations

import builtins
import importlib
from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from plugtorch.autograd import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from plugtorch.autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
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
from plugtorch.dtypes import bool_ as bool
from plugtorch.primitive import common_dtype
from plugtorch.switches import *
from plugtorch.tensor import Tensor
from plugtorch.tensor.arithmetic import *
from plugtorch.tensor.axes import Size
from plugtorch.tensor.bins import *
from plugtorch.tensor.collecting import *
from plugtorch.tensor.contractions import *
from plugtorch.tensor.creation import *
from plugtorch.tensor.cumulative import *
from plugtorch.tensor.decompositions import *
from plugtorch.tensor.diagonals import *
from plugtorch.tensor.functions import *
from plugtorch.tensor.gamma import *
from plugtorch.tensor.householder import *
from plugtorch.tensor.indexing import *
from plugtorch.tensor.joining import *
from plugtorch.tensor.logic import *
from plugtorch.tensor.lowrank import *
from plugtorch.tensor.memory import *
from plugtorch.tensor.norms import *
from plugtorch.tensor.numbers import *
from plugtorch.tensor.ordering import *
from plugtorch.tensor.out import WITH_OUT, with_out
from plugtorch.tensor.pieces import *
from plugtorch.tensor.places import *
from plugtorch.tensor.products import *
from plugtorch.tensor.random import *
from plugtorch.tensor.real import *
from plugtorch.tensor.reductions import *
from plugtorch.tensor.shapes import *
from plugtorch.tensor.slopes import *
from plugtorch.tensor.solving import *
from plugtorch.tensor.sparse import *
from plugtorch.tensor.sparse_creation import *
from plugtorch.tensor.special import *
from plugtorch.tensor.statistics import *
from plugtorch.tensor.triangular import *
from plugtorch.tensor.triangular import legacy_lu as lu
from plugtorch.tensor.turning import *
from plugtorch.tensor.twins import FUNCTIONS
from plugtorch.tensor.typed import *
from plugtorch.tensor.windows import *
from plugtorch.version import __version__

if TYPE_CHECKING:
    from plugtorch.amp import autocast
    from plugtorch.compiler import compile
    from plugtorch.functional import (  # type: ignore[no-redef]
        dropout,
        embedding,
        layer_norm,
        log_softmax,
        softmax,
    )
    from plugtorch.hookspecs import BackendSpec, LossSpec, OptimizerSpec, hookimpl
    from plugtorch.loss import Loss
    from plugtorch.module import Module, Parameter
    from plugtorch.optimizer import Optimizer
    from plugtorch.serialization import load, save
    from plugtorch.tensor.printing import set_printoptions

# PyTorch's other names
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
clone, detach, numel, get_device = (
    Tensor.clone,
    Tensor.detach,
    Tensor.numel,
    Tensor.get_device,
)

globals().update({name: getattr(Tensor, name) for name in FUNCTIONS})
globals().update({name: with_out(globals()[name]) for name in WITH_OUT if name in globals()})

_FUNCTIONAL = """
    adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout avg_pool1d bilinear cdist celu
    channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    cosine_similarity feature_alpha_dropout group_norm hardshrink max_pool1d max_pool2d max_pool3d
    pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu rms_norm rrelu selu threshold
""".split()
_LOSSES = """
    binary_cross_entropy_with_logits celu_ cosine_embedding_loss ctc_loss hinge_embedding_loss
    kl_div margin_ranking_loss poisson_nll_loss rrelu_ selu_ threshold_ triplet_margin_loss
""".split()  # and what works in place
_AUTOCAST = """
    autocast clear_autocast_cache get_autocast_cpu_dtype get_autocast_dtype
    is_autocast_cache_enabled is_autocast_cpu_enabled is_autocast_enabled
    set_autocast_cache_enabled set_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_dtype
    set_autocast_enabled
""".split()
_LAZY = {
    **dict.fromkeys(_AUTOCAST, "plugtorch.amp.autocast_mode"),
    **dict.fromkeys(_FUNCTIONAL, "plugtorch.functional"),
    **dict.fromkeys(_LOSSES, "plugtorch.nn.functional"),
    "GradScaler": "plugtorch.amp.grad_scaler",
    "batch_norm": "plugtorch.functional.positional",
    "constant_pad_nd": "plugtorch.functional.positional",
    "grid_sampler": "plugtorch.functional.positional",
    "grid_sampler_2d": "plugtorch.functional.positional",
    "grid_sampler_3d": "plugtorch.functional.positional",
    "instance_norm": "plugtorch.functional.positional",
    # where each is, for the names that are not modules of this package
    "BackendSpec": "plugtorch.hookspecs",
    "Loss": "plugtorch.loss",
    "LossSpec": "plugtorch.hookspecs",
    "Module": "plugtorch.module",
    "Optimizer": "plugtorch.optimizer",
    "OptimizerSpec": "plugtorch.hookspecs",
    "OutOfMemoryError": "plugtorch.errors",
    "Parameter": "plugtorch.module",
    "compile": "plugtorch.compiler",
    "dropout": "plugtorch.functional",
    "embedding": "plugtorch.functional.positional",
    "hookimpl": "plugtorch.hookspecs",
    "layer_norm": "plugtorch.functional",
    "load": "plugtorch.serialization",
    "log_softmax": "plugtorch.functional",
    "save": "plugtorch.serialization",
    "set_printoptions": "plugtorch.tensor.printing",
    "softmax": "plugtorch.functional",
}
_MODULES = (
    "accelerator",
    "amp",
    "autograd",
    "backend",
    "backends",
    "compiler",
    "cuda",
    "distributed",
    "distributions",
    "dtypes",
    "errors",
    "func",
    "functional",
    "hookspecs",
    "hub",
    "jit",
    "linalg",
    "losses",
    "nn",
    "onnx",
    "optim",
    "optimizers",
    "profiler",
    "random",
    "registry",
    "serialization",
    "signal",
    "sparse",
    "special",
    "testing",
    "torch_alias",
    "training",
    "types",
    "utils",
    "xpu",
)


def __getattr__(name: str) -> Any:
    """``plugtorch.nn`` and the others, imported on first use."""
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        value = with_out(value) if name in WITH_OUT else value
    elif name in _MODULES:
        value = importlib.import_module(f"plugtorch.{name}")
    else:
        from plugtorch.left_out import message

        raise AttributeError(message(name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_MODULES})


def is_tensor(obj: object) -> builtins.bool:
    """Whether something is a tensor. Source: torch.is_tensor."""
    return isinstance(obj, Tensor)


def is_complex(input: Tensor) -> builtins.bool:
    """Whether a tensor's dtype is complex: never here. Source: torch.is_complex."""
    return False


def is_floating_point(input: Tensor) -> builtins.bool:
    """Whether a tensor's dtype is a floating one. Source: torch.is_floating_point."""
    return input.dtype.is_floating_point


def result_type(*operands: Any) -> dtype:
    """The dtype that arithmetic on the operands gives. Source: torch.result_type."""
    return common_dtype("result_type", operands)


__all__ = [
    "BackendSpec",
    "Loss",
    "LossSpec",
    "Module",
    "Optimizer",
    "OptimizerSpec",
    "Parameter",
    "Size",
    "Tensor",
    "__version__",
    "autocast",
    "bfloat16",
    "bool",
    "clone",
    "compile",
    "detach",
    "device",
    "double",
    "dropout",
    "dtype",
    "e",
    "embedding",
    "enable_grad",
    "finfo",
    "float",
    "float16",
    "float32",
    "float64",
    "get_default_device",
    "get_default_dtype",
    "half",
    "hookimpl",
    "iinfo",
    "inf",
    "inference_mode",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_floating_point",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "is_tensor",
    "layer_norm",
    "load",
    "log_softmax",
    "long",
    "nan",
    "no_grad",
    "numel",
    "pi",
    "promote_types",
    "result_type",
    "save",
    "set_default_device",
    "set_default_dtype",
    "set_grad_enabled",
    "set_printoptions",
    "short",
    "softmax",
    "uint8",
]
