"""Functions of statistics, of the gamma function's family, of places and bins; ``out=``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch import special
from plugtorch.errors import ArgumentError, AutogradError, DTypeError, ShapeError, UnsupportedError


def host(x: Any) -> np.ndarray[Any, Any]:
    return np.asarray(x.detach().cpu().numpy())


def close(x: Any, want: Any, slack: float = 2e-6) -> None:
    np.testing.assert_allclose(host(x), want, rtol=slack, atol=slack)


def drawn(*shape: int, seed: int = 0) -> np.ndarray[Any, Any]:
    return np.random.default_rng([seed, *shape]).normal(size=shape).astype(np.float32)


# -- statistics ------------------------------------------------------------------------------------


@pytest.mark.parametrize("interpolation", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_quantiles(interpolation: str, axis: int | None) -> None:
    x = drawn(5, 7)
    x[1, 2] = np.nan
    shares = np.array([0.0, 0.3, 0.5, 1.0], np.float32)
    for name in ("quantile", "nanquantile"):
        ours = getattr(plugtorch, name)(
            plugtorch.tensor(x), plugtorch.tensor(shares), dim=axis, interpolation=interpolation
        )
        want = getattr(np, name)(x, shares, axis=axis, method=interpolation)
        close(ours, want, 1e-5)
    with pytest.raises(ArgumentError):
        plugtorch.quantile(plugtorch.ones(3), 1.5)


def test_extremes_so_far() -> None:
    x = drawn(4, 6)
    close(plugtorch.cummax(plugtorch.tensor(x), 1).values, np.maximum.accumulate(x, 1))
    close(plugtorch.cummin(plugtorch.tensor(x), 0).values, np.minimum.accumulate(x, 0))
    close(plugtorch.logcumsumexp(plugtorch.tensor(x), 1), np.log(np.exp(x).cumsum(1)), 1e-5)
    values, places = plugtorch.cummax(plugtorch.tensor([1.0, 3.0, 3.0, math.nan, 5.0]), 0)
    assert places.tolist() == [0, 1, 2, 3, 3]
    assert host(values)[:3].tolist() == [1, 3, 3]
    assert np.isnan(host(values)[3:]).all()


def test_places_in_order() -> None:
    edges, x = np.sort(drawn(9)), drawn(4, 5, seed=1)
    x[0, :2] = edges[3], edges[0]
    for right in (False, True):
        want = np.searchsorted(edges, x, side="right" if right else "left")
        found = plugtorch.searchsorted(plugtorch.tensor(edges), plugtorch.tensor(x), right=right)
        assert (host(found) == want).all()
        again = plugtorch.bucketize(plugtorch.tensor(x), plugtorch.tensor(edges), right=right)
        assert (host(again) == want).all()
    close(
        plugtorch.histc(plugtorch.tensor(x), 6, -2, 2), np.histogram(x, 6, (-2, 2))[0].astype(float)
    )
    for ends in ((1.0, 1.0), (0.0, 0.0)):
        hist, where = plugtorch.histogram(plugtorch.tensor(x), 4, range=ends)
        want_hist, want_where = np.histogram(x, 4, ends)  # half a unit to both sides
        close(hist, want_hist.astype(float))
        close(where, want_where)
    points = plugtorch.tensor(np.stack([x.ravel()] * 2, 1))
    hist, (first, _) = plugtorch.histogramdd(points, 4, range=[1.0, 1.0, 0.0, 0.0])
    close(first, [0.5, 0.75, 1.0, 1.25, 1.5])
    close(hist.sum(), float((x == 0.5).sum()))
    with pytest.raises(DTypeError, match="edges of"):
        plugtorch.histogramdd(points, [plugtorch.tensor([0.0, 1.0], dtype=plugtorch.float64)] * 2)
    hist, where = plugtorch.histogram(plugtorch.tensor(x), 6, density=True)
    want_hist, want_where = np.histogram(x, 6, density=True)
    close(hist, want_hist, 1e-4)
    close(where, want_where, 1e-5)


def test_covariances_and_integrals() -> None:
    x = drawn(3, 8)
    close(plugtorch.cov(plugtorch.tensor(x)), np.cov(x), 1e-5)
    close(plugtorch.corrcoef(plugtorch.tensor(x)), np.corrcoef(x), 1e-5)
    close(plugtorch.trapezoid(plugtorch.tensor(x), dx=0.5), np.trapezoid(x, dx=0.5), 1e-5)
    values, places = plugtorch.tensor([2, 1, 2, 1, 3]).mode()
    assert (int(values), int(places)) == (1, 3)
    assert int(plugtorch.tensor([4, 1, 3]).kthvalue(2).values) == 3


# -- places ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
@pytest.mark.parametrize("own", [True, False])
def test_folding_into_places(reduce: str, own: bool) -> None:
    x, source = drawn(4, 3), drawn(6, 3, seed=1)
    index = np.random.default_rng(2).integers(0, 3, (6, 3))
    fold = {"sum": sum, "prod": math.prod, "amax": max, "amin": min, "mean": np.mean}[reduce]
    want = x.copy()
    for i in range(4):
        for j in range(3):
            given = [float(s) for s, k in zip(source[:, j], index[:, j]) if k == i]
            if given:
                want[i, j] = fold([float(x[i, j]), *given] if own else given)
    ours = plugtorch.tensor(x).scatter_reduce(
        0, plugtorch.tensor(index), plugtorch.tensor(source), reduce, include_self=own
    )
    close(ours, want, 1e-5)


def test_places_of_the_flattened() -> None:
    x = plugtorch.zeros(2, 3).put(plugtorch.tensor([1, -1]), plugtorch.tensor([5.0, 7.0]))
    assert x.tolist() == [[0, 5, 0], [0, 0, 7]]
    found = plugtorch.unravel_index(plugtorch.tensor([0, 5]), (2, 3))
    assert [i.tolist() for i in found] == [[0, 1], [0, 2]]
    with pytest.raises(ShapeError):
        plugtorch.arange(4).as_strided((3,), (2,))


def test_divisors() -> None:
    x, y = np.array([12, -9, 0, 7, 0]), np.array([18, 6, 5, 13, 0])
    assert (
        host(plugtorch.gcd(plugtorch.tensor(x), plugtorch.tensor(y))).tolist()
        == np.gcd(x, y).tolist()
    )
    assert (
        host(plugtorch.lcm(plugtorch.tensor(x), plugtorch.tensor(y))).tolist()
        == np.lcm(x, y).tolist()
    )
    with pytest.raises(DTypeError):
        plugtorch.gcd(plugtorch.ones(2), plugtorch.ones(2))


def test_mantissas() -> None:
    x = np.array([0.0, 1.0, -3.5, 1e30, 1e-30, 0.5, 7.0], np.float32)
    mantissa, exponent = plugtorch.frexp(plugtorch.tensor(x))
    want = np.frexp(x)
    assert host(mantissa).tolist() == want[0].tolist()
    assert host(exponent).tolist() == want[1].tolist()


# -- functions of mathematics ----------------------------------------------------------------------


def test_the_gamma_function() -> None:
    x = np.array([0.1, 0.5, 1.0, 2.0, 3.7, 20.0, 150.0, -0.5, -3.3], np.float32)
    close(plugtorch.lgamma(plugtorch.tensor(x)), [math.lgamma(float(v)) for v in x], 2e-5)
    step = 1e-6
    slopes = [(math.lgamma(v + step) - math.lgamma(v - step)) / (2 * step) for v in x.tolist()]
    close(plugtorch.digamma(plugtorch.tensor(x)), slopes, 1e-4)
    close(
        plugtorch.polygamma(1, plugtorch.tensor([1.0, 2.0])), [math.pi**2 / 6, math.pi**2 / 6 - 1]
    )
    close(special.zeta(plugtorch.tensor([2.0]), 1.0), [math.pi**2 / 6])
    assert math.isinf(float(plugtorch.lgamma(plugtorch.tensor(-2.0))))
    x = plugtorch.tensor([0.5, 2.5], requires_grad=True)
    plugtorch.lgamma(x).sum().backward()
    close(x.grad, host(plugtorch.digamma(x)))


def test_the_incomplete_gamma_function() -> None:
    x = np.array([0.0, 0.1, 1.0, 5.0, 30.0], np.float32)
    close(
        plugtorch.igamma(plugtorch.tensor(1.0), plugtorch.tensor(x)), 1 - np.exp(-x)
    )  # of order 1
    both = [
        f(plugtorch.tensor(2.5), plugtorch.tensor(x)) for f in (plugtorch.igamma, plugtorch.igammac)
    ]
    close(both[0] + both[1], np.ones(5))


def test_the_normal_distribution() -> None:
    p = np.array([1e-6, 0.01, 0.3, 0.5, 0.9, 0.999], np.float32)
    close(special.ndtr(special.ndtri(plugtorch.tensor(p))), p)
    y = np.array([-0.999, -0.5, 0.0, 0.3, 0.99], np.float32)
    close(plugtorch.erf(plugtorch.erfinv(plugtorch.tensor(y))), y)
    assert host(plugtorch.erfinv(plugtorch.tensor([-1.0, 1.0]))).tolist() == [-math.inf, math.inf]
    x = plugtorch.tensor([-30.0, -5.0, 0.0, 4.0])
    want = [-454.3212439955, -15.064998393989, math.log(0.5), -3.1671743e-05]
    close(special.log_ndtr(x), want, 1e-5)


def test_bessel_functions() -> None:
    x = np.array([0.0, 0.5, -3.0, 19.0, 40.0], np.float32)
    close(plugtorch.i0(plugtorch.tensor(x)), np.i0(x.astype(np.float64)), 3e-5)
    t = plugtorch.tensor([0.0, 0.7, -2.0], requires_grad=True)
    special.i0(t).sum().backward()
    close(t.grad, host(special.i1(t)))
    close(plugtorch.kaiser_window(9, False, 8.0), np.kaiser(9, 8.0), 1e-5)


# -- namespaces, out=, memory ----------------------------------------------------------------------


def test_out() -> None:
    x, out = plugtorch.tensor([1.0, 4.0]), plugtorch.zeros(2)
    assert plugtorch.sqrt(x, out=out) is out
    assert out.tolist() == [1, 2]
    empty = plugtorch.empty(0)
    plugtorch.add(x, x, out=empty)
    assert empty.tolist() == [2, 8]
    parts = plugtorch.empty(0), plugtorch.empty(0, dtype=plugtorch.int64)
    plugtorch.max(x.reshape(1, 2), 1, out=parts)
    assert [p.tolist() for p in parts] == [[4], [1]]
    with pytest.raises(ShapeError):
        plugtorch.exp(x, out=plugtorch.zeros(3))
    with pytest.raises(DTypeError):
        plugtorch.exp(x, out=plugtorch.zeros(2, dtype=plugtorch.int64))
    whole = plugtorch.full((2,), 7)
    plugtorch.bernoulli(plugtorch.tensor([0.0, 1.0]), out=whole)
    assert whole.tolist() == [0, 1]
    with pytest.raises(DTypeError, match=r"float32 can't be cast.*float64"):
        plugtorch.abs(x, out=plugtorch.zeros(2, dtype=plugtorch.float64))
    halves, whole = plugtorch.full((2,), 1.5), plugtorch.zeros(2, dtype=plugtorch.int64)
    assert plugtorch.cumsum(halves, 0, out=whole).tolist() == [1, 2]  # added up as integers
    with pytest.raises(AutogradError):
        plugtorch.exp(plugtorch.ones(2, requires_grad=True), out=out)


def test_names_of_the_namespace() -> None:
    x = plugtorch.tensor([-1.0, 4.0])
    assert plugtorch.relu_(x) is x
    assert x.tolist() == [0, 4]
    assert plugtorch.conv1d(plugtorch.ones(1, 1, 3), plugtorch.ones(1, 1, 2)).tolist() == [[[2, 2]]]
    table = plugtorch.arange(6.0).reshape(3, 2)
    assert plugtorch.embedding(table, plugtorch.tensor([2])).tolist() == [[4, 5]]
    assert float(plugtorch.kl_div(plugtorch.zeros(1), plugtorch.ones(1), reduction="sum")) == 0


def test_memory() -> None:
    x = plugtorch.arange(12).reshape(3, 4)
    assert x[1:, 2].storage_offset() == 6
    assert x.pin_memory() is x
    with pytest.raises(UnsupportedError):
        x.share_memory_()
    with pytest.raises(UnsupportedError):
        x.resize_(5)
    y = plugtorch.tensor([1.0, 2.0])
    y.apply_(lambda v: v * 10).map_(plugtorch.tensor([1.0, 2.0]), lambda a, b: a + b)
    assert y.tolist() == [11, 22]
    assert repr(plugtorch.channels_last) == "plugtorch.channels_last"


def test_a_hook_after_the_gradient_was_added() -> None:
    x = plugtorch.ones(2, requires_grad=True)
    seen = []
    handle = x.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.tolist()))
    (x * 3).sum().backward()
    handle.remove()
    (x * 3).sum().backward()
    assert seen == [[3, 3]]
    with pytest.raises(AutogradError):
        (x * 2).register_post_accumulate_grad_hook(print)


def test_counts_by_chance() -> None:
    plugtorch.manual_seed(0)
    drawn = plugtorch.poisson(plugtorch.full((4000,), 3.5))
    assert abs(float(drawn.mean()) - 3.5) < 0.15
    assert abs(float(drawn.var()) - 3.5) < 0.4
    drawn = plugtorch.binomial(plugtorch.full((4000,), 10.0), plugtorch.full((4000,), 0.3))
    assert abs(float(drawn.mean()) - 3) < 0.1
    assert abs(float(drawn.var()) - 2.1) < 0.25
    ends = plugtorch.binomial(plugtorch.tensor([5.0, 5.0]), plugtorch.tensor([0.0, 1.0]))
    assert ends.tolist() == [0, 5]
    trials = plugtorch.empty(4000).geometric_(0.25)
    assert abs(float(trials.mean()) - 4) < 0.3
    assert float(trials.min()) == 1


def test_an_empty_batch_moves_no_statistics() -> None:
    layer = plugtorch.nn.BatchNorm1d(3)
    assert tuple(layer(plugtorch.zeros(0, 3)).shape) == (0, 3)
    assert layer.running_mean.tolist() == [0, 0, 0]
    assert layer.running_var.tolist() == [1, 1, 1]


def test_one_spacing_for_all_axes_and_a_number_without_axes() -> None:
    x = plugtorch.arange(12.0).reshape(3, 4)
    down, across = plugtorch.gradient(x, spacing=plugtorch.tensor(2.0))
    close(down, np.full((3, 4), 2.0))
    close(across, np.full((3, 4), 0.5))
    for dim in (0, -1, (0,)):
        with pytest.raises(IndexError, match="has no axis"):
            plugtorch.gradient(plugtorch.tensor(1.0), dim=dim)
