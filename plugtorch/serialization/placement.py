"""``map_location``: where the tensors of a file go."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plugtorch.device import device
from plugtorch.errors import DeviceError, UnknownNameError
from plugtorch.tensor import Tensor

MapLocation = str | device | Mapping[str, str | device] | Callable[[Tensor, str], Tensor | None]


def place(tensor: Tensor, name: str, saved: str, chosen: MapLocation | None) -> Tensor:
    """A tensor on the CPU, moved to where ``chosen`` says, or back to where it was saved from.

    Raises DeviceError if that device is not here.
    """
    if callable(chosen):
        result = chosen(tensor, saved)
        return tensor if result is None else result
    if isinstance(chosen, Mapping):
        chosen = chosen.get(saved)
    if chosen is not None:
        return tensor.to(chosen)
    try:
        return tensor.to(saved)
    except (DeviceError, UnknownNameError) as error:
        raise DeviceError(
            f"[load] the tensor {name!r} was saved from {saved!r}, which is not available: "
            f'{error} Pass map_location="cpu" to load it on the CPU.'
        ) from error
