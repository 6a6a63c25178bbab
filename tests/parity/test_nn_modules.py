"""Every layer against PyTorch: state names, repr, results, derivatives, errors."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, copy_state, same, same_error, same_module, to_numpy

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
RANDOM = numpy.random.default_rng(11)


def random(*shape: int, kind: str = "float32") -> Any:
    return RANDOM.normal(0, 1.5, shape).astype(BFLOAT16 if kind == "bfloat16" else kind)


MODULES: list[tuple[str, tuple[Any, ...], dict[str, Any], list[tuple[int, ...]]]] = [
    ("Identity", (3,), {"unused": 4}, [(2, 3)]),
    ("Linear", (4, 3), {}, [(5, 4)]),
    ("Linear", (4, 3), {}, [(4,)]),
    ("Linear", (4, 3), {}, [(2, 0, 4)]),
    ("Linear", (4, 3), {"bias": False}, [(2, 5, 4)]),
    ("Bilinear", (3, 4, 2), {}, [(5, 3), (5, 4)]),
    ("Bilinear", (3, 4, 2), {"bias": False}, [(3,), (4,)]),
    ("Flatten", (), {}, [(2, 3, 4)]),
    ("Flatten", (0, 1), {}, [(2, 3, 4)]),
    ("Flatten", (0,), {}, [()]),
    ("Unflatten", (1, (2, 3)), {}, [(4, 6)]),
    ("Unflatten", (-1, (2, -1)), {}, [(4, 6)]),
    ("ReLU", (), {}, [(3, 4)]),
    ("ReLU6", (), {}, [(3, 4)]),
    ("LeakyReLU", (0.3,), {}, [(3, 4)]),
    ("PReLU", (), {}, [(3, 4)]),
    ("PReLU", (4, 0.1), {}, [(3, 4, 2)]),
    ("RReLU", (0.2, 0.4), {}, [(3, 4)]),
    ("ELU", (0.5,), {}, [(3, 4)]),
    ("CELU", (0.5,), {}, [(3, 4)]),
    ("SELU", (), {}, [(3, 4)]),
    ("GELU", (), {}, [(3, 4)]),
    ("GELU", ("tanh",), {}, [(3, 4)]),
    ("SiLU", (), {}, [(3, 4)]),
    ("Mish", (), {}, [(3, 4)]),
    ("Sigmoid", (), {}, [(3, 4)]),
    ("Tanh", (), {}, [(3, 4)]),
    ("LogSigmoid", (), {}, [(3, 4)]),
    ("Softsign", (), {}, [(3, 4)]),
    ("Tanhshrink", (), {}, [(3, 4)]),
    ("Softplus", (), {}, [(3, 4)]),
    ("Softplus", (2.0, 1.0), {}, [(3, 4)]),
    ("Threshold", (0.1, 20), {}, [(3, 4)]),
    ("Hardtanh", (-0.5, 0.7), {}, [(3, 4)]),
    ("Hardsigmoid", (), {}, [(3, 4)]),
    ("Hardswish", (), {}, [(3, 4)]),
    ("Hardshrink", (0.3,), {}, [(3, 4)]),
    ("Softshrink", (0.3,), {}, [(3, 4)]),
    ("GLU", (), {}, [(3, 4)]),
    ("GLU", (0,), {}, [(4, 3)]),
    ("Softmax", (1,), {}, [(3, 4)]),
    ("Softmin", (0,), {}, [(3, 4)]),
    ("LogSoftmax", (-1,), {}, [(3, 4)]),
    ("Softmax2d", (), {}, [(2, 3, 4, 2)]),
    ("Softmax2d", (), {}, [(3, 4, 2)]),
    ("LayerNorm", (4,), {}, [(3, 4)]),
    ("LayerNorm", ((2, 4), 1e-3), {}, [(3, 2, 4)]),
    ("LayerNorm", (4,), {"bias": False}, [(3, 4)]),
    ("LayerNorm", ([4],), {"elementwise_affine": False}, [(3, 4)]),
    ("RMSNorm", (4,), {}, [(3, 4)]),
    ("RMSNorm", ((2, 4), 1e-3), {}, [(3, 2, 4)]),
    ("RMSNorm", (4,), {"elementwise_affine": False}, [(4,)]),
    ("CosineSimilarity", (), {}, [(3, 4), (3, 4)]),
    ("PairwiseDistance", (), {}, [(3, 4), (3, 4)]),
    ("PairwiseDistance", (3.0,), {"keepdim": True}, [(3, 4), (3, 4)]),
    ("RNNCell", (3, 4), {}, [(5, 3), (5, 4)]),
    ("RNNCell", (3, 4), {}, [(3,)]),
    ("RNNCell", (3, 4), {"bias": False}, [(5, 3)]),
    ("RNNCell", (3, 4), {"nonlinearity": "relu"}, [(5, 3), (5, 4)]),
    ("GRUCell", (3, 4), {}, [(5, 3), (5, 4)]),
    ("GRUCell", (3, 4), {"bias": False}, [(3,), (4,)]),
    ("GRUCell", (3, 4), {}, [(0, 3)]),
    ("LSTMCell", (3, 4), {}, [(5, 3)]),
    ("LSTMCell", (3, 4), {"bias": False}, [(3,)]),
    ("Dropout", (0.0,), {}, [(3, 4)]),
    ("Dropout", (1.0,), {}, [(3, 4)]),
    ("AlphaDropout", (0.0,), {}, [(3, 4)]),
]
NO_SECOND = {"Hardsigmoid"}  # torch has none


def name_of(case: Any) -> str:
    name, args, options, shapes = case
    return f"{name}{args}{options or ''}-{shapes}"


def pair(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    return getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("case", MODULES, ids=name_of)
def test_module(case: Any, mode: str) -> None:
    name, args, options, shapes = case
    if name == "RReLU" and mode == "train":
        return  # random
    ours, theirs = pair(name, *args, **options)
    inputs = [random(*shape) for shape in shapes]
    second = name not in NO_SECOND
    same_module(getattr(ours, mode)(), getattr(theirs, mode)(), inputs, second=second)


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("case", MODULES, ids=name_of)
def test_module_in_other_dtypes(case: Any, kind: str) -> None:
    name, args, options, shapes = case
    ours, theirs = pair(name, *args, **options)
    inputs = [random(*shape, kind=kind) for shape in shapes]
    if name == "Bilinear" and inputs[0].ndim == 1 and kind != "float64":
        return  # torch has no such kernel
    ours.to(getattr(plugtorch, kind)).eval()
    theirs.to(getattr(torch, kind)).eval()
    rough = {"float64": (1e-7, 1e-8)} if name in ("Hardsigmoid", "CELU") else None
    same_module(ours, theirs, inputs, second=False, tolerances=rough)


INPLACE = ["ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "SiLU", "Mish", "RReLU", "Hardtanh"]
INPLACE += ["Hardsigmoid", "Hardswish", "Dropout", "AlphaDropout", "FeatureAlphaDropout"]
INPLACE += ["Dropout1d", "Dropout2d", "Dropout3d"]


@pytest.mark.parametrize("name", INPLACE)
def test_inplace_is_shown_as_torch_shows_it(name: str) -> None:
    ours, theirs = pair(name, inplace=True)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("name", ["ReLU", "ELU", "Hardtanh", "SiLU"])
def test_inplace(name: str) -> None:
    ours, theirs = pair(name, inplace=True)

    def run(module: Any) -> Any:
        def function(x: Any) -> Any:
            y = x * 1
            return module(y), y

        return function

    same(run(ours), run(theirs), [random(3, 4)], second=False)


@pytest.mark.parametrize(
    "options",
    [{}, {"padding_idx": 0}, {"padding_idx": -1}, {"max_norm": 1.0}, {"norm_type": 1.0}]
    + [{"scale_grad_by_freq": True}, {"max_norm": 0.5, "norm_type": 1.0}],
)
@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_embedding(options: dict[str, Any], shape: tuple[int, ...]) -> None:
    ours, theirs = pair("Embedding", 5, 3, **options)
    index = numpy.asarray(RANDOM.integers(0, 5, shape))
    same_module(ours, theirs, [index], second=not options.get("scale_grad_by_freq"))
    numpy.testing.assert_allclose(to_numpy(ours.weight), to_numpy(theirs.weight), rtol=1e-6)


def test_embedding_from_pretrained() -> None:
    rows = random(4, 3)
    ours = nn.Embedding.from_pretrained(plugtorch.from_numpy(rows), padding_idx=1)
    theirs = TN.Embedding.from_pretrained(torch.from_numpy(rows), padding_idx=1)
    assert ours.weight.requires_grad is theirs.weight.requires_grad is False
    same_module(ours, theirs, [numpy.array([0, 1, 3])])


@pytest.mark.parametrize("name", ["RNNCell", "GRUCell"])
def test_one_cell_over_many_steps(name: str) -> None:
    ours, theirs = pair(name, 3, 4)
    copy_state(ours, theirs)

    def over(cell: Any) -> Any:
        def function(steps: Any) -> Any:
            h, states = None, []
            for x in steps:
                h = cell(x, h)
                states.append(h)
            return states

        return function

    leaves = (list(ours.parameters()), list(theirs.parameters()))
    same(over(ours), over(theirs), [random(12, 5, 3)], second=False, leaves=leaves)


def test_lstm_cell_over_many_steps() -> None:
    ours, theirs = pair("LSTMCell", 3, 4)
    copy_state(ours, theirs)

    def over(cell: Any) -> Any:
        def function(steps: Any, h: Any, c: Any) -> Any:
            for x in steps:
                h, c = cell(x, (h, c))
            return h, c

        return function

    leaves = (list(ours.parameters()), list(theirs.parameters()))
    same(over(ours), over(theirs), [random(12, 5, 3), random(5, 4), random(5, 4)], leaves=leaves)


# -- what is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args", "shapes"),
    [("Linear", (4, 3), [(2, 5)]), ("Linear", (4, 3), [(3,)]), ("LayerNorm", (4,), [(2, 5)])]
    + [("RMSNorm", (4,), [(2, 5)]), ("Bilinear", (3, 4, 2), [(5, 3), (5, 3)])]
    + [("RNNCell", (3, 4), [(2, 5)]), ("GRUCell", (3, 4), [(2, 3), (2, 5)])]
    + [("LSTMCell", (3, 4), [(2, 5)]), ("Unflatten", (1, (2, 3)), [(2, 5)])]
    + [("Linear", (4, 3), [()]), ("Dropout1d", (), [(2,)]), ("GLU", (), [(3,)])],
)
def test_wrong_shapes(name: str, args: Any, shapes: Any) -> None:
    ours, theirs = pair(name, *args)
    same_error(ours, theirs, [random(*shape) for shape in shapes])


def test_linear_names_its_sizes() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 5\), needed \(\.\.\., 4\).*out_features 3"):
        nn.Linear(4, 3)(plugtorch.zeros(2, 5))


def test_a_wrong_dtype() -> None:
    ours, theirs = pair("Linear", 4, 3)
    same_error(ours, theirs, [random(2, 4, kind="float64")])
    same_error(ours, theirs, [numpy.ones((2, 4), "int64")])


@pytest.mark.parametrize(
    ("name", "args", "options"),
    [("Dropout", (1.5,), {}), ("Dropout", (-0.1,), {})],
)
def test_bad_options(name: str, args: Any, options: Any) -> None:
    same_error(
        lambda: getattr(nn, name)(*args, **options), lambda: getattr(TN, name)(*args, **options)
    )
