"""Modules that hold parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from plugtorch.errors import DTypeError
from plugtorch.module import Module, Parameter
from plugtorch.nn.containers import pairs, position
from plugtorch.tensor import Tensor


def _as_parameter(value: Any) -> Any:
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        return Parameter(value)
    return value


def _described(value: Any) -> str:
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else type(value).__name__
    size = "x".join(str(n) for n in value.shape)
    where = "" if value.device.type == "cpu" else f" ({value.device})"
    return f"{kind} containing: [{value.dtype} of size {size}{where}]"


def _listed(container: Module, items: Iterable[tuple[Any, Any]]) -> str:
    lines = [f"    ({key}): {_described(value)}\n" for key, value in items]
    inside = "\n" + "".join(lines) if lines else ""
    return f"{type(container).__name__}({inside})"


class ParameterList(Module):
    """A list of parameters, all registered. Tensors that are put in become parameters.

    >>> import plugtorch
    >>> plugtorch.nn.ParameterList([plugtorch.zeros(3), plugtorch.ones(2, 2)])
    ParameterList(
        (0): Parameter containing: [plugtorch.float32 of size 3]
        (1): Parameter containing: [plugtorch.float32 of size 2x2]
    )

    As torch.nn.ParameterList.
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, str(position("ParameterList", index, self._size)))

    def __setitem__(self, index: int, value: Any) -> None:
        name = str(position("ParameterList", index, self._size))
        setattr(self, name, _as_parameter(value))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([getattr(self, str(i)) for i in range(self._size)])

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.isdigit()]

    def append(self, value: Any) -> Self:
        """Add a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add values at the end."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise DTypeError(
                f"[ParameterList] needs values one after the other, got {type(values).__name__}. "
                "Use append for one."
            )
        for value in list(values):
            self.append(value)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise DTypeError("[ParameterList] cannot be called. Use the parameters in it.")

    def __repr__(self) -> str:
        return _listed(self, enumerate(self))


class ParameterDict(Module):
    """Parameters by name, all registered. Tensors that are put in become parameters.

    parameters: a mapping, or pairs of name and value.

    >>> import plugtorch
    >>> weights = plugtorch.nn.ParameterDict({"left": plugtorch.zeros(3)})
    >>> weights["left"].requires_grad
    True

    As torch.nn.ParameterDict.
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._names: dict[str, None] = {}  # in the order of insertion
        if parameters is not None:
            self.update(parameters)

    def _attribute(self, key: str) -> str:
        if not isinstance(key, str):
            raise DTypeError(f"[ParameterDict] needs a name, got {type(key).__name__}.")
        return key

    def __getitem__(self, key: str) -> Any:
        if key not in self._names:
            raise KeyError(key)
        return getattr(self, self._attribute(key))

    def __setitem__(self, key: str, value: Any) -> None:
        self._names[self._attribute(key)] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key: str) -> None:
        del self._names[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._names))

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._names))

    def __contains__(self, key: object) -> bool:
        return key in self._names

    def copy(self) -> ParameterDict:
        """Another ParameterDict with the same parameters."""
        return ParameterDict(dict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of a name; if there is none, ``default`` becomes it."""
        if key not in self._names:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Take every value out."""
        for key in list(self._names):
            del self[key]

    def pop(self, key: str) -> Any:
        """Take a value out and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the newest name and value out and return them."""
        key = next(reversed(self._names))
        return key, self.pop(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a name, or ``default``."""
        return self[key] if key in self._names else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A ParameterDict with ``default`` for every name."""
        return ParameterDict((key, default) for key in keys)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._names.keys()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Names and values."""
        return [(key, self[key]) for key in self._names]

    def values(self) -> Iterable[Any]:
        """The values."""
        return [self[key] for key in self._names]

    def update(self, parameters: Any) -> None:
        """Add values, in place of those of the same name."""
        if isinstance(parameters, ParameterDict):
            parameters = dict(parameters.items())
        for key, value in pairs("ParameterDict", parameters):
            self[key] = value

    def __or__(self, other: Mapping[str, Any] | ParameterDict) -> ParameterDict:
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: Mapping[str, Any] | ParameterDict) -> ParameterDict:
        merged = ParameterDict(other)
        merged.update(self)
        return merged

    def __ior__(self, other: Mapping[str, Any] | ParameterDict) -> Self:
        self.update(other)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise DTypeError("[ParameterDict] cannot be called. Use the parameters in it.")

    def __repr__(self) -> str:
        return _listed(self, self.items())
