"""Another optimizer, by the gradient of the worst place nearby: for flat minima."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from plugtorch import Tensor, enable_grad, no_grad, stack
from plugtorch.errors import ArgumentError
from plugtorch.optimizer import required
from plugtorch_extras.lengths import length
from plugtorch_extras.wrapper import Inner, Wrapper


class SAM(Wrapper):
    """The inner optimizer's step at p, by the gradient at p + rho g / |g|.

    Here p are the parameters and g their gradients, all together: |g| is one number.

    A step needs a closure, which it calls twice. Where that does not fit, call ``first_step`` after
    a backward pass, and ``second_step`` after another one.

    Args:
        params: tensors or groups of them.
        inner: the name of an optimizer, or its class. rho: how far to look; at least 0.
        All other options are the inner optimizer's; ``lr`` too.

    Raises ArgumentError for options out of their range and for an inner optimizer that needs a
    closure.

    >>> import plugtorch
    >>> p = plugtorch.tensor([2.0], requires_grad=True)
    >>> optimizer = SAM([p], "sgd", lr=0.25, rho=1.0)
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = (p * p).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    4.0
    >>> p.item()  # 2 - 0.25 * 6: the slope at 3
    0.5

    Source: Foret et al. (2021), Sharpness-Aware Minimization, arXiv:2010.01412, algorithm 1, with
    p = 2 and the paper's rho.
    """

    defaults: dict[str, Any] = {"rho": 0.05}

    def __init__(
        self, params: Iterable[Any], inner: Inner = "sgd", rho: float = 0.05, **options: Any
    ) -> None:
        self._origin: list[tuple[Tensor, Tensor]] = []
        super().__init__(params, inner, {"rho": rho}, **options)
        if self.inner.needs_closure:
            raise self.refused(
                "inner", type(self.inner).__name__, "one that takes steps without a closure"
            )

    def step(self, closure: Callable[[], Any] | None = required) -> Any:  # type: ignore[assignment]
        """Both halves.

        closure: drops the gradients, computes the loss and its gradients, and returns it. The loss
        returned is the one at p. If a call fails the parameters are as before.

        Raises ArgumentError without one.
        """
        if not callable(closure):
            raise ArgumentError(
                "[SAM] step() got no closure, and needs gradients at two places. Write a function "
                "that drops the gradients, computes the loss and its gradients and returns it, and "
                "call step(it); or call first_step and second_step."
            )
        with enable_grad():
            loss = closure()
        self.first_step()
        try:
            with enable_grad():
                closure()
        except BaseException:
            self._return()
            raise
        self.second_step()
        return loss

    def first_step(self, zero_grad: bool = False) -> None:
        """Go to the worst place nearby; then compute the gradients there."""
        self._return()  # from a first step that no second one followed
        with no_grad():
            moved = [
                (p, group)
                for group in self.param_groups
                for p in group["params"]
                if p.grad is not None
            ]
            if moved:
                device = moved[0][0].device
                size = stack([length(p.grad).double().to(device) for p, _ in moved]).norm()
            for p, group in moved:
                rise = -group["rho"] if group.get("maximize") else group["rho"]
                scale = (rise / (size + 1e-12)).to(p)
                self._origin.append((p, p.detach().clone()))
                p.add_(p.grad * scale)
        if zero_grad:
            self.zero_grad()

    def second_step(self, zero_grad: bool = False) -> None:
        """Go back, and take the inner optimizer's step by the gradients found."""
        self._return()
        self.inner.step()
        self.remember()
        if zero_grad:
            self.zero_grad()

    def _return(self) -> None:
        with no_grad():
            for parameter, origin in self._origin:
                parameter.copy_(origin)
        self._origin = []
