"""Derivatives against central differences, along random directions.

With phi(x) = sum of w f(x) for random weights w and a random direction v:

    sum of grad phi(x) v  =  (phi(x + h v) - phi(x - h v)) / 2h        give or take h^2

A wrong element of the gradient shows, because v is nowhere 0. The second derivative is the same
question about psi(x) = sum of u grad phi(x), for random u.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.autograd import grad
from plugtorch.dtypes import dtype as DType
from plugtorch.testing.compare import Host, rounded
from plugtorch.testing.run import require

STEPS = {dtypes.float64: (2.0**-17, 1e-6), dtypes.float32: (2.0**-6, 2e-2)}
"""h, and the relative error that is left: h^2 of the third derivative, and rounding over h."""


def check_derivatives(
    function: Callable[..., Any],
    hosts: Sequence[Host],
    up: Callable[[Host, DType], Any],
    down: Callable[[Any], Host],
    kind: DType,
    what: str,
    second: bool = True,
) -> None:
    """Raise BrokenContract unless both derivatives of ``function`` at ``hosts`` are right.

    function: of as many tensors as there are hosts, to a tensor of one or more floats. up, down:
    between host arrays and tensors. kind: float64, or float32 with wide tolerances. An operand
    without a gradient must have none.
    """
    h, tolerance = STEPS[kind]
    random = np.random.default_rng(7)
    points = [np.asarray(host, np.float64) for host in hosts]
    shape = tuple(function(*_leaves(points, up, kind)).shape)
    weights = random.uniform(0.5, 1.5, shape)
    probes = [_signed(random, point.shape) for point in points]

    def phi(at: Sequence[Host]) -> float:
        values = down(function(*_leaves(at, up, kind)).detach())
        return float(np.sum(values.astype(np.float64) * weights))

    def slopes(at: Sequence[Host], create_graph: bool = False) -> tuple[list[Any], list[Any]]:
        leaves = _leaves(at, up, kind)
        result = function(*leaves)
        require(result.requires_grad, f"{what}: no gradient flows to the result")
        given = grad(
            result,
            leaves,
            up(rounded(weights, kind), kind),
            create_graph=create_graph,
            allow_unused=True,
        )
        return leaves, list(given)

    def psi(at: Sequence[Host]) -> float:
        return _dotted(slopes(at)[1], probes, down)

    leaves, first = slopes(points, create_graph=True)
    _compare(phi, first, points, h, tolerance, down, f"{what}: the derivative")
    if not second:
        return
    roots = [
        (slope, probe)
        for slope, probe in zip(first, probes)
        if slope is not None and slope.requires_grad
    ]
    if roots:
        starts = [up(rounded(probe, kind), kind) for _, probe in roots]
        again = list(grad([slope for slope, _ in roots], leaves, starts, allow_unused=True))
    else:
        again = [None] * len(leaves)
    _compare(psi, again, points, h, tolerance, down, f"{what}: the second derivative")


def _compare(
    function: Callable[[Sequence[Host]], float],
    slopes: Sequence[Any],
    points: Sequence[Host],
    h: float,
    tolerance: float,
    down: Callable[[Any], Host],
    what: str,
) -> None:
    random = np.random.default_rng(8)
    for place, (point, slope) in enumerate(zip(points, slopes)):
        of = f"{what} with respect to operand {place}" if len(points) > 1 else what
        got = np.zeros(point.shape) if slope is None else down(slope.detach()).astype(np.float64)
        require(got.shape == point.shape, f"{of} has shape {got.shape}, needed {point.shape}")
        for _ in range(2):
            v = _signed(random, point.shape)
            moved = [list(points), list(points)]
            moved[0][place], moved[1][place] = point + h * v, point - h * v
            needed = (function(moved[0]) - function(moved[1])) / (2 * h)
            said = float(np.sum(got * v))
            size = max(1.0, abs(needed), float(np.sum(np.abs(got * v))))
            right = abs(said - needed) <= tolerance * size
            require(
                right, f"{of} along a random direction is {said:.8g}, by differences {needed:.8g}"
            )


def _leaves(hosts: Sequence[Host], up: Callable[[Host, DType], Any], kind: DType) -> list[Any]:
    return [up(rounded(host, kind), kind).requires_grad_() for host in hosts]


def _dotted(slopes: Sequence[Any], probes: Sequence[Host], down: Callable[[Any], Host]) -> float:
    parts = [
        np.sum(down(slope.detach()).astype(np.float64) * probe)
        for slope, probe in zip(slopes, probes)
        if slope is not None
    ]
    return float(np.sum(parts))


def _signed(random: np.random.Generator, shape: tuple[int, ...]) -> Host:
    """Numbers from 0.5 to 1 and from -1 to -0.5."""
    return np.asarray(random.uniform(0.5, 1, shape) * random.choice([-1.0, 1.0], shape))
