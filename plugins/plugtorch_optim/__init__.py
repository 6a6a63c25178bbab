"""The optimizers that come with plugtorch: records only, so that listing them imports none."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch.hookspecs import OptimizerSpec, hookimpl

# name, class, summary, paper
_OPTIMIZERS = (
    ("sgd", "sgd:SGD", "Gradient descent, with momentum.", ""),
    (
        "rmsprop",
        "rmsprop:RMSprop",
        "Steps divided by a running size of the gradient.",
        "Hinton (2012)",
    ),
    (
        "adagrad",
        "adagrad:Adagrad",
        "Steps divided by the size of all gradients so far.",
        "Duchi (2011)",
    ),
    ("adam", "adam:Adam", "Momentum divided by a running size of the gradient.", "arXiv:1412.6980"),
    ("adamw", "adam:AdamW", "Adam with weight decay of its own.", "arXiv:1711.05101"),
    (
        "adamax",
        "adamax:Adamax",
        "Momentum divided by the largest gradient of late.",
        "arXiv:1412.6980",
    ),
    ("nadam", "nadam:NAdam", "Adam that looks ahead along its momentum.", "Dozat (2016)"),
    ("radam", "radam:RAdam", "Adam that begins as plain momentum.", "arXiv:1908.03265"),
    ("adadelta", "adadelta:Adadelta", "Steps as long as the last ones were.", "arXiv:1212.5701"),
    ("adafactor", "adafactor:Adafactor", "Adam with a small memory.", "arXiv:1804.04235"),
    ("rprop", "rprop:Rprop", "Steps by the gradient's sign alone.", "Riedmiller (1993)"),
    ("asgd", "asgd:ASGD", "Gradient descent, and the mean of its way.", "Polyak (1992)"),
    ("lbfgs", "lbfgs:LBFGS", "Newton's method from past gradients.", "Liu and Nocedal (1989)"),
    ("muon", "muon:Muon", "Momentum of a matrix, made orthogonal.", "Jordan (2024)"),
)


@hookimpl
def plugtorch_optimizers() -> Iterator[OptimizerSpec]:
    """One record for each."""
    for name, target, summary, paper in _OPTIMIZERS:
        as_in = f"torch.optim.{target.partition(':')[2]}"
        yield OptimizerSpec(
            name=name,
            target=f"plugtorch_optim.{target}",
            summary=summary,
            reference=f"{paper}; {as_in}" if paper else as_in,
        )
