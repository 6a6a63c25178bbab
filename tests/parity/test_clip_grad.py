"""Clipping gradients and parameter vectors, against PyTorch."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, assert_same, spaced, to_numpy, to_plugtorch, to_torch

import plugtorch

SHAPES = [(3, 4), (5,), (), (1, 1), (2, 0, 3), (2, 3)]
ORDERS = [2, 2.0, 1, 0, 3, 0.5, math.inf, "inf", -math.inf, -1]


def arrays(dtype: Any, scale: float, empty: bool = True) -> list[Any]:
    random = numpy.random.default_rng(5)
    made = [numpy.asarray(scale * random.normal(size=s)).astype(dtype) for s in SHAPES]
    made[0] = made[0].T
    return made if empty else [a for a in made if a.size]


def both(dtype: Any, scale: float, empty: bool = True) -> list[tuple[Any, list[Any]]]:
    """Each library, and its parameters with gradients; one of them without."""
    sides = []
    for library, convert in ((plugtorch, to_plugtorch), (torch, to_torch)):
        parameters = []
        for array in arrays(dtype, scale, empty):
            p = convert(numpy.zeros_like(array), True)
            p.grad = convert(array)
            parameters.append(p)
        parameters.insert(3, convert(numpy.zeros(3), True))
        sides.append((library, parameters))
    return sides


def gradients(parameters: list[Any]) -> list[Any]:
    return [p.grad for p in parameters if p.grad is not None]


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", BFLOAT16])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    ("scale", "limit"), [(1, 0.5), (1, 1e3), (1e-3, 1), (50, 0), (1, math.inf)]
)
def test_norms(order: Any, scale: float, limit: float, dtype: Any) -> None:
    empty = order not in (math.inf, "inf", -math.inf, -1)
    results = []
    for library, parameters in both(dtype, scale, empty):
        total = library.nn.utils.clip_grad_norm_(parameters, limit, norm_type=order)
        results.append((total, gradients(parameters)))
    assert_same(results[0], results[1])


@pytest.mark.parametrize("foreach", [None, True, False])
@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e30])
def test_extreme_gradients(scale: float, foreach: bool | None) -> None:
    results = []
    for library, parameters in both("float32", scale):
        total = library.nn.utils.clip_grad_norm_(parameters, 1.0, foreach=foreach)
        results.append((total, gradients(parameters)))
    assert_same(results[0], results[1])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("order", [2, math.inf, 1])
def test_gradients_that_are_not_finite(bad: float, order: float) -> None:
    results = []
    for library, parameters in both("float64", 1, empty=False):
        with library.no_grad():
            parameters[1].grad[2] = bad
        with pytest.raises(RuntimeError):
            library.nn.utils.clip_grad_norm_(parameters, 1.0, order, error_if_nonfinite=True)
        kept = [to_numpy(g).copy() for g in gradients(parameters)]
        for now, was in zip(kept, arrays("float64", 1, empty=False), strict=True):
            assert numpy.array_equal(now, was) or bad in now.ravel() or numpy.isnan(now).any()
        total = library.nn.utils.clip_grad_norm_(parameters, 1.0, order)
        results.append((total, gradients(parameters)))
    assert_same(results[0], results[1])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", BFLOAT16])
@pytest.mark.parametrize("limit", [0.5, 0, 1, math.inf])
def test_values(limit: float, dtype: Any) -> None:
    results = []
    for library, parameters in both(dtype, 1):
        with library.no_grad():
            parameters[1].grad[2] = math.nan
            parameters[1].grad[3] = -math.inf
        library.nn.utils.clip_grad_value_(parameters, limit)
        library.nn.utils.clip_grad_value_(parameters[0], limit)
        results.append(gradients(parameters))
    assert_same(results[0], results[1])


def test_gradients_of_several_dtypes() -> None:
    results = []
    for library, convert in ((plugtorch, to_plugtorch), (torch, to_torch)):
        parameters = []
        for dtype in ("float16", "float32", "float64", BFLOAT16):
            parameters.append(convert(numpy.zeros(2).astype(dtype), True))
            parameters[-1].grad = convert(numpy.asarray([3.0, 4.0]).astype(dtype))
        total = library.nn.utils.clip_grad_norm_(parameters, 1.0)
        results.append((total, gradients(parameters)))
    assert_same(results[0], results[1])


def test_gradients_that_are_views() -> None:
    results = []
    for library, convert in ((plugtorch, to_plugtorch), (torch, to_torch)):
        p = convert(numpy.zeros((4, 3)), True)
        whole = convert(numpy.arange(24.0).reshape(4, 6))
        p.grad = whole[:, ::2]
        library.nn.utils.clip_grad_norm_(p, 1.0)
        results.append((p.grad, whole))
    assert_same(results[0], results[1])


def test_in_two_parts() -> None:
    results = []
    for library, parameters in both("float64", 1):
        total = library.nn.utils.get_total_norm(gradients(parameters))
        empty = library.nn.utils.get_total_norm([])
        one = library.nn.utils.get_total_norm(parameters[1].grad)
        library.nn.utils.clip_grads_with_norm_(parameters[1:], 0.3, total)
        library.nn.utils.clip_grads_with_norm_(parameters[0], 0.3, one)
        results.append((total, empty, one, gradients(parameters)))
    assert_same(results[0], results[1])


def test_what_they_warn_of() -> None:
    for library, _ in both("float32", 1):
        with pytest.warns(UserWarning, match="generator"):
            library.nn.utils.clip_grad_norm_((p for p in ()), 1.0)
        with pytest.warns(FutureWarning):
            library.nn.utils.clip_grad_norm([], 1.0)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            library.nn.utils.clip_grad_norm_([], 1.0)


def test_vectors() -> None:
    results = []
    weights = numpy.random.default_rng(2).normal(size=200)
    for library, parameters in both("float64", 1):
        vector = library.nn.utils.parameters_to_vector([*parameters[1:], parameters[0].T])
        convert = to_plugtorch if library is plugtorch else to_torch
        factors = convert(weights[: vector.numel()])
        (vector * factors).square().sum().backward()
        library.nn.utils.vector_to_parameters(factors * 2, parameters)
        results.append((vector.detach(), gradients(parameters), [p.detach() for p in parameters]))
        for wrong in (factors[:-1], [1.0]):
            with pytest.raises((RuntimeError, TypeError)):
                library.nn.utils.vector_to_parameters(wrong, parameters)
    assert_same(results[0], results[1])


def test_vectors_that_are_not_contiguous() -> None:
    results = []
    values = spaced(numpy.arange(6.0))
    for library, convert in ((plugtorch, to_plugtorch), (torch, to_torch)):
        p = convert(numpy.zeros((2, 3)), True)
        library.nn.utils.vector_to_parameters(convert(values), [p])
        results.append(p.detach())
    assert_same(results[0], results[1])
