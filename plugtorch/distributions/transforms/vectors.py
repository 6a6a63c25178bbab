"""Transforms of vectors and matrices."""

from __future__ import annotations

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
from plugtorch.tensor.creation import arange
from plugtorch.tensor.diagonals import diag_embed


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
