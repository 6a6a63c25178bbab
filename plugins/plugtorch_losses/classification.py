"""Losses of one class among many, from logits or from log-probabilities.

Shapes: C classes alone (C,), a batch (N, C), or a batch of maps (N, C, d1, ...). Targets are class
indices, of the input's shape without C, or (cross-entropy only) a probability for each class, of
the input's shape.
"""

from __future__ import annotations

from plugtorch import Generator, Loss, Tensor, log_softmax, randint, randn, where
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError


class NLLLoss(Loss):
    """Minus the log-probability of the right class: L = -w[t] input[t], mean = sum L / sum w[t].

    Here t is the target, a class index. Elements whose target is ignore_index count nowhere; a mean
    over none is NaN.

    Args:
        weight: w, one number for each class, of the input's dtype; all 1 if None.
        ignore_index: the target that means "leave this out".
        reduction: "none", "mean" or "sum".
        size_average, reduce: PyTorch's older way to say the reduction.

    Raises ShapeError, DTypeError, and IndexRangeError for a class that there is not.

    >>> import plugtorch
    >>> log_p = plugtorch.tensor([[-0.5, -1.0], [-3.0, -0.25]])
    >>> NLLLoss()(log_p, plugtorch.tensor([0, 1])).item()
    0.375

    Source: ``torch.nn.NLLLoss``.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)
        self.ignore_index = ignore_index

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three log-probabilities, and their classes."""
        return log_softmax(randn(5, 3, generator=generator), 1), randint(
            3, (5,), generator=generator
        )

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        axis = self.class_axis(input)
        weight = self.class_weight(input, axis)
        picked, index, kept = self.pick(input, target, axis)
        if weight is None:
            return self.finish(-picked, None, kept, axis)
        share = weight[index]
        return self.finish(-picked * share, share, kept, axis)

    def class_axis(self, input: Tensor) -> int:
        """Where the classes are: axis 1, or 0 without a batch. Refuses an input that has none."""
        axes = input.ndim
        if axes == 0:
            raise ShapeError(
                f"[{type(self).__name__}] got an input of shape (), needed (C,), (N, C) or "
                "(N, C, d1, ...)."
            )
        if not input.dtype.is_floating_point:
            raise DTypeError(
                f"[{type(self).__name__}] got an input of {input.dtype}, needed floating point. "
                "Convert it with .float()."
            )
        return 0 if axes == 1 else 1

    def class_weight(self, input: Tensor, axis: int) -> Tensor | None:
        """The weight, after making sure that it has one number for each class."""
        weight: Tensor | None = self._buffers["weight"]
        if weight is None:
            return None
        classes = input.shape[axis]
        if tuple(weight.shape) != (classes,):
            raise ShapeError(
                f"[{type(self).__name__}] got a weight of shape {tuple(weight.shape)} for "
                f"{classes} classes, needed ({classes},)."
            )
        if weight.dtype is not input.dtype:
            raise DTypeError(
                f"[{type(self).__name__}] got a weight of {weight.dtype} and an input of "
                f"{input.dtype}, needed equal dtypes. Convert the weight with .to(input.dtype)."
            )
        return weight

    def pick(
        self, values: Tensor, target: Tensor, axis: int
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """``values`` at the target's class, that class, and where it counts (None: everywhere).

        All three have the classes' axis, with size 1. Where it is ignored, class 0 stands in.
        """
        index = self.class_index(values, target, axis)
        classes = values.shape[axis]
        if not 0 <= self.ignore_index < classes and values.device.type == "cpu":
            # The usual case is that nothing is ignored. gather looks at every index anyway and
            # refuses ignore_index, so asking first would only cost time. A device that computes
            # later could not refuse in time.
            try:
                return values.gather(axis, index), index, None
            except IndexRangeError:
                pass
        kept = index != self.ignore_index
        index = where(kept, index, 0)
        try:
            return values.gather(axis, index), index, kept
        except IndexRangeError as error:
            wrong = index[(index < 0) | (index >= classes)][0].item()
            raise IndexRangeError(
                f"[{type(self).__name__}] a target is {wrong}, but there are {classes} classes, "
                f"numbered from 0 ({self.ignore_index} is ignored). Check the labels, or the size "
                "of the last layer."
            ) from error

    def class_index(self, values: Tensor, target: Tensor, axis: int) -> Tensor:
        """``target`` as int64, with a classes' axis of size 1. Refuses what does not fit."""
        needed = (*values.shape[:axis], *values.shape[axis + 1 :])
        given = tuple(target.shape)
        if given != needed:
            if needed or given != (1,):  # PyTorch takes (1,) for one input without a batch, too
                raise ShapeError(
                    f"[{type(self).__name__}] got class indices of shape {given} for an input of "
                    f"shape {tuple(values.shape)}, needed {needed}: one for each element, without "
                    f"the axis of the {values.shape[axis]} classes."
                )
            target = target.reshape(())
        kind = target.dtype
        if kind is not int64:
            if kind.is_floating_point or kind.name == "bool":
                raise DTypeError(
                    f"[{type(self).__name__}] got class indices of {kind}, needed integers. "
                    "Convert them with .long()."
                )
            target = target.long()
        return target.unsqueeze(axis)

    def finish(self, loss: Tensor, share: Tensor | None, kept: Tensor | None, axis: int) -> Tensor:
        """``loss``, already weighed by ``share``, without what is ignored, reduced."""
        if kept is not None:
            loss = where(kept, loss, 0.0)
            share = kept.to(loss.dtype) if share is None else where(kept, share, 0.0)
        if self.reduction == "none":
            return loss.squeeze(axis)
        return self.reduce(loss, share)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three classes."""
        input = randn(5, 3, generator=generator)
        return input, randint(0, 3, (5,), generator=generator)


class CrossEntropyLoss(NLLLoss):
    """Log-softmax and NLLLoss in one: L = -sum over c of w[c] q[c] ln softmax(input)[c].

    Here q is the target's probabilities, or 1 for its class and 0 for others, smoothed to
    (1 - s) q + s / C with s = label_smoothing. The mean divides by the sum of w[t] for class
    indices, by the number of elements for probabilities.

    Args:
        weight: w, one number for each class, of the input's dtype; all 1 if None.
        ignore_index: the class index that means "leave this out"; not for probabilities.
        reduction: "none", "mean" or "sum".
        label_smoothing: s, from 0 to 1.
        size_average, reduce: PyTorch's older way to say the reduction.

    Raises ArgumentError, ShapeError, DTypeError, and IndexRangeError for a class that there is not.

    >>> import plugtorch
    >>> logits = plugtorch.tensor([[2.0, 0.0], [0.0, 0.0]])
    >>> CrossEntropyLoss(reduction="none")(logits, plugtorch.tensor([0, 1]))
    tensor([0.1269, 0.6931])

    Source: Szegedy et al. (2016), arXiv:1512.00567, for the smoothing;
    ``torch.nn.CrossEntropyLoss``.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        if not 0 <= label_smoothing <= 1:
            raise self.refused("label_smoothing", label_smoothing, "a number from 0 to 1")
        self.label_smoothing = label_smoothing

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three logits, and their classes."""
        return randn(5, 3, generator=generator), randint(3, (5,), generator=generator)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        axis = self.class_axis(input)
        weight = self.class_weight(input, axis)
        kind = input.dtype
        if kind.itemsize == 2:  # a sum of many e^x needs more digits than a half has
            input = input.float()
            weight = None if weight is None else weight.float()
        # ln softmax(x) = (x - max x) - ln sum e^(x - max x). Shifted by the maximum because e^x
        # would overflow; the shift cancels, so no gradient goes through it. It stays in two parts,
        # because nothing below needs their difference for every class.
        shifted = input - input.detach().amax(axis, keepdim=True)
        log_sum = shifted.exp().sum(axis, keepdim=True).log()
        if target.shape == input.shape:
            loss = self.from_probabilities(shifted, log_sum, target, weight, axis)
        else:
            loss = self.from_indices(shifted, log_sum, target, weight, axis)
        return loss if input.dtype is kind else loss.to(kind)

    def from_indices(
        self, shifted: Tensor, log_sum: Tensor, target: Tensor, weight: Tensor | None, axis: int
    ) -> Tensor:
        """The loss for a target that names classes."""
        picked, index, kept = self.pick(shifted, target, axis)
        loss, share = log_sum - picked, None
        if weight is not None:
            share = weight[index]
            loss = loss * share
        smoothing = self.label_smoothing
        if smoothing:  # every class gets an equal part of what the right one gives up
            if weight is None:
                others = log_sum - shifted.mean(axis, keepdim=True)
            else:
                weighed = shifted * along(axis, weight, shifted)
                others = log_sum * weight.mean() - weighed.mean(axis, keepdim=True)
            loss = loss * (1 - smoothing) + others * smoothing
        return self.finish(loss, share, kept, axis)

    def from_probabilities(
        self, shifted: Tensor, log_sum: Tensor, target: Tensor, weight: Tensor | None, axis: int
    ) -> Tensor:
        """The loss for a target with a probability for each class."""
        if not target.dtype.is_floating_point:
            raise DTypeError(
                f"[CrossEntropyLoss] got a target of {target.dtype} in the input's shape, which "
                "means a probability for each class, needed floating point. Convert it with "
                ".float(), or give class indices, with one axis less."
            )
        if self.ignore_index >= 0:
            raise ArgumentError(
                f"[CrossEntropyLoss] ignore_index is {self.ignore_index}, but the target has "
                "probabilities, not class indices. Leave it out."
            )
        if self.label_smoothing:
            even = self.label_smoothing / shifted.shape[axis]
            target = target * (1 - self.label_smoothing) + even
        if weight is not None:
            target = target * along(axis, weight, shifted)
        total = target.sum(axis, keepdim=True)
        loss = log_sum * total - (shifted * target).sum(axis, keepdim=True)
        return self.finish(loss, None, None, axis)


def along(axis: int, weight: Tensor, values: Tensor) -> Tensor:
    """``weight`` of shape (C,) in a shape that broadcasts along the classes' axis of ``values``."""
    return weight.reshape(-1, *[1] * (values.ndim - axis - 1))
