"""state_dict and load_state_dict."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import DTypeError, StateError


def net(hidden: int = 4) -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, hidden), nn.ReLU(), nn.Linear(hidden, 2))


def test_round_trip() -> None:
    a, b = net(), net()
    result = b.load_state_dict(a.state_dict())
    assert str(result) == "<All keys matched successfully>"
    assert result.missing_keys == []
    x = plugtorch.randn(5, 3)
    assert (a(x) == b(x)).all()


def test_state_is_the_modules_own_but_detached() -> None:
    model = net()
    state = model.state_dict()
    assert not state["0.bias"].requires_grad
    with plugtorch.no_grad():
        model[0].bias.fill_(7.0)
    assert state["0.bias"].tolist() == [7.0] * 4
    assert model.state_dict(keep_vars=True)["0.bias"] is model[0].bias


def test_destination_and_prefix() -> None:
    destination: OrderedDict[str, Any] = OrderedDict(other=1)
    net().state_dict(destination=destination, prefix="model.")
    assert list(destination)[:2] == ["other", "model.0.weight"]


def test_parameters_stay_the_same_objects() -> None:
    model = net()
    before = list(model.parameters())
    model.load_state_dict(net().state_dict())
    assert all(a is b for a, b in zip(before, model.parameters(), strict=True))


def test_every_problem_is_listed_at_once() -> None:
    state = net(5).state_dict()
    del state["2.bias"]
    state["extra"] = plugtorch.zeros(1)
    state["0.nothing"] = plugtorch.zeros(1)
    state["1.weight"] = plugtorch.zeros(1)
    state["7.weight"] = plugtorch.zeros(1)
    with pytest.raises(StateError) as caught:
        net().load_state_dict(state)
    text = str(caught.value)
    for part in (
        "Sequential",
        "missing: 2.bias",
        "unexpected: extra, 7.weight, 0.nothing, 1.weight",
        "0.weight: has shape (5, 3), needs (4, 3)",
        "0.bias: has shape (5,), needs (4,)",
        "2.weight: has shape (2, 5), needs (2, 4)",
    ):
        assert part in text, text
    with pytest.raises(RuntimeError):
        net().load_state_dict(state)


def test_not_strict_skips_names_but_not_sizes() -> None:
    state = net().state_dict()
    del state["2.bias"]
    state["extra"] = plugtorch.zeros(1)
    result = net().load_state_dict(state, strict=False)
    assert result.missing_keys == ["2.bias"]
    assert result.unexpected_keys == ["extra"]
    assert "extra" in str(result)
    with pytest.raises(StateError, match="has shape") as caught:
        net(5).load_state_dict(state, strict=False)
    assert "missing" not in str(caught.value)


@pytest.mark.parametrize("state", [None, [1], "path", plugtorch.ones(1)])
def test_what_is_no_dictionary(state: Any) -> None:
    with pytest.raises(DTypeError, match="dictionary"):
        net().load_state_dict(state)


def test_what_is_no_tensor() -> None:
    state = net().state_dict()
    state["0.bias"] = [0.0] * 4
    with pytest.raises(StateError, match=r"0.bias: is a list, needs a tensor"):
        net().load_state_dict(state)


def test_values_are_converted_unless_assigned() -> None:
    model, state = net(), net().double().state_dict()
    model.load_state_dict(state)
    assert model[0].weight.dtype is plugtorch.float32
    model.load_state_dict(state, assign=True)
    assert model[0].weight.dtype is plugtorch.float64
    assert isinstance(model[0].weight, nn.Parameter)
    assert model[0].weight.requires_grad


def test_assigned_tensors_share_storage_and_keep_requires_grad() -> None:
    model, state = net().requires_grad_(False), net().state_dict()
    model.load_state_dict(state, assign=True)
    assert not model[0].bias.requires_grad
    with plugtorch.no_grad():
        state["0.bias"].fill_(3.0)
    assert model[0].bias.tolist() == [3.0] * 4


def test_buffers() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("kept", plugtorch.tensor(0))
            self.register_buffer("dropped", plugtorch.tensor(0), persistent=False)
            self.register_buffer("absent", None)

    a, b = Counting(), Counting()
    a.kept.fill_(5)
    assert list(a.state_dict()) == ["kept"]
    b.load_state_dict(a.state_dict())
    assert b.kept.item() == 5
    with pytest.raises(StateError, match="unexpected: dropped"):
        b.load_state_dict({"kept": plugtorch.tensor(1), "dropped": plugtorch.tensor(1)})


def test_extra_state() -> None:
    class Told(nn.Module):
        def __init__(self, word: str) -> None:
            super().__init__()
            self.word = word

        def get_extra_state(self) -> Any:
            return {"word": self.word}

        def set_extra_state(self, state: Any) -> None:
            self.word = state["word"]

    a, b = nn.Sequential(Told("a")), nn.Sequential(Told("b"))
    state = a.state_dict()
    assert state["0._extra_state"] == {"word": "a"}
    b.load_state_dict(state)
    assert b[0].word == "a"
    with pytest.raises(StateError, match=r"missing: 0\._extra_state"):
        b.load_state_dict({})
    with pytest.raises(StateError, match=r"unexpected: 0\._extra_state"):
        nn.Sequential(nn.ReLU()).load_state_dict(state)


def test_state_dict_hooks() -> None:
    model = net()
    model.register_state_dict_pre_hook(lambda m, prefix, keep: m[0].bias.data.fill_(2.0))
    model.register_state_dict_post_hook(lambda m, state, prefix, about: state.pop("2.bias"))
    state = model.state_dict()
    assert state["0.bias"].tolist() == [2.0] * 4
    assert "2.bias" not in state


def test_load_hooks() -> None:
    model, seen = net(), []

    def rename(module: Any, state: Any, prefix: str, *_: Any) -> None:
        for key in list(state):
            if key.startswith("old."):
                state[key.removeprefix("old.")] = state.pop(key)

    model.register_load_state_dict_pre_hook(rename)
    model.register_load_state_dict_post_hook(lambda m, keys: seen.append(keys))
    model.load_state_dict({f"old.{k}": v for k, v in net().state_dict().items()})
    assert seen[0].missing_keys == []

    def forgive(module: Any, keys: Any) -> None:
        keys.missing_keys.clear()

    model.register_load_state_dict_post_hook(forgive)
    model.load_state_dict({})


def test_the_state_given_is_not_changed() -> None:
    model, state = net(), {f"old.{k}": v for k, v in net().state_dict().items()}
    model.register_load_state_dict_pre_hook(lambda m, s, *_: s.clear())
    with pytest.raises(StateError):
        model.load_state_dict(state)
    assert len(state) == 4


def test_an_overridden_loader_sees_the_version() -> None:
    class Versioned(nn.Linear):
        _version = 3

        def _load_from_state_dict(self, state: Any, prefix: str, about: Any, *rest: Any) -> None:
            versions.append(about.get("version"))
            super()._load_from_state_dict(state, prefix, about, *rest)

    versions: list[Any] = []
    model = nn.Sequential(Versioned(2, 2))
    model.load_state_dict(model.state_dict())
    model.load_state_dict(dict(model.state_dict()))  # a plain dictionary has no versions
    assert versions == [3, None]


def test_loading_does_not_record_a_graph() -> None:
    model = net()
    model.load_state_dict(net().state_dict(keep_vars=True))
    assert all(p.is_leaf and p.requires_grad for p in model.parameters())
