"""The methods of Tensor that are functions of this package under the same name.

Written out, so that editors and type checkers see them. In-place twins are in ``twins.py``.
"""

from __future__ import annotations

from plugtorch import dtypes
from plugtorch.storage import TensorBase
from plugtorch.tensor import (
    arithmetic,
    conversion,
    creation,
    indexing,
    products,
    random,
    reductions,
    shapes,
    writing,
)


class Methods(TensorBase):
    """What a tensor can do; each method is documented where its function is."""

    __slots__ = ()

    # element by element
    exp = arithmetic.exp
    exp2 = arithmetic.exp2
    expm1 = arithmetic.expm1
    log = arithmetic.log
    log2 = arithmetic.log2
    log10 = arithmetic.log10
    log1p = arithmetic.log1p
    sqrt = arithmetic.sqrt
    rsqrt = arithmetic.rsqrt
    reciprocal = arithmetic.reciprocal
    sin = arithmetic.sin
    cos = arithmetic.cos
    tan = arithmetic.tan
    asin = arithmetic.asin
    acos = arithmetic.acos
    atan = arithmetic.atan
    sinh = arithmetic.sinh
    cosh = arithmetic.cosh
    tanh = arithmetic.tanh
    asinh = arithmetic.asinh
    acosh = arithmetic.acosh
    atanh = arithmetic.atanh
    sigmoid = arithmetic.sigmoid
    relu = arithmetic.relu
    erf = arithmetic.erf
    erfc = arithmetic.erfc
    floor = arithmetic.floor
    ceil = arithmetic.ceil
    trunc = arithmetic.trunc
    fix = arithmetic.fix
    isnan = arithmetic.isnan
    isinf = arithmetic.isinf
    logical_not = arithmetic.logical_not
    maximum = arithmetic.maximum
    minimum = arithmetic.minimum
    fmod = arithmetic.fmod
    floor_divide = arithmetic.floor_divide
    atan2 = arithmetic.atan2
    arctan2 = arithmetic.arctan2
    eq = arithmetic.eq
    ne = arithmetic.ne
    lt = arithmetic.lt
    le = arithmetic.le
    gt = arithmetic.gt
    ge = arithmetic.ge
    logical_and = arithmetic.logical_and
    logical_or = arithmetic.logical_or
    logical_xor = arithmetic.logical_xor
    bitwise_and = arithmetic.bitwise_and
    bitwise_or = arithmetic.bitwise_or
    bitwise_xor = arithmetic.bitwise_xor
    bitwise_not = arithmetic.bitwise_not
    bitwise_left_shift = arithmetic.bitwise_left_shift
    bitwise_right_shift = arithmetic.bitwise_right_shift
    true_divide = arithmetic.true_divide
    add = arithmetic.add
    sub = arithmetic.sub
    mul = arithmetic.mul
    div = arithmetic.div
    remainder = arithmetic.remainder
    neg = arithmetic.neg
    positive = arithmetic.positive
    abs = arithmetic.abs
    sign = arithmetic.sign
    sgn = arithmetic.sgn
    signbit = arithmetic.signbit
    copysign = arithmetic.copysign
    round = arithmetic.round
    frac = arithmetic.frac
    square = arithmetic.square
    pow = arithmetic.pow
    float_power = arithmetic.float_power
    clamp = arithmetic.clamp
    clip = arithmetic.clip
    clamp_min = arithmetic.clamp_min
    clamp_max = arithmetic.clamp_max
    masked_fill = arithmetic.masked_fill
    lerp = arithmetic.lerp
    addcmul = arithmetic.addcmul
    addcdiv = arithmetic.addcdiv
    isfinite = arithmetic.isfinite
    isposinf = arithmetic.isposinf
    isneginf = arithmetic.isneginf
    nan_to_num = arithmetic.nan_to_num
    logaddexp = arithmetic.logaddexp
    hypot = arithmetic.hypot
    logit = arithmetic.logit
    sinc = arithmetic.sinc
    xlogy = arithmetic.xlogy
    deg2rad = arithmetic.deg2rad
    rad2deg = arithmetic.rad2deg
    isclose = arithmetic.isclose
    allclose = arithmetic.allclose
    equal = arithmetic.equal
    multiply, subtract, divide = mul, sub, div
    absolute, negative = abs, neg
    greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne

    # folding axes, and order along an axis
    sum = reductions.sum
    mean = reductions.mean
    prod = reductions.prod
    var = reductions.var
    std = reductions.std
    amax = reductions.amax
    amin = reductions.amin
    aminmax = reductions.aminmax
    max = reductions.max
    min = reductions.min
    argmax = reductions.argmax
    argmin = reductions.argmin
    any = reductions.any
    all = reductions.all
    count_nonzero = reductions.count_nonzero
    logsumexp = reductions.logsumexp
    norm = reductions.norm
    cumsum = reductions.cumsum
    argsort = reductions.argsort
    sort = reductions.sort
    topk = reductions.topk

    # rearranging
    is_contiguous = shapes.is_contiguous
    contiguous = shapes.contiguous
    reshape = shapes.reshape
    view = shapes.view
    view_as = shapes.view_as
    reshape_as = shapes.reshape_as
    flatten = shapes.flatten
    ravel = shapes.ravel
    unflatten = shapes.unflatten
    squeeze = shapes.squeeze
    unsqueeze = shapes.unsqueeze
    permute = shapes.permute
    transpose = shapes.transpose
    swapaxes = shapes.swapaxes
    swapdims = shapes.swapdims
    t = shapes.t
    movedim = shapes.movedim
    moveaxis = shapes.moveaxis
    expand = shapes.expand
    expand_as = shapes.expand_as
    broadcast_to = shapes.broadcast_to
    sum_to_size = shapes.sum_to_size
    narrow = shapes.narrow
    select = shapes.select
    split = shapes.split
    chunk = shapes.chunk
    unbind = shapes.unbind
    flip = shapes.flip
    roll = shapes.roll
    repeat = shapes.repeat
    tile = shapes.tile

    # at places
    gather = indexing.gather
    take_along_dim = indexing.take_along_dim
    scatter = indexing.scatter
    scatter_add = indexing.scatter_add
    index_select = indexing.index_select
    index_add = indexing.index_add
    index_copy = indexing.index_copy
    index_fill = indexing.index_fill
    index_put = indexing.index_put
    nonzero = indexing.nonzero
    argwhere = indexing.argwhere
    masked_select = indexing.masked_select
    tril = indexing.tril
    triu = indexing.triu
    diagonal = indexing.diagonal
    diag = indexing.diag

    # products of matrices
    matmul = products.matmul
    dot = products.dot
    mm = products.mm
    mv = products.mv
    bmm = products.bmm
    outer = products.outer
    addmm = products.addmm
    addmv = products.addmv
    addbmm = products.addbmm
    baddbmm = products.baddbmm

    # others like it
    new_zeros = creation.new_zeros
    new_empty = creation.new_empty
    new_ones = creation.new_ones
    new_full = creation.new_full
    new_tensor = creation.new_tensor

    # random
    bernoulli = random.bernoulli
    multinomial = random.multinomial
    uniform_ = random.uniform_
    normal_ = random.normal_
    bernoulli_ = random.bernoulli_
    exponential_ = random.exponential_
    random_ = random.random_

    # to other dtypes and devices, to Python
    to = conversion.to
    type_as = conversion.type_as
    cpu = conversion.cpu
    detach = conversion.detach
    clone = conversion.clone
    numpy = conversion.numpy
    item = conversion.item
    tolist = conversion.tolist

    # writing
    copy_ = writing.copy_
    fill_ = writing.fill_
    zero_ = writing.zero_

    # in one dtype; last, because these names hide Python's own in what follows
    half = conversion.converter(dtypes.float16)
    bfloat16 = conversion.converter(dtypes.bfloat16)
    float = conversion.converter(dtypes.float32)
    double = conversion.converter(dtypes.float64)
    byte = conversion.converter(dtypes.uint8)
    char = conversion.converter(dtypes.int8)
    short = conversion.converter(dtypes.int16)
    int = conversion.converter(dtypes.int32)
    long = conversion.converter(dtypes.int64)
    bool = conversion.converter(dtypes.bool_)
