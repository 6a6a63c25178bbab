"""Every registered optimizer keeps the contract, with its defaults and with options that matter."""

from collections.abc import Callable

import pytest
from step_style import StepMomentum

import plugtorch
from plugtorch import OptimizerSpec, registry
from plugtorch.testing import Subject, check_optimizer, listed, parametrize_with_checks

VARIANTS = [
    Subject("optimizer", "sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    Subject("optimizer", "sgd", {"momentum": 0.9, "dampening": 0.5}),
    Subject("optimizer", "adam", {"amsgrad": True, "weight_decay": 0.01}),
    Subject("optimizer", "rmsprop", {"centered": True, "momentum": 0.9}),
    Subject("optimizer", "nadam", {"decoupled_weight_decay": True, "weight_decay": 0.01}),
    Subject("optimizer", "radam", {"decoupled_weight_decay": True, "weight_decay": 0.01}),
    Subject("optimizer", "lbfgs", {"line_search_fn": "strong_wolfe", "history_size": 5}),
    Subject("optimizer", "muon", {"nesterov": False, "adjust_lr_fn": "match_rms_adamw"}),
]

# as in PyTorch, whose steps these take to the last digit
KNOWN = {
    "optimizer-asgd-learning_rate": "the rate of a step is computed at the end of the one before",
    "optimizer-rprop-learning_rate": "the learning rate is the length of the first step alone",
}


@parametrize_with_checks([*listed("optimizer"), *VARIANTS], expected_failures=KNOWN)
def test_optimizer(subject: Subject, check: Callable[[Subject], None]) -> None:
    check(subject)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9}])
def test_one_with_a_step_of_its_own_is_held_to_the_same(options: dict[str, float]) -> None:
    spec = OptimizerSpec(name="step_momentum", target="step_style:StepMomentum")
    with registry.register(spec, StepMomentum):
        report = check_optimizer("step_momentum", **options)
    assert "resume" in report.passed
    assert plugtorch.optimizers.names() == [s.name for s in listed("optimizer")]
