"""Hooks of an optimizer: functions called around a step, and when its state is saved or loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import ismethod
from typing import Any
from weakref import WeakMethod, ref

from plugtorch.tensor import RemovableHandle

Hook = Callable[..., Any]


class Hooked:
    """The part of Optimizer that is about hooks. Without any, ``step`` pays nothing for them."""

    _hooks: dict[str, list[Hook]] | None = None
    step: Callable[..., Any]

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before every step; it may return others."""
        return self._add_hook("step_pre", hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after every step."""
        return self._add_hook("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer) before ``state_dict`` gathers."""
        return self._add_hook("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call hook(optimizer, state_dict) after ``state_dict``; it may return another."""
        return self._add_hook("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer, state_dict) before loading; it may return another to load."""
        return self._add_hook("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer) after loading."""
        return self._add_hook("load_state_dict_post", hook, prepend)

    def _add_hook(self, kind: str, hook: Hook, prepend: bool = False) -> RemovableHandle:
        if self._hooks is None:
            self._hooks = {}
        if kind.startswith("step") and not any(k.startswith("step") for k in self._hooks):
            # in the instance, over the step of its class: PyTorch's way to write one overrides ours
            step = self.step
            held = WeakMethod(step) if ismethod(step) else lambda: step
            # weakly: an optimizer that holds itself would keep its state until the next collection
            self.__dict__["step"] = partial(_step_with_hooks, ref(self), held)
        hooks = self._hooks.setdefault(kind, [])
        hooks.insert(0 if prepend else len(hooks), hook)
        return RemovableHandle(hooks, hook)

    def _hooks_of(self, kind: str) -> list[Hook]:
        return list(self._hooks.get(kind, ())) if self._hooks else []


def _step_with_hooks(weak: Callable[[], Any], step: Hook, *args: Any, **kwargs: Any) -> Any:
    optimizer = weak()
    for hook in optimizer._hooks_of("step_pre"):
        changed = hook(optimizer, args, kwargs)
        if changed is not None:
            if not (isinstance(changed, tuple) and len(changed) == 2):
                raise RuntimeError(
                    f"[{type(optimizer).__name__}] a hook before the step returned "
                    f"{type(changed).__name__}, needed "
                    "None or a pair (args, kwargs)."
                )
            args, kwargs = changed
    result = step()(*args, **kwargs)
    for hook in optimizer._hooks_of("step_post"):
        hook(optimizer, args, kwargs)
    return result
