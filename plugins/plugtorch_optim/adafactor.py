"""Adam without its memory: of a matrix, only the sizes of rows and of columns are kept."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, finfo, float32, promote_types, zeros, zeros_like


class Adafactor(Optimizer):
    """p = (1 - lr weight_decay) p - a u / max(1, rms(u) / d), where u = g / max(sqrt(v), eps1).

    a = max(eps2, rms(p)) min(lr, 1 / sqrt(t)), with rms(p) = sqrt(mean(p^2)): steps are relative to
    the parameter. v is a mean of g^2 that forgets by 1 - t^beta2_decay. Of a tensor with two or
    more axes only the means r of its rows and c of its columns are kept: v = r c / max(mean(r),
    eps1). p is the parameter, g its gradient, t the number of the step, from 1.

    Args:
        params: tensors or groups of them.
        lr: learning rate, at most. beta2_decay: at most 0; the lower, the longer v remembers.
        eps: (eps1, eps2); eps1 None is the dtype's own epsilon. d: at least 1, longer steps are cut
            to it. weight_decay: at least 0.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([2.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adafactor([p], lr=0.5).step()       # a = 2 * 0.5, u = 3 / sqrt(9)
    >>> p.item()
    1.0

    Source: Shazeer and Stern (2018), arXiv:1804.04235, with eps1 applied late and an lr, as
    ``torch.optim.Adafactor`` has it.
    """

    defaults: dict[str, Any] = {
        "lr": 1e-2,
        "beta2_decay": -0.8,
        "eps": (None, 1e-3),
        "d": 1.0,
        "weight_decay": 0.0,
    }

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        if group["beta2_decay"] > 0:
            raise self.refused("beta2_decay", group["beta2_decay"], "a number of at most 0")
        if group["d"] < 1:
            raise self.refused("d", group["d"], "a number of at least 1")
        eps = group["eps"]
        if (eps[0] or 0) < 0 or eps[1] < 0:
            raise self.refused("eps", eps, "two numbers of at least 0; the first may be None")

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        shape = tuple(parameter.shape)
        if len(shape) < 2:
            return {"step": 0, "variance": zeros_like(parameter)}
        kept = {"row_var": (*shape[:-1], 1), "col_var": (*shape[:-2], 1, shape[-1])}
        like: dict[str, Any] = {"dtype": parameter.dtype, "device": parameter.device}
        return {"step": 0} | {name: zeros(sizes, **like) for name, sizes in kept.items()}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        t = state["step"] + 1
        if not parameter.numel():
            return parameter.clone(), state | {"step": t}  # there is no mean of nothing
        lr, (eps1, eps2) = group["lr"], group["eps"]
        if eps1 is None:
            eps1 = finfo(parameter.dtype).eps
        share = t ** group["beta2_decay"]
        square = gradient.square()
        if "variance" in state:
            variance = state["variance"] + share * (square - state["variance"])
            new = {"step": t, "variance": variance}
            size = variance.sqrt()
        else:
            rows, columns = state["row_var"], state["col_var"]
            rows = rows + share * (square.mean(-1, keepdim=True) - rows)
            columns = columns + share * (square.mean(-2, keepdim=True) - columns)
            new = {"step": t, "row_var": rows, "col_var": columns}
            # roots of a row and a column, and not of all their products
            size = (rows / rows.mean(-2, keepdim=True).clamp(min=eps1)).sqrt() * columns.sqrt()
        direction = gradient / size.clamp(min=eps1)
        rate = _rms(parameter).clamp(min=eps2) / (_rms(direction) / group["d"]).clamp(min=1)
        if group["weight_decay"]:
            parameter = parameter * (1 - lr * group["weight_decay"])
        direction *= rate * min(lr, t**-0.5)
        return parameter - direction, new


def _rms(tensor: Tensor) -> Tensor:
    row = tensor.reshape(1, -1).to(promote_types(tensor.dtype, float32))  # lest squares overflow
    return ((row @ row.T).reshape(()) / tensor.numel()).sqrt().to(tensor.dtype)
