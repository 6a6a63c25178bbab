"""Transforms of vectors and matrices."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.transforms.pointwise import clipped_sigmoid
from plugtorch.distributions.transforms.transform import PlainTransform
from plugtorch.dtypes import finfo
from plugtorch.errors import ShapeError
from plugtorch.functional import logsigmoid, pad, softmax
from plugtorch.linalg import cholesky
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size
from plugtorch.tensor.creation import arange, eye
from plugtorch.tensor.diagonals import diag_embed, tril_indices


class SoftmaxTransform(PlainTransform):
    """y = softmax(x), along the last axis; not bijective, its inverse is ln y.

    Source: torch.distributions.transforms.SoftmaxTransform.
    """

    domain = constraints.real_vector
    codomain = constraints.simplex

    def _call(self, x: Tensor) -> Tensor:
        return softmax(x, -1)

    def _inverse(self, y: Tensor) -> Tensor:
        return y.log()

    def forward_shape(self, shape: Any) -> Any:
        return _vector(self, shape)

    inverse_shape = forward_shape


class StickBreakingTransform(PlainTransform):
    """From K numbers to K + 1 that are positive and sum to 1: each breaks its share off what is
    left of a stick.

    >>> import plugtorch
    >>> StickBreakingTransform()(plugtorch.zeros(1))
    tensor([0.5000, 0.5000])

    Source: torch.distributions.transforms.StickBreakingTransform.
    """

    domain = constraints.real_vector
    codomain = constraints.simplex
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        share = clipped_sigmoid(x - _offset(x))
        left = (1 - share).cumprod(-1)
        return pad(share, (0, 1), value=1.0) * pad(left, (1, 0), value=1.0)

    def _inverse(self, y: Tensor) -> Tensor:
        first = y[..., :-1]
        # rounding may leave nothing, or less
        left = (1 - first.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return first.log() - left.log() + _offset(first)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        shifted = x - _offset(x)
        return (-shifted + logsigmoid(shifted) + y[..., :-1].log()).sum(-1)

    def forward_shape(self, shape: Any) -> Any:
        shape = _vector(self, shape)
        return shape[:-1] + (shape[-1] + 1,)

    def inverse_shape(self, shape: Any) -> Any:
        shape = _vector(self, shape)
        return shape[:-1] + (shape[-1] - 1,)


def _offset(x: Tensor) -> Tensor:
    """What makes zeros break the stick into equal pieces."""
    return arange(x.shape[-1], 0, -1, dtype=x.dtype, device=x.device).log()


def _vector(transform: Any, shape: Any) -> Size:
    if not shape:
        raise ShapeError(f"[{type(transform).__name__}] needs at least one axis, got none.")
    return Size(shape)


class LowerCholeskyTransform(PlainTransform):
    """A square matrix's lower triangle with e^ of its diagonal.

    Source: torch.distributions.transforms.LowerCholeskyTransform.
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.lower_cholesky

    def _call(self, x: Tensor) -> Tensor:
        return x.tril(-1) + diag_embed(x.diagonal(dim1=-2, dim2=-1).exp())

    def _inverse(self, y: Tensor) -> Tensor:
        return y.tril(-1) + diag_embed(y.diagonal(dim1=-2, dim2=-1).log())


class PositiveDefiniteTransform(PlainTransform):
    """L L^T, with L what LowerCholeskyTransform gives.

    Source: torch.distributions.transforms.PositiveDefiniteTransform.
    """

    domain = constraints.independent(constraints.real, 2)
    codomain = constraints.positive_definite

    def _call(self, x: Tensor) -> Tensor:
        lower = LowerCholeskyTransform()(x)
        return lower @ lower.mT

    def _inverse(self, y: Tensor) -> Tensor:
        return LowerCholeskyTransform().inv(cholesky(y))


class CorrCholeskyTransform(PlainTransform):
    """From D (D - 1) / 2 numbers to the lower Cholesky factor of a D by D correlation matrix: tanh
    of each is the share of what is left of its row's length 1.

    >>> import plugtorch
    >>> CorrCholeskyTransform()(plugtorch.zeros(1))
    tensor([[1., 0.],
            [0., 1.]])

    Source: torch.distributions.transforms.CorrCholeskyTransform.
    """

    domain = constraints.real_vector
    codomain = constraints.corr_cholesky
    bijective = True

    def _call(self, x: Tensor) -> Tensor:
        eps = finfo(x.dtype).eps
        share = _below_diagonal(x.tanh().clamp(-1 + eps, 1 - eps))
        left = (1 - share**2).sqrt().cumprod(-1)
        unit = eye(share.shape[-1], dtype=x.dtype, device=x.device)
        return (share + unit) * pad(left[..., :-1], (1, 0), value=1.0)

    def _inverse(self, y: Tensor) -> Tensor:
        left = pad((1 - (y * y).cumsum(-1))[..., :-1], (1, 0), value=1.0)
        share = _from_below(y, -1) / _from_below(left, -1).sqrt()
        return (share.log1p() - (-share).log1p()) / 2

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """Of the numbers below the diagonal of y."""
        left = _from_below(1 - (y * y).cumsum(-1), -2).log().sum(-1)
        slopes = -2 * (x - logsigmoid(2 * x) - math.log(2)).sum(-1)
        return 0.5 * left + slopes

    def forward_shape(self, shape: Any) -> Any:
        shape = _vector(self, shape)
        size = _size(shape[-1])
        if size * (size - 1) // 2 != shape[-1]:
            raise ShapeError(
                f"[CorrCholeskyTransform] no matrix has {shape[-1]} numbers below its diagonal."
            )
        return shape[:-1] + (size, size)

    def inverse_shape(self, shape: Any) -> Any:
        if len(shape) < 2 or shape[-1] != shape[-2]:
            raise ShapeError(f"[CorrCholeskyTransform] needs square matrices, got {tuple(shape)}.")
        return shape[:-2] + (shape[-1] * (shape[-1] - 1) // 2,)


def _size(count: int) -> int:
    """Of a matrix with so many numbers below its diagonal."""
    return round((0.25 + 2 * count) ** 0.5 + 0.5)


def _below_diagonal(x: Tensor) -> Any:
    """Matrices with the numbers of the last axis below their diagonals, row by row."""
    size = _size(x.shape[-1])
    rows, columns = tril_indices(size, size, -1, device=x.device)
    zeros = x.new_zeros((*x.shape[:-1], size * size))
    place = (rows * size + columns).expand(x.shape)
    return zeros.scatter(-1, place, x).reshape(*x.shape[:-1], size, size)


def _from_below(x: Tensor, diagonal: int) -> Any:
    """What is in matrices up to a diagonal, row by row."""
    rows, columns = tril_indices(x.shape[-2], x.shape[-1], diagonal, device=x.device)
    return x.flatten(-2).index_select(-1, rows * x.shape[-1] + columns)
