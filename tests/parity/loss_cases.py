"""Random operands for losses, and a loss beside PyTorch's."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy
import torch
from helpers import same, to_plugtorch, to_torch

from plugtorch import losses

REDUCTIONS = ("mean", "sum", "none")
SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4), (0,), (3, 0), (2, 1, 5)]
DTYPES = ["float64", "float32"]
LISTS = [[0, 2, -1, 3], [3, 2, 1, 0], [-1, 0, 1, 2], [1, -1, -1, -1], [2, 2, 1, -1]]
"""Right classes, as MultiLabelMarginLoss takes them."""


def draw(
    *shape: int, dtype: str = "float64", seed: int = 0, low: float = -3, high: float = 3
) -> Any:
    return numpy.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def signs(*shape: int, dtype: str = "float64", seed: int = 5) -> Any:
    return numpy.where(draw(*shape, seed=seed) > 0, 1, -1).astype(dtype)


def classes(shape: tuple[int, ...], count: int, seed: int = 1) -> Any:
    return numpy.asarray(numpy.random.default_rng(seed).integers(0, count, shape), "int64")


def grid(**options: Any) -> list[dict[str, Any]]:
    """Every combination of the values given."""
    return [dict(zip(options, values)) for values in product(*options.values())]


def both(
    name: str,
    inputs: list[Any],
    second: bool = True,
    fixed: bool = False,
    tolerances: Any = None,
    **options: Any,
) -> None:
    """The module and the function of a loss against PyTorch's. Arrays in options become tensors.

    fixed: only the first operand gets gradients.
    """
    ours_class = losses.get(name)
    theirs_class = getattr(torch.nn, ours_class.__name__)
    ours = {k: to_plugtorch(v) if isinstance(v, numpy.ndarray) else v for k, v in options.items()}
    theirs = {k: to_torch(v) if isinstance(v, numpy.ndarray) else v for k, v in options.items()}
    # of nothing, PyTorch's mean has a derivative 0 where it is 0/0
    second = second and inputs[0].size > 0
    fixed = fixed or name == "soft_margin"  # whose target PyTorch refuses to differentiate by
    leaves, constants = (inputs[:1], inputs[1:]) if fixed else (inputs, [])

    def closed(call: Any, convert: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *operands: call(*operands, *map(convert, constants))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "mean" of a divergence; shapes that broadcast
        needed = closed(theirs_class(**theirs), to_torch)
        for call in (ours_class(**ours), lambda *a: ours_class.functional(*a, **ours)):
            same(closed(call, to_plugtorch), needed, leaves, True, second, tolerances)
