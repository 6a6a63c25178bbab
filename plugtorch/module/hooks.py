"""Hooks of a module: functions called before and after its forward, and when gradients pass through
it.

Most modules never have one, so a module without hooks carries only a None and goes straight to
``forward``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from plugtorch.autograd import Function
from plugtorch.errors import ArgumentError
from plugtorch.tensor import RemovableHandle, Tensor

if TYPE_CHECKING:
    from plugtorch.module.module import Module

Hook = Callable[..., Any]


class Entry(NamedTuple):
    """One registered hook and how to call it."""

    function: Hook
    with_kwargs: bool = False
    always_call: bool = False


class Hooks:
    """The tables of one module, in the order of calling."""

    def __init__(self) -> None:
        self.forward_pre: list[Entry] = []
        self.forward: list[Entry] = []
        self.backward_pre: list[Entry] = []
        self.backward: list[Entry] = []
        self.state_dict_pre: list[Entry] = []
        self.state_dict: list[Entry] = []
        self.load_pre: list[Entry] = []
        self.load: list[Entry] = []


class Hooked:
    """The part of Module that is about hooks."""

    _hooks: Hooks | None = None
    forward: Callable[..., Any]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``forward``, and the hooks around it."""
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(self._hooks, args, kwargs)

    # -- registering -------------------------------------------------------------------------------

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before every forward; what it returns, if anything, replaces
        the arguments.

        with_kwargs: call ``hook(module, args, kwargs)`` instead, which returns None or both.
        prepend: before the hooks that are there already.
        """
        return self._add_hook("forward_pre", Entry(hook, with_kwargs), prepend)

    def register_forward_hook(
        self,
        hook: Hook,
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after every forward; what it returns, if anything, is
        the new output.

        with_kwargs: call ``hook(module, args, kwargs, output)`` instead. always_call: also when
        forward raises; the output is then None. prepend: before the hooks that are there already.
        """
        return self._add_hook("forward", Entry(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are known.

        What it returns, if anything, replaces them.
        """
        return self._add_hook("backward_pre", Entry(hook), prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are
        known.

        Both are tuples, with None for what is no tensor and zeros for what needs no gradient. What
        it returns, if anything, replaces ``grad_input``.
        """
        return self._add_hook("backward", Entry(hook), prepend)

    # PyTorch's old kind reported the gradients of the last operation only; nobody wants that.
    register_backward_hook = register_full_backward_hook

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before ``state_dict`` collects this module's
        part.
        """
        return self._add_hook("state_dict_pre", Entry(hook))

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after this module's part is in
        ``state_dict``.
        """
        return self._add_hook("state_dict", Entry(hook))

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected,
        errors)`` before loading.

        It may rename the keys of ``state_dict`` in place.
        """
        return self._add_hook("load_pre", Entry(hook))

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` after loading; it may take keys from the two
        lists.
        """
        return self._add_hook("load", Entry(hook))

    def _add_hook(self, kind: str, entry: Entry, prepend: bool = False) -> RemovableHandle:
        if self._hooks is None:
            self._hooks = Hooks()
        table: list[Entry] = getattr(self._hooks, kind)
        table.insert(0 if prepend else len(table), entry)
        return RemovableHandle(table, entry)

    # -- calling -----------------------------------------------------------------------------------

    def _call_with_hooks(self, hooks: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: list[Entry] = []
        try:
            for entry in list(hooks.forward_pre):  # a hook may remove itself
                args, kwargs = _call_pre_hook(self, entry, args, kwargs)
            passage = None
            if hooks.backward or hooks.backward_pre:
                passage = Passage(self, hooks)  # type: ignore[arg-type]
                args = passage.enter(args)
            output = self.forward(*args, **kwargs)
            for entry in list(hooks.forward):
                called.append(entry)
                changed = _call_hook(self, entry, args, kwargs, output)
                if changed is not None:
                    output = changed
            return output if passage is None else passage.leave(output)
        except Exception:
            for entry in list(hooks.forward):
                if entry.always_call and not any(entry is c for c in called):
                    try:
                        _call_hook(self, entry, args, kwargs, None)
                    except Exception as error:  # the first error is the one to show
                        warnings.warn(
                            "[register_forward_hook] a hook with always_call=True raised while "
                            "forward's own "
                            f"error was on its way: {error!r}",
                            stacklevel=2,
                        )
            raise


def _call_hook(
    module: Hooked, entry: Entry, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any
) -> Any:
    if entry.with_kwargs:
        return entry.function(module, args, kwargs, output)
    return entry.function(module, args, output)


def _call_pre_hook(
    module: Hooked, entry: Entry, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if not entry.with_kwargs:
        changed = entry.function(module, args)
        if changed is None:
            return args, kwargs
        return (changed if isinstance(changed, tuple) else (changed,)), kwargs
    changed = entry.function(module, args, kwargs)
    if changed is None:
        return args, kwargs
    if isinstance(changed, tuple) and len(changed) == 2:
        return changed
    raise HookError(
        "[register_forward_pre_hook] a hook with with_kwargs=True returned "
        f"{type(changed).__name__}. Return None, or a tuple of the arguments and the keywords."
    )


class HookError(ArgumentError, RuntimeError):
    """A hook returned what cannot be used."""


# -- gradients on their way through a module -------------------------------------------------------


class _Gate(Function):
    """Passes tensors on unchanged; their gradients, all together, go through a function."""

    @staticmethod
    def forward(ctx: Any, change: Callable[..., Any], *tensors: Tensor) -> Any:
        ctx.change = change
        return tuple(t.view_as(t) for t in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> Any:
        return None, *ctx.change(gradients)


class Passage:
    """One call of a module with backward hooks: a gate on its inputs and a gate on its outputs."""

    def __init__(self, module: Module, hooks: Hooks) -> None:
        self.module = module
        self.hooks = hooks
        self.inputs_tracked = False
        self.input_count = 0
        self.grad_output: tuple[Tensor | None, ...] | None = None

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments behind their gate."""
        self.input_count = len(args)
        args, self.inputs_tracked = self._gate(args, self._at_inputs)
        return args

    def leave(self, output: Any) -> Any:
        """The output behind its gate."""
        if isinstance(output, Tensor):
            return self._gate((output,), self._at_outputs)[0][0]
        if isinstance(output, (tuple, list)):
            parts = self._gate(tuple(output), self._at_outputs)[0]
            return type(output)(*parts) if hasattr(output, "_fields") else type(output)(parts)
        warnings.warn(
            "[register_full_backward_hook] is called only for a module whose output is a tensor "
            f"or a tuple of tensors; {type(self.module).__name__} returned "
            f"{type(output).__name__}.",
            stacklevel=4,
        )
        return output

    def _gate(
        self, values: tuple[Any, ...], at: Callable[[tuple[Tensor | None, ...]], Any]
    ) -> tuple[tuple[Any, ...], bool]:
        """The values with their tensors behind a gate, and whether there were any.

        at gets, and returns, a gradient or None for every value.
        """
        where = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
        if not where:
            return values, False
        plain = [v.detach() if isinstance(v, Tensor) else None for v in values]

        def change(gradients: tuple[Tensor | None, ...]) -> list[Tensor | None]:
            # as in PyTorch, zeros for a tensor that needs no gradient, None for what is no tensor
            every = [v.new_zeros(v.shape) if isinstance(v, Tensor) else None for v in plain]
            for i, gradient in zip(where, gradients, strict=True):
                every[i] = gradient
            changed = at(tuple(every))
            return [changed[i] for i in where]

        passed = _Gate.apply(change, *[values[i] for i in where])
        every = list(values)
        for i, tensor in zip(where, passed, strict=True):
            every[i] = tensor
        return tuple(every), True

    def _at_outputs(self, grad_output: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        for entry in list(self.hooks.backward_pre):
            grad_output = _replaced(grad_output, entry.function(self.module, grad_output))
        self.grad_output = grad_output
        if not self.inputs_tracked:  # no gradient reaches the inputs, so this is the last chance
            self._call((None,) * self.input_count)
        return grad_output

    def _at_inputs(self, grad_input: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        return self._call(grad_input)

    def _call(self, grad_input: tuple[Tensor | None, ...]) -> tuple[Tensor | None, ...]:
        for entry in list(self.hooks.backward):
            changed = entry.function(self.module, grad_input, self.grad_output)
            grad_input = _replaced(grad_input, changed)
        return grad_input


def _replaced(gradients: tuple[Tensor | None, ...], changed: Any) -> tuple[Tensor | None, ...]:
    if changed is None:
        return gradients
    if not isinstance(changed, tuple):
        changed = (changed,)
    if len(changed) != len(gradients):
        raise HookError(
            f"[register_full_backward_hook] a hook returned {len(changed)} gradients, needed "
            f"{len(gradients)}. "
            "Return None to leave them as they are."
        )
    return changed
