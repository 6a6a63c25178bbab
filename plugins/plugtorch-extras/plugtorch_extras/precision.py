"""Half precision is too little to add many things up in."""

from __future__ import annotations

from plugtorch import Tensor


def widened(tensor: Tensor) -> Tensor:
    """``tensor``, in float32 if it is of half precision.

    >>> import plugtorch
    >>> widened(plugtorch.ones(2, dtype=plugtorch.float16)).dtype
    plugtorch.float32
    """
    dtype = tensor.dtype
    return tensor.float() if dtype.is_floating_point and dtype.itemsize == 2 else tensor
