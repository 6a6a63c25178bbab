"""Convolution and its two adjoints: what each asks of the device.

Operands must be contiguous; sizes are arguments, so a text serves every shape of its rank that has
the same tile. No size of a result may be 0, nor may the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.render import convolution_adjoint, convolution_plans
from plugtorch_opencl.render import convolution_geometry as geometry
from plugtorch_opencl.render.matmul_text import SUMMED
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.work import View, Work

BUILDS: dict[str, Callable[..., geometry.Geometry]] = {
    "convolution": geometry.forward,
    "convolution_input": convolution_adjoint.of_input,
    "convolution_weight": geometry.of_weight,
}


def needs_contiguous(name: str) -> bool:
    """Whether the operands must be contiguous: always."""
    return name in BUILDS


def work(
    traits: Traits, name: str, operands: tuple[View, ...], result: View, **parameters: Any
) -> Work:
    """The launches of one of the three primitives, with the primitive's own parameters.

    Raises UnsupportedError for a dtype the device has not.
    """
    dtype = result.dtype
    if dtype not in SUMMED:
        raise UnsupportedError(f"[{name}] there is no convolution of {dtype}. Convert it first.")
    if dtype == "float64" and not traits.float64:
        raise UnsupportedError(
            f"[{name}] {traits.name} cannot compute with float64. Use float32 or another device."
        )
    windows = {word: parameters[word] for word in ("stride", "padding", "dilation", "groups")}
    shapes = (operands[0].shape, operands[1].shape, result.shape)

    def shaped(framed: bool) -> geometry.Geometry:
        return BUILDS[name](*shapes, **windows, framed=framed)

    splits = name == "convolution_weight"
    return convolution_plans.plan(traits, dtype, shaped, bias=len(operands) > 2, splits=splits)
