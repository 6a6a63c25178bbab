"""Factorisations of matrices, by NumPy's LAPACK."""

from __future__ import annotations

from plugtorch.lapack import KERNELS
from plugtorch_numpy.quiet import quiet

TABLE = {name: quiet(kernel) for name, kernel in KERNELS.items()}
