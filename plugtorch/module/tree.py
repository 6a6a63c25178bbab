"""Going through a module and what it is made of: by name, or one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugtorch.module.module import Module
    from plugtorch.module.parameter import Parameter
    from plugtorch.tensor import Tensor


class Tree:
    """The part of Module that is about finding its parameters, buffers and submodules."""

    _modules: dict[str, Module | None]

    # -- looking up --------------------------------------------------------------------------------

    def get_submodule(self, target: str) -> Module:
        """The submodule with a dotted name such as ``"encoder.0"``; "" is the module itself. Raises
        AttributeError.
        """
        module: Tree = self
        for name in target.split(".") if target else ():
            found = getattr(module, name, None)
            if not isinstance(found, Tree):
                raise AttributeError(
                    f"[get_submodule] {type(module).__name__} has no submodule {name!r} "
                    f"({target!r})."
                )
            module = found
        return module  # type: ignore[return-value]

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with a dotted name such as "encoder.0.weight". Raises AttributeError."""
        return self._get("_parameters", target, "parameter")

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with a dotted name. Raises AttributeError."""
        return self._get("_buffers", target, "buffer")

    def _get(self, kind: str, target: str, what: str) -> Any:
        path, _, name = target.rpartition(".")
        try:
            module = self.get_submodule(path)
        except AttributeError as error:
            raise AttributeError(f"[get_{what}] there is no {what} {target!r}: {error}") from None
        found = module.__dict__[kind].get(name)
        if found is None:
            raise AttributeError(
                f"[get_{what}] {type(module).__name__} has no {what} {name!r} ({target!r})."
            )
        return found

    # -- going through -----------------------------------------------------------------------------

    def _named(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in modules if recurse else [(prefix, self)]:
            for name, value in module.__dict__[kind].items():
                if value is None or id(value) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(value))
                yield (f"{path}.{name}" if path else name), value

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every parameter once, the submodules' too."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its dotted name. remove_duplicate: one that has several names comes
        once.
        """
        return self._named("_parameters", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Every buffer once, the submodules' too."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Every buffer with its dotted name."""
        return self._named("_buffers", prefix, recurse, remove_duplicate)

    def children(self) -> Iterator[Module]:
        """The direct submodules, each once."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct submodules with their names, each once."""
        seen: set[int] = set()
        for name, module in self._modules.items():
            if module is not None and id(module) not in seen:
                seen.add(id(module))
                yield name, module

    def modules(self) -> Iterator[Module]:
        """The module itself and every submodule at any depth, each once."""
        for _, module in self.named_modules():
            yield module

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """The module itself (under ``prefix``) and every submodule with its dotted name."""
        me: Any = self
        memo = set() if memo is None else memo
        if me in memo:
            return
        if remove_duplicate:
            memo.add(me)
        yield prefix, me
        for name, module in self._modules.items():
            if module is not None:
                path = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, path, remove_duplicate)
