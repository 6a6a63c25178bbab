"""Layers, containers, initialisation and nn.functional without PyTorch at hand."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from typing import Any

import numpy
import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import (
    ArgumentError,
    DTypeError,
    IndexRangeError,
    ShapeError,
)
from plugtorch.hookspecs import LossSpec

# -- losses through the registry -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "function"),
    [("MSELoss", "mse_loss"), ("L1Loss", "l1_loss"), ("CrossEntropyLoss", "cross_entropy")]
    + [("NLLLoss", "nll_loss"), ("BCELoss", "binary_cross_entropy")]
    + [("BCEWithLogitsLoss", "binary_cross_entropy_with_logits")],
)
def test_losses_have_pytorchs_names(module: str, function: str) -> None:
    assert getattr(nn, module).__name__ == module
    assert getattr(F, function).__self__ is getattr(nn, module)
    assert module in dir(nn)


def test_a_losss_function_and_module_agree() -> None:
    x, y = plugtorch.randn(4, 3), plugtorch.tensor([0, 2, 1, 1])
    weight = plugtorch.tensor([1.0, 2.0, 3.0])
    module = nn.CrossEntropyLoss(weight=weight, label_smoothing=0.1)
    assert F.cross_entropy(x, y, weight=weight, label_smoothing=0.1).item() == module(x, y).item()


def test_a_registered_loss_is_found_by_class_and_by_name() -> None:
    class Half(nn.Module):
        def forward(self, input: Any, target: Any) -> Any:
            return (input - target).sum() / 2

    spec = LossSpec(name="half_it", target="nowhere:Half")
    with plugtorch.registry.register(spec, Half):
        assert nn.Half is Half
        assert F.half_it(plugtorch.ones(2), plugtorch.zeros(2)).item() == 1.0
    assert not hasattr(nn, "Half")
    assert not hasattr(F, "half_it")


@pytest.mark.parametrize("module", [nn, F])
def test_what_is_not_there_is_an_attribute_error(module: Any) -> None:
    with pytest.raises(AttributeError, match="NoSuchThing"):
        _ = module.NoSuchThing


def test_functional_has_every_composition() -> None:
    for name in plugtorch.functional.__all__:
        assert getattr(F, name) is getattr(plugtorch.functional, name)
        assert name in dir(F)


# -- layers ----------------------------------------------------------------------------------------


def test_linear_is_a_product() -> None:
    layer = nn.Linear(3, 2)
    x = plugtorch.randn(5, 3)
    expected = (
        x.cpu().numpy() @ layer.weight.detach().cpu().numpy().T + layer.bias.detach().cpu().numpy()
    )
    numpy.testing.assert_allclose(layer(x).detach().cpu().numpy(), expected, rtol=1e-5)


def test_linear_says_what_it_needs() -> None:
    with pytest.raises(
        ShapeError, match=r"\(2, 5\), needed \(\.\.\., 4\): in_features is 4, out_features 3"
    ):
        nn.Linear(4, 3)(plugtorch.zeros(2, 5))
    with pytest.raises(DTypeError, match=r"float64.*float32"):
        nn.Linear(4, 3)(plugtorch.zeros(2, 4).double())


def test_dtype_and_device_of_a_layer() -> None:
    for layer in (nn.Linear(2, 3, dtype=plugtorch.float64, device="cpu"), nn.Linear(2, 3).double()):
        assert {p.dtype for p in layer.parameters()} == {plugtorch.float64}
    assert nn.LayerNorm(3, dtype=plugtorch.float16).weight.dtype is plugtorch.float16
    assert nn.PReLU(dtype=plugtorch.float64).weight.dtype is plugtorch.float64


def test_the_seed_decides_the_starting_values() -> None:
    plugtorch.manual_seed(3)
    first = nn.Linear(4, 4).weight
    second = nn.Linear(4, 4).weight
    plugtorch.manual_seed(3)
    assert (nn.Linear(4, 4).weight == first).all()
    assert not (first == second).any()


def test_embedding_refuses_what_is_no_row() -> None:
    table = nn.Embedding(5, 2)
    for bad in (5, -1):
        with pytest.raises(
            IndexRangeError, match=f"index {bad}, needed 0 to 4: num_embeddings is 5"
        ):
            table(plugtorch.tensor([0, bad]))
    with pytest.raises(ArgumentError, match="sparse"):
        nn.Embedding(5, 2, sparse=True)
    with pytest.raises(ArgumentError, match="padding_idx is 5"):
        nn.Embedding(5, 2, padding_idx=5)
    with pytest.raises(ShapeError):
        nn.Embedding.from_pretrained(plugtorch.zeros(3))


def test_padding_is_zero_and_stays_zero() -> None:
    table = nn.Embedding(4, 2, padding_idx=-3)
    assert table.padding_idx == 1
    assert table.weight[1].tolist() == [0.0, 0.0]
    table(plugtorch.tensor([1, 2, 2])).sum().backward()
    assert table.weight.grad.tolist() == [[0, 0], [0, 0], [2, 2], [0, 0]]


def test_dropout_is_seeded_and_idle_in_eval() -> None:
    layer, x = nn.Dropout(0.3), plugtorch.ones(50, 50)
    plugtorch.manual_seed(1)
    first = layer(x)
    plugtorch.manual_seed(1)
    assert (layer(x) == first).all()
    assert 0.6 < (first != 0).float().mean().item() < 0.8
    assert layer.eval()(x) is x


def test_dropout_of_channels_drops_whole_ones() -> None:
    for layer, shape in ((nn.Dropout1d(), (4, 5)), (nn.Dropout2d(), (6, 4, 3, 3))):
        flat = layer(plugtorch.ones(shape)).reshape(-1, shape[-1])
        assert ((flat == flat[:, :1]).all(1)).all()
    with pytest.raises(ShapeError, match="dropout1d"):
        nn.Dropout1d()(plugtorch.ones(3))


@pytest.mark.parametrize(
    ("layer", "shape", "apart"),
    [(nn.Dropout2d(), (40, 50), 2), (nn.Dropout2d(), (9, 8, 2, 2, 2), 2)]
    + [(nn.Dropout3d(), (80, 7), 1), (nn.Dropout3d(), (90, 8, 2), 1)],
)
def test_dropout_of_channels_with_other_numbers_of_axes(layer, shape, apart) -> None:
    with pytest.warns(UserWarning, match="Use dropout"):
        flat = layer(plugtorch.ones(shape)).reshape(*shape[:apart], -1)
    assert (flat == flat[..., :1]).all()
    assert {0.0, 2.0} == set(flat.flatten().tolist())
    with pytest.warns(UserWarning, match="Use dropout"):
        assert layer.eval()(plugtorch.ones(shape)).eq(1).all()


def test_dropout2d_needs_two_axes_in_training() -> None:
    with (
        pytest.warns(UserWarning, match="Use dropout"),
        pytest.raises(ShapeError, match="dropout2d"),
    ):
        nn.Dropout2d()(plugtorch.ones(3))


def test_one_recurrent_cell_over_many_steps_learns() -> None:
    plugtorch.manual_seed(0)
    cell, out = nn.GRUCell(1, 8), nn.Linear(8, 1)
    steps = plugtorch.randn(6, 16, 1)
    target = steps.sum(0)
    parameters = [*cell.parameters(), *out.parameters()]
    losses = []
    for _ in range(60):
        h = None
        for x in steps:
            h = cell(x, h)
        loss = ((out(h) - target) ** 2).mean()
        gradients = plugtorch.autograd.grad(loss, parameters)
        with plugtorch.no_grad():
            for p, g in zip(parameters, gradients, strict=True):
                p.sub_(0.05 * g)
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("cell", [nn.RNNCell(3, 4), nn.GRUCell(3, 4)])
def test_cells_say_what_they_need(cell: Any) -> None:
    with pytest.raises(ShapeError, match="input_size is 3"):
        cell(plugtorch.zeros(2, 4))
    with pytest.raises(ShapeError, match="hidden_size is 4"):
        cell(plugtorch.zeros(2, 3), plugtorch.zeros(3, 4))
    with pytest.raises(ArgumentError, match="nonlinearity"):
        nn.RNNCell(3, 4, nonlinearity="?")


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Hardtanh(2, 1),
        lambda: nn.Dropout(2.0),
        lambda: F.softshrink(plugtorch.ones(1), -1),
    ]
    + [lambda: F.gelu(plugtorch.ones(1), "what"), lambda: F.celu(plugtorch.ones(1), 0.0)]
    + [
        lambda: F.rrelu(plugtorch.ones(1), 0.5, 0.1),
        lambda: F.pad(plugtorch.ones(3), (1, 1), "what"),
    ]
    + [lambda: F.pad(plugtorch.ones(2, 3), (1, 1), "reflect", 2.0)]
    + [lambda: F.one_hot(plugtorch.tensor([0]), 0)],
)
def test_bad_options_are_refused(make: Any) -> None:
    with pytest.raises(ArgumentError):
        make()


def test_one_hot_refuses_what_is_outside() -> None:
    for bad in (3, -1):
        with pytest.raises(IndexRangeError, match=f"index {bad}.*num_classes is 3"):
            F.one_hot(plugtorch.tensor([0, bad]), 3)
    with pytest.raises(DTypeError):
        F.one_hot(plugtorch.tensor([0.0]))


def test_gumbel_softmax() -> None:
    plugtorch.manual_seed(0)
    logits = plugtorch.tensor([0.0, 1.0986123, 0.0], requires_grad=True)
    soft = F.gumbel_softmax(logits.expand(4000, 3), tau=0.5)
    assert plugtorch.allclose(soft.sum(-1), plugtorch.ones(4000))
    chosen = (soft == soft.amax(-1, keepdim=True)).float().mean(0)  # 1 : 3 : 1
    assert plugtorch.allclose(chosen, plugtorch.tensor([0.2, 0.6, 0.2]), atol=0.03)
    hard = F.gumbel_softmax(logits.expand(9, 3), hard=True)
    assert plugtorch.allclose(hard.sort(-1).values, plugtorch.tensor([0.0, 0.0, 1.0]).expand(9, 3))
    (hard[:, 0]).sum().backward()
    assert (logits.grad != 0).any()


def test_rrelu_draws_slopes_in_training() -> None:
    layer = nn.RReLU(0.1, 0.4)
    slopes = -layer(plugtorch.full((500,), -1.0))
    assert 0.1 <= slopes.min().item() < 0.15 < 0.35 < slopes.max().item() <= 0.4
    assert layer.eval()(plugtorch.tensor([-1.0])).item() == pytest.approx(-0.25)


def test_every_class_of_nn_is_documented() -> None:
    for name in nn.__all__:
        found = getattr(nn, name)
        if inspect.isclass(found):
            assert found.__doc__, name


# -- containers ------------------------------------------------------------------------------------


def test_sequential_with_names() -> None:
    named = nn.Sequential(OrderedDict(first=nn.Linear(2, 3), bend=nn.ReLU(), last=nn.Linear(3, 1)))
    assert list(named.state_dict()) == ["first.weight", "first.bias", "last.weight", "last.bias"]
    assert named.bend is named[1]
    del named[1]
    assert [n for n, _ in named.named_children()] == ["first", "last"]
    with pytest.raises(ArgumentError, match="names of their own"):
        named.insert(0, nn.ReLU())
    assert named(plugtorch.zeros(4, 2)).shape == (4, 1)


def test_empty_sequential_is_the_identity() -> None:
    x = plugtorch.ones(2)
    assert nn.Sequential()(x) is x


@pytest.mark.parametrize("kind", [nn.Sequential, nn.ModuleList])
def test_positions_outside(kind: Any) -> None:
    layers = kind(*[nn.ReLU()]) if kind is nn.Sequential else kind([nn.ReLU()])
    for change in (lambda: layers[1], lambda: layers[-2], lambda: layers.insert(5, nn.ReLU())):
        with pytest.raises(IndexError):
            change()
    with pytest.raises(TypeError):
        layers.append(3)
    with pytest.raises(TypeError):
        layers.insert(0, 3)
    assert len(layers) == 1


def test_what_containers_refuse() -> None:
    with pytest.raises(TypeError):
        nn.ModuleList(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        nn.ModuleDict(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        nn.ModuleDict([3])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="3 parts"):
        nn.ModuleDict([("a", nn.ReLU(), 3)])  # type: ignore[list-item]
    with pytest.raises(KeyError):
        nn.ModuleDict()["a"]
    with pytest.raises(NotImplementedError):
        nn.ModuleList()(1)
    with pytest.raises(TypeError):
        nn.ParameterList()(1)
    with pytest.raises(TypeError):
        nn.ParameterList(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        nn.ParameterDict({3: plugtorch.ones(1)})
    with pytest.raises(KeyError):
        nn.ParameterDict()["a"]
    with pytest.raises(ValueError, match="Sequential"):
        nn.Sequential() + nn.ReLU()  # type: ignore[operator]
    with pytest.raises(ValueError, match="positive"):
        nn.Sequential() * 0


def test_modules_in_containers_are_trained() -> None:
    model = nn.Module()
    model.layers = nn.ModuleList([nn.Linear(2, 2)])
    model.heads = nn.ModuleDict({"a": nn.Linear(2, 2)})
    model.scales = nn.ParameterList([plugtorch.ones(2)])
    model.offsets = nn.ParameterDict({"b": plugtorch.ones(2)})
    assert len(list(model.parameters())) == 6
    assert all(p.requires_grad for p in model.parameters())
    model.double()
    assert model.scales[0].dtype is plugtorch.float64


# -- initialisation --------------------------------------------------------------------------------


def test_initialising_records_no_graph() -> None:
    weight = nn.Parameter(plugtorch.empty(4, 3))
    for fill in (nn.init.normal_, nn.init.orthogonal_, nn.init.zeros_, nn.init.eye_):
        assert fill(weight) is weight
        assert weight.is_leaf
        assert weight.requires_grad


def test_generator_of_an_initialisation() -> None:
    def filled(seed: int) -> Any:
        generator = plugtorch.Generator().manual_seed(seed)
        return nn.init.kaiming_uniform_(plugtorch.empty(4, 3), generator=generator).tolist()

    assert filled(1) == filled(1) != filled(2)


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 2, 3)])
@pytest.mark.parametrize("dtype", [plugtorch.float32, plugtorch.float64])
def test_orthogonal(shape: tuple[int, ...], dtype: Any) -> None:
    weight = nn.init.orthogonal_(plugtorch.empty(shape, dtype=dtype), gain=2.0).flatten(1)
    if weight.shape[0] > weight.shape[1]:
        weight = weight.T
    close = 1e-12 if dtype is plugtorch.float64 else 1e-5
    product = (weight @ weight.T).cpu().numpy()
    numpy.testing.assert_allclose(product, 4 * numpy.eye(len(product)), atol=close)


def test_orthogonal_of_many_rows_is_exact() -> None:
    weight = nn.init.orthogonal_(plugtorch.empty(150, 150, dtype=plugtorch.float64)).cpu().numpy()
    numpy.testing.assert_allclose(weight @ weight.T, numpy.eye(150), atol=1e-14)


def test_sparse() -> None:
    weight = nn.init.sparse_(plugtorch.empty(10, 4), 0.25)
    assert (weight == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_inverse_erf() -> None:
    from plugtorch.nn.init import _inverse_erf

    for dtype, close in ((plugtorch.float64, 1e-12), (plugtorch.float32, 2e-6)):
        x = plugtorch.linspace(-0.999, 0.999, 1001, dtype=dtype)
        assert (_inverse_erf(x).erf() - x).abs().max().item() < close
    ends = _inverse_erf(plugtorch.tensor([-1.0, 1.0, 0.0]))
    assert bool(ends.isfinite().all())


@pytest.mark.parametrize(
    "make",
    [lambda t: nn.init.trunc_normal_(t, a=1.0, b=0.0), lambda t: nn.init.trunc_normal_(t, std=0.0)]
    + [lambda t: nn.init.kaiming_normal_(t, mode="what"), lambda t: nn.init.calculate_gain("what")]
    + [lambda t: nn.init.kaiming_normal_(t, a="what"), lambda t: nn.init.uniform_(t, 2.0, 1.0)]
    + [lambda t: nn.init.dirac_(plugtorch.empty(3, 1, 1), groups=2)],
)
def test_bad_initialisations(make: Any) -> None:
    with pytest.raises(ArgumentError):
        make(plugtorch.empty(2, 2))


def test_initialising_nothing_warns() -> None:
    with pytest.warns(UserWarning, match="nothing to fill"):
        nn.Linear(0, 3)
