"""What the recurrent layers over whole sequences have in common."""

from __future__ import annotations

import math
import warnings
from typing import Any

from plugtorch import functional as F
from plugtorch.autocasting import state as casting
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.functional import recurrent
from plugtorch.functional.recurrent import State
from plugtorch.functional.sequence import Course, Weights, over_time
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.nn.utils.rnn import PackedSequence
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty
from plugtorch.tensor.joining import cat, stack

_CELLS = {
    "RNN_TANH": recurrent.TANH,
    "RNN_RELU": recurrent.RELU,
    "LSTM": recurrent.LSTM,
    "GRU": recurrent.GRU,
}


class RNNBase(Module):
    """What the recurrent layers have in common.

    mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU". num_layers: each gets the outputs of the one
    before. bias: False for none. batch_first: inputs and outputs are (N, L, ...) and not (L, N,
    ...); states are not concerned. dropout: the probability for an output of any layer but the last
    to be zeroed in training. bidirectional: a second network goes from the end to the beginning,
    and the outputs of both stand side by side. proj_size: if not 0, what an LSTM gives out is
    multiplied by a matrix that makes so many numbers of it.

    Weights start uniform within 1/sqrt(hidden_size). Layer k has weight_ih_lk and weight_hh_lk,
    bias_ih_lk and bias_hh_lk, weight_hr_lk with proj_size, and all again with _reverse.

    Raises ArgumentError and DTypeError for options that do not fit; ShapeError, when called, for
    inputs and states that do not.

    As torch.nn.RNNBase.
    """

    def __init__(
        self,
        mode: str,
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
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = dropout
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._check_options()
        self.dropout = float(dropout)
        self._all_weights: list[list[str]] = []
        rows = _CELLS[mode].gates * hidden_size
        directions = 2 if bidirectional else 1
        for layer in range(num_layers):
            inputs = input_size if layer == 0 else self._output_size * directions
            shapes: dict[str, tuple[int, ...]] = {
                "weight_ih": (rows, inputs),
                "weight_hh": (rows, self._output_size),
            }
            if bias:
                shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
            if proj_size:
                shapes["weight_hr"] = (proj_size, hidden_size)
            for suffix in ("", "_reverse")[:directions]:
                names = {f"{name}_l{layer}{suffix}": shape for name, shape in shapes.items()}
                for name, shape in names.items():
                    weight = Parameter(empty(shape, device=device, dtype=dtype))
                    self.register_parameter(name, weight)
                self._all_weights.append(list(names))
        self.reset_parameters()

    def _check_options(self) -> None:
        name, p = type(self).__name__, self.dropout
        if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0 <= p <= 1:
            raise ArgumentError(f"[{name}] dropout is a probability, from 0 to 1; got {p!r}.")
        if p > 0 and self.num_layers == 1:
            warnings.warn(
                f"[{name}] dropout={p} has nothing to act on: it is applied after every layer but "
                "the last, and num_layers is 1.",
                stacklevel=4,
            )
        for option, kind in [("bias", bool), ("batch_first", bool)] + [
            (size, int) for size in ("input_size", "hidden_size", "num_layers", "proj_size")
        ]:
            value = getattr(self, option)
            if not isinstance(value, kind):
                raise DTypeError(
                    f"[{name}] {option} must be of type {kind.__name__}, got {value!r}."
                )
        if min(self.input_size, self.hidden_size, self.num_layers) <= 0:
            raise ArgumentError(
                f"[{name}] sizes must be positive, got input_size={self.input_size}, hidden_size="
                f"{self.hidden_size} and num_layers={self.num_layers}."
            )
        if not 0 <= self.proj_size < self.hidden_size:
            raise ArgumentError(
                f"[{name}] proj_size must be from 0 to hidden_size - 1 = {self.hidden_size - 1}, "
                f"got {self.proj_size}."
            )
        if self.mode not in _CELLS:
            raise ArgumentError(f"[{name}] mode is one of {', '.join(_CELLS)}; got {self.mode!r}.")
        if self.proj_size and self.mode != "LSTM":
            raise ArgumentError(f"[{name}] only LSTM has a proj_size.")

    @property
    def _output_size(self) -> int:
        return self.proj_size or self.hidden_size

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        bound = 1 / math.sqrt(self.hidden_size)
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def flatten_parameters(self) -> None:
        """Does nothing: there is no memory layout to restore. Here so that scripts run."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights of every layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    # -- forward -----------------------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None) -> Any:
        """(output, last state), for an input that is a tensor or packed, and a state or None."""
        if isinstance(input, PackedSequence):
            data, batch_sizes, order, back = input
            self._check_input(data, 2)
            sizes = batch_sizes.tolist()
            state = self._initial(data, hx, sizes[0], 3)
            if order is not None and hx is not None:
                state = tuple([s.index_select(1, order) for s in state])
            output, state = self._layers(data, sizes, state)
            if back is not None:
                state = tuple([s.index_select(1, back) for s in state])
            return PackedSequence(output, batch_sizes, order, back), self._given(state)
        if input.ndim not in (2, 3):
            raise ShapeError(
                f"[{type(self).__name__}] got an input of shape {tuple(input.shape)}, needed 2 "
                "axes, or 3 with a batch."
            )
        batched = input.ndim == 3
        self._check_input(input, input.ndim)
        rows = input if batched else input.unsqueeze(1)
        if batched and self.batch_first:
            rows = rows.transpose(0, 1)
        times, batch = rows.shape[:2]
        if not times:
            raise ShapeError(
                f"[{type(self).__name__}] got a sequence without elements: an input of shape "
                f"{tuple(input.shape)}."
            )
        state = self._initial(rows, hx, batch, input.ndim)
        output, state = self._layers(
            rows.reshape(times * batch, self.input_size), [batch] * times, state
        )
        output = output.reshape(times, batch, output.shape[-1])
        if not batched:
            return output.squeeze(1), self._given(tuple([s.squeeze(1) for s in state]))
        return output.transpose(0, 1) if self.batch_first else output, self._given(state)

    def _check_input(self, input: Tensor, axes: int) -> None:
        name, kind = type(self).__name__, self.all_weights[0][0].dtype
        if input.dtype is not kind and not casting.enabled:  # autocast makes them alike
            raise ArgumentError(
                f"[{name}] got an input of {input.dtype} and has weights of {kind}. Convert the "
                f"input with .to({kind}), or the module with .to({input.dtype})."
            )
        if input.ndim != axes or input.shape[-1] != self.input_size:
            raise ShapeError(
                f"[{name}] got an input of shape {tuple(input.shape)}, needed {axes} axes and a "
                f"last size of {self.input_size}: input_size is {self.input_size}."
            )

    @property
    def _state_sizes(self) -> tuple[int, ...]:
        return (self._output_size,)

    def _given(self, state: State) -> Any:
        """The state as it is given to the caller."""
        return state[0]

    def _taken(self, hx: Any) -> State:
        """The state as the caller gave it, as a tuple."""
        return (hx,)

    def _initial(self, rows: Tensor, hx: Any, batch: int, axes: int) -> State:
        """The state to begin with, (layers times directions, N, size) each, checked or zeros."""
        count = len(self._all_weights)
        shapes = [(count, batch, size) for size in self._state_sizes]
        if hx is None:
            return tuple([rows.new_zeros(shape) for shape in shapes])
        state = self._taken(hx)
        needed = shapes if axes == 3 else [(count, size) for _, _, size in shapes]
        if [tuple(s.shape) for s in state] != needed:
            raise ShapeError(
                f"[{type(self).__name__}] got a state of shape "
                f"{', '.join(str(tuple(s.shape)) for s in state)}, needed "
                f"{', '.join(map(str, needed))}: layers times directions{', batch' * (axes == 3)} "
                "and size."
            )
        return state if axes == 3 else tuple([s.unsqueeze(1) for s in state])

    def _layers(self, data: Tensor, sizes: list[int], state: State) -> tuple[Tensor, State]:
        """All layers over the rows of all times; see ``sequence.over_time``."""
        cell = _CELLS[self.mode]
        last: list[State] = []
        for layer in range(self.num_layers):
            if layer > 0:
                data = F.dropout(data, self.dropout, self.training)
            outputs = []
            for reverse in (False, True) if self.bidirectional else (False,):
                course = Course(cell, sizes, reverse)
                weights = self._weights(self._all_weights[len(last)])
                initial = tuple([s[len(last)] for s in state])
                output, ended = over_time(course, data, initial, weights)
                outputs.append(output)
                last.append(ended)
            data = cat(outputs, -1) if self.bidirectional else output
        return data, tuple([stack(parts) for parts in zip(*last)])

    def _weights(self, names: list[str]) -> Weights:
        return Weights(**{name.partition("_l")[0]: getattr(self, name) for name in names})

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        for name, default in _SHOWN.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text


_SHOWN = {
    "proj_size": 0,
    "num_layers": 1,
    "bias": True,
    "batch_first": False,
    "dropout": 0,
    "bidirectional": False,
}
