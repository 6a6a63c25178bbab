"""Activations as modules; the formulas are in ``plugtorch.functional``."""

from __future__ import annotations

from typing import Any, ClassVar

from plugtorch import functional as F
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module, Parameter
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import full


class _Activation(Module):
    """``shown`` names the options that ``repr`` shows; inplace is shown when it is True."""

    shown: ClassVar[tuple[str, ...]] = ()
    inplace = False

    def extra_repr(self) -> str:
        parts = [f"{name}={getattr(self, name)!r}" for name in self.shown]
        return ", ".join([*parts, "inplace=True"] if self.inplace else parts)


class _InPlace(_Activation):
    """inplace: write the result into the input."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


# -- without options -------------------------------------------------------------------------------


class ReLU(_InPlace):
    """max(x, 0). As torch.nn.ReLU.

    >>> import plugtorch
    >>> plugtorch.nn.ReLU()(plugtorch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.relu(input, self.inplace)


class ReLU6(_InPlace):
    """x between 0 and 6, those beyond. As torch.nn.ReLU6."""

    def forward(self, input: Tensor) -> Tensor:
        return F.relu6(input, self.inplace)


class SELU(_InPlace):
    """1.0507 elu(x, 1.6733). As torch.nn.SELU."""

    def forward(self, input: Tensor) -> Tensor:
        return F.selu(input, self.inplace)


class SiLU(_InPlace):
    """x sigmoid(x). As torch.nn.SiLU."""

    def forward(self, input: Tensor) -> Tensor:
        return F.silu(input, self.inplace)


class Mish(_InPlace):
    """x tanh(softplus(x)). As torch.nn.Mish."""

    def forward(self, input: Tensor) -> Tensor:
        return F.mish(input, self.inplace)


class Hardsigmoid(_InPlace):
    """x/6 + 1/2 between -3 and 3, 0 and 1 beyond. As torch.nn.Hardsigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        return F.hardsigmoid(input, self.inplace)

    def extra_repr(self) -> str:
        return ""


class Hardswish(Hardsigmoid):
    """x hardsigmoid(x). As torch.nn.Hardswish."""

    def forward(self, input: Tensor) -> Tensor:
        return F.hardswish(input, self.inplace)


class Sigmoid(Module):
    """1 / (1 + e^-x). As torch.nn.Sigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        return input.sigmoid()


class Tanh(Module):
    """The hyperbolic tangent. As torch.nn.Tanh."""

    def forward(self, input: Tensor) -> Tensor:
        return input.tanh()


class LogSigmoid(Module):
    """ln sigmoid(x). As torch.nn.LogSigmoid."""

    def forward(self, input: Tensor) -> Tensor:
        return F.logsigmoid(input)


class Softsign(Module):
    """x / (1 + |x|). As torch.nn.Softsign."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softsign(input)


class Tanhshrink(Module):
    """x - tanh(x). As torch.nn.Tanhshrink."""

    def forward(self, input: Tensor) -> Tensor:
        return F.tanhshrink(input)


# -- with options ----------------------------------------------------------------------------------


class LeakyReLU(_Activation):
    """x where x > 0, else negative_slope x. As torch.nn.LeakyReLU."""

    shown = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)


class PReLU(_Activation):
    """x where x > 0, else weight x, with one learned weight or one for each channel (axis 1).

    num_parameters: 1 or the number of channels. init: what the weights start with. As
    torch.nn.PReLU.
    """

    shown = ("num_parameters",)
    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(full((num_parameters,), float(init), device=device, dtype=dtype))

    def reset_parameters(self) -> None:
        """Back to what the weights started with."""
        self.weight.data.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        return F.prelu(input, self.weight)


class RReLU(_Activation):
    """x where x > 0, else a x; a is random in lower .. upper in training, their mean after. As
    torch.nn.RReLU.
    """

    shown = ("lower", "upper")

    def __init__(
        self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False
    ) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class ELU(_Activation):
    """x where x > 0, else alpha (e^x - 1). As torch.nn.ELU."""

    shown = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.elu(input, self.alpha, self.inplace)


class CELU(ELU):
    """x where x > 0, else alpha (e^(x/alpha) - 1). As torch.nn.CELU."""

    def forward(self, input: Tensor) -> Tensor:
        return F.celu(input, self.alpha, self.inplace)


class Threshold(_Activation):
    """x where x > threshold, else value. As torch.nn.Threshold."""

    shown = ("threshold", "value")

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.threshold(input, self.threshold, self.value, self.inplace)


class Hardtanh(_Activation):
    """x between min_val and max_val, those beyond. As torch.nn.Hardtanh.

    Raises ArgumentError unless min_val < max_val.
    """

    shown = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        if min_val >= max_val:
            raise ArgumentError(f"[Hardtanh] min_val is {min_val}, not below max_val, {max_val}.")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)


class GELU(_Activation):
    """x Phi(x), with Phi the normal distribution function. approximate: "none" or "tanh". As
    torch.nn.GELU.
    """

    shown = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return F.gelu(input, self.approximate)


class Softplus(_Activation):
    """ln(1 + e^(beta x)) / beta; x itself where beta x > threshold. As torch.nn.Softplus."""

    shown = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)


class Hardshrink(Module):
    """0 where |x| <= lambd, else x. As torch.nn.Hardshrink."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return F.hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return str(self.lambd)


class Softshrink(Hardshrink):
    """x moved towards 0 by lambd; 0 where |x| <= lambd. As torch.nn.Softshrink."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softshrink(input, self.lambd)


class GLU(_Activation):
    """a sigmoid(b), where a and b are the halves of the input along ``dim``. As torch.nn.GLU."""

    shown = ("dim",)

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.glu(input, self.dim)


class Softmax(_Activation):
    """Positive numbers that sum to 1 along ``dim``. As torch.nn.Softmax.

    >>> import plugtorch
    >>> plugtorch.nn.Softmax(dim=1)(plugtorch.zeros(1, 4))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """

    shown = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return F.softmax(input, self.dim)


class Softmin(Softmax):
    """softmax(-x). As torch.nn.Softmin."""

    def forward(self, input: Tensor) -> Tensor:
        return F.softmin(input, self.dim)


class LogSoftmax(Softmax):
    """ln softmax(x). As torch.nn.LogSoftmax."""

    def forward(self, input: Tensor) -> Tensor:
        return F.log_softmax(input, self.dim)


class Softmax2d(Module):
    """softmax over the channels of (N, C, H, W) or (C, H, W). As torch.nn.Softmax2d.

    Raises ShapeError, when called, for another number of axes.
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(
                f"[Softmax2d] got an input of shape {tuple(input.shape)}, needed 3 or 4 axes."
            )
        return F.softmax(input, -3)
