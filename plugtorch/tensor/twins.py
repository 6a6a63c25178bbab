"""The in-place methods of Tensor: ``exp_`` is ``exp`` written back into the tensor."""

from __future__ import annotations

from typing import Any

from plugtorch.dtypes import float64
from plugtorch.errors import DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.tensor import arithmetic, shapes, writing
from plugtorch.tensor.methods import Methods
from plugtorch.tensor.writing import reshaped, twin


def _float_power(self: Any, exponent: Any) -> Any:
    if self.dtype is not float64:
        raise DTypeError(
            f"[float_power_] results are float64, and have no place in a tensor of {self.dtype!r}. "
            "Convert it with double() first."
        )
    return arithmetic.float_power(self, exponent)


class InPlaceMethods(Methods):
    """What changes a tensor."""

    __slots__ = ()

    # into the same memory where nobody else holds it
    add_ = __iadd__ = writing.arithmetic(ops.add, arithmetic.add, "add_")
    sub_ = __isub__ = writing.arithmetic(ops.subtract, arithmetic.sub, "sub_")
    mul_ = __imul__ = writing.arithmetic(ops.multiply, arithmetic.mul, "mul_")
    div_ = __itruediv__ = writing.arithmetic(ops.divide, arithmetic.div, "div_")
    multiply_, subtract_, divide_, true_divide_ = mul_, sub_, div_, div_

    # the tensor itself becomes the view
    squeeze_ = reshaped(shapes.squeeze, "squeeze_")
    unsqueeze_ = reshaped(shapes.unsqueeze, "unsqueeze_")
    t_ = reshaped(shapes.t, "t_")
    transpose_ = swapaxes_ = swapdims_ = reshaped(shapes.transpose, "transpose_")

    # computed, then written
    exp_ = twin(Methods.exp, "exp_")
    exp2_ = twin(Methods.exp2, "exp2_")
    expm1_ = twin(Methods.expm1, "expm1_")
    log_ = twin(Methods.log, "log_")
    log2_ = twin(Methods.log2, "log2_")
    log10_ = twin(Methods.log10, "log10_")
    log1p_ = twin(Methods.log1p, "log1p_")
    sqrt_ = twin(Methods.sqrt, "sqrt_")
    rsqrt_ = twin(Methods.rsqrt, "rsqrt_")
    reciprocal_ = twin(Methods.reciprocal, "reciprocal_")
    sin_ = twin(Methods.sin, "sin_")
    cos_ = twin(Methods.cos, "cos_")
    tan_ = twin(Methods.tan, "tan_")
    asin_ = twin(Methods.asin, "asin_")
    acos_ = twin(Methods.acos, "acos_")
    atan_ = twin(Methods.atan, "atan_")
    sinh_ = twin(Methods.sinh, "sinh_")
    cosh_ = twin(Methods.cosh, "cosh_")
    tanh_ = twin(Methods.tanh, "tanh_")
    asinh_ = twin(Methods.asinh, "asinh_")
    acosh_ = twin(Methods.acosh, "acosh_")
    atanh_ = twin(Methods.atanh, "atanh_")
    sigmoid_ = twin(Methods.sigmoid, "sigmoid_")
    relu_ = twin(Methods.relu, "relu_")
    erf_ = twin(Methods.erf, "erf_")
    erfc_ = twin(Methods.erfc, "erfc_")
    floor_ = twin(Methods.floor, "floor_")
    ceil_ = twin(Methods.ceil, "ceil_")
    trunc_ = twin(Methods.trunc, "trunc_")
    fix_ = twin(Methods.fix, "fix_")
    logical_not_ = twin(Methods.logical_not, "logical_not_")
    fmod_ = twin(Methods.fmod, "fmod_")
    floor_divide_ = __ifloordiv__ = twin(Methods.floor_divide, "floor_divide_")
    atan2_ = twin(Methods.atan2, "atan2_")
    eq_ = twin(Methods.eq, "eq_")
    ne_ = twin(Methods.ne, "ne_")
    lt_ = twin(Methods.lt, "lt_")
    le_ = twin(Methods.le, "le_")
    gt_ = twin(Methods.gt, "gt_")
    ge_ = twin(Methods.ge, "ge_")
    logical_and_ = twin(Methods.logical_and, "logical_and_")
    logical_or_ = twin(Methods.logical_or, "logical_or_")
    logical_xor_ = twin(Methods.logical_xor, "logical_xor_")
    bitwise_and_ = __iand__ = twin(Methods.bitwise_and, "bitwise_and_")
    bitwise_or_ = __ior__ = twin(Methods.bitwise_or, "bitwise_or_")
    bitwise_xor_ = __ixor__ = twin(Methods.bitwise_xor, "bitwise_xor_")
    bitwise_not_ = twin(Methods.bitwise_not, "bitwise_not_")
    remainder_ = __imod__ = twin(Methods.remainder, "remainder_")
    neg_ = twin(Methods.neg, "neg_")
    abs_ = twin(Methods.abs, "abs_")
    sign_ = twin(Methods.sign, "sign_")
    sgn_ = twin(Methods.sgn, "sgn_")
    copysign_ = twin(Methods.copysign, "copysign_")
    round_ = twin(Methods.round, "round_")
    frac_ = twin(Methods.frac, "frac_")
    square_ = twin(Methods.square, "square_")
    pow_ = __ipow__ = twin(Methods.pow, "pow_")
    clamp_ = twin(Methods.clamp, "clamp_")
    clip_ = twin(Methods.clip, "clip_")
    clamp_min_ = twin(Methods.clamp_min, "clamp_min_")
    clamp_max_ = twin(Methods.clamp_max, "clamp_max_")
    masked_fill_ = twin(Methods.masked_fill, "masked_fill_")
    lerp_ = twin(Methods.lerp, "lerp_")
    addcmul_ = twin(Methods.addcmul, "addcmul_")
    addcdiv_ = twin(Methods.addcdiv, "addcdiv_")
    nan_to_num_ = twin(Methods.nan_to_num, "nan_to_num_")
    hypot_ = twin(Methods.hypot, "hypot_")
    logit_ = twin(Methods.logit, "logit_")
    sinc_ = twin(Methods.sinc, "sinc_")
    xlogy_ = twin(Methods.xlogy, "xlogy_")
    deg2rad_ = twin(Methods.deg2rad, "deg2rad_")
    rad2deg_ = twin(Methods.rad2deg, "rad2deg_")
    scatter_ = twin(Methods.scatter, "scatter_")
    scatter_add_ = twin(Methods.scatter_add, "scatter_add_")
    index_add_ = twin(Methods.index_add, "index_add_")
    index_copy_ = twin(Methods.index_copy, "index_copy_")
    index_fill_ = twin(Methods.index_fill, "index_fill_")
    index_put_ = twin(Methods.index_put, "index_put_")
    tril_ = twin(Methods.tril, "tril_")
    triu_ = twin(Methods.triu, "triu_")
    cumsum_ = twin(Methods.cumsum, "cumsum_")
    addmm_ = twin(Methods.addmm, "addmm_")
    addmv_ = twin(Methods.addmv, "addmv_")
    addbmm_ = twin(Methods.addbmm, "addbmm_")
    baddbmm_ = twin(Methods.baddbmm, "baddbmm_")
    addr_ = twin(Methods.addr, "addr_")
    cumprod_ = twin(Methods.cumprod, "cumprod_")
    masked_scatter_ = twin(Methods.masked_scatter, "masked_scatter_")
    heaviside_ = twin(Methods.heaviside, "heaviside_")
    ldexp_ = twin(Methods.ldexp, "ldexp_")
    bitwise_left_shift_ = __ilshift__ = twin(Methods.bitwise_left_shift, "bitwise_left_shift_")
    bitwise_right_shift_ = __irshift__ = twin(Methods.bitwise_right_shift, "bitwise_right_shift_")
    lgamma_ = twin(Methods.lgamma, "lgamma_")
    digamma_ = twin(Methods.digamma, "digamma_")
    polygamma_ = twin(Methods.polygamma, "polygamma_")
    mvlgamma_ = twin(Methods.mvlgamma, "mvlgamma_")
    erfinv_ = twin(Methods.erfinv, "erfinv_")
    i0_ = twin(Methods.i0, "i0_")
    igamma_ = twin(Methods.igamma, "igamma_")
    igammac_ = twin(Methods.igammac, "igammac_")
    renorm_ = twin(Methods.renorm, "renorm_")
    gcd_ = twin(Methods.gcd, "gcd_")
    lcm_ = twin(Methods.lcm, "lcm_")
    nextafter_ = twin(Methods.nextafter, "nextafter_")
    scatter_reduce_ = twin(Methods.scatter_reduce, "scatter_reduce_")
    index_reduce_ = twin(Methods.index_reduce, "index_reduce_")
    put_ = twin(Methods.put, "put_")
    float_power_ = twin(_float_power, "float_power_")

    # PyTorch's other names
    absolute_, negative_ = abs_, neg_
    arccos_, arcsin_, arctan_, arctan2_ = acos_, asin_, atan_, atan2_
    arccosh_, arcsinh_, arctanh_ = acosh_, asinh_, atanh_
    greater_, greater_equal_, less_, less_equal_, not_equal_ = gt_, ge_, lt_, le_, ne_


FUNCTIONS = """
    abs_ absolute_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_
    asin_ asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_
    detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ lcm_
    ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_
    relu_ round_ rsqrt_ sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_
    zero_
""".split()
"""Those that are functions of the namespace too: ``plugtorch.exp_(x)``."""
