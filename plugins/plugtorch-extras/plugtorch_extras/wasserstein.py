"""What a critic minimizes that is to tell how far two distributions are apart."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from plugtorch import Generator, Loss, Tensor, enable_grad, rand, randn
from plugtorch.autograd import grad
from plugtorch.errors import ShapeError
from plugtorch_extras.lengths import distance
from plugtorch_extras.precision import widened


def slopes(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    generator: Generator | None = None,
) -> Tensor:
    """The gradient of the critic's score at a random place between each real and fake sample.

    critic: from samples (N, ...) to scores, each from its own sample alone (so no batch norm).
    real, fake: of one shape. The result is of theirs, and can be differentiated.

    Raises ShapeError for different shapes.

    >>> import plugtorch
    >>> weight = plugtorch.tensor([3.0, 4.0])
    >>> slopes(lambda x: x @ weight, plugtorch.zeros(2, 2), plugtorch.ones(2, 2)).tolist()
    [[3.0, 4.0], [3.0, 4.0]]
    """
    if real.shape != fake.shape:
        raise ShapeError(
            f"[slopes] got real samples of shape {tuple(real.shape)} and fake ones of shape "
            f"{tuple(fake.shape)}, needed equal shapes."
        )
    place = (real.shape[0], *[1] * (real.ndim - 1))
    part = rand(*place, generator=generator, dtype=real.dtype, device=real.device)
    with enable_grad():
        between = fake.detach().lerp(real.detach(), part).requires_grad_()
        return grad(critic(between).sum(), between, create_graph=True)[0]


class WassersteinCriticLoss(Loss):
    """L = D(fake) - D(real) + penalty (|g| - 1)^2, for each pair of a fake and a real sample.

    Here D are the critic's scores, and g is the slope of the score between the two, as ``slopes``
    finds it:

        g = slopes(critic, real, fake)
        loss = loss_fn(critic(real), critic(fake), g)

    The maker of the fakes minimizes -D(fake).

    Args:
        penalty: what it costs to be steeper or flatter than 1; at least 0. The paper's lambda.
        reduction, weight: as in ``Loss``.

    Shapes: input D(real) and target D(fake) (N); slope (N, ...), of a sample's shape.

    Raises ArgumentError for a penalty out of its range, ShapeError for shapes that do not fit.

    >>> import plugtorch
    >>> real, fake = plugtorch.tensor([1.0]), plugtorch.tensor([3.0])
    >>> WassersteinCriticLoss()(real, fake, plugtorch.tensor([[3.0, 4.0]])).item()  # 2 + 10 * 4^2
    162.0

    Source: Gulrajani et al. (2017), Improved Training of Wasserstein GANs, arXiv:1704.00028,
    equation 3.
    """

    operands = 3

    def __init__(self, penalty: float = 10.0, **options: Any) -> None:
        super().__init__(**options)
        if not (penalty >= 0 and isfinite(penalty)):
            raise self.refused("penalty", penalty, "a finite number of at least 0")
        self.penalty = penalty

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five scores of real and of fake samples, and slopes in three dimensions."""
        real, fake = (randn(5, generator=generator) for _ in range(2))
        return real, fake, randn(5, 3, generator=generator)

    def forward(self, input: Tensor, target: Tensor, slope: Tensor) -> Tensor:  # type: ignore[override]
        if input.shape != target.shape:
            self.check_shapes(input, target)
        if input.ndim != 1 or slope.ndim < 2 or slope.shape[0] != input.shape[0]:
            raise ShapeError(
                f"[WassersteinCriticLoss] got scores of shape {tuple(input.shape)} and slopes of "
                f"shape {tuple(slope.shape)}, needed (N) and (N, ...). Use squeeze(-1) for scores "
                "of shape (N, 1)."
            )
        steepness = distance(widened(slope).reshape(slope.shape[0], -1))
        loss = widened(target) - widened(input) + self.penalty * (steepness - 1).square()
        weight = self._buffers["weight"]
        if weight is not None:
            loss = loss * self.fitting("weight", weight, loss)
        return self.reduce(loss, weight).to(input.dtype)
