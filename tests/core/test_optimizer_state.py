"""Saving and loading an optimizer's state."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch.errors import StateError
from plugtorch.optimizer import Optimizer

CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("Adagrad", {"lr_decay": 0.1}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {}),
]


def build(name: str, options: dict[str, Any]) -> tuple[list[Any], Any]:
    parameters = [
        plugtorch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True),
        plugtorch.tensor(2.0, requires_grad=True),
    ]
    return parameters, getattr(plugtorch.optim, name)(parameters, **options)


def train(parameters: list[Any], optimizer: Any, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p * p * p.cos()).sum() for p in parameters).backward()
        optimizer.step()


def copies(parameters: list[Any]) -> list[Any]:
    return [p.detach().clone().requires_grad_() for p in parameters]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_k_steps_save_load_k_steps_equal_2k_steps_bit_for_bit(name: str, options: Any) -> None:
    parameters, optimizer = build(name, options)
    train(parameters, optimizer, 5)
    saved, others = copy.deepcopy(optimizer.state_dict()), copies(parameters)
    train(parameters, optimizer, 5)

    again = getattr(plugtorch.optim, name)(others, lr=123.0)  # the saved options replace these
    again.load_state_dict(saved)
    train(others, again, 5)
    for a, b in zip(parameters, others, strict=True):
        assert numpy.array_equal(a.detach().cpu().numpy(), b.detach().cpu().numpy())


@pytest.mark.parametrize(("name", "options"), CASES)
def test_pickling_and_copying_go_on_bit_for_bit(name: str, options: Any) -> None:
    parameters, optimizer = build(name, options)
    train(parameters, optimizer, 3)
    for again in (pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):  # noqa: S301
        others = again.param_groups[0]["params"]
        assert others[0] is not parameters[0]
        expected, reference = copies(parameters), copy.deepcopy(optimizer)
        reference.param_groups[0]["params"] = expected
        reference.state = type(optimizer.state)(dict)
        reference.load_state_dict(optimizer.state_dict())
        train(others, again, 3)
        train(expected, reference, 3)
        for a, b in zip(expected, others, strict=True):
            assert numpy.array_equal(a.detach().cpu().numpy(), b.detach().cpu().numpy())


def test_the_structure() -> None:
    parameters, optimizer = build("SGD", {"momentum": 0.9})
    optimizer.add_param_group({"params": plugtorch.ones(1, requires_grad=True), "lr": 0.5})
    train(parameters, optimizer, 1)
    saved = optimizer.state_dict()
    assert list(saved) == ["state", "param_groups"]
    assert list(saved["state"]) == [0, 1]
    assert list(saved["state"][0]) == ["momentum_buffer"]
    assert [group["params"] for group in saved["param_groups"]] == [[0, 1], [2]]
    assert [group["lr"] for group in saved["param_groups"]] == [0.001, 0.5]


def test_what_was_saved_does_not_change_with_later_steps() -> None:
    parameters, optimizer = build("Adam", {})
    train(parameters, optimizer, 1)
    saved = optimizer.state_dict()
    values = saved["state"][0]["exp_avg"].tolist()
    train(parameters, optimizer, 1)
    assert saved["state"][0]["exp_avg"].tolist() == values
    assert saved["state"][0]["step"] == 1


def test_loading_copies() -> None:
    parameters, optimizer = build("Adam", {})
    train(parameters, optimizer, 1)
    saved = optimizer.state_dict()
    others = copies(parameters)
    again = plugtorch.optim.Adam(others)
    again.load_state_dict(saved)
    saved["state"][0]["exp_avg"].zero_()
    saved["param_groups"][0]["lr"] = 7
    assert again.state[others[0]]["exp_avg"].abs().sum().item() > 0
    assert again.param_groups[0]["lr"] == 0.001
    assert again.param_groups[0]["params"][0] is others[0]


def test_tensors_take_the_parameters_dtype() -> None:
    parameters, optimizer = build("Adam", {})
    train(parameters, optimizer, 2)
    others = [p.detach().double().requires_grad_() for p in parameters]
    again = plugtorch.optim.Adam(others)
    again.load_state_dict(optimizer.state_dict())
    assert again.state[others[0]]["exp_avg"].dtype is plugtorch.float64
    assert again.state[others[0]]["step"] == 2
    train(others, again, 1)


def test_numpy_arrays_and_counts_in_tensors_are_taken() -> None:
    """As they come from PyTorch, or from a file."""
    parameters, optimizer = build("Adam", {})
    train(parameters, optimizer, 2)
    saved = optimizer.state_dict()
    for values in saved["state"].values():
        values["step"] = plugtorch.tensor(float(values["step"]))
        values["exp_avg"] = values["exp_avg"].cpu().numpy()
    others = copies(parameters)
    again = plugtorch.optim.Adam(others)
    again.load_state_dict(saved)
    assert again.state[others[0]]["step"] == 2
    assert type(again.state[others[0]]["step"]) is int
    assert isinstance(again.state[others[0]]["exp_avg"], plugtorch.Tensor)


def test_a_state_from_before_an_option_existed() -> None:
    parameters, optimizer = build("Adam", {})
    train(parameters, optimizer, 1)
    saved = optimizer.state_dict()
    for group in saved["param_groups"]:
        del group["decoupled_weight_decay"], group["maximize"]
    optimizer.load_state_dict(saved)
    assert optimizer.param_groups[0]["maximize"] is False


def test_options_of_a_scheduler_or_a_user_are_kept() -> None:
    _, optimizer = build("SGD", {})
    optimizer.param_groups[0]["initial_lr"] = 0.5
    _, again = build("SGD", {})
    again.load_state_dict(optimizer.state_dict())
    assert again.param_groups[0]["initial_lr"] == 0.5


def test_names_survive() -> None:
    model = plugtorch.nn.Linear(2, 1)
    optimizer = plugtorch.optim.SGD(model.named_parameters())
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]
    optimizer.load_state_dict(plugtorch.optim.SGD(model.parameters()).state_dict())
    assert optimizer.param_groups[0]["param_names"] == ["weight", "bias"]


# ---- what is refused, leaving everything as it was -----------------------------------------------


def spoilt(saved: Any, how: str) -> Any:
    saved = copy.deepcopy(saved)
    first = saved["state"][0]
    if how == "no groups":
        del saved["param_groups"]
    elif how == "fewer groups":
        saved["param_groups"] = []
    elif how == "another number of parameters":
        saved["param_groups"][0]["params"] = [0]
    elif how == "without a number":
        del saved["param_groups"][0]["betas"]
    elif how == "without a tensor":
        del first["exp_avg"]
    elif how == "with another tensor":
        first["momentum_buffer"] = first["exp_avg"]
    elif how == "another shape":
        first["exp_avg"] = first["exp_avg"][:1]
    elif how == "the last one is wrong":
        saved["state"][1]["exp_avg"] = first["exp_avg"]
    return saved


@pytest.mark.parametrize(
    "how",
    [
        "no groups",
        "fewer groups",
        "another number of parameters",
        "without a number",
        "without a tensor",
        "with another tensor",
        "another shape",
        "the last one is wrong",
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(how: str) -> None:
    parameters, optimizer = build("Adam", {"lr": 0.1})
    train(parameters, optimizer, 2)
    wrong = spoilt(optimizer.state_dict(), how)
    train(parameters, optimizer, 1)
    groups = copy.deepcopy(optimizer.state_dict()["param_groups"])
    state = {p: dict(values) for p, values in optimizer.state.items()}
    with pytest.raises(StateError, match=r"^\[Adam\]"):
        optimizer.load_state_dict(wrong)
    assert optimizer.state_dict()["param_groups"] == groups
    assert {p: dict(values) for p, values in optimizer.state.items()} == state


@pytest.mark.parametrize("saved", ["SGD", "RMSprop", "Adagrad", "Adam"])
@pytest.mark.parametrize("into", ["SGD", "RMSprop", "Adagrad", "Adam"])
def test_the_state_of_another_optimizer(saved: str, into: str) -> None:
    parameters, optimizer = build(saved, {"lr": 0.1})
    train(parameters, optimizer, 1)
    other = getattr(plugtorch.optim, into)(copies(parameters))
    if saved == into:
        other.load_state_dict(optimizer.state_dict())
        return
    with pytest.raises(StateError, match="of another optimizer"):
        other.load_state_dict(optimizer.state_dict())


# ---- hooks, and PyTorch's way --------------------------------------------------------------------


def test_hooks_around_saving_and_loading() -> None:
    _, optimizer = build("SGD", {"lr": 0.1})
    seen: list[str] = []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("saving"))
    optimizer.register_state_dict_post_hook(lambda o, s: {**s, "extra": 1})
    assert optimizer.state_dict()["extra"] == 1
    optimizer.register_load_state_dict_pre_hook(
        lambda o, s: {**s, "param_groups": [{**s["param_groups"][0], "lr": 0.7}]}
    )
    optimizer.register_load_state_dict_pre_hook(lambda o, s: seen.append("first"), prepend=True)
    handle = optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.param_groups[0]["lr"] == 0.7
    assert seen == ["saving", "saving", "first", "loaded"]
    handle.remove()
    optimizer.load_state_dict(optimizer.state_dict())
    assert seen[4:] == ["saving", "first"]


class Classic(Optimizer):
    """As people write one for PyTorch, with a state that only it understands."""

    def __init__(self, params: Any, lr: float = 0.5) -> None:
        super().__init__(params, {"lr": lr})

    def __setstate__(self, state: Any) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("later", True)

    def step(self, closure: Any = None) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                state["step"] = state.get("step", plugtorch.tensor(0.0)) + 1
                state["history"] = [*state.get("history", []), p.grad.clone()]
                p.data.add_(p.grad, alpha=-group["lr"])


def test_a_state_written_pytorchs_way() -> None:
    p = plugtorch.ones(2, dtype=plugtorch.float16, requires_grad=True)
    optimizer = Classic([p])
    for _ in range(2):
        p.grad = plugtorch.ones(2, dtype=plugtorch.float16)
        optimizer.step()
    other = plugtorch.ones(2, dtype=plugtorch.float64, requires_grad=True)
    again = Classic([other])
    again.load_state_dict(optimizer.state_dict())
    state = again.state[other]
    assert state["step"].item() == 2
    assert state["step"].dtype is plugtorch.float32  # a count is not rounded to the parameter's
    assert [h.dtype for h in state["history"]] == [plugtorch.float64] * 2
    assert again.param_groups[0]["later"] is True


def test_saving_to_a_file() -> None:
    parameters, optimizer = build("Adam", {})
    train(parameters, optimizer, 2)
    file = io.BytesIO()
    plugtorch.save(optimizer.state_dict(), file)
    file.seek(0)
    others = copies(parameters)
    again = plugtorch.optim.Adam(others)
    again.load_state_dict(plugtorch.load(file))
    train(parameters, optimizer, 2)
    train(others, again, 2)
    for a, b in zip(parameters, others, strict=True):
        assert numpy.array_equal(a.detach().cpu().numpy(), b.detach().cpu().numpy())
