"""A module's state by name: ``state_dict`` and ``load_state_dict``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from plugtorch.autograd import no_grad
from plugtorch.errors import DTypeError, StateError
from plugtorch.module.uninitialized import is_lazy
from plugtorch.tensor import Tensor

if TYPE_CHECKING:
    from plugtorch.module.hooks import Hooks

EXTRA = "_extra_state"


class IncompatibleKeys(NamedTuple):
    """What ``load_state_dict`` returns: the names that one side had and the other had not."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        missing, unexpected = self
        return f"IncompatibleKeys(missing_keys={missing}, unexpected_keys={unexpected})"


class StateDict(OrderedDict[str, Any]):
    """What ``state_dict`` returns: name to tensor, and in ``_metadata`` each module's version."""

    _metadata: dict[str, dict[str, Any]]


class Stateful:
    """The part of Module that is about saving and loading."""

    _version = 1
    _hooks: Hooks | None
    _parameters: dict[str, Any]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _non_persistent_buffers_set: set[str]

    # -- out ---------------------------------------------------------------------------------------

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> Any:
        """Every parameter and persistent buffer by its dotted name; the tensors are the module's
        own, not copies.

        destination: a dictionary to add to. prefix: put before every name. keep_vars: give the
        parameters themselves, not detached from the graph.

        >>> import plugtorch
        >>> list(plugtorch.nn.Sequential(plugtorch.nn.Linear(2, 3)).state_dict())
        ['0.weight', '0.bias']
        """
        if destination is None:
            destination = StateDict()
            destination._metadata = {}
        about = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = about
        if self._hooks is not None:
            for entry in self._hooks.state_dict_pre:
                entry.function(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars
                )
        if self._hooks is not None:
            for entry in self._hooks.state_dict:
                entry.function(self, destination, prefix, about)
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._own_state():
            if tensor is not None:
                destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + EXTRA] = self.get_extra_state()

    def _own_state(self) -> Iterable[tuple[str, Tensor | None]]:
        yield from self._parameters.items()
        for name, buffer in self._buffers.items():
            if name not in self._non_persistent_buffers_set:
                yield name, buffer

    def get_extra_state(self) -> Any:
        """Override, with ``set_extra_state``, to put more than tensors into the state_dict."""
        raise StateError(
            f"[get_extra_state] {type(self).__name__} has no extra state. Override "
            "get_extra_state and "
            "set_extra_state together."
        )

    def set_extra_state(self, state: Any) -> None:
        """Override to take back what ``get_extra_state`` gave."""
        raise StateError(
            f"[set_extra_state] {type(self).__name__} was given extra state but cannot take it. "
            "Override "
            "get_extra_state and set_extra_state together."
        )

    # -- in ----------------------------------------------------------------------------------------

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy the values of ``state_dict`` into the parameters and buffers of the same names.

        strict: every name must be in both. assign: put the given tensors in place of the module's
        own, with their dtype and device, instead of copying into those.

        Raises StateError that lists every name that is missing or unexpected and every size that
        differs.
        """
        if not isinstance(state_dict, Mapping):
            raise DTypeError(
                "[load_state_dict] needs a dictionary of tensors, got "
                f"{type(state_dict).__name__}. "
                "Give what state_dict() returned."
            )
        missing: list[str] = []
        unexpected: list[str] = []
        problems: list[str] = []
        metadata = getattr(state_dict, "_metadata", {})
        state = OrderedDict(state_dict)  # a hook may rename keys in it

        def load(module: Any, part: Mapping[str, Any], prefix: str) -> None:
            about = {**metadata.get(prefix[:-1], {}), "assign_to_params_buffers": assign}
            module._load_from_state_dict(part, prefix, about, True, missing, unexpected, problems)
            for name, child in module._modules.items():
                if child is not None:
                    start = f"{prefix}{name}."
                    load(child, {k: v for k, v in part.items() if k.startswith(start)}, start)
            if module._hooks is not None:
                for entry in module._hooks.load:
                    entry.function(module, IncompatibleKeys(missing, unexpected))

        load(self, state, "")
        if strict:
            problems = [
                *(["missing: " + ", ".join(missing)] if missing else []),
                *(["unexpected: " + ", ".join(unexpected)] if unexpected else []),
                *problems,
            ]
        if problems:
            remedy = (
                " strict=False skips what is missing or unexpected."
                if strict and (missing or unexpected)
                else ""
            )
            raise StateError(
                f"[load_state_dict] the state is not that of {type(self).__name__}:\n    "
                + "\n    ".join(problems)
                + f"\nLoad it into a model that was built in the same way.{remedy}"
            )
        return IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(
        self,
        state_dict: Mapping[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module's own part, not its children's; override to translate an old version's
        state.
        """
        if self._hooks is not None:
            for entry in self._hooks.load_pre:
                entry.function(
                    self,
                    state_dict,
                    prefix,
                    local_metadata,
                    strict,
                    missing_keys,
                    unexpected_keys,
                    error_msgs,
                )
        own = {name: tensor for name, tensor in self._own_state() if tensor is not None}
        assign = local_metadata.get("assign_to_params_buffers", False)
        for name, tensor in own.items():
            key = prefix + name
            if key not in state_dict:
                missing_keys.append(key)
                continue
            problem = _mismatch(tensor, state_dict[key])
            if problem:
                error_msgs.append(f"{key}: {problem}")
            elif assign:
                self._assign(name, tensor, state_dict[key])
            elif not is_lazy(tensor):
                with no_grad():
                    tensor.copy_(state_dict[key])
        self._load_extra_state(state_dict, prefix + EXTRA, missing_keys, unexpected_keys)
        for key in state_dict:
            if key.startswith(prefix) and key != prefix + EXTRA:
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in (self._modules if dot else own):
                    unexpected_keys.append(key)

    def _assign(self, name: str, tensor: Tensor, given: Tensor) -> None:
        kind: Any = type(tensor)
        if name in self._parameters:
            if not isinstance(given, kind):
                given = kind(given, requires_grad=tensor.requires_grad)
            else:
                given.requires_grad_(tensor.requires_grad)
        setattr(self, name, given)

    def _load_extra_state(
        self, state: Mapping[str, Any], key: str, missing: list[str], unexpected: list[str]
    ) -> None:
        if type(self).set_extra_state is not Stateful.set_extra_state:
            if key in state:
                self.set_extra_state(state[key])
            else:
                missing.append(key)
        elif key in state:
            unexpected.append(key)


def _mismatch(own: Tensor, given: Any) -> str:
    if not isinstance(given, Tensor):
        return f"is a {type(given).__name__}, needs a tensor"
    if is_lazy(own) and is_lazy(given):
        return ""
    if given.shape != own.shape:
        return f"has shape {tuple(given.shape)}, needs {tuple(own.shape)}"
    return ""
