"""Dropout layers: at work in training, idle after ``eval()``."""

from __future__ import annotations

from plugtorch import functional as F
from plugtorch.functional.checks import probability
from plugtorch.module import Module
from plugtorch.tensor import Tensor


class _Dropout(Module):
    """p: the probability of an element to be zeroed. inplace: write into the input.

    Raises ArgumentError for a p outside 0 .. 1.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        probability(type(self).__name__, p)
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training each element is 0 with probability p, and x / (1 - p) otherwise.

    >>> import plugtorch
    >>> plugtorch.nn.Dropout(0.5).eval()(plugtorch.ones(2))
    tensor([1., 1.])

    Hinton et al. 2012, arXiv:1207.0580; torch.nn.Dropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """Dropout of whole channels of (N, C, L) or (C, L). As torch.nn.Dropout1d."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """Dropout of whole channels of (N, C, H, W). As torch.nn.Dropout2d."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W). As torch.nn.Dropout3d."""

    def forward(self, input: Tensor) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean 0 and variance 1, for networks of SELU.

    Klambauer et al. 2017, arXiv:1706.02515; torch.nn.AlphaDropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels of (N, C, ...). As torch.nn.FeatureAlphaDropout."""

    def forward(self, input: Tensor) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
