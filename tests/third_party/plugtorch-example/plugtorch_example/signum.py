"""Signum: a step of the same length in every direction."""

from typing import Any

import plugtorch


class Signum(plugtorch.Optimizer):
    """The sign of a momentum.

    m = beta m + (1 - beta) g;  p = p - lr sign(m)

    lr: the length of a step. beta: how much of the old direction stays, in [0, 1).

    Source: Bernstein et al., signSGD, arXiv:1802.04434.
    """

    defaults = {"lr": 1e-3, "beta": 0.9}

    def initial_state(self, parameter: plugtorch.Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """A momentum of zero."""
        return {"momentum": plugtorch.zeros_like(parameter)}

    def update(
        self,
        parameter: plugtorch.Tensor,
        gradient: plugtorch.Tensor,
        state: dict[str, Any],
        group: dict[str, Any],
    ) -> tuple[plugtorch.Tensor, dict[str, Any]]:
        """One step of one parameter."""
        momentum = group["beta"] * state["momentum"] + (1 - group["beta"]) * gradient
        return parameter - group["lr"] * momentum.sign(), {"momentum": momentum}
