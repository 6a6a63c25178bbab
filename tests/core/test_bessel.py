"""Bessel functions and orthogonal polynomials: identities, ends, derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch.testing.differences import check_derivatives


def near(found: Any, expected: Any, slack: float) -> None:
    np.testing.assert_allclose(found.cpu().numpy(), expected, rtol=slack, atol=slack)


def test_bessel_functions_by_their_wronskians() -> None:
    kind = plugtorch.float64 if plugtorch.get_default_device().type == "cpu" else plugtorch.float32
    slack = 1e-12 if kind is plugtorch.float64 else 2e-4
    x = plugtorch.tensor(np.concatenate([np.linspace(0.01, 3, 57), np.linspace(3, 90, 83)]))
    x = x.to(kind)
    s = plugtorch.special
    crossed = s.bessel_j1(x) * s.bessel_y0(x) - s.bessel_j0(x) * s.bessel_y1(x)
    near(crossed * x, np.full(140, 2 / np.pi), slack)
    crossed = s.i0e(x) * s.scaled_modified_bessel_k1(x) + s.i1e(x) * s.scaled_modified_bessel_k0(x)
    near(crossed * x, np.ones(140), slack)


@pytest.mark.parametrize("name", ["bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"])
def test_bessel_functions_at_the_ends(name: str) -> None:
    ends = plugtorch.tensor([0.0, np.inf, np.nan, -2.0, 2.0])
    at_0, at_infinity, at_nan, left, right = getattr(plugtorch.special, name)(ends).tolist()
    assert at_0 == {"bessel_j0": 1.0, "bessel_j1": 0.0}.get(name, -np.inf) or abs(at_0 - 1) < 1e-6
    assert at_infinity == 0
    assert np.isnan(at_nan)
    signs = {"bessel_j0": 1, "bessel_j1": -1}
    assert left == signs[name] * right if name in signs else np.isnan(left)


@pytest.mark.parametrize(
    "name",
    """
    bessel_j0 bessel_j1 bessel_y0 bessel_y1 modified_bessel_k0 modified_bessel_k1
    scaled_modified_bessel_k0 scaled_modified_bessel_k1 spherical_bessel_j0
    """.split(),
)
def test_derivatives_of_bessel_functions(name: str) -> None:
    kind = plugtorch.float64
    given = np.array([0.4, 1.7, 3.1, 24.0, 26.5])

    def up(host: Any, kind: Any) -> Any:
        return plugtorch.tensor(host, dtype=kind)

    function = getattr(plugtorch.special, name)
    check_derivatives(function, [given], up, lambda x: x.detach().cpu().numpy(), kind, name)


def test_polynomials() -> None:
    x, s = plugtorch.tensor([-0.5, 0.3, 2.0]), plugtorch.special
    value = x.cpu().numpy()
    near(s.chebyshev_polynomial_t(x, 3), 4 * value**3 - 3 * value, 1e-5)
    near(s.hermite_polynomial_he(x, 3), value**3 - 3 * value, 1e-5)
    near(s.legendre_polynomial_p(x, 2), (3 * value**2 - 1) / 2, 1e-5)
    near(s.laguerre_polynomial_l(x, 2), (value**2 - 4 * value + 2) / 2, 1e-5)
    degrees = plugtorch.tensor([-1, 0, 1])
    near(s.chebyshev_polynomial_u(x, degrees), np.array([0.0, 1.0, 4.0]), 1e-6)
