"""Steps that heed only the gradient's sign: longer while it stays, shorter when it turns."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, full_like, where, zeros_like


class Rprop(Optimizer):
    """p = p - s sign(g), where s grows by etas[1] while g keeps its sign, and shrinks by etas[0].

    Element by element, with the gradient g and the one before it, h: s = s etas[1] where g h > 0; s
    = s etas[0], and g counts as 0 for this step and the next, where g h < 0; else s stays. Then s
    is kept within step_sizes. For gradients of all the data, not of batches of it.

    Args:
        params: tensors or groups of them.
        lr: the first s; read only then. etas: (below 1, above 1). step_sizes: (least, greatest).

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Rprop([p], lr=0.5).step()
    >>> p.item()
    0.5

    Source: Riedmiller and Braun (1993), doi:10.1109/ICNN.1993.298623; ``torch.optim.Rprop``.
    """

    elementwise = True
    defaults = {"lr": 1e-2, "etas": (0.5, 1.2), "step_sizes": (1e-6, 50)}

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        etas, sizes = group["etas"], group["step_sizes"]
        if not 0 < etas[0] < 1 < etas[1]:
            raise self.refused("etas", etas, "a number between 0 and 1, and one above 1")
        if not 0 <= sizes[0] <= sizes[1]:
            raise self.refused("step_sizes", sizes, "the least and the greatest, from 0 up")

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        sizes = full_like(parameter, float(group["lr"]))
        return {"step": 0, "prev": zeros_like(parameter), "step_size": sizes}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        shrink, grow = group["etas"]
        least, greatest = group["step_sizes"]
        agreement = gradient * state["prev"]
        turned = agreement < 0
        size = state["step_size"]
        size = where(turned, shrink * size, where(agreement > 0, grow * size, size))
        size = size.clamp(least, greatest)
        gradient = where(turned, 0.0, gradient)
        new = parameter - gradient.sign() * size
        return new, {"step": state["step"] + 1, "prev": gradient, "step_size": size}
