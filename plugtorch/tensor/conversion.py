"""Between dtypes, devices, Python and NumPy."""

from __future__ import annotations

import copy
from typing import Any

from plugtorch import dtypes
from plugtorch.device import cuda_device, open_device
from plugtorch.device import device as Device
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import AutogradError, DeviceError, DTypeError, PlugtorchError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.primitive import cast, to_device
from plugtorch.storage import TensorBase, share, wrap
from plugtorch.tensor.axes import shape_of


def to(
    self: Any,
    *args: Any,
    dtype: DType | None = None,
    device: Any = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: Any = None,
) -> Any:
    """The tensor in another dtype, on another device, or both; itself if it already is so.

    to(dtype), to(device), to(device, dtype), to(other). Source: torch.Tensor.to.

    >>> import plugtorch
    >>> plugtorch.tensor([1.7, -1.7]).to(plugtorch.int64)
    tensor([ 1, -1])
    """
    for arg in args:
        if isinstance(arg, DType):
            dtype = arg
        elif isinstance(arg, (str, Device)) or type(arg) is int:
            device = arg
        elif isinstance(arg, TensorBase):
            dtype, device = arg.dtype, arg.storage.backend.device
        elif arg is not None and not isinstance(arg, bool):
            raise DTypeError(f"[to] needs a dtype, a device or a tensor, got {arg!r}.")
    result = self
    if device is not None:
        backend = open_device(device)
        if backend is not self.storage.backend:
            # narrow before the journey, widen after it
            if dtype is not None and dtype.itemsize < self.dtype.itemsize:
                result = cast(result, dtype)
            result = to_device(result, backend)
    if dtype is not None and result.dtype is not dtype:
        result = cast(result, dtype)
    return elementwise.clone.apply(self) if copy and result is self else result


def type_as(self: Any, other: Any) -> Any:
    """In the dtype of other. Source: torch.Tensor.type_as."""
    return to(self, other.dtype)


def cpu(self: Any) -> Any:
    """On the CPU. Source: torch.Tensor.cpu."""
    return to(self, device="cpu")


def converter(kind: DType) -> Any:
    """A method that converts to one dtype."""

    def convert(self: Any, memory_format: Any = None) -> Any:
        return self if self.dtype is kind else cast(self, kind)

    convert.__doc__ = f"In {kind.name}."
    return convert


def of_type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The name of the type, or the tensor in another dtype. Source: torch.Tensor.type."""
    from plugtorch.tensor import typed

    if dtype is None:
        where = self.storage.backend.device.type
        return f"torch.{'' if where == 'cpu' else where + '.'}{typed.NAMES[self.dtype.name]}"
    if isinstance(dtype, str):
        dtype = typed.named("type", dtype)
    elif isinstance(dtype, type):
        dtype = getattr(dtype, "dtype", dtypes.get_default_dtype())
        if not isinstance(dtype, DType):  # Tensor itself: its dtype is a slot
            dtype = dtypes.get_default_dtype()
    return to(self, dtype)


def cuda(self: Any, device: Any = None, non_blocking: bool = False) -> Any:
    """On the device that stands in for CUDA; without, UnknownNameError. As Tensor.cuda."""
    return to(self, device=cuda_device("cuda", device))


def detach(self: Any) -> Any:
    """A tensor that sees the same box, which no gradient flows to. Source: torch.Tensor.detach."""
    return share(self)


def clone(self: Any, *, memory_format: Any = None) -> Any:
    """A copy; gradients flow back to the original. Source: torch.clone."""
    return elementwise.clone.apply(self)


def numpy(self: Any, *, force: bool = False) -> Any:
    """The values as a NumPy array. On the CPU it shares memory until plugtorch writes the tensor.

    Raises AutogradError for a tensor that requires grad, unless force. Source: torch.Tensor.numpy.
    """
    if self.tracked and not force:
        raise AutogradError(
            "[numpy] the tensor requires grad, and NumPy records nothing. Use "
            "tensor.detach().numpy()."
        )
    if self.storage.backend.device.type != "cpu" and not force:
        raise _ElsewhereError(f"[numpy] the tensor is on {self.device}. Use tensor.cpu().numpy().")
    storage = self.storage
    host = storage.backend.download(self.value())
    if self.through is None and any(not s and n > 1 for s, n in zip(host.strides, host.shape)):
        # one number for many elements, as gradients of a sum are: NumPy may want to write one
        storage.array = storage.backend.kernels["clone"](storage.array)
        storage.version += 1
        host = storage.backend.download(storage.array)
    if not host.flags.writeable or not host.ndim:
        host = host.copy()
    return host


class _ElsewhereError(DeviceError, TypeError):
    """NumPy was asked for a tensor on another device; a TypeError in PyTorch."""


def item(self: Any) -> Any:
    """The only element as a Python number. Source: torch.Tensor.item."""
    host = self.storage.backend.download(self.value())
    if host.size != 1:
        raise elements(self, "item")
    return host.item() if self.dtype is not dtypes.bfloat16 else float(host.reshape(())[()])


def elements(x: Any, name: str) -> PlugtorchError:
    """The error for an operation that takes one element only."""
    return ShapeError(
        f"[{name}] needs a tensor with one element, got shape {tuple(shape_of(x))}. Use tolist()."
    )


def tolist(self: Any) -> Any:
    """The values as nested Python lists. Source: torch.Tensor.tolist."""
    host = self.storage.backend.download(self.value())
    if self.dtype is dtypes.bfloat16:
        host = host.astype("float32")
    return host.tolist()


def array(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    """NumPy's door: ``numpy.asarray(tensor)``."""
    host = numpy(self)
    return (
        host.astype(dtype, copy=bool(copy)) if dtype is not None else host.copy() if copy else host
    )


def dlpack(self: Any, **options: Any) -> Any:
    """DLPack's door: other libraries take the tensor without a copy. Source:
    torch.Tensor.__dlpack__.
    """
    if self.tracked:
        raise AutogradError("[dlpack] the tensor requires grad. Use tensor.detach() first.")
    return numpy(self).__dlpack__(**options)


def dlpack_device(self: Any) -> Any:
    """Where the memory given to DLPack lies."""
    return numpy(self.detach()).__dlpack_device__()


def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    """A leaf of its own, with a copy of the values, of the gradient and of attributes."""
    if id(self) in memo:
        return memo[id(self)]
    if self.tracked and self.node is not None:
        raise AutogradError(
            "[deepcopy] only leaf tensors can be copied deeply. Use tensor.detach() or clone()."
        )
    kernel = self.storage.backend.kernels["clone"]
    other = wrap(kernel(self.value()), self.dtype, self.storage.backend)
    if type(other) is not type(self):
        other.__class__ = type(self)
    other.tracked = self.tracked
    memo[id(self)] = other
    if self.grad is not None:
        other.grad = deepcopy(self.grad, memo)
    if self.__dict__:
        other.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return other


def rebuild(
    cls: type, host: Any, name: str, where: str, tracked: bool, attributes: dict[str, Any]
) -> Any:
    """What unpickling calls."""
    kind = dtypes.by_name(name)
    backend = open_device(where)
    result = wrap(backend.upload(host, kind), kind, backend)
    if type(result) is not cls:
        result.__class__ = cls
    result.tracked = tracked
    result.__dict__.update(attributes)
    return result


def reduce(self: Any, protocol: Any = None) -> Any:
    """Pickling, for worker processes and copies; files belong to ``plugtorch.save``."""
    if self.tracked and self.node is not None:
        raise AutogradError("[pickle] only leaf tensors can be pickled. Use tensor.detach().")
    host = self.storage.backend.download(self.value())
    where = str(self.storage.backend.device)
    return rebuild, (type(self), host, self.dtype.name, where, self.tracked, dict(self.__dict__))
