"""What LBFGS works on: tensors as one vector, and the curvature along the last steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plugtorch import Optimizer, Tensor, cat, enable_grad, finfo, zeros_like
from plugtorch.errors import StateError
from plugtorch.optimizer import in_pieces
from plugtorch_optim.line_search import Point

Memory = dict[str, Any]

FIELDS = {"func_evals", "n_iter", "t", "prev_loss", "ro", "H_diag"}
VECTORS = {"d", "prev_flat_grad", "old_dirs", "old_stps"}
WORKSPACE = {"al"}  # PyTorch's, without meaning between steps


def fits(optimizer: Optimizer, parameter: Tensor, state: Mapping[str, Any]) -> None:
    """Raise StateError for a saved memory that is not one of all the optimizer's parameters."""
    unknown = sorted(state.keys() - FIELDS - VECTORS - WORKSPACE)
    if unknown:
        raise StateError(
            f"[LBFGS] the state has {', '.join(map(str, unknown))}, so it is of another optimizer."
        )
    size = sum(p.numel() for group in optimizer.param_groups for p in group["params"])
    for name in VECTORS & state.keys():
        held = state[name]
        for vector in held if isinstance(held, list) else [held]:
            if tuple(getattr(vector, "shape", ())) != (size,):
                raise StateError(
                    f"[LBFGS] {name} in the state is not of the {size} numbers that the parameters "
                    "have. It is the state of another model."
                )


def evaluate(
    closure: Callable[[], Any], params: Sequence[Tensor], sign: int
) -> tuple[Any, float, Tensor]:
    """The loss, and sign times it: its value, and its gradient as one vector (zeros for None)."""
    with enable_grad():
        loss = closure()
    grads = [zeros_like(p) if p.grad is None else p.grad for p in params]
    flat = cat([g.reshape(p.numel()) for g, p in zip(grads, params, strict=True)])
    return loss, sign * float(loss), flat if sign > 0 else -flat


def move(params: Sequence[Tensor], direction: Tensor, t: float) -> None:
    """Add to the parameters t times their parts of the vector ``direction``."""
    parts = direction.split([p.numel() for p in params])
    for parameter, part in zip(params, parts, strict=True):
        parameter.add_(t * part.reshape(parameter.shape))


def probe(
    run: Callable[[], tuple[Any, float, Tensor]], params: Sequence[Tensor], d: Tensor, t: float
) -> Point:
    """The point at t along d. The parameters come back, also if the closure raises."""
    start = [p.clone() for p in params]
    try:
        move(params, d, t)
        _, value, gradient = run()
    finally:
        for parameter, origin in zip(params, start, strict=True):
            parameter.copy_(origin)
    return Point(t, value, gradient, gradient.dot(d).item())


def largest(vector: Tensor) -> float:
    """The largest absolute value of an element; 0 where there is none."""
    # without a vector of absolute values
    return max(vector.max().item(), -vector.min().item()) if vector.numel() else 0.0


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
        in_pieces(lambda x, y, a: x - a * y, result, change, shares[-1])
    result *= memory["H_diag"]
    for (change, step, inverse), share in zip(pairs, reversed(shares), strict=True):
        share = share - change.dot(result) * inverse
        in_pieces(lambda x, y, a: x + a * y, result, step, share)
    return result
