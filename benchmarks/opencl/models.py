"""The models, each written once as a function of the namespace: PyTorch's or plugtorch's."""

from __future__ import annotations

import itertools
from typing import Any


def mlp(torch: Any, *sizes: int) -> Any:
    """Linear layers with ReLU between them."""
    nn = torch.nn
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def lenet(torch: Any) -> Any:
    """LeNet-5 for 28 x 28 pixels, with ReLU and the largest of 2 x 2."""
    nn = torch.nn

    class LeNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
            self.conv2 = nn.Conv2d(6, 16, 5)
            self.dense = mlp(torch, 400, 120, 84, 10)

        def forward(self, x: Any) -> Any:
            x = nn.functional.max_pool2d(self.conv1(x).relu(), 2)
            x = nn.functional.max_pool2d(self.conv2(x).relu(), 2)
            return self.dense(x.flatten(1))

    return LeNet()


def resnet(torch: Any, widths: tuple[int, ...] = (16, 32, 64)) -> Any:
    """ResNet-8 for CIFAR: three stages of one block, batch norm, and a 1 x 1 way round."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, inputs: int, outputs: int, stride: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
            self.norm1 = nn.BatchNorm2d(outputs)
            self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
            self.norm2 = nn.BatchNorm2d(outputs)
            self.changes = stride != 1 or inputs != outputs
            if self.changes:
                self.short = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
                self.norm3 = nn.BatchNorm2d(outputs)

        def forward(self, x: Any) -> Any:
            out = self.norm1(self.conv1(x)).relu()
            out = self.norm2(self.conv2(out))
            return (out + (self.norm3(self.short(x)) if self.changes else x)).relu()

    class ResNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
            self.norm = nn.BatchNorm2d(widths[0])
            pairs = zip((widths[0], *widths), widths)
            blocks = [Block(a, b, 1 + (n > 0)) for n, (a, b) in enumerate(pairs)]
            self.blocks = nn.Sequential(*blocks)
            self.out = nn.Linear(widths[-1], 10)

        def forward(self, x: Any) -> Any:
            return self.out(self.blocks(self.norm(self.conv(x)).relu()).mean((2, 3)))

    return ResNet()


def gpt(torch: Any, width: int, heads: int, length: int, layers: int, vocabulary: int) -> Any:
    """A decoder of characters; attention in plain operations, as plugtorch has no other."""
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1 = nn.LayerNorm(width)
            self.qkv = nn.Linear(width, 3 * width)
            self.out = nn.Linear(width, width)
            self.norm2 = nn.LayerNorm(width)
            self.grow = nn.Linear(width, 4 * width)
            self.shrink = nn.Linear(4 * width, width)

        def attend(self, x: Any) -> Any:
            batch, size = x.shape[0], x.shape[1]
            parts = self.qkv(x).reshape(batch, size, 3, heads, width // heads)
            parts = parts.permute(2, 0, 3, 1, 4)
            q, k, v = parts[0], parts[1], parts[2]
            mixed = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out(mixed.transpose(1, 2).reshape(batch, size, width))

        def forward(self, x: Any) -> Any:
            x = x + self.attend(self.norm1(x))
            return x + self.shrink(nn.functional.gelu(self.grow(self.norm2(x))))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token = nn.Embedding(vocabulary, width)
            self.place = nn.Embedding(length, width)
            self.blocks = nn.ModuleList([Block() for _ in range(layers)])
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def forward(self, tokens: Any) -> Any:
            x = self.token(tokens) + self.place(torch.arange(length))
            for block in self.blocks:
                x = block(x)
            return self.head(self.norm(x))

    return GPT()


def lstm(torch: Any, inputs: int, width: int, layers: int, classes: int) -> Any:
    """LSTM layers and a classifier of their last output; (time, batch, inputs)."""
    nn = torch.nn

    class LSTM(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.LSTM(inputs, width, layers)
            self.out = nn.Linear(width, classes)

        def forward(self, x: Any) -> Any:
            return self.out(self.layers(x)[0][-1])

    return LSTM()


def dcgan(torch: Any, noise: int, width: int) -> Any:
    """DCGAN's generator and discriminator for 3 x 64 x 64 pixels, as parts of one module."""
    nn = torch.nn

    def generator() -> Any:
        layers, sizes = [], (noise, 8 * width, 4 * width, 2 * width, width)
        for n, (a, b) in enumerate(itertools.pairwise(sizes)):
            stride, padding = (1, 0) if n == 0 else (2, 1)
            layers += [
                nn.ConvTranspose2d(a, b, 4, stride=stride, padding=padding, bias=False),
                nn.BatchNorm2d(b),
                nn.ReLU(),
            ]
        last = nn.ConvTranspose2d(width, 3, 4, stride=2, padding=1, bias=False)
        return nn.Sequential(*layers, last, nn.Tanh())

    def discriminator() -> Any:
        layers, sizes = [], (3, width, 2 * width, 4 * width, 8 * width)
        for n, (a, b) in enumerate(itertools.pairwise(sizes)):
            layers.append(nn.Conv2d(a, b, 4, stride=2, padding=1, bias=False))
            layers += [nn.BatchNorm2d(b)] * (n > 0) + [nn.LeakyReLU(0.2)]
        return nn.Sequential(*layers, nn.Conv2d(8 * width, 1, 4, bias=False))

    class DCGAN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.generator = generator()
            self.discriminator = discriminator()

        def forward(self, z: Any) -> Any:
            return self.discriminator(self.generator(z))

    return DCGAN()
