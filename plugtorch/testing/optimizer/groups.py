"""Checks: parameter groups, parameters without a gradient, and what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from plugtorch import registry
from plugtorch.autograd import no_grad
from plugtorch.nn import Linear
from plugtorch.tensor.random import Generator, randn
from plugtorch.testing.optimizer.bench import (
    OptimizerBench,
    host,
    near,
    parabola,
    same,
    values,
)
from plugtorch.testing.run import SkipCheck, require


def check_groups(bench: OptimizerBench) -> None:
    """Each group goes by its own options, as if it had an optimizer of its own."""
    if bench.make(bench.parameters()).needs_closure:
        raise SkipCheck("it works on all parameters together, so groups cannot be told apart")
    options: dict[str, Any] = bench.options()
    other = {"lr": options["lr"] / 2} if "lr" in options else {}
    together = bench.parameters()
    optimizer = bench.make([{"params": together[:2], **other}])
    optimizer.add_param_group({"params": together[2:]})
    alone = bench.parameters()
    halves = bench.make(alone[:2], **other), bench.make(alone[2:])
    for _ in range(4):
        bench.step(optimizer, together, parabola)
        for half in halves:
            half.zero_grad()
        parabola(alone).backward()
        for half in halves:
            half.step()
    same(together, alone, "two groups went elsewhere than two optimizers with the groups' options")


def _decays(bench: OptimizerBench) -> list[dict[str, Any]]:
    """Its own options, and those with a weight decay if it has one."""
    return [{}, {"weight_decay": 0.1}] if bench.takes("weight_decay") else [{}]


def check_none_gradients(bench: OptimizerBench) -> None:
    """A parameter without a gradient is left alone, and the others go where they go without it.

    Bit for bit, unless it works on all parameters together: sums over them have zeros in between
    then, and a backend may add numbers in an order that depends on where they stand.
    """
    compare = near if bench.make(bench.parameters()).needs_closure else same
    for options in _decays(bench):
        params, without = bench.parameters(), bench.parameters()
        idle = params[1]
        before = values([idle])
        optimizer = bench.make(params, **options)
        reference = bench.make([without[0], *without[2:]], **options)
        for _ in range(3):
            bench.step(optimizer, [params[0], *params[2:]], parabola)
            bench.step(reference, [without[0], *without[2:]], parabola)
        require(
            values([idle]) == before,
            f"a parameter without a gradient was changed {options or ''}".strip(),
        )
        require(idle.grad is None, "a parameter without a gradient was given one")
        rest = [params[0], *params[2:]], [without[0], *without[2:]]
        compare(*rest, "a parameter without a gradient changed the way of the others")


def check_late_gradients(bench: OptimizerBench) -> None:
    """A parameter whose first gradient comes late begins then, as a new one would."""
    if bench.make(bench.parameters()).needs_closure:
        raise SkipCheck("it works on all parameters together")
    params, late = bench.parameters(), bench.parameters()
    optimizer = bench.make(params)
    bench.steps(optimizer, params[:1], parabola, 2)
    bench.step(optimizer, params, parabola)
    bench.step(bench.make(late[1:]), late[1:], parabola)
    same(
        params[1:],
        late[1:],
        "parameters whose first gradient came late went elsewhere than new ones",
    )


def check_zero_gradients(bench: OptimizerBench) -> None:
    """Gradients of 0 from the first step on give no NaN."""
    params = bench.parameters()
    optimizer = bench.make(params)
    bench.steps(optimizer, params, lambda ps: sum((0 * p).sum() for p in ps), 3)
    for p in params:
        require(
            np.isfinite(host(p.detach())).all(), f"gradients of 0 made a parameter {p.tolist()}"
        )


def check_zero_grad(bench: OptimizerBench) -> None:
    """``zero_grad`` drops gradients, or with ``set_to_none=False`` fills them with zeros."""
    params = bench.parameters()
    optimizer = bench.make(bench.halves(params))
    parabola(params).backward()
    optimizer.zero_grad(set_to_none=False)
    for p in params:
        zero = p.grad is not None and not np.any(host(p.grad)) and not p.grad.requires_grad
        require(zero, f"zero_grad(set_to_none=False) left {p.grad}")
    optimizer.zero_grad()
    require(all(p.grad is None for p in params), "zero_grad() left gradients")


def check_refusals(bench: OptimizerBench) -> None:
    """What makes no sense is refused when the optimizer is made."""
    (param,) = bench.parameters(((1,),))
    computed = param * 2
    cases: list[tuple[str, type[Exception] | tuple[type[Exception], ...], Callable[[], Any]]] = [
        ("an empty list", ValueError, lambda: bench.make([])),
        ("a tensor that is not in a list", TypeError, lambda: bench.make(param)),
        ("a list of numbers", TypeError, lambda: bench.make([1.0])),
        ("a computed tensor", ValueError, lambda: bench.make([computed])),
        (
            "an unknown option",
            (TypeError, ValueError),
            lambda: bench.make([param], no_such_option=1),
        ),
        (
            "a parameter in two groups",
            ValueError,
            lambda: bench.make([{"params": [param]}, {"params": [param]}]),
        ),
    ]
    if bench.takes("lr"):
        cases.append(("a negative learning rate", ValueError, lambda: bench.make([param], lr=-0.1)))
    if bench.takes("weight_decay"):
        cases.append(
            ("a negative weight decay", ValueError, lambda: bench.make([param], weight_decay=-0.1))
        )
    for option in _numbers(bench):
        value = bench.options().get(option)
        nan = (math.nan,) * len(value) if isinstance(value, tuple | list) else math.nan
        refuse = partial(bench.make, [param], **{option: nan})
        cases.append((f"{option} of NaN", (TypeError, ValueError), refuse))
    for what, needed, make in cases:
        try:
            make()
        except Exception as error:
            right = isinstance(error, needed)
            require(right, f"{what} raised {type(error).__name__}: {error}")
            require(str(error), f"{what} raised {type(error).__name__} without a message")
        else:
            require(False, f"{what} is taken without a word")


def _numbers(bench: OptimizerBench) -> list[str]:
    """The options that are numbers, or several."""
    options = registry.describe("optimizer", bench.subject.name)["options"]
    return [
        name
        for name, value in options.items()
        if all(
            isinstance(part, int | float) and not isinstance(part, bool)
            for part in (value if isinstance(value, tuple | list) else [value])
        )
    ]


def check_refused_steps(bench: OptimizerBench) -> None:
    """A step without the closure that it needs, or whose closure fails, moves nothing."""
    params = bench.parameters()
    optimizer = bench.make(params)
    bench.steps(optimizer, params, parabola, 2)
    before = values(params)
    if optimizer.needs_closure:
        try:
            optimizer.step()
        except (TypeError, ValueError) as error:
            require(str(error), f"step() raised {type(error).__name__} without a message")
        else:
            require(False, "step() without a closure is taken without a word")
        require(values(params) == before, "a step that was refused for lack of a closure moved")

    def fail() -> Any:
        raise ZeroDivisionError("the closure's own")

    for p in params:
        p.grad = None
    parabola(params).backward()
    try:
        optimizer.step(fail)
    except ZeroDivisionError:
        require(values(params) == before, "a step whose closure failed moved parameters")
    else:
        require(False, "what the closure raises does not come through")


def check_model(bench: OptimizerBench) -> None:
    """It trains a module's parameters, as the loop of every tutorial does."""
    generator = Generator().manual_seed(0)
    inputs = randn(16, 3, generator=generator)
    targets = inputs.sum(1, keepdim=True)
    model = Linear(3, 1, bias=not bench.matrices)
    with no_grad():
        for p in model.parameters():
            p.fill_(0.1)
    optimizer = bench.make(model.parameters())
    before = values(model.parameters())

    def objective(_: Any) -> Any:
        return ((model(inputs) - targets) ** 2).mean()

    bench.steps(optimizer, list(model.parameters()), objective, 3)
    after = values(model.parameters())
    require(
        all(a != b for a, b in zip(after, before, strict=True)),
        "a module's parameters did not move",
    )
    names = [name for name, _ in model.named_parameters()]
    named = bench.make(model.named_parameters())
    told = named.param_groups[0].get("param_names", names)
    require(told == names, f"made from named parameters it calls them {told}")
