"""Convolutions and transposed convolutions over one, two and three spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.autocasting import LOWER, autocasts
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.functional.checks import per_axis
from plugtorch.ops import convolution as ops
from plugtorch.storage import TensorBase
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of

Sizes = int | Sequence[int]


@autocasts(LOWER)
def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: str | Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """As ``conv2d`` over one spatial axis: input (N, C, L) or (C, L), weight (O, C/groups, K).

    >>> import plugtorch
    >>> x, weight = plugtorch.arange(5.0).reshape(1, 5), plugtorch.ones(1, 1, 2)
    >>> plugtorch.nn.functional.conv1d(x, weight, stride=3)
    tensor([[1., 7.]])

    Source: torch.nn.functional.conv1d.
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


@autocasts(LOWER)
def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: str | Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """y[o, i] = sum over c, k of x[c, i stride + k dilation - padding] weight[o, c, k] + bias[o].

    input: (N, C, H, W) or (C, H, W). weight: (O, C/groups, K, K). bias: (O,) or None. stride,
    dilation: a number for each spatial axis, or one for all. padding: so many zeros at both ends,
    "valid" for none, or "same" for a result of the input's size (stride 1). groups: into how many
    runs channels and filters are divided, each of which sees only its own.

    Raises ShapeError where sizes do not fit, DTypeError for different dtypes, ArgumentError for a
    padding of another name.

    >>> import plugtorch
    >>> x, weight = plugtorch.ones(1, 1, 3, 3), plugtorch.ones(1, 1, 3, 3)
    >>> plugtorch.nn.functional.conv2d(x, weight, padding=1)[0, 0]
    tensor([[4., 6., 4.],
            [6., 9., 6.],
            [4., 6., 4.]])

    Source: torch.nn.functional.conv2d.
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


@autocasts(LOWER)
def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: str | Sizes = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """As ``conv2d`` over three spatial axes: input (N, C, D, H, W) or (C, D, H, W).

    Source: torch.nn.functional.conv3d.
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


@autocasts(LOWER)
def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """As ``conv_transpose2d`` over one spatial axis.

    Source: torch.nn.functional.conv_transpose1d.
    """
    return _transpose(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@autocasts(LOWER)
def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """The adjoint of a convolution: every element of input adds its multiple of the kernel.

    input: (N, C, H, W) or (C, H, W). weight: (C, O/groups, K, K). Each spatial size n becomes
    (n - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1. output_padding: less than
    stride or dilation; it chooses between the sizes that a convolution takes to the same n.

    Raises ShapeError where sizes do not fit, DTypeError for different dtypes.

    >>> import plugtorch
    >>> x, weight = plugtorch.ones(1, 1, 1, 2), plugtorch.ones(1, 1, 1, 3)
    >>> plugtorch.nn.functional.conv_transpose2d(x, weight, stride=2)
    tensor([[[[1., 1., 2., 1., 1.]]]])

    Source: torch.nn.functional.conv_transpose2d.
    """
    return _transpose(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@autocasts(LOWER)
def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """As ``conv_transpose2d`` over three spatial axes.

    Source: torch.nn.functional.conv_transpose3d.
    """
    return _transpose(3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _convolve(
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: str | Sizes,
    dilation: Sizes,
    groups: int,
) -> Any:
    name = f"conv{n}d"
    x, batched = _ready(name, n, x, weight, bias)
    steps, gaps = per_axis(name, "stride", stride, n), per_axis(name, "dilation", dilation, n)
    if isinstance(padding, str):
        pairs = _named(name, padding, shape_of(weight)[2:], steps, gaps)
    else:
        pairs = tuple([(p, p) for p in per_axis(name, "padding", padding, n, 0)])
    result = ops.convolution(
        x,
        weight,
        *(() if bias is None else (bias,)),
        stride=steps,
        padding=pairs,
        dilation=gaps,
        groups=groups,
    )
    return result if batched else result.squeeze(0)


def _transpose(
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Sizes,
    padding: Sizes,
    output_padding: Sizes,
    groups: int,
    dilation: Sizes,
) -> Any:
    name = f"conv_transpose{n}d"
    x, batched = _ready(name, n, x, weight, bias)
    steps, gaps = per_axis(name, "stride", stride, n), per_axis(name, "dilation", dilation, n)
    edges = per_axis(name, "padding", padding, n, 0)
    extra = per_axis(name, "output_padding", output_padding, n, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, steps, gaps)):
        raise ArgumentError(
            f"[{name}] output_padding {extra} must be smaller than stride {steps} or dilation "
            f"{gaps}."
        )
    kernel, given = shape_of(weight)[2:], shape_of(x)[2:]
    size = tuple(
        [
            (i - 1) * s - 2 * p + d * (k - 1) + e + 1
            for i, s, p, d, k, e in zip(given, steps, edges, gaps, kernel, extra)
        ]
    )
    if min(size) < 1:
        raise ShapeError(
            f"[{name}] input {shape_of(x)} with weight {shape_of(weight)} would give a size of "
            f"{size}. Use less padding."
        )
    # so much less after the end that a convolution of the result has as many windows as the input
    pairs = tuple([(p, p - e) for p, e in zip(edges, extra)])
    result = ops.convolution_input(
        x, weight, size=size, stride=steps, padding=pairs, dilation=gaps, groups=groups
    )
    if bias is not None:
        channels = shape_of(result)[1]
        if shape_of(bias) != (channels,):
            raise ShapeError(f"[{name}] bias has shape {shape_of(bias)}, needed ({channels},).")
        result = result + bias.reshape(channels, *(1,) * n)
    return result if batched else result.squeeze(0)


def _ready(name: str, n: int, x: Any, weight: Any, bias: Any) -> tuple[Any, bool]:
    """The input with a batch axis, and whether it had one."""
    for what, tensor in (("input", x), ("weight", weight)):
        if not isinstance(tensor, TensorBase):
            raise DTypeError(f"[{name}] {what} must be a tensor, got {type(tensor).__name__}.")
    if x.dtype is not weight.dtype or (bias is not None and bias.dtype is not x.dtype):
        third = "" if bias is None else f" and a bias of {bias.dtype}"
        raise DTypeError(
            f"[{name}] got an input of {x.dtype}, a weight of {weight.dtype}{third}, needed one "
            "dtype. Convert the input with .to(weight.dtype), or the module with .to(input.dtype)."
        )
    if not x.dtype.is_floating_point:
        raise DTypeError(f"[{name}] needs a floating-point input, got {x.dtype}. Use .float().")
    axes = len(shape_of(x))
    if len(shape_of(weight)) != n + 2 or axes not in (n + 1, n + 2):
        raise ShapeError(
            f"[{name}] input {shape_of(x)} and weight {shape_of(weight)} must have {n + 2} axes, "
            f"the input {n + 1} without a batch."
        )
    return (x, True) if axes == n + 2 else (x.unsqueeze(0), False)


def _named(
    name: str, padding: str, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: Any
) -> tuple[tuple[int, int], ...]:
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding != "same":
        raise ArgumentError(
            f'[{name}] there is no padding {padding!r}. Use "same", "valid" or numbers.'
        )
    if set(stride) != {1}:
        raise ArgumentError(f'[{name}] padding "same" needs a stride of 1, got {stride}.')
    reach = [d * (k - 1) for d, k in zip(dilation, kernel)]
    return tuple([(n // 2, n - n // 2) for n in reach])  # an odd one is larger at the end
