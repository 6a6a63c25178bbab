"""Which OpenCL driver tinygrad shall open: plugtorch's own finding of drivers, by a word."""

from __future__ import annotations

import os
from pathlib import Path


def tinygrad_driver(device: str, given: str) -> tuple[dict[str, str], str]:
    """tinygrad's environment, and why there is none, empty where there is one.

    device: plugtorch's; its word, ``intel`` where it has none, is looked for in the driver's
    library. given: the library, or "" to look for it. tinygrad takes the first platform of the
    library in OPENCL_PATH; a driver's own library has its platform only, and needs no loader.
    """
    library = given
    if not library:
        word = device.partition(":")[2] or "intel"
        try:
            from plugtorch_opencl.drivers import installed
        except ImportError as error:
            return {}, f"plugtorch's drivers cannot be listed ({error}): say --tinygrad-driver"
        fitting = [
            driver.library
            for driver in installed()
            if not driver.problem and word.lower() in driver.library.lower()
        ]
        if not fitting:
            return {}, f"no driver's library has {word!r} in its name: say --tinygrad-driver"
        library = fitting[0]
    if os.sep in library and not Path(library).exists():
        return {}, f"there is no {library}"
    return {"OPENCL_PATH": library, "DEV": "CL"}, ""
