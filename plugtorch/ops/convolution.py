"""Convolution over any number of spatial axes, and its two adjoints.

A convolution is linear in its input and in its weight, so each of the three is the gradient of the
other two, in every order:

    <g, convolution(x, w)> = <x, convolution_input(g, w)> = <w, convolution_weight(x, g)>

convolution_input is also what is called the transposed convolution. A device computes each as one
product of matrices whose operand is read through windows (an implicit GEMM): nothing else is
needed.

x is (N, C, *size), weight (O, C/groups, *kernel), the result and ``gradient`` (N, O, *count). All
three take the same parameters, a number for each spatial axis: ``stride``, ``dilation`` and
``padding``, which is a pair of zeros before and after the axis; a negative one cuts elements off.
"""

from __future__ import annotations

from plugtorch.errors import ShapeError
from plugtorch.primitive import Primitive, Shape

Pairs = tuple[tuple[int, int], ...]


def window_counts(
    name: str, size: Shape, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> Shape:
    """How many windows of ``kernel`` fit along each axis: floor((size - reach) / stride) + 1."""
    if not len(size) == len(kernel) == len(stride) == len(padding) == len(dilation):
        raise ShapeError(
            f"[{name}] got {len(size)} spatial axes, a kernel of {len(kernel)}, and {len(stride)} "
            f"strides, {len(padding)} paddings, {len(dilation)} dilations: needed one for each."
        )
    if min(stride, default=1) < 1 or min(dilation, default=1) < 1 or min(kernel, default=1) < 1:
        raise ShapeError(
            f"[{name}] kernel {kernel}, stride {stride} and dilation {dilation} must be at least 1."
        )
    counts = []
    for n, k, s, (before, after), d in zip(size, kernel, stride, padding, dilation):
        room, reach = n + before + after, d * (k - 1) + 1
        if room < reach:
            raise ShapeError(
                f"[{name}] a kernel of {kernel} with dilation {dilation} reaches over {reach} "
                f"elements, but the input of {size} with padding {padding} has {room}. Use a "
                "smaller kernel or more padding."
            )
        counts.append((room - reach) // s + 1)
    return tuple(counts)


def _channels(name: str, x: Shape, weight: Shape, groups: int) -> None:
    if len(x) != len(weight) or len(x) < 3:
        raise ShapeError(
            f"[{name}] input {x} does not fit weight {weight}: needed (N, C, *size) and "
            "(O, C/groups, *kernel) with as many axes."
        )
    if groups < 1 or weight[0] % groups:
        raise ShapeError(
            f"[{name}] {groups} groups do not divide the {weight[0]} filters of weight {weight}."
        )
    if x[1] != weight[1] * groups:
        raise ShapeError(
            f"[{name}] input {x} has {x[1]} channels, but weight {weight} with {groups} group(s) "
            f"needs {weight[1] * groups}."
        )


def _convolved(
    x: Shape,
    weight: Shape,
    *bias: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Shape:
    name = f"conv{len(weight) - 2}d"
    _channels(name, x, weight, groups)
    if bias and bias[0] != weight[:1]:
        raise ShapeError(
            f"[{name}] bias {bias[0]} does not fit weight {weight}: needed {weight[:1]}."
        )
    counts = window_counts(name, x[2:], weight[2:], stride, padding, dilation)
    return (x[0], weight[0], *counts)


def _input_shape(
    gradient: Shape,
    weight: Shape,
    size: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Shape:
    name = f"conv_transpose{len(weight) - 2}d"
    if len(gradient) != len(weight) or gradient[1:2] != weight[:1]:
        raise ShapeError(
            f"[{name}] input {gradient} does not fit weight {weight}: needed "
            f"(N, {weight[0]}, ...) with {len(weight)} axes."
        )
    x = (gradient[0], weight[1] * groups, *size)
    _channels(name, x, weight, groups)
    counts = window_counts(name, size, weight[2:], stride, padding, dilation)
    if counts != gradient[2:]:
        raise ShapeError(
            f"[{name}] a result of {size} has {counts} windows, but the input {gradient} has "
            f"{gradient[2:]}."
        )
    return x


def _weight_shape(
    x: Shape,
    gradient: Shape,
    kernel: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Shape:
    name = "convolution_weight"
    weight = (gradient[1], x[1] // max(groups, 1), *kernel)
    _channels(name, x, weight, groups)
    counts = window_counts(name, x[2:], kernel, stride, padding, dilation)
    if gradient != (x[0], weight[0], *counts):
        raise ShapeError(
            f"[{name}] gradient {gradient} does not fit input {x}, which has {counts} windows."
        )
    return weight


convolution = Primitive(
    "convolution",
    "x weight *bias",
    "stride padding dilation groups",
    shape=_convolved,
    doc="y[n, o, i] = sum over c, k of x[n, c, i stride + k dilation - padding] weight[o, c, k], "
    "plus bias[o] where there is one. With groups, each of as many runs of filters sees only its "
    "run of channels.",
)
convolution_input = Primitive(
    "convolution_input",
    "gradient weight",
    "size stride padding dilation groups",
    shape=_input_shape,
    doc="The adjoint of convolution in x, of spatial ``size``: what each element of gradient was "
    "computed from gets it back, times the weight it had.",
)
convolution_weight = Primitive(
    "convolution_weight",
    "x gradient",
    "kernel stride padding dilation groups",
    shape=_weight_shape,
    doc="The adjoint of convolution in weight, of spatial size ``kernel``: the sum over windows of "
    "what a weight was multiplied with, times the gradient of what it gave.",
)


@convolution.gradient("x")
def _(gradient, weight, x_shape, stride, padding, dilation, groups):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return convolution_input(gradient, weight, size=x_shape[2:], **options)


@convolution.gradient("weight")
def _(gradient, x, weight_shape, stride, padding, dilation, groups):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return convolution_weight(x, gradient, kernel=weight_shape[2:], **options)


@convolution.gradient("bias")
def _(gradient, x_shape):
    return gradient.sum((0, *range(2, len(x_shape))))


@convolution_input.gradient("gradient")
def _(gradient, weight, stride, padding, dilation, groups):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return convolution(gradient, weight, **options)


@convolution_input.gradient("weight")
def _(outer, gradient, weight_shape, stride, padding, dilation, groups):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return convolution_weight(outer, gradient, kernel=weight_shape[2:], **options)


@convolution_weight.gradient("x")
def _(outer, gradient, x_shape, stride, padding, dilation, groups):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return convolution_input(gradient, outer, size=x_shape[2:], **options)


@convolution_weight.gradient("gradient")
def _(outer, x, stride, padding, dilation, groups):
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return convolution(x, outer, **options)
