"""Scaling a loss so that gradients in float16 are not lost."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.device import stands_for
from plugtorch.dtypes import float16, float32
from plugtorch.errors import ArgumentError, DTypeError, StateError
from plugtorch.optimizer import Optimizer
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import tensor


@dataclass
class _Seen:
    """What was done for an optimizer since the last ``update``."""

    found: bool | None = None  # whether a gradient was not finite; None before unscale_
    stepped: bool = False


class GradScaler:
    """Multiplies a loss by a factor, divides the gradients by it again, and finds the factor.

    Gradients below 6e-8 are 0 in float16; of a loss times 65536 they are not. If some become
    infinite or NaN, ``step`` leaves the step out and ``update`` multiplies the factor by
    backoff_factor; after growth_interval steps without, by growth_factor.

    device: the type of the parameters' device. enabled: False makes it do nothing, so that a script
    needs no second path. For "cuda", of which there are none, it warns and does nothing.

    Raises ArgumentError for a growth_factor that is not above 1 or a backoff_factor not below.

    >>> import plugtorch
    >>> scaler = plugtorch.amp.GradScaler("cpu", init_scale=1024.0)
    >>> w = plugtorch.ones(2, requires_grad=True)
    >>> optimizer = plugtorch.optim.SGD([w], lr=0.1)
    >>> scaler.scale(w.sum()).backward()
    >>> w.grad
    tensor([1024., 1024.])
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w
    tensor([0.9000, 0.9000], requires_grad=True)

    As torch.amp.GradScaler.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        stand_in = stands_for(device)
        device = device if stand_in is None else stand_in.type
        if enabled and device == "cuda":
            warnings.warn(
                "[GradScaler] there is no CUDA, so it is off. Give the type of the parameters' "
                "device, 'cpu' or 'opencl'.",
                stacklevel=2,
            )
            enabled = False
        if enabled and not (growth_factor > 1.0 and backoff_factor < 1.0):
            raise ArgumentError(
                f"[GradScaler] growth_factor is {growth_factor}, needed above 1; backoff_factor is "
                f"{backoff_factor}, needed below 1."
            )
        self._device = device
        self._enabled = enabled
        self._scale = _rounded(init_scale)
        self._used = False
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        self._seen: dict[int, _Seen] = {}

    def scale(self, outputs: Any) -> Any:
        """A loss, or all in lists, tuples and other iterables, times the factor."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, Tensor):
            self._used = True
            return outputs * tensor(self._scale, dtype=float32, device=outputs.device)
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise DTypeError(f"[GradScaler] scales tensors, got {type(outputs).__name__}.")

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide an optimizer's gradients by the factor: before clipping; ``step`` does it else.

        Raises StateError a second time before ``update``, ArgumentError for float16 gradients.
        """
        if not self._enabled:
            return
        self._need_scale("unscale_")
        seen = self._seen.setdefault(id(optimizer), _Seen())
        if seen.stepped or seen.found is not None:
            done = "step()" if seen.stepped else "unscale_()"
            raise StateError(
                f"[GradScaler] unscale_() after {done} for the same optimizer. Call update() at "
                "the end of each iteration."
            )
        seen.found = self._unscale(optimizer)

    def _unscale(self, optimizer: Optimizer) -> bool:
        gradients = [
            p.grad
            for group in optimizer.param_groups
            for p in group["params"]
            if p.grad is not None
        ]
        if any(g.dtype is float16 for g in gradients):
            raise ArgumentError(
                "[GradScaler] cannot unscale float16 gradients: they have lost what scaling keeps. "
                "Leave parameters in float32 and use autocast."
            )
        with no_grad():
            finite = [g.isfinite().all() for g in gradients]
            for gradient in gradients:
                gradient.mul_(1.0 / self._scale)
            return not all(map(bool, finite))

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """Unscale, unless that was done, and make a step if all gradients are finite.

        Raises StateError a second time before ``update``, ArgumentError for a closure.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise ArgumentError("[GradScaler] a closure computes gradients nobody has unscaled.")
        self._need_scale("step")
        seen = self._seen.setdefault(id(optimizer), _Seen())
        if seen.stepped:
            raise StateError("[GradScaler] step() twice. Call update() after each.")
        if seen.found is None:
            self.unscale_(optimizer)
        if not any(p.grad is not None for group in optimizer.param_groups for p in group["params"]):
            raise StateError("[GradScaler] the optimizer's parameters have no gradients.")
        result = None if seen.found else optimizer.step(*args, **kwargs)
        seen.stepped = True
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Find the next factor, or take new_scale; at the end of each iteration.

        Raises StateError if there was neither ``unscale_`` nor ``step``.
        """
        if not self._enabled:
            return
        self._need_scale("update")
        found = [seen.found for seen in self._seen.values() if seen.found is not None]
        if new_scale is not None:
            self._scale = _rounded(new_scale)
        elif not found:
            raise StateError("[GradScaler] update() without a step() before it.")
        elif any(found):
            self._scale = _rounded(self._scale * self._backoff_factor)
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._growth_tracker = 0
                larger = _rounded(self._scale * self._growth_factor)
                self._scale = larger if larger < float("inf") else self._scale
        self._seen = {}

    def _need_scale(self, name: str) -> None:
        if not self._used:
            raise StateError(
                f"[GradScaler] {name}() before scale(). Call scaler.scale(loss).backward()."
            )

    def get_scale(self) -> float:
        """The factor; 1 if this is not enabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """By what the factor grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set it."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the factor is multiplied by when gradients are not finite."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set it."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many steps it grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set it."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether this does anything."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """What there is to save; nothing if this is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what ``state_dict`` gave; nothing happens if this is not enabled.

        Raises StateError for the empty one of a scaler that was not enabled.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise StateError(
                "[GradScaler] the state_dict is empty: it is of a scaler that was not enabled."
            )
        self._scale = state_dict["scale"]
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]


def _rounded(scale: Any) -> float:
    """As a float32, which is what losses are multiplied by."""
    return float(tensor(float(scale), dtype=float32, device="cpu"))
