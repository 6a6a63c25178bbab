"""The table: a primitive's name to a function of NumPy arrays. A family a file, named as in
``plugtorch/ops``.
"""

from plugtorch_numpy.kernels import (
    creation,
    elementwise,
    indexing,
    matmul,
    movement,
    ordering,
    reduction,
    softmax,
)

TABLE = {
    **creation.TABLE,
    **elementwise.TABLE,
    **indexing.TABLE,
    **matmul.TABLE,
    **movement.TABLE,
    **ordering.TABLE,
    **reduction.TABLE,
    **softmax.TABLE,
}

REUSING = {**elementwise.REUSING, **movement.REUSING}
