"""Writing and adding at places that integers name: ``scatter``, ``scatter_add``, ``index_put``.

Nothing depends on which work-item is first: every place of the result belongs to one, which goes
through the index in order. Axes that index and values share are divided among work-items, and along
them are the vectors. Where these axes are short, the places themselves are divided as well: each of
several work-items goes through the whole index and skips what is not its own. An index is many
times smaller than rows of values, and skipping costs a nanosecond; sorting it first would cost a
dozen launches and pay only for millions of single elements. Each owns every so-many-th place and
not a range, because the tokens of a text are mostly the frequent ones, at the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from plugtorch_opencl.render.copying import copy_launch
from plugtorch_opencl.render.matmul_text import (
    STORED,
    SUMMED,
    indent,
    load,
    preamble,
    store,
    value_of,
)
from plugtorch_opencl.render.walking import (
    BITS,
    Signature,
    busy,
    ceil_div,
    explicit,
    guarded,
    joined,
    lanes,
    launch,
    unravel,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, Launch, Shape, View, Work

VECTOR_COLUMNS = 1024  # of a row, for one work-item of a processor
ITEM_UPDATES = 4096  # elements written by one, where lines are short
MOST_PARTS = 1024
LINE_BITS = 4  # two processors should not write in the same 16 elements, a line of the cache


@dataclass(frozen=True)
class Updates:
    """What is written where.

    The place of an update is the sum of each index times ``steps``, plus that of the axes that
    index and values share. ``walk``: axes to go through in order; strides of values, then of each
    index. ``shared``: the other axes; strides of the result, of values, then of each index.
    """

    dtype: str
    accumulate: bool
    wraps: bool
    index_dtypes: tuple[str, ...]
    limits: Shape
    steps: Shape
    walk: tuple[Shape, ...]
    shared: tuple[Shape, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"index_{number}" for number in range(len(self.index_dtypes)))


def work(
    traits: Traits,
    name: str,
    operands: tuple[View, ...],
    result: View,
    *,
    axis: int = 0,
    axes: tuple[int, ...] = (),
    accumulate: bool = False,
) -> Work:
    """``scatter(x, index, source, axis)``, ``scatter_add``, or ``index_put(x, values, *indices,
    axes, accumulate)``. No index is outside; those of ``index_put`` may be negative.
    """
    begin = copy_launch(traits, operands[0], View(result.dtype, result.shape, _steps(result)))
    if name == "index_put":
        updates = _put_updates(operands, result, axes, accumulate)
        places = (1, *range(2, len(operands)))
    else:
        updates = _scatter_updates(operands, result, axis, name == "scatter_add")
        places = (2, 1)
    return Work((begin, _update_launch(traits, updates, places)))


def _steps(result: View) -> Shape:
    return contiguous(result.shape)


def _scatter_updates(
    operands: tuple[View, ...], result: View, axis: int, accumulate: bool
) -> Updates:
    _, index, source = operands
    steps = _steps(result)
    if not index.shape:
        walk: tuple[Shape, ...] = ((1,), (0,), (0,))
        shared, limit, step = walk[:1] + ((0,),) * 3, 1, 1
    else:
        axis %= len(index.shape)
        limit, step = result.shape[axis], steps[axis]
        walk = ((index.shape[axis],), (source.strides[axis],), (index.strides[axis],))
        kept = [steps, source.strides, index.strides]
        others = [_without(each, axis) for each in kept]
        shared = joined(_without(index.shape, axis), *others)
    return Updates(
        dtype=result.dtype,
        accumulate=accumulate,
        wraps=False,
        index_dtypes=(index.dtype,),
        limits=(limit,),
        steps=(step,),
        walk=walk,
        shared=shared,
    )


def _without(sizes: Shape, axis: int) -> Shape:
    return sizes[:axis] + sizes[axis + 1 :]


def _put_updates(
    operands: tuple[View, ...], result: View, axes: tuple[int, ...], accumulate: bool
) -> Updates:
    _, values, *indices = operands
    steps = _steps(result)
    rank = max(len(index.shape) for index in indices)
    padded = [(1,) * (rank - len(index.shape)) + index.shape for index in indices]
    common = tuple(max(sizes) for sizes in zip(*padded))
    rest = tuple(axis for axis in range(len(result.shape)) if axis not in axes)
    neighbours = axes == tuple(range(axes[0], axes[0] + len(axes)))
    front = axes[0] if neighbours else 0
    rest_sizes = tuple(result.shape[axis] for axis in rest)
    target = (*rest_sizes[:front], *common, *rest_sizes[front:])
    value_steps = _spread(values, target)
    walked = value_steps[front : front + rank]
    others = value_steps[:front] + value_steps[front + rank :]
    none = (0,) * len(rest)
    return Updates(
        dtype=result.dtype,
        accumulate=accumulate,
        wraps=True,
        index_dtypes=tuple(index.dtype for index in indices),
        limits=tuple(result.shape[axis] for axis in axes),
        steps=tuple(steps[axis] for axis in axes),
        walk=joined(common, walked, *[_spread(index, common) for index in indices]),
        shared=joined(
            rest_sizes, tuple(steps[axis] for axis in rest), others, *[none for _ in indices]
        ),
    )


def _spread(view: View, shape: Shape) -> Shape:
    """The strides of the view repeated to ``shape``."""
    new = (0,) * (len(shape) - len(view.shape))
    old = [0 if size == 1 else step for size, step in zip(view.shape, view.strides)]
    return (*new, *old)


def _update_launch(traits: Traits, updates: Updates, places: tuple[int, ...]) -> Launch:
    """places: the numbers of the operands that values and each index are."""
    sizes, writes, reads, *looks = updates.shared
    walk_sizes, _, *walk_looks = updates.walk
    columns, outer = sizes[-1], sizes[:-1]
    width = _width(traits, updates)
    rows_alike = all(steps[-1] == 0 for steps in looks)
    if width > 1 and writes[-1] == 1 and reads[-1] in (0, 1) and rows_alike and columns >= 4:
        mode, item_columns = ("vectors", "repeated")[reads[-1] == 0], VECTOR_COLUMNS
    elif not explicit(traits):
        mode, item_columns = "single", 1
    elif 0 < abs(looks[0][-1]) < abs(walk_looks[0][-1]):
        mode, item_columns = "across", 64  # neighbours in memory belong to different lines
    else:
        mode, item_columns = "along", max(1, ITEM_UPDATES // prod(walk_sizes))
    item_columns = min(item_columns, columns)
    owners = ceil_div(columns, item_columns) * prod(outer)
    parts = _parts(traits, updates, owners)
    signature = Signature()
    bits = BITS[ITEM_SIZE[updates.dtype]]
    stored = STORED[updates.dtype] if updates.accumulate else bits
    signature.array("result", 0, "result", stored)
    signature.array("operand", places[0], "values", stored)
    for number, dtype in enumerate(updates.index_dtypes):
        signature.array("operand", places[number + 1], f"index_{number}", STORED[dtype])
        signature.number(f"limit_{number}", updates.limits[number], "long")
        signature.number(f"step_{number}", updates.steps[number], "long")
    signature.number("count", owners * parts)
    signature.number("parts", parts)
    shift = min(updates.steps).bit_length() - 1
    signature.number("part_shift", max(LINE_BITS, shift) if explicit(traits) else shift)
    signature.number("columns", columns)
    signature.number("item_columns", item_columns)
    for array, steps in zip(("result", "values", *updates.names), updates.shared[1:]):
        signature.number(f"{array}_column", steps[-1], "long")
    strides = dict(zip(("result", "values", *updates.names), updates.shared[1:]))
    signature.axes("axis", outer, **{array: steps[:-1] for array, steps in strides.items()})
    signature.axes("walk", walk_sizes, **dict(zip(("values", *updates.names), updates.walk[1:])))
    kind = f"add_{updates.dtype}" if updates.accumulate else f"put_{bits}"
    name = f"{kind}_{mode}{width}_{len(outer)}_{len(walk_sizes)}_{'_'.join(updates.index_dtypes)}"
    name += "_split" if parts > 1 else ""
    name += "_wrapping" if updates.wraps else ""
    body = [
        *guarded("count"),
        "uint rest = get_global_id(0);",
        "const uint column_parts = (columns + item_columns - 1) / item_columns;",
        "const uint columns_begin = rest % column_parts * item_columns;",
        "const uint columns_end = min(columns, columns_begin + item_columns);",
        "rest /= column_parts;",
        "const uint part = rest % parts;",
        "rest /= parts;",
        *unravel("axis", outer, "rest", "result", "values", *updates.names),
        *_walking(updates, len(walk_sizes), mode, width, parts > 1),
    ]
    text = preamble([updates.dtype], (1, width)) if updates.accumulate else []
    text = [*text, *signature.kernel(name, body, 1 if explicit(traits) else None)]
    return launch(traits, name, text, owners * parts, signature)


def _width(traits: Traits, updates: Updates) -> int:
    size = ITEM_SIZE[updates.dtype]
    summed = updates.accumulate and updates.dtype != "bool"
    return lanes(traits, max(4, size) if summed else size)


def _parts(traits: Traits, updates: Updates, owners: int) -> int:
    """Among how many work-items the places of one owner are divided: a power of two."""
    walked = prod(updates.walk[0])
    most = min(MOST_PARTS, prod(updates.limits), max(1, walked // 16))
    if explicit(traits) and max(updates.shared[0]) == 1:
        most = min(most, traits.units)  # single elements: to skip one costs as much as to add it
    parts = 1
    while parts * 2 <= most and owners * parts < busy(traits):
        parts *= 2
    return parts


def _walking(updates: Updates, walk_axes: int, mode: str, width: int, split: bool) -> list[str]:
    """The loops over the index, and over columns outside or inside of them."""
    single, columns = ["const uint column = columns_begin;"], []
    if mode == "along":
        single = []
        columns = ["for (uint column = columns_begin; column < columns_end; ++column) {"]
    inner = _place(updates, walk_axes, mode, split)
    if mode in ("vectors", "repeated"):
        single = []
        inner += _row(updates, mode, width)
    elif mode == "across":
        single = []
        inner = ["for (uint column = columns_begin; column < columns_end; ++column) {"] + indent(
            [*inner, *_one(updates, "values_at")]
        )
        inner.append("}")
    else:
        inner += _one(updates, "values_at")
    text = inner
    for axis in reversed(range(walk_axes)):
        own = f"for (uint walk_{axis} = 0; walk_{axis} < walk_size_{axis}; ++walk_{axis}) {{"
        text = [own, *indent(text), "}"]
    if columns:
        text = [*columns, *indent(text), "}"]
    return [*single, *text]


def _place(updates: Updates, walk_axes: int, mode: str, split: bool) -> list[str]:
    """Statements: where in the result this update's row, or element, is; skipped if another's."""
    whole_row = mode in ("vectors", "repeated")

    def at(array: str) -> str:
        terms = [f"walk_{axis} * {array}_walk_{axis}" for axis in range(walk_axes)]
        terms += [] if whole_row else [f"column * {array}_column"]
        return " + ".join(terms)

    text = []
    for number, name in enumerate(updates.names):
        text.append(f"long place_{number} = {name}[{at(name)}];")
        if updates.wraps:
            text.append(f"place_{number} += place_{number} < 0 ? limit_{number} : 0;")
    places = " + ".join(f"place_{number} * step_{number}" for number in range(len(updates.names)))
    text.append(f"const long place = {places};")
    if split:
        text += [
            "if (((uint)(place >> part_shift) & (parts - 1)) != part)",
            "    continue;",
        ]
    text.append(f"const long values_at = {at('values')};")
    if not whole_row:
        text.append("const long result_at = place + column * result_column;")
    return text


def _one(updates: Updates, values_at: str, result_at: str = "result_at") -> list[str]:
    """A statement: one element is written."""
    return [_update(updates, 1, result_at, values_at)]


def _row(updates: Updates, mode: str, width: int) -> list[str]:
    """A row is written, a vector after the other."""
    bits = BITS[ITEM_SIZE[updates.dtype]]
    text = ["uint column = columns_begin;"]
    value_at = "values_at" if mode == "repeated" else "values_at + column"
    many = _update(updates, width, "place + column", value_at, mode == "repeated", bits)
    text += [
        f"for (; column + {width} <= columns_end; column += {width})",
        f"    {many}",
        "for (; column < columns_end; ++column)",
        f"    {_update(updates, 1, 'place + column', value_at)}",
    ]
    return text


def _update(
    updates: Updates, width: int, place: str, source: str, repeated: bool = False, bits: str = ""
) -> str:
    """The statement that adds or writes ``width`` elements, or one of the values as many times."""
    dtype = updates.dtype
    if not updates.accumulate:
        if width == 1:
            return f"result[{place}] = values[{source}];"
        value = f"({bits}{width})(values[{source}])" if repeated else ""
        value = value or f"vload{width}(0, values + {source})"
        return f"vstore{width}({value}, 0, result + {place});"
    if dtype == "bool":
        if width == 1:
            return f"result[{place}] |= values[{source}];"
        value = f"(uchar{width})(values[{source}])" if repeated else ""
        value = value or f"vload{width}(0, values + {source})"
        return f"vstore{width}(vload{width}(0, result + {place}) | {value}, 0, result + {place});"
    value = load(dtype, 1 if repeated else width, "values", f"({source})")
    if repeated and width > 1:
        value = f"({SUMMED[dtype]}{width})({value})"
    total = f"{load(dtype, width, 'result', f'({place})')} + {value}"
    return store(dtype, width, value_of(dtype, width, total), "result", f"({place})")
