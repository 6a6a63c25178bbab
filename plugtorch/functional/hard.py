"""Activations made of straight pieces. Beyond an edge, and on it, no gradient comes back, as in
PyTorch.
"""

from __future__ import annotations

from plugtorch.errors import ArgumentError
from plugtorch.functional.checks import finish, floating
from plugtorch.ops import elementwise
from plugtorch.tensor import Tensor

_where = elementwise.where.apply


def hardtanh(
    input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """x between min_val and max_val, those beyond.

    Raises ArgumentError for min_val > max_val.

    >>> import plugtorch
    >>> plugtorch.nn.functional.hardtanh(plugtorch.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])

    As torch.nn.functional.hardtanh.
    """
    if min_val > max_val:
        raise ArgumentError(
            f"[hardtanh] min_val is {min_val}, above max_val, {max_val}. Exchange them."
        )
    return finish(input, _pieces(input, min_val, max_val), inplace)


def _pieces(x: Tensor, low: float, high: float) -> Tensor:
    if not x.dtype.is_floating_point:  # whole numbers stay whole
        low, high = int(low), int(high)
    return _where(x <= low, low, _where(x >= high, high, x))


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """x between 0 and 6, those beyond.

    >>> import plugtorch
    >>> plugtorch.nn.functional.relu6(plugtorch.tensor([-1.0, 3.0, 9.0]))
    tensor([0., 3., 6.])

    As torch.nn.functional.relu6.
    """
    return finish(input, _pieces(input, 0.0, 6.0), inplace)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """x/6 + 1/2 between -3 and 3, 0 and 1 beyond.

    >>> import plugtorch
    >>> plugtorch.nn.functional.hardsigmoid(plugtorch.tensor([-9.0, 0.0, 9.0]))
    tensor([0.0000, 0.5000, 1.0000])

    Howard et al. 2019, arXiv:1905.02244; torch.nn.functional.hardsigmoid.
    """
    floating("hardsigmoid", input)
    line = _where(input <= -3, 0.0, _where(input >= 3, 1.0, (input + 3) / 6))
    return finish(input, line, inplace)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x hardsigmoid(x): 0 below -3, x above 3, x (x + 3) / 6 between.

    >>> import plugtorch
    >>> plugtorch.nn.functional.hardswish(plugtorch.tensor([-9.0, 0.0, 9.0]))
    tensor([0., 0., 9.])

    Howard et al. 2019, arXiv:1905.02244; torch.nn.functional.hardswish.
    """
    floating("hardswish", input)
    # the parabola of an infinite x is not used, but its gradient would be NaN
    inside = _where((input > -3) & (input < 3), input, 0.0)
    curve = _where(input <= -3, 0.0, _where(input >= 3, input, inside * (inside + 3) / 6))
    return finish(input, _where(input.isnan(), input, curve), inplace)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """0 where |x| <= lambd, else x.

    >>> import plugtorch
    >>> plugtorch.nn.functional.hardshrink(plugtorch.tensor([-2.0, 0.25, 2.0]))
    tensor([-2.,  0.,  2.])

    As torch.nn.functional.hardshrink.
    """
    floating("hardshrink", input)
    return _where((input >= -lambd) & (input <= lambd), 0.0, input)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd; 0 where |x| <= lambd.

    Raises ArgumentError for a negative lambd.

    >>> import plugtorch
    >>> plugtorch.nn.functional.softshrink(plugtorch.tensor([-2.0, 0.25, 2.0]))
    tensor([-1.5000,  0.0000,  1.5000])

    As torch.nn.functional.softshrink.
    """
    floating("softshrink", input)
    if lambd < 0:
        raise ArgumentError(f"[softshrink] lambd must not be negative, got {lambd}.")
    beyond = _where(input < -lambd, input + lambd, input - lambd)
    return _where((input >= -lambd) & (input <= lambd), 0.0, beyond)
