"""PyTorch's torch.linalg: factorisations, systems of equations and norms of matrices.

For float32 and float64. Derivatives of the first and second order where they exist. Eigenvalues of
matrices that are not symmetric are complex, and refused.

>>> import plugtorch
>>> a = plugtorch.tensor([[4.0, 1.0], [1.0, 3.0]])
>>> plugtorch.linalg.solve(a, plugtorch.tensor([5.0, 4.0]))
tensor([1., 1.])
"""

from typing import Any

from plugtorch.errors import LinAlgError
from plugtorch.tensor.decompositions import (
    eig,
    eigh,
    eigvals,
    eigvalsh,
    lstsq,
    matrix_exp,
    matrix_rank,
    multi_dot,
    pinv,
    svdvals,
)
from plugtorch.tensor.decompositions import linalg_qr as qr
from plugtorch.tensor.decompositions import linalg_svd as svd
from plugtorch.tensor.householder import householder_product
from plugtorch.tensor.norms import (
    cond,
    cross,
    diagonal,
    matrix_norm,
    matrix_power,
    norm,
    vander,
    vecdot,
    vector_norm,
)
from plugtorch.tensor.out import with_out
from plugtorch.tensor.products import matmul
from plugtorch.tensor.solving import (
    det,
    inv,
    inv_ex,
    slogdet,
    solve,
    solve_ex,
    solve_triangular,
    tensorinv,
    tensorsolve,
)
from plugtorch.tensor.triangular import cholesky_ex, lu, lu_factor, lu_factor_ex
from plugtorch.tensor.triangular import linalg_cholesky as cholesky
from plugtorch.tensor.triangular import linalg_lu_solve as lu_solve

__all__ = [
    "LinAlgError",
    "cholesky",
    "cholesky_ex",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eig",
    "eigh",
    "eigvals",
    "eigvalsh",
    "householder_product",
    "inv",
    "inv_ex",
    "lstsq",
    "lu",
    "lu_factor",
    "lu_factor_ex",
    "lu_solve",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "multi_dot",
    "norm",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_ex",
    "solve_triangular",
    "svd",
    "svdvals",
    "tensorinv",
    "tensorsolve",
    "vander",
    "vecdot",
    "vector_norm",
]

_WITHOUT_OUT: tuple[Any, ...] = ("LinAlgError", "diagonal", "eig", "eigvals", "lstsq", "vander")
globals().update({name: with_out(globals()[name]) for name in __all__ if name not in _WITHOUT_OUT})
