"""Every OpenCL device, in the order in which one would choose, and why others cannot be used."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugtorch import dtypes
from plugtorch.backend import DeviceInfo
from plugtorch.errors import DeviceError
from plugtorch_opencl import drivers, quirks, reasons
from plugtorch_opencl.traits import Traits

KINDS = ("gpu", "accelerator", "cpu")  # which is preferred
NAMES = {  # of platforms, where the usual one is another
    "Portable Computing Language": "PoCL",
    "Intel(R) OpenCL": "Intel runtime",
}
LATER = {"Portable Computing Language": 1, "rusticl": 2, "Clover": 3, "Oclgrind": 4}
"""Platforms that come after others where both offer a device of the same kind."""


@dataclass(frozen=True)
class Found:
    """A device, or in place of one a driver that offers none.

    info: what is listed. device: a pyopencl.Device. traits: of a device that can be used, faults of
    its driver taken into account.
    """

    info: DeviceInfo
    device: Any = None
    traits: Traits | None = None


@functools.cache
def find() -> Sequence[Found]:
    """Every device, by index: those that can be used, then those that cannot, then the drivers
    that are installed and offer none. Never raises: what went wrong is among the rows.

    The order is a graphics card, another accelerator, a processor; among those a device with memory
    of its own first, then by driver (a vendor's own, PoCL, Mesa's), then the one with more memory,
    then as the driver lists them. It is the same in every run, so ``opencl:1`` stays what it is.
    """
    try:
        return tuple(_find())
    except Exception as error:  # a listing that fails would take all others with it
        text = str(error) if isinstance(error, DeviceError) else f"{type(error).__name__}: {error}"
        return (_missing("OpenCL", text.removeprefix("[opencl] ")),)


def _find() -> Iterator[Found]:
    usable: list[tuple[tuple[Any, ...], Found]] = []
    others: list[Found] = []
    for number, face in enumerate(drivers.platforms()):
        try:
            devices = face.get_devices()
        except Exception as error:  # what a driver raises is its own business
            others.append(_missing(_driver(face), f"it cannot list its devices: {error}"))
            continue
        if not devices:
            others.append(_missing(_driver(face), reasons.why_empty(face.name)))
        for device in devices:
            try:
                found = _describe(face, device)
            except Exception as error:
                others.append(_missing(_driver(face), f"it cannot describe a device: {error}"))
                continue
            if found.info.problem:
                others.append(found)
            else:
                usable.append((_order(face, device, found, number), found))
    usable.sort(key=lambda pair: pair[0])  # stable: as the driver lists them
    yield from (found for _, found in usable)
    yield from others
    for driver in drivers.installed():
        if driver.problem:
            yield _missing(driver.source.stem, driver.problem)
        elif driver.ours and not _has_come(driver):
            yield _missing(
                driver.source.stem,
                "pyopencl had been asked for platforms before plugtorch could make this driver "
                "known to it. Use plugtorch's device before pyopencl's own functions.",
            )
    if not usable and not others:
        yield _missing("OpenCL", reasons.no_driver())


def _missing(name: str, problem: str) -> Found:
    return Found(DeviceInfo(name=name, kind="", problem=problem))


def _describe(face: Any, device: Any) -> Found:
    traits = read_traits(face, device)
    info = DeviceInfo(
        name=traits.name,
        kind=traits.kind,
        vendor=traits.vendor,
        memory=traits.memory,
        dtypes=tuple(d.name for d in dtypes_of(traits)),
        driver=_driver(face, device),
        problem=_unfit(device),
        extra=_facts(face, device, traits),
    )
    return Found(info, device, None if info.problem else traits)


def read_traits(face: Any, device: Any) -> Traits:
    """What kernels depend on, with the driver's faults avoided. face: the device's platform."""
    extensions = device.extensions.split()
    kind = _kind(device)
    width = min(device.native_vector_width_float, 16) if kind == "cpu" else 1
    reported = Traits(
        name=device.name.strip(),
        vendor=device.vendor.strip(),
        driver=f"{face.name} {face.version} {device.driver_version}",
        kind=kind,
        units=device.max_compute_units,
        group=device.max_work_group_size,
        local_memory=device.local_mem_size,
        memory=device.global_mem_size,
        allocation=device.max_mem_alloc_size,
        alignment=max(1, device.mem_base_addr_align // 8),  # it is told in bits
        float64="cl_khr_fp64" in extensions,
        float16="cl_khr_fp16" in extensions,
        vector=max(1, width),
    )
    return quirks.avoid(reported)


def dtypes_of(traits: Traits) -> list[dtypes.dtype]:
    """The element types of its tensors: float64 only where it computes with them; float16 and
    bfloat16 everywhere, since they can be computed in float32.
    """
    return [d for d in dtypes.ALL if traits.float64 or d is not dtypes.float64]


def _kind(device: Any) -> str:
    """The one thing that a device is. Simulators say that they are everything: accelerators."""
    cl = drivers.load_pyopencl()
    types = cl.device_type
    if device.type & types.CPU and device.type & types.GPU:
        return "accelerator"
    if device.type & types.GPU:
        return "gpu"
    return "cpu" if device.type & types.CPU else "accelerator"


def _unfit(device: Any) -> str:
    """Why the device cannot be used, or nothing."""
    words = device.version.split()  # "OpenCL 1.2 and what the driver adds"
    version = words[1] if len(words) > 1 else "0.0"
    major, _, minor = version.partition(".")
    if not (major.isdecimal() and minor.isdecimal() and (int(major), int(minor)) >= (1, 2)):
        return f"it offers OpenCL {version}, and 1.2 is needed. A newer driver may help."
    if not device.available:
        return "its driver says that it is not available now."
    if not device.compiler_available:
        return "its driver brings no compiler for kernels."
    if not device.endian_little:
        return "its numbers are big-endian, which plugtorch has no kernels for."
    return ""


def _order(face: Any, device: Any, found: Found, number: int) -> tuple[Any, ...]:
    shared = bool(device.host_unified_memory) and found.info.kind != "cpu"
    later = LATER.get(face.name.strip(), 0)
    return KINDS.index(found.info.kind), shared, later, -found.info.memory, number


def _driver(face: Any, device: Any = None) -> str:
    """``Intel runtime 2026.22.10``."""
    name = NAMES.get(face.name.strip(), face.name.strip())
    version = "" if device is None else device.driver_version.strip().removeprefix(name).strip()
    return f"{name} {version}".strip()


def _facts(face: Any, device: Any, traits: Traits) -> Mapping[str, str]:
    return {
        "platform": face.name.strip(),
        "opencl": device.version.strip(),
        "float64": "yes" if traits.float64 else "no",
        "float16": "yes" if traits.float16 else "stored, computed in float32",
        "compute units": str(traits.units),
        "work-group": str(traits.group),
        "local memory": str(traits.local_memory),
        "largest allocation": str(traits.allocation),
        "vector": str(traits.vector),
        "avoided faults": " ".join(quirk.name for quirk in quirks.applying(traits)),
    }


def _has_come(driver: drivers.Driver) -> bool:
    """Whether a platform of a driver that only we made known is there. One can tell Intel's.
    Oclgrind takes the place of all others.
    """
    if "libintelocl" not in driver.library:
        return True
    faces = {face.name.strip() for face in drivers.platforms()}
    return bool(faces & {"Intel(R) OpenCL", "Oclgrind"})
