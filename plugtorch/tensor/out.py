"""``out=``: the result of a function written into a tensor that is given."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import AutogradError, DTypeError, ShapeError
from plugtorch.graph import mode
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of

WITH_OUT = """
    abs absolute acos acosh add addbmm addcdiv addcmul addmm addmv addr all amax amin aminmax any
    arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort asin asinh
    atan atan2 atanh baddbmm bernoulli bitwise_and bitwise_left_shift bitwise_not bitwise_or
    bitwise_right_shift bitwise_xor bmm bucketize cat ceil cholesky cholesky_inverse cholesky_solve
    clamp clamp_max clamp_min clip column_stack concat concatenate copysign cos cosh cross cummax
    cummin cumprod cumsum deg2rad diag diff digamma div divide dot dstack empty eq erf erfc erfinv
    exp exp2 expm1 eye fix float_power floor floor_divide fmax fmin fmod frac frexp full gather gcd
    ge geqrf ger greater greater_equal gt hardshrink heaviside histc histogram hstack hypot i0
    igamma igammac index_add index_copy index_reduce index_select inner inverse isin isneginf
    isposinf kron kthvalue lcm ldexp le lerp less less_equal lgamma linspace log log10 log1p log2
    log_softmax logaddexp logaddexp2 logcumsumexp logical_and logical_not logical_or logical_xor
    logit logspace logsumexp lt lu_solve lu_unpack masked_select matmul matrix_power max maximum
    mean median min minimum mm mode msort mul multinomial multiply mv mvlgamma nan_to_num nanmean
    nanmedian nanquantile nansum narrow_copy ne neg negative nextafter nonzero nonzero_static norm
    normal not_equal ones orgqr ormqr outer polygamma pow prod qr quantile rad2deg rand randint
    randn randperm range reciprocal remainder renorm round row_stack rsqrt scatter scatter_add
    scatter_reduce searchsorted sgn sigmoid sign signbit sin sinc sinh slice_scatter slogdet
    softmax sort sqrt square stack std sub subtract sum svd take take_along_dim tan tanh threshold
    topk triangular_solve tril triu true_divide trunc vander var vdot vstack where xlogy zeros
""".split()


# what PyTorch computes in the dtype of ``out``
IN_ITS_DTYPE = set(
    """
    cumprod cumsum empty eye full linspace logspace nansum ones prod rand randn range sum zeros
    """.split()
)

# what PyTorch converts for nobody: ``out`` has the dtype of the result
AS_IT_IS = set(
    """
    abs absolute addbmm addmm addmv all amax amin aminmax any argmax argmin argsort baddbmm
    bitwise_not bmm bucketize ceil cross cummax cummin diag dot fix float_power floor frac frexp
    gather hardshrink heaviside histc histogram index_add index_copy index_reduce index_select
    inner inverse isin isneginf isposinf kthvalue lerp log_softmax logcumsumexp lu_solve lu_unpack
    masked_select matmul median mm mode msort multinomial mv nan_to_num nanmedian nanquantile
    narrow_copy neg negative nonzero nonzero_static norm ormqr qr quantile renorm round scatter
    scatter_add scatter_reduce searchsorted sgn sign signbit slice_scatter slogdet softmax sort svd
    take take_along_dim topk triangular_solve tril triu trunc vdot where
    """.split()
)


def with_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the argument ``out``, a tensor or, for several results, a tuple of them.

    It must have the result's shape or no elements, and a dtype that the function writes: its own,
    for most one of the same kind or a higher one, for a few any. No gradient flows through it.
    """

    @functools.wraps(function)
    def apply(*args: Any, out: Any = None, **options: Any) -> Any:
        if out is None:
            return function(*args, **options)
        if function.__name__ in IN_ITS_DTYPE and isinstance(out, TensorBase):
            options.setdefault("dtype", out.dtype)
        return written(function.__name__, function(*args, **options), out)

    return apply


def written(name: str, result: Any, out: Any) -> Any:
    """``result`` in the place of ``out``."""
    if isinstance(result, tuple):
        if not isinstance(out, (tuple, list)) or len(out) != len(result):
            raise DTypeError(f"[{name}] out must be a tuple of {len(result)} tensors.")
        parts = [written(name, r, o) for r, o in zip(result, out)]
        return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
    if not isinstance(out, TensorBase):
        raise DTypeError(f"[{name}] out must be a tensor, got {type(out).__name__}.")
    given: Any = out
    if mode.enabled and (result.tracked or given.tracked):
        raise AutogradError(
            f"[{name}] no gradient flows through out=. Leave it out, or use no_grad()."
        )
    wanted = given.dtype if name == "bernoulli" else result.dtype  # zeros and ones fit any
    if wanted.kind > given.dtype.kind or (name in AS_IT_IS and wanted is not given.dtype):
        # all() and any() have always had bytes for booleans, too
        if not (name in ("all", "any") and given.dtype in (dtypes.bool_, dtypes.uint8)):
            raise DTypeError(
                f"[{name}] result type {wanted.name} can't be cast to the desired output type "
                f"{given.dtype.name}. Give an out of {wanted!r}."
            )
    if shape_of(given) != shape_of(result):
        if given.numel():
            raise ShapeError(
                f"[{name}] out has shape {shape_of(given)}, the result {shape_of(result)}."
            )
        given.data = result.to(device=given.device, dtype=given.dtype)
        return given
    return given.copy_(result)
