"""A module on several devices or in several processes, of which there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.errors import ArgumentError, StateError
from plugtorch.module import Module


class DataParallel(Module):
    """Calls its module, on the device where that is; so that scripts written for several run.

    module: any. device_ids: None, or one device.

    Raises ArgumentError for several devices.

    >>> import plugtorch
    >>> list(DataParallel(plugtorch.nn.Linear(2, 1)).state_dict())
    ['module.weight', 'module.bias']

    As torch.nn.DataParallel.
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        _one("DataParallel", device_ids)
        self.module = module
        self.device_ids = [] if device_ids is None else list(device_ids)
        self.output_device = output_device
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Any = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """The module's outputs, computed where it is.

    Raises ArgumentError for several devices.

    As torch.nn.parallel.data_parallel.
    """
    _one("data_parallel", device_ids)
    return module(*(inputs if isinstance(inputs, tuple) else (inputs,)), **(module_kwargs or {}))


def _one(name: str, device_ids: Sequence[Any] | None) -> None:
    if device_ids is not None and len(device_ids) > 1:
        raise ArgumentError(
            f"[{name}] works on one device, got {len(device_ids)}: {list(device_ids)}."
        )


class DistributedDataParallel(Module):
    """For scripts that name it, and are not started as one of several processes.

    Raises StateError: there is one process. As torch.nn.parallel.DistributedDataParallel.
    """

    def __init__(self, module: Module, device_ids: Any = None, **_: Any) -> None:
        raise StateError(
            "[DistributedDataParallel] there is one process. Leave the model as it is."
        )
