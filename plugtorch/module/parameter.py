"""Parameter and Buffer: tensors that a Module registers when they are assigned to it."""

from __future__ import annotations

import copy
from typing import Any, Self

from plugtorch.errors import DTypeError
from plugtorch.storage import share
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


def _alias(cls: type[Any], data: Tensor | None) -> Any:
    """A leaf of class ``cls`` that shares the storage of ``data``."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise DTypeError(
            f"[{cls.__name__}] needs a tensor, got {type(data).__name__}. "
            "Make one with plugtorch.tensor(...)."
        )
    result = share(data)
    result.__class__ = cls
    return result


class Parameter(Tensor):
    """A tensor that is learned: assigned to a Module, it is in ``module.parameters()``.

    data: any tensor; its storage is shared, its graph is not. requires_grad: False freezes it.

    Raises DTypeError for what is no tensor, and for whole numbers unless requires_grad is False.

    >>> import plugtorch
    >>> plugtorch.nn.Parameter(plugtorch.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)

    As torch.nn.Parameter.
    """

    def __new__(cls, data: Tensor | None = None, requires_grad: bool = True) -> Self:
        """A leaf that shares the storage of ``data``."""
        result: Self = _alias(cls, data)
        result.requires_grad_(requires_grad)
        return result

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        pass  # __new__ has done it all

    def __repr__(self) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # the gradient stays behind, as in PyTorch
        copied = type(self)(self.detach().clone(), self.requires_grad)
        copied.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return copied


class Buffer(Tensor):
    """A tensor that is state but not learned; assigned to a Module, it is in ``module.buffers()``.

    data: any tensor; its storage is shared. persistent: whether it is part of ``state_dict``.

    As torch.nn.Buffer.
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        """A tensor that shares the storage of ``data``."""
        result: Self = _alias(cls, data)
        result.persistent = persistent
        return result

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        pass  # __new__ has done it all
