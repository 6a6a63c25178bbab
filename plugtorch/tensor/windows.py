"""Windows of signal processing. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

import math
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.tensor.creation import arange, ones
from plugtorch.tensor.special import i0

__all__ = [
    "bartlett_window",
    "blackman_window",
    "hamming_window",
    "hann_window",
    "kaiser_window",
]


def numbered(name: str, length: int, options: dict[str, Any]) -> Any:
    """0, 1, ... up to the length, in the window's dtype or finer."""
    kind = options.get("dtype") or dtypes.get_default_dtype()
    if not kind.is_floating_point:
        raise DTypeError(f"[{name}] needs a floating-point dtype, got {kind!r}.")
    if length < 0:
        raise ArgumentError(f"[{name}] the length must not be negative, got {length}.")
    finer = dtypes.float32 if kind.itemsize < 4 else kind
    return arange(length, dtype=finer, device=options.get("device"))


def _places(name: str, length: int, periodic: bool, options: dict[str, Any]) -> Any:
    """0 to the length, as a share of the last one; None for windows of one element and less."""
    numbers = numbered(name, length, options)
    return None if length < 2 else numbers / (length if periodic else length - 1)


def finished(window: Any, length: int, options: dict[str, Any]) -> Any:
    """The window in the dtype asked for; ones for None."""
    kind = options.get("dtype") or dtypes.get_default_dtype()
    unknown = set(options) - {"dtype", "device", "requires_grad", "layout", "pin_memory"}
    if unknown:
        raise TypeError(f"[window] unexpected keyword arguments: {', '.join(sorted(unknown))}.")
    result = ones(length, dtype=kind, device=options.get("device")) if window is None else window
    return result.to(kind).requires_grad_(options.get("requires_grad", False))


def cosines(name: str, length: int, periodic: bool, factors: Any, options: Any) -> Any:
    """factors[0] - factors[1] cos(2 pi n / N) + factors[2] cos(4 pi n / N) - ..."""
    places = _places(name, length, periodic, options)
    if places is None:
        return finished(None, length, options)
    total = 0.0
    for number, factor in enumerate(factors):
        total = total + (-1) ** number * factor * (places * (2 * math.pi * number)).cos()
    return finished(total, length, options)


def hann_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """(1 - cos(2 pi n / N)) / 2, where N is the length, or one less if not periodic.

    >>> import plugtorch
    >>> plugtorch.hann_window(4)
    tensor([0.0000, 0.5000, 1.0000, 0.5000])

    Source: torch.hann_window.
    """
    return cosines("hann_window", window_length, periodic, (0.5, 0.5), options)


def hamming_window(
    window_length: int,
    periodic: bool = True,
    alpha: float = 0.54,
    beta: float = 0.46,
    **options: Any,
) -> Any:
    """alpha - beta cos(2 pi n / N). Source: torch.hamming_window."""
    return cosines("hamming_window", window_length, periodic, (alpha, beta), options)


def blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N). Source: torch.blackman_window."""
    return cosines("blackman_window", window_length, periodic, (0.42, 0.5, 0.08), options)


def bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """1 - |2 n / N - 1|. Source: torch.bartlett_window."""
    places = _places("bartlett_window", window_length, periodic, options)
    window = None if places is None else 1 - (2 * places - 1).abs()
    return finished(window, window_length, options)


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, **options: Any
) -> Any:
    """I0(beta sqrt(1 - (2 n / N - 1)^2)) / I0(beta). Source: torch.kaiser_window."""
    places = _places("kaiser_window", window_length, periodic, options)
    if places is None:
        return finished(None, window_length, options)
    inside = (1 - (2 * places - 1) ** 2).clamp(min=0).sqrt()
    scale = i0(places.new_full((), float(beta)))
    return finished(i0(beta * inside) / scale, window_length, options)
