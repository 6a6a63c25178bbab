"""Checks: arrays are values. Nothing that was computed changes, and what is let go of is freed."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.primitive import PRIMITIVES, Movement
from plugtorch.testing.backend.bench import Bench, cases_of
from plugtorch.testing.compare import Host, bits, rounded
from plugtorch.testing.run import SkipCheck, require


def check_purity(bench: Bench, name: str) -> None:
    """Operands stay as they are, a result too, and the same operands give the same result."""
    for case, kind in cases_of(bench, name):
        hosts = bench.hosts(case, kind)
        operands = bench.operands(case, hosts, kind)
        result = bench.call(name, case, operands, kind)
        once = bits(bench.down(result))
        twice = bits(bench.down(bench.call(name, case, operands, kind)))
        require(once == twice, f"{name} gave two results for the same operands, in {kind.name}")
        others = [_reversed(host) if _moves(o) else host for o, host in zip(case.operands, hosts)]
        bench.down(bench.call(name, case, bench.operands(case, others, kind), kind))
        same = bits(bench.down(result)) == once
        require(same, f"a result of {name} in {kind.name} was changed by a later call")
        for place, (host, operand) in enumerate(zip(hosts, operands)):
            if isinstance(host, np.ndarray):
                same = bits(bench.down(operand)) == bits(host)
                require(same, f"{name} changed its operand {place}, in {kind.name}")


def _moves(operand: Any) -> bool:
    return isinstance(operand, np.ndarray)


def _reversed(host: Host) -> Host:
    """Other numbers that the primitive takes too: the same, from the last to the first."""
    return host.ravel()[::-1].reshape(host.shape)


def check_aliasing(bench: Bench, name: str) -> None:
    """Writing into a result leaves the operands alone, and the other way round."""
    if isinstance(PRIMITIVES[name], Movement):
        raise SkipCheck("its results are views, which are written through on purpose")
    for case, kind in cases_of(bench, name):
        if not kind.is_floating_point:
            continue
        hosts = bench.hosts(case, kind)
        operands = bench.operands(case, hosts, kind)
        result = bench.call(name, case, operands, kind)
        if result.dtype.is_floating_point:
            result.add_(1.0)
            bench.down(result)
            for place, (host, operand) in enumerate(zip(hosts, operands)):
                if isinstance(host, np.ndarray):
                    same = bits(bench.down(operand)) == bits(host)
                    require(same, f"writing into a result of {name} changed its operand {place}")
        result = bench.call(name, case, operands, kind)
        before = bits(bench.down(result))
        for operand in operands:
            if hasattr(operand, "storage") and operand.dtype.is_floating_point:
                operand.add_(1.0)
                bench.down(operand)
        same = bits(bench.down(result)) == before
        require(same, f"writing into an operand of {name} changed its result")


def check_reusing(bench: Bench, name: str) -> None:
    """A kernel that may overwrite its operand does so only if nobody else holds it, or a view."""
    for kind in (d for d in dtypes.FLOATS if d in bench.backend.dtypes):
        if name == "put_slice":
            _reuse(bench, name, kind, (2, 2), {"spans": ((1, 3, 1), (0, 4, 2))})
        else:
            for other in ((3, 4), (4,), (2, 3, 4), None):
                _reuse(bench, name, kind, other, {})


def _reuse(
    bench: Bench, name: str, kind: DType, other: tuple[int, ...] | None, parameters: dict[str, Any]
) -> None:
    """other: the shape of the second operand, None for a Python number."""
    backend = bench.backend
    reuse, plain, cut = backend.reusing[name], backend.kernels[name], backend.kernels["slice"]
    host = rounded(np.arange(12).reshape(3, 4) + 1, kind)
    y: Any = 3.0 if other is None else backend.upload(rounded(np.full(other, 3), kind), kind)
    what = f"the reusing kernel of {name} in {kind.name}"

    def fresh() -> Any:
        return backend.upload(host.copy(), kind)

    def down(array: Any) -> tuple[str, bytes]:
        downloaded = backend.download(array)
        return str(downloaded.dtype), bits(downloaded)

    needed = down(plain(fresh(), y, **parameters))
    require(
        down(reuse([fresh()], y, **parameters)) == needed,
        f"{what} gives another result than the plain one",
    )

    held = fresh()
    got = down(reuse([held], y, **parameters))
    require(got == needed, f"{what} gives another result if its operand is held")
    require(down(held)[1] == bits(host), f"{what} overwrote an operand that somebody holds")

    whole = [fresh()]
    view = cut(whole[0], spans=((1, 3, 1), (0, 4, 2)))
    before = down(view)
    down(reuse(whole, y, **parameters))
    require(down(view) == before, f"{what} overwrote an operand that a view is of")


def check_released(bench: Bench, name: str) -> None:
    """Operands and results are freed when nobody holds them, without the garbage collector."""
    held: list[str] = []
    looked = 0
    enabled = gc.isenabled()
    gc.disable()
    try:
        for case, kind in cases_of(bench, name):
            operands = bench.operands(case, bench.hosts(case, kind), kind)
            result = bench.call(name, case, operands, kind)
            bench.down(result)
            watched = [_watch(t) for t in (*operands, result) if hasattr(t, "storage")]
            del operands, result
            looked += sum(w is not None for w in watched)
            if any(w is not None and w() is not None for w in watched):
                held.append(f"{name} in {kind.name}")
    finally:
        if enabled:
            gc.enable()
    require(
        not held, f"arrays outlive every tensor that had them: {', '.join(dict.fromkeys(held))}"
    )
    if not looked:
        raise SkipCheck("arrays of this device cannot be watched (no weak references)")


def _watch(tensor: Any) -> Any:
    try:
        return weakref.ref(tensor.value())
    except TypeError:  # a NumPy scalar, say
        return None


def check_growth(bench: Bench) -> None:
    """A hundred rounds of up, compute and down leave no memory behind."""
    host = np.ones(2**16, np.float32)  # a quarter of a megabyte

    def rounds(count: int) -> None:
        for _ in range(count):
            x = bench.up(host.copy(), dtypes.float32)
            bench.down((x * 2 + x).sum())

    rounds(3)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        rounds(100)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    require(grown < 2 * host.nbytes, f"a hundred rounds left {grown} bytes behind")
