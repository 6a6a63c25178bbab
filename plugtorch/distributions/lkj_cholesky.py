"""The LKJ distribution of correlation matrices."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.beta import Beta
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import broadcast_all
from plugtorch.dtypes import finfo
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange
from plugtorch.tensor.gamma import mvlgamma
from plugtorch.tensor.random import randn


class LKJCholesky(Distribution):
    """Lower Cholesky factors L of correlation matrices C, whose density is in proportion to
    det(C)^(concentration - 1).

    dim: of the matrices, at least 2. concentration: positive; 1 makes all matrices alike, above it
    those near 1 are more likely.

    Raises ArgumentError for a dim below 2.

    >>> import plugtorch
    >>> LKJCholesky(2, 1.0).log_prob(plugtorch.eye(2))
    tensor(-0.6931)

    Lewandowski, Kurowicka and Joe 2009; torch.distributions.LKJCholesky.
    """

    arg_constraints = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Any = 1.0, validate_args: bool | None = None):
        if dim < 2:
            raise ArgumentError(f"[LKJCholesky] dim must be a whole number above 1, got {dim}.")
        self.dim = dim
        (self.concentration,) = broadcast_all(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def _numbers(self, *ends: int) -> Any:
        like = self.concentration
        return arange(*ends, dtype=like.dtype, device=like.device)

    @no_grad()
    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Row by row a direction and, by a beta number, how far from the diagonal."""
        shape, like = self._extended_shape(sample_shape), self.concentration
        before = (self._numbers(self.dim) - 1).clamp(min=0)
        after = like.unsqueeze(-1) + 0.5 * (self.dim - 2) - 0.5 * before
        share = (
            Beta(0.5 * before + 0.5, after, validate_args=False).sample(sample_shape).unsqueeze(-1)
        )
        normal = randn(shape, dtype=like.dtype, device=like.device).tril(-1)
        squares = (normal**2).sum(-1, keepdim=True)
        # the first row has no direction
        rows = share.sqrt() * normal / squares.sqrt().masked_fill(squares == 0, 1.0)
        rest = (1 - (rows**2).sum(-1)).clamp(min=finfo(like.dtype).tiny)
        return rows + rest.sqrt().diag_embed()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        eta, rest = self.concentration, self.dim - 1
        powers = 2 * (eta - 1).unsqueeze(-1) + self.dim - self._numbers(2, self.dim + 1)
        diagonal = value.diagonal(dim1=-2, dim2=-1).narrow(-1, 1, rest)
        alpha = eta + 0.5 * rest
        norm = 0.5 * rest * math.log(math.pi) + mvlgamma(alpha - 0.5, rest) - alpha.lgamma() * rest
        return (powers * diagonal.log()).sum(-1) - norm
