"""Hooks of an optimizer: functions called around a step, and when its state is saved or loaded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Any

from plugtorch.module_hooks import RemovableHandle

Hook = Callable[..., Any]


class Hooked:
    """The part of Optimizer that is about hooks. Without any, ``step`` pays nothing for them."""

    _hooks: dict[str, OrderedDict[int, Hook]] | None = None

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
            # in the instance, over whichever step its class has: PyTorch's way to write one
            # overrides it
            self.step = partial(_step_with_hooks, self, self.step)  # type: ignore[has-type]
        table = self._hooks.setdefault(kind, OrderedDict())
        handle = RemovableHandle(table)
        table[handle.id] = hook
        if prepend:
            table.move_to_end(handle.id, last=False)
        return handle

    def _hooks_of(self, kind: str) -> list[Hook]:
        return list(self._hooks.get(kind, {}).values()) if self._hooks else []


def _step_with_hooks(optimizer: Hooked, step: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
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
    result = step(*args, **kwargs)
    for hook in optimizer._hooks_of("step_post"):
        hook(optimizer, args, kwargs)
    return result
