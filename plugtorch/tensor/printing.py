"""A tensor as text, as PyTorch writes it.

All numbers of a tensor are written in one way and in one width: whole numbers with a dot, or four
decimals, or powers of ten. Large tensors show the ends of each axis only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError

if TYPE_CHECKING:
    import numpy


@dataclass
class Options:
    """What ``set_printoptions`` sets."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_options = Options()
_PROFILES = {
    "default": Options(),
    "short": Options(precision=2, edgeitems=2),
    "full": Options(threshold=math.inf),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are written; what is None stays as it is.

    precision: decimals (4). threshold: the number of elements above which a tensor is shortened
    (1000). edgeitems: how many of each end of an axis are then shown (3). linewidth: characters in
    a line (80). profile: "default", "short" or "full", to begin from. sci_mode: powers of ten
    always (True) or never (False); None chooses by the numbers, and so does every call without it.

    Raises ArgumentError for an unknown profile or a negative number.

    >>> import plugtorch
    >>> plugtorch.set_printoptions(precision=2)
    >>> plugtorch.tensor([1 / 3])
    tensor([0.33])
    >>> plugtorch.set_printoptions(profile="default")

    Source: torch.set_printoptions.
    """
    if profile is not None and profile not in _PROFILES:
        raise ArgumentError(
            f"[set_printoptions] there is no profile {profile!r}. "
            f"Choose one of: {', '.join(_PROFILES)}."
        )
    given = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    for name, value in given.items():
        if value is not None and value < 0:
            raise ArgumentError(f"[set_printoptions] {name} must not be negative, got {value}.")
    for name, value in given.items():
        if value is None and profile is not None:
            value = getattr(_PROFILES[profile], name)
        if value is not None:
            setattr(_options, name, value)
    _options.sci_mode = sci_mode


def format_tensor(tensor: Any) -> str:
    """The text of ``repr(tensor)``."""
    kind = type(tensor).__name__
    # other subclasses give their name; these two are above this layer, hence by name
    start = "tensor(" if kind in ("Tensor", "Parameter", "Buffer") else f"{kind}("
    shape, dtype, default = tuple(tensor.shape), tensor.dtype, dtypes.get_default_dtype()
    empty = 0 in shape
    shortened = math.prod(shape) > _options.threshold

    text = "[]" if empty else _text(tensor.detach().cpu().numpy(), len(start), shortened)
    facts = []
    if tensor.device.type != "cpu":
        facts.append(f"device='{tensor.device}'")
    if len(shape) != 1 if empty else not _options.edgeitems:  # the brackets do not tell it
        facts.append(f"size={shape}")
    if dtype is not default and (empty or dtype not in (dtypes.int64, dtypes.bool_)):
        facts.append(f"dtype={dtype}")
    if tensor.grad_fn is not None:
        facts.append(f"grad_fn=<{tensor.grad_fn.name()}>")
    elif tensor.requires_grad:
        facts.append("requires_grad=True")
    return _with_facts(start + text, facts, indent=len(start))


def format_part(tensor: Any) -> str:
    """The text of a tensor that is a part of a sparse one, which tells the dtype of both."""
    shape, start = tuple(tensor.shape), "tensor("
    if 0 in shape:
        return f"{start}[], size={shape})"
    shortened = math.prod(shape) > _options.threshold
    return start + _text(tensor.detach().cpu().numpy(), len(start), shortened) + ")"


def _with_facts(text: str, facts: Sequence[str], indent: int) -> str:
    """Append the facts, each on a new line if it would not fit, and the closing bracket."""
    parts = [text]
    used = len(text) - text.rfind("\n") + 1
    for fact in facts:
        if used + len(fact) + 2 > _options.linewidth:
            parts.append(f",\n{' ' * indent}{fact}")
            used = indent + len(fact)
        else:
            parts.append(f", {fact}")
            used += len(fact) + 2
    return "".join(parts) + ")"


def _text(values: numpy.ndarray[Any, Any], indent: int, shortened: bool) -> str:
    import numpy

    edge = _options.edgeitems
    cut = [shortened and size > 2 * edge for size in values.shape]
    ends = [
        numpy.r_[:edge, size - edge : size] if short else numpy.arange(size)
        for size, short in zip(values.shape, cut, strict=True)
    ]
    shown = values[numpy.ix_(*ends)] if shortened else values
    write, width = _format(shown.ravel())
    texts = (write(value).rjust(width) for value in shown.ravel().tolist())
    return _layout(texts, list(zip(shown.shape, cut, strict=True)), width, indent)


def _layout(texts: Iterator[str], axes: Sequence[tuple[int, bool]], width: int, indent: int) -> str:
    """Brackets and line breaks. axes: how many entries are shown, and whether more are left out."""
    if not axes:
        return next(texts)
    (count, cut), inner = axes[0], axes[1:]
    parts = [
        _layout(texts, inner, width, indent + 1) if inner else next(texts) for _ in range(count)
    ]
    if cut:
        # the space sets the dots of a row apart: "3,  ..., 7"
        parts.insert(count // 2, " ..." if not inner and count else "...")
    if inner:
        return f"[{(',' + chr(10) * len(inner) + ' ' * (indent + 1)).join(parts)}]"
    per_line = max(1, (_options.linewidth - indent) // (width + 2))
    lines = [", ".join(parts[i : i + per_line]) for i in range(0, len(parts), per_line)]
    return f"[{(',' + chr(10) + ' ' * (indent + 1)).join(lines)}]"


def _format(values: numpy.ndarray[Any, Any]) -> tuple[Callable[[Any], str], int]:
    """How to write each of ``values``, and in how many characters."""
    import numpy

    if values.dtype.kind in "iub":
        return str, max(map(len, map(str, values.tolist())), default=1)
    finite = values[numpy.isfinite(values) & (values != 0)].astype(numpy.float64)
    write = _decimals(finite)
    # zero, NaN and infinity do not count: they may stand out of line, as in PyTorch
    return write, max(map(len, map(write, finite.tolist())), default=1)


def _decimals(values: numpy.ndarray[Any, Any]) -> Callable[[float], str]:
    """How to write numbers like ``values``, which are finite and not zero."""
    import numpy

    whole = bool((values == numpy.trunc(values)).all())
    powers = _options.sci_mode if values.size else False
    if powers is None:
        smallest, largest = float(numpy.abs(values).min()), float(numpy.abs(values).max())
        too_wide = largest / smallest > 1000 or largest > 1e8
        powers = too_wide or (not whole and smallest < 1e-4)
    if powers:
        return lambda value: f"{value:.{_options.precision}e}"
    if whole:
        return lambda value: f"{value:.0f}." if math.isfinite(value) else f"{value:.0f}"
    return lambda value: f"{value:.{_options.precision}f}"
