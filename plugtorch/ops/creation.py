"""Primitives without inputs: constants, counting, random bits."""

from __future__ import annotations

from plugtorch.primitive import Primitive

full = Primitive(
    "full",
    "",
    "shape value dtype",
    shape=lambda shape, value, dtype: shape,
    gives="dtype",
    differentiable=False,
    doc="A tensor filled with one number.",
)
arange = Primitive(
    "arange",
    "",
    "start step length dtype",
    shape=lambda start, step, length, dtype: (length,),
    gives="dtype",
    differentiable=False,
    doc="start, start + step, ...: length numbers.",
)

# -- random numbers --------------------------------------------------------------------------------
#
# A stream of random words belongs to (seed, offset), the same on every device: word[4j] to
# word[4j + 3] are Philox4x32-10 (Salmon et al. 2011) of counter offset + j and key seed, each taken
# modulo 2^64 and split into two words, the lower first; the counter's upper two words are 0.
# pair[m] = word[2m] 2^32 + word[2m + 1]: the even word is the upper one. An element of 8 bytes
# takes a pair, any other a word: a draw of n elements uses the ceil(n / 2) or ceil(n / 4) counters
# from offset on. Elements are numbered in row-major order.

random_uniform = Primitive(
    "random_uniform",
    "",
    "shape seed offset dtype",
    shape=lambda shape, seed, offset, dtype: shape,
    gives="dtype",
    differentiable=False,
    doc="Numbers in [0, 1). In float32, float16 and bfloat16, element i is the top 24, 11 and 8 "
    "bits of word[i] over 2^24, 2^11 and 2^8; in float64, the top 53 bits of pair[i] over 2^53.",
)
random_normal = Primitive(
    "random_normal",
    "",
    "shape seed offset dtype",
    shape=lambda shape, seed, offset, dtype: shape,
    gives="dtype",
    differentiable=False,
    doc="Normal numbers by the Box-Muller transform. With u = random_uniform of the same seed and "
    "offset, element 2m is r cos a and element 2m + 1 is r sin a, where r = sqrt(-2 ln(1 - u[2m])) "
    "and a = 2 pi u[2m + 1]. float16 and bfloat16 are the float32 numbers, rounded.",
)
random_bits = Primitive(
    "random_bits",
    "",
    "shape seed offset dtype",
    shape=lambda shape, seed, offset, dtype: shape,
    gives="dtype",
    differentiable=False,
    doc="int64 numbers of 63 random bits. Element i is the top 63 bits of pair[i].",
)
