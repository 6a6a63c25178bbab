"""Slow weights that follow those of another optimizer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from plugtorch import no_grad
from plugtorch_extras.wrapper import Inner, Wrapper


class Lookahead(Wrapper):
    """Every la_steps steps of the inner optimizer: slow = slow + la_alpha (p - slow), then p =
    slow.

    Here p is the parameter; slow starts as the parameter does.

    Args:
        params: tensors or groups of them.
        inner: the name of an optimizer, or its class. la_steps: at least 1. la_alpha: from 0 to 1,
            where 1 is the inner optimizer alone.
        All other options are the inner optimizer's; ``lr`` too.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([8.0], requires_grad=True)
    >>> optimizer = Lookahead([p], "sgd", lr=1.0, la_steps=2, la_alpha=0.5)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     p.sum().backward()
    ...     optimizer.step()
    >>> p.item()  # half of the way from 8 to 6
    7.0

    Source: Zhang et al. (2019), Lookahead Optimizer: k steps forward, 1 step back,
    arXiv:1907.08610, algorithm 1; defaults of the authors' code, which leaves momentum alone.
    """

    fields = frozenset({"steps", "slow"})
    defaults: dict[str, Any] = {"la_steps": 5, "la_alpha": 0.8}

    def __init__(
        self,
        params: Iterable[Any],
        inner: Inner = "adam",
        la_steps: int = 5,
        la_alpha: float = 0.8,
        **options: Any,
    ) -> None:
        own = {"la_steps": la_steps, "la_alpha": la_alpha}
        super().__init__(params, inner, own, **options)

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if group["la_steps"] < 1 or group["la_steps"] % 1:
            raise self.refused("la_steps", group["la_steps"], "a whole number above 0")
        if group["la_alpha"] > 1:
            raise self.refused("la_alpha", group["la_alpha"], "a number from 0 to 1")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One step of the inner optimizer and, if it is time, one of the slow weights."""
        work = [(p, group) for group in self.param_groups for p in group["params"]]
        before = {
            p: p.detach().clone()
            for p, _ in work
            if "slow" not in self.state.get(p, ()) and (closure is not None or p.grad is not None)
        }
        loss = self.inner.step() if closure is None else self.inner.step(closure)
        with no_grad():
            for parameter, group in work:
                if parameter.grad is None:
                    continue
                state = self.state[parameter]
                if "slow" not in state:
                    state.update(steps=0, slow=before[parameter])
                state["steps"] += 1
                if state["steps"] % group["la_steps"] == 0:
                    parameter.copy_(state["slow"].lerp(parameter, group["la_alpha"]))
                    state["slow"] = parameter.detach().clone()
        self.remember()
        return loss
