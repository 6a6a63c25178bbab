"""Modules that hold modules."""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Self

from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError
from plugtorch.module import Module, indent


def position(name: str, index: Any, size: int) -> int:
    """A position in a container of ``size``, negative ones counted from the end."""
    place = operator.index(index)
    if not -size <= place < size:
        raise IndexRangeError(f"[{name}] position {place} is outside a container of {size}.")
    return place % size


class _Ordered(Module):
    """Submodules named "0", "1", ... or, in a Sequential, anything; what Sequential and ModuleList
    share.
    """

    _modules: dict[str, Module]  # type: ignore[assignment]

    def _name(self, index: Any) -> str:
        return list(self._modules)[position(type(self).__name__, index, len(self._modules))]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)[index] if isinstance(index, slice) else [self._name(index)]
        for name in names:
            delattr(self, name)
        if self._numbered():
            self._renumber(list(self))

    def _numbered(self) -> bool:
        return all(name.isdigit() for name in self._modules)

    def _renumber(self, modules: Iterable[Module]) -> None:
        self._modules = {str(i): module for i, module in enumerate(modules)}

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before position ``index``; the names, which must be numbers, move up."""
        size = len(self)
        if not -size <= index <= size:
            raise IndexRangeError(f"[insert] position {index} is outside a container of {size}.")
        if not self._numbered():
            raise ArgumentError(
                f"[insert] the modules have names of their own: {', '.join(self._modules)}. Build "
                "a new container."
            )
        modules = list(self)
        self.append(module)  # refuses what is no module
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, index: int | slice = -1) -> Any:
        """Take a module out and return it."""
        module = self[index]  # type: ignore[index]
        del self[index]
        return module


class Sequential(_Ordered):
    """Modules called one after the other, each with what the one before returned.

    args: modules, or one OrderedDict of names and modules. A slice is a Sequential too.

    >>> import plugtorch
    >>> nn = plugtorch.nn
    >>> nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1))[:2]
    Sequential(
      (0): Linear(in_features=2, out_features=8, bias=True)
      (1): ReLU()
    )

    As torch.nn.Sequential.
    """

    def __init__(self, *args: Module | OrderedDict[str, Module]) -> None:
        super().__init__()
        named: Any = {str(i): module for i, module in enumerate(args)}
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            named = args[0]
        for name, module in named.items():
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)
        return input

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self, *_sequential("+", other))

    def __iadd__(self, other: Sequential) -> Self:
        return self.extend(_sequential("+=", other))

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*list(self) * _times(times))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        modules = list(self)
        for _ in range(_times(times) - 1):
            self.extend(modules)
        return self


def _sequential(operation: str, other: Any) -> Sequential:
    if not isinstance(other, Sequential):
        raise ArgumentError(
            f"[Sequential] {operation} needs another Sequential, got {type(other).__name__}. "
            "Use append for one module."
        )
    return other


def _times(times: Any) -> int:
    if not isinstance(times, int):
        raise DTypeError(f"[Sequential] * needs a whole number, got {type(times).__name__}.")
    if times <= 0:
        raise ArgumentError(f"[Sequential] * needs a positive number, got {times}.")
    return times


class ModuleList(_Ordered):
    """A list of modules, all registered. It has no forward: call the modules yourself.

    >>> import plugtorch
    >>> layers = plugtorch.nn.ModuleList(plugtorch.nn.Linear(4, 4) for _ in range(3))
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
    )

    As torch.nn.ModuleList.
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self._modules.values())[index])
        return self._modules[self._name(index)]

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end."""
        if not isinstance(modules, Iterable):
            raise DTypeError(
                f"[ModuleList] needs modules one after the other, got {type(modules).__name__}."
            )
        return super().extend(modules)

    def __repr__(self) -> str:
        """Equal neighbours are written once, with their number."""
        lines = []
        numbered = enumerate(repr(module) for module in self)
        for text, group in groupby(numbered, key=lambda pair: pair[1]):
            places = [place for place, _ in group]
            if len(places) == 1:
                lines.append(f"({places[0]}): {indent(text)}")
            else:
                lines.append(f"({places[0]}-{places[-1]}): {len(places)} x {indent(text)}")
        inside = "\n  " + "\n  ".join(lines) + "\n" if lines else ""
        return f"{self._get_name()}({inside})"


class ModuleDict(Module):
    """Modules by name, all registered. It has no forward: call the modules yourself.

    modules: a mapping, or pairs of name and module.

    >>> import plugtorch
    >>> heads = plugtorch.nn.ModuleDict({"age": plugtorch.nn.Linear(8, 1)})
    >>> list(heads.keys()), "age" in heads
    (['age'], True)

    As torch.nn.ModuleDict.
    """

    _modules: dict[str, Module]  # type: ignore[assignment]

    def __init__(
        self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]] | None = None
    ) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Module:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take every module out."""
        self._modules.clear()

    def pop(self, key: str) -> Module:
        """Take a module out and return it."""
        return self._modules.pop(key)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def items(self) -> Iterable[tuple[str, Module]]:
        """Names and modules."""
        return self._modules.items()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, in place of those of the same name."""
        for key, module in pairs("ModuleDict", modules):
            self[key] = module


def pairs(name: str, given: Any) -> list[tuple[str, Any]]:
    """Names and values from a mapping or from pairs."""
    if isinstance(given, (Mapping, ModuleDict)):
        return list(given.items())
    if not isinstance(given, Iterable):
        raise DTypeError(f"[{name}] needs a mapping or pairs, got {type(given).__name__}.")
    result = []
    for i, pair in enumerate(given):
        if not isinstance(pair, Iterable):
            raise DTypeError(
                f"[{name}] element {i} is a {type(pair).__name__}, needed a name and a value."
            )
        pair = tuple(pair)
        if len(pair) != 2:
            raise ArgumentError(
                f"[{name}] element {i} has {len(pair)} parts, needed a name and a value."
            )
        result.append(pair)
    return result
