"""Philox4x32-10 in Python's own whole numbers: slow, and short enough to compare with the paper.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3",
SC 2011.
"""

from __future__ import annotations

Four = tuple[int, int, int, int]

_32_BITS = 2**32 - 1


def philox(counter: Four, key: tuple[int, int]) -> Four:
    """The four random words of a counter.

    Checked with the first of the known answers that the authors publish with Random123
    (``kat_vectors``); the kit's own tests have the others.

    >>> [f"{word:08x}" for word in philox((0, 0, 0, 0), (0, 0))]
    ['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8']
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * c0, 2**32)
        high1, low1 = divmod(0xCD9E8D57 * c2, 2**32)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) & _32_BITS, (k1 + 0xBB67AE85) & _32_BITS
    return c0, c1, c2, c3


def words(seed: int, offset: int, count: int) -> list[int]:
    """The first words of a seed's stream, four from each counter from ``offset`` on."""
    found: list[int] = []
    key = (seed & _32_BITS, seed >> 32 & _32_BITS)
    while len(found) < count:
        found += philox((offset & _32_BITS, offset >> 32 & _32_BITS, 0, 0), key)
        offset += 1
    return found[:count]


def pairs(seed: int, offset: int, count: int) -> list[int]:
    """Numbers of 64 bits: two words each, the first one the upper half."""
    stream = words(seed, offset, 2 * count)
    return [upper << 32 | lower for upper, lower in zip(stream[::2], stream[1::2])]
