"""Everything keeps plugtorch's contracts, with its defaults and with options that matter."""

from __future__ import annotations

from collections.abc import Callable

import plugtorch
from plugtorch.testing import Subject, check_plugin, parametrize_with_checks

WEIGHT = plugtorch.tensor([0.5, 1.0, 2.0])
TOGETHER = "d is estimated from all parameters together, by one lr"
RANGE = "the squares of d g need more range than float16 has; the authors' code refuses it, too"
ROUNDING = "where the turned gradient is nothing but rounding, Adam makes a whole step of it"
KNOWN = {
    "loss-nt_xent-rows": "the rest of the batch is what a row is told from",
    "optimizer-prodigy-groups": TOGETHER,
    "optimizer-prodigy-late_gradients": TOGETHER,
    "optimizer-prodigy-dtype-float16": RANGE,
    "optimizer-soap-dtype-float32": ROUNDING,
    "optimizer-soap-dtype-float16": ROUNDING,
}


def test_the_plugin_and_all_that_it_offers() -> None:
    report = check_plugin("plugtorch-extras", expected_failures=KNOWN)
    assert sum(name.endswith("-resume") for name in report.passed) == 12
    assert sum(name.endswith("-extremes") for name in report.passed) == 12


VARIANTS = [
    Subject("loss", "focal", {"gamma": 0.5, "weight": WEIGHT}),
    Subject("loss", "focal", {"gamma": 0.0}),
    Subject("loss", "sigmoid_focal", {"alpha": None, "gamma": 1.5}),
    Subject("loss", "dice", {"smooth": 0.1, "weight": WEIGHT[:2]}),
    Subject("loss", "tversky", {"alpha": 0.5, "beta": 0.5}),
    Subject("loss", "contrastive", {"margin": 3.0}),
    Subject("loss", "arcface", {"scale": 8.0, "margin": 1.5}),
    Subject("loss", "smoothed_kl", {"smoothing": 0.0}),
    Subject("loss", "quantile", {"quantile": 0.9}),
    Subject("loss", "charbonnier", {"epsilon": 1.0, "weight": WEIGHT}),
    Subject("loss", "wasserstein_gp", {"penalty": 1.0}),
    Subject("optimizer", "lion", {"weight_decay": 0.1}),
    Subject("optimizer", "lamb", {"weight_decay": 0.0}),
    Subject("optimizer", "adan", {"no_prox": True, "weight_decay": 0.1}),
    Subject("optimizer", "adabelief", {"rectify": False, "eps": 1e-8}),
    Subject("optimizer", "schedule_free_adamw", {"warmup_steps": 3, "weight_decay": 0.1}),
    Subject("optimizer", "lookahead", {"inner": "sgd", "lr": 0.1, "momentum": 0.9, "la_steps": 3}),
    Subject("optimizer", "lookahead", {"inner": "adagrad", "lr": 0.1, "la_steps": 2}),
    Subject("optimizer", "sam", {"inner": "adam", "lr": 0.01, "rho": 0.1}),
    Subject("optimizer", "sam", {"inner": "lookahead", "rho": 0.1}),
]


PULLED = {
    "optimizer-lookahead(inner='sgd',lr=0.1,momentum=0.9,la_steps=3)-learning_rate": "the third "
    "step goes back towards the slow weights, whatever the rate is then"
}


@parametrize_with_checks(VARIANTS, expected_failures=PULLED)
def test_variants(subject: Subject, check: Callable[[Subject], None]) -> None:
    check(subject)
