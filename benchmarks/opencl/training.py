"""Cases of a whole training step: forward, loss, backward, optimizer step, gradients cleared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import models
import numpy
from libraries import Library

Random = numpy.random.Generator
Loss = Callable[..., Any]  # (torch, model, *batch) -> a scalar


@dataclass(frozen=True)
class Training:
    """A model and what a step of it is.

    sizes, quick: what ``model`` and ``batch`` get as keywords. turns: a part of the model ("" for
    all of it) and the loss that trains it, each with an optimizer of its own.
    """

    name: str
    model: Callable[..., Any]
    batch: Callable[..., list[numpy.ndarray]]
    turns: tuple[tuple[str, Loss], ...]
    sizes: dict[str, Any]
    quick: dict[str, Any]
    optimizer: str = "Adam"
    options: tuple[tuple[str, Any], ...] = (("lr", 1e-3),)
    checks = 3  # what an optimizer did shows in the next loss

    def prepare(
        self, library: Library, quick: bool, weights: dict[str, numpy.ndarray]
    ) -> Callable[[], list[Any]]:
        """A call that takes one step and returns the losses.

        weights: what the model starts from; where it is empty, it is filled with what this library
        drew.
        """
        torch = library.torch
        sizes = self.quick if quick else self.sizes
        torch.manual_seed(0)
        model = self.model(torch, **sizes)
        if weights:
            library.load(model, weights)
        else:
            weights.update(library.state(model))
        arrays = self.batch(numpy.random.default_rng(1), **sizes)
        batch = [library.tensor(array) for array in arrays]
        turns = []
        for part, loss in self.turns:
            trained = getattr(model, part) if part else model
            made = getattr(torch.optim, self.optimizer)(
                list(trained.parameters()), **dict(self.options)
            )
            turns.append((library.compile(_bound(loss, torch, model)), made))

        def work() -> list[Any]:
            losses = []
            for loss_of, optimizer in turns:
                optimizer.zero_grad()
                loss = loss_of(*batch)
                loss.backward()
                library.step(optimizer, loss, model)
                losses.append(loss.detach())
            library.evaluate(losses)
            return losses

        captured = library.captured(work)

        def call() -> list[Any]:
            losses = captured()
            losses[-1].item()  # as a loop that prints it; the last update may still be going on
            library.wait()
            return losses

        return call


def _bound(loss: Loss, torch: Any, model: Any) -> Callable[..., Any]:
    return lambda *batch: loss(torch, model, *batch)


def _classify(torch: Any, model: Any, x: Any, target: Any) -> Any:
    return torch.nn.functional.cross_entropy(model(x), target)


def _regress(torch: Any, model: Any, x: Any, target: Any) -> Any:
    return torch.nn.functional.mse_loss(model(x), target)


def _next_token(torch: Any, model: Any, tokens: Any, following: Any) -> Any:
    logits = model(tokens)
    flat = logits.reshape(-1, logits.shape[-1])
    return torch.nn.functional.cross_entropy(flat, following.reshape(-1))


def _discriminate(torch: Any, model: Any, real: Any, noise: Any) -> Any:
    judge = torch.nn.functional.binary_cross_entropy_with_logits
    right = model.discriminator(real)
    wrong = model.discriminator(model.generator(noise).detach())
    return judge(right, torch.ones_like(right)) + judge(wrong, torch.zeros_like(wrong))


def _deceive(torch: Any, model: Any, real: Any, noise: Any) -> Any:
    judged = model.discriminator(model.generator(noise))
    judge = torch.nn.functional.binary_cross_entropy_with_logits
    return judge(judged, torch.ones_like(judged))


def _labelled(random: Random, shape: tuple[int, ...], classes: int, axis: int = 0) -> list[Any]:
    images = random.standard_normal(shape, numpy.float32)
    return [images, random.integers(0, classes, shape[axis])]


def _numbers(random: Random, batch: int, sizes: tuple[int, ...]) -> list[Any]:
    x = random.standard_normal((batch, sizes[0]), numpy.float32)
    return [x, x.sum(1, keepdims=True) ** 2]


def _text(random: Random, batch: int, length: int, vocabulary: int, **_: Any) -> list[Any]:
    text = random.integers(0, vocabulary, (batch, length + 1))
    return [text[:, :-1].copy(), text[:, 1:].copy()]


def _sequences(random: Random, batch: int, time: int, inputs: int, **more: Any) -> list[Any]:
    return _labelled(random, (time, batch, inputs), more["classes"], axis=1)


def _images(random: Random, batch: int, noise: int, **_: Any) -> list[Any]:
    real = random.uniform(-1, 1, (batch, 3, 64, 64)).astype(numpy.float32)
    return [real, random.standard_normal((batch, noise, 1, 1), numpy.float32)]


GPT = {"width": 128, "heads": 4, "length": 128, "layers": 4, "vocabulary": 65, "batch": 16}
GPT_QUICK = {"width": 16, "heads": 2, "length": 8, "layers": 1, "vocabulary": 11, "batch": 2}
LSTM = {"inputs": 128, "width": 128, "layers": 2, "classes": 10, "time": 64, "batch": 32}
LSTM_QUICK = {"inputs": 8, "width": 8, "layers": 2, "classes": 3, "time": 4, "batch": 4}

CASES = [
    Training(
        "train/mlp 784-512-512-10",
        lambda torch, batch, sizes: models.mlp(torch, *sizes),
        lambda random, batch, sizes: _labelled(random, (batch, sizes[0]), sizes[-1]),
        (("", _classify),),
        {"batch": 128, "sizes": (784, 512, 512, 10)},
        {"batch": 8, "sizes": (20, 16, 10)},
    ),
    Training(
        "train/mlp 8-32-32-1",
        lambda torch, batch, sizes: models.mlp(torch, *sizes),
        _numbers,
        (("", _regress),),
        {"batch": 32, "sizes": (8, 32, 32, 1)},
        {"batch": 8, "sizes": (4, 8, 1)},
    ),
    Training(
        "train/lenet",
        lambda torch, batch: models.lenet(torch),
        lambda random, batch: _labelled(random, (batch, 1, 28, 28), 10),
        (("", _classify),),
        {"batch": 64},
        {"batch": 4},
    ),
    Training(
        "train/resnet8",
        lambda torch, batch, side, widths: models.resnet(torch, widths),
        lambda random, batch, side, widths: _labelled(random, (batch, 3, side, side), 10),
        (("", _classify),),
        {"batch": 64, "side": 32, "widths": (16, 32, 64)},
        {"batch": 4, "side": 8, "widths": (4, 6, 8)},
        "SGD",
        (("lr", 0.01), ("momentum", 0.9)),
    ),
    Training(
        "train/gpt",
        lambda torch, batch, **sizes: models.gpt(torch, **sizes),
        _text,
        (("", _next_token),),
        GPT,
        GPT_QUICK,
        "AdamW",
    ),
    Training(
        "train/lstm",
        lambda torch, batch, time, **sizes: models.lstm(torch, **sizes),
        _sequences,
        (("", _classify),),
        LSTM,
        LSTM_QUICK,
    ),
    Training(
        "train/dcgan",
        lambda torch, batch, **sizes: models.dcgan(torch, **sizes),
        _images,
        (("discriminator", _discriminate), ("generator", _deceive)),
        {"batch": 32, "noise": 100, "width": 32},
        {"batch": 2, "noise": 8, "width": 2},
        options=(("lr", 2e-4), ("betas", (0.5, 0.999))),
    ),
]
