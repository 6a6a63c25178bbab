"""Every registered loss keeps the contract, with its defaults and with options that matter."""

from collections.abc import Callable

import plugtorch
from plugtorch.testing import Subject, listed, parametrize_with_checks

WEIGHT = plugtorch.tensor([0.5, 1.0, 2.0])
VARIANTS = [
    Subject("loss", "huber", {"delta": 0.25}),
    Subject("loss", "smooth_l1", {"beta": 0.0}),
    Subject("loss", "bce_with_logits", {"pos_weight": WEIGHT}),
    Subject("loss", "nll", {"weight": WEIGHT}),
    Subject("loss", "cross_entropy", {"weight": WEIGHT, "label_smoothing": 0.1}),
]


@parametrize_with_checks([*listed("loss"), *VARIANTS])
def test_loss(subject: Subject, check: Callable[[Subject], None]) -> None:
    check(subject)
