"""Clipping gradients, and parameters as one vector."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.nn.utils import (
    clip_grad,
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    convert_parameters,
    get_total_norm,
    parameters_to_vector,
    vector_to_parameters,
)

SHAPES = [(3, 4), (5,), (), (1, 1), (0,)]


def parameters(dtype: str = "float64") -> tuple[list[Any], list[Any]]:
    """Parameters of all shapes, with gradients and one without; their gradients' values."""
    random = numpy.random.default_rng(1)
    made, values = [], []
    for shape in SHAPES:
        p = plugtorch.zeros(shape, dtype=getattr(plugtorch, dtype), requires_grad=True)
        values.append(numpy.asarray(3 * random.normal(size=shape), dtype))
        p.grad = plugtorch.tensor(values[-1])
        made.append(p)
    made.insert(2, plugtorch.zeros(3, requires_grad=True))
    return made, values


def gradients(made: list[Any]) -> list[Any]:
    return [p.grad.cpu().numpy() for p in made if p.grad is not None]


def test_all_gradients_are_one_vector() -> None:
    made, values = parameters()
    norm = math.sqrt(sum((v**2).sum() for v in values))
    total = clip_grad_norm_(made, 0.5)
    assert total.item() == pytest.approx(norm)
    for now, was in zip(gradients(made), values, strict=True):
        numpy.testing.assert_allclose(now, was * 0.5 / (norm + 1e-6), rtol=1e-12)
    assert get_total_norm(p.grad for p in made if p.grad is not None).item() == pytest.approx(
        0.5, rel=1e-6
    )


def test_small_gradients_stay_bit_for_bit() -> None:
    made, values = parameters()
    tensors = [p.grad for p in made]
    clip_grad_norm_(made, 1e6)
    clip_grad_norm_(iter(made), math.inf)
    for now, was in zip(gradients(made), values, strict=True):
        assert numpy.array_equal(now, was)
    assert all(p.grad is t for p, t in zip(made, tensors, strict=True))


def test_element_by_element() -> None:
    made, values = parameters()
    clip_grad_value_(made, 1)
    for now, was in zip(gradients(made), values, strict=True):
        assert numpy.array_equal(now, was.clip(-1, 1))
    clip_grad_value_(made[0], 0.25)  # one tensor alone
    assert made[0].grad.abs().max().item() == 0.25


@pytest.mark.parametrize("order", [1, 2, 3.5, math.inf, 0.5])
def test_orders(order: float) -> None:
    made, values = parameters()
    made, values = made[:-1], values[:-1]  # nothing is the largest of no elements
    flat = numpy.concatenate([v.ravel() for v in values])
    norm = numpy.abs(flat).max() if order == math.inf else (abs(flat) ** order).sum() ** (1 / order)
    assert clip_grad_norm_(made, 0.5, order).item() == pytest.approx(norm)
    for now, was in zip(gradients(made), values, strict=True):
        numpy.testing.assert_allclose(now, was * 0.5 / (norm + 1e-6), rtol=1e-12)


def test_a_norm_of_more_than_these() -> None:
    made, values = parameters()
    clip_grads_with_norm_(made[0], 1.0, plugtorch.tensor(4.0))
    numpy.testing.assert_allclose(made[0].grad.cpu().numpy(), values[0] / 4, rtol=1e-6)
    assert numpy.array_equal(made[1].grad.cpu().numpy(), values[1])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_norm_that_is_not_finite(bad: float) -> None:
    made, values = parameters()
    made[0].grad[1, 2] = bad
    with pytest.raises(
        ArgumentError, match=r"\[get_total_norm\] the norm of order 2.0 is (nan|inf)"
    ):
        clip_grad_norm_(made, 1.0, error_if_nonfinite=True)
    assert numpy.array_equal(made[1].grad.cpu().numpy(), values[1])  # nothing has changed
    assert not clip_grad_norm_(made, 1.0).isfinite()


def test_nothing_to_clip() -> None:
    bare = plugtorch.zeros(2, requires_grad=True)
    assert clip_grad_norm_([bare], 1.0).item() == 0
    assert clip_grad_norm_([], 1.0).item() == 0
    clip_grad_value_([bare], 1.0)
    assert bare.grad is None
    with pytest.warns(UserWarning, match="generator"):
        clip_grad_norm_((p for p in ()), 1.0)


@pytest.mark.parametrize("bad", [-1.0, math.nan])
def test_bad_bounds(bad: float) -> None:
    made, values = parameters()
    for clip in (clip_grad_norm_, clip_grad_value_):
        with pytest.raises(ArgumentError, match=rf"\[{clip.__name__}\] .* needed a number from 0"):
            clip(made, bad)
    assert numpy.array_equal(made[0].grad.cpu().numpy(), values[0])


def test_half_precision_does_not_overflow() -> None:
    p = plugtorch.zeros(300, dtype=plugtorch.float16, requires_grad=True)
    p.grad = plugtorch.full((300,), 100.0, dtype=plugtorch.float16)
    assert clip_grad_norm_([p], 1.0).item() == 1732
    assert p.grad.dtype is plugtorch.float16
    assert p.grad[0].item() == pytest.approx(100 / 1732, rel=1e-3)


def test_the_host_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = parameters()
    backend = made[0].storage.backend
    download, brought = backend.download, []

    def noted(array: Any) -> Any:
        brought.append(array)
        return download(array)

    monkeypatch.setattr(backend, "download", noted)
    clip_grad_norm_(made[:-1], 0.5)
    clip_grad_norm_(made[:-1], 0.5, math.inf)
    clip_grad_value_(made, 0.5)
    assert brought == []
    clip_grad_norm_(made, 0.5, error_if_nonfinite=True)
    assert len(brought) == 1


def test_the_old_name() -> None:
    made, _ = parameters()
    with pytest.warns(FutureWarning, match="clip_grad_norm_"):
        clip_grad_norm(made, 1.0)
    assert clip_grad.clip_grad_norm_ is clip_grad_norm_  # PyTorch's modules
    assert convert_parameters.parameters_to_vector is parameters_to_vector


def test_parameters_as_a_vector() -> None:
    model = plugtorch.nn.Linear(3, 2)
    vector = parameters_to_vector(model.parameters())
    assert vector.tolist() == [*model.weight.flatten().tolist(), *model.bias.tolist()]
    (vector * plugtorch.arange(8.0)).sum().backward()
    assert model.bias.grad.tolist() == [6.0, 7.0]

    vector_to_parameters(plugtorch.arange(8), model.parameters())
    assert model.weight.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert model.bias.tolist() == [6, 7]
    assert model.bias.dtype is plugtorch.float32
    assert model.bias.requires_grad
    for wrong in (plugtorch.zeros(7), plugtorch.zeros(9), plugtorch.zeros(2, 4)):
        with pytest.raises(ShapeError, match=r"needed \(8,\)"):
            vector_to_parameters(wrong, model.parameters())
    with pytest.raises(TypeError, match="got a list"):
        vector_to_parameters([0.0] * 8, model.parameters())  # type: ignore[arg-type]
    assert model.bias.tolist() == [6, 7]
