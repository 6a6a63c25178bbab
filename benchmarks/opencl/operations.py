"""Cases of single operations and short chains, forward or forward and backward.

Each is a function of the namespace and of tensors, and the shapes of these; ``--quick`` takes the
small shapes. The gradient that backward starts from is random, because that of a sum is zero for
what softmax and normalisation get.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from libraries import Library

Shapes = tuple[tuple[int, ...], ...]
M = 1 << 20


@dataclass(frozen=True)
class Operation:
    """function(torch, *tensors) and the shapes of the tensors.

    classes: whether labels come after the tensors, one for each row of the first.
    """

    name: str
    function: Callable[..., Any]
    shapes: Shapes
    quick: Shapes
    backward: bool = True
    labels: bool = False
    checks = 1  # calls whose results are compared

    def prepare(self, library: Library, quick: bool, weights: Any) -> Callable[[], list[Any]]:
        """A call from the inputs to all results: the output and every input's gradient."""
        random = numpy.random.default_rng(0)
        shapes = self.quick if quick else self.shapes
        tensors = [
            library.tensor(random.standard_normal(shape, numpy.float32), self.backward)
            for shape in shapes
        ]
        given = list(tensors)
        if self.labels:
            rows, classes = shapes[0]
            given.append(library.tensor(random.integers(0, classes, rows)))
        function = library.compile(lambda *inputs: self.function(library.torch, *inputs))
        seeded = self.backward and not self.labels
        if not self.backward:
            tensors = []
        return call_of(library, lambda: function(*given), tensors, random if seeded else None)


def call_of(
    library: Library, function: Callable[[], Any], leaves: list[Any], random: Any
) -> Callable[[], list[Any]]:
    """A call to the output and to the gradients of leaves, if there are any. random: where the
    gradient of the output comes from; None for an output that is one number.
    """
    seeds: list[Any] = []

    def work() -> list[Any]:
        out = function()
        results = [out]
        if leaves:
            if random is not None and not seeds:
                seeds.append(
                    library.tensor(random.standard_normal(tuple(out.shape), numpy.float32))
                )
            out.backward(*seeds)
            results = [out.detach(), *(leaf.grad for leaf in leaves)]
            for leaf in leaves:
                leaf.grad = None
        library.evaluate(results)
        return results

    captured = library.captured(work)

    def call() -> list[Any]:
        results = captured()
        library.wait()
        return results

    return call


def _chain(torch: Any, x: Any, y: Any) -> Any:
    return (x * y).exp() / (1 + (-x).exp()) + y.tanh()


def _gelu(torch: Any, x: Any) -> Any:
    return torch.nn.functional.gelu(x)


def _silu(torch: Any, x: Any, y: Any) -> Any:
    return torch.nn.functional.silu(x) * y


def _softmax(torch: Any, x: Any) -> Any:
    return torch.nn.functional.softmax(x, dim=-1)


def _layer_norm(torch: Any, x: Any, weight: Any, bias: Any) -> Any:
    return torch.nn.functional.layer_norm(x, weight.shape, weight, bias)


def _batch_norm(torch: Any, x: Any, weight: Any, bias: Any) -> Any:
    return torch.nn.functional.batch_norm(x, None, None, weight, bias, training=True)


def _cross_entropy(torch: Any, x: Any, target: Any) -> Any:
    return torch.nn.functional.cross_entropy(x, target)


def _product(torch: Any, x: Any, y: Any) -> Any:
    return x @ y


def _products_in_a_row(torch: Any, x: Any, y: Any) -> Any:
    y = y / len(y) ** 0.5  # so that values stay as large as they were
    for _ in range(16):
        x = x @ y
    return x


def _convolution(stride: int, padding: int) -> Callable[..., Any]:
    def function(torch: Any, x: Any, weight: Any) -> Any:
        return torch.nn.functional.conv2d(x, weight, None, stride, padding)

    return function


def _pointwise() -> list[Operation]:
    cases = []
    for name, function, inputs in (("chain", _chain, 2), ("gelu", _gelu, 1), ("silu", _silu, 2)):
        for label, size in (("1M", M), ("16M", 16 * M)):
            for backward in (False, True):
                title = f"pointwise/{name} {label}" + (" +backward" if backward else "")
                shapes = ((size,),) * inputs
                cases.append(Operation(title, function, shapes, ((4096,),) * inputs, backward))
    return cases


def _normalisation() -> list[Operation]:
    def norm(name: str, function: Any, shape: Any, quick: Any, axis: int) -> Operation:
        title = f"norm/{name} {'x'.join(map(str, shape))} +backward"
        shapes, small = ((s, (s[axis],), (s[axis],)) for s in (shape, quick))
        return Operation(title, function, shapes, small)

    return [
        Operation("norm/softmax 4096x1024 +backward", _softmax, ((4096, 1024),), ((8, 16),)),
        Operation("norm/softmax 256x32000 +backward", _softmax, ((256, 32000),), ((4, 300),)),
        norm("layer_norm", _layer_norm, (8192, 768), (8, 24), 1),
        norm("batch_norm", _batch_norm, (32, 64, 56, 56), (4, 3, 8, 8), 1),
        Operation(
            "norm/cross_entropy 256x32000 +backward",
            _cross_entropy,
            ((256, 32000),),
            ((8, 300),),
            labels=True,
        ),
    ]


def _products() -> list[Operation]:
    sizes = [(n, n, n) for n in (64, 128, 256, 512, 1024, 2048, 4096)]
    sizes += [(4096, 64, 4096), (64, 4096, 64), (1, 4096, 4096), (4096, 4096, 1)]
    cases = []
    for rows, inner, columns in sizes:
        small = tuple(max(1, n // 32) for n in (rows, inner, columns))
        shapes, quick = (((a, b), (b, c)) for a, b, c in ((rows, inner, columns), small))
        title = f"matmul/{rows}x{inner}x{columns}"
        cases.append(Operation(title, _product, shapes, quick, backward=False))
    for n in (64, 128, 256):
        title = f"matmul/{n}x{n}x{n}, 16 in a row"
        square = ((n, n), (n, n))
        cases.append(Operation(title, _products_in_a_row, square, ((4, 4),) * 2, backward=False))
    batched = ((64, 128, 64), (64, 64, 128))
    small = ((3, 8, 4), (3, 4, 8))
    cases.append(Operation("matmul/64 of 128x64x128", _product, batched, small, backward=False))
    return cases


def _convolutions() -> list[Operation]:
    sizes = (  # name, input, weight, stride, padding
        ("lenet1", (64, 1, 28, 28), (6, 1, 5, 5), 1, 2),
        ("lenet2", (64, 6, 14, 14), (16, 6, 5, 5), 1, 0),
        ("resnet8 16", (64, 16, 32, 32), (16, 16, 3, 3), 1, 1),
        ("resnet8 16-32 stride 2", (64, 16, 32, 32), (32, 16, 3, 3), 2, 1),
        ("resnet8 64", (64, 64, 8, 8), (64, 64, 3, 3), 1, 1),
        ("resnet50 stem", (8, 3, 224, 224), (64, 3, 7, 7), 2, 3),
        ("resnet50 3x3", (8, 64, 56, 56), (64, 64, 3, 3), 1, 1),
        ("resnet50 1x1", (8, 256, 56, 56), (64, 256, 1, 1), 1, 0),
    )
    cases = []
    for name, x, weight, stride, padding in sizes:
        function = _convolution(stride, padding)
        channels, side = min(x[1], 4), min(x[2], 14)
        small = ((2, channels, side, side), (3, channels, *weight[2:]))
        title = f"conv/{name} +backward"
        cases.append(Operation(title, function, (x, weight), small))
    return cases


CASES = [*_pointwise(), *_normalisation(), *_products(), *_convolutions()]
