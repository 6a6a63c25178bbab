"""The base of every schedule: it counts epochs, and writes rates into the optimizer's groups.

A schedule is its formula. In PyTorch's way an author overrides ``get_lr()``, which gives the rates
for ``last_epoch`` from the present ones (so that several schedules can work on one optimizer) or
from ``base_lrs``:

    class Halving(LRScheduler):
        def get_lr(self):
            return [base / 2**self.last_epoch for base in self.base_lrs]

Those of this package override ``_rates()``, which is the same without the warning for a call from
outside of a step. All that PyTorch does not have begins with an underscore: subclasses written for
it may have fields of any other name.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from plugtorch.errors import ArgumentError, StateError
from plugtorch.optim.lr_scheduler.values import Rate, copies, number, own, put, whole
from plugtorch.optimizer import Optimizer
from plugtorch.tensor import Tensor


class LRScheduler:
    """The base: ``step()`` after each epoch, or batch, sets the rates for the next.

    Args:
        optimizer: whose rates to set.
        last_epoch: the last epoch that was done; -1 begins, with the present rates as the initial
            ones.

    Raises TypeError for what is no optimizer, StateError where there is a last epoch and a group
    has no "initial_lr" to go on with, ArgumentError for options out of their range.

    >>> import plugtorch
    >>> class Halving(LRScheduler):
    ...     def get_lr(self):
    ...         return [base / 2**self.last_epoch for base in self.base_lrs]
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.LRScheduler``.
    """

    # these two are PyTorch's, for schedules written for it that look at them
    _get_lr_called_within_step = False
    _is_initial = False
    _get_closed_form_lr: Callable[[], Sequence[Rate]] | None = None

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = self._checked(optimizer)
        self._need("last_epoch", last_epoch, whole(last_epoch, -1), "a whole number from -1")
        for place, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", own(group["lr"]))
            elif "initial_lr" not in group:
                raise StateError(
                    f"[{type(self).__name__}] group {place} has no initial_lr, needed to go on "
                    f"after epoch {last_epoch}. Load the optimizer's state first, or begin with "
                    "last_epoch=-1."
                )
        self.base_lrs: list[Rate] = copies(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        _watch(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    # -- the formula -----------------------------------------------------------------------------

    def get_lr(self) -> Sequence[Rate]:
        """The rates for epoch ``last_epoch``, one for each group. An author overrides this."""
        if not self._get_lr_called_within_step:
            warnings.warn(
                f"[{type(self).__name__}] get_lr() is the formula of a step. "
                "Call get_last_lr() to see the present rates.",
                stacklevel=2,
            )
        return self._rates()

    def _rates(self) -> Sequence[Rate]:
        """The same as ``get_lr()``, which it is called by."""
        raise NotImplementedError(f"[{type(self).__name__}] has no formula. Write get_lr().")

    @property
    def _initial(self) -> list[Rate]:
        """``base_lrs``, where there is one for each group."""
        if len(self.base_lrs) != len(self.optimizer.param_groups):
            raise self._misfit("initial rates", len(self.base_lrs))
        return self.base_lrs

    @property
    def _present(self) -> list[Rate]:
        """The rates that the groups have now."""
        return self._each("lr")

    def _each(self, key: str) -> list[Any]:
        """What the groups have under a key; one that was added later may not have it."""
        values = [group[key] for group in self.optimizer.param_groups if key in group]
        if len(values) != len(self.optimizer.param_groups):
            raise self._misfit(key, len(values))
        return values

    # -- the step --------------------------------------------------------------------------------

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch; call it after the optimizer's ``step()``.

        epoch: the one to go to instead, from the formula in closed form if there is one. PyTorch
            advises against it.
        """
        if self._step_count == 1 and not _stepped.get(self.optimizer, True):
            warnings.warn(
                f"[{type(self).__name__}] scheduler.step() came before the first optimizer.step(), "
                "so the first rate is never used. Call optimizer.step() first.",
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            warn_of_epoch(self)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        """Go to an epoch; without a warning, so that other schedules may do it."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = None if epoch is None else self._get_closed_form_lr
        self._set_lr(closed or self.get_lr)

    def _set_lr(self, formula: Callable[[], Sequence[Rate]]) -> None:
        self._get_lr_called_within_step = True
        try:
            rates = formula()
        finally:
            self._get_lr_called_within_step = False
        groups = self.optimizer.param_groups
        if len(rates) != len(groups):
            raise self._misfit("rates", len(rates))
        for group, rate in zip(groups, rates, strict=True):
            put(group, "lr", rate)
        self._last_lr = copies(self.optimizer, "lr")

    def get_last_lr(self) -> list[Rate]:
        """The rates that were set last, one for each group; copies of those that are tensors."""
        return self._last_lr

    # -- saving ----------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer. PyTorch's scheduler of the same name accepts it."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave, here or in PyTorch. The rates are in the optimizer's.

        Raises StateError, with nothing changed, for the state of another kind of scheduler.
        """
        self._check_state(state_dict)
        self.__dict__.update(state_dict)

    def _check_state(self, state_dict: Mapping[str, Any]) -> None:
        # what the class has a value for may be missing: it came with a later version
        needed = [key for key in self.state_dict() if not hasattr(type(self), key)]
        missing = [key for key in needed if key not in state_dict]
        if missing:
            raise StateError(
                f"[{type(self).__name__}] the state has no {', '.join(missing)}, so it is of "
                f"another scheduler. It has {', '.join(state_dict) or 'nothing'}."
            )

    # -- options ---------------------------------------------------------------------------------

    def _checked(self, optimizer: Any) -> Optimizer:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"[{type(self).__name__}] got a {type(optimizer).__name__}, needed an optimizer."
            )
        return optimizer

    def _need(self, option: str, value: object, good: bool, needed: str) -> None:
        """Refuse an option that is not good."""
        if not good:
            raise ArgumentError(f"[{type(self).__name__}] {option} is {value!r}, needed {needed}.")

    def _per_group(self, optimizer: Any, option: str, value: Any) -> list[Any]:
        """An option that is one for all groups, or a list with one for each."""
        count = len(self._checked(optimizer).param_groups)
        values = list(value) if isinstance(value, (list, tuple)) else [value] * count
        if len(values) != count:
            raise ArgumentError(
                f"[{type(self).__name__}] {option} has {len(values)} entries, needed one for each "
                f"of {count} parameter groups, or one for all."
            )
        return [own(v) for v in values]

    def _numbers(self, optimizer: Any, option: str, value: Any) -> list[Rate]:
        """The same, of numbers or 0-d tensors."""
        values = self._per_group(optimizer, option, value)
        for one in values:
            self._need(option, one, isinstance(one, Tensor) or number(one), "finite numbers")
        return values

    def _misfit(self, what: str, given: int) -> ArgumentError:
        return ArgumentError(
            f"[{type(self).__name__}] there are {given} {what} for "
            f"{len(self.optimizer.param_groups)} parameter groups. Add groups to the optimizer "
            "before the scheduler is made."
        )


class _LRScheduler(LRScheduler):
    """PyTorch's older name of the base, with the same underscore."""


# -- warnings --------------------------------------------------------------------------------------

_stepped: WeakKeyDictionary[Optimizer, bool] = WeakKeyDictionary()
"""Of each optimizer that has a scheduler, whether its step was called since."""


def _watch(optimizer: Optimizer) -> None:
    if optimizer not in _stepped:
        _stepped[optimizer] = False
        optimizer.register_step_pre_hook(_note_step)


def _note_step(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
    _stepped[optimizer] = True


def warn_of_epoch(scheduler: LRScheduler) -> None:
    """What PyTorch too says of a step to a given epoch."""
    warnings.warn(
        f"[{type(scheduler).__name__}] step() was given an epoch. Call it without one, after each.",
        stacklevel=3,
    )
