"""Every layer against PyTorch: state names, repr, results, derivatives, starting values, errors."""

from __future__ import annotations

import copy
from collections import OrderedDict
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


# -- models ----------------------------------------------------------------------------------------


def models() -> tuple[Any, Any]:
    def build(nn: Any) -> Any:
        class Block(nn.Module):  # type: ignore[misc, name-defined]
            def __init__(self, size: int) -> None:
                super().__init__()
                self.norm = nn.LayerNorm(size)
                self.layers = nn.ModuleList([nn.Linear(size, size) for _ in range(2)])
                self.heads = nn.ModuleDict({"a": nn.Linear(size, 2), "b": nn.Linear(size, 2)})

            def forward(self, x: Any) -> Any:
                y = self.norm(x)
                for layer in self.layers:
                    y = nn.functional.gelu(layer(y))
                return self.heads["a"](x + y) * self.heads["b"](x)

        named = OrderedDict([("first", nn.Linear(3, 4)), ("bend", nn.Tanh()), ("block", Block(4))])
        return nn.Sequential(named)

    return build(nn), build(TN)


def test_a_model() -> None:
    ours, theirs = models()
    same_module(ours, theirs, [random(5, 3)])


def test_names_of_everything() -> None:
    ours, theirs = models()
    for method in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        assert [n for n, _ in getattr(ours, method)()] == [n for n, _ in getattr(theirs, method)()]
    assert [type(m).__name__ for m in ours.modules()] == [
        type(m).__name__ for m in theirs.modules()
    ]
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_loading_names_the_same_keys() -> None:
    ours, theirs = models()
    other_ours, other_theirs = pair("Linear", 3, 7)
    our_state = {**other_ours.state_dict(prefix="first."), "extra.x": other_ours.weight}
    their_state = {**other_theirs.state_dict(prefix="first."), "extra.x": other_theirs.weight}
    with pytest.raises(RuntimeError) as our_error:
        ours.load_state_dict(our_state)
    with pytest.raises(RuntimeError) as their_error:
        theirs.load_state_dict(their_state)
    for key in [*theirs.state_dict(), "extra.x"]:
        assert (key in str(our_error.value)) == (key in str(their_error.value)), key
    for state in (our_state, their_state):
        del state["first.weight"], state["first.bias"]
    our_keys = ours.load_state_dict(our_state, strict=False)
    their_keys = theirs.load_state_dict(their_state, strict=False)
    assert our_keys.missing_keys == their_keys.missing_keys
    assert our_keys.unexpected_keys == their_keys.unexpected_keys


def edited(nn: Any) -> list[str]:
    """What containers look like after edits, step by step."""
    seen = []
    layers = nn.Sequential(nn.ReLU(), nn.Tanh())
    layers.append(nn.GELU())
    layers.extend(nn.Sequential(nn.Sigmoid()))
    layers.insert(1, nn.ELU())
    seen.append(repr(layers))
    seen += [repr(layers[1:3]), repr(layers[-1]), repr(layers.pop(0)), str(len(layers))]
    layers[0] = nn.Mish()
    del layers[1]
    seen += [repr(layers), repr(layers + layers), repr(layers * 2)]
    layers += nn.Sequential(nn.SiLU())
    seen.append(repr(layers))

    items = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])
    items.append(nn.Linear(2, 2)).extend([nn.ReLU()])
    items.insert(0, nn.Tanh())
    seen += [repr(items), repr(items[1:3]), repr(items.pop(1)), repr(items + [nn.ELU()])]
    del items[-1]
    items[0] = nn.ELU()
    seen += [repr(items), str([n for n, _ in items.named_children()]), str(len(items))]

    named = nn.ModuleDict([("a", nn.ReLU()), ("b", nn.Tanh())])
    named.update({"c": nn.ELU(), "a": nn.GELU()})
    seen += [repr(named), str(list(named)), repr(named.pop("b")), str("b" in named), repr(named)]
    named.clear()
    seen += [repr(named), repr(nn.Sequential()), repr(nn.ModuleList())]
    return seen


def test_containers_after_edits() -> None:
    assert edited(nn) == edited(TN)


def held(library: Any) -> list[str]:
    nn, seen = library.nn, []
    values = nn.ParameterList([library.zeros(3), library.ones(2, 2)])
    values.append(library.tensor(2.0)).extend([nn.Parameter(library.zeros(1))])
    values[0] = library.zeros(5)
    seen += [repr(values), repr(values[1:3]), str(len(values)), str(list(values.state_dict()))]
    values += [library.zeros(7)]
    seen += [str([tuple(v.shape) for v in values]), str(values[-1].requires_grad)]

    named = nn.ParameterDict({"a": library.zeros(3), "b": nn.Parameter(library.ones(2, 2))})
    named["c"] = library.zeros(())
    named.update([("d", library.zeros(1))])
    seen += [str(list(named.keys())), str(list(named.state_dict())), str(tuple(named["b"].shape))]
    seen += [str(tuple(named.pop("b").shape)), str(named.popitem()[0]), str("b" in named)]
    seen += [str(named.get("zz", 5)), str(tuple(named.setdefault("e", library.ones(4)).shape))]
    seen += [str(list(named | {"f": library.ones(1)})), str(list(named.copy())), str(len(named))]
    return [text.replace("plugtorch", "torch") for text in seen]


def test_parameter_containers() -> None:
    assert held(plugtorch) == held(torch)


def test_parameter_is_shown_as_torch_shows_it() -> None:
    assert repr(nn.Parameter(plugtorch.zeros(2))) == repr(TN.Parameter(torch.zeros(2)))


def test_a_copy_has_no_gradients() -> None:
    for library, layer in ((plugtorch, nn.Linear(2, 1)), (torch, TN.Linear(2, 1))):
        layer(library.ones(1, 2)).sum().backward()
        other = copy.deepcopy(layer)
        assert other.weight.grad is None
        assert other.weight.requires_grad
        assert (other.weight == layer.weight).all()


def hooked(library: Any) -> list[Any]:
    """What hooks are told, in order, in a forward and a backward pass."""
    nn, seen = library.nn, []

    class Two(nn.Module):  # type: ignore[misc, name-defined]
        def forward(self, x: Any, y: Any) -> Any:
            return x * y, x + y

    def note(word: str) -> Any:
        def hook(module: Any, *parts: Any) -> None:
            flat = [p for part in parts for p in (part if isinstance(part, tuple) else (part,))]
            seen.append((word, [None if p is None else p.tolist() for p in flat]))

        return hook

    module = Two()
    module.register_forward_hook(note("forward"))
    module.register_forward_hook(note("forward first"), prepend=True)
    module.register_forward_pre_hook(note("before"))
    module.register_full_backward_hook(note("backward"))
    module.register_full_backward_pre_hook(note("backward before"))
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2, gi[1]))
    module.register_full_backward_hook(note("backward last"))
    for needs in ((True, True), (True, False)):
        x = library.tensor([1.0, 2.0], requires_grad=needs[0])
        y = library.tensor([3.0, 5.0], requires_grad=needs[1])
        a, b = module(x, y)
        (a * 2 + b * b).sum().backward()
        seen.append([None if t.grad is None else t.grad.tolist() for t in (x, y)])
    return seen


def test_hooks() -> None:
    assert hooked(plugtorch) == hooked(torch)


# -- starting values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args"),
    [("Linear", (200, 150)), ("Bilinear", (30, 20, 40)), ("Embedding", (300, 100))]
    + [("RNNCell", (100, 150)), ("LSTMCell", (100, 60)), ("GRUCell", (100, 80))],
)
def test_layers_start_from_the_same_distributions(name: str, args: Any) -> None:
    ours, theirs = pair(name, *args)
    for (key, a), (_, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        same_distribution(a, b, key)


def same_distribution(ours: Any, theirs: Any, what: str = "") -> None:
    """Equal deciles, within what their number allows."""
    a, b = to_numpy(ours).ravel(), to_numpy(theirs).ravel()
    deciles = numpy.linspace(0.1, 0.9, 9)
    slack = 8 * b.std() / numpy.sqrt(b.size)
    quantiles = numpy.quantile(a, deciles), numpy.quantile(b, deciles)
    numpy.testing.assert_allclose(*quantiles, atol=slack, rtol=0, err_msg=what)


@pytest.mark.parametrize(
    ("name", "options"),
    [("uniform_", {}), ("uniform_", {"a": -2.0, "b": 5.0}), ("normal_", {})]
    + [("normal_", {"mean": 3.0, "std": 0.5}), ("trunc_normal_", {})]
    + [("trunc_normal_", {"mean": 1.0, "std": 3.0, "a": 0.0, "b": 2.0})]
    + [("trunc_normal_", {"std": 0.02, "a": -2.0, "b": 2.0})]
    + [("xavier_uniform_", {}), ("xavier_uniform_", {"gain": 2.0}), ("xavier_normal_", {})]
    + [("kaiming_uniform_", {}), ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"})]
    + [("kaiming_normal_", {}), ("kaiming_normal_", {"a": 0.5}), ("orthogonal_", {"gain": 3.0})],
)
@pytest.mark.parametrize("shape", [(200, 100), (40, 30, 4, 5)])
def test_init(name: str, options: Any, shape: tuple[int, ...]) -> None:
    ours, theirs = plugtorch.zeros(shape), torch.zeros(shape)
    returned = getattr(nn.init, name)(ours, **options)
    assert returned is ours
    getattr(TN.init, name)(theirs, **options)
    same_distribution(ours, theirs, name)
    bounds = options.get("a"), options.get("b")
    if name == "trunc_normal_" and None not in bounds:
        assert bounds[0] <= float(ours.min()) <= float(ours.max()) <= bounds[1]


@pytest.mark.parametrize(
    ("name", "shape", "options"),
    [("constant_", (2, 3), {"val": 0.3}), ("ones_", (3,), {}), ("zeros_", (3,), {})]
    + [("eye_", (3, 5), {}), ("dirac_", (4, 3, 5), {}), ("dirac_", (4, 2, 3, 3), {"groups": 2})]
    + [("dirac_", (3, 5, 2, 3, 4), {})],
)
def test_init_without_chance(name: str, shape: tuple[int, ...], options: Any) -> None:
    ours, theirs = plugtorch.full(shape, 7.0), torch.full(shape, 7.0)
    getattr(nn.init, name)(ours, **options)
    getattr(TN.init, name)(theirs, **options)
    assert (to_numpy(ours) == to_numpy(theirs)).all()


@pytest.mark.parametrize(
    ("name", "shape"),
    [("eye_", (3,)), ("dirac_", (3, 3)), ("xavier_uniform_", (3,)), ("kaiming_normal_", (3,))]
    + [("orthogonal_", (3,)), ("sparse_", (3,)), ("xavier_normal_", ())],
)
def test_init_refuses_shapes(name: str, shape: tuple[int, ...]) -> None:
    options = {"sparsity": 0.5} if name == "sparse_" else {}
    same_error(
        lambda: getattr(nn.init, name)(plugtorch.zeros(shape), **options),
        lambda: getattr(TN.init, name)(torch.zeros(shape), **options),
    )


@pytest.mark.parametrize(
    "name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"]
)
def test_gain(name: str) -> None:
    assert nn.init.calculate_gain(name) == TN.init.calculate_gain(name)
    assert nn.init.calculate_gain("leaky_relu", 0.3) == TN.init.calculate_gain("leaky_relu", 0.3)


def test_gain_of_something_else() -> None:
    same_error(
        lambda: nn.init.calculate_gain("what"),
        lambda: TN.init.calculate_gain("what"),
    )


# -- nn.utils ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [2.0, 1.0, numpy.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e6])
def test_clipping_by_norm(norm_type: float, max_norm: float) -> None:
    arrays = [random(3, 4), random(5), numpy.asarray(random())]
    ours = [nn.Parameter(plugtorch.from_numpy(a)) for a in arrays]
    theirs = [TN.Parameter(torch.from_numpy(a)) for a in arrays]
    for library, parameters in ((plugtorch, ours), (torch, theirs)):
        sum((p * p).sum() for p in parameters[:2]).backward()
        total = library.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type)
        parameters.append(total)
    for a, b in zip(ours[:2], theirs[:2], strict=True):
        numpy.testing.assert_allclose(to_numpy(a.grad), to_numpy(b.grad), rtol=1e-5)
    assert ours[2].grad is None
    numpy.testing.assert_allclose(ours[-1].item(), theirs[-1].item(), rtol=1e-5)


def test_clipping_by_value_and_vectors() -> None:
    ours, theirs = pair("Linear", 3, 2)
    copy_state(ours, theirs)
    for library, layer in ((plugtorch, ours), (torch, theirs)):
        (layer(library.full((4, 3), 2.0)) ** 2).sum().backward()
        library.nn.utils.clip_grad_value_(layer.parameters(), 0.75)
        vector = library.nn.utils.parameters_to_vector(layer.parameters())
        library.nn.utils.vector_to_parameters(vector.detach() * 2, layer.parameters())
    for (_, a), (_, b) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        numpy.testing.assert_allclose(to_numpy(a), to_numpy(b), rtol=1e-6)
        numpy.testing.assert_allclose(to_numpy(a.grad), to_numpy(b.grad), rtol=1e-6)


def test_a_norm_that_is_not_finite() -> None:
    def clip(library: Any) -> Any:
        p = library.nn.Parameter(library.zeros(2))
        p.grad = library.tensor([numpy.inf, 1.0])
        library.nn.utils.clip_grad_norm_([p], 1.0, error_if_nonfinite=True)

    same_error(lambda: clip(plugtorch), lambda: clip(torch))
    with pytest.raises(ValueError, match=r"needed \(9,\)"):
        nn.utils.vector_to_parameters(plugtorch.zeros(8), nn.Linear(2, 3).parameters())
