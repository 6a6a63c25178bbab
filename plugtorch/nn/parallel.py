"""A module on several devices, of which there is one."""

from __future__ import annotations

from typing import Any

from plugtorch.errors import ArgumentError
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
        if device_ids is not None and len(device_ids) > 1:
            raise ArgumentError(
                f"[DataParallel] works on one device, got {len(device_ids)}: {device_ids}."
            )
        self.module = module
        self.device_ids = [] if device_ids is None else list(device_ids)
        self.output_device = output_device
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        return self.module(*inputs, **kwargs)
