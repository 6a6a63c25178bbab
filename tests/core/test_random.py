"""Generators, seeds, and what the random functions draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import plugtorch
from plugtorch.errors import ArgumentError, DTypeError, ShapeError, StateError

MANY = 20_000
NEAR = 5 / math.sqrt(MANY)  # five standard errors


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    state = plugtorch.get_rng_state()
    plugtorch.manual_seed(0)
    yield
    plugtorch.set_rng_state(state)


DRAWS: dict[str, Callable[[Any], Any]] = {
    "rand": lambda g: plugtorch.rand(3, 4, generator=g),
    "randn": lambda g: plugtorch.randn(5, generator=g),
    "randn float64": lambda g: plugtorch.randn(5, generator=g, dtype=plugtorch.float64),
    "rand_like": lambda g: plugtorch.rand_like(plugtorch.zeros(3), generator=g),
    "randn_like": lambda g: plugtorch.randn_like(plugtorch.zeros(3), generator=g),
    "randint": lambda g: plugtorch.randint(0, 100, (7,), generator=g),
    "randperm": lambda g: plugtorch.randperm(20, generator=g),
    "bernoulli": lambda g: plugtorch.bernoulli(plugtorch.full((50,), 0.5), generator=g),
    "normal": lambda g: plugtorch.normal(2.0, 3.0, (5,), generator=g),
    "normal of tensors": lambda g: plugtorch.normal(
        plugtorch.ones(4), plugtorch.arange(4.0), generator=g
    ),
    "multinomial": lambda g: plugtorch.multinomial(plugtorch.ones(50), 9, generator=g),
    "multinomial again": lambda g: plugtorch.multinomial(plugtorch.ones(50), 9, True, generator=g),
    "uniform_": lambda g: plugtorch.zeros(5).uniform_(-1, 1, generator=g),
    "normal_": lambda g: plugtorch.zeros(5).normal_(1, 2, generator=g),
    "bernoulli_": lambda g: plugtorch.zeros(50).bernoulli_(0.5, generator=g),
    "exponential_": lambda g: plugtorch.zeros(5).exponential_(2.0, generator=g),
    "random_": lambda g: plugtorch.zeros(5, dtype=plugtorch.int64).random_(100, generator=g),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_gives_the_same_numbers_again(name: str) -> None:
    draw = DRAWS[name]
    one = plugtorch.Generator().manual_seed(7)
    first, second = draw(one), draw(one)
    assert not plugtorch.equal(first, second), "a stream goes on"
    one.manual_seed(7)
    assert plugtorch.equal(draw(one), first)
    assert not plugtorch.equal(draw(plugtorch.Generator().manual_seed(8)), first)
    # without a generator, the default one
    plugtorch.manual_seed(7)
    assert plugtorch.equal(draw(None), first)
    assert plugtorch.equal(draw(None), second)


@pytest.mark.parametrize("name", DRAWS)
def test_a_state_goes_on_where_it_was(name: str) -> None:
    draw = DRAWS[name]
    one = plugtorch.Generator().manual_seed(3)
    draw(one)
    state = one.get_state()
    copied = one.clone_state()
    first = draw(one)
    assert plugtorch.equal(draw(plugtorch.Generator().set_state(state)), first)
    assert plugtorch.equal(draw(copied), first)


def test_generators_do_not_disturb_one_another() -> None:
    own = plugtorch.Generator().manual_seed(1)
    plugtorch.manual_seed(1)
    first = plugtorch.rand(4)
    plugtorch.rand(9, generator=own)
    second = plugtorch.rand(4)
    plugtorch.manual_seed(1)
    assert plugtorch.equal(plugtorch.rand(8), plugtorch.cat([first, second]))


def test_seeds() -> None:
    one = plugtorch.Generator()
    assert one.manual_seed(5) is one
    assert one.initial_seed() == 5
    assert plugtorch.initial_seed() == 0
    one.manual_seed(-1)
    for wrong in (2**64, -(2**63) - 1):
        with pytest.raises(ArgumentError, match="64 bits"):
            one.manual_seed(wrong)
    assert one.seed() == one.initial_seed()
    assert plugtorch.seed() == plugtorch.initial_seed()
    assert plugtorch.default_generator.initial_seed() == plugtorch.initial_seed()


def test_states_of_other_things_are_refused() -> None:
    for wrong in (plugtorch.zeros(16), plugtorch.zeros(3, dtype=plugtorch.uint8), b"0" * 16):
        with pytest.raises(StateError, match="get_state"):
            plugtorch.Generator().set_state(wrong)


# ---- what is drawn -------------------------------------------------------------------------------


def moments(x: Any) -> tuple[float, float]:
    return x.double().mean().item(), x.double().std().item()


def test_uniform_numbers() -> None:
    for x in (
        plugtorch.rand(MANY),
        plugtorch.zeros(MANY).uniform_(),
        plugtorch.rand_like(plugtorch.zeros(MANY)),
    ):
        mean, deviation = moments(x)
        assert mean == pytest.approx(0.5, abs=NEAR * 0.29)
        assert deviation == pytest.approx(12**-0.5, abs=NEAR)
        assert x.min() >= 0
        assert x.max() < 1
    y = plugtorch.zeros(MANY).uniform_(-3, 5)
    assert moments(y)[0] == pytest.approx(1.0, abs=NEAR * 8 * 0.29)
    assert y.min() >= -3
    assert y.max() < 5


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_normal_numbers(dtype: str) -> None:
    kind = getattr(plugtorch, dtype)
    for x in (plugtorch.randn(MANY, dtype=kind), plugtorch.zeros(MANY, dtype=kind).normal_()):
        assert x.dtype is kind
        assert x.isfinite().all()
        mean, deviation = moments(x)
        assert mean == pytest.approx(0, abs=NEAR)
        assert deviation == pytest.approx(1, abs=NEAR)
    mean, deviation = moments(plugtorch.normal(10.0, 2.0, (MANY,), dtype=kind))
    assert mean == pytest.approx(10, abs=2 * NEAR)
    assert deviation == pytest.approx(2, abs=3 * NEAR)


def test_normal_of_tensors() -> None:
    mean = plugtorch.arange(3.0).reshape(3, 1).expand(3, MANY)
    x = plugtorch.normal(mean, plugtorch.tensor([[0.0], [1.0], [3.0]]))
    assert x[0].tolist() == [0.0] * MANY
    assert x.mean(1).tolist() == pytest.approx([0.0, 1.0, 2.0], abs=3 * NEAR)
    assert x.std(1).tolist() == pytest.approx([0.0, 1.0, 3.0], abs=3 * NEAR)
    assert plugtorch.normal(5.0, plugtorch.zeros(2)).tolist() == [5.0, 5.0]
    assert plugtorch.normal(plugtorch.ones(2), 0.0).tolist() == [1.0, 1.0]


def test_whole_numbers() -> None:
    x = plugtorch.randint(-2, 3, (MANY,))
    assert x.dtype is plugtorch.int64
    assert x.unique().tolist() == [-2, -1, 0, 1, 2]
    shares = plugtorch.bincount(x + 2) / MANY
    assert shares.tolist() == pytest.approx([0.2] * 5, abs=NEAR * 0.4)
    assert plugtorch.randint(5, (2, 3)).shape == (2, 3)
    for few in (
        plugtorch.randint(2, size=(MANY,)),
        plugtorch.randint(high=2, size=[MANY]),
        plugtorch.randint(0, high=2, size=(MANY,)),
        plugtorch.randint(low=0, high=2, size=(MANY,)),
    ):
        assert few.shape == (MANY,)
        assert set(few.tolist()) == {0, 1}
    for wrong in ({}, {"low": 5}, {"size": (2,)}):
        with pytest.raises(TypeError, match="needs"):
            plugtorch.randint(**wrong)
    assert plugtorch.randint(0, 2, (3,), dtype=plugtorch.float32).dtype is plugtorch.float32
    assert plugtorch.randint_like(plugtorch.zeros(2, 2), 0, 9).shape == (2, 2)
    assert plugtorch.randint(2**40, 2**41, (5,)).min() >= 2**40


def test_permutations() -> None:
    assert plugtorch.randperm(50).sort().values.tolist() == list(range(50))
    assert plugtorch.randperm(0).tolist() == []
    assert plugtorch.randperm(5, dtype=plugtorch.int32).dtype is plugtorch.int32
    firsts = plugtorch.stack([plugtorch.randperm(4)[0] for _ in range(2000)])
    assert (plugtorch.bincount(firsts) / 2000).tolist() == pytest.approx([0.25] * 4, abs=0.05)


def test_bernoulli() -> None:
    p = plugtorch.tensor([[0.0], [0.3], [1.0]]).expand(3, MANY)
    x = plugtorch.bernoulli(p)
    assert x.mean(1).tolist() == pytest.approx([0.0, 0.3, 1.0], abs=NEAR * 0.5)
    assert x.unique().tolist() == [0.0, 1.0]
    assert plugtorch.zeros(MANY).bernoulli_(0.7).mean().item() == pytest.approx(0.7, abs=NEAR * 0.5)


def test_exponential() -> None:
    x = plugtorch.zeros(MANY).exponential_(4.0)
    mean, deviation = moments(x)
    assert mean == pytest.approx(0.25, abs=NEAR * 0.25)
    assert deviation == pytest.approx(0.25, abs=NEAR)
    assert x.min() >= 0
    assert x.isfinite().all()


def test_multinomial() -> None:
    weights = plugtorch.tensor([1.0, 0.0, 3.0])
    x = plugtorch.multinomial(weights, MANY, replacement=True)
    assert (plugtorch.bincount(x, minlength=3) / MANY).tolist() == pytest.approx(
        [0.25, 0, 0.75], abs=NEAR
    )
    rows = plugtorch.multinomial(plugtorch.ones(7, 5), 5)
    assert rows.sort(1).values.tolist() == [[0, 1, 2, 3, 4]] * 7


def test_random_() -> None:
    x = plugtorch.zeros(MANY, dtype=plugtorch.int64).random_(3, 6)
    assert x.unique().tolist() == [3, 4, 5]
    assert plugtorch.zeros(5, dtype=plugtorch.uint8).random_().dtype is plugtorch.uint8
    assert plugtorch.zeros(50).random_(2).unique().tolist() == [0.0, 1.0]


def test_shapes_and_options() -> None:
    for make in (plugtorch.rand, plugtorch.randn):
        assert make(2, 3).shape == (2, 3)
        assert make((2, 3)).shape == (2, 3)
        assert make([2, 3]).shape == (2, 3)
        assert make(size=(2, 3)).shape == (2, 3)
        assert make(()).shape == ()
        assert make(0, 3).shape == (0, 3)
        assert make(2, requires_grad=True).requires_grad
        assert make(2, device="cpu").dtype is plugtorch.float32
        with pytest.raises(DTypeError, match="int64"):
            make(2, dtype=plugtorch.int64)
        with pytest.raises(ShapeError, match="negative"):
            make(-1)
        with pytest.raises(TypeError):
            make(2, colour=3)


def test_gradients_do_not_flow_through_drawing_in_place() -> None:
    x = plugtorch.ones(3, requires_grad=True)
    y = (x * 2).normal_()
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    with plugtorch.no_grad():
        x.uniform_(5, 6)
    assert x.min() >= 5


def test_a_shape_does_not_change_the_numbers() -> None:
    plugtorch.manual_seed(4)
    flat = plugtorch.rand(24)
    plugtorch.manual_seed(4)
    assert plugtorch.rand(2, 3, 4).reshape(-1).tolist() == flat.tolist()
