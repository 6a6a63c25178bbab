"""Parameters and buffers whose shape is not known yet."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.errors import StateError
from plugtorch.module.parameter import Buffer, Parameter
from plugtorch.storage import Storage, TensorBase
from plugtorch.tensor.axes import Size, shape_of
from plugtorch.tensor.creation import empty

_BOX: Any = vars(TensorBase)["storage"]  # the slot behind the property below


class _Uninitialized:
    """What both have. Materialized, they are of the class that they stand for.

    Until then their box, which is empty, is hidden from whatever would compute with it.
    """

    dtype: Any
    cls_to_become: Any

    def _refused(self) -> StateError:
        return StateError(
            f"[{type(self).__name__}] has no shape yet, and no values. Call materialize(shape), or "
            "call the module that it belongs to."
        )

    @property
    def storage(self) -> Storage:
        """There is none to compute with."""
        raise self._refused()

    @storage.setter
    def storage(self, box: Storage) -> None:
        _BOX.__set__(self, box)

    @property
    def shape(self) -> Size:
        """There is none yet."""
        raise self._refused()

    @property
    def device(self) -> Any:
        """Where it will be."""
        return _BOX.__get__(self).backend.device

    @property
    def data(self) -> Any:
        """An empty tensor. Settable to another, which says the device and dtype."""
        return empty(0, device=self.device, dtype=self.dtype)

    @data.setter
    def data(self, other: Any) -> None:
        if shape_of(other) != (0,):
            raise self._refused()
        self.storage, self.dtype = other.storage, other.dtype

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Take on a shape, with arbitrary values, and perhaps another device and dtype."""
        data = empty(shape, device=device or self.device, dtype=dtype or self.dtype)
        self.__class__ = self.cls_to_become
        self.data = data

    def detach(self) -> Self:
        """Itself, so that it stays what it is in a state_dict."""
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class UninitializedParameter(_Uninitialized, Parameter):  # type: ignore[misc]
    """A parameter that takes its shape from the first input of its module.

    Raises StateError when asked for its shape, or computed with.

    >>> parameter = UninitializedParameter()
    >>> parameter.materialize((2, 3))
    >>> parameter.shape
    plugtorch.Size([2, 3])

    As torch.nn.UninitializedParameter.
    """

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Self:
        """One without values."""
        data = empty(0, device=device, dtype=dtype)
        return Parameter.__new__(cls, data, requires_grad)

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        pass  # __new__ has done it all

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self.requires_grad, self.device, self.dtype)


class UninitializedBuffer(_Uninitialized, Buffer):  # type: ignore[misc]
    """A buffer that takes its shape from the first input of its module.

    Raises StateError when asked for its shape, or computed with. As torch.nn.UninitializedBuffer.
    """

    cls_to_become = Buffer

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> Self:
        """One without values."""
        data = empty(0, device=device, dtype=dtype)
        result = Buffer.__new__(cls, data, persistent=persistent)
        result.requires_grad_(requires_grad)
        return result

    def __init__(
        self,
        requires_grad: bool = False,
        device: Any = None,
        dtype: Any = None,
        persistent: bool = True,
    ) -> None:
        pass  # __new__ has done it all

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(self.requires_grad, self.device, self.dtype, self.persistent)


def is_lazy(value: Any) -> bool:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(value, _Uninitialized)
