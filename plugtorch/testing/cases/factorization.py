"""Rows of ``plugtorch.ops.factorization``. Vectors have the signs that LAPACK gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plugtorch import lapack
from plugtorch.dtypes import float32, float64
from plugtorch.errors import ShapeError
from plugtorch.testing.cases.row import Case, Draw, Host, Refusal, Row
from plugtorch.testing.compare import Estimate

SQUARES: tuple[tuple[int, ...], ...] = ((1, 1), (3, 3), (2, 4, 4), (2, 3, 2, 2), (0, 0), (0, 2, 2))
RECTANGLES: tuple[tuple[int, ...], ...] = (
    *SQUARES[:3],
    (4, 2),
    (2, 4),
    (2, 5, 3),
    (0, 3),
    (0, 3, 2),
)
ULPS = 400  # of the largest element: conditions of these matrices are below 30


def _reference(name: str) -> Callable[..., Any]:
    def reference(*operands: Host, **parameters: Any) -> Any:
        with np.errstate(all="ignore"):
            value = lapack.KERNELS[name](*operands, **parameters)
        largest = np.nanmax(np.abs(value), initial=1.0)
        return Estimate(value, np.full(value.shape, largest))

    return reference


def _steady(draw: Draw, shape: tuple[int, ...]) -> Host:
    """Matrices with distinct singular values, far from singular."""
    rows, columns = shape[-2:]
    spread = np.zeros((rows, columns))
    np.fill_diagonal(spread, 6 + 5 * np.arange(min(rows, columns)))
    return draw("f", *shape, low=-1, high=1) + spread


def _symmetric(draw: Draw, shape: tuple[int, ...]) -> Host:
    x = _steady(draw, shape)
    return (x + np.swapaxes(x, -1, -2)) / 2


def _cases(
    make: Callable[[Draw, tuple[int, ...]], Host],
    shapes: tuple[tuple[int, ...], ...],
    *choices: dict[str, Any],
) -> Callable[[str], Iterator[Case]]:
    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(1)
        for shape in shapes:
            for parameters in choices or ({},):
                yield Case((make(draw, shape),), parameters)

    return cases


def _smooth(
    make: Callable[[Draw, tuple[int, ...]], Host],
    shapes: tuple[tuple[int, ...], ...],
    **parameters: Any,
) -> Callable[[], Iterator[Case]]:
    def smooth() -> Iterator[Case]:
        draw = Draw(2)
        for shape in shapes:
            yield Case((make(draw, shape),), parameters)

    return smooth


def _solve_cases(kind: str) -> Iterator[Case]:
    draw = Draw(3)
    for a, b in (
        ((3, 3), (3, 2)),
        ((2, 4, 4), (4, 1)),
        ((2, 2), (3, 2, 2)),
        ((0, 0), (0, 2)),
        ((2, 2), (2, 0)),
    ):
        yield Case((_steady(draw, a), draw("f", *b)))
    yield Case((np.array([[1.0, 2.0], [2.0, 4.0]]), np.ones((2, 1))))  # singular: NaN


def _solve_smooth() -> Iterator[Case]:
    draw = Draw(4)
    yield Case((_steady(draw, (3, 3)), draw("f", 3, 2)))
    yield Case((_steady(draw, (2, 2, 2)), draw("f", 2, 1)))


def _cholesky_cases(kind: str) -> Iterator[Case]:
    yield from _cases(_symmetric, SQUARES)(kind)
    # the second leading minor is negative: NaN from there on
    yield Case((np.array([[4.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),))


def _refused(**parameters: Any) -> tuple[Refusal, ...]:
    return (Refusal(Case((np.ones((2, 3)),), parameters), ShapeError), *_vector(**parameters))


def _vector(**parameters: Any) -> tuple[Refusal, ...]:
    return (Refusal(Case((np.ones(3),), parameters), ShapeError),)


def _row(name: str, cases: Any, smooth: Any, refused: tuple[Refusal, ...]) -> Row:
    return Row(
        reference=_reference(name),
        cases=cases,
        smooth=smooth,
        refused=refused,
        kinds="f",
        only=(float32, float64),
        ulps=ULPS,
    )


SMALL = ((2, 2), (3, 3), (2, 2, 2))
ROWS = {
    "cholesky": _row("cholesky", _cholesky_cases, _smooth(_symmetric, SMALL), _refused()),
    "solve": _row(
        "solve",
        _solve_cases,
        _solve_smooth,
        (
            Refusal(Case((np.ones((2, 3)), np.ones((2, 1)))), ShapeError),
            Refusal(Case((np.eye(2), np.ones((3, 1)))), ShapeError),
        ),
    ),
    "det": _row("det", _cases(_steady, SQUARES), _smooth(_steady, SMALL), _refused()),
    "slogdet": _row("slogdet", _cases(_steady, SQUARES), _smooth(_steady, SMALL), _refused()),
    "lu": _row(
        "lu", _cases(_steady, RECTANGLES), _smooth(_steady, (*SMALL, (3, 2), (2, 3))), _vector()
    ),
    "qr": _row(
        "qr",
        _cases(_steady, RECTANGLES, {"complete": False}, {"complete": True}),
        _smooth(_steady, (*SMALL, (3, 2), (2, 3)), complete=False),
        _vector(complete=False),
    ),
    "geqrf": _row("geqrf", _cases(_steady, RECTANGLES), None, _vector()),
    "eigh": _row("eigh", _cases(_symmetric, SQUARES), _smooth(_symmetric, SMALL), _refused()),
    "svd": _row(
        "svd",
        _cases(_steady, RECTANGLES, {"full": False}, {"full": True}),
        _smooth(_steady, (*SMALL, (3, 2), (2, 3)), full=False),
        _vector(full=False),
    ),
}
