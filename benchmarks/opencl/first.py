"""How long the first step takes: in a fresh process with nothing cached, and in a second one with
what the first left on disk.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness import Settings, Worker, WorkerError


def caches(folder: Path) -> dict[str, str]:
    """The variables that put what the libraries and drivers cache into ``folder``."""
    where = {
        "PLUGTORCH_CACHE_DIR": "plugtorch",
        "TORCHINDUCTOR_CACHE_DIR": "inductor",
        "TRITON_CACHE_DIR": "triton",
        "XDG_CACHE_HOME": "others",  # pyopencl's and PoCL's
        "POCL_CACHE_DIR": "pocl",
    }
    paths = {variable: folder / name for variable, name in where.items()}
    for path in paths.values():
        path.mkdir()
    return {**{name: str(path) for name, path in paths.items()}, "CACHEDB": str(folder / "tiny.db")}


def first_steps(case: str, settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each library the seconds of "cold" and "cached" - each with "open", "ready" and "first"
    - and of a "steady" step; or an "error".
    """
    for name in settings.libraries:
        found: dict[str, Any] = {}
        with tempfile.TemporaryDirectory() as folder:
            variables = caches(Path(folder))
            try:
                for kind in ("cold", "cached"):
                    worker = Worker(name, settings, **variables)
                    try:
                        opened = worker.start()
                        order = {"case": case, "quick": settings.quick, "weights": ""}
                        built = worker.ask("build", checks=False, **order)
                        found[kind] = {"open": opened["open"], **built}
                        if kind == "cached":
                            for _ in range(3):  # past what is captured or tuned
                                steady = worker.ask("time", seconds=settings.seconds)
                            found["steady"] = steady["seconds"]
                    finally:
                        worker.close()
            except WorkerError as error:
                found["error"] = str(error)
        yield name, found
