"""Time of every loss, forward and backward, on large inputs and on small ones.

Losses of classes take (256, 32000), the others (65536,) or what fits them; all of them the small
sizes too. ``--only "(32, 10)"`` is one size, ``--only ctc`` one loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from compare import Build, arguments, run

LARGE, FLAT, MIDDLE, SMALL = (256, 32000), (65536,), (128, 1000), (32, 10)

Shape = tuple[int, ...]
Operands = Callable[[Any, Shape], tuple[Any, ...]]


def loss(
    name: str, operands: Operands, shape: Shape, options: Callable[[Any, Shape], dict[str, Any]]
) -> Build:
    """A loss of ``operands``, made by a module, and its way back to the first of them."""

    def build(library: Any) -> Callable[[], Any]:
        library.manual_seed(0)
        input, *others = operands(library, shape)
        input = input.detach().requires_grad_()
        criterion = getattr(library.nn, name)(**options(library, shape))

        def step() -> None:
            input.grad = None
            criterion(input, *others).backward()

        return step

    return build


def adaptive(features: int, classes: int, cutoffs: list[int], rows: int) -> Build:
    """The adaptive softmax, whose gradients are those of its weights."""

    def build(library: Any) -> Callable[[], Any]:
        library.manual_seed(0)
        layer = library.nn.AdaptiveLogSoftmaxWithLoss(features, classes, cutoffs)
        input = library.randn(rows, features).requires_grad_()
        target = library.randint(0, classes, (rows,))

        def step() -> None:
            input.grad = None
            layer.zero_grad()
            layer(input, target).loss.backward()

        return step

    return build


# -- what losses take ------------------------------------------------------------------------------


def numbers(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Any two."""
    return library.randn(shape), library.randn(shape)


def probabilities(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Probabilities, and targets from 0 to 1."""
    return library.rand(shape) * 0.98 + 0.01, library.rand(shape)


def logits(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Logits, and targets from 0 to 1."""
    return library.randn(shape), library.rand(shape)


def signed(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Numbers, and 1 or -1."""
    return library.randn(shape), (library.randn(shape) > 0).float() * 2 - 1


def ranked(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Two numbers, and 1 or -1."""
    first, target = signed(library, shape)
    return first, library.randn(shape), target


def counts(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Means, and counts."""
    return library.rand(shape) * 2 + 0.1, library.randint(0, 9, shape).float()


def measured(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Means, measurements and variances."""
    return library.randn(shape), library.randn(shape), library.rand(shape) + 0.5


def indices(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Logits, and class indices."""
    return library.randn(shape), library.randint(0, shape[1], shape[:1])


def likely(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Log-probabilities, and class indices."""
    x, target = indices(library, shape)
    return library.log_softmax(x, 1), target


def mixtures(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Logits, and probabilities."""
    return library.randn(shape), library.softmax(library.randn(shape), 1)


def distributions(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Log-probabilities, twice."""
    return tuple(library.log_softmax(library.randn(shape), 1) for _ in range(2))


def divergent(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Log-probabilities, and probabilities."""
    x, target = distributions(library, shape)
    return x, target.exp()


def several(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Four right classes a row, in the way of MultiLabelMarginLoss."""
    target = library.full(shape, -1)
    target[:, :4] = library.randint(0, shape[1], (shape[0], 4))
    return library.randn(shape), target


def present(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Logits, and for each class 1 or 0."""
    return library.randn(shape), (library.rand(shape) > 0.5).float()


def vectors(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Two vectors a row, and 1 or -1."""
    sides = (library.randn(shape[0]) > 0).float() * 2 - 1
    return library.randn(shape), library.randn(shape), sides


def triplets(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Anchors, their likes and others."""
    return tuple(library.randn(shape) for _ in range(3))


def spoken(library: Any, shape: Shape) -> tuple[Any, ...]:
    """Frames, rows and classes; as many labels as half of the frames, at most."""
    frames, rows, classes = shape
    targets = library.randint(1, classes, (rows, frames // 2))
    heard = library.randint(frames * 3 // 4, frames + 1, (rows,))
    heard[0] = frames
    said = library.randint(frames // 8, frames * 3 // 8, (rows,))
    return library.log_softmax(library.randn(shape), 2), targets, heard, said


# -- the cases -------------------------------------------------------------------------------------


def of_classes(name: str) -> Callable[[Any, Shape], dict[str, Any]]:
    """An option with one number for each class."""
    return lambda library, shape: {name: library.rand(shape[1]) + 0.5}


ELEMENTWISE: list[tuple[str, str, Operands, Any]] = [
    ("mse", "MSELoss", numbers, {}),
    ("l1", "L1Loss", numbers, {}),
    ("smooth_l1", "SmoothL1Loss", numbers, {}),
    ("smooth_l1, beta 0.5", "SmoothL1Loss", numbers, {"beta": 0.5}),
    ("huber", "HuberLoss", numbers, {}),
    ("bce", "BCELoss", probabilities, {}),
    ("bce_with_logits", "BCEWithLogitsLoss", logits, {}),
    (
        "bce_with_logits, pos_weight",
        "BCEWithLogitsLoss",
        logits,
        lambda library, shape: {"pos_weight": library.rand(shape[-1:]) + 0.5},
    ),
    ("kl_div", "KLDivLoss", lambda p, shape: (p.randn(shape), p.rand(shape)), {}),
    ("poisson_nll", "PoissonNLLLoss", counts, {}),
    ("poisson_nll, log_input=False", "PoissonNLLLoss", counts, {"log_input": False}),
    ("poisson_nll, full", "PoissonNLLLoss", counts, {"full": True}),
    ("gaussian_nll", "GaussianNLLLoss", measured, {}),
    ("gaussian_nll, full", "GaussianNLLLoss", measured, {"full": True}),
    ("hinge_embedding", "HingeEmbeddingLoss", signed, {}),
    ("margin_ranking", "MarginRankingLoss", ranked, {"margin": 0.5}),
    ("soft_margin", "SoftMarginLoss", signed, {}),
]

CLASSES: list[tuple[str, str, Operands, Any]] = [
    ("cross_entropy", "CrossEntropyLoss", indices, {}),
    ("cross_entropy, weight", "CrossEntropyLoss", indices, of_classes("weight")),
    ("cross_entropy, smoothing", "CrossEntropyLoss", indices, {"label_smoothing": 0.1}),
    ("cross_entropy, probabilities", "CrossEntropyLoss", mixtures, {}),
    ("nll", "NLLLoss", likely, {}),
    ("nll, weight", "NLLLoss", likely, of_classes("weight")),
    ("kl_div, batchmean", "KLDivLoss", divergent, {"reduction": "batchmean"}),
    (
        "kl_div, log_target",
        "KLDivLoss",
        distributions,
        {"reduction": "batchmean", "log_target": True},
    ),
    ("multi_margin", "MultiMarginLoss", indices, {}),
    ("multi_margin, p 2", "MultiMarginLoss", indices, {"p": 2}),
    ("multi_label_margin", "MultiLabelMarginLoss", several, {}),
    ("multi_label_soft_margin", "MultiLabelSoftMarginLoss", present, {}),
]

VECTORS: list[tuple[str, str, Operands, Any]] = [
    ("cosine_embedding", "CosineEmbeddingLoss", vectors, {}),
    ("triplet_margin", "TripletMarginLoss", triplets, {}),
    ("triplet_margin, p 1", "TripletMarginLoss", triplets, {"p": 1}),
    ("triplet_margin, swap", "TripletMarginLoss", triplets, {"swap": True}),
    ("triplet_margin_with_distance", "TripletMarginWithDistanceLoss", triplets, {}),
]


def cases() -> Iterator[tuple[str, Build]]:
    """Every loss with each of its shapes, large ones first."""
    families = [
        (ELEMENTWISE, (FLAT, MIDDLE, SMALL)),
        (CLASSES, (LARGE, MIDDLE, SMALL)),
        (VECTORS, ((2048, 256), MIDDLE, SMALL)),
        ([("ctc", "CTCLoss", spoken, {})], ((200, 32, 32), (50, 16, 20), (10, 1, 8))),
    ]
    for place in range(3):
        for family, shapes in families:
            for name, module, operands, given in family:
                options = given if callable(given) else lambda library, shape, given=given: given
                yield f"{name} {shapes[place]}", loss(module, operands, shapes[place], options)
    yield "adaptive_log_softmax (256, 32000)", adaptive(256, 32000, [2000, 10000], 256)
    yield "adaptive_log_softmax (128, 1000)", adaptive(64, 1000, [100, 300], 128)


if __name__ == "__main__":
    run(cases(), arguments(__doc__ or ""))
