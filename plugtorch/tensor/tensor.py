"""The class Tensor: PyTorch's methods, nearly all of them functions of this package under the same
name.

Long because a class is in one place: what a tensor is, its operators and its facts. The
methods that are functions are in ``methods.py``, the in-place ones in ``twins.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from plugtorch import dtypes
from plugtorch.autograd import walk
from plugtorch.device import device as Device
from plugtorch.errors import ArgumentError, AutogradError, DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.storage import TensorBase, results, share
from plugtorch.tensor import (
    arithmetic,
    conversion,
    hooks,
    indexing,
    logic,
    memory,
    pieces,
    products,
    shapes,
    strides,
    turning,
    typed,
    writing,
)
from plugtorch.tensor.axes import Size, shape_of
from plugtorch.tensor.twins import InPlaceMethods


class Tensor(InPlaceMethods):
    """An array that remembers how it was computed. Made by ``plugtorch.tensor`` and its like.

    >>> import plugtorch
    >>> x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __array_priority__ = 1000  # so that array * tensor comes to the tensor

    def __new__(cls, *args: Any, **options: Any) -> Any:
        """``Tensor(2, 3)`` zeros of a shape, ``Tensor([1, 2])`` floats from data, ``Tensor(x)``
        another that shares the memory of x. Source: torch.Tensor.
        """
        made = typed.construct("Tensor", dtypes.get_default_dtype(), *args, **options)
        if cls is not Tensor:
            made.__class__ = cls
        return made

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    # -- what it is --------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        """The sizes along each axis."""
        view = self.through
        return Size(self.storage.array.shape if view is None else self.value().shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one size of it."""
        return self.shape if dim is None else self.shape[dim]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(shape_of(self))

    def dim(self) -> int:
        """The number of axes."""
        return len(shape_of(self))

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        count = 1
        for size in shape_of(self):
            count *= size
        return count

    nelement = numel

    @property
    def device(self) -> Device:
        """Where it lives."""
        return self.storage.backend.device

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.dtype.itemsize

    element_size = lambda self: self.dtype.itemsize  # noqa: E731

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.numel() * self.dtype.itemsize

    def stride(self, dim: int | None = None) -> Any:
        """How far apart neighbours along each axis would lie in PyTorch's memory."""
        steps = strides.strides_of(self)
        return steps if dim is None else steps[dim]

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating one."""
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is complex: never here."""
        return False

    def is_signed(self) -> bool:
        """Whether the dtype has negative numbers."""
        return self.dtype.is_signed

    layout = memory.strided
    is_sparse = is_quantized = is_cuda = is_meta = False
    is_nested = False

    @property
    def is_cpu(self) -> bool:
        """Whether it lives on the processor."""
        return self.device.type == "cpu"

    def get_device(self) -> int:
        """The index of its device, -1 on the processor. Source: torch.Tensor.get_device."""
        return -1 if self.is_cpu else self.device.index or 0

    @property
    def _version(self) -> int:
        return self.storage.version

    def data_ptr(self) -> int:
        """A number that is equal for tensors in the same box."""
        return id(self.storage)

    # -- gradients ---------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to it. Settable on leaves."""
        if self.through is not None:
            self.value()
        return self.tracked

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        view = self.through
        if view is not None:
            self.value()
        if value and not self.dtype.is_floating_point:
            raise DTypeError(
                f"[requires_grad] only floating-point tensors have gradients, got {self.dtype!r}."
            )
        if self.node is not None:
            if not value:
                raise AutogradError(
                    "[requires_grad] this tensor was computed, so it cannot be switched off. Use "
                    "detach()."
                )
            return
        if value and view is not None:  # a leaf by itself from here on, that still shares the box
            view.base = None
        self.tracked = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set ``requires_grad``, and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Any:
        """The gradient that backward() added up, or None."""
        return getattr(self, "_grad", None)

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, TensorBase):
                raise DTypeError(
                    f"[grad] a gradient is a tensor or None, got {type(value).__name__}."
                )
            if shape_of(value) != shape_of(self) or value.dtype is not self.dtype:
                raise ArgumentError(
                    f"[grad] a gradient of shape {tuple(shape_of(value))} {value.dtype!r} does not "
                    "fit a tensor of "
                    f"shape {tuple(shape_of(self))} {self.dtype!r}."
                )
            if value.storage.backend is not self.storage.backend:
                raise ArgumentError("[grad] the gradient is on another device than its tensor.")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def grad_fn(self) -> Any:
        """The graph node that made it, None for a leaf."""
        if self.through is not None:
            self.value()
        return self.node

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user and not by a recorded operation."""
        return self.grad_fn is None

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add this tensor's gradients to ``.grad`` of the leaves. See ``autograd.backward``."""
        walk.backward(self, gradient, retain_graph, create_graph, inputs)

    retain_grad = hooks.retain_grad
    register_hook = hooks.register_hook
    register_post_accumulate_grad_hook = hooks.register_post_accumulate_grad_hook
    retains_grad = False

    @property
    def data(self) -> Any:
        """A tensor that sees the same box, which no gradient flows to. Settable."""
        return share(self)

    @data.setter
    def data(self, other: TensorBase) -> None:
        if not isinstance(other, TensorBase):
            raise DTypeError(f"[data] needs a tensor, got {type(other).__name__}.")
        self.storage = other.storage
        self.dtype = other.dtype
        self.through = share(other).through

    def detach_(self) -> Tensor:
        """Cut from the graph that made it."""
        if self.through is not None:
            self.value()
            self.through.base = None
        self.node, self.tracked = None, False
        return self

    def _assign(self, new: Any, name: str) -> Any:
        return writing.assign(self, new, name)

    # -- operators ---------------------------------------------------------------------------------

    __add__ = ops.add.apply
    __sub__ = ops.subtract.apply
    __mul__ = ops.multiply.apply
    __truediv__ = ops.divide.apply
    __floordiv__ = ops.floor_divide.apply
    __mod__ = ops.remainder.apply
    __matmul__ = products.matmul
    __neg__ = arithmetic.neg
    __pos__ = arithmetic.positive
    __abs__ = arithmetic.abs
    __invert__ = logic.bitwise_not
    __and__ = ops.bitwise_and.apply
    __or__ = ops.bitwise_or.apply
    __xor__ = ops.bitwise_xor.apply
    __lshift__ = logic.bitwise_left_shift
    __rshift__ = logic.bitwise_right_shift
    __lt__ = ops.less.apply
    __le__ = ops.less_equal.apply
    __gt__ = ops.greater.apply
    __ge__ = ops.greater_equal.apply
    __pow__ = arithmetic.pow
    __radd__ = ops.add.apply
    __rmul__ = ops.multiply.apply
    __rand__ = ops.bitwise_and.apply
    __ror__ = ops.bitwise_or.apply
    __rxor__ = ops.bitwise_xor.apply

    def __rsub__(self, other: Any) -> Any:
        return ops.subtract.apply(other, self)

    def __rtruediv__(self, other: Any) -> Any:
        return ops.divide.apply(other, self)

    def __rfloordiv__(self, other: Any) -> Any:
        return ops.floor_divide.apply(other, self)

    def __rmod__(self, other: Any) -> Any:
        return ops.remainder.apply(other, self)

    def __rpow__(self, other: Any) -> Any:
        return arithmetic.pow(other, self)

    def __rlshift__(self, other: Any) -> Any:
        return logic.bitwise_left_shift(other, self)

    def __rrshift__(self, other: Any) -> Any:
        return logic.bitwise_right_shift(other, self)

    def __rmatmul__(self, other: Any) -> Any:
        return products.matmul(other, self)

    def __eq__(self, other: object) -> Any:
        return ops.equal.apply(self, other) if _comparable(other) else NotImplemented

    def __ne__(self, other: object) -> Any:
        return ops.not_equal.apply(self, other) if _comparable(other) else NotImplemented

    __hash__ = object.__hash__

    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem

    def __len__(self) -> int:
        shape = shape_of(self)
        if not shape:
            raise DTypeError("[len] a 0-d tensor has no length.")
        return shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not shape_of(self):
            raise DTypeError("[iter] cannot go through a 0-d tensor.")
        return iter(pieces.unbind(self))

    def __reversed__(self) -> Any:
        return turning.flip(self, 0) if shape_of(self) else self

    def __contains__(self, element: Any) -> bool:
        return bool((self == element).any())

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ArgumentError(
                f"[bool] the truth of a tensor of shape {tuple(shape_of(self))} is ambiguous. "
                "Use any() or all()."
            )
        return bool(conversion.item(self))

    def __float__(self) -> float:
        return float(conversion.item(self))

    def __int__(self) -> int:
        return int(conversion.item(self))

    def __index__(self) -> int:
        if self.dtype.is_floating_point or self.numel() != 1:
            raise DTypeError(
                "[index] only an integer tensor with one element is a whole number, got "
                f"{self.dtype!r} of shape "
                f"{tuple(shape_of(self))}."
            )
        return int(conversion.item(self))

    def __format__(self, spec: str) -> str:
        if shape_of(self) or not (spec or type(self) is Tensor):
            return object.__format__(self, spec)
        return format(conversion.item(self), spec)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        from plugtorch.tensor.printing import format_tensor

        return format_tensor(self)

    __array__ = conversion.array
    __dlpack__ = conversion.dlpack
    __dlpack_device__ = conversion.dlpack_device
    __deepcopy__ = conversion.deepcopy
    __reduce_ex__ = conversion.reduce

    # -- axes by name ------------------------------------------------------------------------------

    @property
    def T(self) -> Any:
        """The axes in reverse order."""
        return shapes.permute(self, tuple(range(self.ndim - 1, -1, -1)))

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return shapes.matrix_transpose(self)

    H = T
    mH = mT

    def new(self, *args: Any, device: Any = None) -> Any:
        """Zeros of a shape, or a tensor of data, in this dtype and place. As torch.Tensor.new."""
        return typed.construct("new", self.dtype, *args, device=device or self.device)


def _comparable(other: object) -> bool:
    return isinstance(other, (TensorBase, int, float)) or hasattr(other, "dtype")


results.cls = Tensor
