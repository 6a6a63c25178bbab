"""Module and Parameter: what every layer, model and loss is made of.

A module keeps its parameters, buffers and submodules in three dictionaries, filled by plain
attribute assignment. Going through them is in ``tree.py``, saving and loading in ``state.py``,
hooks in ``hooks.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from plugtorch.autograd import no_grad
from plugtorch.device import cuda_device
from plugtorch.device import device as Device
from plugtorch.dtypes import bfloat16, dtype, float16, float32, float64
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.module.hooks import Hooked
from plugtorch.module.parameter import Buffer, Parameter
from plugtorch.module.state import Stateful
from plugtorch.module.tree import Tree
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty_like


def _forward_missing(self: Module, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(
        f"[forward] {type(self).__name__} has no forward. Define one: def forward(self, x): ..."
    )


class Module(Hooked, Stateful, Tree):
    """The base of every layer and model: subclass it, assign layers in ``__init__``, define
    ``forward``.

    Assigning a Parameter registers a parameter, a Module a submodule, a Buffer a buffer; None in
    their place keeps the name without one.

    >>> import plugtorch
    >>> class Net(plugtorch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.first = plugtorch.nn.Linear(4, 3)
    ...         self.scale = plugtorch.nn.Parameter(plugtorch.ones(3))
    ...     def forward(self, x):
    ...         return self.first(x) * self.scale
    >>> Net()(plugtorch.zeros(2, 4)).shape
    plugtorch.Size([2, 3])
    >>> [name for name, _ in Net().named_parameters()]
    ['scale', 'first.weight', 'first.bias']

    As torch.nn.Module.
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    forward: Callable[..., Any] = _forward_missing

    def __init__(self) -> None:
        fields = self.__dict__  # __setattr__ would ask for these very dictionaries
        fields["training"] = True
        fields["_parameters"] = {}
        fields["_buffers"] = {}
        fields["_modules"] = {}
        fields["_non_persistent_buffers_set"] = set()

    # -- attributes --------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        fields = self.__dict__
        for kind in ("_parameters", "_modules", "_buffers"):
            table = fields.get(kind)
            if table is not None and name in table:
                return table[name]
        if "_parameters" not in fields and name in _TABLES:
            raise AttributeError(_not_ready(self))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        fields = self.__dict__
        if isinstance(value, Parameter):
            self._forget(name, keep="_parameters")
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            self._forget(name, keep="_modules")
            self._modules[name] = value
        elif isinstance(value, Buffer):
            self._forget(name, keep="_buffers")
            self.register_buffer(name, value, value.persistent)
        elif "_parameters" not in fields:  # before __init__, or in a class that needs none of this
            object.__setattr__(self, name, value)
        elif name in self._parameters:
            _only_none(name, value, "a Parameter or None")
            self._parameters[name] = None
        elif name in self._modules:
            _only_none(name, value, "a Module or None")
            self._modules[name] = None
        elif name in self._buffers:
            if value is not None and not isinstance(value, Tensor):
                _only_none(name, value, "a Tensor or None")
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        if not self._forget(name):
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {
            *dir(type(self)),
            *self.__dict__,
            *self._parameters,
            *self._modules,
            *self._buffers,
        }
        return sorted(n for n in names if not n[0].isdigit())

    def _forget(self, name: str, keep: str = "") -> bool:
        """Remove ``name`` from wherever it is, except from the table ``keep``; say whether it was
        anywhere.
        """
        fields = self.__dict__
        if "_parameters" not in fields:
            raise AttributeError(_not_ready(self))
        found = False
        if keep:
            fields.pop(name, None)
        for kind in _TABLES:
            if kind != keep and name in fields[kind]:
                del fields[kind][name]
                found = True
        return found

    # -- registering -------------------------------------------------------------------------------

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or the name of one that is not there.

        Raises ArgumentError for a name that is taken or has a dot, DTypeError for anything but a
        Parameter.
        """
        self._check_name("register_parameter", name, self._table("_parameters"))
        if param is not None:
            if not isinstance(param, Parameter):
                raise DTypeError(
                    f"[register_parameter] cannot use a {type(param).__name__} as parameter "
                    f"{name!r}. "
                    "Wrap the tensor in nn.Parameter."
                )
            if param.grad_fn is not None:
                raise ArgumentError(
                    f"[register_parameter] parameter {name!r} is the result of a computation. "
                    "A parameter must be a leaf; compute what depends on it in forward."
                )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is state but not a parameter, such as a running mean.

        persistent: whether it is part of ``state_dict``. Raises ArgumentError for a name that is
        taken or has a dot, DTypeError for anything but a Tensor.
        """
        self._check_name("register_buffer", name, self._table("_buffers"))
        if tensor is not None and not isinstance(tensor, Tensor):
            raise DTypeError(
                f"[register_buffer] cannot use a {type(tensor).__name__} as buffer {name!r}. "
                "Give a Tensor or None."
            )
        self._buffers[name] = tensor
        (
            self._non_persistent_buffers_set.discard
            if persistent
            else self._non_persistent_buffers_set.add
        )(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a submodule under a name; ``register_module`` is the same.

        Raises ArgumentError for a name that is taken or has a dot, DTypeError for anything but a
        Module.
        """
        self._check_name("add_module", name, self._table("_modules"))
        if module is not None and not isinstance(module, Module):
            raise DTypeError(
                f"[add_module] cannot use a {type(module).__name__} as submodule {name!r}. Give a "
                "Module or None."
            )
        self._modules[name] = module

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as ``add_module``."""
        self.add_module(name, module)

    def _table(self, kind: str) -> dict[str, Any]:
        if kind not in self.__dict__:
            raise AttributeError(_not_ready(self))
        table: dict[str, Any] = self.__dict__[kind]
        return table

    def _check_name(self, operation: str, name: str, table: dict[str, Any]) -> None:
        if not isinstance(name, str):
            raise DTypeError(f"[{operation}] needs a name, got a {type(name).__name__}.")
        if not name or "." in name:
            raise ArgumentError(
                f"[{operation}] cannot use {name!r} as a name: dots part the names of nested "
                "modules, and an "
                "empty name says nothing."
            )
        if name not in table and hasattr(self, name):
            raise ArgumentError(
                f"[{operation}] {type(self).__name__} already has a {name!r}. Choose another name."
            )

    # -- changing ----------------------------------------------------------------------------------

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call ``fn`` on every submodule and last on the module itself; for initialising weights,
        say.
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Self:
        """Say that the module is being trained; Dropout and normalisation by batch behave by it."""
        if not isinstance(mode, bool):
            raise ArgumentError(f"[train] needs True or False, got {mode!r}.")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Say that the module is being used, not trained: ``train(False)``."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Say for every parameter whether it gets gradients; False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            gradient = parameter.grad
            if gradient is not None:
                parameter.grad = None if set_to_none else gradient.detach() * 0

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Put ``fn`` of every parameter, gradient and buffer in its place; parameters stay the same
        objects.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is not None:
                    gradient, parameter.grad = parameter.grad, None
                    parameter.data = fn(parameter.data)
                    if gradient is not None:
                        parameter.grad = fn(gradient).requires_grad_(gradient.requires_grad)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move to a device, convert to a floating-point dtype, or both; in place, and returns the
        module.

        Called as ``to(device)``, ``to(dtype)``, ``to(device, dtype)`` or ``to(tensor)``. A dtype
        changes floating-point parameters and buffers only.
        """
        device, kind = _destination(*args, **kwargs)
        return self._apply(
            lambda t: t.to(device=device, dtype=kind if t.dtype.is_floating_point else None)
        )

    def to_empty(self, *, device: Any, recurse: bool = True) -> Self:
        """Move to a device without the values."""
        return self._apply(lambda t: empty_like(t, device=device), recurse)

    def cpu(self) -> Self:
        """Move to the CPU."""
        return self.to("cpu")

    def cuda(self, device: Any = None) -> Self:
        """Move to the device that stands in for CUDA; without one, UnknownNameError."""
        return self.to(cuda_device("cuda", device))

    def type(self, dst_type: Any) -> Self:
        """Convert every parameter and buffer, whole numbers too."""
        return self._apply(lambda t: t.type(dst_type))

    def float(self) -> Self:
        """Convert floating-point parameters and buffers to float32."""
        return self.to(float32)

    def double(self) -> Self:
        """Convert floating-point parameters and buffers to float64."""
        return self.to(float64)

    def half(self) -> Self:
        """Convert floating-point parameters and buffers to float16."""
        return self.to(float16)

    def bfloat16(self) -> Self:
        """Convert floating-point parameters and buffers to bfloat16."""
        return self.to(bfloat16)

    # -- showing -----------------------------------------------------------------------------------

    def _get_name(self) -> str:
        return type(self).__name__

    def extra_repr(self) -> str:
        """What stands between the parentheses of ``repr``; override it."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        lines += [f"({name}): " + indent(repr(module)) for name, module in self._modules.items()]
        if extra and len(lines) == 1:
            return f"{self._get_name()}({extra})"
        inside = "\n  " + "\n  ".join(lines) + "\n" if lines else ""
        return f"{self._get_name()}({inside})"


_TABLES = ("_parameters", "_buffers", "_modules")


def indent(text: str) -> str:
    """``text`` with two spaces before every line but the first."""
    return text.replace("\n", "\n  ")


def _not_ready(module: Module) -> str:
    return (
        f"[Module] {type(module).__name__}.__init__ has not called super().__init__() yet. "
        "Call it before assigning parameters or layers."
    )


def _only_none(name: str, value: Any, needed: str) -> None:
    if value is not None:
        raise DTypeError(
            f"[Module] cannot put a {type(value).__name__} in the place of {name!r}: it needs "
            f"{needed}. "
            f"Use del module.{name} first to make it a plain attribute."
        )


def _destination(*args: Any, **kwargs: Any) -> tuple[Any, dtype | None]:
    """The device and dtype meant by the arguments of ``Module.to``."""
    kwargs.pop("non_blocking", None)
    kwargs.pop("memory_format", None)
    device, kind = kwargs.pop("device", None), kwargs.pop("dtype", None)
    template = kwargs.pop("tensor", None)
    if kwargs:
        raise DTypeError(
            f"[Module.to] does not know {', '.join(kwargs)}. It takes device, dtype or a tensor."
        )
    for argument in args:
        if isinstance(argument, Tensor):
            template = argument
        elif isinstance(argument, dtype):
            kind = argument
        elif isinstance(argument, (str, Device)) or type(argument) is int:
            device = argument
        elif argument is not None and not isinstance(argument, bool):  # a bool is non_blocking
            raise DTypeError(
                f"[Module.to] cannot use a {type(argument).__name__}. Give a device, a dtype or a "
                "tensor."
            )
    if template is not None:
        device, kind = template.device, template.dtype
    if kind is not None and not kind.is_floating_point:
        raise DTypeError(
            f"[Module.to] needs a floating-point dtype, got {kind}. Module.type converts to others."
        )
    return device, kind
