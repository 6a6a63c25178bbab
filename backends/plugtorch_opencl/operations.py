"""Which module has the kernels of an operation that is not fused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.nodes import Node, Read
from plugtorch_opencl.render import (
    assembling,
    attention,
    convolution,
    copying,
    counting,
    pooling,
    products,
    recurrence,
    scanning,
    scattering,
    sorting,
)
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


def _copy(traits: Traits, name: str, views: Sequence[View], result: View, _: Any) -> Work:
    return copying.copy_work(traits, views[0], result)


MAKERS: dict[str, Maker] = {
    "matmul": _by_name(products.work),
    "linear": _by_name(products.work),
    "attention": _by_name(attention.work),
    "attention_slope": _by_name(attention.work),
    "convolution": _by_name(convolution.work),
    "convolution_input": _by_name(convolution.work),
    "convolution_weight": _by_name(convolution.work),
    "recurrence": _by_name(recurrence.work),
    "recurrence_slope": _by_name(recurrence.work),
    "max_pool": _by_name(pooling.work),
    "max_pool_index": _by_name(pooling.work),
    "sum_pool": _by_name(pooling.work),
    "sum_pool_input": _by_name(pooling.work),
    "index_put": _by_name(scattering.work, "axes", "accumulate"),
    "scatter": _by_name(scattering.work, "axis"),
    "scatter_add": _by_name(scattering.work, "axis"),
    "cumsum": _by_name(scanning.work, "axis"),
    "argsort": _by_name(sorting.work, "axis", "descending"),
    "copy": _copy,
    "concatenate": _by_name(assembling.concatenate),
    "put_slice": _by_name(assembling.put_slice, "spans"),
    "nonzero_count": _by_name(counting.work),
    "nonzero": _by_name(counting.work),
}
