"""What kernels that go through strided arrays have in common: merged axes, parameters, launches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from plugtorch_opencl.render.matmul_text import indent
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import merged
from plugtorch_opencl.work import Argument, Launch, Shape

BITS = {1: "uchar", 2: "ushort", 4: "uint", 8: "ulong"}  # to move elements without reading them
GROUP = 64


def joined(shape: Shape, *strides: Shape) -> tuple[Shape, ...]:
    """What ``merged`` gives, but at least one axis to walk along."""
    sizes, *steps = merged(shape, *strides)
    return (sizes or (1,), *[own or (0,) for own in steps])


def lanes(traits: Traits, size: int) -> int:
    """How many elements of ``size`` bytes an explicit vector holds there; 1 for none."""
    return 1 if traits.vector == 1 else max(1, min(16, 4 * traits.vector // size))


def ceil_div(count: int, part: int) -> int:
    """How many parts it takes."""
    return -(-count // part)


def explicit(traits: Traits) -> bool:
    """Whether a work-item does much, with vectors; else it is one of many that do little."""
    return traits.vector > 1


@dataclass
class Signature:
    """The parameters of a kernel, each with what it is given."""

    parameters: list[str] = field(default_factory=list)
    arguments: list[Argument] = field(default_factory=list)
    arrays: list[str] = field(default_factory=list)

    def array(self, kind: str, number: int, name: str, stored: str, const: bool = False) -> None:
        """A buffer and where it begins. kind: "operand", "result" or "scratch"."""
        fixed = "const " if const or kind == "operand" else ""
        self.parameters += [f"global {fixed}{stored} *{name}", f"const ulong {name}_offset"]
        self.arguments += [Argument(kind, number), Argument(f"{kind}_offset", number)]
        self.arrays.append(name)

    def number(self, name: str, value: int, kind: str = "uint") -> None:
        self.parameters.append(f"const {kind} {name}")
        self.arguments.append(Argument(kind, value))

    def axes(self, word: str, sizes: Shape, **strides: Shape) -> None:
        """The sizes ``word``_size_0 ... and each array's strides ``array``_``word``_0 ... ."""
        for axis, size in enumerate(sizes):
            self.number(f"{word}_size_{axis}", size)
            for array, steps in strides.items():
                self.number(f"{array}_{word}_{axis}", steps[axis], "long")

    def kernel(self, name: str, body: Sequence[str], group: int | None = None) -> list[str]:
        """The lines of the kernel. group: the only size of group that it is launched with."""
        parameters = ",\n        ".join(self.parameters)
        fixed = f"__attribute__((reqd_work_group_size({group}, 1, 1)))\n" if group else ""
        starts = [f"{array} += {array}_offset;" for array in self.arrays]
        return [
            *f"{fixed}kernel void {name}(\n        {parameters})".split("\n"),
            "{",
            *indent([*starts, *body]),
            "}",
            "",
        ]


def unravel(word: str, sizes: Shape, rest: str, *arrays: str, **pointers: str) -> list[str]:
    """Statements that move pointers to where ``rest``, an unsigned number, says in the axes
    ``word``; it is used up. ``arrays`` are moved themselves; ``pointers`` are others, each with the
    array whose strides it has.
    """
    moved = [*[(array, array) for array in arrays], *pointers.items()]
    text = []
    for axis in reversed(range(len(sizes))):
        last = axis == 0
        at = f"{word}_at_{axis}"
        size = f"{word}_size_{axis}"
        text.append(f"const uint {at} = {rest};" if last else f"const uint {at} = {rest} % {size};")
        text += [f"{one} += (long){at} * {array}_{word}_{axis};" for one, array in moved]
        if not last:
            text.append(f"{rest} /= {size};")
    return text


def guarded(count: str) -> list[str]:
    """Statements for kernels with items beyond ``count``."""
    return [f"if (get_global_id(0) >= {count})", "    return;"]


def launch(
    traits: Traits,
    name: str,
    text: Sequence[str],
    count: int,
    signature: Signature,
    group: int | None = None,
) -> Launch:
    """``count`` items: one a group where items do much, else in groups, rounded up."""
    if group is None:
        group = group_size(traits)
    items = ceil_div(count, group) * group
    return Launch(name, "\n".join(text), (items,), (group,), tuple(signature.arguments))


def group_size(traits: Traits) -> int:
    """The size of the groups that ``launch`` makes."""
    return 1 if explicit(traits) else min(GROUP, traits.group)


def busy(traits: Traits) -> int:
    """How many work-items keep the whole device at work."""
    return 4 * traits.units if explicit(traits) else 256 * traits.units
