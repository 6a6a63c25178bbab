"""Learning rates that change with time: ``scheduler.step()`` after an epoch of optimizer steps.

>>> import plugtorch
>>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
>>> scheduler = ExponentialLR(optimizer, gamma=0.5)
>>> for epoch in range(3):
...     optimizer.step()    # in truth after a loss.backward(), for every batch
...     scheduler.step()
>>> scheduler.get_last_lr()
[0.125]
"""

from plugtorch.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from plugtorch.optim.lr_scheduler.cyclic import CyclicLR
from plugtorch.optim.lr_scheduler.decay import ExponentialLR, MultiStepLR, StepLR
from plugtorch.optim.lr_scheduler.functions import LambdaLR, MultiplicativeLR
from plugtorch.optim.lr_scheduler.one_cycle import OneCycleLR
from plugtorch.optim.lr_scheduler.plateau import ReduceLROnPlateau
from plugtorch.optim.lr_scheduler.ramps import ConstantLR, LinearLR, PolynomialLR
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler, _LRScheduler
from plugtorch.optim.lr_scheduler.several import ChainedScheduler, SequentialLR

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
