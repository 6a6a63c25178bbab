"""A primitive: a name, a shape-and-dtype rule, a gradient rule. And how a call becomes a kernel and
a node.

    tanh = elementwise("tanh", doc="Hyperbolic tangent.")

    @tanh.gradient
    def _(gradient, output):
        return gradient * (1 - output * output)

A gradient rule is written in tensor operations and names what it needs: inputs by name, ``output``,
the shape of an input as ``x_shape``, parameters by name. Only what is named is kept for backward. A
rule need not undo broadcasting: the walk does.
"""

from plugtorch.primitive.elementwise import Elementwise, elementwise
from plugtorch.primitive.faults import (
    Shape,
    all_tensors,
    broadcast,
    different_devices,
    explain,
    missing_dtype,
    not_a_tensor,
    same_type,
)
from plugtorch.primitive.matching import (
    ANY,
    FLOAT,
    NUMERIC,
    SIGNED,
    WHOLE,
    as_number,
    cast,
    common_dtype,
    match,
    to_device,
    together,
    wrap_number,
)
from plugtorch.primitive.movement import Movement
from plugtorch.primitive.primitive import PRIMITIVES, Plan, Primitive

__all__ = [
    "ANY",
    "FLOAT",
    "NUMERIC",
    "PRIMITIVES",
    "SIGNED",
    "WHOLE",
    "Elementwise",
    "Movement",
    "Plan",
    "Primitive",
    "Shape",
    "all_tensors",
    "as_number",
    "broadcast",
    "cast",
    "common_dtype",
    "different_devices",
    "elementwise",
    "explain",
    "match",
    "missing_dtype",
    "not_a_tensor",
    "same_type",
    "to_device",
    "together",
    "wrap_number",
]
