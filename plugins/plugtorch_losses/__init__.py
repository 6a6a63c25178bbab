"""The losses that come with plugtorch: records only, so that listing them imports none."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch.hookspecs import LossSpec, hookimpl

# name, "file:Class", aliases (PyTorch's functional name among them), summary
_LOSSES = (
    ("mse", "regression:MSELoss", ("mse_loss",), "Squared error."),
    ("l1", "regression:L1Loss", ("l1_loss", "mae"), "Absolute error."),
    (
        "smooth_l1",
        "regression:SmoothL1Loss",
        ("smooth_l1_loss",),
        "Squared near 0, absolute beyond beta.",
    ),
    ("huber", "regression:HuberLoss", ("huber_loss",), "SmoothL1 times delta."),
    ("bce", "binary:BCELoss", ("binary_cross_entropy",), "Two classes, from a probability."),
    (
        "bce_with_logits",
        "binary:BCEWithLogitsLoss",
        ("binary_cross_entropy_with_logits",),
        "Two classes, from a logit.",
    ),
    ("nll", "nll:NLLLoss", ("nll_loss",), "Many classes, from log-probabilities."),
    ("cross_entropy", "cross_entropy:CrossEntropyLoss", (), "Many classes, from logits."),
)


@hookimpl
def plugtorch_losses() -> Iterator[LossSpec]:
    """One record for each."""
    for name, target, aliases, summary in _LOSSES:
        yield LossSpec(
            name=name,
            target=f"plugtorch_losses.{target}",
            aliases=aliases,
            summary=summary,
            reference=f"torch.nn.{target.partition(':')[2]}",
        )
