"""PyTorch's older names, for "cuda": they warn that there is none, and do nothing."""

from __future__ import annotations

import functools
from typing import Any

from plugtorch import amp
from plugtorch.dtypes import dtype as DType
from plugtorch.dtypes import float16

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(amp.autocast):  # noqa: N801 - PyTorch's name
    """``amp.autocast("cuda", ...)``. Source: torch.cuda.amp.autocast."""

    def __init__(
        self, enabled: bool = True, dtype: DType = float16, cache_enabled: bool = True
    ) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """``amp.GradScaler("cuda", ...)``. Source: torch.cuda.amp.GradScaler."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("cuda", *args, **kwargs)


custom_fwd = functools.partial(amp.custom_fwd, device_type="cuda")
custom_bwd = functools.partial(amp.custom_bwd, device_type="cuda")
