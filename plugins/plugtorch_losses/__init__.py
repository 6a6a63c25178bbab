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
    ("kl_div", "divergence:KLDivLoss", (), "Kullback-Leibler divergence, from log-probabilities."),
    (
        "poisson_nll",
        "likelihood:PoissonNLLLoss",
        ("poisson_nll_loss",),
        "Likelihood of a count.",
    ),
    (
        "gaussian_nll",
        "likelihood:GaussianNLLLoss",
        ("gaussian_nll_loss",),
        "Likelihood of a number, from its mean and variance.",
    ),
    (
        "hinge_embedding",
        "margin:HingeEmbeddingLoss",
        ("hinge_embedding_loss",),
        "Alike or not, from a distance.",
    ),
    (
        "margin_ranking",
        "margin:MarginRankingLoss",
        ("margin_ranking_loss",),
        "Which of two is larger.",
    ),
    ("soft_margin", "margin:SoftMarginLoss", ("soft_margin_loss",), "Two classes, -1 and 1."),
    (
        "multi_margin",
        "multi_margin:MultiMarginLoss",
        ("multi_margin_loss",),
        "The right class ahead of the others.",
    ),
    (
        "multi_label_margin",
        "multi_margin:MultiLabelMarginLoss",
        ("multilabel_margin_loss",),
        "Several right classes ahead of the others.",
    ),
    (
        "multi_label_soft_margin",
        "multi_label:MultiLabelSoftMarginLoss",
        ("multilabel_soft_margin_loss",),
        "Several classes, each from a logit.",
    ),
    (
        "cosine_embedding",
        "embedding:CosineEmbeddingLoss",
        ("cosine_embedding_loss",),
        "Two vectors alike or not, by their angle.",
    ),
    (
        "triplet_margin",
        "embedding:TripletMarginLoss",
        ("triplet_margin_loss",),
        "An anchor nearer to its like than to others.",
    ),
    (
        "triplet_margin_with_distance",
        "embedding:TripletMarginWithDistanceLoss",
        ("triplet_margin_with_distance_loss",),
        "TripletMargin with a distance of one's own.",
    ),
    ("ctc", "ctc:CTCLoss", ("ctc_loss",), "A sequence of labels from a longer one of frames."),
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
