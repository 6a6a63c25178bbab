"""Convolutions, pooling and normalisation of LeNet's, ResNet's, DCGAN's and MobileNet's sizes,
forward and backward, and training steps of small convolutional networks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compare import Build, arguments, run


def forward(function: Callable[[Any], Any], shape: tuple[int, ...]) -> Build:
    """A layer, made by ``function`` of the library, on random numbers."""

    def build(library: Any) -> Callable[[], Any]:
        layer, x = function(library), library.randn(*shape)

        def call() -> None:
            with library.no_grad():
                layer(x)

        return call

    return build


def both_ways(function: Callable[[Any], Any], shape: tuple[int, ...]) -> Build:
    """The same with the gradients of input and parameters."""

    def build(library: Any) -> Callable[[], Any]:
        layer = function(library)
        x = library.randn(*shape, requires_grad=True)
        leaves = [x, *layer.parameters()]
        seed = library.randn(*layer(x).shape)
        return lambda: library.autograd.grad(layer(x), leaves, seed)

    return build


def training_step(network: Callable[[Any], Any], shape: tuple[int, ...]) -> Build:
    """Forward, backward and a step of SGD with momentum."""

    def build(library: Any) -> Callable[[], Any]:
        model = network(library.nn)
        trainer = library.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        criterion = library.nn.CrossEntropyLoss()
        x, y = library.randn(*shape), library.randint(0, 10, (shape[0],))

        def step() -> None:
            loss = criterion(model(x), y)
            loss.backward()
            trainer.step()
            trainer.zero_grad()

        return step

    return build


def lenet(nn: Any) -> Any:
    """LeNet-5 with maxima and ReLU."""
    return nn.Sequential(
        *[nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)],
        *[nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()],
        *[nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)],
    )


def small_resnet(nn: Any) -> Any:
    """Eight convolutions with batch norm, four of them in residual blocks."""

    class Block(nn.Module):  # type: ignore[misc]
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.first = conv(channels, channels)
            self.second = nn.Sequential(*conv(channels, channels)[:2])

        def forward(self, x: Any) -> Any:
            return (x + self.second(self.first(x))).relu()

    def conv(inputs: int, outputs: int, stride: int = 1) -> Any:
        layer = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        return nn.Sequential(layer, nn.BatchNorm2d(outputs), nn.ReLU())

    return nn.Sequential(
        *[conv(3, 16), Block(16), conv(16, 32, 2), Block(32), conv(32, 64, 2)],
        *[nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)],
    )


def layer(name: str, *args: Any, **options: Any) -> Callable[[Any], Any]:
    """nn.<name> of either library."""
    return lambda library: getattr(library.nn, name)(*args, **options)


LAYERS: list[tuple[str, Callable[[Any], Any], tuple[int, ...]]] = [
    ("LeNet conv 1-6 5x5", layer("Conv2d", 1, 6, 5, padding=2), (64, 1, 28, 28)),
    ("LeNet conv 6-16 5x5", layer("Conv2d", 6, 16, 5), (64, 6, 14, 14)),
    ("LeNet max pool 2", layer("MaxPool2d", 2), (64, 6, 28, 28)),
    ("LeNet average pool 2", layer("AvgPool2d", 2), (64, 6, 28, 28)),
    ("ResNet conv 3-64 7x7 s2", layer("Conv2d", 3, 64, 7, 2, 3, bias=False), (2, 3, 224, 224)),
    ("ResNet max pool 3 s2", layer("MaxPool2d", 3, 2, 1), (2, 64, 112, 112)),
    ("ResNet conv 64 3x3 at 56", layer("Conv2d", 64, 64, 3, 1, 1, bias=False), (4, 64, 56, 56)),
    ("ResNet conv 128 3x3 s2", layer("Conv2d", 128, 128, 3, 2, 1, bias=False), (4, 128, 56, 56)),
    ("ResNet conv 256 3x3 at 14", layer("Conv2d", 256, 256, 3, 1, 1, bias=False), (4, 256, 14, 14)),
    ("ResNet conv 512 3x3 at 7", layer("Conv2d", 512, 512, 3, 1, 1, bias=False), (4, 512, 7, 7)),
    ("ResNet conv 256-1024 1x1", layer("Conv2d", 256, 1024, 1, bias=False), (4, 256, 14, 14)),
    ("MobileNet depthwise 3x3", layer("Conv2d", 64, 64, 3, 1, 1, groups=64), (4, 64, 56, 56)),
    ("DCGAN transposed 128-64", layer("ConvTranspose2d", 128, 64, 4, 2, 1), (16, 128, 16, 16)),
    ("conv1d 64-64, 3", layer("Conv1d", 64, 64, 3, padding=1), (16, 64, 256)),
    ("batch norm 6 at 28", layer("BatchNorm2d", 6), (64, 6, 28, 28)),
    ("batch norm 64 at 56", layer("BatchNorm2d", 64), (4, 64, 56, 56)),
    ("group norm 64 at 28", layer("GroupNorm", 8, 64), (8, 64, 28, 28)),
]

CASES = [
    *[(f"{name}, forward", forward(made, shape)) for name, made, shape in LAYERS],
    *[(f"{name}, both ways", both_ways(made, shape)) for name, made, shape in LAYERS],
    ("LeNet step, batch 64", training_step(lenet, (64, 1, 28, 28))),
    ("small ResNet step, batch 16 at 32", training_step(small_resnet, (16, 3, 32, 32))),
]

if __name__ == "__main__":
    run(CASES, arguments(__doc__ or ""))
