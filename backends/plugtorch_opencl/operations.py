"""Which module has the kernels of an operation that is not fused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.nodes import Node, Read
from plugtorch_opencl.render import products
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import View, Work

Maker = Callable[..., Work]


def work(traits: Traits, node: Node, reads: Sequence[Read]) -> Work:
    """What computes a node."""
    views = tuple([View(r.source.dtype, r.shape, r.strides) for r in reads])
    result = View(node.dtype, node.shape, contiguous(node.shape))
    maker = MAKERS.get(node.name)
    if maker is None:
        raise UnsupportedError(f"[{node.name}] the OpenCL backend has no kernel for it yet.")
    return maker(traits, node.name, views, result, node.parameters)


def _by_name(maker: Callable[..., Work], *names: str) -> Maker:
    """A maker that gets the line's parameters under these names; pairs bring their own."""

    def make(traits: Traits, name: str, views: Any, result: View, parameters: Any) -> Work:
        options = dict(zip(names, parameters)) if names else dict(parameters)
        return maker(traits, name, views, result, **options)

    return make


MAKERS: dict[str, Maker] = {
    "matmul": _by_name(products.work),
    "linear": _by_name(products.work),
}
