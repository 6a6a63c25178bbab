"""An optimizer's state: ``state_dict``, ``load_state_dict``, pickling. The structure is PyTorch's.

    {"state": {0: {"momentum_buffer": tensor}, 1: ...}, "param_groups": [{"lr": 0.1, ..., "params":
    [0, 1, ...]}]}

Parameters are numbered in the order of the groups.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import StateError
from plugtorch.optimizer.hooks import Hooked
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import as_tensor

Group = dict[str, Any]
State = dict[str, Any]


class Stateful(Hooked):
    """The part of Optimizer that is about saving and loading."""

    defaults: Any
    param_groups: list[Group]
    state: defaultdict[Any, State]

    def state_dict(self) -> dict[str, Any]:
        """The state, by number of the parameter, and the groups. Tensors are not copied.

        >>> import plugtorch
        >>> x = plugtorch.ones(2, requires_grad=True)
        >>> plugtorch.optim.SGD([x], lr=0.1).state_dict()["param_groups"][0]["params"]
        [0]
        """
        for hook in self._hooks_of("state_dict_pre"):
            hook(self)
        parameters = [p for group in self.param_groups for p in group["params"]]
        numbers: dict[int, int] = {}
        for parameter in parameters:  # one that is in a group twice keeps its first number
            numbers.setdefault(id(parameter), len(numbers))
        saved: dict[str, Any] = {
            "state": {
                numbers[id(k)] if isinstance(k, Tensor) else k: v for k, v in self.state.items()
            },
            "param_groups": [
                {**group, "params": [numbers[id(p)] for p in group["params"]]}
                for group in self.param_groups
            ],
        }
        for hook in self._hooks_of("state_dict_post"):
            changed = hook(self, saved)
            if changed is not None:
                saved = changed
        return saved

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave, here or in PyTorch, for the same parameters.

        Values are copied, and tensors brought to their parameter's dtype and device.

        Raises StateError, with nothing changed, for the state of another optimizer or of other
        parameters.
        """
        if isinstance(state_dict, Mapping):
            state_dict = dict(state_dict)
        for hook in self._hooks_of("load_state_dict_pre"):
            changed = hook(self, state_dict)
            if changed is not None:
                state_dict = changed
        groups = self._fitting_groups(state_dict)
        owners = {
            number: (parameter, group)
            for saved, group in zip(state_dict["param_groups"], groups, strict=True)
            for number, parameter in zip(saved["params"], group["params"], strict=True)
        }
        state: defaultdict[Any, State] = defaultdict(dict)
        with no_grad():
            for number, values in state_dict["state"].items():
                if number in owners:
                    parameter, group = owners[number]
                    state[parameter] = self._fitting_state(parameter, group, values)
                else:
                    state[number] = deepcopy(values)
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in self._hooks_of("load_state_dict_post"):
            hook(self)

    def _fitting_groups(self, state_dict: Mapping[str, Any]) -> list[Group]:
        """The saved groups with this optimizer's parameters in them."""
        name = type(self).__name__
        _check_structure(name, state_dict)
        saved_groups = state_dict["param_groups"]
        have = [len(group["params"]) for group in self.param_groups]
        given = [len(group["params"]) for group in saved_groups]
        if have != given:
            raise StateError(
                f"[{name}] the state is for groups of {given} parameters, this optimizer has "
                f"{have}. "
                "Build it for the same model, with the same groups, before loading."
            )
        groups = []
        for group, saved in zip(self.param_groups, saved_groups, strict=True):
            # a switch may be missing: it came with a later version, and its default is how it was
            # before
            missing = [
                key
                for key, value in self.defaults.items()
                if key not in saved and not (value is None or isinstance(value, bool))
            ]
            if missing:
                raise StateError(
                    f"[{name}] the state has no {', '.join(missing)}, so it is of another "
                    "optimizer. It has "
                    f"{', '.join(sorted(saved.keys() - {'params'}))}."
                )
            kept = {k: group[k] for k in ("params", "param_names") if k in group}
            fresh = {k: deepcopy(v) for k, v in saved.items() if k != "params"}
            groups.append({**self.defaults, **kept, **fresh})
        return groups

    def _fitting_state(self, parameter: Tensor, group: Group, values: Any) -> Any:
        """A parameter's saved state, copied, on its device and in its dtype."""
        name = type(self).__name__
        if not isinstance(values, Mapping):
            raise StateError(
                f"[{name}] a parameter's state is a {type(values).__name__}, needed a dictionary."
            )
        self.check_state(parameter, values)
        if not self.is_rule or not values:  # type: ignore[attr-defined]
            return _converted(values, parameter)
        needed: State = self.initial_state(parameter, group)  # type: ignore[attr-defined]
        if needed.keys() != values.keys():
            raise StateError(
                f"[{name}] a parameter's state has {', '.join(map(str, values))}, needed "
                f"{', '.join(needed)}: it is of another optimizer, or of one with other options."
            )
        state: State = {}
        for key, value in values.items():
            pattern = needed[key]
            if pattern is not None and not isinstance(
                pattern, Tensor
            ):  # a count; PyTorch has tensors for them
                state[key] = type(pattern)(value.item() if hasattr(value, "item") else value)
                continue
            value = _converted(value, parameter)
            if isinstance(pattern, Tensor) and not isinstance(value, Tensor):
                raise StateError(
                    f"[{name}] {key} of a parameter is a {type(value).__name__}, needed a tensor."
                )
            shape = tuple((parameter if pattern is None else pattern).shape)
            if isinstance(value, Tensor) and tuple(value.shape) != shape:
                raise StateError(
                    f"[{name}] {key} of a parameter of shape {tuple(parameter.shape)} has shape "
                    f"{tuple(value.shape)}, needed {shape}. It is the state of another model."
                )
            state[key] = value
        return state

    def check_state(self, parameter: Tensor, state: Mapping[str, Any]) -> None:
        """Raise StateError for a saved state that is not one of ``parameter``'s.

        For a rule ``initial_state`` says enough; other optimizers may override this.
        """

    def __getstate__(self) -> dict[str, Any]:
        """What is pickled and copied: everything but hooks."""
        return {k: v for k, v in self.__dict__.items() if k not in ("_hooks", "step")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Also called by ``load_state_dict``: the place to fill in what older states lack."""
        self.__dict__.update(state)


def _check_structure(name: str, state_dict: Any) -> None:
    """Raise StateError for what is not built as the top of this file says."""
    advice = "Give what an optimizer's state_dict() returned."
    if not isinstance(state_dict, Mapping):
        raise StateError(
            f"[{name}] the state is a {type(state_dict).__name__}, needed a dictionary. {advice}"
        )
    for key in ("state", "param_groups"):
        if key not in state_dict:
            raise StateError(
                f"[{name}] the state has no {key!r}, it has {sorted(map(str, state_dict))}. "
                f"{advice}"
            )
    groups = state_dict["param_groups"]
    listed = isinstance(groups, list | tuple) and all(
        isinstance(group, Mapping) and "params" in group for group in groups
    )
    if not listed or not isinstance(state_dict["state"], Mapping):
        raise StateError(
            f'[{name}] the state needs a dictionary "state", and in "param_groups" a list of '
            f'dictionaries with "params". {advice}'
        )


def _converted(value: Any, parameter: Tensor) -> Any:
    """A copy of ``value``; tensors in it, PyTorch's and NumPy's too, as the parameter is."""
    if isinstance(value, Tensor):
        dtype = parameter.dtype if value.dtype.is_floating_point else value.dtype
        moved = value.detach().to(device=parameter.device, dtype=dtype)
        return moved.clone()
    if hasattr(value, "__array__"):
        return _converted(as_tensor(value.__array__()), parameter)
    if isinstance(value, dict):  # a count must not be rounded to the parameter's dtype
        return {
            k: deepcopy(v) if k == "step" else _converted(v, parameter) for k, v in value.items()
        }
    if isinstance(value, (list, tuple, set)):
        return type(value)(_converted(inner, parameter) for inner in value)
    return deepcopy(value)
