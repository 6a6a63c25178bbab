"""Parametrizations that keep weights to a form: PyTorch's torch.nn.utils.parametrizations."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, IndexRangeError
from plugtorch.functional import normalize
from plugtorch.module import Module
from plugtorch.nn.utils.norms import as_matrix, direction, length_except, output_axis
from plugtorch.nn.utils.parametrize import register_parametrization
from plugtorch.tensor import Tensor


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return direction(weight_v, self.dim) * weight_g

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return length_except(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Make a weight g v / |v|, with the length g and the direction v learned apart.

    name: the parameter; g and v are ``parametrizations.<name>.original0`` and ``original1``. dim:
    the axis along which lengths differ, None for one length. Returns the module. States of
    nn.utils.weight_norm can be loaded.

    >>> import plugtorch
    >>> layer = weight_norm(plugtorch.nn.Linear(2, 3))
    >>> layer.parametrizations.weight.original0.shape
    plugtorch.Size([3, 1])

    Salimans and Kingma 2016, arXiv:1602.07868; torch.nn.utils.parametrizations.weight_norm.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def renamed(_: Any, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{name}_{part}" for part in "gv"]
        if all(key in state_dict for key in old):
            for i, key in enumerate(old):
                new = f"{prefix}parametrizations.{name}.original{i}"
                state_dict[new] = state_dict.pop(key)

    module.register_load_state_dict_pre_hook(renamed)
    return module


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(
        self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12
    ) -> None:
        super().__init__()
        axes = weight.ndim
        if not -axes <= dim < axes:
            raise IndexRangeError(
                f"[spectral_norm] dim {dim} is no axis of a weight of shape {tuple(weight.shape)}."
            )
        if n_power_iterations < 1:
            raise ArgumentError(
                f"[spectral_norm] needs at least 1 power iteration, got {n_power_iterations}."
            )
        self.dim = dim % axes
        self.eps = eps
        if axes > 1:  # a vector's norm needs no iteration
            self.n_power_iterations = n_power_iterations
            matrix = as_matrix(weight.detach(), self.dim)
            for which, size in zip(("_u", "_v"), matrix.shape):
                start = matrix.new_empty(size).normal_(0, 1)
                self.register_buffer(which, normalize(start, dim=0, eps=eps))
            self._power_method(matrix, 15)

    @no_grad()
    def _power_method(self, matrix: Tensor, count: int) -> None:
        for _ in range(count):
            self._u.copy_(normalize(matrix.mv(self._v), dim=0, eps=self.eps))
            self._v.copy_(normalize(matrix.T.mv(self._u), dim=0, eps=self.eps))

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix.detach(), self.n_power_iterations)
        # copies, because the next iteration writes into them
        u, v = self._u.clone(), self._v.clone()
        return weight / u.dot(matrix.mv(v))

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(
    module: Module,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Module:
    """Divide a weight by its largest singular value, estimated by iterations in training.

    dim: the axis of outputs, None for the layer's own. Returns the module.

    Raises ArgumentError for a name that is no tensor of the module.

    >>> import plugtorch
    >>> layer = spectral_norm(plugtorch.nn.Linear(4, 3))
    >>> list(layer.state_dict())[2:]
    ['parametrizations.weight.0._u', 'parametrizations.weight.0._v']

    Miyato et al. 2018, arXiv:1802.05957; torch.nn.utils.parametrizations.spectral_norm.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ArgumentError(
            f"[spectral_norm] {type(module).__name__} has no parameter and no buffer {name!r}."
        )
    axis = output_axis(module) if dim is None else dim
    return register_parametrization(
        module, name, _SpectralNorm(weight, n_power_iterations, axis, eps)
    )
