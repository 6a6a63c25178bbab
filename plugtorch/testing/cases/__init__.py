"""One row for each primitive, a family a file, as in ``plugtorch.ops``."""

from __future__ import annotations

from plugtorch.testing.cases import (
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
from plugtorch.testing.cases.row import Case, Fixed, Refusal, Row

__all__ = ["ROWS", "Case", "Fixed", "Refusal", "Row"]

ROWS: dict[str, Row] = {}
for _family in (
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
):
    ROWS |= _family.ROWS
