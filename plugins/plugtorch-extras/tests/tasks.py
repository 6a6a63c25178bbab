"""What ``plugtorch train`` trains in these tests, as users write it."""

import plugtorch
from plugtorch import nn
from plugtorch.training import Task, accuracy
from plugtorch_extras.arcface import CosineLinear


def clouds(cosines: bool = False) -> Task:
    """Two clouds of points. cosines: end in CosineLinear, as ArcFace wants it."""
    y = plugtorch.arange(100) % 2
    x = plugtorch.randn(100, 2) + 2.0 * y.reshape(-1, 1)
    last = CosineLinear(8, 2) if cosines else nn.Linear(8, 2)
    return Task(
        model=nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Dropout(0.2), last),
        train=(x[:80], y[:80]),
        validation=(x[80:], y[80:]),
        loss="cross_entropy",
        optimizer="sgd",
        lr=0.1,
        epochs=4,
        batch_size=16,
        metrics=(accuracy,),
    )


def numbers() -> Task:
    """A regression without noise; the targets are from 0 to 1."""
    x = plugtorch.rand(60, 3)
    y = x.mean(1, keepdim=True)
    return Task(
        model=nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)),
        train=(x[:48], y[:48]),
        validation=(x[48:], y[48:]),
        loss="mse",
        lr=0.03,
        epochs=5,
        batch_size=16,
    )
