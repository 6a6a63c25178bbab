"""One step of a recurrent network. Call a cell once for every time step, with the state that it
returned.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional import linear, recurrent
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


class RNNCellBase(Module):
    """The weights of a cell: of the input and of the state, for ``gates`` gates one under the
    other.

    All start uniform within 1/sqrt(hidden_size).
    """

    gates = 1
    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = self.gates * hidden_size

        def parameter(*shape: int) -> Parameter:
            return Parameter(empty(shape, device=device, dtype=dtype))

        self.weight_ih = parameter(rows, input_size)
        self.weight_hh = parameter(rows, hidden_size)
        self.register_parameter("bias_ih", parameter(rows) if bias else None)
        self.register_parameter("bias_hh", parameter(rows) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def _products(self, input: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """What comes from the input and what comes from the state, for all gates: (N, gates
        hidden_size).
        """
        return (
            linear(input, self.weight_ih, self.bias_ih),
            linear(hidden, self.weight_hh, self.bias_hh),
        )

    def _state(self, input: Tensor, hidden: Tensor | None) -> Tensor:
        """``hidden`` after its check, or zeros."""
        name = type(self).__name__
        if input.ndim not in (1, 2) or input.shape[-1] != self.input_size:
            raise ShapeError(
                f"[{name}] got an input of shape {tuple(input.shape)}, needed (N, "
                f"{self.input_size}) or "
                f"({self.input_size},): input_size is {self.input_size}."
            )
        shape = (*input.shape[:-1], self.hidden_size)
        if hidden is None:
            return input.new_zeros(shape)
        if tuple(hidden.shape) != shape:
            raise ShapeError(
                f"[{name}] got a state of shape {tuple(hidden.shape)}, needed {shape}: "
                "hidden_size is "
                f"{self.hidden_size}."
            )
        return hidden

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + (
            "" if self.bias else f", bias={self.bias}"
        )


class RNNCell(RNNCellBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu of it.

    input_size, hidden_size: the sizes of x, (N, input_size) or (input_size,), and of the state.
    nonlinearity: "tanh" or "relu". Call: cell(x, h) with h None for zeros.

    Raises ArgumentError for another nonlinearity; ShapeError, when called, for other sizes.

    >>> import plugtorch
    >>> cell, h = plugtorch.nn.RNNCell(3, 5), None
    >>> for x in plugtorch.zeros(6, 2, 3):  # six time steps
    ...     h = cell(x, h)
    >>> h.shape
    plugtorch.Size([2, 5])

    Elman 1990; torch.nn.RNNCell.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, device, dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise ArgumentError(
                f'[RNNCell] nonlinearity is "tanh" or "relu", got {nonlinearity!r}.'
            )
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        h = self._state(input, hx)
        cell = recurrent.TANH if self.nonlinearity == "tanh" else recurrent.RELU
        (h,), _ = cell.step(*self._products(input, h), h)
        return h

    def extra_repr(self) -> str:
        text = super().extra_repr()
        return text if self.nonlinearity == "tanh" else f"{text}, nonlinearity={self.nonlinearity}"


class LSTMCell(RNNCellBase):
    """c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c'), with (i, f, g, o) = W_ih x
    + b_ih + W_hh h + b_hh.

    Sizes as for RNNCell. Call: h, c = cell(x, (h, c)), with None for zeros.

    Raises ShapeError, when called, for other sizes.

    >>> import plugtorch
    >>> h, c = plugtorch.nn.LSTMCell(3, 5)(plugtorch.zeros(2, 3))
    >>> h.shape, c.shape
    (plugtorch.Size([2, 5]), plugtorch.Size([2, 5]))

    Hochreiter and Schmidhuber 1997; torch.nn.LSTMCell.
    """

    gates = 4

    def forward(
        self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        h, c = hx if hx is not None else (None, None)
        h, c = self._state(input, h), self._state(input, c)
        (h, c), _ = recurrent.LSTM.step(*self._products(input, h), h, c)
        return h, c


class GRUCell(RNNCellBase):
    """h' = (1 - z) n + z h: r and z are sigmoids, n = tanh(W_in x + b_in + r (W_hn h + b_hn)).

    r = sigmoid(W_ir x + b_ir + W_hr h + b_hr), z the same with its own weights; the weights of r,
    z, n lie one under the other in weight_ih and weight_hh. Sizes as for RNNCell. Call: cell(x, h)
    with h None for zeros.

    Raises ShapeError, when called, for other sizes.

    >>> import plugtorch
    >>> plugtorch.nn.GRUCell(3, 5)(plugtorch.zeros(3)).shape
    plugtorch.Size([5])

    Cho et al. 2014, arXiv:1406.1078; torch.nn.GRUCell.
    """

    gates = 3

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        h = self._state(input, hx)
        (h,), _ = recurrent.GRU.step(*self._products(input, h), h)
        return h
