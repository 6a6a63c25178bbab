"""Module: registering, looking up, going through."""

from __future__ import annotations

from typing import Any

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, DTypeError


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.inner = nn.Sequential(nn.ReLU(), nn.Linear(4, 2))
        self.scale = nn.Parameter(plugtorch.ones(2))
        self.register_buffer("seen", plugtorch.zeros(1))
        self.register_buffer("scratch", plugtorch.zeros(2), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.inner(self.first(x)) * self.scale


# -- attributes ------------------------------------------------------------------------------------


def test_what_is_assigned_is_registered_by_its_kind() -> None:
    net = Net()
    assert [n for n, _ in net.named_parameters()] == [
        "scale", "first.weight", "first.bias", "inner.1.weight", "inner.1.bias"
    ]  # fmt: skip
    assert [n for n, _ in net.named_buffers()] == ["seen", "scratch"]
    assert [n for n, _ in net.named_modules()] == ["", "first", "inner", "inner.0", "inner.1"]
    assert [n for n, _ in net.named_children()] == ["first", "inner"]


def test_a_buffer_object_is_registered() -> None:
    net = nn.Module()
    net.kept = nn.Buffer(plugtorch.ones(2))
    net.dropped = nn.Buffer(plugtorch.ones(2), persistent=False)
    assert list(net.state_dict()) == ["kept"]
    assert [n for n, _ in net.named_buffers()] == ["kept", "dropped"]


def test_none_keeps_the_name() -> None:
    net = Net()
    net.scale = None
    assert net.scale is None
    assert "scale" not in dict(net.named_parameters())
    net.scale = nn.Parameter(plugtorch.zeros(2))
    assert "scale" in dict(net.named_parameters())


@pytest.mark.parametrize(
    ("name", "value"), [("scale", 3), ("first", 3), ("seen", 3), ("scale", plugtorch.ones(2))]
)
def test_what_is_registered_cannot_become_something_else(name: str, value: Any) -> None:
    net = Net()
    with pytest.raises(DTypeError, match=f"in the place of {name!r}"):
        setattr(net, name, value)
    with pytest.raises(TypeError):
        setattr(net, name, value)


def test_a_tensor_takes_the_place_of_a_buffer() -> None:
    net = Net()
    net.seen = plugtorch.ones(5)
    assert dict(net.named_buffers())["seen"].shape == (5,)
    assert "seen" in net.state_dict()


def test_a_name_moves_from_one_kind_to_another() -> None:
    net = Net()
    net.thing = 3
    net.thing = nn.Parameter(plugtorch.ones(1))
    assert "thing" not in net.__dict__
    net.thing = nn.ReLU()
    assert "thing" not in dict(net.named_parameters())
    assert "thing" in dict(net.named_children())
    net.scratch = nn.Buffer(plugtorch.ones(1))
    assert "scratch" in net.state_dict()


def test_deleting() -> None:
    net = Net()
    net.plain = 1
    for name in ("scale", "first", "seen", "scratch", "plain"):
        delattr(net, name)
        assert not hasattr(net, name)
    assert list(net.state_dict()) == ["inner.1.weight", "inner.1.bias"]
    with pytest.raises(AttributeError):
        del net.scale


def test_a_missing_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'missing'"):
        _ = Net().missing
    assert not hasattr(Net(), "missing")


def test_a_property_that_fails_shows_its_own_error() -> None:
    class Broken(nn.Module):
        @property
        def size(self) -> Any:
            return self.not_there

    with pytest.raises(AttributeError):
        _ = Broken().size


@pytest.mark.parametrize(
    "value", [nn.Parameter(plugtorch.ones(1)), nn.ReLU(), nn.Buffer(plugtorch.ones(1))]
)
def test_assigning_before_init_says_so(value: Any) -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.thing = value
            super().__init__()

    with pytest.raises(AttributeError, match=r"super\(\).__init__\(\)"):
        Early()


def test_plain_attributes_before_init_are_fine() -> None:
    class Early(nn.Module):
        def __init__(self) -> None:
            self.size = 3
            super().__init__()

    assert Early().size == 3


def test_dir_lists_what_is_registered() -> None:
    names = dir(Net())
    assert {"scale", "first", "seen", "forward", "training"} <= set(names)
    assert not any(name[0].isdigit() for name in dir(nn.Sequential(nn.ReLU())))


# -- registering -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method", ["register_parameter", "register_buffer", "add_module", "register_module"]
)
@pytest.mark.parametrize("name", ["", "a.b", "forward"])
def test_bad_names_are_refused(method: str, name: str) -> None:
    with pytest.raises(ArgumentError):
        getattr(Net(), method)(name, None)


@pytest.mark.parametrize("method", ["register_parameter", "register_buffer", "add_module"])
def test_bad_values_are_refused(method: str) -> None:
    with pytest.raises(DTypeError, match="int"):
        getattr(Net(), method)("new", 3)
    with pytest.raises(DTypeError, match="name"):
        getattr(Net(), method)(3, None)


def test_a_computed_tensor_is_no_parameter() -> None:
    parameter = nn.Parameter(plugtorch.ones(2))
    parameter.mul_(2.0) if not parameter.requires_grad else None
    computed = nn.Parameter(plugtorch.ones(2), requires_grad=False)
    computed.mul_(nn.Parameter(plugtorch.ones(2)))  # in place, so it is a Parameter with a graph
    with pytest.raises(ArgumentError, match="result of a computation"):
        Net().register_parameter("new", computed)


def test_parameter_shares_the_storage_of_its_tensor() -> None:
    data = plugtorch.zeros(3)
    parameter = nn.Parameter(data)
    data.add_(1.0)
    assert parameter.tolist() == [1.0, 1.0, 1.0]
    assert parameter.is_leaf
    assert isinstance(parameter, plugtorch.Tensor)
    assert not isinstance(parameter * 2, nn.Parameter)


@pytest.mark.parametrize("data", [3, [1.0], None])
def test_parameter_needs_a_tensor(data: Any) -> None:
    if data is None:
        assert nn.Parameter(data).shape == (0,)
        return
    with pytest.raises(DTypeError, match="needs a tensor"):
        nn.Parameter(data)


def test_parameter_of_whole_numbers() -> None:
    with pytest.raises(DTypeError):
        nn.Parameter(plugtorch.arange(3))
    assert not nn.Parameter(plugtorch.arange(3), requires_grad=False).requires_grad


# -- looking up ------------------------------------------------------------------------------------


def test_getting_by_dotted_name() -> None:
    net = Net()
    assert net.get_submodule("") is net
    assert net.get_submodule("inner.1") is net.inner[1]
    assert net.get_parameter("inner.1.weight") is net.inner[1].weight
    assert net.get_parameter("scale") is net.scale
    assert net.get_buffer("seen") is net.seen


@pytest.mark.parametrize(
    ("method", "name"),
    [("get_submodule", "inner.9"), ("get_submodule", "scale"), ("get_parameter", "seen")]
    + [("get_parameter", "first.nothing"), ("get_buffer", "scale"), ("get_buffer", "nowhere.seen")],
)
def test_getting_what_is_not_there(method: str, name: str) -> None:
    with pytest.raises(AttributeError, match=name.rpartition(".")[2]):
        getattr(Net(), method)(name)


def test_what_is_shared_comes_once() -> None:
    net = nn.Module()
    net.a = nn.Linear(2, 2)
    net.b = net.a
    net.c = nn.Linear(2, 2, bias=False)
    net.c.weight = net.a.weight
    assert [n for n, _ in net.named_parameters()] == ["a.weight", "a.bias"]
    assert [n for n, _ in net.named_parameters(remove_duplicate=False)] == [
        "a.weight", "a.bias", "b.weight", "b.bias", "c.weight"
    ]  # fmt: skip
    assert [n for n, _ in net.named_modules()] == ["", "a", "c"]
    assert [n for n, _ in net.named_modules(remove_duplicate=False)] == ["", "a", "b", "c"]
    assert len(list(net.children())) == 2
    assert list(net.state_dict()) == ["a.weight", "a.bias", "b.weight", "b.bias", "c.weight"]


def test_prefix_and_recurse() -> None:
    net = Net()
    assert [n for n, _ in net.named_parameters(recurse=False)] == ["scale"]
    assert next(iter(dict(net.named_parameters(prefix="net")))) == "net.scale"
    assert [n for n, _ in net.named_modules(prefix="net")][:2] == ["net", "net.first"]
