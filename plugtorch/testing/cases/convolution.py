"""Rows of ``plugtorch.ops.convolution``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ShapeError
from plugtorch.testing.cases.row import FLOATS, Case, Draw, Host, Refusal, Row, each_index
from plugtorch.testing.compare import Estimate

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Sizes:
    """One convolution: x (batch, groups channels, *size), groups filters of ``kernel``."""

    size: Shape
    kernel: Shape
    stride: Shape
    padding: tuple[tuple[int, int], ...]
    dilation: Shape
    batch: int = 2
    channels: int = 2
    filters: int = 2
    groups: int = 1

    @property
    def x(self) -> Shape:
        """The input's shape."""
        return (self.batch, self.groups * self.channels, *self.size)

    @property
    def weight(self) -> Shape:
        """The weight's shape."""
        return (self.groups * self.filters, self.channels, *self.kernel)

    @property
    def result(self) -> Shape:
        """The result's shape."""
        counts = [
            (n + before + after - d * (k - 1) - 1) // s + 1
            for n, k, s, (before, after), d in zip(
                self.size, self.kernel, self.stride, self.padding, self.dilation
            )
        ]
        return (self.batch, self.groups * self.filters, *counts)

    def parameters(self, **more: Any) -> dict[str, Any]:
        """What every one of the three primitives takes."""
        return {
            **more,
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }


def _same(n: int, around: int) -> tuple[tuple[int, int], ...]:
    return ((around, around),) * n


SIZES = [
    Sizes((5,), (3,), (1,), _same(1, 0), (1,)),
    Sizes((4, 5), (3, 2), (1, 1), _same(2, 1), (1, 1), channels=3),
    Sizes((6, 5), (3, 3), (2, 2), _same(2, 1), (1, 1), groups=2),
    Sizes((7, 6), (2, 3), (1, 3), _same(2, 0), (3, 2), filters=1),
    Sizes((4, 4), (2, 2), (1, 1), ((0, 1), (1, 0)), (1, 1), batch=1),  # longer at one end
    Sizes((4, 5), (2, 2), (1, 2), ((-1, 2), (1, -1)), (1, 1)),  # some cut off
    Sizes((3, 4), (1, 1), (1, 1), _same(2, 0), (1, 1), channels=3, filters=4),
    Sizes((3, 4), (1, 1), (1, 1), _same(2, 0), (1, 1), channels=3, groups=3, filters=1),
    Sizes((5, 4), (3, 3), (1, 1), _same(2, 1), (1, 1), groups=3, channels=1, filters=1),
    Sizes((3, 3), (3, 3), (1, 1), _same(2, 0), (1, 1), filters=5),  # a single window
    Sizes((7, 7), (3, 3), (1, 1), _same(2, 1), (1, 1), batch=3, channels=5, filters=4),
    Sizes((2, 3, 4), (2, 2, 2), (1, 1, 2), _same(3, 1), (1, 2, 1)),
    Sizes((4, 4), (2, 2), (1, 1), _same(2, 0), (1, 1), batch=0),
]
SMALL = [
    Sizes((4,), (2,), (1,), ((1, 0),), (2,), batch=1),
    Sizes((3, 3), (2, 2), (2, 1), ((1, 1), (0, 1)), (1, 1), batch=1, channels=1, groups=2),
    Sizes((2, 2), (1, 1), (1, 1), _same(2, 0), (1, 1), batch=1),
]


def _meetings(
    x: Shape, weight: Shape, count: Shape, parameters: dict[str, Any]
) -> Iterator[tuple[Shape, Shape, Shape]]:
    """Places of x, weight and result that meet in a product."""
    channels, filters = weight[1], weight[0] // parameters["groups"]
    for place in each_index((x[0], weight[0], *count)):
        n, o, *window = place
        for c, *inside in each_index(weight[1:]):
            at = [
                i * s + k * d - before
                for i, k, s, (before, _), d in zip(
                    *(window, inside, parameters["stride"], parameters["padding"]),
                    parameters["dilation"],
                )
            ]
            if all(0 <= a < size for a, size in zip(at, x[2:])):
                source = (n, o // filters * channels + c, *at)
                yield source, (o, c, *inside), place


def _sums(shape: Shape) -> tuple[dict[Shape, list[float]], Callable[[], Estimate]]:
    """Terms of each element of a result, and what they add up to."""
    terms: dict[Shape, list[float]] = {place: [] for place in each_index(shape)}

    def added() -> Estimate:
        value, size = np.zeros(shape), np.zeros(shape)
        for place, listed in terms.items():
            finite = all(math.isfinite(term) for term in listed)
            value[place] = math.fsum(listed) if finite else sum(listed)
            size[place] = math.fsum(map(abs, listed)) if finite else 1
        return Estimate(value, size)

    return terms, added


def _convolution(x: Host, weight: Host, *bias: Host, **parameters: Any) -> Estimate:
    count = tuple(
        (n + before + after - d * (k - 1) - 1) // s + 1
        for n, k, s, (before, after), d in zip(
            *(x.shape[2:], weight.shape[2:], parameters["stride"], parameters["padding"]),
            parameters["dilation"],
        )
    )
    terms, added = _sums((x.shape[0], weight.shape[0], *count))
    for source, w, place in _meetings(x.shape, weight.shape, count, parameters):
        terms[place].append(float(x[source]) * float(weight[w]))
    if bias:
        for place, listed in terms.items():
            listed.append(float(bias[0][place[1]]))
    return added()


def _input(gradient: Host, weight: Host, size: Shape, **parameters: Any) -> Estimate:
    x = (gradient.shape[0], weight.shape[1] * parameters["groups"], *size)
    terms, added = _sums(x)
    for source, w, place in _meetings(x, weight.shape, gradient.shape[2:], parameters):
        terms[source].append(float(gradient[place]) * float(weight[w]))
    return added()


def _weight(x: Host, gradient: Host, kernel: Shape, **parameters: Any) -> Estimate:
    weight = (gradient.shape[1], x.shape[1] // parameters["groups"], *kernel)
    terms, added = _sums(weight)
    for source, w, place in _meetings(x.shape, weight, gradient.shape[2:], parameters):
        terms[w].append(float(x[source]) * float(gradient[place]))
    return added()


def _cases(make: Callable[[Sizes, Callable[..., Host]], Iterator[Case]], listed: Any) -> Any:
    """Cases of one primitive over the sizes listed, with exact or with distinct numbers."""

    def cases(kind: str = "") -> Iterator[Case]:
        draw = Draw(1)
        for sizes in listed:
            if kind:
                yield from make(sizes, lambda *shape: draw(kind, *shape, low=-2, high=2))
            else:
                yield from make(sizes, draw.distinct)

    return cases


def _of_convolution(sizes: Sizes, draw: Callable[..., Host]) -> Iterator[Case]:
    operands = (draw(*sizes.x), draw(*sizes.weight))
    yield Case(operands, sizes.parameters())
    yield Case((*operands, draw(sizes.weight[0])), sizes.parameters())


def _of_input(sizes: Sizes, draw: Callable[..., Host]) -> Iterator[Case]:
    yield Case((draw(*sizes.result), draw(*sizes.weight)), sizes.parameters(size=sizes.size))


def _of_weight(sizes: Sizes, draw: Callable[..., Host]) -> Iterator[Case]:
    yield Case((draw(*sizes.x), draw(*sizes.result)), sizes.parameters(kernel=sizes.kernel))


def _extremes(kind: DType) -> Iterator[Case]:
    # what is not finite stays in the windows that have it
    x, weight = np.ones((1, 2, 4, 5)), np.ones((2, 2, 2, 2))
    x[0, 0, 1, 3], x[0, 1, 3, 0], weight[1, 1] = np.inf, np.nan, 2
    yield Case((x, weight), SIZES[6].parameters())


def _refused(make: str, **changes: Any) -> Refusal:
    usual: dict[str, Any] = {"x": (1, 4, 5, 5), "weight": (2, 4, 3, 3), "result": (1, 2, 3, 3)}
    usual |= {"groups": 1, "padding": _same(2, 0)} | changes
    options = {name: usual[name] for name in ("groups", "padding")}
    options |= {"stride": (1, 1), "dilation": (1, 1)}
    x, weight, result = [np.ones(usual[name]) for name in ("x", "weight", "result")]
    if make == "convolution":
        bias = [np.ones(usual["bias"])] if "bias" in usual else []
        return Refusal(Case((x, weight, *bias), options), ShapeError)
    if make == "input":
        return Refusal(Case((result, weight), {"size": (5, 5), **options}), ShapeError)
    return Refusal(Case((x, result), {"kernel": (3, 3), **options}), ShapeError)


ROWS = {
    "convolution": Row(
        reference=_convolution,
        cases=_cases(_of_convolution, SIZES),
        extremes=_extremes,
        smooth=_cases(_of_convolution, SMALL),
        refused=(
            _refused("convolution", x=(1, 3, 5, 5)),
            _refused("convolution", x=(1, 4, 2, 5)),
            _refused("convolution", groups=2),
            _refused("convolution", bias=(3,)),
        ),
        kinds=FLOATS,
        ulps=4,
    ),
    "convolution_input": Row(
        reference=_input,
        cases=_cases(_of_input, SIZES),
        smooth=_cases(_of_input, SMALL),
        refused=(_refused("input", result=(1, 3, 3, 3)), _refused("input", result=(1, 2, 4, 3))),
        kinds=FLOATS,
        ulps=4,
    ),
    "convolution_weight": Row(
        reference=_weight,
        cases=_cases(_of_weight, SIZES),
        smooth=_cases(_of_weight, SMALL),
        refused=(_refused("weight", result=(1, 2, 2, 3)), _refused("weight", result=(2, 2, 3, 3))),
        kinds=FLOATS,
        ulps=4,
    ),
}
