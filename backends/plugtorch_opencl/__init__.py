"""The OpenCL backend: any OpenCL 1.2 device. This module only announces it and imports fast."""

from collections.abc import Iterable

from plugtorch.hookspecs import BackendSpec, hookimpl


@hookimpl
def plugtorch_backends() -> Iterable[BackendSpec]:
    """The device "opencl", wherever pyopencl finds a driver."""
    yield BackendSpec(
        name="opencl",
        target="plugtorch_opencl.backend:OpenCLBackend",
        summary="Graphics cards and processors of every make, through OpenCL.",
        reference="torch.device('cuda')",
    )
