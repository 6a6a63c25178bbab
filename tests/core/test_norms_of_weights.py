"""Norms of weights and parametrizations, without PyTorch at hand."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.nn.utils import parametrizations, parametrize


def array(x: Any) -> Any:
    return x.detach().cpu().numpy()


def test_a_weight_normalised_has_its_length() -> None:
    layer = parametrizations.weight_norm(nn.Linear(5, 3))
    with plugtorch.no_grad():
        layer.parametrizations.weight.original0.fill_(2.0)
    numpy.testing.assert_allclose(numpy.linalg.norm(array(layer.weight), axis=1), 2.0, rtol=1e-5)


def test_the_older_weight_norm_is_the_same_function() -> None:
    layer = nn.Linear(5, 3)
    x = plugtorch.randn(2, 5)
    before = array(layer(x))
    with pytest.warns(FutureWarning, match="parametrizations"):
        nn.utils.weight_norm(layer)
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight_g", "weight_v"]
    numpy.testing.assert_allclose(array(layer(x)), before, rtol=1e-4, atol=1e-6)
    layer(x).sum().backward()
    assert layer.weight_g.grad is not None
    nn.utils.remove_weight_norm(layer)
    assert [name for name, _ in layer.named_parameters()] == ["bias", "weight"]
    numpy.testing.assert_allclose(array(layer(x)), before, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("norm", [nn.utils.spectral_norm, parametrizations.spectral_norm])
def test_the_largest_singular_value_becomes_one(norm: Any) -> None:
    plugtorch.manual_seed(0)
    layer = norm(nn.Linear(6, 4))
    for _ in range(60):
        layer(plugtorch.randn(2, 6))
    layer.eval()
    layer(plugtorch.randn(2, 6))
    values = numpy.linalg.svd(array(layer.weight), compute_uv=False)
    numpy.testing.assert_allclose(values[0], 1, rtol=1e-3)
    u = "weight_u" if hasattr(layer, "weight_u") else "parametrizations.weight.0._u"
    before = array(layer.state_dict()[u]).copy()
    layer(plugtorch.randn(2, 6))
    numpy.testing.assert_array_equal(array(layer.state_dict()[u]), before)  # eval changes nothing


def test_two_backward_passes_through_one_weight() -> None:
    """As the two halves of a GAN's loss: buffers change between the two uses."""
    layer = parametrizations.spectral_norm(nn.Linear(3, 1))
    real, fake = layer(plugtorch.randn(4, 3)), layer(plugtorch.randn(4, 3))
    (real.mean() - fake.mean()).backward()
    assert layer.parametrizations.weight.original.grad is not None


def test_a_parametrized_module_learns_saves_and_loads() -> None:
    def made() -> Any:
        return parametrizations.weight_norm(nn.Linear(3, 2))

    layer = made()
    optimizer = plugtorch.optim.Adam(layer.parameters(), lr=0.1)
    before = array(layer.weight).copy()
    layer(plugtorch.randn(4, 3)).square().sum().backward()
    optimizer.step()
    assert not numpy.array_equal(before, array(layer.weight))
    other = made()
    other.load_state_dict(layer.state_dict())
    numpy.testing.assert_array_equal(array(other.weight), array(layer.weight))


def test_copies_are_apart() -> None:
    layer = parametrizations.weight_norm(nn.Linear(3, 2))
    copied = copy.deepcopy(layer)
    parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear
    assert parametrize.is_parametrized(copied, "weight")
    numpy.testing.assert_allclose(array(copied.weight), array(layer.weight), rtol=1e-6)


def test_pickling_is_refused() -> None:
    with pytest.raises(RuntimeError, match="state_dict"):
        pickle.dumps(parametrizations.weight_norm(nn.Linear(3, 2)))


def test_fused_is_the_same() -> None:
    conv, norm = nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3)
    for _ in range(3):
        norm(conv(plugtorch.randn(2, 2, 5, 5)))
    conv.eval()
    norm.eval()
    x = plugtorch.randn(2, 2, 5, 5)
    fused = nn.utils.fuse_conv_bn_eval(conv, norm)
    numpy.testing.assert_allclose(array(fused(x)), array(norm(conv(x))), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("which", ["matrix_exp", "cayley", "householder"])
@pytest.mark.parametrize("sizes", [(4, 4), (3, 5), (5, 3)])
def test_an_orthogonal_weight_stays_so_while_it_learns(which: str, sizes: Any) -> None:
    plugtorch.manual_seed(0)
    layer = parametrizations.orthogonal(nn.Linear(*sizes), orthogonal_map=which)
    before = array(layer.weight).copy()
    optimizer = plugtorch.optim.SGD(layer.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        layer(plugtorch.ones(2, sizes[0])).square().sum().backward()
        optimizer.step()
    weight = array(layer.weight)
    short = weight.T @ weight if sizes[1] >= sizes[0] else weight @ weight.T
    numpy.testing.assert_allclose(short, numpy.eye(min(sizes)), atol=1e-5)
    assert numpy.abs(weight - before).max() > 1e-3
