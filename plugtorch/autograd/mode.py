"""Whether operations are recorded: context managers that also decorate functions and generators."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from plugtorch.graph import mode

_GENERATOR = 0x20  # the code flag of a generator function


class _Switch:
    """Sets the mode on entry, restores it on exit. Each thread has its own mode."""

    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled
        self.before: list[bool] = []

    def __enter__(self) -> None:
        self.before.append(mode.enabled)
        mode.enabled = self.enabled

    def __exit__(self, *_: object) -> None:
        mode.enabled = self.before.pop()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function: it runs in this mode."""
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & _GENERATOR:
            return _switched_generator(function, self.again)

        @functools.wraps(function)
        def switched(*args: Any, **kwargs: Any) -> Any:
            with self.again():
                return function(*args, **kwargs)

        return switched

    def again(self) -> _Switch:
        """Another one, for one run of a function."""
        return _Switch(self.enabled)


def _switched_generator(
    function: Callable[..., Any], switch: Callable[[], _Switch]
) -> Callable[..., Any]:
    """The mode holds while the generator runs, not while its user does."""

    @functools.wraps(function)
    def switched(*args: Any, **kwargs: Any) -> Any:
        running = function(*args, **kwargs)
        step = functools.partial(running.send, None)
        while True:
            try:
                with switch():
                    item = step()
            except StopIteration as stop:
                return stop.value
            try:
                step = functools.partial(running.send, (yield item))
            except GeneratorExit:
                with switch():
                    running.close()
                raise
            except BaseException as error:
                step = functools.partial(running.throw, error)

    return switched


class no_grad(_Switch):  # noqa: N801 - PyTorch's name
    """Operations inside are not recorded: ``with no_grad():``, ``@no_grad()`` or ``@no_grad``.

    >>> import plugtorch
    >>> x = plugtorch.ones(2, requires_grad=True)
    >>> with plugtorch.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    enables = False

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        """Also decorates directly: ``@no_grad`` without brackets."""
        self = super().__new__(cls)
        if function is None:
            return self
        self.__init__()  # type: ignore[misc]
        return self(function)

    def __init__(self, function: None = None) -> None:
        super().__init__(self.enables)


class enable_grad(no_grad):  # noqa: N801 - PyTorch's name
    """Operations inside are recorded, also within ``no_grad``."""

    enables = True


class set_grad_enabled(_Switch):  # noqa: N801 - PyTorch's name
    """Record or not, from here on; as a context manager, until its end."""

    def __init__(self, mode_: bool) -> None:
        super().__init__(bool(mode_))
        self.outer = mode.enabled
        mode.enabled = self.enabled

    def __enter__(self) -> None:
        self.before.append(self.outer)
        mode.enabled = self.enabled

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function: it runs in this mode."""
        mode.enabled = self.outer  # as a decorator it must not switch here and now
        return super().__call__(function)


class inference_mode(_Switch):  # noqa: N801 - PyTorch's name
    """As ``no_grad``; what PyTorch checks further in it cannot go wrong here."""

    def __new__(cls, mode: Any = True) -> Any:
        """Also decorates directly: ``@inference_mode`` without brackets."""
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        super().__init__(not mode)
        self.outer: list[bool] = []

    def again(self) -> _Switch:
        """Another one, for one run of a function."""
        return inference_mode(not self.enabled)

    def __enter__(self) -> None:
        self.outer.append(mode.inference)
        mode.inference = not self.enabled
        super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        mode.inference = self.outer.pop()


def is_grad_enabled() -> bool:
    """Whether operations are recorded in this thread."""
    return mode.enabled


def is_inference_mode_enabled() -> bool:
    """Whether ``inference_mode`` is on in this thread."""
    return mode.inference
