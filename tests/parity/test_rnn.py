"""Recurrent layers over sequences, and packed sequences, against PyTorch."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
import torch
from helpers import (
    BFLOAT16,
    assert_same,
    copy_state,
    same,
    same_error,
    same_module,
    to_numpy,
    to_torch,
)

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
RANDOM = numpy.random.default_rng(17)
KINDS = ["RNN", "RNN relu", "GRU", "LSTM", "LSTM projected"]


def random(*shape: int, kind: str = "float64") -> Any:
    return RANDOM.normal(0, 1.5, shape).astype(BFLOAT16 if kind == "bfloat16" else kind)


def pair(kind: str, *args: Any, dtype: str = "float64", **options: Any) -> tuple[Any, Any]:
    name, _, variant = kind.partition(" ")
    if variant == "relu":
        options["nonlinearity"] = "relu"
    if variant == "projected":
        options["proj_size"] = 2
    ours = getattr(nn, name)(*args, **options).to(getattr(plugtorch, dtype))
    return ours, getattr(TN, name)(*args, **options).to(getattr(torch, dtype))


def initial(kind: str, layers: int, *batch: int, dtype: str = "float64") -> list[Any]:
    """What the state has to be, for a hidden size of 4."""
    sizes = {"LSTM": [4, 4], "LSTM projected": [2, 4]}.get(kind, [4])
    return [random(layers, *batch, size, kind=dtype) for size in sizes]


def with_state(module: Any) -> Any:
    def run(x: Any, *state: Any) -> Any:
        if not state:
            return module(x)
        return module(x, state if len(state) == 2 else state[0])

    return run


GRID = list(itertools.product(KINDS, [1, 2], [True, False], [False, True], [False, True]))


@pytest.mark.parametrize(("kind", "layers", "bias", "batch_first", "both"), GRID)
def test_options(kind: str, layers: int, bias: bool, batch_first: bool, both: bool) -> None:
    options = {"bias": bias, "batch_first": batch_first, "bidirectional": both}
    ours, theirs = pair(kind, 3, 4, layers, **options)
    second = layers == 1 and bias
    count = layers * (1 + both)
    same_module(ours, theirs, [random(5, 2, 3)], second=second)
    same_module(ours, theirs, [random(5, 3)], second=False)
    leaves = (list(ours.parameters()), list(theirs.parameters()))
    batch = 5 if batch_first else 2
    for x, state in [
        (random(5, 2, 3), initial(kind, count, batch)),
        (random(1, 3), initial(kind, count)),
    ]:
        inputs = [x, *state]
        same(with_state(ours), with_state(theirs), inputs, second=second, leaves=leaves)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("kind", KINDS)
def test_other_dtypes(kind: str, dtype: str) -> None:
    ours, theirs = pair(kind, 3, 4, dtype=dtype)
    rough = {"float16": (2e-2, 2e-2), "bfloat16": (1e-1, 1e-1)}
    inputs = [random(5, 2, 3, kind=dtype)]
    same_module(ours, theirs, inputs, second=False, tolerances=rough)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_none_and_inputs_that_do_not_lie_row_by_row(kind: str) -> None:
    ours, theirs = pair(kind, 3, 4, bidirectional=True)
    same_module(ours, theirs, [random(3, 0, 3)], second=False)
    same_module(ours, theirs, [random(3, 2, 5).transpose(2, 1, 0)], second=False)


@pytest.mark.parametrize("kind", KINDS)
def test_states_go_both_ways(kind: str) -> None:
    ours, theirs = pair(kind, 3, 4, 2, bidirectional=True)
    state = {name: to_torch(to_numpy(value)) for name, value in ours.state_dict().items()}
    theirs.load_state_dict(state)
    x = random(5, 2, 3)
    same(ours, theirs, [x], second=False)
    flat = [[tuple(w.shape) for w in layer] for layer in ours.all_weights]
    assert flat == [[tuple(w.shape) for w in layer] for layer in theirs.all_weights]


@pytest.mark.parametrize("kind", KINDS)
def test_weights_begin_within_torchs_bounds(kind: str) -> None:
    ours, theirs = pair(kind, 30, 25, 2)
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert float(a.detach().abs().max()) <= 0.2, name
        if a.ndim == 2:
            assert abs(float(a.detach().std()) - float(b.detach().std())) < 0.02, name


# -- packed ----------------------------------------------------------------------------------------

LENGTHS = [[5, 3, 3, 1], [2, 5, 1, 5], [3], [1, 1]]


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_packed(kind: str, lengths: list[int], both: bool) -> None:
    ours, theirs = pair(kind, 3, 4, 2, bidirectional=both, batch_first=True)
    copy_state(ours, theirs)
    leaves = (list(ours.parameters()), list(theirs.parameters()))

    def over(library: Any, module: Any) -> Any:
        rnn = library.nn.utils.rnn

        def run(x: Any, *state: Any) -> Any:
            packed = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            output, last = with_state(module)(packed, *state)
            return [*output, *rnn.pad_packed_sequence(output, batch_first=True), last]

        return run

    x = random(len(lengths), max(lengths) + 1, 3)
    state = initial(kind, 2 * (1 + both), len(lengths))
    for inputs in [[x], [x, *state]]:
        run = over(plugtorch, ours), over(torch, theirs)
        same(*run, inputs, second=False, leaves=leaves)


@pytest.mark.parametrize("kind", ["float32", "int64"])
@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("shape", [(), (3,), (3, 2)])
@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_packing_and_padding(
    lengths: list[int], shape: tuple[int, ...], batch_first: bool, kind: str
) -> None:
    sequences = [random(n, *shape, kind="float32").astype(kind) for n in lengths]
    in_order = lengths == sorted(lengths, reverse=True)

    def run(library: Any) -> Any:
        rnn = library.nn.utils.rnn

        def function(*sequences: Any) -> Any:
            packed = rnn.pack_sequence(list(sequences), enforce_sorted=in_order)
            padded, counts = rnn.pad_packed_sequence(packed, batch_first, -1.0, 7)
            other = rnn.pack_padded_sequence(padded, counts, batch_first, in_order)
            left = rnn.pad_sequence(list(sequences), batch_first, 2.0, "left")
            parts = rnn.unpad_sequence(padded * 1, counts, batch_first)
            return [*packed, padded, counts, *other, left, *parts, *rnn.unpack_sequence(packed)]

        return function

    same(run(plugtorch), run(torch), sequences)


def test_packed_sequences_are_moved_and_converted_as_torchs() -> None:
    ours = nn.utils.rnn.pack_sequence([plugtorch.ones(2), plugtorch.ones(3)], False)
    theirs = TN.utils.rnn.pack_sequence([torch.ones(2), torch.ones(3)], False)
    for name in "cpu double float half long int short char byte".split():
        a, b = getattr(ours, name)(), getattr(theirs, name)()
        assert_same(list(a), list(b), name)
        assert (a is ours) == (b is theirs), name
    assert_same(list(ours.to(plugtorch.float64)), list(theirs.to(torch.float64)))
    assert ours.is_cuda is theirs.is_cuda is False
    assert repr(ours).startswith("PackedSequence(data=tensor([1., 1., 1., 1., 1.]), batch_sizes=")
    assert_same(list(nn.utils.rnn.PackedSequence((ours.data, ours.batch_sizes))[:2]), theirs[:2])
    assert nn.utils.rnn.invert_permutation(None) is None


# -- what both refuse ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((0, 4), {}),
        ((3, 0), {}),
        ((3, 4, 0), {}),
        ((3.0, 4), {}),
        ((3, "4"), {}),
        ((3, 4), {"bias": 1}),
        ((3, 4), {"batch_first": None}),
        ((3, 4), {"dropout": 1.5}),
        ((3, 4), {"dropout": -0.5}),
        ((3, 4), {"dropout": True}),
        ((3, 4), {"dropout": "much"}),
        ((3, 4), {"proj_size": 4}),
        ((3, 4), {"proj_size": -1}),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_options_that_do_not_fit(name: str, args: Any, options: Any) -> None:
    ours, theirs = getattr(nn, name), getattr(TN, name)
    same_error(lambda: ours(*args, **options), lambda: theirs(*args, **options))


def test_a_nonlinearity_there_is_not() -> None:
    same_error(lambda: nn.RNN(3, 4, nonlinearity="elu"), lambda: TN.RNN(3, 4, nonlinearity="elu"))
    same_error(lambda: nn.RNN(3, 4, 1, "elu"), lambda: TN.RNN(3, 4, 1, "elu"))
    same_error(lambda: nn.RNNBase("ELMAN", 3, 4), lambda: TN.RNNBase("ELMAN", 3, 4))


@pytest.mark.parametrize(
    ("shape", "state"),
    [
        ((5, 2, 2), None),
        ((5, 2), None),
        ((3,), None),
        ((5, 2, 3, 1), None),
        ((0, 2, 3), None),
        ((5, 2, 3), (1, 4)),
        ((5, 2, 3), (1, 3, 4)),
        ((5, 2, 3), (2, 2, 4)),
        ((5, 2, 3), (1, 2, 3)),
        ((5, 3), (1, 1, 4)),
        ((5, 3), (2, 4)),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_inputs_that_do_not_fit(name: str, shape: Any, state: Any) -> None:
    ours, theirs = pair(name, 3, 4)
    inputs = [random(*shape)]
    if state is not None:
        inputs += [random(*state)] * (2 if name == "LSTM" else 1)
    same_error(with_state(ours), with_state(theirs), inputs)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_another_dtype(name: str) -> None:
    ours, theirs = pair(name, 3, 4)
    same_error(ours, theirs, [random(5, 2, 3, kind="float32")])
    wrong = initial(name, 1, 2, dtype="float32")
    same_error(with_state(ours), with_state(theirs), [random(5, 2, 3), *wrong])


@pytest.mark.parametrize(
    ("lengths", "options"),
    [([3, 0], {}), ([2, 3], {}), ([3], {}), ([], {}), ([[3, 1]], {}), ([2, -1], {})],
    ids=str,
)
def test_lengths_that_do_not_fit(lengths: Any, options: Any) -> None:
    def pack(library: Any) -> Any:
        return lambda x: library.nn.utils.rnn.pack_padded_sequence(x, lengths, **options)

    same_error(pack(plugtorch), pack(torch), [random(3, 2, 1)])


@pytest.mark.parametrize(
    "args",
    [([],), (5,), ([(2,)], False, 0.0, "up"), ([(2,), (2, 3)],), ([(), (2,)],)],
    ids=str,
)
def test_sequences_that_do_not_fit(args: Any) -> None:
    def pad(library: Any) -> Any:
        first, *others = args
        if isinstance(first, list):
            first = [library.zeros(shape) for shape in first]
        return lambda: library.nn.utils.rnn.pad_sequence(first, *others)

    same_error(pad(plugtorch), pad(torch))


def test_a_total_length_that_is_too_small() -> None:
    def pad(library: Any) -> Any:
        rnn = library.nn.utils.rnn
        packed = rnn.pack_sequence([library.ones(3)])
        return lambda: rnn.pad_packed_sequence(packed, total_length=2)

    same_error(pad(plugtorch), pad(torch))


def test_dropout_without_a_second_layer_warns() -> None:
    for library in (nn, TN):
        with pytest.warns(UserWarning, match="num_layers"):
            library.GRU(3, 4, dropout=0.5)
