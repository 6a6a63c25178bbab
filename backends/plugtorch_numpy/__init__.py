"""The NumPy backend: what every primitive means. This module only announces it and imports fast."""

from collections.abc import Iterable

from plugtorch.hookspecs import BackendSpec, hookimpl


@hookimpl
def plugtorch_backends() -> Iterable[BackendSpec]:
    """The device "cpu", always there."""
    yield BackendSpec(
        name="cpu",
        aliases=("numpy",),
        target="plugtorch_numpy.backend:NumpyBackend",
        summary="NumPy on the host's processor.",
        reference="torch.device('cpu')",
    )
