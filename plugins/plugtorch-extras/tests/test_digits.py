"""Everything learns scikit-learn's digits, by name, in a few seconds."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.datasets import load_digits

import plugtorch
from plugtorch import losses, nn, optimizers
from plugtorch_extras.arcface import CosineLinear
from plugtorch_extras.wasserstein import slopes

IMAGES, CLASSES = (plugtorch.tensor(part) for part in load_digits(return_X_y=True))
IMAGES = IMAGES.float() / 16
TRAIN, HELD_OUT = slice(0, 1300), slice(1300, None)


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    plugtorch.manual_seed(0)


def network(outputs: int = 10) -> nn.Module:
    return nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, outputs))


def train(model: Any, loss_of: Any, optimizer: Any, epochs: int) -> None:
    for _ in range(epochs):
        order = plugtorch.randperm(1300)
        for start in range(0, 1300, 100):
            rows = order[start : start + 100]

            def closure(rows: Any = rows) -> Any:
                optimizer.zero_grad()
                loss = loss_of(model, rows)
                loss.backward()
                return loss

            optimizer.step(closure)


def accuracy(model: Any) -> float:
    with plugtorch.no_grad():
        right = model(IMAGES[HELD_OUT]).argmax(1) == CLASSES[HELD_OUT]
    return float(right.float().mean())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lion", {"lr": 3e-3}),
        ("lamb", {"lr": 0.02}),
        ("lars", {"lr": 5.0}),
        ("adan", {"lr": 0.01}),
        ("adabelief", {"lr": 0.1}),
        ("sophia_g", {"lr": 3e-3, "batch_size": 100}),
        ("prodigy", {}),
        ("schedule_free_sgd", {}),
        ("schedule_free_adamw", {"lr": 0.01}),
        ("soap", {"lr": 0.01}),
        ("lookahead", {"inner": "adam", "lr": 0.01}),
        ("sam", {"inner": "sgd", "lr": 0.2, "momentum": 0.9}),
    ],
)
def test_an_optimizer_learns(name: str, options: dict[str, Any]) -> None:
    model, loss_fn = network(), losses.create("cross_entropy")
    optimizer = optimizers.create(name, model.parameters(), **options)
    before = accuracy(model)
    train(model, lambda m, rows: loss_fn(m(IMAGES[rows]), CLASSES[rows]), optimizer, 8)
    if hasattr(optimizer, "eval"):
        optimizer.eval()
    assert before < 0.3
    assert accuracy(model) > 0.85


def test_sophia_learns_with_its_estimate_of_the_curvature() -> None:
    model, loss_fn = network(), losses.create("cross_entropy")
    optimizer = optimizers.create("sophia_g", model.parameters(), lr=0.01, rho=0.3, batch_size=100)
    steps = []

    def loss_of(m: Any, rows: Any) -> Any:
        if len(steps) % 10 == 0:
            logits = m(IMAGES[rows])
            chances = nn.functional.softmax(logits.detach(), -1)
            labels = chances.multinomial(1).squeeze(-1)
            loss_fn(logits, labels).backward()
            optimizer.update_hessian()
            optimizer.zero_grad()
        steps.append(rows)
        return loss_fn(m(IMAGES[rows]), CLASSES[rows])

    train(model, loss_of, optimizer, 8)
    assert accuracy(model) > 0.85
    assert all((state["hessian"] > 0).any() for state in optimizer.state.values())


@pytest.mark.parametrize(
    ("name", "needed"),
    # an overlap has no slope left where a class was given up, so one in ten may be missed
    [("focal", 0.85), ("smoothed_kl", 0.85), ("dice", 0.75), ("tversky", 0.75)],
)
def test_a_loss_of_classes_teaches(name: str, needed: float) -> None:
    model, loss_fn = network(), losses.create(name)
    optimizer = optimizers.create("adam", model.parameters(), lr=0.01)
    train(model, lambda m, rows: loss_fn(m(IMAGES[rows]), CLASSES[rows]), optimizer, 8)
    assert accuracy(model) > needed


@pytest.mark.parametrize("name", ["sigmoid_focal", "charbonnier", "quantile", "log_cosh"])
def test_a_loss_of_numbers_teaches(name: str) -> None:
    """Sixteen numbers for each image, half of the classes 1 and half -1 (or 0) in each.

    One of ten would not do: its median is 0, which the absolute error is content with.
    """
    model, loss_fn = network(16), losses.create(name)
    optimizer = optimizers.create("adam", model.parameters(), lr=0.01)
    codes = plugtorch.stack([(plugtorch.randperm(10) < 5) * 2.0 - 1 for _ in range(16)], 1)
    truth = codes[CLASSES]
    if name == "sigmoid_focal":
        truth = (truth + 1) / 2
    train(model, lambda m, rows: loss_fn(m(IMAGES[rows]), truth[rows]), optimizer, 8)
    assert accuracy(lambda images: model(images) @ codes.T) > 0.85


def test_dice_teaches_masks() -> None:
    """Where is ink, in a picture with noise?"""
    model, loss_fn = network(64), losses.create("dice")
    optimizer = optimizers.create("adam", model.parameters(), lr=0.01)
    ink = (IMAGES > 0.5).float().unsqueeze(1)
    noisy = IMAGES + 0.3 * plugtorch.randn(1797, 64)
    train(model, lambda m, rows: loss_fn(m(noisy[rows]).unsqueeze(1), ink[rows]), optimizer, 8)
    with plugtorch.no_grad():
        found = (model(noisy[HELD_OUT]) > 0).float()
    truth = ink[HELD_OUT].squeeze(1)
    both, either = (found * truth).sum().item(), found.maximum(truth).sum().item()
    assert both / either > 0.7


def test_arcface_teaches_angles() -> None:
    model, loss_fn = nn.Sequential(network(16), CosineLinear(16, 10)), losses.create("arcface")
    optimizer = optimizers.create("adam", model.parameters(), lr=0.01)
    train(model, lambda m, rows: loss_fn(m(IMAGES[rows]), CLASSES[rows]), optimizer, 8)
    assert accuracy(model) > 0.85


def nearest(model: Any) -> float:
    """How often the nearest embedding among those learnt from is of the same class."""
    with plugtorch.no_grad():
        z = nn.functional.normalize(model(IMAGES), dim=-1)
        closest = (z[HELD_OUT] @ z[TRAIN].T).argmax(1)
    return float((CLASSES[TRAIN][closest] == CLASSES[HELD_OUT]).float().mean())


def test_contrastive_teaches_what_is_alike() -> None:
    model, loss_fn = network(4), losses.create("contrastive")
    optimizer = optimizers.create("adam", model.parameters(), lr=0.01)
    untaught = nearest(model)

    def loss_of(m: Any, rows: Any) -> Any:
        other = rows.roll(1)
        return loss_fn(m(IMAGES[rows]), m(IMAGES[other]), CLASSES[rows] == CLASSES[other])

    train(model, loss_of, optimizer, 12)
    assert nearest(model) > max(0.85, untaught)


def test_nt_xent_finds_the_other_view_without_a_label() -> None:
    model, loss_fn = network(8), losses.create("nt_xent")
    optimizer = optimizers.create("adam", model.parameters(), lr=0.003)

    def loss_of(m: Any, rows: Any) -> Any:
        first, second = (IMAGES[rows] + 0.1 * plugtorch.randn(len(rows), 64) for _ in range(2))
        return loss_fn(m(first), m(second))

    rows = plugtorch.arange(100)
    before = loss_of(model, rows).item()
    train(model, loss_of, optimizer, 4)
    assert loss_of(model, rows).item() < before / 2
    assert nearest(model) > 0.8


def test_a_wasserstein_critic_tells_digits_from_noise_and_keeps_its_slope() -> None:
    model, loss_fn = network(1), losses.create("wasserstein_gp")
    optimizer = optimizers.create("adam", model.parameters(), lr=0.003)
    noise = plugtorch.rand(1797, 64)

    def loss_of(m: Any, rows: Any) -> Any:
        real, fake = IMAGES[rows], noise[rows]
        return loss_fn(m(real).squeeze(-1), m(fake).squeeze(-1), slopes(m, real, fake))

    train(model, loss_of, optimizer, 12)
    with plugtorch.no_grad():
        apart = (model(IMAGES[HELD_OUT]).mean() - model(noise[HELD_OUT]).mean()).item()
    steep = slopes(model, IMAGES[HELD_OUT], noise[HELD_OUT]).norm(dim=1)
    assert apart > 1.5
    assert abs(steep.mean().item() - 1) < 0.15
