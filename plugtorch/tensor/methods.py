"""The methods of Tensor that are functions of this package under the same name.

Written out, so that editors and type checkers see them. In-place twins are in ``twins.py``.
"""

from __future__ import annotations

from plugtorch import dtypes
from plugtorch.tensor import (
    arithmetic,
    bins,
    collecting,
    contractions,
    conversion,
    creation,
    cumulative,
    decompositions,
    diagonals,
    functions,
    gamma,
    householder,
    indexing,
    logic,
    memory,
    norms,
    numbers,
    ordering,
    pieces,
    places,
    products,
    random,
    reductions,
    shapes,
    softmax,
    solving,
    sparse_creation,
    special,
    statistics,
    strides,
    triangular,
    turning,
    writing,
)
from plugtorch.tensor.real import RealMethods


class Methods(RealMethods):
    """What a tensor can do; each method is documented where its function is."""

    __slots__ = ()

    # element by element
    exp = functions.exp
    exp2 = functions.exp2
    expm1 = functions.expm1
    log = functions.log
    log2 = functions.log2
    log10 = functions.log10
    log1p = functions.log1p
    sqrt = functions.sqrt
    rsqrt = functions.rsqrt
    reciprocal = arithmetic.reciprocal
    sin = functions.sin
    cos = functions.cos
    tan = functions.tan
    asin = functions.asin
    acos = functions.acos
    atan = functions.atan
    sinh = functions.sinh
    cosh = functions.cosh
    tanh = functions.tanh
    asinh = functions.asinh
    acosh = functions.acosh
    atanh = functions.atanh
    sigmoid = functions.sigmoid
    relu = arithmetic.relu
    erf = functions.erf
    erfc = functions.erfc
    floor = arithmetic.floor
    ceil = arithmetic.ceil
    trunc = arithmetic.trunc
    fix = arithmetic.fix
    isnan = logic.isnan
    isinf = logic.isinf
    logical_not = logic.logical_not
    maximum = arithmetic.maximum
    minimum = arithmetic.minimum
    fmod = arithmetic.fmod
    floor_divide = arithmetic.floor_divide
    atan2 = functions.atan2
    arctan2 = functions.arctan2
    eq = logic.eq
    ne = logic.ne
    lt = logic.lt
    le = logic.le
    gt = logic.gt
    ge = logic.ge
    logical_and = logic.logical_and
    logical_or = logic.logical_or
    logical_xor = logic.logical_xor
    bitwise_and = logic.bitwise_and
    bitwise_or = logic.bitwise_or
    bitwise_xor = logic.bitwise_xor
    bitwise_not = logic.bitwise_not
    bitwise_left_shift = logic.bitwise_left_shift
    bitwise_right_shift = logic.bitwise_right_shift
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
    masked_fill = logic.masked_fill
    lerp = arithmetic.lerp
    addcmul = arithmetic.addcmul
    addcdiv = arithmetic.addcdiv
    isfinite = logic.isfinite
    isposinf = logic.isposinf
    isneginf = logic.isneginf
    nan_to_num = logic.nan_to_num
    logaddexp = functions.logaddexp
    hypot = functions.hypot
    logit = functions.logit
    sinc = functions.sinc
    xlogy = functions.xlogy
    deg2rad = functions.deg2rad
    rad2deg = functions.rad2deg
    isclose = logic.isclose
    allclose = logic.allclose
    equal = logic.equal
    multiply, subtract, divide = mul, sub, div
    absolute, negative = abs, neg
    arccos, arcsin, arctan = acos, asin, atan
    arccosh, arcsinh, arctanh = acosh, asinh, atanh
    fmax = arithmetic.fmax
    fmin = arithmetic.fmin
    heaviside = arithmetic.heaviside
    ldexp = arithmetic.ldexp
    logaddexp2 = functions.logaddexp2
    is_nonzero = logic.is_nonzero
    where = logic.choose
    greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne

    lgamma = gamma.lgamma
    digamma = gamma.digamma
    polygamma = gamma.polygamma
    mvlgamma = gamma.mvlgamma
    erfinv = special.erfinv
    i0 = special.i0
    igamma = gamma.igamma
    igammac = gamma.igammac
    gcd = numbers.gcd
    lcm = numbers.lcm
    frexp = numbers.frexp
    nextafter = numbers.nextafter

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
    cumsum = ordering.cumsum
    argsort = ordering.argsort
    sort = ordering.sort
    topk = ordering.topk
    msort = ordering.msort
    median = ordering.median
    cumprod = ordering.cumprod
    diff = ordering.diff
    bincount = ordering.bincount
    unique = ordering.unique
    unique_consecutive = ordering.unique_consecutive
    nansum = reductions.nansum
    nanmean = reductions.nanmean
    dist = norms.dist
    renorm = norms.renorm
    cummax = cumulative.cummax
    cummin = cumulative.cummin
    logcumsumexp = cumulative.logcumsumexp
    quantile = statistics.quantile
    nanquantile = statistics.nanquantile
    nanmedian = statistics.nanmedian
    kthvalue = statistics.kthvalue
    mode = statistics.mode
    histc = bins.histc
    histogram = bins.histogram
    cov = statistics.cov
    corrcoef = statistics.corrcoef

    # rearranging
    is_contiguous = strides.is_contiguous
    contiguous = strides.contiguous
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
    narrow = pieces.narrow
    narrow_copy = memory.narrow_copy
    as_strided = memory.as_strided
    as_strided_scatter = memory.as_strided_scatter
    select = pieces.select
    split = pieces.split
    chunk = pieces.chunk
    unbind = pieces.unbind
    flip = turning.flip
    roll = turning.roll
    repeat = turning.repeat
    tile = turning.tile
    adjoint = shapes.adjoint
    split_with_sizes = pieces.split_with_sizes
    tensor_split = pieces.tensor_split
    hsplit = pieces.hsplit
    vsplit = pieces.vsplit
    dsplit = pieces.dsplit
    unfold = pieces.unfold
    rot90 = turning.rot90
    fliplr = turning.fliplr
    flipud = turning.flipud
    repeat_interleave = turning.repeat_interleave

    # at places
    gather = places.gather
    take = places.take
    masked_scatter = places.masked_scatter
    select_scatter = places.select_scatter
    slice_scatter = places.slice_scatter
    diagonal_scatter = diagonals.diagonal_scatter
    diag_embed = diagonals.diag_embed
    diagflat = diagonals.diagflat
    trace = diagonals.trace
    take_along_dim = places.take_along_dim
    scatter = places.scatter
    scatter_add = places.scatter_add
    scatter_reduce = collecting.scatter_reduce
    index_reduce = collecting.index_reduce
    put = collecting.put
    index_select = places.index_select
    index_add = places.index_add
    index_copy = places.index_copy
    index_fill = places.index_fill
    index_put = indexing.index_put
    nonzero = places.nonzero
    argwhere = places.argwhere
    nonzero_static = places.nonzero_static
    masked_select = places.masked_select
    tril = diagonals.tril
    triu = diagonals.triu
    diagonal = diagonals.diagonal
    diag = diagonals.diag

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
    addr = contractions.addr
    cross = contractions.cross
    inner = contractions.inner
    kron = contractions.kron
    matrix_power = contractions.matrix_power
    ger, vdot = outer, dot
    det = solving.det
    slogdet = solving.slogdet
    logdet = solving.logdet
    inverse = solving.inverse
    cholesky = triangular.cholesky
    cholesky_solve = triangular.cholesky_solve
    cholesky_inverse = triangular.cholesky_inverse
    triangular_solve = solving.triangular_solve
    lu = triangular.legacy_lu
    lu_solve = triangular.lu_solve
    qr = decompositions.qr
    geqrf = householder.geqrf
    orgqr = householder.orgqr
    ormqr = householder.ormqr
    svd = decompositions.svd
    pinverse = decompositions.pinverse
    matrix_exp = decompositions.matrix_exp

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
    log_normal_ = random.log_normal_
    cauchy_ = random.cauchy_
    geometric_ = random.geometric_

    # to other dtypes and devices, to Python
    to = conversion.to
    type_as = conversion.type_as
    cpu = conversion.cpu
    cuda = conversion.cuda
    detach = conversion.detach
    clone = conversion.clone
    to_sparse = sparse_creation.to_sparse
    numpy = conversion.numpy
    item = conversion.item
    tolist = conversion.tolist

    # memory
    storage_offset = memory.storage_offset
    pin_memory = memory.pin_memory
    is_pinned = memory.is_pinned
    share_memory_ = memory.share_memory_
    resize_ = memory.resize_
    resize_as_ = memory.resize_as_
    new_empty_strided = memory.new_empty_strided
    set_ = memory.set_

    # writing
    apply_ = memory.apply_
    map_ = memory.map_
    copy_ = writing.copy_
    fill_ = writing.fill_
    zero_ = writing.zero_
    fill_diagonal_ = diagonals.fill_diagonal_

    # in one dtype; last, because these names hide Python's own in what follows
    type = conversion.of_type
    log_softmax = softmax.log_softmax
    softmax = softmax.softmax
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
