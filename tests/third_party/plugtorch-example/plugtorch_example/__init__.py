"""What this plugin offers. Listing plugins imports this module, so it imports only the records."""

from collections.abc import Iterator

from plugtorch.hookspecs import LossSpec, OptimizerSpec, hookimpl


@hookimpl
def plugtorch_losses() -> Iterator[LossSpec]:
    """One loss."""
    yield LossSpec(
        name="poly",
        target="plugtorch_example.poly:PolyLoss",
        summary="Cross-entropy, and a little more on what is still uncertain.",
        reference="arXiv:2204.12511",
    )


@hookimpl
def plugtorch_optimizers() -> Iterator[OptimizerSpec]:
    """One optimizer."""
    yield OptimizerSpec(
        name="signum",
        target="plugtorch_example.signum:Signum",
        summary="The sign of a momentum.",
        reference="arXiv:1802.04434",
    )
