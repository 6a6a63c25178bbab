"""The libraries that are compared, each behind the few things that a case needs of it.

Nothing here is imported before it is asked for: a worker has only its own library, and tinygrad's
may run in a Python without the others.
"""

# ruff: noqa: D102 - the base class says what each does

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from typing import Any

import numpy

NAMES = ("plugtorch", "torch", "compile", "tinygrad")


class Library:
    """A library with its device: ``torch`` is the namespace that the cases are written for."""

    torch: Any

    def tensor(self, array: numpy.ndarray, grad: bool = False) -> Any:
        """A tensor on the device, of which a gradient is wanted or not."""
        return self.torch.tensor(array, requires_grad=grad)

    def numpy(self, tensor: Any) -> numpy.ndarray:
        """The values of a tensor."""
        return tensor.detach().cpu().numpy()

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, compiled where the library has a compiler."""
        return function

    def captured(self, work: Callable[[], Any]) -> Callable[[], Any]:
        """``work``, which ends with ``evaluate``, in a library that can replay such a thing."""
        return work

    def step(self, optimizer: Any, loss: Any, model: Any) -> None:
        """Take the optimizer's step after ``loss.backward()``."""
        optimizer.step()

    def evaluate(self, tensors: Sequence[Any]) -> None:
        """Have ``tensors`` computed, in a library that only notes what is to be done."""

    def wait(self) -> None:
        """Return when all that was started is done."""

    def state(self, model: Any) -> dict[str, numpy.ndarray]:
        """A model's weights and buffers by PyTorch's names, as they are now."""
        return {name: self.numpy(value).copy() for name, value in model.state_dict().items()}

    def load(self, model: Any, state: dict[str, numpy.ndarray]) -> None:
        """Give a model these weights and buffers."""
        model.load_state_dict({name: self.torch.tensor(value) for name, value in state.items()})

    def forget(self) -> None:
        """Drop what was kept for the case before."""

    def about(self) -> str:
        """Version and device."""
        raise NotImplementedError


class Plugtorch(Library):
    """plugtorch on one of its devices, which is made the default."""

    def __init__(self, device: str, threads: int) -> None:
        import plugtorch
        from plugtorch.device import open_device

        self.torch = plugtorch
        plugtorch.set_default_device(device)
        self.backend = open_device(device)

    def evaluate(self, tensors: Sequence[Any]) -> None:
        if self.backend.deferred:
            self.backend.evaluate([tensor.value() for tensor in tensors])

    def wait(self) -> None:
        self.backend.synchronize()

    def about(self) -> str:
        here = self.backend.device
        info = type(self.backend).devices()[here.index or 0]
        words = (info.name, info.driver)
        return f"{self.torch.__version__} on {here} ({', '.join(word for word in words if word)})"


class Torch(Library):
    """PyTorch, operation by operation."""

    def __init__(self, device: str, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        self.threads = threads

    def about(self) -> str:
        return f"{self.torch.__version__} on {self.threads} thread(s), Python " + (
            platform.python_version()
        )


class Compiled(Torch):
    """PyTorch with torch.compile, the optimizer's step too. Shapes are constants: no case changes
    any.
    """

    def __init__(self, device: str, threads: int) -> None:
        super().__init__(device, threads)
        self.steps: dict[Any, Callable[[], Any]] = {}

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return self.torch.compile(function, dynamic=False)

    def step(self, optimizer: Any, loss: Any, model: Any) -> None:
        if optimizer not in self.steps:
            self.steps[optimizer] = self.compile(optimizer.step)
        self.steps[optimizer]()

    def forget(self) -> None:
        self.steps.clear()
        self.torch.compiler.reset()


class Tinygrad(Library):
    """tinygrad on the OpenCL driver that the environment names, every step in its TinyJit."""

    def __init__(self, device: str, threads: int) -> None:
        import tiny

        self.torch = tiny.namespace()

    def tensor(self, array: numpy.ndarray, grad: bool = False) -> Any:
        import tiny

        return tiny.tensor(array).is_param_(grad)

    def numpy(self, tensor: Any) -> numpy.ndarray:
        return tensor.numpy()

    def captured(self, work: Callable[[], Any]) -> Callable[[], Any]:
        import tiny

        return tiny.captured(work)

    def step(self, optimizer: Any, loss: Any, model: Any) -> None:
        import tiny

        tiny.step(optimizer, loss, model)

    def evaluate(self, tensors: Sequence[Any]) -> None:
        import tiny

        tiny.Tensor.realize(*tensors)

    def wait(self) -> None:
        import tiny

        tiny.Device[tiny.Device.DEFAULT].synchronize()

    def state(self, model: Any) -> dict[str, numpy.ndarray]:
        import tiny

        return {name: value.numpy() for name, value in tiny.get_state_dict(model).items()}

    def load(self, model: Any, state: dict[str, numpy.ndarray]) -> None:
        import tiny

        tiny.load(model, state)

    def about(self) -> str:
        import tiny

        return tiny.about()


CLASSES: dict[str, Callable[[str, int], Library]] = dict(
    zip(NAMES, (Plugtorch, Torch, Compiled, Tinygrad), strict=True)
)
