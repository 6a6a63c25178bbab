"""The table: a primitive's name to a function of NumPy arrays. A family a file, named as in
``plugtorch/ops``.
"""

from plugtorch_numpy.kernels import (
    attention,
    convolution,
    creation,
    elementwise,
    factorization,
    indexing,
    matmul,
    movement,
    normalization,
    ordering,
    pooling,
    recurrence,
    reduction,
    softmax,
)

TABLE = {
    **attention.TABLE,
    **convolution.TABLE,
    **creation.TABLE,
    **elementwise.TABLE,
    **factorization.TABLE,
    **indexing.TABLE,
    **matmul.TABLE,
    **movement.TABLE,
    **normalization.TABLE,
    **ordering.TABLE,
    **pooling.TABLE,
    **recurrence.TABLE,
    **reduction.TABLE,
    **softmax.TABLE,
}

REUSING = {**elementwise.REUSING, **movement.REUSING}
