"""Primitives without inputs: constants, counting, random bits."""

from __future__ import annotations

from plugtorch.primitive import Primitive

full = Primitive(
    "full", "", "shape value dtype", shape=lambda shape, value, dtype: shape, gives="dtype",
    differentiable=False, doc="A tensor filled with one number.",
)
arange = Primitive(
    "arange", "", "start step length dtype", shape=lambda start, step, length, dtype: (length,),
    gives="dtype", differentiable=False, doc="start, start + step, ...: length numbers.",
)
random_uniform = Primitive(
    "random_uniform", "", "shape seed offset dtype", shape=lambda shape, seed, offset, dtype: shape,
    gives="dtype", differentiable=False,
    doc="Numbers in [0, 1), from Philox4x32-10 (Salmon et al. 2011) with key ``seed``. The i-th element comes "
    "from word i mod 4 of counter offset + i // 4: its top 24 bits over 2^24. float64 takes two words (an upper "
    "and a lower): its top 53 bits over 2^53.",
)
random_normal = Primitive(
    "random_normal", "", "shape seed offset dtype", shape=lambda shape, seed, offset, dtype: shape,
    gives="dtype", differentiable=False,
    doc="Normal numbers, by the Box-Muller transform of pairs of random_uniform numbers.",
)
random_bits = Primitive(
    "random_bits", "", "shape seed offset dtype", shape=lambda shape, seed, offset, dtype: shape,
    gives="dtype", differentiable=False,
    doc="int64 tensors of 63 random bits: two words of Philox each.",
)
