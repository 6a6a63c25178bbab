"""An optimizer's options, parameter groups and hooks, and what is refused."""

from __future__ import annotations

import copy
import inspect
from typing import Any

import pytest
from optimizer_rules import NAMES, Classic, Momentum, give, leaf

import plugtorch
from plugtorch.errors import ArgumentError
from plugtorch.optimizer import Optimizer, required

# ---- options -------------------------------------------------------------------------------------


def test_options_by_position_and_by_name() -> None:
    group = plugtorch.optim.SGD([leaf(1.0)], 0.1, 0.9, weight_decay=0.2).param_groups[0]
    assert (group["lr"], group["momentum"], group["weight_decay"]) == (0.1, 0.9, 0.2)
    assert plugtorch.optim.Adam([leaf(1.0)], 0.1, (0.5, 0.6)).param_groups[0]["betas"] == (0.5, 0.6)


def test_ways_to_run_are_accepted_and_change_nothing() -> None:
    runs = []
    for options in ({}, {"foreach": True}, {"fused": True}, {"capturable": True}):
        p = give(leaf(1.0), 1.0)
        plugtorch.optim.Adam([p], lr=0.1, **options).step()
        runs.append(p.tolist())
    assert runs == runs[:1] * 4


def test_an_unknown_option_names_a_near_one() -> None:
    with pytest.raises(
        TypeError, match=r"\[SGD\] has no option 'momentun'. Did you mean 'momentum'"
    ):
        plugtorch.optim.SGD([leaf(1.0)], momentun=0.9)
    with pytest.raises(TypeError, match="It has lr, momentum, dampening, weight_decay, nesterov"):
        plugtorch.optim.SGD([leaf(1.0)], zzz=0.9)


def test_options_given_twice_or_too_many() -> None:
    with pytest.raises(TypeError, match="lr twice"):
        plugtorch.optim.SGD([leaf(1.0)], 0.1, lr=0.1)
    with pytest.raises(TypeError, match="6 options by position, needed at most 5"):
        plugtorch.optim.SGD([leaf(1.0)], 0.1, 0, 0, 0, False, True)


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf"), "0.1", None])
@pytest.mark.parametrize("name", NAMES)
def test_a_learning_rate_out_of_range(name: str, wrong: Any) -> None:
    kind = getattr(plugtorch.optim, name)
    with pytest.raises(ArgumentError, match=rf"\[{name}\] lr is {wrong!r}, needed a finite number"):
        kind([leaf(1.0)], lr=wrong)
    with pytest.raises(ArgumentError, match="lr is"):
        kind([{"params": [leaf(1.0)], "lr": wrong}])
    with pytest.raises(ValueError, match="lr is"):
        kind([leaf(1.0)], lr=plugtorch.tensor([0.1, 0.1]))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("SGD", {"momentum": -1}),
        ("SGD", {"dampening": float("nan")}),
        ("SGD", {"weight_decay": -1}),
        ("SGD", {"nesterov": True}),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}),
        ("RMSprop", {"alpha": -1}),
        ("RMSprop", {"eps": -1}),
        ("Adagrad", {"lr_decay": -1}),
        ("Adagrad", {"initial_accumulator_value": -1}),
        ("Adam", {"eps": float("inf")}),
        ("Adam", {"betas": (0.9, 1.0)}),
        ("Adam", {"betas": (-0.1, 0.9)}),
        ("Adam", {"betas": (0.9,)}),
        ("Adam", {"betas": 0.9}),
        ("AdamW", {"weight_decay": -1}),
    ],
)
def test_options_out_of_their_range(name: str, options: dict[str, Any]) -> None:
    option = next(iter(options))
    with pytest.raises(ArgumentError, match=rf"\[{name}\] {option} is "):
        getattr(plugtorch.optim, name)([leaf(1.0)], **options)


def test_a_negative_default_allows_negative_values() -> None:
    class Falling(Momentum):
        defaults = {"lr": 0.5, "momentum": 0.5, "power": -0.8}

    assert Falling([leaf(1.0)], power=-0.5).param_groups[0]["power"] == -0.5


def test_an_option_that_must_be_given() -> None:
    class Old(Classic):
        def __init__(self, params: Any, lr: Any = required) -> None:
            Optimizer.__init__(self, params, {"lr": lr, "momentum": 0})

    assert Old([{"params": [leaf(1.0)], "lr": 0.1}]).param_groups[0]["lr"] == 0.1
    with pytest.raises(ArgumentError, match="no lr"):
        Old([leaf(1.0)])


def test_a_class_shows_its_options() -> None:
    assert str(inspect.signature(Momentum)).startswith(
        "(params, lr=0.5, momentum=0.5, *, maximize="
    )
    assert str(inspect.signature(Classic)).startswith("(params: 'Any', lr")
    assert repr(Momentum([leaf(1.0)])).splitlines()[:3] == [
        "Momentum (",
        "Parameter Group 0",
        "    capturable: False",
    ]


# ---- parameters and groups -----------------------------------------------------------------------


def test_parameter_lists_that_are_refused() -> None:
    p = leaf(1.0)
    with pytest.raises(ArgumentError, match="optimizer got an empty parameter list"):
        Momentum([])
    with pytest.raises(TypeError, match="one tensor"):
        Momentum(p)
    with pytest.raises(TypeError, match="a set"):
        Momentum([{"params": {p}}])
    with pytest.raises(TypeError, match="one of the parameters is a float"):
        Momentum([p, 1.0])
    with pytest.raises(ArgumentError, match="non-leaf"):
        Momentum([p * 2])
    with pytest.raises(ArgumentError, match="more than one"):
        Momentum([{"params": [p]}, {"params": [p]}])
    with pytest.raises(ArgumentError, match='no "params"'):
        Momentum([{"lr": 0.1}])
    with pytest.raises(TypeError, match=r"a group is a list|a parameter group is a list"):
        Momentum([{"params": [p]}, [p]])
    with pytest.warns(UserWarning, match="twice"):
        Momentum([p, p])


def test_a_group_added_wrongly_is_not_added() -> None:
    p, q = leaf(1.0), leaf(2.0)
    optimizer = Momentum([p])
    for group in ({"params": [p]}, {"params": [q], "lr": -1.0}, {"params": ["q"]}):
        with pytest.raises((ArgumentError, TypeError)):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1


def test_groups_have_their_own_options() -> None:
    p, q = give(leaf(1.0), 1.0), give(leaf(1.0), 1.0)
    optimizer = Momentum([{"params": p, "lr": 0.25}, {"params": [q], "name": "second"}], lr=1.0)
    optimizer.step()
    assert (p.item(), q.item()) == (0.75, 0.0)
    assert optimizer.param_groups[1]["name"] == "second"
    for group in optimizer.param_groups:
        group["lr"] *= 0.5
    optimizer.step()
    assert (p.item(), q.item()) == (0.75 - 0.125 * 1.5, -0.75)


def test_named_parameters() -> None:
    model = plugtorch.nn.Linear(2, 1)
    optimizer = Momentum(model.named_parameters())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]
    assert optimizer.param_groups[0]["params"] == [model.weight, model.bias]
    with pytest.raises(ArgumentError, match="some have not"):
        Momentum([("weight", leaf(1.0)), leaf(2.0)])
    with pytest.raises(ArgumentError, match="some have not"):
        optimizer.add_param_group({"params": [leaf(1.0)]})


def test_a_generator_is_used_once() -> None:
    model = plugtorch.nn.Linear(2, 1)
    parameters = model.parameters()
    Momentum(parameters)
    with pytest.raises(ArgumentError, match="only once"):
        Momentum(parameters)


# ---- hooks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Momentum, Classic])
def test_step_hooks(kind: Any) -> None:
    p = give(leaf(1.0), 1.0)
    optimizer = kind([p])
    seen: list[Any] = []
    before = optimizer.register_step_pre_hook(lambda o, a, k: seen.append(("before", o, a, k)))
    after = optimizer.register_step_post_hook(lambda o, a, k: seen.append(("after", o, p.item())))
    optimizer.step()
    assert seen == [("before", optimizer, (), {}), ("after", optimizer, 0.5)]
    before.remove()
    after.remove()
    optimizer.step()
    assert len(seen) == 2


def test_a_step_hook_can_change_the_arguments() -> None:
    optimizer = Momentum([give(leaf(1.0), 1.0)])
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((lambda: "loss",), kwargs))
    assert optimizer.step() == "loss"
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="hook"):
        optimizer.step()


def test_copies_and_hooks() -> None:
    optimizer = Momentum([give(leaf(1.0), 1.0)])
    calls: list[int] = []
    optimizer.register_step_pre_hook(lambda o, a, k: calls.append(1))
    other = copy.deepcopy(optimizer)
    give(other.param_groups[0]["params"][0], 1.0)
    other.step()
    assert not calls
    assert other.param_groups[0]["params"][0].item() == 0.5
    assert optimizer.param_groups[0]["params"][0].item() == 1.0
