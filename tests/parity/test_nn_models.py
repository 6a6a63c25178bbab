"""Whole models against PyTorch: names, loading, containers after edits, hooks."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same_module

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
RANDOM = numpy.random.default_rng(11)


def random(*shape: int, kind: str = "float32") -> Any:
    return RANDOM.normal(0, 1.5, shape).astype(BFLOAT16 if kind == "bfloat16" else kind)


def pair(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    return getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)


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
