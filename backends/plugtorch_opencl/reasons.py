"""Why a driver offers no device, or fails while it works, and what to do about it."""

from __future__ import annotations

import os
from pathlib import Path

from plugtorch_opencl.drivers import INSTALL

CARDS = {
    "amdgpu": "radeonsi",
    "radeon": "r600",
    "i915": "iris",
    "xe": "iris",
    "nouveau": "nouveau",
    "panfrost": "panfrost",
    "asahi": "asahi",
    "msm": "freedreno",
}
"""The Linux driver of a graphics card, and what Mesa calls the part that computes on it."""

TOO_LITTLE_MEMORY = (-4, -6, -61)
"""CL_MEM_OBJECT_ALLOCATION_FAILURE, CL_OUT_OF_HOST_MEMORY, CL_INVALID_BUFFER_SIZE."""
OUT_OF_RESOURCES = -5  # of an allocation it says the same; of a kernel it may say anything

FAILED = (
    "A device that was removed or reset has lost what was on it: begin again in a new process; "
    "`plugtorch devices` lists what can be used. If it happens each time, a kernel or the driver "
    "is at fault: PLUGTORCH_DEBUG=kernels shows what is started."
)


def no_driver() -> str:
    """What to say where the loader knows of no driver."""
    where = os.environ.get("OCL_ICD_VENDORS")
    return (
        f"no driver is {f'in OCL_ICD_VENDORS={where}' if where else 'installed'}. "
        "Install your graphics card's, or one for the processor: " + INSTALL
    )


def why_empty(platform: str) -> str:
    """The reason, and the remedy where there is one. platform: as the driver calls itself."""
    if platform.strip() == "rusticl":
        return _rusticl(os.environ.get("RUSTICL_ENABLE", ""), graphics_cards())
    if platform.strip() == "Clover":
        return (
            "Mesa's Clover finds no card that it supports. It serves old AMD cards only and is no "
            "longer developed; rusticl has taken its place."
        )
    return "its driver is installed, but finds no device that it can drive."


def _rusticl(asked: str, cards: list[str]) -> str:
    """Mesa keeps the parts of rusticl off until the user names one, because it does not count all
    of them as stable (docs.mesa3d.org/rusticl). That is the user's decision and not ours.
    """
    if asked:
        return f"Mesa's rusticl finds no device for RUSTICL_ENABLE={asked}."
    wanted = sorted({CARDS[card] for card in cards if card in CARDS})
    if wanted:
        return (
            "Mesa's rusticl offers a device only when told to, and this machine has a card for it. "
            f"Set RUSTICL_ENABLE={','.join(wanted)} before Python starts."
        )
    return (
        "Mesa's rusticl offers a device only when told to. Set RUSTICL_ENABLE before Python "
        "starts: radeonsi for an AMD card, iris for Intel's, nouveau for NVIDIA's, llvmpipe for "
        "the processor (slow)."
    )


def graphics_cards(devices: Path = Path("/sys/class/drm")) -> list[str]:
    """The Linux drivers of the graphics cards in this machine; none on other systems."""
    return sorted({card.resolve().name for card in devices.glob("card[0-9]*/device/driver")})
