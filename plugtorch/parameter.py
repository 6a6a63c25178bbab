"""Parameter and Buffer: tensors that a Module registers when they are assigned to it."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.creation import empty
from plugtorch.errors import DTypeError
from plugtorch.storage import share
from plugtorch.tensor import Tensor

_SLOTS = ("storage", "dtype", "view", "node", "tracked")


def _alias(cls: type[Any], data: Tensor | None) -> Any:
    """A leaf of class ``cls`` that shares the storage of ``data``."""
    if data is None:
        data = empty(0)
    if not isinstance(data, Tensor):
        raise DTypeError(
            f"[{cls.__name__}] needs a tensor, got {type(data).__name__}. "
            "Make one with plugtorch.tensor(...)."
        )
    shared = share(data)
    result = object.__new__(cls)
    for slot in _SLOTS:
        setattr(result, slot, getattr(shared, slot))
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
        result: Self = _alias(cls, data)
        result.requires_grad_(requires_grad)
        return result

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        pass  # __new__ has done it all

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            copy = type(self)(self.detach().clone(), self.requires_grad)
            copy.__dict__.update(self.__dict__)
            memo[id(self)] = copy
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.detach(), self.requires_grad)


class Buffer(Tensor):
    """A tensor that is state but not learned; assigned to a Module, it is in ``module.buffers()``.

    data: any tensor; its storage is shared. persistent: whether it is part of ``state_dict``.

    As torch.nn.Buffer.
    """

    persistent: bool

    def __new__(cls, data: Tensor | None = None, *, persistent: bool = True) -> Self:
        result: Self = _alias(cls, data)
        result.persistent = persistent
        return result

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        pass  # __new__ has done it all

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.detach().clone(), persistent=self.persistent)
        return memo[id(self)]  # type: ignore[no-any-return]

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _buffer, (self.detach(), self.persistent)


def _buffer(data: Tensor, persistent: bool) -> Buffer:
    return Buffer(data, persistent=persistent)
