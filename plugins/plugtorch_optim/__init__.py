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
