"""The layers' products."""

from __future__ import annotations

from plugtorch.autocasting import LOWER, WIDEST, autocasts
from plugtorch.errors import DTypeError, ShapeError
from plugtorch.ops import matmul
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of


@autocasts(LOWER)
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x weight^T + bias.

    input: (..., I). weight: (O, I). bias: (O,) or None. Result: (..., O). All in one dtype.

    Raises ShapeError and DTypeError where these do not fit.

    >>> import plugtorch
    >>> x, weight, bias = plugtorch.tensor([1.0, 2.0]), plugtorch.ones(3, 2), plugtorch.zeros(3)
    >>> plugtorch.nn.functional.linear(x, weight, bias)
    tensor([3., 3., 3.])

    As torch.nn.functional.linear.
    """
    if input.dtype is not weight.dtype or (bias is not None and bias.dtype is not weight.dtype):
        third = "" if bias is None else f" and a bias of {bias.dtype}"
        raise DTypeError(
            f"[linear] got an input of {input.dtype}, a weight of {weight.dtype}{third}, needed "
            "one dtype. "
            "Convert the input with .to(weight.dtype), or the module with .to(input.dtype)."
        )
    sizes = shape_of(weight)
    if bias is None or len(sizes) != 2 or not shape_of(input):
        return _in_parts(input, weight, bias)
    if sizes[0] != 1 and shape_of(bias) == (1,):
        bias = bias.expand(sizes[0])
    return matmul.linear(input, weight, bias)


def _in_parts(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if x.ndim == 0 or weight.ndim not in (1, 2) or x.shape[-1] != weight.shape[-1]:
        raise ShapeError(
            f"[linear] input {tuple(x.shape)} does not fit weight {tuple(weight.shape)}: "
            "the last sizes must be equal."
        )
    product = x @ (weight.mT if weight.ndim == 2 else weight)
    return product if bias is None else product + bias


@autocasts(elsewhere=WIDEST)
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y_o = sum_ij x1_i weight_oij x2_j + bias_o.

    input1: (..., I). input2: (..., J). weight: (O, I, J). bias: (O,) or None. Result: (..., O).

    Raises ShapeError where these do not fit.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[1.0, 2.0]])
    >>> plugtorch.nn.functional.bilinear(x, x, plugtorch.ones(1, 2, 2))
    tensor([[9.]])

    As torch.nn.functional.bilinear.
    """
    first, second = tuple(input1.shape), tuple(input2.shape)
    if (
        weight.ndim != 3
        or first[:-1] != second[:-1]
        or (first[-1], second[-1]) != tuple(weight.shape[1:])
    ):
        raise ShapeError(
            f"[bilinear] inputs {first} and {second} do not fit weight {tuple(weight.shape)}: "
            "needed (..., I), "
            "(..., J) and (O, I, J)."
        )
    outputs, size, other = weight.shape
    product = input1 @ weight.permute(1, 0, 2).reshape(size, outputs * other)  # (..., O J)
    product = product.reshape((*first[:-1], outputs, other))
    result = (product * input2.unsqueeze(-2)).sum(-1)
    return result if bias is None else result + bias
