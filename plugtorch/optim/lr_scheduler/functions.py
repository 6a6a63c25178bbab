"""Rates that follow a function of the user's: LambdaLR, MultiplicativeLR."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from plugtorch.errors import StateError
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import Rate
from plugtorch.optimizer import Optimizer

Curve = Callable[[int], float]


def function_state(function: Any) -> dict[str, Any] | None:
    """What can be saved of a function: nothing, but the fields of an object that can be called."""
    if function is None or isinstance(function, FunctionType):
        return None
    return dict(getattr(function, "__dict__", {}))


def load_function(function: Any, state: Mapping[str, Any] | None) -> None:
    """Give the fields back."""
    if state:
        function.__dict__.update(state)


class Functions(LRScheduler):
    """The part of both that is about the functions.

    lr_lambda: a function of the epoch, or a list of one for each group. Only those that are objects
        with a ``__call__`` are in ``state_dict``; build the scheduler with the others.
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Curve | Sequence[Curve], last_epoch: int = -1
    ) -> None:
        self.lr_lambdas = self._per_group(optimizer, "lr_lambda", lr_lambda)
        for function in self.lr_lambdas:
            if not callable(function):
                raise TypeError(
                    f"[{type(self).__name__}] lr_lambda is a {type(function).__name__}, needed a "
                    "function of the epoch."
                )
        super().__init__(optimizer, last_epoch)

    def _followed(self, rates: Sequence[Rate]) -> list[Rate]:
        """Each rate times its group's function of the epoch."""
        if len(rates) != len(self.lr_lambdas):
            raise self._misfit("functions", len(self.lr_lambdas))
        epoch = self.last_epoch
        return [rate * f(epoch) for rate, f in zip(rates, self.lr_lambdas, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and plain functions."""
        kept = [function_state(function) for function in self.lr_lambdas]
        return super().state_dict() | {"lr_lambdas": kept}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        self._check_state(state_dict)
        saved = state_dict.get("lr_lambdas", [])
        if len(saved) != len(self.lr_lambdas):
            raise StateError(
                f"[{type(self).__name__}] the state has {len(saved)} functions, this scheduler "
                f"{len(self.lr_lambdas)}. Build it for the same groups."
            )
        functions = self.lr_lambdas
        super().load_state_dict(state_dict)
        self.lr_lambdas = functions
        for function, state in zip(functions, saved, strict=True):
            load_function(function, state)


class LambdaLR(Functions):
    """lr = initial_lr f(epoch).

    Args:
        optimizer: whose rates to set.
        lr_lambda: f, or a list with one for each group. Functions are not saved in ``state_dict``;
            objects with a ``__call__`` are.
        last_epoch: the last epoch that was done; -1 begins.

    Raises TypeError for what cannot be called, ArgumentError for another number of functions.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.LambdaLR``.
    """

    def _rates(self) -> Sequence[Rate]:
        return self._followed(self._initial)


class MultiplicativeLR(Functions):
    """The rate is multiplied by f(epoch) every epoch but the first.

    Args and raises: as LambdaLR.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = MultiplicativeLR(optimizer, lambda epoch: 0.5)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.MultiplicativeLR``.
    """

    def _rates(self) -> Sequence[Rate]:
        return self._present if self._is_initial else self._followed(self._present)
