"""Attention by its primitive, against the same from operations on all pairs."""

import itertools
import math

import numpy as np
import pytest

import plugtorch
from plugtorch.autograd import grad
from plugtorch.functional import attending
from plugtorch.nn.functional import scaled_dot_product_attention as attend
from plugtorch.primitive import PRIMITIVES

LEADING = [((), ()), ((2, 3), (2, 3)), ((2, 3), (1, 3)), ((3,), (2, 1))]


@pytest.fixture(autouse=True)
def however_few(monkeypatch):
    """Short texts go by the primitive too."""
    monkeypatch.setattr(attending, "MANY", 1)


def plain(query, key, value, mask=None, causal=False):
    """From products and exponentials, with a query that sees nothing getting zeros."""
    pairs = query @ key.mT / math.sqrt(query.shape[-1])
    if causal:
        later = plugtorch.ones(pairs.shape[-2:], dtype=plugtorch.bool).triu(1)
        pairs = pairs.masked_fill(later, -math.inf)
    if mask is not None:
        pairs = pairs + mask
    top = pairs.detach().amax(-1, keepdim=True)
    powers = (pairs - top.masked_fill(top == -math.inf, 0.0)).exp()
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0) @ value


def draw(rng, *shape):
    values = rng.standard_normal(shape).astype(np.float32)
    return plugtorch.tensor(values, requires_grad=True)


def host(tensor):
    return tensor.detach().to(plugtorch.float32).cpu().numpy()


@pytest.mark.parametrize(("own", "others"), LEADING)
@pytest.mark.parametrize("masked", ["", "causal", "mask"])
def test_values_and_gradients(own, others, masked):
    rng = np.random.default_rng()
    for queries, keys, size, wide in ((1, 1, 3, 2), (33, 40, 3, 2)):
        q, k, v = (
            draw(rng, *own, queries, size),
            draw(rng, *others, keys, size),
            draw(rng, *others, keys, wide),
        )
        mask = None
        if masked == "mask":
            numbers = rng.standard_normal((queries, keys)).astype(np.float32)
            numbers[rng.random(numbers.shape) < 0.3] = -np.inf
            numbers[-1] = -np.inf
            mask = plugtorch.tensor(numbers)
        causal = masked == "causal"
        got, want = attend(q, k, v, mask, is_causal=causal), plain(q, k, v, mask, causal)
        np.testing.assert_allclose(host(got), host(want), 1e-4, 1e-5)
        upstream = plugtorch.tensor(rng.standard_normal(tuple(got.shape)).astype(np.float32))
        for a, b in zip(grad(got, (q, k, v), upstream), grad(want, (q, k, v), upstream)):
            np.testing.assert_allclose(host(a), host(b), 1e-3, 1e-4)


def test_second_derivatives():
    rng = np.random.default_rng()
    given = [draw(rng, 2, 6, 4) for _ in range(3)]

    def second(function):
        first = grad(function(*given).square().sum(), given, create_graph=True)
        return grad(sum(x.square().sum() for x in first), given)

    pairs = zip(
        second(lambda q, k, v: attend(q, k, v, is_causal=True)),
        second(lambda q, k, v: plain(q, k, v, causal=True)),
    )
    for a, b in pairs:
        np.testing.assert_allclose(host(a), host(b), 2e-3, 1e-3)


def test_only_what_is_wanted_gets_a_gradient():
    rng = np.random.default_rng()
    q, k, v = draw(rng, 4, 3), draw(rng, 5, 3).detach(), draw(rng, 5, 2)
    attend(q, k, v).sum().backward()
    assert k.grad is None
    want = grad(plain(q, k, v).sum(), (q, v))
    for a, b in zip((q.grad, v.grad), want):
        np.testing.assert_allclose(host(a), host(b), 1e-3, 1e-5)


@pytest.mark.parametrize("dtype", [plugtorch.float16, plugtorch.bfloat16, plugtorch.float64])
def test_other_dtypes(dtype):
    if dtype not in plugtorch.ones(1).storage.backend.dtypes:
        pytest.skip("this device does not have the dtype")
    rng = np.random.default_rng()
    q, k, v = (draw(rng, 2, 9, 4).detach().to(dtype) for _ in range(3))
    got = attend(q, k, v)
    assert got.dtype is dtype
    want = plain(*(x.to(plugtorch.float32) for x in (q, k, v)))
    rough = 0.02 if dtype is plugtorch.bfloat16 else 2e-3
    np.testing.assert_allclose(host(got), host(want), rough, rough)


def test_a_mask_that_learns_gets_its_gradient():
    rng = np.random.default_rng()
    q, k, v, mask = draw(rng, 4, 3), draw(rng, 5, 3), draw(rng, 5, 2), draw(rng, 4, 5)
    got = grad(attend(q, k, v, mask).sum(), (mask, q))
    want = grad(plain(q, k, v, mask).sum(), (mask, q))
    for a, b in zip(got, want):
        np.testing.assert_allclose(host(a), host(b), 1e-3, 1e-5)


def test_a_long_text_stores_no_pairs(monkeypatch):
    """What is saved for the way back grows with the length, not with its square."""
    seen = []
    primitive = PRIMITIVES["matmul"]
    call = type(primitive).__call__

    def noted(self, *operands, **parameters):
        seen.append(self.name)
        return call(self, *operands, **parameters)

    monkeypatch.setattr(type(primitive), "__call__", noted)
    x = plugtorch.ones(2, 300, 8, requires_grad=True)
    attend(x, x, x).sum().backward()
    assert "attention" in seen
    assert "attention_slope" in seen
    assert "matmul" not in seen


def test_few_pairs_are_composed(monkeypatch):
    monkeypatch.undo()
    x = plugtorch.ones(4, 3)
    assert not attending.suits(x, x, x, None)
    x = plugtorch.ones(100, 3)
    assert attending.suits(x, x, x, None)


@pytest.mark.parametrize("shape", list(itertools.product((0, 2), (0, 3))))
def test_nothing_to_look_at(shape):
    queries, keys = shape
    q, k, v = plugtorch.ones(queries, 4), plugtorch.ones(keys, 4), plugtorch.ones(keys, 5)
    got = attend(q, k, v)
    assert tuple(got.shape) == (queries, 5)
    assert (got == (1.0 if keys else 0.0)).all()
