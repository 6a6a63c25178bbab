"""Steps divided by the size of all gradients so far."""

from __future__ import annotations

from typing import Any

from plugtorch import Optimizer, Tensor, full_like


class Adagrad(Optimizer):
    """p = p - lr' g / (sqrt(s) + eps), where s = s + g^2 and lr' = lr / (1 + (t - 1) lr_decay).

    Here p is the parameter, g its gradient plus weight_decay p, t the number of the step, from 1.

    Args:
        params: tensors or groups of them.
        lr: learning rate. lr_decay, weight_decay: at least 0. initial_accumulator_value: s before
            the first step.
        eps: keeps the divisor off 0.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> p = plugtorch.tensor([1.0], requires_grad=True)
    >>> (3 * p).sum().backward()
    >>> Adagrad([p], lr=0.5).step()
    >>> p.item()
    0.5

    Source: Duchi, Hazan and Singer (2011), jmlr.org/papers/v12/duchi11a.html;
    ``torch.optim.Adagrad``.
    """

    elementwise = True
    defaults = {
        "lr": 1e-2,
        "lr_decay": 0,
        "weight_decay": 0,
        "initial_accumulator_value": 0,
        "eps": 1e-10,
    }

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        for parameter in self.param_groups[-1][
            "params"
        ]:  # as in PyTorch, its state is there before the first step
            self.state[parameter] = self.initial_state(parameter, param_group)

    def initial_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        return {"step": 0, "sum": full_like(parameter, group["initial_accumulator_value"])}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: dict[str, Any], group: dict[str, Any]
    ) -> tuple[Tensor, dict[str, Any]]:
        if group["weight_decay"]:
            gradient = gradient + group["weight_decay"] * parameter
        total = state["sum"] + gradient.square()
        lr = group["lr"] / (1 + state["step"] * group["lr_decay"])
        new = parameter - lr * (gradient / (total.sqrt() + group["eps"]))
        return new, {"step": state["step"] + 1, "sum": total}
