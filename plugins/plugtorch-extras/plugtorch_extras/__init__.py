"""Losses and optimizers beyond PyTorch's: records only, so that listing them imports none."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch.hookspecs import LossSpec, OptimizerSpec, hookimpl

# name, "file:Class", reference, summary
_LOSSES = (
    ("focal", "focal:FocalLoss", "arXiv:1708.02002", "Cross-entropy, less of what is easy."),
    (
        "sigmoid_focal",
        "focal:SigmoidFocalLoss",
        "arXiv:1708.02002",
        "Two classes from a logit, less of what is easy.",
    ),
    ("dice", "overlap:DiceLoss", "arXiv:1606.04797", "How little two masks overlap."),
    (
        "tversky",
        "overlap:TverskyLoss",
        "arXiv:1706.05721",
        "Overlap, with prices of its own for too much and too little.",
    ),
    (
        "contrastive",
        "contrastive:ContrastiveLoss",
        "doi:10.1109/CVPR.2006.100",
        "Like pairs together, unlike pairs a margin apart.",
    ),
    (
        "nt_xent",
        "contrastive:NTXentLoss",
        "arXiv:2002.05709",
        "Which of the batch is the other view of this one?",
    ),
    (
        "arcface",
        "arcface:ArcFaceLoss",
        "arXiv:1801.07698",
        "Cross-entropy of cosines, with a margin in the angle.",
    ),
    (
        "smoothed_kl",
        "smoothed_kl:SmoothedKLLoss",
        "arXiv:1512.00567",
        "Kullback-Leibler divergence from smoothed labels.",
    ),
    (
        "charbonnier",
        "regression:CharbonnierLoss",
        "arXiv:1704.03915",
        "Absolute error, smooth at 0.",
    ),
    (
        "quantile",
        "regression:QuantileLoss",
        "doi:10.2307/1913643",
        "Absolute error, with another price on either side.",
    ),
    (
        "log_cosh",
        "regression:LogCoshLoss",
        "arXiv:2208.04564",
        "Squared near 0, absolute far out, smooth everywhere.",
    ),
    (
        "wasserstein_gp",
        "wasserstein:WassersteinCriticLoss",
        "arXiv:1704.00028",
        "A critic's scores apart, its slope at 1.",
    ),
)

_OPTIMIZERS = (
    ("lion", "lion:Lion", "arXiv:2302.06675", "The sign of a momentum."),
    ("lamb", "lamb:LAMB", "arXiv:1904.00962", "Adam, as long as the layer's weights allow."),
    ("lars", "lars:LARS", "arXiv:1708.03888", "SGD, as long as the layer's weights allow."),
    ("adan", "adan:Adan", "arXiv:2208.06677", "Adam with Nesterov's look at the gradient to come."),
    (
        "adabelief",
        "adabelief:AdaBelief",
        "arXiv:2010.07468",
        "Momentum, divided by how far gradients are from it.",
    ),
    (
        "sophia_g",
        "sophia_g:SophiaG",
        "arXiv:2305.14342",
        "Momentum, divided by an estimate of the curvature, clipped.",
    ),
    ("prodigy", "prodigy:Prodigy", "arXiv:2306.06101", "Adam that finds its own learning rate."),
    (
        "schedule_free_sgd",
        "schedule_free_sgd:ScheduleFreeSGD",
        "arXiv:2405.15682",
        "SGD with an average in the place of a schedule.",
    ),
    (
        "schedule_free_adamw",
        "schedule_free_adamw:ScheduleFreeAdamW",
        "arXiv:2405.15682",
        "AdamW with an average in the place of a schedule.",
    ),
    ("soap", "soap:SOAP", "arXiv:2409.11321", "Adam in the eigenbasis of Shampoo."),
    (
        "lookahead",
        "lookahead:Lookahead",
        "arXiv:1907.08610",
        "Slow weights that follow those of another optimizer.",
    ),
    (
        "sam",
        "sam:SAM",
        "arXiv:2010.01412",
        "Another optimizer, by the gradient of the worst place nearby.",
    ),
)


@hookimpl
def plugtorch_losses() -> Iterator[LossSpec]:
    """One record for each loss."""
    for name, target, reference, summary in _LOSSES:
        yield LossSpec(
            name=name, target=f"plugtorch_extras.{target}", summary=summary, reference=reference
        )


@hookimpl
def plugtorch_optimizers() -> Iterator[OptimizerSpec]:
    """One record for each optimizer."""
    for name, target, reference, summary in _OPTIMIZERS:
        yield OptimizerSpec(
            name=name, target=f"plugtorch_extras.{target}", summary=summary, reference=reference
        )
