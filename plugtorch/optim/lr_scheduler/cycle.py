"""What schedules that go up and down share: ways to go from one value to another, and momentum."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import Rate
from plugtorch.optimizer import Optimizer


def cosine(start: Rate, end: Rate, part: float) -> Rate:
    """From start to end, as part goes from 0 to 1, on half a cosine."""
    return end + (start - end) / 2 * (1 + cos(pi * part))


def linear(start: Rate, end: Rate, part: float) -> Rate:
    """From start to end, as part goes from 0 to 1, on a straight line."""
    return start + (end - start) * part


ANNEAL: dict[str, Callable[[Rate, Rate, float], Rate]] = {"cos": cosine, "linear": linear}


class Cycle(LRScheduler):
    """The part of both that is about momentum, or beta1 where the optimizer has that."""

    cycle_momentum: bool
    use_beta1 = False

    def _start_momentum(
        self, optimizer: Optimizer, base: Any, most: Any, last_epoch: int
    ) -> tuple[list[Rate], list[Rate]]:
        """The lowest and highest momentum of each group, now at its highest."""
        if not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ArgumentError(
                f"[{type(self).__name__}] {type(optimizer).__name__} has neither momentum nor "
                "betas, needed to cycle it. Pass cycle_momentum=False."
            )
        self.use_beta1 = "betas" in optimizer.defaults
        highest = self._numbers(optimizer, "max_momentum", most)
        lowest = self._numbers(optimizer, "base_momentum", base)
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, lowest, highest, strict=True):
                self._put_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return lowest, highest

    def _put_momentum(self, group: dict[str, Any], momentum: Rate) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum
