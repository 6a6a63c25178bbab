"""Parametrizations that keep weights to a form: PyTorch's torch.nn.utils.parametrizations."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.dtypes import finfo
from plugtorch.errors import ArgumentError, IndexRangeError, ShapeError, UnsupportedError
from plugtorch.functional import normalize
from plugtorch.module import Module
from plugtorch.nn.utils.norms import as_matrix, direction, length_except, output_axis
from plugtorch.nn.utils.parametrize import register_parametrization
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import eye
from plugtorch.tensor.decompositions import matrix_exp, qr
from plugtorch.tensor.diagonals import diagonal_scatter
from plugtorch.tensor.householder import geqrf, householder_product
from plugtorch.tensor.joining import cat
from plugtorch.tensor.logic import allclose
from plugtorch.tensor.solving import solve


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
    weight = _tensor_of("spectral_norm", module, name)
    axis = output_axis(module) if dim is None else dim
    return register_parametrization(
        module, name, _SpectralNorm(weight, n_power_iterations, axis, eps)
    )


def _unit(like: Tensor, rows: int, columns: int) -> Tensor:
    return eye(rows, columns, dtype=like.dtype, device=like.device)


def _cayley(skew: Tensor) -> Any:
    """(1 + A/2) / (1 - A/2)."""
    half, unit = skew / 2, _unit(skew, *skew.shape[-2:])
    return solve(unit - half, unit + half)


def _of_skew(to_orthogonal: Any, x: Tensor) -> Any:
    """The first columns of the orthogonal matrix of L - L^T, L the lower triangle of x."""
    n, k = x.shape[-2:]
    lower = cat([x.tril(), x.new_zeros((*x.shape[:-1], n - k))], -1)
    return to_orthogonal(lower - lower.mT).narrow(-1, 0, k)


def _reflected(x: Tensor) -> Any:
    """The product of reflections in the vectors below the diagonal, which holds columns' signs."""
    vectors = x.tril(-1)
    factors = 2 / (1 + (vectors * vectors).sum(-2))
    signs = x.detach().diagonal(0, -2, -1).sign().unsqueeze(-2)
    return householder_product(vectors, factors) * signs


_MAPS: dict[str, Callable[[Tensor], Any]] = {
    "matrix_exp": functools.partial(_of_skew, matrix_exp),
    "cayley": functools.partial(_of_skew, _cayley),
    "householder": _reflected,
}


class _Orthogonal(Module):
    base: Any

    def __init__(
        self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True
    ) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        wide = x.shape[-2] < x.shape[-1]
        q = _MAPS[self.orthogonal_map](x.mT if wide else x)
        q = self.base @ q if hasattr(self, "base") else q
        return q.mT if wide else q

    @no_grad()
    def right_inverse(self, value: Tensor) -> Tensor:
        if value.shape != self.shape:
            raise ShapeError(
                f"[orthogonal] the weight has shape {tuple(self.shape)}, got {tuple(value.shape)}."
            )
        wide = value.shape[-2] < value.shape[-1]
        tall = value.mT if wide else value
        if hasattr(self, "base"):
            self.base = _completed(tall)
            return value.new_zeros(value.shape) - _unit(value, *value.shape[-2:])
        if self.orthogonal_map != "householder":
            raise UnsupportedError(
                f"[orthogonal] with use_trivialization=False and {self.orthogonal_map!r} a weight "
                "cannot be set to given values. Leave use_trivialization=True."
            )
        packed, tau = geqrf(tall)
        # the signs with which R has a positive diagonal; where tau is 0, nothing was reflected
        diagonal = packed.diagonal(0, -2, -1)
        signs = diagonal.sign() * (1 - 2 * (tau == 0).to(tau.dtype))
        packed = diagonal_scatter(packed, signs, 0, -2, -1)
        return packed.mT if wide else packed


def _completed(x: Tensor) -> Any:
    """A square orthogonal matrix: x itself if it is one, else with the first columns of x made
    orthonormal, and random others.
    """
    n, k = x.shape[-2:]
    if n == k:
        slack = 10 * n * finfo(x.dtype).eps
        if allclose(x.mT @ x, _unit(x, k, k), atol=slack):
            return x.clone()
    more = x.new_empty((*x.shape[:-1], n - k)).normal_()
    q, r = qr(cat([x, more], -1))
    return q * r.diagonal(0, -2, -1).sign().unsqueeze(-2)


def orthogonal(
    module: Module,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> Module:
    """Keep a weight (..., m, n) orthogonal: its columns orthonormal, or its rows if m < n.

    orthogonal_map: how an orthogonal matrix is made of any other one: "matrix_exp" or "cayley", of
    a skew-symmetric matrix, or "householder", a product of reflections; None for "matrix_exp" where
    m = n and "householder" elsewhere. use_trivialization: whether that matrix is a factor of the
    weight that starts as 1, the rest staying as it is; only so may a weight be given values with
    the first two maps. Returns the module.

    Raises ArgumentError for a name that is no tensor of the module and for another map, ShapeError
    for a weight that is no matrix.

    >>> import plugtorch
    >>> layer = orthogonal(plugtorch.nn.Linear(2, 3))
    >>> plugtorch.allclose(layer.weight.T @ layer.weight, plugtorch.eye(2), atol=1e-5)
    True

    Lezcano-Casado 2019, arXiv:1909.09501; torch.nn.utils.parametrizations.orthogonal.
    """
    weight = _tensor_of("orthogonal", module, name)
    if weight.ndim < 2:
        raise ShapeError(
            f"[orthogonal] needs a matrix or a stack of them, got shape {tuple(weight.shape)}."
        )
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in _MAPS:
        raise ArgumentError(
            f"[orthogonal] orthogonal_map must be one of {', '.join(_MAPS)}, got "
            f"{orthogonal_map!r}."
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


def _tensor_of(name: str, module: Module, attribute: str) -> Tensor:
    weight = getattr(module, attribute, None)
    if not isinstance(weight, Tensor):
        raise ArgumentError(
            f"[{name}] {type(module).__name__} has no parameter and no buffer {attribute!r}."
        )
    return weight
