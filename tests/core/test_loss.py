"""The base of losses, and what the built-in ones refuse."""

from __future__ import annotations

import weakref
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch import losses
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.loss import Loss

X = plugtorch.tensor([[1.0, 2.0], [3.0, 5.0]])
Y = plugtorch.tensor([[1.0, 1.0], [1.0, 1.0]])


class Gap(Loss):
    """|input - target| times ``scale``, as an author would write it."""

    made = 0

    def __init__(self, scale: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = scale
        type(self).made += 1

    def elementwise(self, input: plugtorch.Tensor, target: plugtorch.Tensor) -> plugtorch.Tensor:
        return (input - target).abs() * self.scale


# ---- what an author gets -------------------------------------------------------------------------


def test_an_author_writes_one_element() -> None:
    assert Gap()(X, Y).item() == 7 / 4
    assert Gap(reduction="sum")(X, Y).item() == 7
    assert Gap(2.0, reduction="none")(X, Y).tolist() == [[0, 2], [4, 8]]


def test_a_weight_multiplies_and_the_mean_divides_by_it() -> None:
    weight = plugtorch.tensor([1.0, 3.0])  # broadcasts over the rows
    assert Gap(weight=weight, reduction="none")(X, Y).tolist() == [[0, 3], [2, 12]]
    assert Gap(weight=weight, reduction="sum")(X, Y).item() == 17
    assert Gap(weight=weight)(X, Y).item() == 17 / 8


def test_a_loss_is_a_module_with_its_weight_as_a_buffer() -> None:
    loss = Gap(weight=plugtorch.ones(2))
    assert isinstance(loss, plugtorch.nn.Module)
    assert loss.double().weight.dtype is plugtorch.float64
    assert list(loss.state_dict()) == ["weight"]
    assert list(Gap().state_dict()) == []


def test_a_loss_without_a_formula_says_so() -> None:
    class Empty(Loss):
        pass

    with pytest.raises(NotImplementedError, match=r"\[Empty\] has no formula"):
        Empty()(X, Y)


def test_the_functional_form_builds_no_module_in_a_loop() -> None:
    Gap.functional(X, Y, 3.0, reduction="sum")
    before = Gap.made
    for _ in range(5):
        assert Gap.functional(X, Y, 3.0, reduction="sum").item() == 21
    assert Gap.made == before


def test_the_functional_form_takes_tensors_by_name() -> None:
    assert Gap.functional(input=X, target=Y, reduction="sum").item() == 7
    assert Gap.functional(X, target=Y, scale=2.0).item() == 14 / 4
    with pytest.raises(TypeError, match=r"\[Gap\] got no target"):
        Gap.functional(X)
    with pytest.raises(TypeError, match="got no input and no target"):
        Gap.functional()


def test_the_functional_form_forgets_tensors() -> None:
    for value in (1.0, 2.0):
        weight = plugtorch.full((2,), value)
        assert Gap.functional(X, Y, weight=weight, reduction="sum").item() == 7 * value
        weight.mul_(10)
        assert Gap.functional(X, Y, weight=weight, reduction="sum").item() == 70 * value
        gone = weakref.ref(weight)
        del weight
        assert gone() is None


def test_the_functional_form_keeps_a_bounded_number() -> None:
    from plugtorch import loss

    for i in range(1000):
        Gap.functional(X, Y, float(i))
    assert len(loss._made) <= loss._MADE_LIMIT


@pytest.mark.parametrize("how", ["avg", "", None, 3])
def test_an_unknown_reduction(how: Any) -> None:
    with pytest.raises(ArgumentError, match=r"\[Gap\] reduction is .* needed one of"):
        Gap(reduction=how)


def test_a_reduction_changed_afterwards_is_honoured() -> None:
    loss = Gap()
    loss.reduction = "sum"
    assert loss(X, Y).item() == 7
    loss.reduction = "avg"
    with pytest.raises(ArgumentError, match="avg"):
        loss(X, Y)


def test_older_options_warn() -> None:
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert Gap(size_average=False)(X, Y).item() == 7
    with pytest.warns(UserWarning, match="reduction='none'"):
        assert Gap(reduce=False)(X, Y).shape == (2, 2)


# ---- shapes --------------------------------------------------------------------------------------


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2, 2\).*\(2, 1\)") as caught:
        Gap()(X, Y[:, :1])
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, RuntimeError)


@pytest.mark.parametrize("name", ["mse", "l1", "smooth_l1", "huber"])
def test_pytorchs_broadcasting_warns_with_both_shapes(name: str) -> None:
    with pytest.warns(UserWarning, match=r"\(2, 2\).*\(2, 1\)") as caught:
        losses.create(name)(X, Y[:, :1])
    assert caught[0].filename == __file__  # the user's own line
    with pytest.warns(UserWarning, match="broadcast") as caught:
        losses.get(name).functional(X, Y[:, :1])
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="broadcast"), pytest.raises(ShapeError):
        losses.create(name)(X, plugtorch.zeros(3))


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2), (1, 2, 2), (2, 3)])
@pytest.mark.parametrize("name", ["mse", "bce", "bce_with_logits"])
def test_a_weight_that_does_not_fit(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="weight"):
        losses.create(name, weight=plugtorch.ones(shape))(Y, Y)


def test_a_pos_weight_that_does_not_fit() -> None:
    with pytest.raises(ShapeError, match="pos_weight"):
        losses.create("bce_with_logits", pos_weight=plugtorch.ones(3))(Y, Y)


# ---- what the built-in ones refuse ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize("wrong", [2, -1, 7])
@pytest.mark.parametrize("others", [0, -100])
def test_a_class_that_there_is_not(name: str, wrong: int, others: int) -> None:
    with pytest.raises(IndexRangeError, match=rf"a target is {wrong}, but there are 2 classes"):
        losses.create(name)(X, plugtorch.tensor([others, wrong]))


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize(
    ("input", "target", "error"),
    [
        ((3, 4), (2,), ShapeError),
        ((3, 4), (3, 1), ShapeError),
        ((2, 3, 4), (2,), ShapeError),
        ((2, 3, 4), (2, 5), ShapeError),
        ((), (), Exception),
        ((4,), (2,), ShapeError),
    ],
)
def test_indices_of_another_shape(name: str, input: Any, target: Any, error: Any) -> None:
    with pytest.raises(error, match=r"^\["):
        losses.create(name)(plugtorch.ones(input), plugtorch.zeros(target, dtype=plugtorch.int64))


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize("kind", [plugtorch.float32, plugtorch.bool])
def test_indices_that_are_no_integers(name: str, kind: Any) -> None:
    with pytest.raises(DTypeError, match="class indices"):
        losses.create(name)(X, plugtorch.zeros(2, dtype=kind))


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_every_integer_dtype_is_taken_as_an_index(name: str) -> None:
    expected = losses.create(name)(X, plugtorch.tensor([1, 0])).item()
    for kind in (plugtorch.uint8, plugtorch.int8, plugtorch.int16, plugtorch.int32):
        assert losses.create(name)(X, plugtorch.tensor([1, 0], dtype=kind)).item() == expected


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_a_class_weight_that_does_not_fit(name: str) -> None:
    target = plugtorch.tensor([0, 1])
    with pytest.raises(ShapeError, match="2 classes"):
        losses.create(name, weight=plugtorch.ones(3))(X, target)
    with pytest.raises(DTypeError, match="float64"):
        losses.create(name, weight=plugtorch.ones(2, dtype=plugtorch.float64))(X, target)


def test_inputs_that_are_no_floats() -> None:
    whole = plugtorch.ones(2, 2, dtype=plugtorch.int64)
    with pytest.raises(DTypeError):
        losses.create("cross_entropy")(whole, plugtorch.tensor([0, 1]))
    with pytest.raises(DTypeError):
        losses.create("cross_entropy")(X, whole)  # of the input's shape: probabilities
    with pytest.raises(DTypeError):
        losses.create("mse")(whole, whole)
    with pytest.raises(DTypeError):
        losses.create("bce")(Y, whole)
    with pytest.raises(DTypeError):
        losses.create("bce_with_logits")(Y, whole)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cross_entropy", {"label_smoothing": 1.5}),
        ("cross_entropy", {"label_smoothing": float("nan")}),
        ("huber", {"delta": 0.0}),
        ("huber", {"delta": float("inf")}),
        ("smooth_l1", {"beta": -1.0}),
        ("smooth_l1", {"beta": float("nan")}),
    ],
)
def test_options_out_of_their_range(name: str, options: dict[str, float]) -> None:
    ((option, _),) = options.items()
    with pytest.raises(ArgumentError, match=rf"\] {option} is "):
        losses.create(name, **options)


def test_ignore_index_has_no_meaning_for_probabilities() -> None:
    with pytest.raises(ArgumentError, match="ignore_index"):
        losses.create("cross_entropy", ignore_index=1)(X, Y / 2)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("wrong", [1.5, -0.5])
def test_a_probability_that_is_none(reduction: str, wrong: float) -> None:
    with pytest.raises(ArgumentError, match=str(wrong)):
        losses.create("bce", reduction=reduction)(plugtorch.tensor([0.5, wrong]), plugtorch.ones(2))


# ---- what must not happen ------------------------------------------------------------------------

CALLS: list[tuple[str, Any, Any]] = [
    ("mse", X, Y),
    ("l1", X, Y),
    ("smooth_l1", X, Y),
    ("huber", X, Y),
    ("bce", X / 6, Y),
    ("bce_with_logits", X, Y),
    ("cross_entropy", X, plugtorch.tensor([0, -100])),
    ("cross_entropy", X, Y / 2),
    ("nll", X, plugtorch.tensor([0, -100])),
]


@pytest.mark.parametrize(("name", "input", "target"), CALLS)
def test_inputs_are_not_changed(name: str, input: Any, target: Any) -> None:
    input, target = input.clone().requires_grad_(), target.clone()
    values = input.detach().cpu().numpy().copy(), target.cpu().numpy().copy()
    losses.create(name)(input, target).backward()
    assert numpy.array_equal(input.detach().cpu().numpy(), values[0])
    assert numpy.array_equal(target.cpu().numpy(), values[1])


@pytest.mark.parametrize("name", ["bce_with_logits", "cross_entropy"])
@pytest.mark.parametrize("size", [1e4, -1e4, 3e38])
def test_huge_logits_stay_finite(name: str, size: float) -> None:
    x = plugtorch.tensor([[size, 0.0]], requires_grad=True)
    target = plugtorch.ones(1, 2) if name == "bce_with_logits" else plugtorch.tensor([0])
    loss = losses.create(name)(x, target)
    loss.backward()
    assert numpy.isfinite(loss.item())
    assert numpy.isfinite(x.grad.cpu().numpy()).all()


def test_a_small_loss_keeps_its_digits() -> None:
    """1 - sigmoid(30) rounds to 0 in float32; the loss is e^-30."""
    loss = losses.create("bce_with_logits")(plugtorch.tensor([30.0]), plugtorch.ones(1))
    assert loss.item() == pytest.approx(numpy.exp(-30), rel=1e-5)
