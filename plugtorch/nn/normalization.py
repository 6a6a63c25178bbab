"""Normalisation over the last axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import functional as F
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


def _shape(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)


class LayerNorm(Module):
    """(x - mean) / sqrt(var + eps) weight + bias, with mean and variance over the last axes.

    normalized_shape: the sizes of those axes; an int for one. elementwise_affine: whether there are
    a weight (ones to begin with) and, unless bias is False, a bias (zeros).

    Raises ShapeError, when called, for an input with other last sizes.

    >>> import plugtorch
    >>> plugtorch.nn.LayerNorm(2, elementwise_affine=False)(plugtorch.tensor([[1.0, 3.0]]))
    tensor([[-1.0000,  1.0000]])

    Ba et al. 2016, arXiv:1607.06450; torch.nn.LayerNorm.
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine

        def parameter(wanted: bool) -> Parameter | None:
            shape = self.normalized_shape
            return Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None

        self.register_parameter("weight", parameter(elementwise_affine))
        self.register_parameter("bias", parameter(elementwise_affine and bias))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Back to a weight of ones and a bias of zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        affine, bias = self.elementwise_affine, self.bias is not None
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={affine}, {bias=}"


class RMSNorm(Module):
    """x / sqrt(mean(x^2) + eps) weight, with the mean over the last axes.

    normalized_shape: the sizes of those axes; an int for one. eps: None for the dtype's own
    precision. elementwise_affine: whether there is a weight; ones to begin with.

    Raises ShapeError, when called, for an input with other last sizes.

    >>> import plugtorch
    >>> plugtorch.nn.RMSNorm(2)(plugtorch.tensor([[1.0, 7.0]])).detach()
    tensor([[0.2000, 1.4000]])

    Zhang and Sennrich 2019, arXiv:1910.07467; torch.nn.RMSNorm.
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _shape(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        weight = None
        if elementwise_affine:
            weight = Parameter(empty(self.normalized_shape, device=device, dtype=dtype))
        self.register_parameter("weight", weight)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Back to a weight of ones."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
