"""Distributions without PyTorch: samplers against their own formulas, and what belongs together."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch import distributions as D
from plugtorch.errors import ArgumentError

COUNT = 20000


def array(x: Any) -> Any:
    return x.detach().cpu().numpy()


# each with two sets of parameters side by side
CONTINUOUS = {
    "Normal": lambda t: D.Normal(t([-1.0, 3.0]), t([0.5, 2.0])),
    "Laplace": lambda t: D.Laplace(t([-1.0, 3.0]), t([0.5, 2.0])),
    "Cauchy": lambda t: D.Cauchy(t([-1.0, 3.0]), t([0.5, 2.0])),
    "Gumbel": lambda t: D.Gumbel(t([-1.0, 3.0]), t([0.5, 2.0])),
    "Uniform": lambda t: D.Uniform(t([-1.0, 3.0]), t([0.5, 4.0])),
    "Exponential": lambda t: D.Exponential(t([0.5, 2.0])),
    "LogNormal": lambda t: D.LogNormal(t([-1.0, 0.5]), t([0.5, 0.3])),
    "HalfNormal": lambda t: D.HalfNormal(t([0.5, 2.0])),
    "HalfCauchy": lambda t: D.HalfCauchy(t([0.5, 2.0])),
    "Pareto": lambda t: D.Pareto(t([0.2, 0.3]), t([5.0, 7.0])),
    "Weibull": lambda t: D.Weibull(t([0.5, 2.0]), t([0.9, 3.0])),
    "Kumaraswamy": lambda t: D.Kumaraswamy(t([1.5, 2.0]), t([1.5, 3.0])),
    "GeneralizedPareto": lambda t: D.GeneralizedPareto(
        t([-1.0, 0.2]), t([1.5, 2.0]), t([-0.4, 0.1])
    ),
    "ContinuousBernoulli": lambda t: D.ContinuousBernoulli(t([0.1, 0.8])),
}
GAMMAS = {
    "Gamma": lambda t: D.Gamma(t([0.7, 9.0]), t([0.5, 2.0])),
    "Gamma of a small parameter": lambda t: D.Gamma(t([0.1, 0.3]), t([1.0, 1.0])),
    "Gamma of a large parameter": lambda t: D.Gamma(t([100.0, 3000.0]), t([1.0, 20.0])),
    "Chi2": lambda t: D.Chi2(t([1.0, 5.0])),
}
WITHOUT_MOMENTS = ("Cauchy", "HalfCauchy")


def distance_from_uniform(chances: Any) -> float:
    """The largest distance of an empirical distribution from the uniform one, by sqrt of count."""
    ordered = numpy.sort(chances)
    steps = numpy.arange(1, len(ordered) + 1) / len(ordered)
    return float(numpy.abs(ordered - steps).max() * math.sqrt(len(ordered)))


@pytest.mark.parametrize("name", [*CONTINUOUS, *GAMMAS])
def test_samples_have_their_distribution(name: str) -> None:
    plugtorch.manual_seed(3)
    made = {**CONTINUOUS, **GAMMAS}[name](plugtorch.tensor)
    drawn = made.sample((COUNT,))
    assert drawn.shape == (COUNT, 2)
    assert not drawn.requires_grad
    few = COUNT if name in CONTINUOUS else 2000  # whose cdf is a series
    chances = array(made.cdf(drawn[:few]))
    for column in (0, 1):  # Kolmogorov and Smirnov: 1.95 once in a thousand seeds
        assert distance_from_uniform(chances[:, column]) < 1.95
    if name not in WITHOUT_MOMENTS and "small" not in name:
        spread = array(made.stddev)
        off = (array(drawn).mean(0) - array(made.mean)) / spread * math.sqrt(COUNT)
        assert numpy.abs(off).max() < 4
        numpy.testing.assert_allclose(array(drawn).std(0), spread, rtol=0.15)
        close = array(-made.log_prob(drawn).mean(0))
        numpy.testing.assert_allclose(close, array(made.entropy().expand(2)), atol=0.06)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_density_integrates_to_the_cdf(name: str) -> None:
    made = CONTINUOUS[name](lambda x: plugtorch.tensor(x, dtype=plugtorch.float64))
    low = {"Uniform": 3.2, "Kumaraswamy": 0.25}.get(name, 0.3)
    x = numpy.linspace(low, low + 0.7, 4001)
    points = plugtorch.tensor(x, dtype=plugtorch.float64).unsqueeze(-1)
    if name == "Uniform":
        made = D.Uniform(made.low[1:], made.high[1:])
    density = array(made.log_prob(points).exp())
    area = (density[1:] + density[:-1]).sum(0) * 0.5 * (x[1] - x[0])
    ends = array(made.cdf(points[-1]) - made.cdf(points[0]))
    numpy.testing.assert_allclose(area, ends, rtol=1e-5)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_gradients_flow_through_rsample(name: str) -> None:
    leaves: list[Any] = []

    def leaf(values: list[float]) -> Any:
        leaves.append(plugtorch.tensor(values, requires_grad=True))
        return leaves[-1]

    made = CONTINUOUS[name](leaf)
    assert made.has_rsample
    drawn = made.rsample((5,))
    assert drawn.shape == (5, 2)
    drawn.sum().backward()
    assert all(bool((p.grad != 0).all()) for p in leaves)
    assert not made.sample().requires_grad


@pytest.mark.parametrize("a", [0.01, 0.3, 1.0, 2.5, 7.9, 8.1, 40.0, 1000.0])
def test_gradient_of_gamma_numbers(a: float) -> None:
    """Along it the distribution function stays the same."""
    plugtorch.manual_seed(0)
    kind = plugtorch.float64 if plugtorch.get_default_device().type == "cpu" else None
    leaf = plugtorch.full((50,), a, dtype=kind, requires_grad=True)
    x = D.Gamma(leaf, 1.0).rsample()
    x.sum().backward()
    if kind is None or a < 0.1:
        assert bool(plugtorch.isfinite(leaf.grad).all())
        return
    step = 3e-4 * a
    x = x.detach()
    chances = [
        plugtorch.special.gammainc(leaf.detach() + way, x + way * leaf.grad)
        for way in (step, -step)
    ]
    numpy.testing.assert_allclose(array(chances[0]), array(chances[1]), rtol=2e-7, atol=1e-10)


@pytest.mark.parametrize(
    ("make", "f", "expected"),
    [
        (lambda a: D.Gamma(a, 2.0), lambda x: x**2, lambda a: (2 * a + 1) / 4),
        (lambda a: D.Beta(a, 2.0), lambda x: x, lambda a: 2 / (a + 2) ** 2),
        (lambda a: D.Chi2(a), lambda x: x, lambda a: 1.0),
    ],
)
def test_gradients_of_expectations(make: Any, f: Any, expected: Any) -> None:
    plugtorch.manual_seed(0)
    for value in (0.5, 3.0):
        a = plugtorch.tensor(value, requires_grad=True)
        f(make(a).rsample((COUNT,))).mean().backward()
        assert a.grad.item() == pytest.approx(expected(value), rel=0.06)


def test_students_t_has_wide_tails() -> None:
    plugtorch.manual_seed(0)
    made = D.StudentT(plugtorch.tensor([1.0, 5.0]), 1.0, 2.0)
    drawn = array(made.sample((COUNT,)))
    cauchy = D.Cauchy(1.0, 2.0)
    chances = array(cauchy.cdf(plugtorch.tensor(drawn[:, 0])))
    assert distance_from_uniform(chances) < 1.95
    numpy.testing.assert_allclose(drawn[:, 1].std(), array(made.stddev)[1], rtol=0.1)


def test_beta_and_dirichlet_samples() -> None:
    plugtorch.manual_seed(0)
    for concentration in ([0.05, 0.1, 0.2], [1.0, 2.0, 7.0]):
        made = D.Dirichlet(plugtorch.tensor(concentration))
        drawn = array(made.sample((COUNT,)))
        numpy.testing.assert_allclose(drawn.sum(-1), 1, rtol=1e-5)
        numpy.testing.assert_allclose(drawn.mean(0), array(made.mean), atol=0.012)
        numpy.testing.assert_allclose(drawn.var(0), array(made.variance), rtol=0.1)
        assert bool(plugtorch.isfinite(made.log_prob(made.sample((COUNT,)))).all())
    made = D.Beta(0.5, 0.5)  # the arcsine law
    chances = numpy.arcsin(numpy.sqrt(array(made.sample((COUNT,))))) * 2 / math.pi
    assert distance_from_uniform(chances) < 1.95


def test_samples_of_vectors() -> None:
    plugtorch.manual_seed(0)
    lower = plugtorch.tensor([[1.0, 0.0], [0.8, 0.5]], requires_grad=True)
    made = D.MultivariateNormal(plugtorch.tensor([1.0, -2.0]), scale_tril=lower)
    drawn = made.rsample((COUNT,))
    numpy.testing.assert_allclose(array(drawn).mean(0), [1, -2], atol=0.03)
    expected = array(made.covariance_matrix)
    numpy.testing.assert_allclose(numpy.cov(array(drawn).T), expected, atol=0.04)
    close = array(-made.log_prob(drawn).mean())
    numpy.testing.assert_allclose(close, array(made.entropy()), atol=0.03)
    drawn.square().sum().backward()
    assert float(lower.grad[1, 0]) != 0


def test_relaxed_samples() -> None:
    logits = plugtorch.randn(2, 3, requires_grad=True)
    cold = D.RelaxedOneHotCategorical(plugtorch.tensor(0.1), logits=logits)
    drawn = cold.rsample((COUNT // 4,))
    numpy.testing.assert_allclose(array(drawn).sum(-1), 1, rtol=1e-4)
    chosen = array(drawn.argmax(-1).unsqueeze(-1) == plugtorch.arange(3)).mean(0)
    numpy.testing.assert_allclose(chosen, array(cold.probs), atol=0.03)
    drawn.square().sum().backward()
    assert float(logits.grad.abs().sum()) > 0
    coin = D.RelaxedBernoulli(plugtorch.tensor(0.5), plugtorch.tensor([0.2, 0.7])).sample((COUNT,))
    numpy.testing.assert_allclose((array(coin) > 0.5).mean(0), [0.2, 0.7], atol=0.015)


def test_gradient_of_an_expectation() -> None:
    plugtorch.manual_seed(0)
    scale = plugtorch.tensor(1.5, requires_grad=True)
    (D.Normal(0.5, scale).rsample((COUNT,)) ** 2).mean().backward()
    assert scale.grad.item() == pytest.approx(2 * 1.5, rel=0.05)  # E x^2 = loc^2 + scale^2


# -- discrete --------------------------------------------------------------------------------------

DISCRETE = {
    "Bernoulli": lambda: (D.Bernoulli(plugtorch.tensor([0.2, 0.7])), 2),
    "Categorical": lambda: (D.Categorical(plugtorch.tensor([[1.0, 2, 3], [5, 1, 1]])), 3),
    "Geometric": lambda: (D.Geometric(plugtorch.tensor([0.2, 0.7])), 12),
    "Poisson": lambda: (D.Poisson(plugtorch.tensor([0.4, 6.0])), 14),
    "Binomial": lambda: (D.Binomial(6, plugtorch.tensor([0.2, 0.7])), 7),
    "NegativeBinomial": lambda: (D.NegativeBinomial(2.5, plugtorch.tensor([0.2, 0.5])), 9),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_samples_come_as_often_as_they_should(name: str) -> None:
    plugtorch.manual_seed(1)
    made, count = DISCRETE[name]()
    drawn = array(made.sample((COUNT,)))
    assert drawn.shape == (COUNT, 2)
    values = plugtorch.arange(count).float().unsqueeze(-1).expand(count, 2)
    chances = array(made.log_prob(values).exp())
    for column in (0, 1):
        found = numpy.array([(drawn[:, column] == value).mean() for value in range(count)])
        error = numpy.sqrt(chances[:, column] * (1 - chances[:, column]) / COUNT) + 1e-9
        assert numpy.abs((found - chances[:, column]) / error).max() < 4.5


def test_probabilities_of_all_values_sum_to_one() -> None:
    for made in (
        D.Bernoulli(logits=plugtorch.tensor([0.3, -2.0])),
        D.Categorical(logits=plugtorch.randn(2, 4)),
        D.OneHotCategorical(logits=plugtorch.randn(2, 4)),
    ):
        total = made.log_prob(made.enumerate_support()).exp().sum(0)
        numpy.testing.assert_allclose(array(total), numpy.ones(2), rtol=1e-5)


def test_multinomial_samples() -> None:
    plugtorch.manual_seed(0)
    made = D.Multinomial(5, plugtorch.tensor([[1.0, 2, 3], [5, 1, 1]]))
    drawn = array(made.sample((COUNT // 4,)))
    assert drawn.shape == (COUNT // 4, 2, 3)
    assert (drawn.sum(-1) == 5).all()
    numpy.testing.assert_allclose(drawn.mean(0), array(made.mean), atol=0.08)
    numpy.testing.assert_allclose(drawn.var(0), array(made.variance), rtol=0.1)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (2, 3)])
def test_shapes_of_samples(shape: Any) -> None:
    category = D.Categorical(plugtorch.rand(4, 1, 5))
    assert category.sample(shape).shape == (*shape, 4, 1)
    assert D.OneHotCategorical(plugtorch.rand(4, 1, 5)).sample(shape).shape == (*shape, 4, 1, 5)
    assert D.Normal(plugtorch.zeros(4, 1), plugtorch.ones(3)).sample(shape).shape == (*shape, 4, 3)
    assert D.Gamma(plugtorch.ones(4, 1), plugtorch.ones(3)).sample(shape).shape == (*shape, 4, 3)
    assert D.Dirichlet(plugtorch.ones(4, 3)).sample(shape).shape == (*shape, 4, 3)
    assert D.Beta(plugtorch.ones(4), 1.0).expand((2, 4)).sample(shape).shape == (*shape, 2, 4)
    assert D.Chi2(3.0).expand((2,)).sample(shape).shape == (*shape, 2)
    assert D.Multinomial(2, plugtorch.ones(4, 3)).sample(shape).shape == (*shape, 4, 3)
    assert D.Bernoulli(0.5).expand((4, 2)).sample(shape).shape == (*shape, 4, 2)


def test_policy_gradient() -> None:
    """As in any script that learns a policy: sample, log_prob, backward."""
    logits = plugtorch.randn(3, 4, requires_grad=True)
    policy = D.Categorical(logits=logits)
    action = policy.sample()
    assert action.dtype is plugtorch.int64
    loss = -(policy.log_prob(action) * plugtorch.tensor([1.0, -1.0, 2.0])).mean()
    (loss - 0.01 * policy.entropy().mean()).backward()
    assert logits.grad.abs().sum().item() > 0


def test_a_value_kept_from_sampling_has_its_gradient() -> None:
    logits = plugtorch.zeros(2, 3, requires_grad=True)
    policy = D.Categorical(logits=logits)
    policy.sample()  # computes probs, without gradients as far as the sample is concerned
    policy.probs[:, 0].sum().backward()
    assert logits.grad is not None


def test_straight_through() -> None:
    logits = plugtorch.randn(2, 3, requires_grad=True)
    drawn = D.OneHotCategoricalStraightThrough(logits=logits).rsample()
    numpy.testing.assert_allclose(numpy.sort(array(drawn), -1), [[0, 0, 1]] * 2, atol=1e-6)
    (drawn * plugtorch.arange(3.0)).sum().backward()
    assert logits.grad.abs().sum().item() > 0


def test_variational_autoencoder() -> None:
    mean, log_scale = plugtorch.randn(4, 2), plugtorch.randn(4, 2)
    mean.requires_grad_()
    posterior = D.Independent(D.Normal(mean, log_scale.exp()), 1)
    prior = D.Independent(D.Normal(plugtorch.zeros(2), plugtorch.ones(2)), 1)
    loss = D.kl_divergence(posterior, prior.expand((4,))).mean()
    expected = 0.5 * (mean**2 + (2 * log_scale).exp() - 1 - 2 * log_scale).sum(-1).mean()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    loss.backward()
    numpy.testing.assert_allclose(array(mean.grad), array(mean) / 4, rtol=1e-5)


# -- rules -----------------------------------------------------------------------------------------


def test_rules_for_new_kinds() -> None:
    class Mine(D.Normal):
        pass

    one = Mine(1.0, 1.0)
    assert D.kl_divergence(one, D.Normal(0.0, 1.0)).item() == 0.5  # Normal's serves

    @D.register_kl(Mine, Mine)
    def _(p: Any, q: Any) -> Any:
        return p.loc * 0 + 7

    assert D.kl_divergence(one, one).item() == 7
    assert D.kl_divergence(one, D.Normal(0.0, 1.0)).item() == 0.5


def test_rules_that_are_equally_near() -> None:
    class Left(D.Normal):
        pass

    class Right(D.Normal):
        pass

    D.register_kl(Left, D.Normal)(lambda p, q: p.loc)
    D.register_kl(D.Normal, Right)(lambda p, q: q.loc)
    with pytest.warns(RuntimeWarning, match="equally near"):
        D.kl_divergence(Left(0.0, 1.0), Right(0.0, 1.0))
    with pytest.raises(TypeError, match="register_kl"):
        D.register_kl(int, D.Normal)


def test_a_subclass_of_its_own() -> None:
    class Point(D.Distribution):
        arg_constraints = {"place": D.constraints.real}

        def __init__(self, place: Any, validate_args: Any = None) -> None:
            self.place = place
            super().__init__(place.shape, validate_args=validate_args)

        def rsample(self, sample_shape: Any = ()) -> Any:
            return self.place.expand(self._extended_shape(sample_shape))

    made = Point(plugtorch.zeros(3))
    assert made.expand((2, 3)).sample((4,)).shape == (4, 2, 3)
    assert repr(made) == "Point(place: plugtorch.Size([3]))"
    with pytest.raises(NotImplementedError, match="entropy"):
        made.entropy()
    with pytest.raises(ArgumentError, match="place"):
        Point(plugtorch.tensor([math.nan]))
    Point(plugtorch.tensor([math.nan]), validate_args=False)


def test_validation_can_be_switched_off() -> None:
    D.Distribution.set_default_validate_args(False)
    try:
        D.Normal(0.0, -1.0)
    finally:
        D.Distribution.set_default_validate_args(True)
    with pytest.raises(ArgumentError, match="scale must satisfy"):
        D.Normal(0.0, -1.0)


def test_sample_n_is_the_old_form() -> None:
    with pytest.warns(FutureWarning, match="sample"):
        assert D.Normal(0.0, 1.0).sample_n(3).shape == (3,)


def test_cache_of_a_transform() -> None:
    tanh = D.TanhTransform(cache_size=1)
    x = plugtorch.tensor([30.0])
    y = tanh(x)
    assert tanh.inv(y) is x
    assert tanh.inv.inv is tanh
    assert D.TanhTransform()(x) is not y
    assert D.TanhTransform().with_cache()._cache_size == 1
    assert D.AffineTransform(1.0, 2.0).with_cache().scale == 2.0


def test_transforms_are_equal_by_their_parameters() -> None:
    assert D.ExpTransform() == D.ExpTransform()
    assert D.ExpTransform() != D.TanhTransform()
    assert D.AffineTransform(0, 1) == D.AffineTransform(0, 1)
    assert D.AffineTransform(0, plugtorch.ones(2)) == D.AffineTransform(0, plugtorch.ones(2))
    assert D.AffineTransform(0, 1) != D.AffineTransform(0, 2)
    assert D.ComposeTransform([D.ExpTransform()]) == D.ComposeTransform([D.ExpTransform()])
    assert D.ExpTransform().inv == D.ExpTransform().inv


@pytest.mark.parametrize("kind", [plugtorch.float16, plugtorch.float32])
def test_extreme_samples_are_finite(kind: Any) -> None:
    zero = plugtorch.zeros(3000, dtype=kind)
    for made in (D.Laplace(zero, zero + 1), D.Gumbel(zero, zero + 1), D.Exponential(zero + 1)):
        assert bool(plugtorch.isfinite(made.sample()).all())
