"""Functions that see a tensor's gradient on its way back, and may change it."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from plugtorch.autograd import walk
from plugtorch.errors import AutogradError

Hook = Callable[[Any], Any]


class RemovableHandle:
    """What registering a hook returns: ``remove()`` takes the hook away, as does leaving a
    ``with``.
    """

    def __init__(self, hooks: list[Any], hook: Any) -> None:
        self._hooks = hooks
        self._hook = hook

    def remove(self) -> None:
        """Take the hook away; once, where it was registered twice."""
        for place, hook in enumerate(self._hooks):
            if hook is self._hook:
                del self._hooks[place]
                break
        self._hook = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class _Retain:
    """Keeps the gradient of a tensor in ``.grad``. Runs after all other hooks."""

    def __init__(self, tensor: Any) -> None:
        self.tensor = weakref.ref(tensor)  # the graph must not keep the tensor alive

    def __call__(self, gradient: Any) -> None:
        tensor = self.tensor()
        if tensor is not None:
            walk.accumulate(tensor, gradient, gradient.tracked)


def retain_grad(self: Any) -> None:
    """Keep the gradient of a tensor that is no leaf in ``.grad`` too.

    Source: torch.Tensor.retain_grad.
    """
    if not self.requires_grad:
        raise AutogradError("[retain_grad] the tensor does not require grad.")
    if self.node is not None and not self.retains_grad:
        _hooks_of(self).append(_Retain(self))
        self.retains_grad = True


def register_hook(self: Any, hook: Hook) -> RemovableHandle:
    """Call hook(gradient) when the gradient of this tensor is known; what it returns replaces it.

    >>> import plugtorch
    >>> x = plugtorch.ones(2, requires_grad=True)
    >>> handle = x.register_hook(lambda gradient: gradient * 10)
    >>> x.sum().backward()
    >>> x.grad
    tensor([10., 10.])

    Source: torch.Tensor.register_hook.
    """
    if not self.requires_grad:
        raise AutogradError("[register_hook] the tensor does not require grad.")
    hooks = _hooks_of(self)
    hooks.insert(len(hooks) - sum(isinstance(h, _Retain) for h in hooks), hook)
    return RemovableHandle(hooks, hook)


def register_post_accumulate_grad_hook(self: Any, hook: Hook) -> RemovableHandle:
    """Call hook(tensor) when a gradient was added to ``.grad`` of this leaf. Source:
    torch.Tensor.register_post_accumulate_grad_hook.
    """
    if not self.requires_grad or self.node is not None:
        raise AutogradError(
            "[register_post_accumulate_grad_hook] the tensor must be a leaf that requires grad."
        )
    if getattr(self, "_after", None) is None:
        self._after = []
    self._after.append(hook)
    return RemovableHandle(self._after, hook)


def _hooks_of(tensor: Any) -> list[Hook]:
    if tensor.node is not None:
        if tensor.node.hooks is None:
            tensor.node.hooks = []
        hooks: list[Hook] = tensor.node.hooks
        return hooks
    if getattr(tensor, "_hooks", None) is None:
        tensor._hooks = []
    return tensor._hooks
