"""Parameters with elements held at 0 by a mask: PyTorch's torch.nn.utils.prune.

A pruned parameter is ``<name>_orig``, its mask the buffer ``<name>_mask``, and their product is
computed before each forward.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.module import Module, Parameter
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import ones_like, zeros_like
from plugtorch.tensor.joining import cat
from plugtorch.tensor.random import rand, rand_like


class _Masked:
    """What is called before forward."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, module: Any, inputs: Any) -> None:
        mask, original = getattr(module, f"{self.name}_mask"), getattr(module, f"{self.name}_orig")
        setattr(module, self.name, mask.to(original.dtype) * original)


class BasePruningMethod:
    """A way to choose elements: subclass it with ``compute_mask``.

    PRUNING_TYPE: "unstructured" for single elements, or "structured" for slices along ``dim``; what
    is pruned already is left out of what compute_mask gets.

    Source: torch.nn.utils.prune.BasePruningMethod.
    """

    PRUNING_TYPE = "unstructured"
    dim = -1

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """1 where elements stay, 0 where they go; at most default_mask."""
        raise NotImplementedError(f"[prune] {type(self).__name__} has no compute_mask.")

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any
    ) -> Any:
        """Prune the parameter ``name`` of a module, by a method made with the other arguments."""
        method = cls(*args, **kwargs)
        pruned = _hook(module, name)
        original = getattr(module, f"{name}_orig" if pruned else name, None)
        if not isinstance(original, Tensor):
            raise ArgumentError(f"[prune] {type(module).__name__} has no parameter {name!r}.")
        scores = original if importance_scores is None else importance_scores
        if scores.shape != original.shape:
            raise ShapeError(
                f"[prune] importance_scores has shape {tuple(scores.shape)}, needed "
                f"{tuple(original.shape)}."
            )
        mask = getattr(module, f"{name}_mask") if pruned else ones_like(original).detach()
        with no_grad():
            mask = method.prune_mask(scores.detach(), mask)
        if pruned:
            setattr(module, f"{name}_mask", mask)
        else:
            del module._parameters[name]
            module.register_parameter(f"{name}_orig", original)  # type: ignore[arg-type]
            module.register_buffer(f"{name}_mask", mask)
            pruned = _Masked(name)
            module.register_forward_pre_hook(pruned)
        pruned(module, None)
        return method

    def prune_mask(self, t: Tensor, mask: Tensor) -> Tensor:
        """The mask after this method has chosen among what it leaves."""
        if self.PRUNING_TYPE == "unstructured":
            left: Any = mask == 1
        elif self.PRUNING_TYPE == "structured":
            axis = self.dim % t.ndim
            others = [a for a in range(t.ndim) if a != axis]
            left = (*[slice(None)] * axis, mask.sum(others) != 0)
        else:
            raise ArgumentError(f"[prune] there is no PRUNING_TYPE {self.PRUNING_TYPE!r}.")
        new = mask.clone()
        new[left] = self.compute_mask(t[left], mask[left]).to(mask.dtype)
        return new

    def prune(self, t: Tensor, default_mask: Any = None, importance_scores: Any = None) -> Tensor:
        """A tensor with what the method chooses set to 0."""
        mask = ones_like(t) if default_mask is None else default_mask
        scores = t if importance_scores is None else importance_scores
        return t * self.compute_mask(scores, mask).to(t.dtype)


class Identity(BasePruningMethod):
    """Prunes nothing, but makes the mask."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class _Amount(BasePruningMethod):
    """amount: how many, or as a float from 0 to 1 which part of them."""

    def __init__(self, amount: float) -> None:
        if not isinstance(amount, (int, float)):
            raise DTypeError(f"[prune] amount must be a number, got {type(amount).__name__}.")
        if amount < 0 or (isinstance(amount, float) and amount > 1):
            raise ArgumentError(
                f"[prune] amount is a whole number from 0 or a part from 0 to 1, got {amount}."
            )
        self.amount = amount

    def count(self, size: int) -> int:
        """How many of so many."""
        if isinstance(self.amount, int):
            if self.amount > size:
                raise ArgumentError(f"[prune] cannot prune {self.amount} of {size}.")
            return self.amount
        return round(self.amount * size)


class _Unstructured(_Amount):
    def scores(self, t: Tensor) -> Tensor:
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        count = self.count(t.numel())
        mask = default_mask.clone()
        if count:
            least = self.scores(t).reshape(-1).topk(count, largest=False).indices
            mask = mask.reshape(-1).index_fill(0, least, 0).reshape(mask.shape)
        return mask


class RandomUnstructured(_Unstructured):
    """Elements at random."""

    def scores(self, t: Tensor) -> Tensor:
        return rand_like(t)


class L1Unstructured(_Unstructured):
    """The elements nearest to 0."""

    def scores(self, t: Tensor) -> Tensor:
        return t.abs()


class _Structured(_Amount):
    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def scores(self, t: Tensor, axis: int) -> Tensor:
        raise NotImplementedError

    def prune_mask(self, t: Tensor, mask: Tensor) -> Tensor:
        """The mask after this method has chosen among what it leaves."""
        if t.ndim < 2:
            raise ShapeError(
                f"[prune] slices are pruned of tensors of two axes or more, got {tuple(t.shape)}."
            )
        if not -t.ndim <= self.dim < t.ndim:
            raise _AxisError(f"[prune] dim {self.dim} is no axis of shape {tuple(t.shape)}.")
        return super().prune_mask(t, mask)

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        axis = self.dim % t.ndim
        count = self.count(t.shape[axis])
        if not count:
            return default_mask
        scores = self.scores(t, axis)
        most = scores.topk(t.shape[axis] - count).indices
        kept = zeros_like(scores).index_fill(0, most, 1)
        shape = [1] * t.ndim
        shape[axis] = -1
        return default_mask * kept.reshape(shape).to(default_mask.dtype)


class _AxisError(ArgumentError, IndexError):
    pass


class RandomStructured(_Structured):
    """Slices along an axis, at random."""

    def scores(self, t: Tensor, axis: int) -> Tensor:
        return rand(t.shape[axis], dtype=t.dtype, device=t.device)


class LnStructured(_Structured):
    """The slices along an axis with the smallest n-norm."""

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def scores(self, t: Tensor, axis: int) -> Tensor:
        return t.norm(self.n, [a for a in range(t.ndim) if a != axis])


class CustomFromMask(BasePruningMethod):
    """What a mask says."""

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def prune_mask(self, t: Tensor, mask: Tensor) -> Tensor:
        """Both masks together."""
        return mask * self.mask.to(mask.dtype)

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask * self.mask.to(default_mask.dtype)


def identity(module: Module, name: str) -> Module:
    """Make the mask of a parameter, of ones. Source: torch.nn.utils.prune.identity."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: Module, name: str, amount: float) -> Module:
    """Prune elements at random. Source: torch.nn.utils.prune.random_unstructured."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: Module, name: str, amount: float, importance_scores: Tensor | None = None
) -> Module:
    """Prune the elements nearest to 0, or with the smallest scores.

    amount: how many, or as a float from 0 to 1 which part of those that are left.

    Raises ArgumentError for more than there are.

    >>> import plugtorch
    >>> layer = l1_unstructured(plugtorch.nn.Linear(4, 2), "weight", amount=0.25)
    >>> layer.weight_mask.sum()
    tensor(6.)

    Source: torch.nn.utils.prune.l1_unstructured.
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: Module, name: str, amount: float, dim: int) -> Module:
    """Prune slices along an axis at random. Source: torch.nn.utils.prune.random_structured."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: Module,
    name: str,
    amount: float,
    n: Any,
    dim: int,
    importance_scores: Tensor | None = None,
) -> Module:
    """Prune the slices along an axis with the smallest n-norm. Source:
    torch.nn.utils.prune.ln_structured.
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: Module, name: str, mask: Tensor) -> Module:
    """Prune what a mask says. Source: torch.nn.utils.prune.custom_from_mask."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune elements of several parameters, chosen among all of them.

    parameters: pairs of a module and a name. pruning_method: RandomUnstructured, L1Unstructured or
    one of your own; kwargs: what it is made with.

    Raises ArgumentError for a method that prunes slices.

    Source: torch.nn.utils.prune.global_unstructured.
    """
    if pruning_method.PRUNING_TYPE != "unstructured":
        raise _StructuredError("[global_unstructured] needs a method for single elements.")
    chosen, given = list(parameters), importance_scores or {}
    scores, masks = [], []
    for module, name in chosen:
        pruned = _hook(module, name) is not None
        original = getattr(module, f"{name}_orig" if pruned else name)
        scores.append(given.get((module, name), original).detach())
        masks.append(getattr(module, f"{name}_mask") if pruned else ones_like(scores[-1]))
    method = pruning_method(**kwargs)
    together = method.prune_mask(*[cat([x.reshape(-1) for x in xs]) for xs in (scores, masks)])
    parts = together.split([mask.numel() for mask in masks])
    for (module, name), mask, part in zip(chosen, masks, parts):
        custom_from_mask(module, name, part.reshape(mask.shape))


class _StructuredError(ArgumentError, DTypeError):
    pass


def remove(module: Module, name: str) -> Module:
    """Make pruned elements 0 for good, and the parameter an ordinary one again.

    Raises ArgumentError for a parameter that is not pruned.

    Source: torch.nn.utils.prune.remove.
    """
    hook = _hook(module, name)
    if hook is None:
        raise ArgumentError(f"[prune.remove] {name!r} of {type(module).__name__} is not pruned.")
    hook(module, None)
    value = getattr(module, name).detach()
    original: Parameter = module._parameters.pop(f"{name}_orig")  # type: ignore[assignment]
    original.data = value
    delattr(module, name)
    del module._buffers[f"{name}_mask"]
    entries = module._hooks.forward_pre  # type: ignore[union-attr]
    entries[:] = [entry for entry in entries if entry.function is not hook]
    module.register_parameter(name, original)
    return module


def is_pruned(module: Module) -> bool:
    """Whether any parameter of a module, or of one in it, is pruned. Source:
    torch.nn.utils.prune.is_pruned.
    """
    return any(_hook(each, None) is not None for each in module.modules())


def _hook(module: Module, name: str | None) -> Any:
    entries = module._hooks.forward_pre if module._hooks is not None else []
    for entry in entries:
        if isinstance(entry.function, _Masked) and name in (None, entry.function.name):
            return entry.function
    return None
