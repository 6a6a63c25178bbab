"""How far to go along a line: to a point that is low and flat enough, by cubic interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

LOWER, FLATTER = 1e-4, 0.9  # c1 and c2 of the conditions, as usual for quasi-Newton methods


class Point(NamedTuple):
    """A place on the line: how far along, the value there, its gradient, and its slope."""

    t: float
    value: float
    gradient: Any
    slope: float


def strong_wolfe(
    probe: Callable[[float], Point],
    start: Point,
    t: float,
    longest: float,
    tolerance: float,
    most: int,
) -> tuple[Point, int]:
    """A point with value <= f + c1 t s and |slope| <= c2 |s|, and how often ``probe`` was called.

    f and s < 0 are the value and the slope at ``start``. First go on until such a point lies
    between two others; then narrow these. The lowest found, if ``most`` trials end it, or an
    interval in which no element moves by ``tolerance``.

    probe: the point at t. t: the first to try. longest: the largest element of the direction.

    >>> parabola = lambda t: Point(t, (t - 3) ** 2, None, 2 * (t - 3))
    >>> strong_wolfe(parabola, parabola(0), 0.1, 1.0, 1e-9, 25)[0].t
    1.0

    Source: Nocedal and Wright (2006), Numerical Optimization, algorithms 3.5 and 3.6; the trial
    points are those of ``torch.optim.LBFGS``.
    """

    def too_high(point: Point) -> bool:
        return point.value > start.value + LOWER * point.t * start.slope

    def flat(point: Point) -> bool:
        return abs(point.slope) <= -FLATTER * start.slope

    before, point, trials = start, probe(t), 0
    while trials < most:
        if too_high(point) or (trials > 1 and point.value >= before.value):
            break
        if flat(point):
            return point, trials + 1
        if point.slope >= 0:
            break
        nearest = point.t + 0.01 * (point.t - before.t)
        t = _lowest(before, point, nearest, 10 * point.t)
        before, point, trials = point, probe(t), trials + 1
    else:
        before = start

    pair = [before, point]  # with the lower one at low, the other at 1 - low
    low = int(not pair[0].value <= pair[1].value)
    stalled = False
    while trials < most:
        left, right = sorted((pair[0].t, pair[1].t))
        if right == left or (right - left) * longest < tolerance:
            break
        t = _lowest(pair[0], pair[1], left, right)
        margin = 0.1 * (right - left)
        near = min(right - t, t - left) < margin
        if near and (stalled or not left < t < right):
            # twice beside an end, the interval would hardly shrink
            t = right - margin if right - t < t - left else left + margin
            near = False
        stalled = near
        point, trials = probe(t), trials + 1
        if too_high(point) or point.value >= pair[low].value:
            pair[1 - low] = point
            low = int(not pair[0].value <= pair[1].value)
            continue
        if flat(point):
            return point, trials + 1
        if point.slope * (pair[1 - low].t - pair[low].t) >= 0:
            pair[1 - low] = pair[low]
        pair[low] = point
    return pair[low], trials + 1


def _lowest(one: Point, other: Point, least: float, greatest: float) -> float:
    """Where the cubic through both, with their slopes, is lowest; kept within the bounds."""
    left, right = (one, other) if one.t <= other.t else (other, one)
    width = right.t - left.t
    bend = left.slope + right.slope - 3 * (right.value - left.value) / width
    inside = bend * bend - left.slope * right.slope
    if not inside >= 0:  # it has no lowest point, or a value is NaN
        return (least + greatest) / 2
    root = math.sqrt(inside)
    rise, total = right.slope + root - bend, right.slope - left.slope + 2 * root
    if not total:  # a straight line
        return (least + greatest) / 2 if not rise else least if rise > 0 else greatest
    return min(max(right.t - width * (rise / total), least), greatest)
