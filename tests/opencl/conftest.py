"""plugtorch looks for drivers before any test asks pyopencl, which looks only once."""

from __future__ import annotations

from plugtorch_opencl import devices

devices.find()
