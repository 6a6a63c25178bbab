"""The papers' formulas, written out once more in NumPy: one generator for each optimizer.

Each takes a start, a function that gives the gradient there, and options; it yields the parameter
after every step.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Slope = Callable[[Array], Array]


def lion(p: Array, slope: Slope, lr: float, betas: Any, weight_decay: float) -> Iterator[Array]:
    m = np.zeros_like(p)
    while True:
        g = slope(p)
        c = betas[0] * m + (1 - betas[0]) * g
        p = p - lr * (np.sign(c) + weight_decay * p)
        m = betas[1] * m + (1 - betas[1]) * g
        yield p


def lamb(
    p: Array, slope: Slope, lr: float, betas: Any, eps: float, weight_decay: float
) -> Iterator[Array]:
    m, v = np.zeros_like(p), np.zeros_like(p)
    for t in itertools.count(1):
        g = slope(p)
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        r = (m / (1 - betas[0] ** t)) / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
        u = r + weight_decay * p
        p = p - lr * np.linalg.norm(p) / np.linalg.norm(u) * u
        yield p


def lars(
    p: Array, slope: Slope, lr: float, momentum: float, weight_decay: float, trust: float
) -> Iterator[Array]:
    v = np.zeros_like(p)
    while True:
        g = slope(p)
        w = np.sqrt((p**2).sum())
        local = trust * w / (np.sqrt((g**2).sum()) + weight_decay * w)
        v = momentum * v + lr * local * (g + weight_decay * p)
        p = p - v
        yield p


def adan(
    p: Array, slope: Slope, lr: float, betas: Any, eps: float, weight_decay: float, no_prox: bool
) -> Iterator[Array]:
    b1, b2, b3 = (1 - b for b in betas)  # as the paper has them
    m, v, n = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    before = None
    for k in itertools.count(1):
        g = slope(p)
        before = g if before is None else before
        m = (1 - b1) * m + b1 * g
        v = (1 - b2) * v + b2 * (g - before)
        n = (1 - b3) * n + b3 * (g + (1 - b2) * (g - before)) ** 2
        before = g
        m1, v1, n1 = m / (1 - (1 - b1) ** k), v / (1 - (1 - b2) ** k), n / (1 - (1 - b3) ** k)
        moved = lr / (np.sqrt(n1) + eps) * (m1 + (1 - b2) * v1)
        if no_prox:
            p = (1 - weight_decay * lr) * p - moved
        else:
            p = (p - moved) / (1 + weight_decay * lr)
        yield p


def adabelief(
    p: Array, slope: Slope, lr: float, betas: Any, eps: float, weight_decay: float, rectify: bool
) -> Iterator[Array]:
    m, s = np.zeros_like(p), np.zeros_like(p)
    rho_max = 2 / (1 - betas[1]) - 1
    for t in itertools.count(1):
        g = slope(p)
        m = betas[0] * m + (1 - betas[0]) * g
        s = betas[1] * s + (1 - betas[1]) * (g - m) ** 2 + eps
        m1, s1 = m / (1 - betas[0] ** t), s / (1 - betas[1] ** t)
        p = p - lr * weight_decay * p
        if not rectify:
            p = p - lr * m1 / (np.sqrt(s1) + eps)
        else:
            rho = rho_max - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
            if rho < 5:
                p = p - lr * m1
            else:
                r = np.sqrt(
                    ((rho - 4) * (rho - 2) * rho_max) / ((rho_max - 4) * (rho_max - 2) * rho)
                )
                p = p - lr * r * m1 / np.sqrt(s1)
        yield p


def sophia_g(
    p: Array,
    slope: Slope,
    lr: float,
    betas: Any,
    rho: float,
    weight_decay: float,
    batch_size: int,
    drawn: Slope,
    every: int,
) -> Iterator[Array]:
    m, h = np.zeros_like(p), np.zeros_like(p)
    for t in itertools.count():
        if t % every == every - 1:
            h = betas[1] * h + (1 - betas[1]) * drawn(p) ** 2
        m = betas[0] * m + (1 - betas[0]) * slope(p)
        p = p - lr * weight_decay * p
        p = p - lr * np.clip(m / np.maximum(rho * batch_size * h, 1e-15), -1, 1)
        yield p


def prodigy(
    p: Array,
    slope: Slope,
    lr: float,
    betas: Any,
    eps: float,
    weight_decay: float,
    use_bias_correction: bool,
    safeguard_warmup: bool,
    d0: float,
    d_coef: float,
    growth_rate: float,
) -> Iterator[Array]:
    start, d, d_max, r = p, d0, d0, 0.0
    m, v, s = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    b3 = np.sqrt(betas[1])
    for k in itertools.count(1):
        g = slope(p)
        rate = d * lr
        if use_bias_correction:
            rate *= np.sqrt(1 - betas[1] ** k) / (1 - betas[0] ** k)
        m = betas[0] * m + (1 - betas[0]) * d * g
        v = betas[1] * v + (1 - betas[1]) * d**2 * g**2
        r = b3 * r + (d / d0) * rate * np.vdot(g, start - p)
        s = b3 * s + (d / d0) * (d if safeguard_warmup else rate) * g
        d_hat = d_coef * r / np.abs(s).sum()
        d_max = max(d_max, d_hat)
        d_next = min(d_max, (max(d, d_hat) if d == d0 else d) * growth_rate)
        p = p - rate * weight_decay * p
        p = p - rate * m / (np.sqrt(v) + d_next * eps)
        d = d_next
        yield p


def schedule_free(
    p: Array,
    slope: Slope,
    lr: float,
    beta: float,
    weight_decay: float,
    warmup_steps: int,
    r: float,
    weight_lr_power: float,
    beta2: float | None = None,
    eps: float = 0.0,
) -> Iterator[tuple[Array, Array]]:
    """Yields y and x."""
    x, z, v, total = p, p, np.zeros_like(p), 0.0
    y = (1 - beta) * z + beta * x
    for t in itertools.count(1):
        g = slope(y)
        rate = lr * (min(1, t / warmup_steps) if warmup_steps else 1)
        if beta2 is not None:
            v = beta2 * v + (1 - beta2) * g**2
            rate *= np.sqrt(1 - beta2**t)
            g = g / (np.sqrt(v) + eps)
        z = z - rate * (g + weight_decay * y)
        weight = t**r * rate**weight_lr_power
        total += weight
        c = weight / total
        x = (1 - c) * x + c * z
        y = (1 - beta) * z + beta * x
        yield y, x


def soap(
    p: Array,
    slope: Slope,
    lr: float,
    betas: Any,
    shampoo_beta: float,
    eps: float,
    weight_decay: float,
    precondition_frequency: int,
) -> Iterator[Array]:
    """For a matrix."""
    beta = betas[1] if shampoo_beta < 0 else shampoo_beta
    m, v = np.zeros_like(p), np.zeros_like(p)
    left, right = np.zeros((p.shape[0],) * 2), np.zeros((p.shape[1],) * 2)
    q_left = q_right = np.zeros(0)
    for t in itertools.count():
        g = slope(p)
        if t:
            turned = np.einsum("ij,ia,jb->ab", g, q_left, q_right)
            m = betas[0] * m + (1 - betas[0]) * g
            v = betas[1] * v + (1 - betas[1]) * turned**2
            n = np.einsum("ij,ia,jb->ab", m, q_left, q_right) / (1 - betas[0] ** t)
            n = n / (np.sqrt(v / (1 - betas[1] ** t)) + eps)
            p = p - lr * np.einsum("ab,ia,jb->ij", n, q_left, q_right)
            p = p - lr * weight_decay * p
        left = beta * left + (1 - beta) * np.einsum("ij,kj->ik", g, g)
        right = beta * right + (1 - beta) * np.einsum("ij,ik->jk", g, g)
        if t == 0:
            q_left, q_right = (np.linalg.eigh(c)[1][:, ::-1] for c in (left, right))
        elif t % precondition_frequency == 0:
            for axis, c in enumerate((left, right)):
                q = q_right if axis else q_left
                order = np.argsort(np.diag(q.T @ c @ q))[::-1]
                v = np.take(v, order, axis)
                q = np.linalg.qr(c @ q[:, order])[0]
                q_left, q_right = (q_left, q) if axis else (q, q_right)
        yield p
