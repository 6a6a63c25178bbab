"""Adam in the eigenbasis of Shampoo's matrices, which turns slowly."""

from __future__ import annotations

from typing import Any

import numpy

from plugtorch import Optimizer, Tensor, eye, finfo, from_numpy, zeros_like


class SOAP(Optimizer):
    """p = (1 - lr weight_decay) (p - lr Q [m' / (sqrt(v') + eps)]), where Q [.] turns back.

    For every axis of the parameter C = b C + (1 - b) g g^T, summed over the other axes, and Q has
    C's eigenvectors; the gradient g, turned into them, is h. m and v are running means of g and
    h^2, corrected for their start at 0 as in Adam; m is turned into them too. The first step only
    finds Q. Every ``precondition_frequency`` steps it becomes the orthogonal part of C Q.

    NumPy finds eigenvectors and orthogonal parts, in float64 on the host, every few steps.

    Args:
        params: tensors or groups of them.
        lr: learning rate. betas: of m and v, from 0 to below 1. shampoo_beta: b; negative for v's.
            eps: keeps the divisor off 0. weight_decay: at least 0. precondition_frequency: at least
            1. max_precond_dim: longer axes are not turned. precondition_1d: turn vectors, too.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.zeros(2, 2, requires_grad=True)
    >>> optimizer = SOAP([p], lr=0.5)
    >>> for _ in range(2):
    ...     optimizer.zero_grad()
    ...     (p * plugtorch.tensor([[3.0, 0.0], [0.0, 2.0]])).sum().backward()
    ...     optimizer.step()
    >>> plugtorch.allclose(p, plugtorch.tensor([[-0.5, 0.0], [0.0, -0.5]]), atol=0.01)
    True

    Source: Vyas et al. (2024), SOAP, arXiv:2409.11321, algorithm 3; defaults of the authors' code
    (github.com/nikhilvyas/SOAP), which adds eps before it corrects v.
    """

    defaults: dict[str, Any] = {
        "lr": 3e-3,
        "betas": (0.95, 0.95),
        "shampoo_beta": -1.0,
        "eps": 1e-8,
        "weight_decay": 0.01,
        "precondition_frequency": 10,
        "max_precond_dim": 10_000,
        "precondition_1d": False,
    }

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if (every := group["precondition_frequency"]) < 1 or every % 1:
            raise self.refused("precondition_frequency", every, "a whole number above 0")

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = {"step": 0, "exp_avg": zeros_like(parameter), "exp_avg_sq": zeros_like(parameter)}
        turned = parameter.ndim > 1 or group["precondition_1d"]
        for axis, size in enumerate(parameter.shape):
            if turned and parameter.numel() > 0 and size <= group["max_precond_dim"]:
                unit = eye(size, dtype=parameter.dtype, device=parameter.device)
                state |= {f"C_{axis}": zeros_like(unit), f"Q_{axis}": unit}
        return state

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        t, (beta1, beta2), lr = state["step"], group["betas"], group["lr"]
        new = {**state, "step": t + 1}
        if t:
            mean = beta1 * state["exp_avg"] + (1 - beta1) * gradient
            turned = _turn(gradient, state).square()
            square = beta2 * state["exp_avg_sq"] + (1 - beta2) * turned
            eps = max(group["eps"], finfo(parameter.dtype).tiny)  # turned, an element may well be 0
            root = (square / (1 - beta2**t)).sqrt() + eps
            step = _turn(_turn(mean, state) / (1 - beta1**t) / root, state, back=True)
            parameter = (parameter - lr * step) * (1 - lr * group["weight_decay"])
            new |= {"exp_avg": mean, "exp_avg_sq": square}
        beta = beta2 if group["shampoo_beta"] < 0 else group["shampoo_beta"]
        for axis in range(gradient.ndim):
            if f"C_{axis}" in state:
                rows = gradient.movedim(axis, 0).reshape(gradient.shape[axis], -1)
                moment = beta * state[f"C_{axis}"] + (1 - beta) * (rows @ rows.T)
                new[f"C_{axis}"] = moment
                if t == 0:
                    new[f"Q_{axis}"] = _eigenvectors(moment)
                elif t % group["precondition_frequency"] == 0:
                    basis, order = _next_basis(moment, state[f"Q_{axis}"])
                    new[f"Q_{axis}"] = basis
                    new["exp_avg_sq"] = new["exp_avg_sq"].index_select(axis, order)
        return parameter, new


def _turn(tensor: Tensor, state: dict[str, Any], back: bool = False) -> Tensor:
    """``tensor`` in the eigenvectors of every axis that has some, or back from them."""
    for axis in range(tensor.ndim):
        basis = state.get(f"Q_{axis}")
        if basis is not None:
            turned = tensor.movedim(axis, -1) @ (basis.T if back else basis)
            tensor = turned.movedim(-1, axis)
    return tensor


def _eigenvectors(moment: Tensor) -> Tensor:
    """Those of the largest eigenvalue first."""
    vectors = numpy.linalg.eigh(moment.cpu().double().numpy())[1]
    return from_numpy(vectors[:, ::-1].copy()).to(moment)


def _next_basis(moment: Tensor, basis: Tensor) -> tuple[Tensor, Tensor]:
    """One step of power iteration, and in which order it took the old vectors."""
    old = basis.cpu().double().numpy()
    ahead = moment.cpu().double().numpy() @ old
    order = numpy.argsort(-(old * ahead).sum(0), kind="stable")
    vectors = numpy.linalg.qr(ahead[:, order])[0]
    return from_numpy(vectors).to(moment), from_numpy(order).to(moment.device)
