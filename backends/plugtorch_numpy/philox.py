"""Random numbers from a counter: Philox4x32-10, in NumPy.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011. Ten rounds of multiplying and mixing turn (key, counter) into four random 32-bit words.
There is no state to advance: any part of a stream can be computed alone, in any order, anywhere.

The stream is the same for every shape and dtype:

    key      = the seed's lower 32 bits, then its upper 32 bits
    counter  = offset + j, 64 bits wide, as two words, the lower first; the upper two words are 0
    word[4j], word[4j + 1], word[4j + 2], word[4j + 3] = Philox4x32-10(counter offset + j, key)
    pair[m]  = word[2m] 2^32 + word[2m + 1]         the even word is the upper one

seed and offset are taken modulo 2^64, so negative seeds are fine. A draw of n elements that take k
words each uses the ceil(n k / 4) counters from offset on.
"""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BLOCK = 4096  # counters at a time: the six arrays of that length stay in the cache
AHEAD = 512  # counters: as many as take little longer than one
SIGNIFICAND = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}  # bits

_64_BITS = 2**64 - 1
_32_BITS = 2**32 - 1
_32 = np.array(32, np.uint64)


def words(seed: int, offset: int, count: int) -> Array:
    """The first ``count`` words of the stream that starts at counter ``offset``, as uint32.

    >>> [f"{word:08x}" for word in words(seed=0, offset=0, count=4)]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """

    def write(pairs: Array, out: Array) -> None:
        out[:] = _split(pairs)

    return _fill(np.empty(count, np.uint32), 4, seed, offset, write)


def bits(shape: tuple[int, ...], seed: int, offset: int) -> Array:
    """Whole numbers of 63 random bits, as int64: element i is the top 63 bits of pair[i].

    >>> hex(bits((), seed=0, offset=0) * 2)
    '0x6627e8d5e169c58c'
    """

    def write(pairs: Array, out: Array) -> None:
        np.right_shift(pairs, 1, out=out.view(np.uint64))

    return _fill(np.empty(shape, np.int64), 2, seed, offset, write)


def uniform(shape: tuple[int, ...], seed: int, offset: int, dtype: np.dtype[Any]) -> Array:
    """Numbers in [0, 1).

    float32, float16, bfloat16: element i is the top 24, 11 or 8 bits of word[i], over 2^24, 2^11
    or 2^8. float64: the top 53 bits of pair[i], over 2^53. Each fits its dtype exactly, so that
    nothing rounds up to 1.

    >>> uniform((2,), seed=0, offset=0, dtype=np.dtype("float32"))
    array([0.39904642, 0.88052016], dtype=float32)
    """
    size = SIGNIFICAND[dtype.name]

    def write(pairs: Array, out: Array) -> None:
        if size == 53:
            whole: Array = np.right_shift(pairs, 64 - size, out=pairs).view(np.int64)
        else:
            whole = _split(pairs)
            whole = np.right_shift(whole, 32 - size, out=whole).view(np.int32)
        # signed, because processors convert signed numbers faster
        wide = out if size >= 24 else np.empty(out.shape, np.float32)
        np.copyto(wide, whole, casting="same_kind")
        np.multiply(wide, 2.0**-size, out=wide)
        if wide is not out:
            out[:] = wide

    return _fill(np.empty(shape, dtype), 2 if size == 53 else 4, seed, offset, write)


def normal(shape: tuple[int, ...], seed: int, offset: int, dtype: np.dtype[Any]) -> Array:
    """Numbers of mean 0 and variance 1, by the transform of G. E. P. Box and M. E. Muller (1958).

    With u = uniform(...) of the same seed and offset, for every m:

        z[2m]     = sqrt(-2 ln(1 - u[2m])) cos(2 pi u[2m + 1])
        z[2m + 1] = sqrt(-2 ln(1 - u[2m])) sin(2 pi u[2m + 1])

    1 - u is never 0, so every z is finite: at most 5.77 in float32, 8.58 in float64. float16 and
    bfloat16 are the float32 numbers, rounded.

    >>> normal((2,), seed=0, offset=0, dtype=np.dtype("float64")).round(6)
    array([-0.090473, -1.005132])
    """
    kind = np.dtype(np.float64 if dtype == np.float64 else np.float32)
    size = SIGNIFICAND[kind.name]

    def write(pairs: Array, out: Array) -> None:
        if size == 53:
            first, second = pairs[0::2] >> np.uint64(11), pairs[1::2] >> np.uint64(11)
        else:
            first, second = pairs >> np.uint64(40), (pairs << _32) >> np.uint64(40)
        radius = first.view(np.int64).astype(kind)
        np.multiply(radius, -(2.0**-size), out=radius)
        np.add(radius, 1, out=radius)  # 1 - u, exactly
        np.log(radius, out=radius)
        np.multiply(radius, -2, out=radius)
        np.sqrt(radius, out=radius)
        angle = second.view(np.int64).astype(kind)
        np.multiply(angle, 2 * math.pi * 2.0**-size, out=angle)
        np.multiply(radius, np.cos(angle), out=out[0::2], casting="same_kind")
        np.multiply(radius, np.sin(angle, out=angle), out=out[1::2], casting="same_kind")

    return _fill(np.empty(shape, dtype), 2 if size == 53 else 4, seed, offset, write)


# -- blocks ----------------------------------------------------------------------------------------


def _fill(
    result: Array,
    per_counter: int,
    seed: int,
    offset: int,
    write: Callable[[Array, Array], None],
) -> Array:
    """Fill ``result``, block by block: ``write(pairs, out)`` may overwrite its pairs."""
    flat = result.reshape(-1)
    step = BLOCK * per_counter
    for start in range(0, flat.size, step):
        out = flat[start : start + step]
        counters = -(-out.size // per_counter)
        pairs = _pairs(seed, offset + start // per_counter, counters)
        if out.size == counters * per_counter:
            write(pairs, out)
        else:  # the last counter gives more than is wanted
            whole = np.empty(counters * per_counter, out.dtype)
            write(pairs, whole)
            out[:] = whole[: out.size]
    return result


def _split(pairs: Array) -> Array:
    """Pairs as their words, the upper first. Overwrites ``pairs``."""
    if sys.byteorder == "little":  # in memory the lower word comes first: turn it round
        upper = pairs >> _32
        np.left_shift(pairs, _32, out=pairs)
        np.bitwise_or(pairs, upper, out=pairs)
    return pairs.view(np.uint32)


def _pairs(seed: int, offset: int, counters: int) -> Array:
    """The pairs of ``counters`` consecutive counters, two each, as uint64, the caller's own."""
    if counters >= AHEAD:
        return _compute(seed, offset, counters)
    # Eighty passes over few numbers are the overhead of eighty calls: small draws share one block.
    start = offset % AHEAD
    block = _block(seed, offset - start)
    if start + counters > AHEAD:
        block = np.concatenate([block, _block(seed, offset - start + AHEAD)])
    return block[2 * start : 2 * (start + counters)].copy()


@functools.lru_cache(maxsize=8)
def _block(seed: int, offset: int) -> Array:
    return _compute(seed, offset, AHEAD)


def _compute(seed: int, offset: int, counters: int) -> Array:
    counter = np.arange(counters, dtype=np.uint64)
    counter += np.uint64(offset & _64_BITS)  # wraps around at 2^64, as it should
    state = np.zeros(2 * counters, np.uint64)
    np.left_shift(counter, _32, out=state[:counters])
    state[:counters] |= counter >> _32
    permute(state, seed)
    pairs = np.empty(2 * counters, np.uint64)
    pairs[0::2] = state[:counters]
    pairs[1::2] = state[counters:]
    return pairs


# -- the permutation -------------------------------------------------------------------------------

_M0, _M1 = np.array(0xD2511F53, np.uint64), np.array(0xCD9E8D57, np.uint64)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)  # of the golden ratio and of sqrt(3)


def permute(state: Array, seed: int) -> None:
    """Ten rounds, in place.

    state: (2 n,) uint64. The words c0, c1, c2, c3 of counter j are in state[j] = c0 2^32 + c1 and
    state[n + j] = c2 2^32 + c3. With high and low the halves of a 64-bit product, a round is

        c0, c1 = high(M1 c2) ^ c1 ^ k0, low(M1 c2)
        c2, c3 = high(M0 c0) ^ c3 ^ k1, low(M0 c0)

    so that each half of the state becomes the other half's product, ^ its own lower word moved up,
    ^ its key moved up. Two words in one 64-bit number save all masking and half of the passes.
    """
    n = len(state) // 2
    first, second = state[:n], state[n:]
    upper, products = np.empty_like(state), np.empty_like(state)
    c0, c2 = upper[:n], upper[n:]
    for_first, for_second = products[:n], products[n:]
    for k0, k1 in _round_keys(seed):
        np.right_shift(state, _32, upper)
        np.multiply(c0, _M0, for_second)
        np.multiply(c2, _M1, for_first)
        np.left_shift(state, _32, state)
        np.bitwise_xor(state, products, state)
        np.bitwise_xor(first, k0, first)
        np.bitwise_xor(second, k1, second)


@functools.lru_cache(maxsize=32)
def _round_keys(seed: int) -> list[tuple[Array, Array]]:
    """The keys of the rounds, moved up. 0-d arrays: NumPy would convert a number at every call."""

    def schedule(word: int, step: int) -> list[Array]:
        return [np.array((word + i * step & _32_BITS) << 32, np.uint64) for i in range(10)]

    k0, k1 = seed & _32_BITS, seed >> 32 & _32_BITS
    return list(zip(schedule(k0, _KEY_STEPS[0]), schedule(k1, _KEY_STEPS[1]), strict=True))
