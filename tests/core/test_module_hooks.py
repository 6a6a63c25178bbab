"""Hooks of modules."""

from __future__ import annotations

from typing import Any

import pytest

import plugtorch
from plugtorch import nn


class Double(nn.Module):
    def forward(self, x: Any, times: Any = 2) -> Any:
        return x * times


def ones(requires_grad: bool = False) -> Any:
    return plugtorch.ones(2, requires_grad=requires_grad)


# -- forward ---------------------------------------------------------------------------------------


def test_forward_hooks_see_and_replace() -> None:
    module, seen = Double(), []
    module.register_forward_hook(lambda m, args, out: seen.append((m, args, out)))
    module.register_forward_hook(lambda m, args, out: out + 1)
    x = ones()
    assert module(x).tolist() == [3.0, 3.0]
    assert seen[0][0] is module
    assert seen[0][1][0] is x
    assert seen[0][2].tolist() == [2.0, 2.0]


def test_pre_hooks_replace_arguments() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, args: args[0] + 1)
    assert module(ones()).tolist() == [4.0, 4.0]
    module.register_forward_pre_hook(lambda m, args: (args[0], 10))
    assert module(ones()).tolist() == [20.0, 20.0]


def test_hooks_with_keywords() -> None:
    module, seen = Double(), []
    module.register_forward_pre_hook(lambda m, args, kwargs: (args, {"times": 5}), with_kwargs=True)
    module.register_forward_hook(lambda m, args, kwargs, out: seen.append(kwargs), with_kwargs=True)
    assert module(ones(), times=3).tolist() == [5.0, 5.0]
    assert seen == [{"times": 5}]


def test_a_pre_hook_with_keywords_must_return_both() -> None:
    module = Double()
    module.register_forward_pre_hook(lambda m, args, kwargs: args, with_kwargs=True)
    with pytest.raises(RuntimeError, match="tuple of the arguments and the keywords"):
        module(ones())


def test_prepended_hooks_come_first() -> None:
    module, order = Double(), []
    module.register_forward_hook(lambda *_: order.append("b"))
    module.register_forward_hook(lambda *_: order.append("a"), prepend=True)
    module(ones())
    assert order == ["a", "b"]


def test_removing() -> None:
    module, seen = Double(), []
    handle = module.register_forward_hook(lambda *_: seen.append(1))
    with module.register_forward_pre_hook(lambda *_: seen.append(2)):
        module(ones())
    handle.remove()
    handle.remove()
    module(ones())
    assert seen == [2, 1]


def test_a_hook_may_remove_itself() -> None:
    module, seen = Double(), []

    def once(*_: Any) -> None:
        seen.append(1)
        handle.remove()

    handle = module.register_forward_hook(once)
    module.register_forward_hook(lambda *_: seen.append(2))
    module(ones())
    module(ones())
    assert seen == [1, 2, 2]


def test_always_call() -> None:
    class Failing(nn.Module):
        def forward(self, x: Any) -> Any:
            raise KeyError("no")

    module, seen = Failing(), []
    module.register_forward_hook(lambda m, a, out: seen.append(("plain", out)))
    module.register_forward_hook(lambda m, a, out: seen.append(("always", out)), always_call=True)
    with pytest.raises(KeyError):
        module(1)
    assert seen == [("always", None)]


def test_a_hook_is_not_called_twice_because_a_later_one_fails() -> None:
    module, seen = Double(), []
    module.register_forward_hook(lambda *_: seen.append(1), always_call=True)
    module.register_forward_hook(lambda m, a, out: out.nothing)
    module.register_forward_hook(lambda *_: seen.append(2), always_call=True)
    with pytest.raises(AttributeError):
        module(ones())
    assert seen == [1, 2]


def test_always_call_keeps_the_first_error() -> None:
    class Failing(nn.Module):
        def forward(self, x: Any) -> Any:
            raise KeyError("no")

    module = Failing()
    module.register_forward_hook(lambda m, a, out: out.shape, always_call=True)
    with pytest.warns(UserWarning, match="always_call"), pytest.raises(KeyError):
        module(1)


# -- backward --------------------------------------------------------------------------------------


def test_full_backward_hook_sees_both_gradients() -> None:
    module, seen = Double(), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append((m, gi, go)))
    x = ones(requires_grad=True)
    (module(x * 1) * plugtorch.tensor([1.0, 3.0])).sum().backward()
    (found,) = seen
    assert found[0] is module
    assert [g.tolist() for g in found[1]] == [[2.0, 6.0]]
    assert [g.tolist() for g in found[2]] == [[1.0, 3.0]]
    assert x.grad.tolist() == [2.0, 6.0]


def test_full_backward_hook_replaces() -> None:
    module = Double()
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * 100,))
    module.register_full_backward_pre_hook(lambda m, go: go[0] + 1)
    x = ones(requires_grad=True)
    module(x).sum().backward()
    assert x.grad.tolist() == [400.0, 400.0]


def test_backward_hooks_can_be_prepended() -> None:
    module, order = Double(), []
    module.register_full_backward_hook(lambda *_: order.append("b"))
    module.register_full_backward_hook(lambda *_: order.append("a"), prepend=True)
    module(ones(requires_grad=True)).sum().backward()
    assert order == ["a", "b"]


def test_backward_hook_of_several_inputs_and_outputs() -> None:
    class Swap(nn.Module):
        def forward(self, x: Any, flag: Any, y: Any) -> Any:
            return y * 3, x * 2

    module, seen = Swap(), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
    x, y = ones(requires_grad=True), ones(requires_grad=True)
    first, second = module(x, "flag", y)
    (first.sum() + (second * 10).sum()).backward()
    ((gi, go),) = seen
    assert gi[0].tolist() == [20.0, 20.0]
    assert gi[1] is None
    assert gi[2].tolist() == [3.0, 3.0]
    assert [g.tolist() for g in go] == [[1.0, 1.0], [10.0, 10.0]]


def test_backward_hook_without_inputs_that_need_gradients() -> None:
    module, seen = nn.Linear(2, 1), []
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
    module(ones()).sum().backward()
    ((gi, go),) = seen
    assert gi == (None,)
    assert go[0].tolist() == [1.0]
    assert module.weight.grad is not None


def test_backward_hook_in_a_graph_of_gradients() -> None:
    module = Double()
    module.register_full_backward_hook(lambda m, gi, go: (gi[0] * gi[0],))
    x = ones(requires_grad=True)
    (first,) = plugtorch.autograd.grad((module(x) * x).sum(), x, create_graph=True)
    # through the module: (2 x)^2; directly: 2 x
    assert first.tolist() == [6.0, 6.0]
    first.sum().backward()
    assert x.grad is not None


def test_backward_hook_that_returns_too_many() -> None:
    module = Double()
    module.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    with pytest.raises(RuntimeError, match="returned 2 gradients, needed 1"):
        module(ones(requires_grad=True)).sum().backward()


def test_backward_hook_of_a_module_with_another_kind_of_output() -> None:
    class Named(nn.Module):
        def forward(self, x: Any) -> Any:
            return {"y": x * 2}

    module = Named()
    module.register_full_backward_hook(lambda *_: None)
    with pytest.warns(UserWarning, match="tensor or a tuple"):
        module(ones(requires_grad=True))["y"].sum().backward()


def test_without_gradients_backward_hooks_do_nothing() -> None:
    module = Double()
    module.register_full_backward_hook(lambda *_: None)
    with plugtorch.no_grad():
        assert module(ones(requires_grad=True)).tolist() == [2.0, 2.0]
