"""The base of every optimizer: groups, state, closures, hooks and the step, once.

An author writes two methods for ONE parameter, in tensor operations:

    class SignSGD(Optimizer):
        defaults = dict(lr=1e-3, momentum=0.9)

        def initial_state(self, parameter, group):
            return {"average": plugtorch.zeros_like(parameter)}

        def update(self, parameter, gradient, state, group):
            average = group["momentum"] * state["average"] + gradient
            return parameter - group["lr"] * average.sign(), {"average": average}

An optimizer written PyTorch's way (``super().__init__(params, dict(lr=lr))`` and a ``step`` of its
own that uses ``param_groups``, ``state[p]`` and in-place methods) works as well. Saving and loading
is in ``state.py``.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from plugtorch.autograd import enable_grad, no_grad
from plugtorch.autograd.walk import evaluate
from plugtorch.backend import Backend
from plugtorch.errors import ArgumentError, DeviceError, ShapeError
from plugtorch.module.uninitialized import is_lazy
from plugtorch.optimizer.options import (
    as_groups,
    check_group,
    fault,
    read_options,
    refuse_nan,
    required,
    signature,
)
from plugtorch.optimizer.recording import Recorded
from plugtorch.optimizer.state import Stateful
from plugtorch.storage import store
from plugtorch.tensor import Tensor

Group = dict[str, Any]
State = dict[str, Any]


class Optimizer(Stateful):
    """Changes parameters by their gradients.

    Args:
        params: tensors, (name, tensor) pairs, or dicts with "params" and options of their own.
        The options in ``defaults``, in that order or by name; ``maximize`` to go up instead of
        down; ``foreach``, ``capturable``, ``differentiable`` and ``fused``, which change nothing.

    Raises ArgumentError for an empty list and for an option out of its range, TypeError for what is
    not a tensor and for an unknown option.

    >>> import plugtorch
    >>> class Halve(plugtorch.Optimizer):
    ...     defaults = dict(lr=0.5)
    ...     def update(self, parameter, gradient, state, group):
    ...         return parameter - group["lr"] * gradient, state
    >>> x = plugtorch.tensor([4.0], requires_grad=True)
    >>> optimizer = Halve([x])
    >>> (x * x / 2).sum().backward()
    >>> optimizer.step()
    >>> x
    tensor([2.], requires_grad=True)

    Source: ``torch.optim.Optimizer``.
    """

    defaults: Group = {}
    """The rule's options. Numbers are at least 0 unless the default is less, ``betas`` below 1."""

    elementwise: ClassVar[bool] = False
    """Whether the rule does to each element the same, whatever its neighbours are. For large
    parameters ``update`` may then be called once, with tensors that have no values yet
    (``recording.py``)."""

    param_groups: list[Group]
    state: defaultdict[Any, State]

    def __init__(self, params: Iterable[Any], *args: Any, **options: Any) -> None:
        self.defaults = read_options(type(self).__name__, type(self).defaults, args, options)
        self.state = defaultdict(dict)
        self.param_groups = []
        for group in as_groups(params):
            self.add_param_group(group)

    # -- what an author writes -------------------------------------------------------------------

    def initial_state(self, parameter: Tensor, group: Group) -> State:
        """What is remembered of ``parameter`` before its first update: new tensors, and numbers."""
        return {}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: State, group: Group
    ) -> tuple[Tensor, State]:
        """The new parameter and the new state. Changes nothing it is given.

        What is kept of ``parameter`` or ``gradient`` must be a ``clone()``: both are written later.
        """
        raise NotImplementedError(
            f"[{type(self).__name__}] has no rule. Write update(parameter, gradient, state, "
            "group), or step()."
        )

    def check(self, group: Group) -> None:
        """Refuse options that make no sense, in every group; extend it with ``super()``."""
        for name, default in type(self).defaults.items():
            needed = fault(name, group[name], default)
            if needed:
                raise self.refused(name, group[name], needed)

    def refused(self, option: str, value: object, needed: str) -> ArgumentError:
        """The error for an option out of its range; the caller raises it."""
        return ArgumentError(f"[{type(self).__name__}] {option} is {value!r}, needed {needed}.")

    # -- the step --------------------------------------------------------------------------------

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        closure: computes the loss again, with gradients, and returns it; so does the step then.

        Raises ShapeError or DeviceError, before anything changes, for a gradient that does not fit
        its parameter.
        """
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        work = [
            (parameter, gradient, group)
            for group in self.param_groups
            for parameter in group["params"]
            if (gradient := parameter.grad) is not None
        ]
        backends = self._check_gradients(work)
        states, update = self.state, self.update
        noted = self.elementwise and any(backend.block for backend in backends)
        recorded = Recorded(update, states) if noted else None
        with no_grad():
            begun = self._begin(work) if any(backend.deferred for backend in backends) else {}
            for parameter, gradient, group in work:
                state = states.get(parameter) or begun.get(parameter)
                state = state or self.initial_state(parameter, group)
                if recorded is not None and recorded.add(parameter, gradient, state, group):
                    continue
                if group.get("maximize"):
                    gradient = -gradient
                new, state = update(parameter, gradient, state, group)
                array = new.value()
                if new.dtype is not parameter.dtype or array.shape != parameter.value().shape:
                    raise self._misfit(parameter, new)
                store(parameter, array)
                if state:
                    states[parameter] = state
            if recorded is not None:
                recorded.apply()
        for backend in backends:
            if backend.deferred:
                backend.evaluate(self._arrays(work, backend))
        return loss

    def _check_gradients(self, work: list[tuple[Any, Any, Group]]) -> list[Backend]:
        """Refuse gradients that do not fit; the backends of those that do."""
        backends: list[Backend] = []
        backend = None
        for parameter, gradient, _ in work:
            if parameter.storage.backend is not backend:
                backend = parameter.storage.backend
                if backend not in backends:
                    backends.append(backend)
            if gradient.storage.backend is not backend:
                raise DeviceError(
                    f"[{type(self).__name__}] {self._name_of(parameter)} is on {parameter.device}, "
                    f"its gradient on {gradient.device}. Move the model before the backward pass, "
                    "then call zero_grad()."
                )
            if gradient.value().shape != parameter.value().shape:
                raise ShapeError(
                    f"[{type(self).__name__}] {self._name_of(parameter)} has shape "
                    f"{tuple(parameter.shape)}, its gradient {tuple(gradient.shape)}. "
                    "Call zero_grad() after changing a parameter's data."
                )
        return backends

    def _begin(self, work: list[tuple[Any, Any, Group]]) -> dict[Any, dict[str, Any]]:
        """The states of parameters that have none yet, in memory: to a device that plans ahead the
        first step then looks as all later ones will.
        """
        begun = {
            parameter: self.initial_state(parameter, group)
            for parameter, _, group in work
            if not self.state.get(parameter)
        }
        tensors = [v for state in begun.values() for v in state.values() if isinstance(v, Tensor)]
        for tensor in tensors:
            if tensor.through is None:
                box = tensor.storage
                box.array = box.backend.kernels["clone"](box.array)
        evaluate(tensors)
        return begun

    def _arrays(self, work: list[tuple[Any, Any, Group]], backend: Backend) -> list[Any]:
        """What the step has changed on one device: parameters and their state."""
        mine = [parameter for parameter, _, _ in work if parameter.storage.backend is backend]
        kept = [v for p in mine for v in self.state.get(p, {}).values() if isinstance(v, Tensor)]
        return [tensor.value() for tensor in (*mine, *kept) if tensor.storage.backend is backend]

    def _misfit(self, parameter: Tensor, new: Tensor) -> ShapeError:
        return ShapeError(
            f"[{type(self).__name__}] update returned {tuple(new.shape)} {new.dtype} for "
            f"{self._name_of(parameter)} of {tuple(parameter.shape)} {parameter.dtype}. "
            "It must return the new parameter, then the new state."
        )

    def _name_of(self, parameter: Tensor) -> str:
        """How messages speak of a parameter."""
        for number, group in enumerate(self.param_groups):
            for place, other in enumerate(group["params"]):
                if other is parameter:
                    names = group.get("param_names")
                    if names:
                        return f"parameter {names[place]!r}"
                    return f"parameter {place} of group {number}"
        return "a parameter"

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients, or with ``set_to_none=False`` fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is not None:
                    parameter.grad = None if set_to_none else gradient.detach().zero_()

    # -- what a training loop asks ---------------------------------------------------------------

    @property
    def needs_closure(self) -> bool:
        """Whether ``step`` must be given a closure: whether its signature has no default for one.

        One that refuses its default says so itself, by ``needs_closure = True`` in the class.
        """
        own = inspect.signature(type(self).step).parameters.values()  # a hook may hide it in self
        places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        defaults = [p.default for p in own if p.kind in places][1:]  # the first is self
        return any(d is inspect.Parameter.empty or d is required for d in defaults)

    def train(self) -> None:
        """Make the parameters those to take gradients at, before training.

        Most optimizers have only one kind, and do nothing.
        """

    def eval(self) -> None:
        """Make the parameters those to use: before evaluating or saving the model."""

    # -- groups ----------------------------------------------------------------------------------

    def add_param_group(self, param_group: Group) -> None:
        """Optimize more parameters: a dict with "params" and options other than the defaults.

        Raises TypeError for what is not a tensor, ArgumentError for a tensor that was computed from
        others, one that is in another group, and an option out of its range.
        """
        check_group(type(self).__name__, param_group, self.param_groups, self.defaults)
        if self.is_rule:
            self.check(param_group)
        refuse_nan(type(self).__name__, param_group)
        self.param_groups.append(param_group)
        # what a model begins with is no part of its first step, which then looks as later ones will
        evaluate([p for p in param_group["params"] if not is_lazy(p)])

    @property
    def is_rule(self) -> bool:
        """Whether this one is written as a rule for one parameter, not PyTorch's way."""
        return type(self).update is not Optimizer.update

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make ``help`` and ``inspect.signature`` show a rule's options, with their defaults."""
        super().__init_subclass__(**kwargs)
        if cls.__init__ is Optimizer.__init__:
            cls.__signature__ = signature(cls.defaults)  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
            lines.append("")
        return "\n".join([*lines[:-1], ")"])
