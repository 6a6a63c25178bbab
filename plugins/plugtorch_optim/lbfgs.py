"""Newton's method, with the curvature learnt from the last gradients."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from plugtorch import Optimizer, no_grad
from plugtorch.errors import ArgumentError
from plugtorch.optim.optimizer import required
from plugtorch_optim.line_search import Point, strong_wolfe
from plugtorch_optim.quasi_newton import direction, evaluate, fits, largest, learn, move, probe


class LBFGS(Optimizer):
    """p = p + t d, up to max_iter times a step, where d = -H g and H is near the inverse Hessian.

    p and g are all parameters and gradients as one vector. H begins as y^T s / (y^T y) I, and each
    of the last history_size pairs s = t d, y = (next g) - g makes it (I - r s y^T) H (I - r y s^T)
    + r s s^T with r = 1 / (y^T s). t is lr, at the very first lr min(1, 1 / |g|_1); or, with
    line_search_fn "strong_wolfe", where the search ends that begins there.

    Args:
        params: tensors, in one group.
        lr: learning rate. max_iter: the most iterations in a step. max_eval: the most calls of the
            closure in a step, None: 1.25 max_iter. tolerance_grad: the largest element of g that
            ends a step. tolerance_change: the change of the loss, or the largest of an element,
            that ends a step. history_size: pairs to keep. line_search_fn: "strong_wolfe" or None.

    Raises ArgumentError for several groups and options out of range, TypeError without closure.

    >>> import plugtorch
    >>> p = plugtorch.tensor([3.0, -1.0], requires_grad=True)
    >>> optimizer = LBFGS([p], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((p - 1) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(closure)
    >>> first.item(), closure().item() < 1e-8
    (8.0, True)

    Source: Liu and Nocedal (1989), doi:10.1007/BF01589116; ``torch.optim.LBFGS``.
    """

    defaults: dict[str, Any] = {
        "lr": 1,
        "max_iter": 20,
        "max_eval": None,
        "tolerance_grad": 1e-7,
        "tolerance_change": 1e-9,
        "history_size": 100,
        "line_search_fn": None,
    }

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        if self.param_groups:
            raise ArgumentError("[LBFGS] got a second group, needed one: its step is one vector.")
        super().add_param_group(param_group)
        self.check(param_group)
        if param_group["max_eval"] is None:
            param_group["max_eval"] = param_group["max_iter"] * 5 // 4

    def check(self, group: dict[str, Any]) -> None:
        super().check(group)
        for name in ("max_iter", "max_eval", "history_size"):
            value = 1 if name == "max_eval" and group[name] is None else group[name]
            if not isinstance(value, int) or value < 1:
                raise self.refused(name, value, "a whole number of at least 1")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise self.refused("line_search_fn", group["line_search_fn"], '"strong_wolfe" or None')

    check_state = fits

    @no_grad()
    def step(self, closure: Callable[[], Any] = required) -> Any:  # type: ignore[assignment]
        """Several updates. closure: computes the loss again, with gradients, and returns it."""
        if not callable(closure):
            needed = "a function that computes the loss and its gradients, and returns the loss"
            raise TypeError(f"[LBFGS] step got no closure, needed {needed}. Write step(closure).")
        (group,) = self.param_groups
        params, lr, change = group["params"], float(group["lr"]), group["tolerance_change"]
        run = partial(evaluate, closure, params, -1 if group["maximize"] else 1)
        loss, value, gradient = run()
        state, calls = self.state[params[0]], 1
        state |= {"func_evals": state.get("func_evals", 0) + 1, "n_iter": state.get("n_iter", 0)}
        if not lr or largest(gradient) <= group["tolerance_grad"]:
            return loss
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                state |= {"d": -gradient, "old_dirs": [], "old_stps": [], "ro": [], "H_diag": 1}
                t = lr * min(1.0, 1 / gradient.abs().sum().item())
            else:
                learn(state, gradient, group["history_size"])
                state["d"], t = direction(state, gradient), lr
            d, before, slope = state["d"], value, gradient.dot(state["d"]).item()
            state |= {"t": t, "prev_flat_grad": gradient, "prev_loss": value}
            if slope > -change:
                break
            used = 0
            if group["line_search_fn"]:
                at, here = partial(probe, run, params, d), Point(0, value, gradient, slope)
                most = group["max_eval"] - calls
                end, used = strong_wolfe(at, here, t, largest(d), change, most)
                t, value, gradient, _ = end
                state["t"] = t
            move(params, d, t)
            if not used and iteration < group["max_iter"]:
                _, value, gradient = run()
                used = 1
            calls += used
            state["func_evals"] += used
            little = abs(t) * largest(d) <= change or abs(value - before) < change
            if little or calls >= group["max_eval"] or largest(gradient) <= group["tolerance_grad"]:
                break
        return loss
