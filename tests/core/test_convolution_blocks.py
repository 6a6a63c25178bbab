"""The NumPy backend's convolutions and pooling in small blocks give what they give in one: edges
between blocks lie elsewhere for every size of block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugtorch_numpy.kernels import convolution, normalization, pooling

RANDOM = np.random.default_rng(3)


def random(*shape: int) -> Any:
    return RANDOM.normal(size=shape)


SIZES: list[tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]] = [
    ((5, 4, 9), (6, 2, 3), {"stride": (2,), "padding": ((1, 1),), "dilation": (1,), "groups": 2}),
    (
        (3, 4, 9, 7),
        (5, 4, 3, 2),
        {"stride": (1, 1), "padding": ((1, 2), (0, 1)), "dilation": (2, 1), "groups": 1},
    ),
    (
        (3, 4, 9, 7),
        (5, 4, 3, 2),
        {"stride": (2, 3), "padding": ((1, 0), (2, -1)), "dilation": (1, 2), "groups": 1},
    ),
    (
        (2, 2, 5, 4, 3),
        (3, 2, 2, 2, 2),
        {"stride": (1,) * 3, "padding": ((1, 1),) * 3, "dilation": (1,) * 3, "groups": 1},
    ),
]


def results(x: Any, weight: Any, options: Any) -> list[Any]:
    y = convolution.convolution(x, weight, **options)
    back = convolution.convolution_input(y, weight, size=x.shape[2:], **options)
    return [y, back, convolution.convolution_weight(x, y, kernel=weight.shape[2:], **options)]


@pytest.mark.parametrize("block", [1, 50, 300, 1000])
@pytest.mark.parametrize(("x", "weight", "options"), SIZES)
def test_convolution(
    block: int, x: Any, weight: Any, options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, weight = random(*x), random(*weight)
    whole = results(x, weight, options)
    monkeypatch.setattr(convolution, "BLOCK", block)
    monkeypatch.setattr(convolution, "FEWEST", 1)
    for part, expected in zip(results(x, weight, options), whole, strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("x", "weight", "options"), SIZES)
def test_both_ways_back_to_the_input_agree(x: Any, weight: Any, options: Any) -> None:
    if set(options["stride"]) != {1}:
        return
    x, weight = random(*x), random(*weight)
    groups, filters = options["groups"], weight.shape[0]
    gradient = convolution.convolution(x, weight, **options)
    turned = convolution._turned(gradient, weight, options["padding"], options["dilation"], groups)
    spread = convolution._spread(
        gradient,
        weight.reshape(groups, filters // groups, -1),
        weight.shape[2:],
        x.shape[2:],
        *options.values(),
    )
    np.testing.assert_allclose(turned, spread, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("block", [1, 100])
def test_pooling(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x = random(3, 4, 9, 7)
    options: Any = {"kernel": (3, 2), "stride": (2, 1), "padding": ((1, 1), (0, 1))}
    dilated = {**options, "dilation": (1, 1)}

    def all_of_it() -> list[Any]:
        largest, sums = pooling.max_pool(x, **dilated), pooling.sum_pool(x, **options)
        index = pooling.max_pool_index(x, largest, **dilated)
        return [largest, index, sums, pooling.sum_pool_input(sums, size=(9, 7), **options)]

    whole = all_of_it()
    monkeypatch.setattr(pooling, "BLOCK", block)
    for part, expected in zip(all_of_it(), whole, strict=True):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("axes", [(1,), (0,), (0, 2), (1, 2), (0, 1, 2), (0, 1)])
def test_standardisation(axes: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    x, g = random(5, 6, 7), random(5, 6, 7)

    def both() -> list[Any]:
        options: Any = {"axes": axes, "eps": 1e-5}
        return [
            normalization.standardize(x, **options),
            normalization.standardize_slope(g, x, **options),
        ]

    whole = both()
    monkeypatch.setattr(normalization, "BLOCK", 1)
    for part, expected in zip(both(), whole, strict=True):
        np.testing.assert_allclose(part, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("axes", [(0,), (1,)])
def test_standardisation_of_many_keeps_its_digits(axes: tuple[int, ...]) -> None:
    shape = (100_000, 2) if axes == (0,) else (2, 100_000)
    x = (random(*shape) + 5).astype(np.float32)
    exact = normalization.standardize(x.astype(np.float64), axes, 1e-5)
    assert np.abs(normalization.standardize(x, axes, 1e-5) - exact).max() < 5e-6
