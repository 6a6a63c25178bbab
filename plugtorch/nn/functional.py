"""PyTorch's torch.nn.functional: activations and layers as functions, and every loss that is
installed.

A loss is found by its name or an alias when it is first asked for: ``cross_entropy``, ``mse_loss``,
and those of any plugin.

>>> import plugtorch
>>> import plugtorch.nn.functional as F
>>> F.mse_loss(plugtorch.zeros(2), plugtorch.ones(2))
tensor(1.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch import registry
from plugtorch.errors import ArgumentError, ShapeError, UnknownNameError
from plugtorch.functional import *  # noqa: F403 - this module is that one and the losses
from plugtorch.functional import __all__ as _COMPOSITIONS


def _inplace(function: Callable[..., Any]) -> Callable[..., Any]:
    def in_place(input: Any, *args: Any, **options: Any) -> Any:
        return function(input, *args, **options, inplace=True)

    in_place.__name__ = in_place.__qualname__ = f"{function.__name__}_"
    in_place.__doc__ = f"``{function.__name__}`` that writes into its input."
    return in_place


relu_ = _inplace(relu)  # noqa: F405
leaky_relu_ = _inplace(leaky_relu)  # noqa: F405
rrelu_ = _inplace(rrelu)  # noqa: F405
elu_ = _inplace(elu)  # noqa: F405
selu_ = _inplace(selu)  # noqa: F405
celu_ = _inplace(celu)  # noqa: F405
hardtanh_ = _inplace(hardtanh)  # noqa: F405
threshold_ = _inplace(threshold)  # noqa: F405


def _with_indices(function: Callable[..., Any]) -> Callable[..., Any]:
    def both(input: Any, *args: Any, **options: Any) -> Any:
        return function(input, *args, **{**options, "return_indices": True})

    both.__name__ = both.__qualname__ = f"{function.__name__}_with_indices"
    both.__doc__ = f"``{function.__name__}``, and where in the input its results lie."
    return both


max_pool1d_with_indices = _with_indices(max_pool1d)  # noqa: F405
max_pool2d_with_indices = _with_indices(max_pool2d)  # noqa: F405
max_pool3d_with_indices = _with_indices(max_pool3d)  # noqa: F405
adaptive_max_pool1d_with_indices = _with_indices(adaptive_max_pool1d)  # noqa: F405
adaptive_max_pool2d_with_indices = _with_indices(adaptive_max_pool2d)  # noqa: F405
adaptive_max_pool3d_with_indices = _with_indices(adaptive_max_pool3d)  # noqa: F405
fractional_max_pool2d_with_indices = _with_indices(fractional_max_pool2d)  # noqa: F405
fractional_max_pool3d_with_indices = _with_indices(fractional_max_pool3d)  # noqa: F405


def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """``cross_entropy`` of ``linear(input, linear_weight, linear_bias)``.

    input: (N, F) or (F). linear_weight: (C, F), or (C, d1, ..., F) for targets (N, d1, ...).
    options: how PyTorch saves memory; without effect.

    Raises ShapeError for shapes that do not fit, ArgumentError for an ignore_index with
    probabilities.

    Source: torch.nn.functional.linear_cross_entropy.
    """
    classes, *inner, features = linear_weight.shape if linear_weight.ndim > 1 else (0, 0)
    bias_fits = linear_bias is None or tuple(linear_bias.shape) == (classes, *inner)
    fits = linear_weight.ndim > 1 and input.shape[-1:] == (features,) and bias_fits
    if input.ndim not in ((2,) if inner else (1, 2)) or not fits:
        raise ShapeError(
            f"[linear_cross_entropy] input {tuple(input.shape)} does not fit linear_weight "
            f"{tuple(linear_weight.shape)}: needed (N, F) and (C, ..., F), with a bias (C, ...)."
        )
    bias = None if linear_bias is None else linear_bias.reshape(-1)
    logits = linear(input, linear_weight.reshape(-1, features), bias)  # noqa: F405
    logits = logits.reshape(*input.shape[:-1], classes, *inner)
    if ignore_index is not None and target.shape == logits.shape:
        raise ArgumentError("[linear_cross_entropy] probabilities have no ignore_index.")
    return __getattr__("cross_entropy")(
        logits,
        target,
        weight=weight,
        reduction=reduction,
        ignore_index=-100 if ignore_index is None else ignore_index,
        label_smoothing=label_smoothing,
    )


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        loss = registry.get("loss", name)
    except UnknownNameError as error:
        raise AttributeError(
            f"[nn.functional] there is no {name!r}, and no loss of that name. {error}"
        ) from None
    function = getattr(loss, "functional", None)
    if function is None:  # a plain module

        def function(input: Any, target: Any, *args: Any, **options: Any) -> Any:
            return loss(*args, **options)(input, target)

    if registry.entry("loss", name).plugin.builtin:  # nobody else can take its name
        globals()[name] = function
    return function


def __dir__() -> list[str]:
    return sorted({*_COMPOSITIONS, *globals(), *registry.names("loss")})
