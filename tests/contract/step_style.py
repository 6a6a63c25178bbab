"""An optimizer written PyTorch's way: a ``step`` that changes tensors in place."""

from typing import Any

import plugtorch
from plugtorch import no_grad


class StepMomentum(plugtorch.Optimizer):
    """Gradient descent with momentum."""

    def __init__(self, params: Any, lr: float = 0.01, momentum: float = 0.0) -> None:
        if lr < 0:
            raise ValueError(f"[StepMomentum] lr is {lr}, needed at least 0.")
        super().__init__(params, {"lr": lr, "momentum": momentum})

    @no_grad()
    def step(self, closure: Any = None) -> Any:
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with plugtorch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                step = p.grad
                if group["momentum"]:
                    state = self.state[p]
                    if "buffer" not in state:
                        state["buffer"] = p.grad.clone()
                    else:
                        state["buffer"].mul_(group["momentum"]).add_(p.grad)
                    step = state["buffer"]
                p.add_(step, alpha=-group["lr"])
        return loss
