"""What has to be known of single operations to compare them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import plugtorch

CALLED: dict[str, Callable[..., Any]] = {
    # other orders of arguments than the function's, methods, attributes
    **{
        name: getattr(plugtorch.Tensor, name)
        for name in "bfloat16 bool byte char double float half int long short".split()
    },
    **{name: lambda x, name=name: getattr(x, name) for name in ("T", "H", "mT", "mH")},
    "where": lambda x, condition, y: plugtorch.where(condition, x, y),
    "einsum": lambda tensors, equation: plugtorch.einsum(equation, *tensors),
    "nn.functional.embedding": lambda weight, index, **o: plugtorch.nn.functional.embedding(
        index, weight, **o
    ),
    "nn.functional.embedding_bag": lambda weight, index, **o: plugtorch.nn.functional.embedding_bag(
        index, weight, **o
    ),
    "linalg.pinv.singular": lambda a, b, **o: plugtorch.linalg.pinv(a @ b.mT, **o),
    "linalg.lstsq.grad_oriented": lambda a, b, driver: plugtorch.linalg.lstsq(a, b, driver=driver)[
        :2
    ],
    **{
        name: lambda a, b, name=name, **o: getattr(plugtorch, name)(a @ b.mT, **o)
        for name in ("svd_lowrank", "pca_lowrank")
    },
    "fill": lambda x, value: x.clone().fill_(value),
    "zero_": lambda x: x.clone().zero_(),
    "put": lambda x, *a, **o: x.put(*a, **o),
    "normal.in_place": lambda x, *a, **o: x.clone().normal_(*a, **o),
    **{
        name: lambda x, *a, name=name, **o: getattr(x.clone(), f"{name}_")(*a, **o)
        for name in "exponential cauchy geometric log_normal uniform".split()
    },
}

RANDOM = frozenset(
    """
    bernoulli multinomial normal uniform exponential cauchy geometric log_normal rand_like randn
    randint randint_like randn_like rand randperm poisson binomial empty empty_like new_empty
    empty_strided new_empty_strided empty_permuted
    nn.functional.dropout nn.functional.dropout2d nn.functional.dropout3d nn.functional.dropout1d
    nn.functional.alpha_dropout nn.functional.feature_alpha_dropout native_dropout
    nn.functional.fractional_max_pool2d nn.functional.fractional_max_pool3d nn.functional.rrelu
    nn.functional.gumbel_softmax
    """.split()
)
"""Only shapes and dtypes can be compared."""

TOLERANCES: dict[str, dict[str, tuple[float, float]]] = {
    "matrix_exp": {"float32": (3e-3, 3e-4)},
    # beyond 5 PyTorch's have 6 digits
    **{f"special.bessel_{n}": {"float64": (1e-5, 2e-6)} for n in ("j0", "j1", "y0", "y1")},
}
"""Where rounding differs by more than it usually does."""


def _values(library: Any, result: Any, arguments: Any) -> Any:
    return result[0] if isinstance(result, tuple) else None


def _sorted_by(library: Any, order: Any, arguments: Any) -> Any:
    dim = arguments[1][0] if arguments[1] else arguments[2].get("dim", -1)
    return arguments[0].gather(dim, order)


def _singular(turned: bool) -> Callable[[Any, Any, Any], Any]:
    """Each pair of singular vectors has a sign of its own choice."""

    def compared(library: Any, result: Any, arguments: Any) -> Any:
        u, s, v = result
        vt = v.mT if turned else v
        k = s.shape[-1]
        u, vt = u.narrow(-1, 0, min(k, u.shape[-1])), vt.narrow(-2, 0, min(k, vt.shape[-2]))
        if u.shape[-1] != k or not u.any():  # without vectors
            return s
        return s, (u * s.unsqueeze(-2)) @ vt, u * u, vt * vt

    return compared


def _of_low_rank(library: Any, result: Any, arguments: Any) -> Any:
    u, s, v = result
    return u @ v.mT, s


def _eigenvectors(library: Any, result: Any, arguments: Any) -> Any:
    return result[0], result[1] * result[1]


PROCESSED: dict[str, Callable[[Any, Any, Any], Any]] = {
    # equal elements may come in any order
    "topk": _values,
    "sort": _values,
    "kthvalue": _values,
    "mode": _values,
    "argsort": _sorted_by,
    "svd": _singular(True),
    "linalg.svd": _singular(False),
    "linalg.eigh": _eigenvectors,
    "svd_lowrank": _of_low_rank,
    "pca_lowrank": _of_low_rank,
}
"""What is unique of results that are not: (library, result, arguments) -> what to compare."""

FLOATS_ONLY = ("int64", "needs a floating-point")

UNLIKE: dict[str, tuple[tuple[str, ...], ...]] = {
    # an integral of whole numbers
    **{
        f"nn.functional.{name}": (FLOATS_ONLY,)
        for name in """
        avg_pool1d avg_pool2d avg_pool3d conv1d conv2d conv3d conv_transpose1d conv_transpose2d
        conv_transpose3d local_response_norm
        """.split()
    },
    "nn.functional.cosine_embedding_loss": (("int64",), ("bool",)),
    # PyTorch adds the weights up in their own dtype
    "cov": (("float64[", "aweights=float32"),),
    # a place of its own in PyTorch
    "sum_to_size": (("bool[], []",),),
    "nn.functional.batch_norm": (("[0], float", "needed (N, C, ...)"),),
    # slopes of nothing
    **dict.fromkeys(("var", "var_mean"), (("float64[0", "second derivative"),)),
    "linalg.norm": (("second derivative", "nan location"), ("-3.5", "nan location")),
    "nn.functional.embedding_bag": (("sparse=True",),),
    "nn.functional.scaled_dot_product_attention": (("dropout_p=0.5",),),
    # PyTorch counts repeated places
    "index_fill": (("gradient 1",), ("float64[], 0", "differs")),
    # PyTorch's gradient is that of a log_softmax before it
    "nn.functional.ctc_loss": (("float64", "gradient 0"),),
    "nn.functional.embedding": (("sparse=True",), ("scale_grad_by_freq", "second derivative")),
    # PyTorch gives input the gradient of src
    "as_strided_scatter": (("float64", "gradient 0"),),
    # not what PyTorch's matrices in pieces give either
    "nn.functional.linear_cross_entropy": (
        ("options=Linear", "second derivative"),
        ("options=Linear", "gradient 3"),
    ),
    "histogramdd": (("[float32[4],float32[3]", "Mismatched elements: 1 "),),  # edges fall
    "svd_lowrank": (("M=float",),),  # is not of low rank, so random numbers tell
    "gather": (("uint8",), ("out=float64",)),
    "narrow": (("bool[]",),),
    "resize_": (("UnsupportedError",), ("number of elements",)),
}
"""Samples with another result on purpose, by words of their text or error; see differences.md."""

PARTLY: dict[str, str] = {}
"""What does not agree with PyTorch in every sample, and why."""

REFUSED = re.compile(r"sparse\.|to_sparse|linalg\.eig$|linalg\.eigvals$")
"""Names that are here only to say that there is no such thing."""

OUT_OF_SCOPE = re.compile(
    r"_|fft\.|torch\.|sparse\.|jiterator|masked\.|native_|.*_copy$|to_sparse|.*_backward"
    r"|complex|cfloat|cdouble|chalf|conj|imag|real|angle|polar|view_as|resolve_|isreal|istft|stft"
    r"|linalg\.eig$|linalg\.eigvals$|hash_tensor|unsafe_"
)
"""Names of what plugtorch does not mean to have: complex, sparse, Fourier, private."""
