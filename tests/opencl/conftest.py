"""plugtorch looks for drivers before any test asks pyopencl, which looks only once."""

from __future__ import annotations

import importlib.util

from plugtorch_opencl import devices

devices.find()

# what these are for needs it; where it is missing they cannot even be looked at for doctests
if importlib.util.find_spec("pyopencl") is None:
    collect_ignore = [
        "convolution_under_oclgrind.py",
        "matmul_launcher.py",
        "matmul_under_oclgrind.py",
        "work_launcher.py",
        "works.py",
        "works_under_oclgrind.py",
    ]
