"""A last linear layer together with the cross-entropy of its classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module
from plugtorch.nn.functional import linear_cross_entropy
from plugtorch.nn.linear import Linear
from plugtorch.tensor import Tensor


@dataclass(frozen=True)
class LinearCrossEntropyOptions:
    """How PyTorch saves memory; taken, and without effect. As torch.nn.LinearCrossEntropyOptions.

    >>> LinearCrossEntropyOptions().chunking_method
    'auto'
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: DType | None = None


class LinearCrossEntropyLoss(Module):
    """Cross-entropy of ``linear(input)`` and the target. It has parameters, so it is a layer and no
    ``Loss``.

    input: (N, in_features) or (in_features,). target: classes, int64 of shape (N, *out_features),
    or probabilities of shape (N, num_classes, *out_features).

    Args:
        in_features: the last size of the input.
        num_classes: C, how many classes.
        out_features: further sizes, each element of which has a class of its own.
        bias: whether the linear layer has one.
        weight, reduction, ignore_index, label_smoothing: as ``CrossEntropyLoss``.
        options: without effect.

    Raises ShapeError for a weight that has not num_classes numbers and operands that do not fit,
    ArgumentError for other arguments.

    >>> import plugtorch
    >>> loss = LinearCrossEntropyLoss(5, 10, out_features=(4,))
    >>> loss(plugtorch.randn(2, 5), plugtorch.randint(10, (2, 4))).shape
    plugtorch.Size([])

    Source: torch.nn.LinearCrossEntropyLoss.
    """

    weight: Tensor | None

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: DType | None = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:
        super().__init__()
        if weight is not None and weight.shape != (num_classes,):
            raise ShapeError(
                f"[LinearCrossEntropyLoss] weight has shape {tuple(weight.shape)}, needed "
                f"({num_classes},): a number for each class."
            )
        if not 0 <= label_smoothing <= 1:
            raise ArgumentError(
                f"[LinearCrossEntropyLoss] label_smoothing is {label_smoothing}, needed 0 to 1."
            )
        self.register_buffer("weight", weight)
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.reduction = reduction
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.options = options
        count = num_classes * math.prod(out_features)
        self.linear = Linear(in_features, count, bias=bias, device=device, dtype=dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        linear, shape = self.linear, (self.num_classes, *self.out_features)
        return linear_cross_entropy(
            input,
            linear.weight.reshape(*shape, linear.in_features),
            target,
            linear_bias=None if linear.bias is None else linear.bias.reshape(shape),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )
