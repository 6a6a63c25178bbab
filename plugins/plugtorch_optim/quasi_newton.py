"""What LBFGS works on: tensors as one vector, and the curvature along the last steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch import Tensor, cat, enable_grad, finfo, zeros_like
from plugtorch_optim.line_search import Point

Memory = dict[str, Any]


def evaluate(
    closure: Callable[[], Any], params: Sequence[Tensor], sign: int
) -> tuple[Any, float, Tensor]:
    """The loss, and sign times it: its value, and its gradient as one vector (zeros for None)."""
    with enable_grad():
        loss = closure()
    grads = [zeros_like(p) if p.grad is None else p.grad for p in params]
    flat = cat([g.reshape(p.numel()) for g, p in zip(grads, params, strict=True)])
    return loss, sign * float(loss), sign * flat


def move(params: Sequence[Tensor], step: Tensor) -> None:
    """Add to the parameters their parts of the vector ``step``."""
    parts = step.split([p.numel() for p in params])
    for parameter, part in zip(params, parts, strict=True):
        parameter.add_(part.reshape(parameter.shape))


def probe(
    run: Callable[[], tuple[Any, float, Tensor]], params: Sequence[Tensor], d: Tensor, t: float
) -> Point:
    """The point at t along d. The parameters come back, also if the closure raises."""
    start = [p.clone() for p in params]
    try:
        move(params, t * d)
        _, value, gradient = run()
    finally:
        for parameter, origin in zip(params, start, strict=True):
            parameter.copy_(origin)
    return Point(t, value, gradient, gradient.dot(d).item())


def largest(vector: Tensor) -> float:
    """The largest absolute value of an element; 0 where there is none."""
    return vector.abs().max().item() if vector.numel() else 0.0


def learn(memory: Memory, gradient: Tensor, size: int) -> None:
    """Keep the last step and how the gradient changed over it; forget all but ``size`` of them."""
    change = gradient - memory["prev_flat_grad"]
    step = memory["t"] * memory["d"]
    along = change.dot(step)
    # else the function does not curve upwards, as the method needs; or 1 / along overflows
    if along.item() > max(1e-10, 1 / finfo(along.dtype).max):
        pair = {"old_dirs": change, "old_stps": step, "ro": 1 / along}
        memory |= {name: [*memory[name], new][-size:] for name, new in pair.items()}
        memory["H_diag"] = along / change.dot(change)


def direction(memory: Memory, gradient: Tensor) -> Tensor:
    """-H gradient, by two walks through the kept pairs: H itself is never made."""
    pairs = list(zip(memory["old_dirs"], memory["old_stps"], memory["ro"], strict=True))
    shares: list[Tensor] = []
    result = -gradient
    for change, step, inverse in reversed(pairs):
        shares.append(step.dot(result) * inverse)
        result = result - shares[-1] * change
    result = result * memory["H_diag"]
    for (change, step, inverse), share in zip(pairs, reversed(shares), strict=True):
        result = result + (share - change.dot(result) * inverse) * step
    return result
