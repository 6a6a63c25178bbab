"""What an operation asks of the device: kernels to launch, in order, each with its arguments.

Made by ``render``, carried out by ``launch``; neither a driver nor memory is at hand here.
"""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int, ...]

ITEM_SIZE = {
    "float16": 2,
    "bfloat16": 2,
    "float32": 4,
    "float64": 8,
    "uint8": 1,
    "int8": 1,
    "int16": 2,
    "int32": 4,
    "int64": 8,
    "bool": 1,
}


@dataclass(frozen=True)
class View:
    """How an operand lies in its buffer, in elements.

    Element (i, j ...) is at the operand's offset + i strides[0] + j strides[1] ... A stride of 0
    repeats an element, a negative one runs backwards. The offset is known only at the launch.
    """

    dtype: str
    shape: Shape
    strides: Shape


@dataclass(frozen=True)
class Argument:
    """One argument of a kernel.

    kind: "operand", "result" or "scratch" is the buffer number ``value`` of its sort; with
    "_offset" behind it, the ulong where that begins in its buffer, in elements. "result_at" is the
    ulong ``value`` elements behind where the result begins. Anything else is a
    C type ("uint", "ulong", "int", "long", "float", "double") and ``value`` the number itself.
    """

    kind: str
    value: int | float


@dataclass(frozen=True)
class Launch:
    """One kernel: ``name`` in the program ``text``, over ``items`` in groups of ``group``."""

    name: str
    text: str
    items: Shape
    group: Shape
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Work:
    """The launches that compute one result, in order, and the scratch memory they share.

    scratch: (dtype, elements) of each; every scratch begins at a multiple of 128 bytes. A result is
    contiguous, of the shape that the operation gives, and shares memory with no operand.
    """

    launches: tuple[Launch, ...]
    scratch: tuple[tuple[str, int], ...] = ()
