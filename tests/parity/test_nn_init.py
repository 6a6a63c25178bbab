"""Starting values and nn.utils against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, copy_state, same_error, to_numpy

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
RANDOM = numpy.random.default_rng(11)


def random(*shape: int, kind: str = "float32") -> Any:
    return RANDOM.normal(0, 1.5, shape).astype(BFLOAT16 if kind == "bfloat16" else kind)


def pair(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    return getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)


# -- starting values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args"),
    [("Linear", (200, 150)), ("Bilinear", (30, 20, 40)), ("Embedding", (300, 100))]
    + [("RNNCell", (100, 150)), ("LSTMCell", (100, 60)), ("GRUCell", (100, 80))],
)
def test_layers_start_from_the_same_distributions(name: str, args: Any) -> None:
    ours, theirs = pair(name, *args)
    for (key, a), (_, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        same_distribution(a, b, key)


def same_distribution(ours: Any, theirs: Any, what: str = "") -> None:
    """Equal deciles, within what their number allows."""
    a, b = to_numpy(ours).ravel(), to_numpy(theirs).ravel()
    deciles = numpy.linspace(0.1, 0.9, 9)
    slack = 10 * b.std() / numpy.sqrt(b.size)
    quantiles = numpy.quantile(a, deciles), numpy.quantile(b, deciles)
    numpy.testing.assert_allclose(*quantiles, atol=slack, rtol=0, err_msg=what)


@pytest.mark.parametrize(
    ("name", "options"),
    [("uniform_", {}), ("uniform_", {"a": -2.0, "b": 5.0}), ("normal_", {})]
    + [("normal_", {"mean": 3.0, "std": 0.5}), ("trunc_normal_", {})]
    + [("trunc_normal_", {"mean": 1.0, "std": 3.0, "a": 0.0, "b": 2.0})]
    + [("trunc_normal_", {"std": 0.02, "a": -2.0, "b": 2.0})]
    + [("xavier_uniform_", {}), ("xavier_uniform_", {"gain": 2.0}), ("xavier_normal_", {})]
    + [("kaiming_uniform_", {}), ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"})]
    + [("kaiming_normal_", {}), ("kaiming_normal_", {"a": 0.5}), ("orthogonal_", {"gain": 3.0})],
)
@pytest.mark.parametrize("shape", [(200, 100), (40, 30, 4, 5)])
def test_init(name: str, options: Any, shape: tuple[int, ...]) -> None:
    ours, theirs = plugtorch.zeros(shape), torch.zeros(shape)
    returned = getattr(nn.init, name)(ours, **options)
    assert returned is ours
    getattr(TN.init, name)(theirs, **options)
    same_distribution(ours, theirs, name)
    bounds = options.get("a"), options.get("b")
    if name == "trunc_normal_" and None not in bounds:
        assert bounds[0] <= float(ours.min()) <= float(ours.max()) <= bounds[1]


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [("constant_", (2, 3), {"val": 0.3}), ("ones_", (3,), {}), ("zeros_", (3,), {})]
    + [("eye_", (3, 5), {}), ("dirac_", (4, 3, 5), {}), ("dirac_", (4, 2, 3, 3), {"groups": 2})]
    + [("dirac_", (3, 5, 2, 3, 4), {})],
)
def test_init_without_chance(name: str, shape: tuple[int, ...], options: Any) -> None:
    ours, theirs = plugtorch.full(shape, 7.0), torch.full(shape, 7.0)
    getattr(nn.init, name)(ours, **options)
    getattr(TN.init, name)(theirs, **options)
    assert (to_numpy(ours) == to_numpy(theirs)).all()


@pytest.mark.parametrize(
    ("name", "shape"),
    [("eye_", (3,)), ("dirac_", (3, 3)), ("xavier_uniform_", (3,)), ("kaiming_normal_", (3,))]
    + [("orthogonal_", (3,)), ("sparse_", (3,)), ("xavier_normal_", ())],
)
def test_init_refuses_shapes(name: str, shape: tuple[int, ...]) -> None:
    options = {"sparsity": 0.5} if name == "sparse_" else {}
    same_error(
        lambda: getattr(nn.init, name)(plugtorch.zeros(shape), **options),
        lambda: getattr(TN.init, name)(torch.zeros(shape), **options),
    )


@pytest.mark.parametrize(
    "name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"]
)
def test_gain(name: str) -> None:
    assert nn.init.calculate_gain(name) == TN.init.calculate_gain(name)
    assert nn.init.calculate_gain("leaky_relu", 0.3) == TN.init.calculate_gain("leaky_relu", 0.3)


def test_gain_of_something_else() -> None:
    same_error(
        lambda: nn.init.calculate_gain("what"),
        lambda: TN.init.calculate_gain("what"),
    )


# -- nn.utils --------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [2.0, 1.0, numpy.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clipping_by_norm(norm_type: float, max_norm: float) -> None:
    arrays = [random(3, 4), random(5), numpy.asarray(random())]
    ours = [nn.Parameter(plugtorch.from_numpy(a)) for a in arrays]
    theirs = [TN.Parameter(torch.from_numpy(a)) for a in arrays]
    for library, parameters in ((plugtorch, ours), (torch, theirs)):
        sum((p * p).sum() for p in parameters[:2]).backward()
        total = library.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type)
        parameters.append(total)
    for a, b in zip(ours[:2], theirs[:2], strict=True):
        numpy.testing.assert_allclose(to_numpy(a.grad), to_numpy(b.grad), rtol=1e-5)
    assert ours[2].grad is None
    numpy.testing.assert_allclose(ours[-1].item(), theirs[-1].item(), rtol=1e-5)


def test_clipping_by_value_and_vectors() -> None:
    ours, theirs = pair("Linear", 3, 2)
    copy_state(ours, theirs)
    for library, layer in ((plugtorch, ours), (torch, theirs)):
        (layer(library.full((4, 3), 2.0)) ** 2).sum().backward()
        library.nn.utils.clip_grad_value_(layer.parameters(), 0.75)
        vector = library.nn.utils.parameters_to_vector(layer.parameters())
        library.nn.utils.vector_to_parameters(vector.detach() * 2, layer.parameters())
    for (_, a), (_, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        numpy.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-6)
        numpy.testing.assert_allclose(to_numpy(a.grad), to_numpy(b.grad), rtol=1e-6)


def test_a_norm_that_is_not_finite() -> None:
    def clip(library: Any) -> Any:
        p = library.nn.Parameter(library.zeros(2))
        p.grad = library.tensor([numpy.inf, 1.0])
        library.nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)

    same_error(lambda: clip(plugtorch), lambda: clip(torch))
    with pytest.raises(ValueError, match=r"needed \(9,\)"):
        nn.utils.vector_to_parameters(plugtorch.zeros(8), nn.Linear(2, 3).parameters())
