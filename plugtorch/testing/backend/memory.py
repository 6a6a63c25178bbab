"""Checks: the four memory functions, and what a backend says about itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.backend import DeviceInfo
from plugtorch.device import device as Device
from plugtorch.errors import PlugtorchError, UnsupportedError
from plugtorch.primitive import PRIMITIVES
from plugtorch.testing.backend.bench import Bench
from plugtorch.testing.compare import LARGEST, NUMPY, SMALLEST, Host, bits
from plugtorch.testing.run import SkipCheck, require

NEEDED = (dtypes.float32, dtypes.int64, dtypes.bool_)
"""Parameters, indices and comparisons: nothing trains without these."""


def check_devices(bench: Bench) -> None:
    """``devices()`` tells what there is, and the opened one is among it."""
    seen = type(bench.backend).devices()
    require(len(seen) > 0, "devices() lists nothing, but a device was opened")
    for info in seen:
        require(
            isinstance(info, DeviceInfo),
            f"devices() lists a {type(info).__name__}, not a DeviceInfo",
        )
        known = info.kind in ("cpu", "gpu", "accelerator") or (info.problem and not info.kind)
        require(known, f"{info.name!r} is of kind {info.kind!r}, not cpu, gpu or accelerator")
        require(info.name, "devices() lists a device without a name")
        unknown = set(info.dtypes) - {d.name for d in dtypes.ALL}
        require(not unknown, f"{info.name!r} lists dtypes that there are not: {sorted(unknown)}")
    where = bench.backend.device
    require(isinstance(where, Device), f"the opened device says it is {where!r}")
    info = seen[where.index or 0]
    have = {d.name for d in bench.backend.dtypes}
    require(
        set(info.dtypes) == have,
        f"devices() says {sorted(info.dtypes)}, the opened device has {sorted(have)}",
    )


def check_dtypes(bench: Bench) -> None:
    """It has the dtypes without which nothing trains."""
    missing = [d.name for d in NEEDED if d not in bench.backend.dtypes]
    require(not missing, f"it has no {', '.join(missing)}, without which nothing trains")


def check_missing_dtypes(bench: Bench) -> None:
    """A dtype that it lacks is an error that names it, and never another dtype."""
    missing = [d for d in dtypes.ALL if d not in bench.backend.dtypes]
    if not missing:
        raise SkipCheck("it has every dtype")
    for kind in missing:
        try:
            PRIMITIVES["full"].create(bench.backend, kind, shape=(2,), value=0)
        except UnsupportedError as error:
            require(kind.name in str(error), f"the error does not name {kind.name}: {error}")
        else:
            require(False, f"it made a tensor of {kind.name}, which it says it lacks")


def check_round_trip(bench: Bench, kind: dtypes.dtype) -> None:
    """What goes up comes down, bit for bit: 0-d, empty, strided, reversed, extreme."""
    for host in _hosts(kind):
        original = bits(host)
        array = bench.backend.upload(host, kind)
        shape = tuple(array.shape)
        require(
            shape == host.shape,
            f"an array uploaded from {host.shape} {kind.name} has shape {shape}",
        )
        for _ in range(2):
            back: Any = bench.backend.download(array)
            require(
                isinstance(back, (np.ndarray, np.generic)),
                f"download() gave a {type(back).__name__}",
            )
            require(back.dtype == host.dtype, f"{host.dtype} went up and {back.dtype} came down")
            require(back.shape == host.shape, f"{host.shape} went up and {back.shape} came down")
            require(
                bits(back) == original,
                f"{kind.name} values of shape {host.shape} came down changed",
            )


def _hosts(kind: dtypes.dtype) -> list[Host]:
    spelled = NUMPY[kind]
    numbers = np.arange(24).reshape(2, 3, 4)
    block = numbers.astype(spelled) if kind is not dtypes.bool_ else numbers % 3 == 0
    hosts = [block[0, 0, 1], np.zeros((0,), spelled), np.zeros((2, 0, 3), spelled), block]
    hosts += [
        block[:, ::2, 1:],
        block.transpose(2, 0, 1),
        np.asfortranarray(block),
        block[::-1, :, ::-1],
    ]
    hosts += [np.broadcast_to(block[:, :1], block.shape)]
    if kind.is_floating_point:
        extremes = [
            np.nan,
            np.inf,
            -np.inf,
            -0.0,
            LARGEST[kind],
            SMALLEST[kind],
            SMALLEST[kind] / 4,
        ]
        hosts.append(np.array(extremes).astype(spelled))
    elif kind is not dtypes.bool_:
        bounds = np.iinfo(spelled)
        hosts.append(np.array([bounds.min, bounds.max], spelled))
    return [np.asarray(host) for host in hosts]


def check_evaluation(bench: Bench) -> None:
    """``evaluate`` and ``synchronize`` change no value, and may be called at any time."""
    backend = bench.backend
    backend.evaluate([])
    backend.synchronize()
    x = bench.up(np.array([1, 2, 3], np.float32), dtypes.float32)
    y = x * 2
    z = y + x
    backend.evaluate([y.value(), z.value()])
    backend.evaluate([z.value(), z.value(), x.value()])
    backend.synchronize()
    require(bench.down(y).tolist() == [2, 4, 6], "evaluate() changed a value")
    require(bench.down(z).tolist() == [3, 6, 9], "evaluate() changed a value")
    later = z - y
    require(bench.down(later).tolist() == [1, 2, 3], "what was evaluated cannot be computed with")


def check_in_place(bench: Bench) -> None:
    """Tensors in one box see a write; copies, earlier results and NumPy arrays do not."""
    for kind in (d for d in dtypes.FLOATS if d in bench.backend.dtypes):
        x = bench.up(np.arange(6).astype(NUMPY[kind]), kind)
        copy, double, view, host = x.clone(), x + x, x[1:4], bench.down(x).copy()
        taken = bench.down(x)
        x += 1
        x[0] = 7
        view *= 2
        require(bench.down(x).tolist() == [7, 4, 6, 8, 5, 6], f"writes went wrong in {kind.name}")
        require(
            bench.down(view).tolist() == [4, 6, 8], f"a view did not see a write in {kind.name}"
        )
        require(bits(bench.down(copy)) == bits(host), f"a copy saw a write in {kind.name}")
        require(
            bits(bench.down(double)) == bits(host + host), f"a result saw a write in {kind.name}"
        )
        require(bits(taken) == bits(host), f"a downloaded array saw a write in {kind.name}")


def check_refusals(bench: Bench, name: str) -> None:
    """What cannot be done is an error of the right kind, with a message, and no wrong result."""
    takes = bench.dtypes(name)
    kind = dtypes.float32 if dtypes.float32 in takes else takes[0]
    for refusal in bench.row(name).refused:
        case = refusal.case
        operands = bench.operands(case, bench.hosts(case, kind), kind)
        shapes = [tuple(o.shape) if hasattr(o, "shape") else o for o in operands]
        what = f"{name} of {shapes} {dict(case.parameters)}"
        try:
            got = bench.down(bench.call(name, case, operands, kind))
        except Exception as error:
            right = isinstance(error, refusal.error)
            needed = refusal.error.__name__
            require(right, f"{what} raised {type(error).__name__}: {error}; needed {needed}")
            said = isinstance(error, PlugtorchError) and str(error).startswith("[")
            require(said, f"{what} raised {type(error).__name__} without a message: {error}")
        else:
            require(False, f"{what} gave {got.tolist()}, needed {refusal.error.__name__}")
