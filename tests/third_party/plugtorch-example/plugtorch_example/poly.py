"""PolyLoss: cross-entropy with its first polynomial term weighed up."""

from math import isfinite
from typing import Any

import plugtorch
from plugtorch.nn import functional


class PolyLoss(plugtorch.Loss):
    """Cross-entropy plus ``epsilon (1 - p)``, where p is the probability given to the right class.

    l = -log p + epsilon (1 - p)

    input: floating, (N, C). target: int64 classes, (N,). epsilon: weight of the further term.

    Source: Leng et al., PolyLoss, arXiv:2204.12511, equation 8.
    """

    def __init__(self, epsilon: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isfinite(epsilon):
            raise self.refused("epsilon", epsilon, "a finite number")
        self.epsilon = epsilon

    @classmethod
    def example(cls, generator: plugtorch.Generator) -> tuple[plugtorch.Tensor, ...]:
        """Five rows of three logits, and their classes: what the contract kit tries it on."""
        logits = plugtorch.randn(5, 3, generator=generator)
        return logits, plugtorch.randint(3, (5,), generator=generator)

    def forward(self, input: plugtorch.Tensor, target: plugtorch.Tensor) -> plugtorch.Tensor:
        """The loss of each row, reduced."""
        cross_entropy = functional.cross_entropy(input, target, reduction="none")
        return self.reduce(cross_entropy + self.epsilon * (1 - (-cross_entropy).exp()))
