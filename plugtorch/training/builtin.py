"""The tasks that come along. Their data is real, and part of scikit-learn: nothing is
downloaded.
"""

from __future__ import annotations

from typing import Any

import numpy

from plugtorch import from_numpy, nn
from plugtorch.errors import PluginError
from plugtorch.tensor import Tensor
from plugtorch.training.metrics import accuracy, r2
from plugtorch.training.metrics import rmse as standardised_rmse
from plugtorch.training.task import Task

Array = numpy.ndarray[Any, Any]


def digits(hidden: int = 256, depth: int = 1, dropout: float = 0.3, bias: bool = True) -> Task:
    """Which digit is it? 1,797 handwritten ones of 8 x 8 pixels, a quarter of them held out.

    hidden: width of the hidden layers. depth: their number. dropout: fraction of their units left
    out in training. bias: whether layers have one; without, there is nothing but matrices to learn,
    as muon wants it.

    Source: UCI, Optical Recognition of Handwritten Digits; ``sklearn.datasets.load_digits``.
    """
    images, labels = _load("load_digits")
    images = (images / 16).astype(numpy.float32)  # 0 is white, 1 is ink
    # Every fourth of each class is held out: a fixed, stratified split.
    rank = numpy.zeros(len(labels), dtype=int)
    for digit in range(10):
        rank[labels == digit] = numpy.arange((labels == digit).sum())
    held_out = rank % 4 == 3
    layers: list[nn.Module] = []
    width = 64
    for _ in range(depth):
        layers += [nn.Linear(width, hidden, bias), nn.ReLU(), nn.Dropout(dropout)]
        width = hidden
    return Task(
        model=nn.Sequential(*layers, nn.Linear(width, 10, bias)),
        train=_tensors(images[~held_out], labels[~held_out]),
        validation=_tensors(images[held_out], labels[held_out]),
        loss="cross_entropy",
        optimizer="adam",
        lr=3e-3,
        epochs=30,
        batch_size=64,
        metrics=(accuracy,),
    )


def diabetes(hidden: int = 32, dropout: float = 0.2) -> Task:
    """How far will the disease be in a year? 442 patients, ten measurements each, a fifth held out.

    Inputs and target are standardised by the mean and deviation of the training part; rmse is in
    the target's own unit (25 to 346 points). hidden: width of the hidden layer. dropout: fraction
    of it left out in training.

    Source: Efron et al., Least Angle Regression, 2004; ``sklearn.datasets.load_diabetes``.
    """
    inputs, targets = _load("load_diabetes", scaled=False)
    targets = targets[:, None]  # (N, 1), as the model's output
    held_out = numpy.arange(len(inputs)) % 5 == 4
    deviation = float(targets[~held_out].std())

    def standardise(values: Array) -> Array:
        known = values[~held_out]
        result: Array = ((values - known.mean(0)) / known.std(0)).astype(numpy.float32)
        return result

    def rmse(output: Tensor, target: Tensor) -> float:
        return deviation * standardised_rmse(output, target)

    inputs, targets = standardise(inputs), standardise(targets)
    return Task(
        model=nn.Sequential(
            nn.Linear(10, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, 1)
        ),
        train=_tensors(inputs[~held_out], targets[~held_out]),
        validation=_tensors(inputs[held_out], targets[held_out]),
        loss="mse",
        optimizer="adam",
        optimizer_options={"weight_decay": 1e-2},
        lr=2e-3,
        epochs=40,
        batch_size=32,
        metrics=(rmse, r2),
    )


def _load(loader: str, **options: Any) -> tuple[Array, Array]:
    try:
        from sklearn import datasets
    except ImportError as error:
        raise PluginError(
            "[train] the built-in tasks use data that comes with scikit-learn, which is missing. "
            'Run: pip install "plugtorch[train]"'
        ) from error
    inputs, targets = getattr(datasets, loader)(return_X_y=True, **options)
    return inputs, targets


def _tensors(inputs: Array, targets: Array) -> tuple[Tensor, Tensor]:
    return from_numpy(inputs), from_numpy(targets)
