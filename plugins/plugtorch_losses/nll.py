"""The loss of one class among many, from log-probabilities; and how class indices are read.

Shapes: C classes alone (C,), a batch (N, C), or a batch of maps (N, C, d1, ...). Targets are class
indices, of the input's shape without C.
"""

from __future__ import annotations

from plugtorch import Generator, Loss, Tensor, int64, log_softmax, randint, randn, where
from plugtorch.errors import DTypeError, IndexRangeError, ShapeError
from plugtorch_losses.checks import integer


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
        self.ignore_index = integer(self, "ignore_index", ignore_index)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three log-probabilities, and their classes."""
        input = log_softmax(randn(5, 3, generator=generator), 1)
        return input, randint(3, (5,), generator=generator)

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
