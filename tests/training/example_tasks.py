"""Tasks such as users write; the tests train them by ``example_tasks.py:name``."""

import os
import random
import time

import numpy

import plugtorch
from plugtorch import nn
from plugtorch.training import Task, accuracy


class Noisy(nn.Module):
    """Draws from every generator there is; slow if SLOW says so."""

    def __init__(self, width, bias=True):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2, width, bias), nn.Tanh(), nn.Dropout(0.2), nn.Linear(width, 2, bias)
        )
        self.register_buffer("batches", plugtorch.zeros(()))

    def forward(self, x):
        if self.training:
            self.batches += 1
            x = x + 0.01 * random.random() + 0.01 * float(numpy.random.normal())
            time.sleep(float(os.environ.get("SLOW", "0")))
        return self.layers(x)


def blobs(width=8, samples=100, metrics=(accuracy,), bias=True):
    """Two clouds of points; the last fifth of them held out."""
    y = plugtorch.arange(samples) % 2
    x = plugtorch.randn(samples, 2) + 2.0 * y.reshape(-1, 1)
    cut = samples * 4 // 5
    return Task(
        model=Noisy(width, bias),
        train=(x[:cut], y[:cut]),
        validation=(x[cut:], y[cut:]),
        loss="cross_entropy",
        loss_options={"label_smoothing": 0.1},
        optimizer="adam",
        optimizer_options={"weight_decay": 0.01},
        lr=0.02,
        epochs=4,
        batch_size=16,
        metrics=metrics,
    )


def not_a_task():
    return 3


def diverges():
    """A parabola with a step far too large."""
    x = plugtorch.ones(4, 1)
    return Task(
        model=nn.Linear(1, 1),
        train=(x, x),
        validation=(x, x),
        loss="mse",
        optimizer="sgd",
        lr=1e30,
        epochs=5,
    )


def line(features=3):
    """A regression without noise; the targets are from 0 to 1."""
    x = plugtorch.rand(60, features)
    y = x.mean(1, keepdim=True)
    return Task(
        model=nn.Sequential(nn.Linear(features, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid()),
        train=(x[:48], y[:48]),
        validation=(x[48:], y[48:]),
        loss="mse",
        optimizer="adam",
        lr=0.03,
        epochs=5,
        batch_size=16,
    )


def flat(epochs=1):
    """A regression whose targets are all the same, so that r2 is undefined."""
    from plugtorch.training import r2

    x = plugtorch.ones(4, 1)
    return Task(
        model=nn.Linear(1, 1),
        train=(x, x),
        validation=(x, x),
        loss="mse",
        epochs=epochs,
        metrics=(r2,),
    )
