"""Functions with a derivative of their own, that rules of primitives do not give."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from plugtorch import dtypes
from plugtorch.autograd import Function
from plugtorch.primitive import FLOAT, cast, match, wrap_number
from plugtorch.storage import TensorBase


def smooth(slope: Callable[[Any], Any]) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """Gives a function of one floating-point tensor the derivative ``slope``. 16-bit tensors are
    computed in float32, and rounded once.
    """

    def decorator(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        class Smooth(Function):
            @staticmethod
            def forward(ctx: Any, x: Any) -> Any:
                ctx.save_for_backward(x)
                return function(x)

            @staticmethod
            def backward(ctx: Any, gradient: Any) -> Any:
                (x,) = ctx.saved_tensors
                return gradient * slope(x)

        Smooth.__name__ = function.__name__

        @functools.wraps(function)
        def apply(input: Any) -> Any:
            (x,) = match(function.__name__, (input,), FLOAT)
            if x.dtype.itemsize > 2:
                return Smooth.apply(x)
            return cast(Smooth.apply(cast(x, dtypes.float32)), x.dtype)

        return apply

    return decorator


def both(name: str, *operands: Any) -> list[Any]:
    """The operands as tensors of one floating-point dtype."""
    matched = match(name, operands, FLOAT)
    like = next(o for o in matched if isinstance(o, TensorBase))
    return [
        o if isinstance(o, TensorBase) else wrap_number(o, like.storage.backend, like.dtype)
        for o in matched
    ]
