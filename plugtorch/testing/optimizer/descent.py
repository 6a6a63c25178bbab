"""Checks: it goes down, by its learning rate, in every dtype and on every device."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.autograd import no_grad
from plugtorch.device import open_device
from plugtorch.dtypes import dtype as DType
from plugtorch.optimizer.noting import note
from plugtorch.testing.compare import EPSILON
from plugtorch.testing.devices import other_devices, usable_devices
from plugtorch.testing.optimizer.bench import (
    Objective,
    OptimizerBench,
    host,
    leaf,
    parabola,
    rosenbrock,
    same,
    values,
)
from plugtorch.testing.run import SkipCheck, require

RATES = (3e-3, 1e-1, 3e-2, 3e-1, 1e-2, 1.0, 1e-3, 10.0, 100.0)
"""Learning rates to try: steps of one length need another one than gradient descent."""


def _descends(
    bench: OptimizerBench, objective: Objective, start: Any, steps: int, share: float
) -> None:
    """Whether, with some learning rate, it comes below a share of the objective's first value."""
    rates: list[dict[str, float]] = [{}]
    if bench.takes("lr"):
        rates += [{"lr": rate} for rate in RATES]
    reached: dict[str, float] = {}
    for options in rates:
        params = [leaf(np.reshape(start, (-1, 1)) if bench.matrices else start)]
        optimizer = bench.make(params, **options)
        first = lowest = objective(params).item()
        for _ in range(steps):
            bench.step(optimizer, params, objective)
            now = objective(params).item()
            lowest = min(lowest, now) if now == now else lowest
            if lowest <= share * first:
                return
            if not math.isfinite(now) or now > 1e6 * first:
                break
        reached[f"lr={options['lr']}" if options else "its own lr"] = lowest / first
    found = ", ".join(f"{part:.3g} with {rate}" for rate, part in reached.items())
    require(False, f"in {steps} steps it came to {found} of where it began, needed {share}")


def check_parabola(bench: OptimizerBench) -> None:
    """It finds the bottom of a bowl."""
    _descends(bench, parabola, [1.0, -1.5, 2.0], 200, 0.01)


def check_rosenbrock(bench: OptimizerBench) -> None:
    """It goes along a bent valley."""
    _descends(bench, rosenbrock, [-0.5, 0.5], 800, 0.2)


def check_learning_rate(bench: OptimizerBench) -> None:
    """A learning rate changed in a group holds from the next step on: with 0 nothing moves."""
    if not bench.takes("lr"):
        raise SkipCheck("it has no learning rate")
    params = bench.parameters()
    optimizer = bench.make(params)
    together = optimizer.needs_closure
    if not together:  # such a one would be at the bottom
        bench.steps(optimizer, params, parabola, 2)
    group = optimizer.param_groups[0]
    rate = group["lr"]
    group["lr"] = 0.0
    before = values(params)
    bench.step(optimizer, params, parabola)
    require(values(params) == before, "with the learning rate set to 0 it moved parameters")
    group["lr"] = rate
    bench.step(optimizer, params, parabola)
    moved = [a != b for a, b, p in zip(values(params), before, params, strict=True) if p.numel()]
    require(all(moved), "with the learning rate set back from 0 it did not move parameters")
    if together:
        return
    still = bench.parameters()
    optimizer = bench.make([{"params": still[:2], "lr": 0.0}, {"params": still[2:]}])
    before = values(still)
    bench.steps(optimizer, still, parabola, 2)
    require(values(still)[:2] == before[:2], "a group with the learning rate 0 moved")
    require(
        values(still)[2] != before[2], "a group did not move beside one with the learning rate 0"
    )


def check_compilations(bench: OptimizerBench) -> None:
    """A changed learning rate compiles nothing, on devices that count ``compilations``."""
    counting = [name for name in usable_devices() if hasattr(open_device(name), "compilations")]
    if not counting or not bench.takes("lr"):
        raise SkipCheck("no device here counts its compilations, or it has no learning rate")
    for name in counting:
        backend: Any = open_device(name)
        params = bench.parameters(kind=dtypes.float32, device=name)
        optimizer = bench.make(params)
        for factor in (1.0, 1.0, 0.5, 0.3, 2.0):
            if factor == 0.5:
                warm = backend.compilations
            optimizer.param_groups[0]["lr"] *= factor
            bench.step(optimizer, params, parabola)
            values(params)
        more = backend.compilations - warm
        require(more == 0, f"a changed learning rate compiled {more} programs on {name}")


def check_closure(bench: OptimizerBench) -> None:
    """``step(closure)`` calls it with gradients on, gives its loss, goes as the plain loop."""
    first, second = bench.parameters(), bench.parameters()
    plain, closed = bench.make(first), bench.make(second)
    called = []

    def closure() -> Any:
        closed.zero_grad()
        loss = parabola(second)
        loss.backward()
        called.append(loss.item())
        return loss

    for _ in range(3):
        bench.step(plain, first, parabola)
        with no_grad():
            told = closed.step(closure)
        require(told is not None, "step(closure) gave None, needed what the closure returned")
        require(float(told) == called[-1] or float(told) in called, f"step(closure) gave {told}")
    require(called, "step(closure) did not call the closure")
    same(second, first, "steps with a closure went elsewhere than steps without")


def check_maximize(bench: OptimizerBench) -> None:
    """Maximizing is minimizing the negative, bit for bit."""
    if not bench.takes("maximize"):
        raise SkipCheck("it has no option maximize")
    up, down = bench.parameters(), bench.parameters()
    upward, downward = bench.make(up, maximize=True), bench.make(down)
    bench.steps(upward, up, lambda params: -parabola(params), 4)
    bench.steps(downward, down, parabola, 4)
    same(up, down, "maximizing -f went elsewhere than minimizing f")


def check_blocks(bench: OptimizerBench) -> None:
    """A rule that says it works element by element gives the same in blocks, bit for bit."""
    block = open_device().block
    if not getattr(bench.target, "elementwise", False) or not block:
        raise SkipCheck("its rule is not said to work element by element")
    (parameter,) = bench.parameters(((3,),))
    optimizer = bench.make([parameter])
    (group,) = optimizer.param_groups
    fault = ""
    try:
        with no_grad():
            state = optimizer.initial_state(parameter, group)
            note(optimizer.update, parameter, parameter.detach(), state, group)
    except Exception as error:
        fault = str(error)
    require(not fault, f"said to work element by element, it asks for more: {fault}")
    whole, blocks = bench.parameters(((3 * block + 7,),)), bench.parameters(((3 * block + 7,),))
    for which, elementwise in ((whole, False), (blocks, True)):
        optimizer = bench.make(which)
        optimizer.elementwise = elementwise
        bench.steps(optimizer, which, parabola, 3)
    different = int(np.sum(host(whole[0].detach()) != host(blocks[0].detach())))
    require(
        not different, f"worked on in blocks, {different} elements of a parameter went elsewhere"
    )


def check_dtype(bench: OptimizerBench, kind: DType) -> None:
    """Parameters keep their dtype and shape, and go where float64 goes."""
    if kind not in open_device().dtypes:
        raise SkipCheck(f"the device has no {kind.name}")
    params, wide = bench.parameters(kind=kind), bench.parameters()
    shapes = [tuple(p.shape) for p in params]
    for which in (params, wide):
        bench.steps(bench.make(which), which, parabola, 4)
    for p, exact, shape in zip(params, wide, shapes, strict=True):
        require(p.dtype is kind, f"a {kind.name} parameter became {p.dtype.name}")
        require(tuple(p.shape) == shape, f"a parameter of shape {shape} got shape {tuple(p.shape)}")
        got = host(p.detach())
        needed = str(host(leaf(0, kind)).dtype)
        require(str(got.dtype) == needed, f"a {kind.name} parameter holds {got.dtype} values")
        off = np.abs(got.astype(np.float64) - host(exact.detach()))
        slack = 32 * EPSILON[kind]
        require(
            bool(np.all(off <= slack)),
            f"in {kind.name} it went to {p.tolist()}, in float64 to {exact.tolist()}",
        )


def check_devices(bench: OptimizerBench) -> None:
    """Every usable device takes the CPU's steps."""
    options = {"lr": 0.05} if bench.takes("lr") else {}  # small steps would hide what is wrong
    needed = bench.parameters(kind=dtypes.float32, device="cpu")
    bench.steps(bench.make(needed, **options), needed, parabola, 5)
    for name in other_devices():
        params = bench.parameters(kind=dtypes.float32, device=name)
        bench.steps(bench.make(params, **options), params, parabola, 5)
        for p, q in zip(params, needed, strict=True):
            near = np.allclose(host(p.detach()), host(q.detach()), rtol=1e-5, atol=1e-5)
            require(near, f"on {name} it went to {p.tolist()}, on the CPU to {q.tolist()}")
