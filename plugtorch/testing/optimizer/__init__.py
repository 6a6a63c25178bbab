"""The kit for optimizers, written as a rule for one parameter or with a ``step`` like PyTorch's."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch import dtypes
from plugtorch.testing.optimizer import descent, groups, state
from plugtorch.testing.optimizer.bench import OptimizerBench
from plugtorch.testing.run import Check, Subject, bound


def checks(subject: Subject) -> Iterator[Check]:
    """Every check of an optimizer."""
    of = OptimizerBench.of
    of(subject)  # a name that means nothing is an error at once
    for name, function in (
        ("parabola", descent.check_parabola),
        ("rosenbrock", descent.check_rosenbrock),
        ("learning_rate", descent.check_learning_rate),
        ("compilations", descent.check_compilations),
        ("closure", descent.check_closure),
        ("maximize", descent.check_maximize),
        ("blocks", descent.check_blocks),
        ("devices", descent.check_devices),
        ("resume", state.check_resume),
        ("copies", state.check_copies),
        ("state_dict", state.check_state_dict),
        ("foreign_states", state.check_foreign_states),
        ("graph", state.check_graph),
        ("groups", groups.check_groups),
        ("none_gradients", groups.check_none_gradients),
        ("late_gradients", groups.check_late_gradients),
        ("zero_gradients", groups.check_zero_gradients),
        ("zero_grad", groups.check_zero_grad),
        ("refusals", groups.check_refusals),
        ("refused_steps", groups.check_refused_steps),
        ("model", groups.check_model),
    ):
        yield Check(name, bound(of, function))
    for kind in dtypes.FLOATS:
        yield Check(f"dtype-{kind.name}", bound(of, descent.check_dtype, kind))
