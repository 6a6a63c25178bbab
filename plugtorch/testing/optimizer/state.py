"""Checks: what it remembers can be saved, loaded and copied, and is nowhere else."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import numpy as np

import plugtorch
from plugtorch.storage import TensorBase
from plugtorch.testing.optimizer.bench import (
    OptimizerBench,
    host,
    leaf,
    parabola,
    same,
    values,
)
from plugtorch.testing.run import SkipCheck, require

STEPS = 4


def _fresh(params: Any) -> Any:
    """Other parameters with the same values."""
    return [leaf(host(p.detach()), p.dtype, str(p.device)) for p in params]


def check_resume(bench: OptimizerBench) -> None:
    """k steps, save, load, k steps: bit for bit as 2k steps."""
    needed = bench.parameters()
    bench.steps(bench.make(needed), needed, parabola, 2 * STEPS)
    first = bench.parameters()
    before = bench.make(first)
    bench.steps(before, first, parabola, STEPS)
    file = io.BytesIO()
    plugtorch.save({"optimizer": before.state_dict()}, file)
    file.seek(0)
    second = _fresh(first)
    after = bench.make(second)
    after.load_state_dict(plugtorch.load(file)["optimizer"])
    bench.steps(after, second, parabola, STEPS)
    same(second, needed, "saved and loaded half-way it went elsewhere")


def check_copies(bench: OptimizerBench) -> None:
    """A deep copy and a pickled copy, with their parameters, go on as the original does."""
    params = bench.parameters()
    optimizer = bench.make(params)
    bench.steps(optimizer, params, parabola, STEPS)
    deep = copy.deepcopy((params, optimizer))
    pickled = pickle.loads(pickle.dumps((params, optimizer)))  # noqa: S301 - our own bytes
    for what, (theirs, other) in (("deep", deep), ("pickled", pickled)):
        own = other.param_groups[0]["params"]
        shared = all(a is b for a, b in zip(own, theirs, strict=True))
        require(shared, f"the parameters of a {what} copy are not those copied with it")
        before = values(params)
        bench.steps(other, theirs, parabola, STEPS)
        require(values(params) == before, f"steps of a {what} copy moved the original's parameters")
    bench.steps(optimizer, params, parabola, STEPS)
    same(deep[0], params, "a deep copy went elsewhere")
    same(pickled[0], params, "a pickled copy went elsewhere")


def check_state_dict(bench: OptimizerBench) -> None:
    """The structure is PyTorch's: state by number, groups with the numbers of their parameters."""
    params = bench.parameters()
    optimizer = bench.make(bench.halves(params))
    needed = [[0, 1], [2, 3]] if len(optimizer.param_groups) == 2 else [[0, 1, 2, 3]]
    for moment in ("before", "after"):
        saved = optimizer.state_dict()
        require(
            set(saved) == {"state", "param_groups"},
            f"{moment} a step state_dict() has {sorted(saved)}",
        )
        numbers = [group["params"] for group in saved["param_groups"]]
        require(numbers == needed, f"the groups' parameters are numbered {numbers}")
        wrong = [key for key in saved["state"] if key not in (0, 1, 2, 3)]
        require(not wrong, f"the state has the keys {wrong}, which are no parameters' numbers")
        for group, live in zip(saved["param_groups"], optimizer.param_groups, strict=True):
            require(
                set(group) == set(live),
                f"a saved group has {sorted(group)}, the live one {sorted(live)}",
            )
        _plain(saved, "state_dict()")
        bench.step(optimizer, params, parabola)
    _refuses_other_groups(bench, optimizer.state_dict())


def _plain(value: Any, where: str) -> None:
    """Only what can be saved without running code: tensors, numbers, texts, and what holds them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            _plain(inner, f"{where}[{key!r}]")
    elif isinstance(value, (list, tuple)):
        for place, inner in enumerate(value):
            _plain(inner, f"{where}[{place}]")
    else:
        known = value is None or isinstance(value, (bool, int, float, str, TensorBase))
        require(known, f"{where} is a {type(value).__name__}, which cannot be saved")


def _refuses_other_groups(bench: OptimizerBench, saved: Any) -> None:
    other = bench.make(bench.parameters()[:3])
    before = copy.deepcopy(other.state_dict())
    try:
        other.load_state_dict(saved)
    except (ValueError, RuntimeError):
        unchanged = str(before) == str(other.state_dict())
        require(unchanged, "a state of other groups was refused after it had changed something")
    else:
        require(False, "a state of four parameters was loaded into an optimizer of three")


def check_foreign_states(bench: OptimizerBench) -> None:
    """A state of another model or optimizer is refused, with nothing changed."""
    params = bench.parameters()
    optimizer = bench.make(params)
    if not optimizer.is_rule:
        raise SkipCheck("it is not a rule, so nothing says what its state should be")
    bench.steps(optimizer, params, parabola, 2)
    shapes = [tuple(p.shape) or (1,) for p in params]
    other = bench.parameters([(*shape, size + 3) for *shape, size in shapes])
    wider = bench.make(other)
    bench.steps(wider, other, parabola, 2)
    saved = optimizer.state_dict()
    foreign: dict[str, Any] = {
        "with a field of another optimizer": {**saved, "state": {0: {"strange": 1.0}}},
        "that is a number": {**saved, "state": {0: 1.0}},
        "without groups": {"state": saved["state"]},
        "that is a list": [saved],
    }
    if any(isinstance(v, TensorBase) for values in wider.state.values() for v in values.values()):
        foreign["of other shapes"] = wider.state_dict()
    before = str(saved)
    for what, state in foreign.items():
        try:
            optimizer.load_state_dict(state)
        except (ValueError, RuntimeError) as error:
            require(str(error), f"a state {what} raised {type(error).__name__} without a message")
        else:
            require(False, f"a state {what} is taken without a word")
        unchanged = str(optimizer.state_dict()) == before
        require(unchanged, f"a state {what} was refused after it had changed something")


def check_graph(bench: OptimizerBench) -> None:
    """A step writes into the parameters, leaves gradients alone, and keeps no graph."""
    params = bench.parameters()
    boxes = [p.detach() for p in params]
    optimizer = bench.make(params)
    for _ in range(2):
        bench.step(optimizer, params, parabola)
        before = [None if p.grad is None else p.grad.clone() for p in params]
        if not optimizer.needs_closure:
            optimizer.step()
            for p, old in zip(params, before, strict=True):
                kept = p.grad is not None and host(p.grad).tolist() == host(old).tolist()
                require(kept, "step() changed a gradient")
    for p, box in zip(params, boxes, strict=True):
        require(
            p.is_leaf and p.requires_grad, "after a step a parameter is no leaf that requires grad"
        )
        kept = np.array_equal(host(box), host(p.detach()))
        require(kept, "a step did not write into the parameter: what shares its memory saw nothing")
    for state in optimizer.state.values():
        for name, value in state.items():
            tracked = isinstance(value, TensorBase) and value.requires_grad  # type: ignore[attr-defined]
            require(
                not tracked,
                f"the state {name!r} requires grad, so it keeps the graph of every step",
            )
