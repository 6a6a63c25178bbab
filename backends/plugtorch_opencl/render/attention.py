"""Attention as work: operands into panels, then kernels that never store the weights of pairs."""

from __future__ import annotations

from math import prod

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.render import attention_gpu, matmul
from plugtorch_opencl.render.attention_cpu import Text, local_bytes
from plugtorch_opencl.render.attention_text import Form
from plugtorch_opencl.render.attention_tiles import columns_of, width_of
from plugtorch_opencl.render.matmul_plans import packing
from plugtorch_opencl.render.matmul_signature import MOST_BATCH_AXES
from plugtorch_opencl.render.products import launch_of
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, broadcast
from plugtorch_opencl.work import Argument, Launch, View, Work

GROUP = 64  # rows that a work-group of a GPU has
OPERANDS = ("gradient", "query", "key", "value", "logarithms", "overlaps")


def work(
    traits: Traits,
    name: str,
    operands: tuple[View, ...],
    result: View,
    *,
    scale: float,
    causal: bool,
) -> Work:
    """``attention`` and ``attention_slope``, see ``plugtorch.ops.attention``. Operands lie as
    ``nodes.as_it_lies`` wants them.
    """
    names = OPERANDS[1:4] if name == "attention" else OPERANDS
    views = dict(zip(names, operands))
    mask = operands[len(names) :]
    return _Maker(traits, views, mask, result, scale, causal).work(name)


class _Maker:
    def __init__(
        self,
        traits: Traits,
        views: dict[str, View],
        mask: tuple[View, ...],
        result: View,
        scale: float,
        causal: bool,
    ) -> None:
        self.traits, self.views, self.mask, self.scale = traits, views, mask, scale
        self.dtype, self.causal = result.dtype, causal
        self.leading = views["query"].shape[:-2]
        self.queries, self.keys = views["query"].shape[-2], views["key"].shape[-2]
        self.batches = prod(self.leading)
        self.places = {each: number for number, each in enumerate(views)}
        self.launches: list[Launch] = []
        self.scratch: list[tuple[str, int]] = []
        self.packed: dict[str, tuple[int, int]] = {}  # the number of the scratch, and its step

    def work(self, name: str) -> Work:
        """All launches."""
        if name == "attention":
            self._kernel("means", self.queries, {"out": 0})
        else:
            after = [prod(self.views[each].shape) for each in ("query", "key")]
            self._kernel("query", self.queries, {"out": 0})
            self._kernel("key", self.keys, {"key_out": after[0], "value_out": sum(after)})
        return Work(tuple(self.launches), tuple(self.scratch))

    def _kernel(self, kind: str, rows: int, outs: dict[str, int]) -> None:
        """Launch a kernel that has so many rows; outs: where each begins in the result."""
        axes = self._mask_axes()
        size, wide = self.views["query"].shape[-1], self.views["value"].shape[-1]
        form = Form(kind, self.dtype, size, wide, self.causal, len(axes) if self.mask else -1)
        arguments: list[Argument] = []
        if self.traits.vector == 1:
            group = min(GROUP, self.traits.group)
            text, items = attention_gpu.render(form, group), group
            for each in attention_gpu.OPERANDS[kind]:
                arguments += self._operand(self.places[each])
        else:
            if local_bytes(self.traits, form) > self.traits.local_memory:
                raise UnsupportedError(
                    f"[attention] {local_bytes(self.traits, form):,} bytes of local memory would "
                    f"be needed for sizes {size} and {wide}, and {self.traits.name} has "
                    f"{self.traits.local_memory:,}. Compose it of products and softmax."
                )
            text, items, group = Text(form, self.traits).render(), 1, 1
            for each in form.panels:
                number, step = self._panels(each)
                arguments += [
                    Argument("scratch", number),
                    Argument("scratch_offset", number),
                    Argument("ulong", step),
                ]
            for each in form.rows:
                arguments += self._rows(each)
            arguments.append(Argument("uint", self._heads()))
            if kind != "means":
                for each in OPERANDS[4:]:
                    arguments += self._operand(self.places[each])
        for place in outs.values():
            arguments += [Argument("result", 0), Argument("result_at", place)]
        if self.mask:
            *_, row, column = self._mask_strides()
            arguments += [*self._operand(len(self.places)), Argument("long", row)]
            arguments.append(Argument("long", column))
            for n, step in axes:
                arguments += [Argument("uint", n), Argument("long", step)]
        arguments += [Argument("uint", self.queries), Argument("uint", self.keys)]
        arguments.append(Argument(form.scalar, self.scale))
        in_block = group if self.traits.vector == 1 else columns_of(self.traits, self.dtype)
        count = self.batches * -(-rows // in_block) * items
        self.launches.append(Launch(form.name, text, (count,), (group,), tuple(arguments)))

    def _operand(self, number: int) -> list[Argument]:
        return [Argument("operand", number), Argument("operand_offset", number)]

    # -- the mask ----------------------------------------------------------------------------------

    def _mask_strides(self) -> Shape:
        (mask,) = self.mask
        return broadcast(mask.shape, mask.strides, (*self.leading, self.queries, self.keys))

    def _mask_axes(self) -> list[tuple[int, int]]:
        """(size, stride) of the leading axes, the innermost first."""
        if not self.mask:
            return []
        pairs = zip(self.leading, self._mask_strides())
        return [pair for pair in pairs if pair[0] != 1][::-1]

    # -- panels ------------------------------------------------------------------------------------

    def _panels(self, name: str) -> tuple[int, int]:
        """An operand in panels: which scratch, and how far it is from matrix to matrix."""
        if name in self.packed:
            return self.packed[name]
        which, _, by_elements = name.partition("_")
        view = self.views[which]
        length, size = view.shape[-2:]
        axes = [axis for axis, n in enumerate(self.leading) if n != 1]
        batch, steps = (tuple([of[a] for a in axes]) for of in (self.leading, view.strides))
        if len(axes) > MOST_BATCH_AXES:  # then it was copied
            batch, steps = (self.batches,), (length * size,)
        stride = view.strides[-2] if length > 1 else size
        outer, inner = (size, length) if by_elements else (length, size)
        launch, step = packing(
            self.dtype,
            matmul.Operand("rows", stride, steps),
            matmul.Sizes(outer, outer, inner, batch),
            outer,
            columns_of(self.traits, self.dtype),
            not by_elements,
            width_of(self.traits, self.dtype),
        )
        number = len(self.scratch)
        where = {"source": ("operand", self.places[which]), "panels": ("scratch", number)}
        self.launches.append(launch_of(self.traits, launch, where))
        shared = not any(steps)
        self.scratch.append((self.dtype, step * (1 if shared else self.batches)))
        self.packed[name] = number, 0 if shared else step
        return self.packed[name]

    # -- rows --------------------------------------------------------------------------------------

    def _steps(self, steps: Shape) -> tuple[tuple[int, int], ...]:
        """(size, stride) of the two innermost leading axes that have more than one place, or () if
        there are more.
        """
        axes = [(n, step) for n, step in zip(self.leading, steps) if n != 1][::-1]
        return tuple([*axes, (1, 0), (1, 0)][:2]) if len(axes) <= 2 else ()

    def _rows(self, name: str) -> list[Argument]:
        """An operand whose rows are read whole: as it lies, or by panels of its elements."""
        view = self.views[name.removesuffix("_rows")]
        columns, size = columns_of(self.traits, self.dtype), view.shape[-1]
        steps = self._steps(view.strides)
        if steps and size % columns == 0:
            (_, inner), (_, outer) = steps
            kind, number = "operand", self.places[name.removesuffix("_rows")]
            numbers = (outer, inner, view.strides[-2], columns)
        else:
            kind = "scratch"
            number, step = self._panels(name)
            heads = self._heads()
            numbers = (heads * step, step, columns, view.shape[-2] * columns)
        places = [Argument(kind, number), Argument(f"{kind}_offset", number)]
        return [*places, *[Argument("ulong", n) for n in numbers]]

    def _heads(self) -> int:
        """The size of the innermost leading axis that has more than one place."""
        return next((n for n in reversed(self.leading) if n != 1), 1)
