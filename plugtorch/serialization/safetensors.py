"""safetensors files as the package ``safetensors.torch`` reads and writes them: dicts of tensors.

``plugtorch.save`` and ``load`` use the same format and keep nesting, numbers and texts too; these
functions are for the exchange with other programs, and for scripts that call them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy

from plugtorch.device import device as Device
from plugtorch.errors import ArgumentError
from plugtorch.module import Module
from plugtorch.serialization.decode import read
from plugtorch.serialization.files import write_atomically
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import from_numpy

__all__ = ["load", "load_file", "load_model", "save", "save_file", "save_model"]

Path = str | os.PathLike[str]


def save(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """The content of a safetensors file with these tensors.

    metadata: texts by name. Raises ArgumentError for anything but a dict of tensors by text.

    >>> import plugtorch
    >>> from plugtorch.serialization import safetensors
    >>> safetensors.load(safetensors.save({"x": plugtorch.ones(2)}))
    {'x': tensor([1., 1.])}

    Source: safetensors.torch.save.
    """
    from safetensors.numpy import save as to_bytes

    if not isinstance(tensors, Mapping):
        raise ArgumentError(
            f"[safetensors.save] needs a dict of tensors, got {type(tensors).__name__}."
        )
    arrays = {}
    for name, tensor in tensors.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ArgumentError(
                f"[safetensors.save] needs tensors by name, got {name!r}: {type(tensor).__name__}. "
                "plugtorch.save takes nested state."
            )
        arrays[name] = numpy.asarray(tensor.detach().cpu().numpy(), order="C")
    return to_bytes(arrays, metadata=dict(metadata) if metadata else None)


def save_file(
    tensors: Mapping[str, Tensor], filename: Path, metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors to a file, whole or not at all. Source: safetensors.torch.save_file."""
    write_atomically(filename, save(tensors, metadata))


def load(data: bytes, device: str | Device = "cpu") -> dict[str, Tensor]:
    """The tensors in the content of a safetensors file. Source: safetensors.torch.load.

    Raises CheckpointError for a file that is damaged or of another kind.
    """
    return _tensors(data, "the data", device)


def load_file(filename: Path, device: str | Device = "cpu") -> dict[str, Tensor]:
    """The tensors of a safetensors file, on a device. Source: safetensors.torch.load_file.

    Raises CheckpointError for a file that is damaged or of another kind.
    """
    with open(filename, "rb") as file:
        return _tensors(file.read(), os.fspath(filename), device)


def _tensors(content: bytes, name: str, device: str | Device) -> dict[str, Tensor]:
    arrays, _ = read(content, name)
    return {key: from_numpy(array).to(device) for key, array in arrays.items()}


def save_model(model: Module, filename: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write a module's state_dict. Source: safetensors.torch.save_model."""
    save_file(model.state_dict(), filename, metadata)


def load_model(
    model: Module, filename: Path, strict: bool = True, device: str | Device = "cpu"
) -> tuple[list[Any], list[Any]]:
    """Load a state_dict's file into a module; the names that one side lacked.

    Source: safetensors.torch.load_model.
    """
    missing, unexpected = model.load_state_dict(load_file(filename, device), strict)
    return missing, unexpected
