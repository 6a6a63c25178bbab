"""Parameters that are computed from others: PyTorch's torch.nn.utils.parametrize.

A parametrized module is of a class of its own, derived from the one it had, in which each
parametrized tensor is a property that computes it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, StateError
from plugtorch.module import Buffer, Module, Parameter
from plugtorch.nn.containers import ModuleDict, ModuleList
from plugtorch.tensor import Tensor


class _Cache:
    depth = 0
    found: dict[tuple[int, str], Tensor] = {}


@contextmanager
def cached() -> Iterator[None]:
    """Within it each parametrized tensor is computed once.

    >>> import plugtorch
    >>> from plugtorch.nn.utils import parametrizations
    >>> layer = parametrizations.weight_norm(plugtorch.nn.Linear(2, 2))
    >>> with cached():
    ...     layer.weight is layer.weight
    True

    Source: torch.nn.utils.parametrize.cached.
    """
    _Cache.depth += 1
    try:
        yield
    finally:
        _Cache.depth -= 1
        if not _Cache.depth:
            _Cache.found = {}


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and the tensors that it is computed from.

    Those are ``original``, or ``original0``, ``original1`` ... if the first parametrization's
    right_inverse gives several.

    Raises ArgumentError for parametrizations that change shape or dtype, unless unsafe is True.

    Source: torch.nn.utils.parametrize.ParametrizationList.
    """

    original: Any

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if not modules:
            raise ArgumentError("[ParametrizationList] needs at least one parametrization.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, kind = original.shape, original.dtype
        new = self._inverted(original, strict=False)
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if self.is_tensor:
            _same("right_inverse", new, dtype=kind)
            original.data = new.detach()
            _register(self, "original", original)
        else:
            for i, part in enumerate(new):
                if isinstance(original, Parameter):
                    part = Parameter(part.detach().clone(), original.requires_grad)
                _register(self, f"original{i}", part)
        if not unsafe:
            _same("register_parametrization", self(), dtype=kind, shape=shape)

    def _inverted(self, value: Any, strict: bool) -> Any:
        with no_grad():
            for module in reversed(list(self)):
                inverse: Any = getattr(module, "right_inverse", None)
                if inverse is None and strict:
                    raise StateError(
                        f"[parametrize] {type(module).__name__} has no right_inverse, so the "
                        "tensor cannot be assigned to."
                    )
                try:
                    value = value if inverse is None else inverse(value)
                except NotImplementedError:
                    if strict:
                        raise
        several = isinstance(value, Sequence) and all(isinstance(v, Tensor) for v in value)
        if not several and not isinstance(value, Tensor):
            raise ArgumentError(
                "[parametrize] right_inverse must give a tensor or a sequence of tensors, got "
                f"{type(value).__name__}."
            )
        return value

    def right_inverse(self, value: Tensor) -> None:
        """Change what the tensor is computed from so that it becomes ``value``."""
        new = self._inverted(value, strict=True)
        parts = [new] if isinstance(new, Tensor) else list(new)
        if isinstance(new, Tensor) != self.is_tensor or len(parts) != self.ntensors:
            raise ArgumentError(
                f"[parametrize] right_inverse gave {len(parts)} tensors, needed {self.ntensors}."
            )
        for name, part in zip(self._names(), parts):
            original = getattr(self, name)
            _same("right_inverse", part, dtype=original.dtype)
            original.data = part.detach()

    def _names(self) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{i}" for i in range(self.ntensors)]

    def forward(self) -> Tensor:
        first, *others = list(self)
        value = first(*[getattr(self, name) for name in self._names()])
        for module in others:
            value = module(value)
        return value


def _same(operation: str, value: Any, dtype: Any, shape: Any = None) -> None:
    if not isinstance(value, Tensor):
        raise ArgumentError(
            f"[{operation}] a parametrization must give a tensor, got {type(value).__name__}."
        )
    if value.dtype is not dtype or (shape is not None and value.shape != shape):
        needed = f"{dtype}" if shape is None else f"{dtype} of shape {tuple(shape)}"
        raise ArgumentError(
            f"[{operation}] gave {value.dtype} of shape {tuple(value.shape)}, needed {needed}. "
            "unsafe=True allows another shape and dtype."
        )


def _register(module: Module, name: str, tensor: Tensor) -> None:
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    elif isinstance(tensor, Buffer):
        module.register_buffer(name, tensor, tensor.persistent)
    else:
        module.register_buffer(name, tensor)


def _property(name: str) -> property:
    def get(self: Any) -> Tensor:
        if not _Cache.depth:
            return self.parametrizations[name]()
        key = (id(self), name)
        if key not in _Cache.found:
            _Cache.found[key] = self.parametrizations[name]()
        return _Cache.found[key]

    def put(self: Any, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    return property(get, put)


def _own_class(module: Module) -> None:
    base = type(module)

    def deepcopied(self: Any, memo: dict[int, Any]) -> Any:
        # the copy needs a class of its own, so that removing from one leaves the other
        new = object.__new__(type(self))
        memo[id(self)] = new
        new.__dict__.update(copy.deepcopy(self.__dict__, memo))
        properties = {name: _property(name) for name in self.parametrizations}
        new.__class__ = type(type(self).__name__, (base,), {**methods, **properties})
        return new

    def refused(self: Any) -> Any:
        raise StateError(
            "[parametrize] a parametrized module cannot be pickled. Save its state_dict()."
        )

    methods = {"__getstate__": refused, "__deepcopy__": deepcopied, "__doc__": base.__doc__}
    module.__class__ = type(f"Parametrized{base.__name__}", (base,), methods)


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Make ``module.<tensor_name>`` the result of a parametrization; returns the module.

    parametrization: a module whose forward computes the tensor from the one that was there. If it
    has right_inverse, that is what the tensor begins with, and it can be assigned to. unsafe: allow
    another shape and dtype.

    Raises ArgumentError for a name that is no parameter or buffer, and for what changes shape or
    dtype.

    >>> import plugtorch
    >>> class Symmetric(plugtorch.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).mT
    >>> layer = register_parametrization(plugtorch.nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.mT).all())
    True
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original']

    Source: torch.nn.utils.parametrize.register_parametrization.
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        _append(module, tensor_name, parametrization, unsafe)
    elif tensor_name in module._parameters or tensor_name in module._buffers:
        listed = ParametrizationList([parametrization], getattr(module, tensor_name), unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _own_class(module)
            module.parametrizations = ModuleDict()
        setattr(type(module), tensor_name, _property(tensor_name))
        module.parametrizations[tensor_name] = listed
    else:
        raise ArgumentError(
            f"[register_parametrization] {type(module).__name__} has no parameter and no buffer "
            f"{tensor_name!r}."
        )
    return module


def _append(module: Module, name: str, parametrization: Any, unsafe: bool) -> None:
    """Another one, after those that there are."""
    listed = module.parametrizations[name]
    if not unsafe:
        with no_grad():
            before = getattr(module, name)
            after = parametrization(before)
            _same("register_parametrization", after, before.dtype, before.shape)
            if hasattr(parametrization, "right_inverse"):
                back = parametrization.right_inverse(after)
                _same("right_inverse", back, before.dtype, before.shape)
    listed.append(parametrization)
    listed.unsafe |= unsafe


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a module, or one tensor of it, is parametrized. Source:
    torch.nn.utils.parametrize.is_parametrized.
    """
    found = getattr(module, "parametrizations", None)
    if not isinstance(found, ModuleDict):
        return False
    return len(found) > 0 if tensor_name is None else tensor_name in found


def remove_parametrizations(
    module: Module, tensor_name: str, leave_parametrized: bool = True
) -> Module:
    """Make a parametrized tensor a parameter again; returns the module.

    leave_parametrized: with the value it has; otherwise with that of ``original``.

    Raises ArgumentError for a tensor that is not parametrized, and without leave_parametrized for
    one that is computed from several.

    Source: torch.nn.utils.parametrize.remove_parametrizations.
    """
    if not is_parametrized(module, tensor_name):
        raise ArgumentError(
            f"[remove_parametrizations] {tensor_name!r} of {type(module).__name__} is not "
            "parametrized."
        )
    listed = module.parametrizations[tensor_name]
    if listed.is_tensor:
        original = listed.original
        if leave_parametrized:
            with no_grad():
                original.data = getattr(module, tensor_name).detach()
    elif leave_parametrized:
        value = getattr(module, tensor_name)
        original = Parameter(value.detach()) if value.requires_grad else value
    else:
        raise ArgumentError(
            f"[remove_parametrizations] {tensor_name!r} is computed from several tensors: "
            "leave_parametrized=False would not know which."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    _register(module, tensor_name, original)
    return module


def type_before_parametrizations(module: Module) -> type:
    """The class that a module had before it was parametrized. Source:
    torch.nn.utils.parametrize.type_before_parametrizations.
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)
