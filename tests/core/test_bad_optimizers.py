"""What every registered optimizer refuses: options, and states of others. Steps that are refused,
and more, are in the contract kit (``refusals``, ``refused_steps``, ``foreign_states``).
"""

import copy
import math

import pytest

import plugtorch
from plugtorch import optimizers
from plugtorch.errors import ArgumentError, StateError
from plugtorch.optimizer.options import COMMON

NAMES = optimizers.names()
SHAPES = ((3, 2), (2, 2))


def numeric(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


OPTIONS = [
    (name, option, value)
    for name in NAMES
    for option, value in optimizers.describe(name)["options"].items()
    if option not in COMMON
]


def make(name, shapes=SHAPES, **options):
    parameters = [
        (plugtorch.arange(math.prod(shape)).reshape(shape) / 5 + 0.3).requires_grad_()
        for shape in shapes
    ]
    optimizer = optimizers.create(name, parameters, **options)

    def closure():
        optimizer.zero_grad()
        loss = sum((p**4).sum() for p in parameters)
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return optimizer


def refuses(name, option, wrong):
    parameter = plugtorch.ones(2, 2, requires_grad=True)
    with pytest.raises(ArgumentError, match=rf"^\[\w+\] {option} is .*, needed "):
        optimizers.create(name, [parameter], **{option: wrong})
    with pytest.raises(ArgumentError, match=rf"^\[\w+\] {option} is .*, needed "):
        optimizers.create(name, [{"params": [parameter], option: wrong}])


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "0.1", None])
@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, option, value in OPTIONS if numeric(value)]
)
def test_a_number_that_is_none(name, option, wrong):
    refuses(name, option, wrong)


@pytest.mark.parametrize(
    ("name", "option", "value"), [o for o in OPTIONS if isinstance(o[2], tuple)]
)
def test_several_numbers_of_which_one_is_none(name, option, value):
    for wrong in (math.nan, math.inf, "0.1"):
        refuses(name, option, (*value[:-1], wrong))
    refuses(name, option, value[:-1])
    refuses(name, option, 0.5)


@pytest.mark.parametrize(
    ("name", "option"), [(n, option) for n, option, value in OPTIONS if isinstance(value, bool)]
)
def test_a_switch_that_is_neither_on_nor_off(name, option):
    for wrong in ("yes", None, 2, math.nan):
        refuses(name, option, wrong)


def test_switches_may_be_numbers():
    parameter = plugtorch.ones(2, requires_grad=True)
    assert optimizers.create("adam", [parameter], amsgrad=1).param_groups[0]["amsgrad"] == 1


def test_a_nan_in_an_option_of_an_optimizer_written_pytorchs_way():
    class Classic(plugtorch.Optimizer):
        def __init__(self, params, lr=0.1, powers=(1, 2)):
            super().__init__(params, {"lr": lr, "powers": powers})

    parameter = plugtorch.ones(1, requires_grad=True)
    Classic([parameter], lr=math.inf)  # it may mean something to its author
    for options in ({"lr": math.nan}, {"powers": (1, math.nan)}):
        with pytest.raises(ArgumentError, match=rf"\[Classic\] {next(iter(options))} is "):
            Classic([parameter], **options)


# ---- states --------------------------------------------------------------------------------------

ALIKE = [
    # a step, a mean and a mean of squares: nothing in a state, which is PyTorch's, tells them apart
    {"adam", "adamw", "radam"},
]


@pytest.mark.parametrize("into", NAMES)
def test_the_state_of_every_other_optimizer(into):
    optimizer = make(into)
    before = str(optimizer.state_dict())
    for name in NAMES:
        if name == into or any({name, into} <= alike for alike in ALIKE):
            continue
        with pytest.raises(StateError, match=r"^\[\w+\] .*of another"):
            optimizer.load_state_dict(make(name).state_dict())
        assert str(optimizer.state_dict()) == before


JUNK = {
    "nothing": lambda own: None,
    "a list": lambda own: [own],
    "empty": lambda own: {},
    "no groups": lambda own: {"state": own["state"]},
    "groups that are a text": lambda own: {**own, "param_groups": "x"},
    "groups without parameters": lambda own: {**own, "param_groups": [{"lr": 0.1}]},
    "a list for a state": lambda own: {**own, "state": []},
    "a number for a parameter's state": lambda own: {**own, "state": {0: 3}},
    "a field that there is not": lambda own: {**own, "state": {0: {"strange": 1.0}}},
}


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_state(name, kind):
    optimizer = make(name)
    before = str(optimizer.state_dict())
    with pytest.raises(StateError, match=r"^\[\w+\] "):
        optimizer.load_state_dict(JUNK[kind](optimizer.state_dict()))
    assert str(optimizer.state_dict()) == before


@pytest.mark.parametrize("name", NAMES)
def test_the_state_of_another_model(name):
    options = {"momentum": 0.9} if name == "sgd" else {}  # else it remembers nothing
    optimizer = make(name, **options)
    before = str(optimizer.state_dict())
    other = make(name, ((3, 2), (5, 4)), **options)
    with pytest.raises(StateError, match="of another model"):
        optimizer.load_state_dict(other.state_dict())
    assert str(optimizer.state_dict()) == before


@pytest.mark.parametrize("field", ["d", "prev_flat_grad", "old_dirs", "old_stps"])
def test_every_vector_that_lbfgs_remembers_must_fit(field):
    optimizer = make("lbfgs", line_search_fn="strong_wolfe")
    saved = copy.deepcopy(optimizer.state_dict())
    assert saved["state"][0]["old_dirs"]
    short = plugtorch.ones(3)
    wrong = [*saved["state"][0][field][:-1], short] if field.startswith("old") else short
    saved["state"][0][field] = wrong
    with pytest.raises(StateError, match=rf"{field} in the state is not of the 10 numbers"):
        optimizer.load_state_dict(saved)


def test_a_tensor_that_is_none():
    optimizer = make("adam")
    saved = copy.deepcopy(optimizer.state_dict())
    saved["state"][1]["exp_avg"] = "x"
    with pytest.raises(StateError, match="exp_avg of a parameter is a str, needed a tensor"):
        optimizer.load_state_dict(saved)
