"""Layers, containers, losses: PyTorch's torch.nn.

Losses are plugins. ``nn.CrossEntropyLoss`` asks the registry for the loss whose class has that
name; so does the name of any other installed loss's class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from plugtorch import registry
from plugtorch.errors import UnknownNameError
from plugtorch.module import Buffer, Module, Parameter
from plugtorch.nn import functional, init, parameter, utils
from plugtorch.nn.activation import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    RReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softmax2d,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
    Threshold,
)
from plugtorch.nn.adaptive import AdaptiveLogSoftmaxWithLoss
from plugtorch.nn.containers import ModuleDict, ModuleList, Sequential
from plugtorch.nn.distance import CosineSimilarity, PairwiseDistance
from plugtorch.nn.dropout import (
    AlphaDropout,
    Dropout,
    Dropout1d,
    Dropout2d,
    Dropout3d,
    FeatureAlphaDropout,
)
from plugtorch.nn.embedding import Embedding
from plugtorch.nn.flatten import Flatten, Unflatten
from plugtorch.nn.linear import Bilinear, Identity, Linear
from plugtorch.nn.normalization import LayerNorm, RMSNorm
from plugtorch.nn.parameter_containers import ParameterDict, ParameterList
from plugtorch.nn.recurrent import GRUCell, LSTMCell, RNNCell, RNNCellBase

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "AdaptiveLogSoftmaxWithLoss",
    "AlphaDropout",
    "Bilinear",
    "Buffer",
    "CosineSimilarity",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "Embedding",
    "FeatureAlphaDropout",
    "Flatten",
    "GRUCell",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "PReLU",
    "PairwiseDistance",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "RMSNorm",
    "RNNCell",
    "RNNCellBase",
    "RReLU",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmax2d",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "Unflatten",
    "functional",
    "init",
    "parameter",
    "utils",
]


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        for entry in _losses(name):
            found = entry.load()
            if found.__name__ == name:
                if entry.plugin.builtin:  # nobody else can take its name
                    globals()[name] = found
                return found
    raise AttributeError(f"[nn] there is no layer {name!r}, and no loss of that name.")


def _losses(class_name: str) -> Iterator[Any]:
    """The losses that may have this class; the likely one first, to spare going through every
    plugin.
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name)
    try:
        yield registry.entry("loss", words.lower().removesuffix("_loss"))
    except UnknownNameError:
        pass
    for entry in registry.entries("loss"):
        if entry.spec.target.rpartition(":")[2] == class_name:
            yield entry


def __dir__() -> list[str]:
    losses = (entry.spec.target.rpartition(":")[2] for entry in registry.entries("loss"))
    return sorted({*__all__, *losses})
