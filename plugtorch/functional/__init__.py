"""Functions composed from primitives and tensor methods: no backend knows them, every backend runs
them.
"""

from plugtorch.functional.distance import cosine_similarity, pairwise_distance
from plugtorch.functional.dropout import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
)
from plugtorch.functional.embedding import embedding, one_hot
from plugtorch.functional.hard import (
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    relu6,
    softshrink,
)
from plugtorch.functional.linear import bilinear, linear
from plugtorch.functional.normalization import layer_norm, normalize, rms_norm
from plugtorch.functional.padding import pad
from plugtorch.functional.rectifiers import (
    celu,
    elu,
    leaky_relu,
    prelu,
    relu,
    rrelu,
    selu,
    threshold,
)
from plugtorch.functional.smooth import (
    gelu,
    glu,
    logsigmoid,
    mish,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
    tanhshrink,
)
from plugtorch.functional.softmax import gumbel_softmax, log_softmax, softmax, softmin

__all__ = [
    "alpha_dropout",
    "bilinear",
    "celu",
    "cosine_similarity",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "elu",
    "embedding",
    "feature_alpha_dropout",
    "gelu",
    "glu",
    "gumbel_softmax",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mish",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "rrelu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]
