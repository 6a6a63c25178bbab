"""PyTorch's torch.types: names for annotations."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import TypeAlias

from plugtorch.device import device
from plugtorch.dtypes import dtype
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size

__all__ = ["Device", "FileLike", "Number", "Tensor", "device", "dtype"]

Number: TypeAlias = builtins.int | builtins.float | builtins.bool
Device: TypeAlias = device | str | builtins.int | None
FileLike: TypeAlias = str | os.PathLike[str]
_dtype: TypeAlias = dtype
_device: TypeAlias = device
_size: TypeAlias = Size | list[builtins.int] | tuple[builtins.int, ...]
_int, _float, _bool = builtins.int, builtins.float, builtins.bool
_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
