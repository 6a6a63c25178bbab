"""Random bits are Philox4x32-10 at any place of the stream, and what is made of them is random."""

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from plugtorch_numpy import philox, special

FLOAT32, FLOAT64 = np.dtype("float32"), np.dtype("float64")
FLOAT16, BFLOAT16 = np.dtype("float16"), np.dtype(ml_dtypes.bfloat16)
ALL = [FLOAT16, BFLOAT16, FLOAT32, FLOAT64]
MASK = 2**32 - 1


def reference(counter: int, seed: int) -> list[int]:
    """Philox4x32-10 as the paper has it, of one counter of 128 bits."""
    c0, c1, c2, c3 = (counter >> 32 * i & MASK for i in range(4))
    k0, k1 = seed & MASK, seed >> 32 & MASK
    for _ in range(10):
        left, right = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = right >> 32 ^ c1 ^ k0, right & MASK, left >> 32 ^ c3 ^ k1, left & MASK
        k0, k1 = k0 + 0x9E3779B9 & MASK, k1 + 0xBB67AE85 & MASK
    return [c0, c1, c2, c3]


# -- the words -------------------------------------------------------------------------------------


ZERO, FULL = "00000000", "ffffffff"


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ([ZERO] * 4, [ZERO] * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ([FULL] * 4, [FULL] * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            ["243f6a88", "85a308d3", "13198a2e", "03707344"],
            ["a4093822", "299f31d0"],
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_the_known_answers(counter: list[str], key: list[str], expected: str) -> None:
    """The vectors that the authors publish with their library Random123."""
    c, k = [int(word, 16) for word in counter], [int(word, 16) for word in key]
    seed = k[0] | k[1] << 32
    state = np.array([c[0] << 32 | c[1], c[2] << 32 | c[3]], np.uint64)
    philox.permute(state, seed)
    found = [w for pair in state.tolist() for w in (pair >> 32, pair & MASK)]
    assert " ".join(f"{w:08x}" for w in found) == expected
    assert reference(sum(w << 32 * i for i, w in enumerate(c)), seed) == found


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**64 - 1, 0x0123456789ABCDEF])
@pytest.mark.parametrize("offset", [0, 1, 507, 511, 2**32 - 2, 2**63, 2**64 - 3])
def test_word_after_word(seed: int, offset: int) -> None:
    expected = [w for j in range(6) for w in reference((offset + j) % 2**64, seed)]
    assert philox.words(seed, offset, 23).tolist() == expected[:23]


def test_negative_seeds_are_taken_modulo_two_to_the_64() -> None:
    assert philox.words(-1, 0, 8).tolist() == philox.words(2**64 - 1, 0, 8).tolist()


def test_a_stream_is_the_same_in_one_piece_and_in_many() -> None:
    sizes = [
        4,
        8,
        400,
        4 * philox.AHEAD - 8,
        4 * philox.AHEAD,
        4 * philox.BLOCK,
        4 * philox.BLOCK + 64,
    ]
    whole = philox.words(7, 100, sum(sizes))
    pieces, offset = [], 100
    for size in sizes:
        pieces.append(philox.words(7, offset, size))
        offset += size // 4
    assert np.array_equal(whole, np.concatenate(pieces))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 4 * philox.AHEAD - 1, 4 * philox.BLOCK + 1])
def test_fewer_words_are_the_first_ones(count: int) -> None:
    more = philox.words(3, 9, 4 * philox.BLOCK + 8)
    fewer = philox.words(3, 9, count)
    assert fewer.dtype == np.uint32
    assert np.array_equal(fewer, more[:count])


def test_the_same_again() -> None:
    """A draw works in place; what small draws share must stay as it was."""
    for draw in (
        lambda: philox.words(5, 2, 40),
        lambda: philox.bits((9,), 5, 2),
        lambda: philox.uniform((9,), 5, 2, FLOAT64),
        lambda: philox.normal((9,), 5, 2, FLOAT32),
    ):
        first = draw()
        first_values = first.copy()
        first[:] = 0
        assert np.array_equal(draw(), first_values)


def test_neighbouring_offsets_and_seeds_share_no_words() -> None:
    pairs = [philox.bits((2000,), seed, offset) for seed in (0, 1) for offset in (0, 1000, 2000)]
    assert np.unique(np.concatenate(pairs)).size == 12_000


# -- the numbers made of them ----------------------------------------------------------------------


def test_bits_are_the_upper_63_of_each_pair() -> None:
    words = philox.words(11, 5, 2 * 50).astype(object)
    found = philox.bits((5, 10), 11, 5)
    assert found.dtype == np.int64
    assert found.shape == (5, 10)
    assert found.ravel().tolist() == [
        (a << 32 | b) >> 1 for a, b in zip(words[::2], words[1::2], strict=True)
    ]


def test_uniform_numbers_are_the_top_bits() -> None:
    words = philox.words(11, 5, 200).astype(object)
    for dtype, size in ((FLOAT16, 11), (BFLOAT16, 8), (FLOAT32, 24)):
        found = philox.uniform((100,), 11, 5, dtype)
        assert found.dtype == dtype
        assert found.astype(float).tolist() == [(w >> 32 - size) / 2**size for w in words[:100]]
    found = philox.uniform((100,), 11, 5, FLOAT64)
    pairs = [a << 32 | b for a, b in zip(words[::2], words[1::2], strict=True)]
    assert found.tolist() == [(p >> 11) / 2**53 for p in pairs]


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_normal_numbers_are_the_transform_of_uniform_ones(dtype: np.dtype[Any]) -> None:
    kind = FLOAT64 if dtype == FLOAT64 else FLOAT32
    u = philox.uniform((1000,), 4, 1, kind).astype(np.float64)
    radius, angle = np.sqrt(-2 * np.log1p(-u[::2])), 2 * math.pi * u[1::2]
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel()
    found = philox.normal((1000,), 4, 1, dtype)
    assert found.dtype == dtype
    tolerance = {FLOAT64: 1e-14, FLOAT32: 2e-6, FLOAT16: 2e-3, BFLOAT16: 1.3e-2}[dtype]
    np.testing.assert_allclose(found.astype(np.float64), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("make", [philox.uniform, philox.normal])
@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_shapes_do_not_change_the_numbers(make: Any, dtype: np.dtype[Any]) -> None:
    line = make((4 * philox.BLOCK + 100,), 1, 2, dtype)
    for shape in ((), (0,), (3, 0), (1,), (7,), (3, 5), (2, 3, 5, 7), (4 * philox.BLOCK + 3,)):
        found = make(shape, 1, 2, dtype)
        assert found.shape == shape
        assert np.array_equal(found.ravel(), line[: found.size])


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_uniform_numbers_are_below_one(dtype: np.dtype[Any]) -> None:
    """The extreme words, which no draw can be waited for, go through the same writing."""
    bits = philox.SIGNIFICAND[dtype.name]
    top = np.array((2.0**bits - 1) / 2.0**bits)
    assert top.astype(dtype) == top < 1
    found = philox.uniform((2**17,), 8, 0, dtype)
    assert found.min() >= 0
    assert found.max() < 1
    if bits < 12:  # then every value has come
        assert np.unique(found).size == 2**bits


def distance(sample: Any, distribution: Any) -> float:
    """Kolmogorov and Smirnov's, from the sample's distribution to the right one, times sqrt n."""
    n = sample.size
    right = distribution(np.sort(sample.astype(np.float64)))
    steps = np.arange(n + 1) / n
    return math.sqrt(n) * float(max(np.max(steps[1:] - right), np.max(right - steps[:-1])))


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_uniform_numbers_are_uniform(dtype: np.dtype[Any], seed: int) -> None:
    n = 200_000
    x = philox.uniform((n,), seed, 0, dtype).astype(np.float64)
    assert abs(x.mean() - 1 / 2) < 4 / math.sqrt(12 * n)
    assert abs(x.var() - 1 / 12) < 4 / math.sqrt(180 * n)
    assert distance(x, lambda t: t) < 1.95  # exceeded by chance once in a thousand times
    for lag in (1, 2, 3, 4, 8):
        assert abs(np.corrcoef(x[:-lag], x[lag:])[0, 1]) < 4 / math.sqrt(n)


@pytest.mark.parametrize("dtype", [FLOAT32, FLOAT64], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_normal_numbers_are_normal(dtype: np.dtype[Any], seed: int) -> None:
    n = 200_000
    z = philox.normal((n,), seed, 0, dtype).astype(np.float64)
    assert abs(z.mean()) < 4 / math.sqrt(n)
    assert abs(z.var() - 1) < 4 * math.sqrt(2 / n)
    assert abs((z**3).mean()) < 4 * math.sqrt(15 / n)
    assert abs((z**4).mean() - 3) < 4 * math.sqrt(96 / n)
    assert distance(z, lambda t: (1 + special.erf(t / math.sqrt(2))) / 2) < 1.95
    # both of a pair have one radius and one angle, and yet know nothing of each other
    assert abs(np.corrcoef(z[::2], z[1::2])[0, 1]) < 4 / math.sqrt(n / 2)
    assert abs(np.corrcoef(z[::2] ** 2, z[1::2] ** 2)[0, 1]) < 4 / math.sqrt(n / 2)


def test_every_bit_is_one_half_of_the_time() -> None:
    n = 50_000
    bits = philox.bits((n,), 3, 0)
    assert bits.min() >= 0
    for i in range(63):
        assert abs((bits >> i & 1).mean() - 1 / 2) < 4 / math.sqrt(4 * n), f"bit {i}"
