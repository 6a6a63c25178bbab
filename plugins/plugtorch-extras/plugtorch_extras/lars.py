"""SGD with momentum, as long as the layer's weights allow: for very large batches."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, zeros_like
from plugtorch_extras.lengths import length, share


class LARS(Optimizer):
    """p = p - lr v, with v = momentum v + trust |p| / (|g| + weight_decay |p|) u.

    Here u = g + weight_decay p, p is a parameter (a layer), g its gradient, |.| the Euclidean norm
    over the whole layer; v starts at 0. The quotient, with trust, is 1 where |p| or |g| is 0.

    Args:
        params: tensors or groups of them.
        lr: learning rate; the paper scales it with the batch and names no default.
        momentum, weight_decay: at least 0. trust: how far a layer may go, as a part of its length.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([3.0, 4.0], requires_grad=True)
    >>> (7 * p).sum().backward()
    >>> LARS([p], lr=1.0, trust=0.1, weight_decay=0.0).step()
    >>> [round(x, 4) for x in p.tolist()]  # a tenth of its length, 5, along (1, 1)
    [2.6464, 3.6464]

    Source: You, Gitman and Ginsburg (2017), Large Batch Training of Convolutional Networks,
    arXiv:1708.03888, algorithm 1, with its trust and momentum, but lr outside of v as in
    plugtorch's SGD; Google's code (github.com/tensorflow/tpu) has a weight_decay of 1e-4.
    """

    defaults = {"lr": 1.0, "momentum": 0.9, "weight_decay": 5e-4, "trust": 1e-3}

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"momentum_buffer": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        decay = group["weight_decay"]
        size, slope = length(parameter), length(gradient)
        # a layer whose slope is 0 has nothing to be measured by: share gives 1 for it
        local = share(group["trust"] * size, (slope + decay * size) * (slope > 0))
        local = local.to(parameter.dtype)
        step = local * (gradient + decay * parameter)
        momentum = group["momentum"] * state["momentum_buffer"] + step
        return parameter - group["lr"] * momentum, {"momentum_buffer": momentum}
