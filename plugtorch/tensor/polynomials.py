"""Orthogonal polynomials, element by element, by their recurrences. Names and meaning are PyTorch's
(torch.special).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.ops import elementwise as ops
from plugtorch.primitive import cast
from plugtorch.tensor.smooth import both

Step = Callable[[Any, int, Any, Any], Any]


def _polynomial(name: str, doc: str, first: Callable[[Any], Any], step: Step) -> Any:
    """The function (input, n) of a family whose members are 1, first(x) and, from k = 1 on,
    step(x, k, member k, member k - 1).
    """

    def apply(input: Any, n: Any) -> Any:
        x, degree = both(name, input, n)
        degree = ops.trunc.apply(degree.detach())
        most = int(degree.max()) if degree.numel() else -1
        result = ops.where.apply(degree == 0, 1.0, 0.0 * degree)
        result = cast(result, x.dtype) + 0.0 * ops.where.apply(degree > 0, x, 0.0)
        before, member = x * 0 + 1, first(x)
        for k in range(1, most + 1):
            result = ops.where.apply(degree == k, member, result)
            before, member = member, step(x, k, member, before)
        return result

    apply.__name__ = apply.__qualname__ = name
    apply.__doc__ = f"{doc} of degree n; 0 for a negative n. Source: torch.special.{name}."
    return apply


def _chebyshev(name: str, kind: str, first: Callable[[Any], Any]) -> tuple[Any, Any]:
    """The polynomials, and those of 2 x - 1."""

    def step(x: Any, k: int, member: Any, before: Any) -> Any:
        return 2 * x * member - before

    plain = _polynomial(name, f"Chebyshev's polynomial of the {kind} kind", first, step)
    shifted = _polynomial(
        f"shifted_{name}",
        f"Chebyshev's polynomial of the {kind} kind at 2 x - 1,",
        lambda x: first(2 * x - 1),
        lambda x, *rest: step(2 * x - 1, *rest),
    )
    return plain, shifted


chebyshev_polynomial_t, shifted_chebyshev_polynomial_t = _chebyshev(
    "chebyshev_polynomial_t", "first", lambda x: x
)
chebyshev_polynomial_u, shifted_chebyshev_polynomial_u = _chebyshev(
    "chebyshev_polynomial_u", "second", lambda x: 2 * x
)
chebyshev_polynomial_v, shifted_chebyshev_polynomial_v = _chebyshev(
    "chebyshev_polynomial_v", "third", lambda x: 2 * x - 1
)
chebyshev_polynomial_w, shifted_chebyshev_polynomial_w = _chebyshev(
    "chebyshev_polynomial_w", "fourth", lambda x: 2 * x + 1
)
hermite_polynomial_h = _polynomial(
    "hermite_polynomial_h",
    "Hermite's polynomial of physics",
    lambda x: 2 * x,
    lambda x, k, member, before: 2 * x * member - 2 * k * before,
)
hermite_polynomial_he = _polynomial(
    "hermite_polynomial_he",
    "Hermite's polynomial of statistics",
    lambda x: x,
    lambda x, k, member, before: x * member - k * before,
)
laguerre_polynomial_l = _polynomial(
    "laguerre_polynomial_l",
    "Laguerre's polynomial",
    lambda x: 1 - x,
    lambda x, k, member, before: ((2 * k + 1 - x) * member - k * before) / (k + 1),
)
legendre_polynomial_p = _polynomial(
    "legendre_polynomial_p",
    "Legendre's polynomial",
    lambda x: x,
    lambda x, k, member, before: ((2 * k + 1) * x * member - k * before) / (k + 1),
)
