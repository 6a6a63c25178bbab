"""PyTorch's own samples of calls (OpInfo), given to PyTorch and to plugtorch."""

from __future__ import annotations

import warnings
from typing import Any

with warnings.catch_warnings():  # that hypothesis is not installed
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_methods_invocations import op_db

OPS: list[Any] = op_db
