"""Optimizers with one fault each. Their docstrings name the fault."""

from typing import Any

import plugtorch
from plugtorch import Optimizer, Tensor, no_grad, zeros_like

Group = dict[str, Any]


class Momentum(Optimizer):
    """Without a fault."""

    defaults = {"lr": 0.01, "momentum": 0.9}

    def initial_state(self, parameter: Tensor, group: Group) -> Group:
        return {"speed": zeros_like(parameter)}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        speed = group["momentum"] * state["speed"] + gradient
        return parameter - group["lr"] * speed, {"speed": speed}


class ForgetsState(Momentum):
    """Keeps its momentum where state_dict() does not look."""

    def initial_state(self, parameter: Tensor, group: Group) -> Group:
        return {}

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        speeds = self.__dict__.setdefault("speeds", {})
        speed = group["momentum"] * speeds.get(id(parameter), 0) + gradient
        speeds[id(parameter)] = speed
        return parameter - group["lr"] * speed, {}


class IgnoresRate(Momentum):
    """Its steps have the length of the default learning rate."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        return super().update(parameter, gradient, state, {**group, "lr": 0.01})


class IgnoresGroups(Momentum):
    """Takes the learning rate of the first group for all."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        return super().update(parameter, gradient, state, self.param_groups[0])


class IgnoresMaximize(Momentum):
    """Goes down when it should go up."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        return super().update(parameter, -gradient if group["maximize"] else gradient, state, group)


class DecaysIdle(Momentum):
    """Decays parameters without a gradient too."""

    def step(self, closure: Any = None) -> Any:
        loss = super().step(closure)
        with no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.mul_(1 - 0.1 * group["lr"])
        return loss


class Uphill(Momentum):
    """Its sign is wrong."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        return super().update(parameter, -gradient, state, group)


class Lazy(Momentum):
    """Nothing moves."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        return parameter.clone(), state


class Normalises(Momentum):
    """Divides by the gradient's length, which may be 0."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        return super().update(parameter, gradient / gradient.norm(), state, group)


class SaysElementwise(Normalises):
    """Says that it works element by element, but looks at the length of the whole gradient."""

    elementwise = True


class SharedCount(Momentum):
    """Counts the steps of all parameters together."""

    def update(
        self, parameter: Tensor, gradient: Tensor, state: Group, group: Group
    ) -> tuple[Tensor, Group]:
        count = self.__dict__["count"] = self.__dict__.get("count", 0) + 1
        return super().update(parameter, gradient / count, state, group)


class TakesAnyRate(Momentum):
    """Refuses nothing."""

    def check(self, group: Group) -> None:
        pass


class TakesAnyState(Momentum):
    """Loads whatever it is given."""

    def load_state_dict(self, state_dict: Any) -> None:
        for p, values in zip(self.param_groups[0]["params"], dict(state_dict)["state"].values()):
            self.state[p] = values


class _Step(Optimizer):
    """PyTorch's way, for faults that the rule's way cannot have."""

    def __init__(self, params: Any, lr: float = 0.01) -> None:
        if lr < 0:
            raise ValueError("[_Step] lr must not be negative.")
        super().__init__(params, {"lr": lr})

    def step(self, closure: Any = None) -> Any:
        loss = None
        if closure is not None:
            with plugtorch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self.one(p, group["lr"])
        return loss

    @no_grad()
    def one(self, p: Any, lr: float) -> None:
        p.add_(p.grad, alpha=-lr)


class NoLoss(_Step):
    """step(closure) forgets what the closure returned."""

    def step(self, closure: Any = None) -> Any:
        super().step(closure)


class MovesFirst(_Step):
    """Moves by the gradients of before, and then calls the closure."""

    def step(self, closure: Any = None) -> Any:
        super().step()
        return closure() if closure else None


class NeedsNoClosure(_Step):
    """Says that it needs a closure, but does without."""

    needs_closure = True


class ChangesGradient(_Step):
    """Scales the gradient in place."""

    @no_grad()
    def one(self, p: Any, lr: float) -> None:
        p.sub_(p.grad.mul_(lr))


class ReplacesData(_Step):
    """Puts new tensors into the parameters instead of writing into them."""

    @no_grad()
    def one(self, p: Any, lr: float) -> None:
        p.data = p - lr * p.grad


class KeepsGraph(_Step):
    """Its state leads back through every step's parameters."""

    def one(self, p: Any, lr: float) -> None:
        self.state[p]["last"] = p * 1
        super().one(p, lr)


class SavesObjects(_Step):
    """Its state holds what cannot be saved without running code."""

    def one(self, p: Any, lr: float) -> None:
        self.state[p]["rule"] = object()
        super().one(p, lr)


class Promotes(_Step):
    """Parameters end up in float32."""

    @no_grad()
    def one(self, p: Any, lr: float) -> None:
        p.data = p.float() - lr * p.grad.float()


BROKEN: dict[type[Optimizer], set[str]] = {
    # the checks that must fail; others may as well
    ForgetsState: {"resume"},
    IgnoresRate: {"learning_rate"},
    IgnoresGroups: {"groups"},
    IgnoresMaximize: {"maximize"},
    DecaysIdle: {"none_gradients"},
    Uphill: {"parabola", "rosenbrock"},
    Lazy: {"parabola", "rosenbrock", "learning_rate", "model"},
    Normalises: {"zero_gradients"},
    SaysElementwise: {"blocks"},
    SharedCount: {"late_gradients", "resume"},
    TakesAnyRate: {"refusals"},
    TakesAnyState: {"foreign_states"},
    MovesFirst: {"refused_steps"},
    NeedsNoClosure: {"refused_steps"},
    NoLoss: {"closure"},
    ChangesGradient: {"graph"},
    ReplacesData: {"graph"},
    KeepsGraph: {"graph"},
    SavesObjects: {"state_dict", "resume"},
    Promotes: {"dtype-float16", "dtype-float64"},
}
