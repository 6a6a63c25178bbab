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
    Subject("loss", "kl_div", {"log_target": True}),
    Subject("loss", "poisson_nll", {"full": True}),
    Subject("loss", "gaussian_nll", {"full": True}),
    Subject("loss", "multi_margin", {"p": 2, "weight": WEIGHT}),
    Subject("loss", "multi_label_soft_margin", {"weight": WEIGHT}),
    Subject("loss", "triplet_margin", {"p": 3.0, "swap": True}),
    Subject("loss", "ctc", {"blank": 3}),
]


@parametrize_with_checks([*listed("loss"), *VARIANTS])
def test_loss(subject: Subject, check: Callable[[Subject], None]) -> None:
    check(subject)
