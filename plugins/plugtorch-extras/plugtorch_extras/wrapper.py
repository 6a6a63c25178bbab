"""An optimizer around another: groups are shared, and states saved and restored together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from plugtorch import Optimizer, Tensor, optimizers
from plugtorch.errors import ArgumentError, StateError

Inner = str | Callable[..., Any]


class Wrapper(Optimizer):
    """The part that is about the other one, ``inner``; a subclass writes ``step``.

    Its own options are those in ``defaults``; all others go to the inner optimizer, and each group
    has both. What the inner one remembers of a parameter is under "inner" in its state, beside what
    the wrapper does.

    Raises ArgumentError for an inner optimizer that has an option of the same name.
    """

    fields: ClassVar[frozenset[str]] = frozenset()
    """What the wrapper itself remembers of a parameter."""

    def __init__(self, params: Iterable[Any], inner: Inner, own: dict[str, Any], **options: Any):
        make = optimizers.get(inner) if isinstance(inner, str) else inner
        if not callable(make):
            raise self.refused("inner", inner, "the name of an optimizer, or its class")
        self.inner = make(params, **options)
        taken = sorted(own.keys() & self.inner.param_groups[0].keys())
        if taken:
            raise ArgumentError(
                f"[{type(self).__name__}] the inner optimizer {type(self.inner).__name__} has "
                f"{', '.join(taken)} too, so it cannot be told apart. Give another optimizer, or a "
                "subclass with its own name for it."
            )
        super().__init__(self.inner.param_groups, own)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        if isinstance(param_group, dict):
            self.check({**self.defaults, **param_group})
        if not any(group is param_group for group in self.inner.param_groups):
            self.inner.add_param_group(param_group)
        super().add_param_group(param_group)

    @property
    def needs_closure(self) -> bool:
        """Whether either of the two needs one."""
        return super().needs_closure or self.inner.needs_closure

    def train(self) -> None:
        """Make the parameters those that the inner optimizer takes gradients at."""
        self.inner.train()

    def eval(self) -> None:
        """Make the parameters those of the inner optimizer that are to be used."""
        self.inner.eval()

    def remember(self) -> None:
        """Take what the inner optimizer remembers into this one's state; after each of its
        steps.
        """
        for parameter, state in self.inner.state.items():
            self.state[parameter]["inner"] = state

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave, for the same parameters and inner optimizer.

        Raises StateError, with nothing changed, for any other.
        """
        name = type(self).__name__
        known = isinstance(state_dict, Mapping) and {"state", "param_groups"} <= state_dict.keys()
        states, groups = (state_dict["state"], state_dict["param_groups"]) if known else ({}, [])
        if not known or any(option not in group for option in self.defaults for group in groups):
            raise StateError(
                f"[{name}] the state lacks {', '.join(self.defaults)}, so it is of an optimizer "
                "without the wrapper. Give what a wrapper's state_dict() returned."
            )
        parameters = [p for group in self.param_groups for p in group["params"]]
        inner = {}
        for number, state in dict(states).items():
            if not (isinstance(state, Mapping) and state.keys() <= {"inner", *self.fields}):
                raise StateError(
                    f"[{name}] the state of parameter {number} has something else than inner"
                    f"{''.join(f', {field}' for field in sorted(self.fields))}. It is of another "
                    "optimizer."
                )
            if "inner" in state:
                inner[number] = state["inner"]
            shape = tuple(parameters[number].shape) if number < len(parameters) else ()
            for key, value in state.items():
                if isinstance(value, Tensor) and tuple(value.shape) != shape:
                    raise StateError(
                        f"[{name}] {key} of a parameter of shape {shape} has shape "
                        f"{tuple(value.shape)}. It is the state of another model."
                    )
        self.inner.load_state_dict({**state_dict, "state": inner})
        super().load_state_dict(state_dict)
        self.inner.param_groups = self.param_groups
        self.remember()
