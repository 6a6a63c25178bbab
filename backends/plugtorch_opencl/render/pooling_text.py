"""The statements that make one row of a pooling's result.

In them ``x_plane``, ``result_plane`` and ``largest_plane`` are where a plane begins, d_at and h_at
say which row, and columns from ``inside_begin`` to ``inside_end`` have windows without padding on
the last axis: there vectors are read, wide ones and then of 4 columns. Compilers take long for all
of this, so every group of columns has its statements once, and what is for single columns, at the
edges, is not unrolled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from plugtorch_opencl.render.matmul_text import (
    FLOATING,
    STORED,
    SUMMED,
    indent,
    load,
    store,
    value_of,
    vector,
)
from plugtorch_opencl.work import Shape

LOWEST = {
    "uint8": "0",
    "int8": "CHAR_MIN",
    "int16": "SHRT_MIN",
    "int32": "INT_MIN",
    "int64": "LONG_MIN",
}


@dataclass(frozen=True)
class Windows:
    """Windows over three axes. wide: elements of a row of x lie side by side. explicit: vectors
    are written.
    """

    dtype: str
    kernel: Shape
    stride: Shape
    dilation: Shape
    wide: bool
    largest_wide: bool
    explicit: bool

    @property
    def name(self) -> str:
        numbers = (self.kernel, self.stride, self.dilation)
        text = "_".join("x".join(map(str, each)) for each in numbers)
        return f"{text}{'_wide' if self.wide else ''}{'_largest' if self.largest_wide else ''}"

    @property
    def floating(self) -> bool:
        return self.dtype in FLOATING

    @property
    def compared(self) -> str:
        """The C type in which elements are compared."""
        return SUMMED[self.dtype] if self.floating else STORED[self.dtype]


def widths(width: int) -> list[int]:
    """Of the vectors of a row, widest first."""
    return sorted({width, min(width, 4)} - {1}, reverse=True)


def _natural(dtype: str, width: int, pointer: str, place: str) -> str:
    """Elements in their own C type; floats as they are computed."""
    if dtype in FLOATING:
        return load(dtype, width, pointer, f"({place})")
    return f"vload{width}(0, {pointer} + {place})" if width > 1 else f"{pointer}[{place}]"


def _taps(windows: Windows, width: int, natural: bool) -> tuple[list[str], list[str]]:
    """Statements that read a row for ``width`` windows, and an expression for each tap."""
    read = _natural if natural else _summable
    kernel, step = windows.kernel[2], windows.stride[2]
    offsets = [place * windows.dilation[2] for place in range(kernel)]
    kind = vector(windows.compared if natural else SUMMED[windows.dtype], width)
    if width == 1:
        place = "(long)(w_first + {}) * x_w"
        return [], [read(windows.dtype, 1, "line", place.format(offset)) for offset in offsets]
    if windows.wide and step == 1:
        return [], [read(windows.dtype, width, "line", f"w_first + {offset}") for offset in offsets]
    if windows.wide and step == 2 and offsets[-1] > 0:
        # The last element read is one that the window has, so that none is beyond the buffer.
        starts = {offset: max(0, offset - 1) for offset in offsets}
        text = []
        for start in sorted(set(starts.values())):
            for half in (0, 1):
                place = f"w_first + {start + half * width}"
                value = read(windows.dtype, width, "line", place)
                text.append(f"const {kind} read_{start}_{half} = {value};")
        taps = []
        for offset, start in starts.items():
            # one by one: Oclgrind dies of vectors put together of vectors (quirks.py)
            lanes = [divmod(offset - start + 2 * lane, width) for lane in range(width)]
            elements = ", ".join(f"read_{start}_{half}.s{lane:x}" for half, lane in lanes)
            taps.append(f"({kind})({elements})")
        return text, taps
    taps = []
    for offset in offsets:
        places = [f"(long)(w_first + {offset + lane * step}) * x_w" for lane in range(width)]
        elements = ", ".join(read(windows.dtype, 1, "line", place) for place in places)
        taps.append(f"({kind})({elements})")
    return [], taps


def _summable(dtype: str, width: int, pointer: str, place: str) -> str:
    return load(dtype, width, pointer, f"({place})")


def _through(
    windows: Windows,
    width: int,
    natural: bool,
    each: Callable[[str, int], list[str]],
) -> list[str]:
    """Statements: ``each`` tap of the windows that begin at column w_first, inside of x.

    With one column, places may be outside of x on the last axis too, and are left out.
    """
    once = ["#pragma unroll 1"] if width == 1 and windows.explicit else []
    reads, taps = _taps(windows, width, natural)
    inner = list(reads)
    if width == 1:
        inner += [*once, f"for (int k_w = 0; k_w < {windows.kernel[2]}; ++k_w) {{"]
        inner += [
            f"    const int w_own = w_first + k_w * {windows.dilation[2]};",
            "    if (w_own < 0 || w_own >= size_w)",
            "        continue;",
        ]
        read = _natural if natural else _summable
        element = read(windows.dtype, 1, "line", "(long)w_own * x_w")
        inner += indent(each(element, 0))
        inner.append("}")
    else:
        for number, tap in enumerate(taps):
            inner += ["{", *indent(each(tap, number * windows.dilation[2])), "}"]
    lines = [
        f"global const {STORED[windows.dtype]} *line = "
        "x_plane + (long)d_own * x_d + (long)h_own * x_h;",
        *inner,
    ]
    for axis, name in ((1, "h"), (0, "d")):
        lines = [
            *once,
            f"for (int k_{name} = 0; k_{name} < {windows.kernel[axis]}; ++k_{name}) {{",
            f"    const int {name}_own = {name}_first + k_{name} * {windows.dilation[axis]};",
            f"    if ({name}_own < 0 || {name}_own >= size_{name})",
            "        continue;",
            *indent(lines),
            "}",
        ]
    return lines


def _row(
    windows: Windows, width: int, group: Callable[[int], list[str]], result: str = ""
) -> list[str]:
    """Columns in vectors where they are inside, else one by one."""
    step = windows.stride[2]
    text = [
        f"const int d_first = d_at * {windows.stride[0]} - before_d;",
        f"const int h_first = h_at * {windows.stride[1]} - before_h;",
        f"global {result or STORED[windows.dtype]} *out = "
        "result_plane + (long)d_at * result_d + (long)h_at * result_h;",
        "int column = columns_begin;",
        "while (column < columns_end) {",
        f"    const int w_first = column * {step} - before_w;",
    ]
    for each in widths(width):
        text += [
            f"    if (column >= inside_begin && column + {each} <= inside_end) {{",
            *indent(group(each), 2),
            f"        column += {each};",
            "        continue;",
            "    }",
        ]
    return [*text, *indent(group(1)), "    ++column;", "}"]


def largest_row(windows: Windows, width: int) -> list[str]:
    """max_pool."""
    start = "-INFINITY" if windows.floating else LOWEST[windows.dtype]

    def group(each: int) -> list[str]:
        kind = vector(windows.compared, each)

        def tap(element: str, _: int) -> list[str]:
            if not windows.floating:
                return [f"value = max(value, ({kind})({element}));"]
            text = [f"const {kind} element = {element};"]
            if each == 1:
                return [*text, "value = element > value || isnan(element) ? element : value;"]
            choice = "(element > value) | (element != element)"
            return [*text, f"value = select(value, element, {choice});"]

        return [
            f"{kind} value = ({kind})({start});",
            *_through(windows, each, True, tap),
            store(windows.dtype, each, "value", "out", "column"),
        ]

    return _row(windows, width, group)


def index_row(windows: Windows, width: int) -> list[str]:
    """max_pool_index: the first that equals ``largest``, or the last NaN if that is NaN."""
    step = windows.stride[2]

    def group(each: int) -> list[str]:
        kind, whole = vector(windows.compared, each), vector("int", each)
        places = ", ".join(str(lane * step) for lane in range(each))
        steps = f" + ({whole})({places})" if each > 1 else ""

        def tap(element: str, offset: int) -> list[str]:
            column = f"w_first + {offset}" if each > 1 else "w_own"
            place = f"(d_own * size_h + h_own) * size_w + {column}"
            text = [f"const {kind} element = {element};"]
            if each == 1:
                hit = "element == best && found < 0"
                if windows.floating:
                    hit = f"({hit}) || (isnan(element) && isnan(best))"
                return [*text, f"if ({hit})", f"    found = {place};"]
            hit = f"convert_{whole}(element == best) & (found < 0)"
            if windows.floating:
                hit = f"({hit}) | convert_{whole}((element != element) & (best != best))"
            return [*text, f"found = select(found, ({whole})({place}){steps}, {hit});"]

        if each > 1 and not windows.largest_wide:
            lanes = [f"(long)(column + {lane}) * largest_w" for lane in range(each)]
            elements = [_natural(windows.dtype, 1, "largest_line", lane) for lane in lanes]
            best = f"({kind})({', '.join(elements)})"
        else:
            at = "column" if each > 1 else "(long)column * largest_w"
            best = _natural(windows.dtype, each, "largest_line", at)
        first = f"(({whole})((d_first * size_h + h_first) * size_w + w_first){steps})"
        # a window of nothing but padding finds nothing, and its own beginning may be outside
        last = f"({whole})(size_d * size_h * size_w - 1)"
        nothing = f"clamp({first}, ({whole})(0), {last})"
        choice = (
            f"found < 0 ? {nothing} : found"
            if each == 1
            else f"select(found, {nothing}, found < 0)"
        )
        kept = f"convert_{vector('long', each)}({choice})"
        put = f"vstore{each}({kept}, 0, out + column);" if each > 1 else f"out[column] = {kept};"
        return [
            f"const {kind} best = {best};",
            f"{whole} found = ({whole})(-1);",
            *_through(windows, each, True, tap),
            put,
        ]

    line = "largest_plane + (long)d_at * largest_d + (long)h_at * largest_h;"
    return [
        f"global const {STORED[windows.dtype]} *largest_line = {line}",
        *_row(windows, width, group, "long"),
    ]


def sum_row(windows: Windows, width: int) -> list[str]:
    """sum_pool."""

    def group(each: int) -> list[str]:
        kind = vector(SUMMED[windows.dtype], each)
        total = value_of(windows.dtype, each, "value")
        return [
            f"{kind} value = ({kind})(0);",
            *_through(windows, each, False, lambda element, _: [f"value += {element};"]),
            store(windows.dtype, each, total, "out", "column"),
        ]

    return _row(windows, width, group)


def spread_row(windows: Windows, width: int) -> list[str]:
    """sum_pool_input. Place i is in the windows m - j with i + before = stride m + phase, where
    stride j + phase < kernel: for each phase the same few windows, side by side.
    """
    kernel, stride = windows.kernel, windows.stride
    step = stride[2]
    summed, stored = SUMMED[windows.dtype], STORED[windows.dtype]
    start = []
    for axis, name in ((0, "d"), (1, "h")):
        there = f"{name}_at + before_{name} + {stride[axis] - kernel[axis]}"
        start += [
            # what is rounded up may be negative, where division rounds towards 0
            f"const int {name}_begin = max(0, {there}) / {stride[axis]};",
            f"const int {name}_end = min(size_{name}, ({name}_at + before_{name}) "
            f"/ {stride[axis]} + 1);",
        ]

    def windows_of(lines: list[str]) -> list[str]:
        text = [
            f"global const {stored} *line = x_plane + (long)d_own * x_d + (long)h_own * x_h;",
            *lines,
        ]
        for name in ("h", "d"):
            head = f"for (int {name}_own = {name}_begin; {name}_own < {name}_end; ++{name}_own) {{"
            text = [head, *indent(text), "}"]
        return text

    def one() -> list[str]:
        element = load(windows.dtype, 1, "line", "((long)w_own * x_w)")
        return [
            f"const int w_begin = max(0, column + before_w + {step - kernel[2]}) / {step};",
            f"const int w_end = min(size_w, (column + before_w) / {step} + 1);",
            f"{summed} value = 0;",
            *windows_of(
                [
                    "for (int w_own = w_begin; w_own < w_end; ++w_own)",
                    f"    value += {element};",
                ]
            ),
            store(windows.dtype, 1, value_of(windows.dtype, 1, "value"), "out", "column"),
        ]

    def many(each: int) -> list[str]:
        kind = vector(summed, each)
        phases = [(f"phase_{r}", range((kernel[2] - 1 - r) // step + 1)) for r in range(step)]
        text = [f"{kind} {name} = ({kind})(0);" for name, _ in phases]
        inner = []
        for reach in range((kernel[2] - 1) // step + 1):
            if windows.wide:
                value = load(windows.dtype, each, "line", f"(window - {reach})")
            else:
                lanes = [f"((long)(window - {reach} + {lane}) * x_w)" for lane in range(each)]
                elements = [load(windows.dtype, 1, "line", lane) for lane in lanes]
                value = f"({kind})({', '.join(elements)})"
            inner.append(f"const {kind} read_{reach} = {value};")
            inner += [f"{name} += read_{reach};" for name, own in phases if reach in own]
        text += windows_of(inner)
        text.append(f"const int first = window * {step} - before_w;")
        for part in range(step):  # result elements in order, a vector after the other
            numbers = range(part * each, (part + 1) * each)
            picked = [f"phase_{number % step}.s{number // step:x}" for number in numbers]
            total = f"({kind})({', '.join(picked)})" if step > 1 else "phase_0"
            total = value_of(windows.dtype, each, total)
            text.append(store(windows.dtype, each, total, "out", f"(first + {part * each})"))
        return text

    text = [
        *start,
        f"global {stored} *out = result_plane + (long)d_at * result_d + (long)h_at * result_h;",
        "int column = columns_begin;",
        "while (column < columns_end) {",
    ]
    if width > 1:
        text += [
            "    // one by one up to where a window inside begins, and behind the last of them",
            f"    const int window = (column + before_w) / {step};",
            f"    if (window >= inside_begin && column + before_w == window * {step}) {{",
        ]
        for each in widths(width):
            text += [
                f"        if (window + {each} <= inside_end) {{",
                *indent(many(each), 3),
                f"            column += {each * step};",
                "            continue;",
                "        }",
            ]
        text.append("    }")
    return [*text, *indent(one()), "    ++column;", "}"]
