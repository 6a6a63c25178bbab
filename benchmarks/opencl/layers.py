"""Cases of a layer alone: forward, and back to its inputs and its weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy
from libraries import Library
from operations import call_of

Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Layer:
    """made(torch, **sizes) is a function of the inputs that also has parameters, or none.

    shapes: of the inputs; a shape behind a number: whole numbers below that.
    """

    name: str
    made: Callable[..., Any]
    shapes: tuple[Any, ...]
    quick: tuple[Any, ...]
    sizes: tuple[Any, ...] = ()
    quick_sizes: tuple[Any, ...] = ()
    checks = 1

    def prepare(
        self, library: Library, quick: bool, weights: dict[str, numpy.ndarray]
    ) -> Callable[[], list[Any]]:
        """A call from the inputs to the output and every gradient."""
        library.torch.manual_seed(0)
        layer = self.made(library.torch, *(self.quick_sizes if quick else self.sizes))
        parameters = []
        if hasattr(layer, "parameters"):
            if weights:
                library.load(layer, weights)
            else:
                weights.update(library.state(layer))
            parameters = list(layer.parameters())
        random = numpy.random.default_rng(0)
        inputs, leaves = [], []
        for shape in self.quick if quick else self.shapes:
            if isinstance(shape[-1], tuple):
                most, own = shape
                inputs.append(library.tensor(random.integers(0, most, own)))
            else:
                inputs.append(library.tensor(random.standard_normal(shape, numpy.float32), True))
                leaves.append(inputs[-1])
        leaves += parameters
        function = library.compile(lambda *given: _first(layer(*given)))
        return call_of(library, lambda: function(*inputs), leaves, random)


def _first(found: Any) -> Any:
    return found[0] if isinstance(found, tuple) else found


def _of(name: str, **options: Any) -> Callable[..., Any]:
    """A layer of nn by its name."""
    return lambda torch, *sizes: getattr(torch.nn, name)(*sizes, **options)


def _called(name: str, **options: Any) -> Callable[..., Any]:
    """A function of nn.functional by its name."""
    return lambda torch: lambda *x: getattr(torch.nn.functional, name)(*x, **options)


SEQUENCE, SHORT = ((64, 32, 128),), ((4, 3, 8),)
HEADS = ((8, 4, 256, 64),) * 3
IMAGES, IMAGE = ((32, 64, 32, 32),), ((2, 4, 8, 8),)

CASES = [
    *[
        Layer(f"layer/{name.lower()} 64x32x128", _of(name), SEQUENCE, SHORT, (128, 128), (8, 8))
        for name in ("RNN", "GRU", "LSTM")
    ],
    Layer(
        "layer/attention 8x4x256x64",
        _called("scaled_dot_product_attention", is_causal=True),
        HEADS,
        ((2, 2, 8, 4),) * 3,
    ),
    Layer(
        "layer/transformer_encoder 16x128x256",
        _of("TransformerEncoderLayer", dim_feedforward=1024, dropout=0.0, batch_first=True),
        ((16, 128, 256),),
        ((2, 5, 8),),
        (256, 8),
        (8, 2),
    ),
    Layer(
        "layer/embedding",
        _of("Embedding"),
        ((10000, (32, 128)),),
        ((9, (2, 3)),),
        (10000, 256),
        (9, 4),
    ),
    Layer(
        "layer/embedding_bag",
        _of("EmbeddingBag", mode="mean"),
        ((10000, (256, 32)),),
        ((9, (2, 3)),),
        (10000, 128),
        (9, 4),
    ),
    Layer("layer/group_norm", _of("GroupNorm"), IMAGES, IMAGE, (8, 64), (2, 4)),
    Layer("layer/instance_norm", _of("InstanceNorm2d", affine=True), IMAGES, IMAGE, (64,), (4,)),
    Layer("layer/rms_norm 8192x768", _of("RMSNorm"), ((8192, 768),), ((8, 24),), (768,), (24,)),
    Layer(
        "layer/conv_transpose",
        _of("ConvTranspose2d", kernel_size=4, stride=2, padding=1),
        ((32, 64, 16, 16),),
        IMAGE,
        (64, 32),
        (4, 3),
    ),
    Layer(
        "layer/conv_depthwise",
        _of("Conv2d", kernel_size=3, padding=1, groups=4),
        IMAGES,
        IMAGE,
        (64, 64),
        (4, 4),
    ),
    Layer(
        "layer/conv1d",
        _of("Conv1d", kernel_size=9),
        ((32, 64, 1024),),
        ((2, 4, 20),),
        (64, 64),
        (4, 3),
    ),
    Layer(
        "layer/conv3d",
        _of("Conv3d", kernel_size=3),
        ((4, 16, 16, 32, 32),),
        ((1, 2, 4, 4, 4),),
        (16, 32),
        (2, 3),
    ),
    Layer("layer/max_pool", _called("max_pool2d", kernel_size=2), IMAGES, IMAGE),
    Layer("layer/avg_pool", _called("avg_pool2d", kernel_size=3, stride=2), IMAGES, IMAGE),
    Layer(
        "layer/upsample bilinear",
        _called("interpolate", scale_factor=2, mode="bilinear"),
        ((16, 32, 32, 32),),
        IMAGE,
    ),
    Layer(
        "layer/grid_sample",
        _called("grid_sample", align_corners=False),
        ((16, 16, 64, 64), (16, 64, 64, 2)),
        ((2, 3, 5, 6), (2, 4, 4, 2)),
    ),
    Layer("layer/pixel_shuffle", _called("pixel_shuffle", upscale_factor=2), IMAGES, IMAGE),
]
