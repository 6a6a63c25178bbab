"""``import torch`` means plugtorch, in this process: for scripts that were written for PyTorch.

``install()`` before the script's imports, or ``plugtorch run script.py`` from the command line.
``torch`` and its submodules are then plugtorch's own module objects, not copies, so classes are the
same whichever name they were imported by.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

import plugtorch
from plugtorch import left_out
from plugtorch.device import device as Device
from plugtorch.device import gather_on, open_device, stand_in
from plugtorch.errors import ArgumentError

__all__ = ["install", "uninstall"]

# where PyTorch keeps what is elsewhere here
_ELSEWHERE = {
    "torch.autograd.functional": "plugtorch.derivatives",
    "torch.optim.adam": "plugtorch.optim",
    "torch.optim.adamw": "plugtorch.optim",
    "torch.optim.sgd": "plugtorch.optim",
    "torch.utils.data.dataloader": "plugtorch.utils.data",
    "torch.cuda.amp": "plugtorch.amp.cuda",
    "torch._utils": "plugtorch.types",
    "safetensors.torch": "plugtorch.serialization.safetensors",
}
_chosen = False  # whether install was given a device
_COMPANIONS = ("torchvision", "torchaudio", "torchtext")


class _Loader:
    """Gives a module of plugtorch out under another name."""

    def __init__(self, target: str) -> None:
        self.target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self.target)
        self.own = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self.own  # the import system put the alias's there


class _Refusal:
    """Stands for an installed package that has code compiled for PyTorch: it can't be imported."""

    def create_module(self, spec: ModuleSpec) -> None:
        raise ImportError(without_companion(spec.name), name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Never reached."""


class _Finder:
    """Answers for torch and all that is in it, before any other finder can."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        root = fullname.partition(".")[0]
        if fullname in _COMPANIONS:
            return _companion(fullname)
        if root != "torch" and fullname not in _ELSEWHERE:
            return None
        place = _place(fullname)
        if not _exists(place):
            raise ModuleNotFoundError(left_out.message(fullname.partition(".")[2]), name=fullname)
        return ModuleSpec(fullname, _Loader(place), is_package=True)  # type: ignore[arg-type]


_FINDER = _Finder()


def _place(fullname: str) -> str:
    place = "plugtorch" + fullname.removeprefix("torch")
    if fullname.startswith("torch.nn.modules.") and not _exists(place):
        return "plugtorch.nn.modules"  # the layer is in all of these
    return _ELSEWHERE.get(fullname, place)


def _companion(name: str) -> ModuleSpec | None:
    """None where Python may go on looking: the package isn't there, or has no compiled code."""
    spec = PathFinder.find_spec(name)
    suffixes = {*EXTENSION_SUFFIXES, ".so", ".pyd", ".dylib"}
    folders = [Path(folder) for folder in (spec and spec.submodule_search_locations) or ()]
    files = (file for folder in folders for part in ("*", "lib/*") for file in folder.glob(part))
    if not any(file.suffix in suffixes for file in files):
        return None
    return ModuleSpec(name, _Refusal(), is_package=True)  # type: ignore[arg-type]


def without_companion(name: str | None) -> str:
    """What to do without torchvision and its like; nothing for the names of other modules."""
    root = (name or "").partition(".")[0]
    return f"{root} is not in plugtorch: {left_out.VISION}." if root in _COMPANIONS else ""


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # what it would be in is no package
        return False


def install(device: Any = None) -> None:
    """From here on, in this process, ``import torch`` gives plugtorch.

    device: where a script is to run that says "cuda", or knows of no device at all. New tensors are
    made there unless the script says where, "cuda" means that device, and tensors that are on the
    CPU (``from_numpy``, ``FloatTensor``, what a worker or a file gave) follow those on the device
    that they meet in an operation. None leaves devices as they are.

    ``torch.nn``, ``from torch import optim``, ``import torch.nn.functional as F`` and so on give
    its modules. What plugtorch lacks is an ImportError or AttributeError that says so. Processes
    that ``multiprocessing`` starts have it too if they are forked, were started by ``plugtorch
    run``, or run this line themselves because the main script has it outside of
    ``if __name__ == "__main__"``. Twice does no harm.

    Raises ArgumentError if PyTorch itself was imported: two libraries cannot have one name.
    DeviceError or UnknownNameError if there is no such device.

    >>> from plugtorch import torch_alias
    >>> torch_alias.install()
    >>> import torch, torch.nn.functional as F
    >>> F.relu(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    >>> torch_alias.uninstall()
    """
    present = sys.modules.get("torch")
    if present is not None and present is not plugtorch:
        raise ArgumentError(
            "[torch_alias] torch is already imported: it is PyTorch, from "
            f"{getattr(present, '__file__', 'an unknown place')}. Call install() before anything "
            "imports torch."
        )
    if device is not None:
        _run_on(open_device(device).device)
    sys.modules["torch"] = plugtorch
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def _run_on(device: Device | None) -> None:
    global _chosen
    elsewhere = device is not None and device.type != "cpu"
    plugtorch.set_default_device(device)
    stand_in("cuda", device if elsewhere else None)
    gather_on(device if elsewhere else None)
    _chosen = device is not None


def uninstall() -> None:
    """Undo ``install``; modules that were imported under torch's names keep what they have."""
    if _chosen:
        _run_on(None)
    if _FINDER in sys.meta_path:
        sys.meta_path.remove(_FINDER)
    for name, module in list(sys.modules.items()):
        ours = getattr(module, "__name__", "").partition(".")[0] == "plugtorch"
        if ours and (name.partition(".")[0] == "torch" or name in _ELSEWHERE):
            del sys.modules[name]
