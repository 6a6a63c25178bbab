"""Every loss is the formula of its paper, element by element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch import losses

RANDOM = np.random.default_rng(3)
LOGITS = RANDOM.normal(size=(6, 4))
CLASSES = np.array([0, 3, 1, 1, 2, 0])
WEIGHT = np.array([0.5, 1.0, 2.0, 0.25])


def value(name: str, *operands: Any, **options: Any) -> Any:
    loss = losses.create(name, **{"reduction": "none", **options}).double()
    return loss(*[plugtorch.tensor(o) for o in operands]).numpy()


def near(got: Any, needed: Any) -> None:
    np.testing.assert_allclose(got, needed, rtol=1e-10, atol=1e-12)


def softmax(x: Any) -> Any:
    return np.exp(x) / np.exp(x).sum(1, keepdims=True)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal(gamma: float) -> None:
    p = softmax(LOGITS)[np.arange(6), CLASSES]
    needed = -((1 - p) ** gamma) * np.log(p)
    near(value("focal", LOGITS, CLASSES, gamma=gamma), needed)
    w = WEIGHT[CLASSES]
    weight = plugtorch.tensor(WEIGHT)
    got = value("focal", LOGITS, CLASSES, gamma=gamma, weight=weight, reduction="mean")
    near(got, (w * needed).sum() / w.sum())
    kept = CLASSES != 1
    got = value("focal", LOGITS, CLASSES, gamma=gamma, ignore_index=1, reduction="mean")
    near(got, needed[kept].mean())
    options = {"gamma": gamma, "ignore_index": 1, "weight": weight, "reduction": "mean"}
    near(value("focal", LOGITS, CLASSES, **options), (w * needed)[kept].sum() / w[kept].sum())


def test_focal_of_certainty_is_finite() -> None:
    logits = plugtorch.tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    for gamma in (0.0, 0.5, 1.0, 2.0):
        loss = losses.create("focal", gamma=gamma)(logits, plugtorch.tensor([0, 0]))
        (slope,) = plugtorch.autograd.grad(loss, logits)
        assert loss.item() == pytest.approx(1e4)
        assert slope.isfinite().all()


@pytest.mark.parametrize("alpha", [0.25, None])
def test_sigmoid_focal(alpha: float | None) -> None:
    target = (RANDOM.random((6, 4)) > 0.5).astype(float)
    p = sigmoid(LOGITS)
    pt = np.where(target == 1, p, 1 - p)
    at = 1.0 if alpha is None else np.where(target == 1, alpha, 1 - alpha)
    needed = -at * (1 - pt) ** 1.5 * np.log(pt)
    near(value("sigmoid_focal", LOGITS, target, alpha=alpha, gamma=1.5), needed)


MASKS = RANDOM.normal(size=(3, 2, 4, 5))
TRUTH = (RANDOM.random((3, 2, 4, 5)) > 0.6).astype(float)


def test_dice_and_tversky_of_masks() -> None:
    p, t = sigmoid(MASKS), TRUTH
    both = (p * t).sum((2, 3))
    dice = (2 * both + 0.5) / ((p**2).sum((2, 3)) + (t**2).sum((2, 3)) + 0.5)
    near(value("dice", MASKS, TRUTH, smooth=0.5), 1 - dice)
    extra, missed = (p * (1 - t)).sum((2, 3)), ((1 - p) * t).sum((2, 3))
    index = (both + 0.5) / (both + 0.3 * extra + 0.7 * missed + 0.5)
    near(value("tversky", MASKS, TRUTH, smooth=0.5), 1 - index)


def test_overlap_of_classes_is_that_of_their_masks() -> None:
    classes = RANDOM.integers(0, 2, (3, 4, 5))
    p = np.exp(MASKS) / np.exp(MASKS).sum(1, keepdims=True)
    t = np.stack([classes == 0, classes == 1], 1).astype(float)
    needed = 1 - 2 * (p * t).sum((2, 3)) / ((p**2).sum((2, 3)) + t.sum((2, 3)))
    near(value("dice", MASKS, classes, smooth=0.0), needed)
    p = softmax(LOGITS)
    t = np.eye(4)[CLASSES]
    near(value("dice", LOGITS, CLASSES), 1 - (2 * p * t + 1) / (p**2 + t + 1))


def test_contrastive() -> None:
    a, b = RANDOM.normal(size=(2, 6, 3))
    b[0] = a[0]
    alike = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])
    d = np.sqrt(((a - b) ** 2).sum(1))
    needed = alike * d**2 / 2 + (1 - alike) * np.maximum(0, 2 - d) ** 2 / 2
    near(value("contrastive", a, b, alike, margin=2.0), needed)


def test_nt_xent() -> None:
    a, b = RANDOM.normal(size=(2, 5, 3))
    z = np.concatenate([a, b])
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    each = []
    for i in range(10):
        others = sum(np.exp(z[i] @ z[k] / 0.5) for k in range(10) if k != i)
        each.append(-math.log(np.exp(z[i] @ z[(i + 5) % 10] / 0.5) / others))
    got = value("nt_xent", a, b, temperature=0.5, reduction="mean")
    near(got, np.mean(each))
    near(value("nt_xent", a, b, temperature=0.5), (np.array(each[:5]) + each[5:]) / 2)
    near(value("nt_xent", 1e6 * a, b / 1e6, temperature=0.5, reduction="mean"), np.mean(each))


def test_arcface() -> None:
    cosines = RANDOM.uniform(-1, 1, (6, 4))
    cosines[1, 3] = -0.99  # beyond pi with the margin
    logits = 16 * cosines
    for i, c in enumerate(CLASSES):
        angle = math.acos(cosines[i, c])
        inside = angle + 0.5 < math.pi
        moved = math.cos(angle + 0.5) if inside else math.cos(angle) - 0.5 * math.sin(0.5)
        logits[i, c] = 16 * moved
    needed = -np.log(softmax(logits)[np.arange(6), CLASSES])
    near(value("arcface", cosines, CLASSES, scale=16.0), needed)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_smoothed_kl(smoothing: float) -> None:
    q = (1 - smoothing) * np.eye(4)[CLASSES] + smoothing / 4
    safe = np.where(q > 0, q, 1.0)
    needed = (q * (np.log(safe) - np.log(softmax(LOGITS)))).sum(1)
    near(value("smoothed_kl", LOGITS, CLASSES, smoothing=smoothing), needed)
    options = {"smoothing": smoothing, "ignore_index": 1}
    kept = CLASSES != 1
    near(value("smoothed_kl", LOGITS, CLASSES, **options, reduction="mean"), needed[kept].mean())


def test_losses_of_numbers() -> None:
    a, b = RANDOM.normal(size=(2, 6, 4)) * 3
    near(value("charbonnier", a, b, epsilon=0.5), np.sqrt((a - b) ** 2 + 0.25))
    near(value("log_cosh", a, b), np.log(np.cosh(a - b)))
    loss = np.where(b > a, 0.8 * (b - a), 0.2 * (a - b))
    near(value("quantile", a, b, quantile=0.8), loss)


def test_small_and_huge_errors_keep_their_digits() -> None:
    zero = plugtorch.zeros(2)
    error = plugtorch.tensor([1e-4, 1e30])
    got = losses.create("log_cosh", reduction="none")(error, zero).tolist()
    assert got == pytest.approx([5e-9, 1e30], rel=1e-6, abs=0)
    got = losses.create("charbonnier", reduction="none")(error, zero).tolist()
    assert got == pytest.approx([math.hypot(1e-4, 1e-3), 1e30], rel=1e-6)


def test_wasserstein_with_gradient_penalty() -> None:
    real, fake = RANDOM.normal(size=(2, 5))
    slope = RANDOM.normal(size=(5, 2, 3))
    steep = np.sqrt((slope**2).sum((1, 2)))
    needed = fake - real + 10 * (steep - 1) ** 2
    near(value("wasserstein_gp", real, fake, slope), needed)


def test_slopes_lie_between_the_samples_and_can_be_differentiated() -> None:
    from plugtorch_extras.wasserstein import slopes

    weight = plugtorch.tensor([2.0], requires_grad=True)
    real, fake = plugtorch.zeros(200, 1), plugtorch.ones(200, 1)
    found = slopes(lambda x: weight * x * x, real, fake)  # 2 w x
    where = found.detach().numpy() / 4
    assert (where >= 0).all()
    assert (where <= 1).all()
    assert where.min() < 0.1
    assert where.max() > 0.9
    found.sum().backward()
    assert weight.grad.item() == pytest.approx(2 * where.sum(), rel=1e-5)


PUBLISHED: dict[str, dict[str, Any]] = {
    "focal": {"gamma": 2.0},
    "sigmoid_focal": {"gamma": 2.0, "alpha": 0.25},
    "tversky": {"alpha": 0.3, "beta": 0.7},
    "nt_xent": {"temperature": 0.1},
    "arcface": {"scale": 64.0, "margin": 0.5},
    "smoothed_kl": {"smoothing": 0.1},
    "charbonnier": {"epsilon": 1e-3},
    "wasserstein_gp": {"penalty": 10.0},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_defaults_are_the_authors(name: str) -> None:
    options = losses.describe(name)["options"]
    assert {key: options[key] for key in PUBLISHED[name]} == PUBLISHED[name]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("focal", {"gamma": -1.0}),
        ("sigmoid_focal", {"alpha": 1.5}),
        ("dice", {"smooth": -1.0}),
        ("tversky", {"beta": float("inf")}),
        ("contrastive", {"margin": 0.0}),
        ("nt_xent", {"temperature": 0.0}),
        ("arcface", {"scale": 0.0}),
        ("arcface", {"margin": 4.0}),
        ("smoothed_kl", {"smoothing": 1.5}),
        ("charbonnier", {"epsilon": 0.0}),
        ("quantile", {"quantile": 1.5}),
        ("wasserstein_gp", {"penalty": float("nan")}),
    ],
)
def test_options_that_make_no_sense_are_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needed"):
        losses.create(name, **options)


def test_targets_that_do_not_fit_are_refused() -> None:
    rows = plugtorch.zeros(6, 4)
    for name, target, error in (
        ("focal", plugtorch.zeros(6, 4), TypeError),
        ("focal", plugtorch.full((6,), 4), IndexError),
        ("smoothed_kl", plugtorch.zeros(6), TypeError),
        ("dice", plugtorch.zeros(6), TypeError),
        ("dice", plugtorch.zeros(5, 4), ValueError),
        ("arcface", plugtorch.zeros(6, 4), ValueError),
    ):
        with pytest.raises(error, match=r"target|needed|indices"):
            losses.create(name)(rows, target)
    with pytest.raises(ValueError, match="needed"):
        losses.create("contrastive")(rows, rows, plugtorch.zeros(5))
    with pytest.raises(ValueError, match="squeeze"):
        losses.create("wasserstein_gp")(rows, rows, rows)
