"""Fused operations on small shapes, under the simulator Oclgrind.

    oclgrind --data-races --uninitialized --build-options -cl-opt-disable \
        python tests/opencl/rows_under_oclgrind.py

Reads outside a buffer, values nobody wrote and races are reported by Oclgrind; wrong results by
this. Both kinds of frames are run, that for processors and that for graphics cards. Without the
option for the compiler Oclgrind 21.10 itself dies on vectors. Buffers are kept to the end, because
it takes one for unwritten that got the address of another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
from graphs import tried

import plugtorch
import plugtorch.nn.functional as F
from plugtorch.device import open_device
from plugtorch_opencl.backend import OpenCLBackend

Tensors = Callable[..., Any]


def _softmax(x: Any, y: Any) -> Any:
    return (x * y).softmax(-1) + x


def _down(x: Any, y: Any) -> Any:
    return (x - x.mean(0, keepdim=True)).square().sum(0).sqrt() * y[0]


def _masked(x: Any, y: Any) -> Any:
    return plugtorch.where(x > y, x.flip(0), y).to(plugtorch.float16).amax((0, 1))


def _places(x: Any, y: Any) -> Any:
    return x.argmax(-1) + y.mT.argmin(0)


def _picked(x: Any, y: Any) -> Any:
    where = plugtorch.arange(x.shape[0], device=x.device) % 3 - 1
    return x[where] * y[:, ::2].sum(1, keepdim=True)


def _bytes(x: Any, y: Any) -> Any:
    return ((x > 0).to(plugtorch.uint8) + (y > 0)).sum(1) + (x == y).any(0).sum()


def _norm(x: Any, y: Any) -> Any:
    return plugtorch.nn.functional.layer_norm(x, x.shape[-1:]).to(plugtorch.bfloat16) * 0.5


def _functions(x: Any, y: Any) -> Any:
    near = x.abs() + 1
    powers = near.log() * near**y + x.exp().log1p() - x.sigmoid() + near.rsqrt()
    return powers + x.sin() * x.atan2(y) + (x / 3).tanh() + x.erf() + F.gelu(y) + F.softplus(x)


def _divided(x: Any, y: Any) -> Any:
    whole = (x * 4).to(plugtorch.int32)
    return whole // 3 + whole % (y.to(plugtorch.int32).abs() + 2) + x.fmod(1.5).round()


def _random(x: Any, y: Any) -> Any:
    plugtorch.manual_seed(3)
    like: dict[str, Any] = {"size": x.shape, "device": x.device}
    drawn = plugtorch.rand(**like) + plugtorch.randn(**like, dtype=plugtorch.float16)
    return F.dropout(x, 0.5) + y * drawn + plugtorch.randint(0, 9, **like)


def _trained(x: Any, y: Any) -> Any:
    weight = x.mT.clone().requires_grad_()
    optimizer = plugtorch.optim.Adam([weight], lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        target = plugtorch.arange(x.shape[0], device=x.device) % x.shape[0]
        F.cross_entropy(y @ weight / 100, target).backward()
        optimizer.step()
    return weight.detach()


def _moved(x: Any, y: Any) -> Any:
    both = plugtorch.cat([x, y.flip(1)], 0)
    both[1:, ::2] = both[:-1, ::2].cumsum(1)
    order = both.sort(0, descending=True).values
    return order.scatter_add(0, (both > 0).to(plugtorch.int64), both)


def _total(x: Any, y: Any) -> Any:
    return (x * y).sum(0)


GRAPHS: tuple[Tensors, ...] = (
    _softmax, _down, _masked, _places, _picked, _bytes, _norm,
    _functions, _divided, _random, _trained, _moved,
)  # fmt: skip
SHAPES = ((3, 5), (2, 150), (70, 3))
FURTHER: tuple[tuple[Tensors, tuple[int, int]], ...] = (
    (_softmax, (2, 2100)),  # on processors in chunks, here
    (_norm, (2, 2100)),
    (_down, (300, 3)),  # and on both here
    (_total, (64, 256)),  # row by row on processors
)
SPLIT = (66000, 1)  # its sum is computed in parts


def main() -> None:
    """Run all and print how many kernels there were."""
    device = "opencl:oclgrind"
    backend = open_device(device)
    assert isinstance(backend, OpenCLBackend)
    opened, ran, wrong = backend.opened, 0, 0
    kept, allocate = [], backend.runner._allocate

    def keeping(*arguments: Any) -> Any:
        kept.append(allocate(*arguments))
        return kept[-1]

    backend.runner._allocate = keeping  # type: ignore[method-assign]
    random = np.random.default_rng(0)
    for kind, vector in (("cpu", 8), ("gpu", 1)):
        traits = replace(opened.traits, kind=kind, vector=vector, units=2, group=128)
        backend.runner.opened = replace(opened, traits=traits)
        backend.runner.plans.clear()
        for graph, shape in (*product(GRAPHS, SHAPES), *FURTHER):
            hosts = [random.integers(-9, 9, shape).astype(np.float32) / 4 for _ in range(2)]
            here = [plugtorch.tensor(host) for host in hosts]
            there = [x.to(device) for x in here]
            needed, got = graph(*here).float().numpy(), graph(*there).float().cpu().numpy()
            ran += 1
            if not np.allclose(got, needed, rtol=1e-2, atol=1e-2):
                wrong += 1
                print(f"{graph.__name__} of {shape} is wrong as on a {kind}")
        host = np.arange(SPLIT[0], dtype=np.int32).reshape(SPLIT) % 100
        total = plugtorch.tensor(host).to(device).sum(0)
        ran, wrong = ran + 1, wrong + (int(total.cpu()) != int(host.sum()))
        for seed in range(3):
            ran += 1
            tried(device, seed, tuple(d.name for d in backend.dtypes), large=False, steps=12)
    print(f"{ran} graphs, {wrong} wrong, {len(backend.programs.programs)} kernels")


if __name__ == "__main__":
    main()
