"""Linear layers."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.errors import ShapeError
from plugtorch.functional import bilinear, linear
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


class Identity(Module):
    """Gives back its input. Takes any arguments and ignores them.

    As torch.nn.Identity.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input


class Linear(Module):
    """x weight^T + bias.

    in_features, out_features: the last sizes of the input, (..., in_features), and of the result.
    bias: False for none. Both start uniform within 1/sqrt(in_features), as PyTorch's do.

    Raises ShapeError, when called, for an input whose last size is another.

    >>> import plugtorch
    >>> plugtorch.nn.Linear(20, 30)(plugtorch.zeros(128, 20)).shape
    plugtorch.Size([128, 30])

    As torch.nn.Linear.
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty((out_features, in_features), device=device, dtype=dtype))
        self.bias = Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        # kaiming_uniform_ with this slope is uniform within 1/sqrt(in_features)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None and self.in_features > 0:
            bound = 1 / math.sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        try:
            return linear(input, self.weight, self.bias)
        except ShapeError as error:
            if input.shape[-1:] == (self.in_features,):
                raise
            raise ShapeError(
                f"[Linear] got an input of shape {tuple(input.shape)}, needed (..., "
                f"{self.in_features}): "
                f"in_features is {self.in_features}, out_features {self.out_features}."
            ) from error

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, {bias=}"


class Bilinear(Module):
    """y_o = sum_ij x1_i weight_oij x2_j + bias_o.

    in1_features, in2_features: the last sizes of the two inputs. out_features: that of the result.
    Weight and bias start uniform within 1/sqrt(in1_features).

    Raises ShapeError, when called, for inputs of other sizes.

    >>> import plugtorch
    >>> plugtorch.nn.Bilinear(3, 4, 5)(plugtorch.zeros(2, 3), plugtorch.zeros(2, 4)).shape
    plugtorch.Size([2, 5])

    As torch.nn.Bilinear.
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        shape = (out_features, in1_features, in2_features)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        self.bias = Parameter(empty(out_features, device=device, dtype=dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )
