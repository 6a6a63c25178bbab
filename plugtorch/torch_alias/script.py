"""Running a script with ``torch`` meaning plugtorch, as ``python script.py`` would run it.

``multiprocessing`` makes the main module anew in processes that it does not fork, by the name in
``__main__.__spec__``. That name is this module's, which then installs the alias and runs the script
there: data sets that the script defines can be pickled to workers.
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import ModuleType, TracebackType

from plugtorch.torch_alias import install, without_companion

NAME = "plugtorch.torch_alias.script"
_VARIABLE = "PLUGTORCH_SCRIPT"  # for the processes that the script starts


class _Script(SourceFileLoader):
    def set_data(self, *_: object, **__: object) -> None:
        """Leave no compiled copy beside the script, as Python does."""


def run(path: str, arguments: Sequence[str] = (), device: str | None = None) -> int:
    """Run the script at ``path`` as the main module, and return the process's exit code.

    An exception of the script is shown as Python would, without the lines that led to the script.
    """
    install(device)
    sys.argv[:] = [path, *arguments]
    path = os.environ[_VARIABLE] = os.path.abspath(path)  # the script may change its folder
    if not sys.flags.safe_path:
        sys.path[0] = os.path.dirname(os.path.realpath(path))
    main = ModuleType("__main__")
    main.__file__ = path
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]
    loader = main.__loader__ = _Script("__main__", path)
    main.__spec__ = ModuleSpec(NAME, loader, origin=path)
    sys.modules["__main__"] = main
    try:
        loader.exec_module(main)
    except Exception as error:
        error.__traceback__ = _from_script(error.__traceback__, path)
        if isinstance(error, ModuleNotFoundError) and (hint := without_companion(error.name)):
            error.add_note(hint)
        sys.excepthook(type(error), error, error.__traceback__)
        return 1
    return 0


def _from_script(trace: TracebackType | None, path: str) -> TracebackType | None:
    """The part of a traceback that begins in the script; all of it if the script never began."""
    part = trace
    while part is not None and part.tb_frame.f_code.co_filename != path:
        part = part.tb_next
    return part or trace


if __name__ == "__mp_main__":  # in a process that the script started
    install()
    globals().update(runpy.run_path(os.environ[_VARIABLE], run_name="__mp_main__"))
