"""The adaptive softmax: a last layer for very many classes, together with its loss."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from plugtorch import functional as F
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.module import Module
from plugtorch.nn.containers import ModuleList, Sequential
from plugtorch.nn.linear import Linear
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat


class AdaptiveOutput(NamedTuple):
    """What AdaptiveLogSoftmaxWithLoss gives."""

    output: Tensor
    """The log-probability of each row's target."""
    loss: Tensor
    """Minus the mean of those."""


class AdaptiveLogSoftmaxWithLoss(Module):
    """ln p(class), where p(class) = p(cluster) p(class in its cluster), and its negative mean.

    The classes are in the order of how often they are seen. Those before the first cutoff are
    alone, each later cutoff ends a cluster, and the last ends at n_classes. Cluster i is reached
    through in_features / div_value^(i + 1) features, and only by rows whose target is in it, so
    rare classes cost little. It has parameters, so it is a layer and no ``Loss``.

    Args:
        in_features: the last size of the input, (N, in_features) or (in_features,).
        n_classes: how many classes; targets are int64 of shape (N,) or ().
        cutoffs: whole numbers from 1 to n_classes - 1, rising.
        div_value: how much smaller each cluster's layer is than the one before.
        head_bias: whether the first layer has a bias.

    Gives (output, loss). Raises ArgumentError for cutoffs that are not so, and in the call
    ShapeError, DTypeError and IndexRangeError for operands that do not fit.

    >>> import plugtorch
    >>> layer = plugtorch.nn.AdaptiveLogSoftmaxWithLoss(16, 100, cutoffs=[10, 50])
    >>> result = layer(plugtorch.randn(4, 16), plugtorch.tensor([3, 99, 10, 49]))
    >>> result.output.shape, result.loss.shape
    (plugtorch.Size([4]), plugtorch.Size([]))

    Source: Grave et al. (2017), arXiv:1609.04309; torch.nn.AdaptiveLogSoftmaxWithLoss.
    """

    head: Linear
    tail: ModuleList

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        ends = [*cutoffs]
        rising = all(a < b for a, b in pairwise([0, *ends, n_classes]))
        if not ends or not rising or any(int(end) != end for end in ends):
            raise ArgumentError(
                f"[AdaptiveLogSoftmaxWithLoss] cutoffs are {ends}, needed at least one whole "
                f"number, rising, from 1 to {n_classes - 1}."
            )
        if not div_value > 0:
            raise ArgumentError(
                f"[AdaptiveLogSoftmaxWithLoss] div_value is {div_value}, needed a number above 0."
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*ends, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i, (start, end) in enumerate(pairwise(self.cutoffs)):
            inner = int(in_features // div_value ** (i + 1))
            self.tail.append(
                Sequential(
                    Linear(in_features, inner, False, device, dtype),
                    Linear(inner, end - start, False, device, dtype),
                )
            )

    def reset_parameters(self) -> None:
        """Draw all weights anew."""
        for layer in self.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input: Tensor, target: Tensor) -> AdaptiveOutput:
        """The log-probability of each target, and minus their mean."""
        self._check(input, target)
        rows, classes = input.reshape(-1, self.in_features), target.reshape(-1).long()
        place = classes  # in the head, which has a place for each cluster after the shortlist
        within = rows.new_zeros(classes.shape)
        for i, (start, end) in enumerate(pairwise(self.cutoffs)):
            inside = (classes >= start) & (classes < end)
            index = inside.nonzero().squeeze(1)
            if not index.numel():
                continue
            place = place.masked_fill(inside, self.shortlist_size + i)
            log_p = F.log_softmax(self.tail[i](rows[index]), 1)
            wanted = (classes[index] - start).unsqueeze(1)
            within = within.index_add(0, index, log_p.gather(1, wanted).squeeze(1))
        head = F.log_softmax(self.head(rows), 1)
        output = within + head.gather(1, place.unsqueeze(1)).squeeze(1)
        return AdaptiveOutput(output.reshape(target.shape), -output.mean())

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probability of every class, (N, n_classes)."""
        head = F.log_softmax(self.head(input), 1)
        parts = [head[:, : self.shortlist_size]]
        for i, cluster in enumerate(self.tail):
            of_cluster = head[:, self.shortlist_size + i].unsqueeze(1)
            parts.append(F.log_softmax(cluster(input), 1) + of_cluster)
        return cat(parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The class that ``log_prob`` gives most, (N,); clusters are asked only where need be.

        A class is never likelier than its cluster, so a row whose first choice in the head is a
        class alone is decided.
        """
        best = self.head(input).argmax(1)
        open_rows = (best >= self.shortlist_size).nonzero().squeeze(1)
        if open_rows.numel():
            best = best.index_copy(0, open_rows, self.log_prob(input[open_rows]).argmax(1))
        return best

    def _check(self, input: Tensor, target: Tensor) -> None:
        """Refuse operands that do not fit."""
        if target.ndim > 1 or tuple(input.shape) != (*target.shape, self.in_features):
            raise ShapeError(
                f"[AdaptiveLogSoftmaxWithLoss] got an input of shape {tuple(input.shape)} and a "
                f"target of shape {tuple(target.shape)}, needed (N, {self.in_features}) and (N,), "
                f"or ({self.in_features},) and ()."
            )
        if target.dtype.is_floating_point or target.dtype.name == "bool":
            raise DTypeError(
                f"[AdaptiveLogSoftmaxWithLoss] got a target of {target.dtype}, needed integers. "
                "Convert it with .long()."
            )
        wrong = target[(target < 0) | (target >= self.n_classes)]
        if wrong.numel():
            raise IndexRangeError(
                f"[AdaptiveLogSoftmaxWithLoss] a target is {wrong[0].item()}, but there are "
                f"{self.n_classes} classes, numbered from 0."
            )
