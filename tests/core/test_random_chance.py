"""Draws that are compared with a probability hit it, in half precision too."""

import pytest

import plugtorch

FLOATS = [plugtorch.float16, plugtorch.bfloat16, plugtorch.float32, plugtorch.float64]


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("p", [0.001, 0.3, 0.999])
def test_bernoulli_hits_its_probability(dtype, p):
    plugtorch.manual_seed(0)
    chance = plugtorch.full((400_000,), p, dtype=dtype)
    mean = plugtorch.bernoulli(chance).double().mean().item()
    exact = chance[0].item()
    assert abs(mean - exact) <= 5 * (exact * (1 - exact) / 400_000) ** 0.5


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
@pytest.mark.parametrize("replacement", [True, False])
def test_multinomial_hits_its_weights(dtype, replacement):
    plugtorch.manual_seed(0)
    weights = plugtorch.tensor([1.0, 0.0, 30.0, 3.0], dtype=dtype).expand(60_000, 4)
    drawn = plugtorch.multinomial(weights, 1, replacement)
    shares = [(drawn == k).double().mean().item() for k in range(4)]
    assert shares[1] == 0
    for share, weight in zip(shares, [1, 0, 30, 3], strict=True):
        assert abs(share - weight / 34) < 0.005
