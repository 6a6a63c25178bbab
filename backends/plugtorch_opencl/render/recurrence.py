"""Recurrence as work: the weight laid out, and one kernel that goes through all times."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from plugtorch_opencl.render import copying, matmul, recurrence_text
from plugtorch_opencl.render.matmul_plans import packing
from plugtorch_opencl.render.matmul_tiles import registers
from plugtorch_opencl.render.products import launch_of
from plugtorch_opencl.render.recurrence_cells import GATES, Form
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import Argument, Launch, View, Work

HEIGHTS = (1, 2, 3, 4, 6, 8)  # of tiles
WIDEST = 4  # vectors of a tile
GROUP = 256  # work-items of a graphics card's group


def work(
    traits: Traits,
    name: str,
    operands: tuple[View, ...],
    result: View,
    *,
    kind: str,
    reverse: bool,
    seen: bool = True,
) -> Work:
    """``recurrence`` and ``recurrence_slope``, see ``plugtorch.ops.recurrence``. Operands lie as
    ``layouts.as_it_lies`` wants them.
    """
    slope = name == "recurrence_slope"
    times, rows, _ = operands[0].shape
    form = _form(
        traits, result.dtype, kind, slope, rows, operands[2 if slope else 1].shape[1], seen
    )
    return _Maker(traits, form, operands, times, rows).work(reverse)


def _form(
    traits: Traits, dtype: str, kind: str, slope: bool, rows: int, size: int, seen: bool
) -> Form:
    """The text that is best for so many rows of so many units."""
    gates = 1 if slope else len(GATES[kind])
    if traits.vector == 1:
        height = 1 if rows <= 2 * traits.units else 4
        group = min(GROUP, traits.group, -(-size // 32) * 32)
        return Form(kind, dtype, slope, 1, height, 1, group, seen)
    width = max(2, traits.vector // (2 if dtype == "float64" else 1))
    vectors = max(1, min(WIDEST if registers(traits) == 32 else 2, -(-size // width)) // gates)
    most = (24 if registers(traits) == 32 else 12) // (gates * vectors)

    def time(height: int) -> tuple[int, int]:
        tiles = -(-rows // height)
        return -(-tiles // traits.units) * (height + 2), -height  # reading the weight counts as 2

    height = min([height for height in HEIGHTS if height <= most], key=time)
    return Form(kind, dtype, slope, width, height, vectors, 1, seen)


class _Maker:
    def __init__(
        self, traits: Traits, form: Form, operands: tuple[View, ...], times: int, rows: int
    ) -> None:
        self.traits, self.form = traits, form
        self.times, self.rows = times, rows
        self.place = 2 if form.slope else 1  # of the weight
        self.weight = operands[self.place]
        self.size = self.weight.shape[1]
        self.wide = self.weight.shape[0]

    def work(self, reverse: bool) -> Work:
        """All launches."""
        form, size = self.form, self.size
        before, scratch, weight, panel, gate_step = self._laid_out()
        arguments: list[Argument] = []
        names = recurrence_text.operands(form)
        for name, number in zip(names, self._places(names)):
            if name == "weight":
                arguments += weight
            else:
                arguments += [Argument("operand", number), Argument("operand_offset", number)]
        at = 0
        for name in recurrence_text.results(form):
            arguments += [Argument("result", 0), Argument("result_at", at)]
            at += self.rows * (self.times * self.wide if name in ("dx", "ds") else size)
        tiles = -(-self.rows // form.rows)
        each = 1 if self.traits.vector == 1 else -(-tiles // self.traits.units)
        share = each * form.rows
        numbers = (self.times, self.rows, size, share, panel, int(reverse))
        arguments += [Argument("uint", number) for number in numbers]
        if not form.slope:
            arguments.append(Argument("ulong", gate_step))
        groups = -(-self.rows // share)
        text = recurrence_text.render(form)
        launch = Launch(form.name, text, (groups * form.group,), (form.group,), tuple(arguments))
        return Work((*before, launch), scratch)

    def _places(self, names: list[str]) -> list[int]:
        """Which operand each is; of the first state a slope reads only what its cell does."""
        if not self.form.slope:
            return list(range(len(names)))
        state = self.form.state
        given = ["gradient", "found", "weight"]
        given += [f"{s}_first" for s in state] + [f"d{s}_last" for s in state]
        return [given.index(name) for name in names]

    def _laid_out(
        self,
    ) -> tuple[tuple[Launch, ...], tuple[tuple[str, int], ...], list[Argument], int, int]:
        """What lays out the weight, its scratch, the arguments, and steps in it: from panel to
        panel, and from gate to gate.
        """
        form, size = self.form, self.size
        scratch = [Argument("scratch", 0), Argument("scratch_offset", 0)]
        gates = self.wide // size
        if self.traits.vector == 1:
            if form.slope:  # units are neighbours as it lies
                own = [Argument("operand", self.place), Argument("operand_offset", self.place)]
                return (), (), own, size, 0
            turned = View(form.dtype, (gates, size, size), (size * size, 1, size))
            target = View(form.dtype, turned.shape, contiguous(turned.shape))
            copy = copying.copy_work(self.traits, turned, target)
            moved = [_moved(launch, self.place) for launch in copy.launches]
            return tuple(moved), ((form.dtype, self.wide * size),), scratch, size, size * size
        panel = form.vectors * form.width
        batch = () if form.slope else (gates,)
        steps = () if form.slope else (size * size,)
        inner = self.wide if form.slope else size
        launch, step = packing(
            form.dtype,
            matmul.Operand("rows", size, steps),
            matmul.Sizes(size, size, inner, batch),
            size,
            panel,
            not form.slope,
            form.width,
        )
        where = {"source": ("operand", self.place), "panels": ("scratch", 0)}
        packed = launch_of(self.traits, launch, where)
        return (packed,), ((form.dtype, step * prod(batch)),), scratch, panel, step


def _moved(launch: Launch, place: int) -> Launch:
    """A launch from operand 0 to result 0 that goes from another operand to scratch memory."""
    kinds = {"result": "scratch", "result_offset": "scratch_offset"}
    arguments = [
        replace(each, value=place)
        if each.kind.startswith("operand")
        else replace(each, kind=kinds.get(each.kind, each.kind))
        for each in launch.arguments
    ]
    return replace(launch, arguments=tuple(arguments))
