"""Windows of signal processing: PyTorch's torch.signal.windows.

Each takes M, the number of elements; sym: whether it is symmetric, or one period of a periodic
function, to be cut off before its last element; and dtype, device and requires_grad.

>>> hann(5)
tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable
from typing import Any

from plugtorch.dtypes import float32, float64
from plugtorch.errors import ArgumentError
from plugtorch.tensor.windows import (
    bartlett_window,
    blackman_window,
    cosines,
    finished,
    hann_window,
    kaiser_window,
    numbered,
)

__all__ = [
    "bartlett",
    "blackman",
    "cosine",
    "exponential",
    "gaussian",
    "general_cosine",
    "general_hamming",
    "hamming",
    "hann",
    "kaiser",
    "nuttall",
]


def _window(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses what the functions of windows refuse in PyTorch."""

    @functools.wraps(function)
    def apply(M: int, **options: Any) -> Any:
        kind = options.get("dtype")
        if kind not in (None, float32, float64):
            raise ArgumentError(
                f"[{function.__name__}] dtype must be float32 or float64, got {kind!r}."
            )
        return function(M, **options)

    return apply


def _positive(name: str, what: str, value: float) -> float:
    if value <= 0:
        raise ArgumentError(f"[{name}] {what} must be positive, got {value}.")
    return value


def _from_middle(name: str, length: int, sym: bool, options: Any, centre: Any = None) -> Any:
    """How far each place lies from the middle."""
    if centre is None:
        centre = (length if not sym and length > 1 else length - 1) / 2
    return numbered(name, length, options) - centre


@_window
def bartlett(M: int, *, sym: bool = True, **options: Any) -> Any:
    """1 - |2 n / N - 1|, N being M - 1, or M if not sym. Source: torch.signal.windows.bartlett."""
    return bartlett_window(M, not sym, **options)


@_window
def blackman(M: int, *, sym: bool = True, **options: Any) -> Any:
    """``general_cosine`` of 0.42, 0.5, 0.08. Source: torch.signal.windows.blackman."""
    return blackman_window(M, not sym, **options)


@_window
def cosine(M: int, *, sym: bool = True, **options: Any) -> Any:
    """sin(pi (n + 1/2) / N), N being M, or M + 1 if not sym. Source:
    torch.signal.windows.cosine.
    """
    places = numbered("cosine", M, options) + 0.5
    last = M + 1 if not sym and M > 1 else max(M, 1)
    return finished((places * (math.pi / last)).sin(), M, options)


@_window
def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, **options: Any
) -> Any:
    """e^(-|n - center| / tau), around the middle; another center only if not sym. Source:
    torch.signal.windows.exponential.
    """
    _positive("exponential", "tau", tau)
    if sym and center is not None:
        raise ArgumentError("[exponential] with sym=True the center is the middle. Leave it out.")
    far = _from_middle("exponential", M, sym, options, center).abs()
    return finished((far * (-1 / tau)).exp(), M, options)


@_window
def gaussian(M: int, *, std: float = 1.0, sym: bool = True, **options: Any) -> Any:
    """e^(-(n - middle)^2 / (2 std^2)). Source: torch.signal.windows.gaussian."""
    _positive("gaussian", "std", std)
    far = _from_middle("gaussian", M, sym, options) * (1 / (std * math.sqrt(2)))
    return finished((-far.square()).exp(), M, options)


@_window
def general_cosine(M: int, *, a: Iterable[float], sym: bool = True, **options: Any) -> Any:
    """a[0] - a[1] cos(2 pi n / N) + a[2] cos(4 pi n / N) - ... Source:
    torch.signal.windows.general_cosine.
    """
    factors = list(a)
    if not factors:
        raise ArgumentError("[general_cosine] needs at least 1 factor in a, got none.")
    return cosines("general_cosine", M, not sym, factors, options)


@_window
def general_hamming(M: int, *, alpha: float = 0.54, sym: bool = True, **options: Any) -> Any:
    """alpha - (1 - alpha) cos(2 pi n / N). Source: torch.signal.windows.general_hamming."""
    return general_cosine(M, a=(alpha, 1 - alpha), sym=sym, **options)


@_window
def hamming(M: int, *, sym: bool = True, **options: Any) -> Any:
    """``general_hamming`` with alpha 0.54. Source: torch.signal.windows.hamming."""
    return general_hamming(M, sym=sym, **options)


@_window
def hann(M: int, *, sym: bool = True, **options: Any) -> Any:
    """``general_hamming`` with alpha 0.5. Source: torch.signal.windows.hann."""
    return hann_window(M, not sym, **options)


@_window
def kaiser(M: int, *, beta: float = 12.0, sym: bool = True, **options: Any) -> Any:
    """I0(beta sqrt(1 - (2 n / N - 1)^2)) / I0(beta). Source: torch.signal.windows.kaiser."""
    if beta < 0:
        raise ArgumentError(f"[kaiser] beta must not be negative, got {beta}.")
    return kaiser_window(M, not sym, beta, **options)


@_window
def nuttall(M: int, *, sym: bool = True, **options: Any) -> Any:
    """``general_cosine`` of four factors (Nuttall 1981). Source: torch.signal.windows.nuttall."""
    return general_cosine(M, a=(0.3635819, 0.4891775, 0.1365995, 0.0106411), sym=sym, **options)
