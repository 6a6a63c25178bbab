"""Recurrent layers over whole sequences."""

from __future__ import annotations

from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.functional.recurrent import State
from plugtorch.nn.rnn_base import RNNBase


class RNN(RNNBase):
    """h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh) over a sequence, or relu of it.

    input_size, hidden_size: the sizes of x_t and h_t. nonlinearity: "tanh" or "relu". Other options
    as for RNNBase.

    Call: output, h_n = rnn(x, h_0). x: (L, N, input_size), (N, L, input_size) if batch_first, (L,
    input_size), or packed. output: the last layer's h_t in the same form, with both directions side
    by side. h_0, h_n: (num_layers times directions, N, hidden_size), without N where x is; None for
    zeros.

    Raises ArgumentError and DTypeError for options that do not fit; ShapeError, when called, for
    other shapes.

    >>> import plugtorch
    >>> output, h = plugtorch.nn.RNN(3, 5, num_layers=2)(plugtorch.zeros(6, 4, 3))
    >>> output.shape, h.shape
    (plugtorch.Size([6, 4, 5]), plugtorch.Size([2, 4, 5]))

    Elman 1990; torch.nn.RNN.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        proj_size: None = None,
    ) -> None:
        _no_projection("RNN", proj_size)
        if nonlinearity not in ("tanh", "relu"):
            raise ArgumentError(f'[RNN] nonlinearity is "tanh" or "relu", got {nonlinearity!r}.')
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """c_t = sigmoid(f) c_(t-1) + sigmoid(i) tanh(g), h_t = sigmoid(o) tanh(c_t) over a sequence.

    (i, f, g, o) = W_ih x_t + b_ih + W_hh h_(t-1) + b_hh. With proj_size h_t is W_hr times that.
    Options as for RNNBase, input and output as for RNN.

    Call: output, (h_n, c_n) = lstm(x, (h_0, c_0)), with None for zeros. h: (num_layers times
    directions, N, proj_size or hidden_size). c: (num_layers times directions, N, hidden_size).

    Raises ArgumentError and DTypeError for options that do not fit; ShapeError, when called, for
    other shapes.

    >>> import plugtorch
    >>> lstm = plugtorch.nn.LSTM(3, 5, batch_first=True, bidirectional=True)
    >>> output, (h, c) = lstm(plugtorch.zeros(4, 6, 3))
    >>> output.shape, h.shape, c.shape
    (plugtorch.Size([4, 6, 10]), plugtorch.Size([2, 4, 5]), plugtorch.Size([2, 4, 5]))

    Hochreiter and Schmidhuber 1997; projections: Sak et al. 2014, arXiv:1402.1128; torch.nn.LSTM.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device,
            dtype,
        )

    @property
    def _state_sizes(self) -> tuple[int, ...]:
        return (self._output_size, self.hidden_size)

    def _given(self, state: State) -> Any:
        return state

    def _taken(self, hx: Any) -> State:
        if not isinstance(hx, (tuple, list)) or len(hx) != 2:
            raise ArgumentError(f"[LSTM] the state is a pair (h, c), got a {type(hx).__name__}.")
        return tuple(hx)


class GRU(RNNBase):
    """h_t = (1 - z) n + z h_(t-1) over a sequence, with the gates of GRUCell.

    Options as for RNNBase; input, output and state as for RNN.

    Raises ArgumentError and DTypeError for options that do not fit; ShapeError, when called, for
    other shapes.

    >>> import plugtorch
    >>> output, h = plugtorch.nn.GRU(3, 5)(plugtorch.zeros(6, 3))
    >>> output.shape, h.shape
    (plugtorch.Size([6, 5]), plugtorch.Size([1, 5]))

    Cho et al. 2014, arXiv:1406.1078; torch.nn.GRU.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        proj_size: None = None,
    ) -> None:
        _no_projection("GRU", proj_size)
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )


def _no_projection(name: str, proj_size: Any) -> None:
    if proj_size is not None:
        raise ArgumentError(f"[{name}] only LSTM has a proj_size.")
