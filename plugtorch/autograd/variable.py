"""Variable: what tensors with a gradient were before PyTorch 0.4."""

from __future__ import annotations

from typing import Any

from plugtorch.errors import DTypeError
from plugtorch.storage import TensorBase, share


class _VariableType(type):
    def __call__(
        cls, data: Any, requires_grad: bool | None = None, volatile: bool | None = None
    ) -> Any:
        """A leaf that shares the memory of ``data``."""
        if not isinstance(data, TensorBase):
            raise DTypeError(
                f"[Variable] needs a tensor, got {type(data).__name__}. Make one with "
                "plugtorch.tensor()."
            )
        leaf = share(data)
        if requires_grad and not volatile:
            leaf.requires_grad = True
        return leaf

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, TensorBase)


class Variable(metaclass=_VariableType):
    """``Variable(tensor, requires_grad=False)``: a leaf tensor that shares the tensor's memory.

    volatile: never requires a gradient. Every tensor is a Variable.

    >>> import plugtorch
    >>> from plugtorch.autograd import Variable
    >>> Variable(plugtorch.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)

    Source: torch.autograd.Variable.
    """
