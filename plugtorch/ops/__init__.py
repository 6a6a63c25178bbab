"""The primitives, a family a file. Everything else in the library is composed from these.

Families do not import one another; gradient rules use tensor operators and methods, which reach all
of them.
"""

from plugtorch.ops import (
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

__all__ = [
    "attention",
    "convolution",
    "creation",
    "elementwise",
    "factorization",
    "indexing",
    "matmul",
    "movement",
    "normalization",
    "ordering",
    "pooling",
    "recurrence",
    "reduction",
    "softmax",
]
