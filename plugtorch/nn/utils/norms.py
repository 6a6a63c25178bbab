"""Weights of a given norm, by a hook that computes them before each forward.

The older form of what ``parametrizations`` does; with its names in the state_dict.
"""

from __future__ import annotations

import warnings
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, StateError
from plugtorch.functional import normalize
from plugtorch.module import Module, Parameter
from plugtorch.module.uninitialized import is_lazy
from plugtorch.nn.convolution import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import one_axis


def length_except(x: Tensor, dim: int) -> Tensor:
    """The 2-norms over all axes but one, which stay as axes of size 1; over all for dim -1."""
    if dim == -1:
        return x.norm()
    kept = one_axis("weight_norm", dim, x.ndim)
    return x.norm(2, [axis for axis in range(x.ndim) if axis != kept], keepdim=True)


def direction(x: Tensor, dim: int) -> Tensor:
    """x / its length."""
    return x / length_except(x, dim)


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """A weight with one axis first and all others behind it as one."""
    return weight.movedim(dim, 0).flatten(1)


def output_axis(module: Module) -> int:
    """The axis of a layer's weight along which its outputs lie."""
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))


class _Hook:
    """What is called before forward."""

    def __init__(self, name: str) -> None:
        self.name = name

    def compute(self, module: Any, training: bool) -> Tensor:
        raise NotImplementedError

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute(module, module.training))

    def remove(self, module: Any) -> None:
        raise NotImplementedError


def _take(operation: str, kind: type[_Hook], module: Module, name: str) -> Parameter:
    """The parameter, no longer the module's."""
    if _find(kind, module, name) is not None:
        raise StateError(f"[{operation}] {name!r} has this norm already.")
    weight = module._parameters.get(name)
    if weight is None or is_lazy(weight):
        raise ArgumentError(
            f"[{operation}] {type(module).__name__} has no parameter {name!r}, or not yet: call a "
            "lazy module first."
        )
    delattr(module, name)
    return weight


def _find(kind: type[_Hook], module: Module, name: str) -> Any:
    hooks = module._hooks.forward_pre if module._hooks is not None else []
    found = [e for e in hooks if isinstance(e.function, kind) and e.function.name == name]
    return found[0] if found else None


def _remove(operation: str, kind: type[_Hook], module: Module, name: str) -> Module:
    entry = _find(kind, module, name)
    if entry is None:
        raise ArgumentError(
            f"[{operation}] {name!r} of {type(module).__name__} does not have this norm."
        )
    entry.function.remove(module)
    module._hooks.forward_pre.remove(entry)  # type: ignore[union-attr]
    return module


class _WeightNorm(_Hook):
    def __init__(self, name: str, dim: int) -> None:
        super().__init__(name)
        self.dim = dim

    def compute(self, module: Any, training: bool) -> Tensor:
        length, weight = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        return direction(weight, self.dim) * length

    def remove(self, module: Any) -> None:
        weight = self.compute(module, False)
        for name in (self.name, f"{self.name}_g", f"{self.name}_v"):
            delattr(module, name)
        module.register_parameter(self.name, Parameter(weight.detach()))


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Make a weight g v / |v|, with the length g and the direction v learned apart.

    name: the parameter, replaced by ``<name>_g`` and ``<name>_v``. dim: the axis along which
    lengths differ, None for one length. Returns the module. PyTorch recommends
    ``parametrizations.weight_norm`` now.

    Raises ArgumentError for a name that is no parameter, StateError for one that has it already.

    Salimans and Kingma 2016, arXiv:1602.07868; torch.nn.utils.weight_norm.
    """
    warnings.warn(
        "[weight_norm] is now nn.utils.parametrizations.weight_norm: call that.",
        FutureWarning,
        stacklevel=2,
    )
    weight = _take("weight_norm", _WeightNorm, module, name)
    hook = _WeightNorm(name, -1 if dim is None else dim)
    with no_grad():
        length = length_except(weight, hook.dim)
    module.register_parameter(f"{name}_g", Parameter(length))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute(module, False))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: Module, name: str = "weight") -> Module:
    """Make it a parameter again. Source: torch.nn.utils.remove_weight_norm."""
    return _remove("remove_weight_norm", _WeightNorm, module, name)


class _SpectralNorm(_Hook):
    def __init__(self, name: str, count: int, dim: int, eps: float) -> None:
        super().__init__(name)
        self.count, self.dim, self.eps = count, dim, eps

    def compute(self, module: Any, training: bool) -> Tensor:
        weight = getattr(module, f"{self.name}_orig")
        u, v = getattr(module, f"{self.name}_u"), getattr(module, f"{self.name}_v")
        matrix = as_matrix(weight, self.dim)
        if training:
            with no_grad():
                for _ in range(self.count):
                    v.copy_(self._unit(matrix.T.mv(u)))
                    u.copy_(self._unit(matrix.mv(v)))
        # copies, because the next iteration writes into them
        return weight / u.clone().dot(matrix.mv(v.clone()))

    def _unit(self, x: Tensor) -> Tensor:
        return normalize(x, dim=0, eps=self.eps)

    def remove(self, module: Any) -> None:
        weight = self.compute(module, False)
        for end in ("", "_u", "_v", "_orig"):
            delattr(module, f"{self.name}{end}")
        module.register_parameter(self.name, Parameter(weight.detach()))


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value, estimated by iterations in training.

    name: the parameter, replaced by ``<name>_orig`` and the buffers ``<name>_u`` and ``<name>_v``.
    dim: the axis of outputs, None for the layer's own. Returns the module.

    Raises ArgumentError for a name that is no parameter, StateError for one that has it already.

    >>> import plugtorch
    >>> list(spectral_norm(plugtorch.nn.Linear(4, 3)).state_dict())
    ['bias', 'weight_orig', 'weight_u', 'weight_v']

    Miyato et al. 2018, arXiv:1802.05957; torch.nn.utils.spectral_norm.
    """
    if n_power_iterations < 1:
        raise ArgumentError(
            f"[spectral_norm] needs at least 1 power iteration, got {n_power_iterations}."
        )
    hook = _SpectralNorm(name, n_power_iterations, output_axis(module) if dim is None else dim, eps)
    weight = _take("spectral_norm", _SpectralNorm, module, name)
    module.register_parameter(f"{name}_orig", weight)
    setattr(module, name, weight.data)
    for end, size in zip("uv", as_matrix(weight.data, hook.dim).shape):
        start = weight.data.new_empty(size).normal_(0, 1)
        module.register_buffer(f"{name}_{end}", hook._unit(start))
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: Module, name: str = "weight") -> Module:
    """Make it a parameter again. Source: torch.nn.utils.remove_spectral_norm."""
    return _remove("remove_spectral_norm", _SpectralNorm, module, name)
