"""Faults of drivers, each with what is done so that nobody meets it.

The one table of its kind: whoever meets a crash or a wrong number in a driver adds it here, says
what happens, and changes the traits so that kernels are written another way. ``tests/opencl`` has
for each fault the kernel that shows it (in a process of its own) and the check that traits avoid
it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from plugtorch_opencl.traits import Traits


@dataclass(frozen=True)
class Quirk:
    """One fault. applies: to which devices. reason: what happens. changes: the traits that keep
    clear of it, worked out from those that the driver reports; none where kernels for all devices
    are written so that they keep clear of it.
    """

    name: str
    applies: Callable[[Traits], bool]
    reason: str
    changes: Callable[[Traits], Mapping[str, Any]]


def _pocl(traits: Traits) -> bool:
    return traits.driver.startswith("Portable Computing Language")


def _old_pocl(traits: Traits) -> bool:
    """Whether it is PoCL before 4.0, which the tests have not shown to be free of these faults."""
    version = re.search(r"PoCL (\d+)", traits.driver)
    return _pocl(traits) and version is not None and int(version[1]) < 4


def _llvmpipe(traits: Traits) -> bool:
    return traits.driver.startswith("rusticl") and traits.name.startswith("llvmpipe")


def _oclgrind(traits: Traits) -> bool:
    return traits.driver.startswith("Oclgrind")


def _on_processor(test: Callable[[Traits], bool]) -> Callable[[Traits], bool]:
    return lambda traits: traits.kind == "cpu" and test(traits)


QUIRKS = (
    Quirk(
        name="pocl-wide-vectors",
        applies=_on_processor(_old_pocl),
        reason="PoCL 3.0's functions for vectors of 512 bits are faulty. pow of double8 gives 0 or "
        "inf for numbers below about 0.3 in a vector with an infinity, fmod of double8 may never "
        "return where one number is subnormal, and on AMD's Zen 4 some kernels with float16 "
        "vectors and exp or fma abort the process. Vectors of 256 bits do none of it.",
        changes=lambda traits: {"vector": min(traits.vector, 8)},
    ),
    Quirk(
        name="pocl-vector-trigonometry",
        applies=_on_processor(_old_pocl),
        reason="In PoCL 3.0 sin, cos and tan of float vectors are off by up to 0.016 for small "
        "numbers in a vector that also has one beyond about 10^6, or an infinity: sin(0.001) is "
        "0.008. One number at a time they are right.",
        changes=lambda traits: {"one_by_one": traits.one_by_one | {"sin", "cos", "tan"}},
    ),
    Quirk(
        name="pocl-stack",
        applies=_on_processor(_pocl),
        reason="PoCL keeps the private arrays of a whole work-group on a thread's stack, and "
        "offers groups of 4096: 2 KiB for each overrun the usual 8 MiB, and the process dies. "
        "A kernel launched without a group size gets the largest.",
        changes=lambda traits: {"group": min(traits.group, 256)},
    ),
    Quirk(
        name="llvmpipe-small-choice",
        applies=_llvmpipe,
        reason="Mesa 22.3's llvmpipe dies when it compiles `c ? x : 0`, with x of 8 bits and a "
        "constant on the other side, even one that the compiler found out, as x < x is. Of "
        "select(), which does the same, it does not: it is what every scalar choice of 8 bits is "
        "written with (render/types.py).",
        changes=lambda traits: {},
    ),
    Quirk(
        name="oclgrind-vector-of-vectors",
        applies=_oclgrind,
        reason="Oclgrind 21.10 with --uninitialized dies of `(float8)(a, b)` with a and b of type "
        "float4: its compiler first widens a with elements that are undefined, and the simulator "
        "looks up whether they were written. Vectors are put together of single elements, which "
        "other compilers turn into the same instructions (render/pooling_text.py).",
        changes=lambda traits: {},
    ),
)


def applying(traits: Traits) -> list[Quirk]:
    """The faults that the device has."""
    return [quirk for quirk in QUIRKS if quirk.applies(traits)]


def avoid(traits: Traits) -> Traits:
    """``traits`` as a driver reports them, changed so that kernels keep clear of its faults.

    >>> reported = Traits("cpu", "", "Portable Computing Language PoCL 3.0", "cpu", vector=16)
    >>> avoid(reported).vector
    8
    """
    for quirk in applying(traits):
        traits = replace(traits, **quirk.changes(traits))
    return traits
