"""Copies of convolution operands: x with zeros around it, in the type that is added up in."""

from __future__ import annotations

from dataclasses import dataclass

from plugtorch_opencl.render.convolution_text import (
    Parameter,
    header,
    numbers,
    pointer,
)
from plugtorch_opencl.render.matmul_text import STORED, SUMMED, indent, load, preamble, vector


@dataclass(frozen=True)
class Framing:
    """A copying kernel: a work-item copies lines in vectors of ``width``, or if 1 one element."""

    dtype: str
    axes: int
    width: int

    @property
    def name(self) -> str:
        return f"frame_{self.dtype}_{self.axes}d"


def parameters(kernel: Framing) -> list[Parameter]:
    """(name, C declaration) of every parameter, in order.

    lines: of the copy, all planes'. each: lines of a work-item. slack: zeros behind the last plane.
    """
    result = pointer("x", STORED[kernel.dtype], True)
    result += pointer("out", SUMMED[kernel.dtype], False)
    result += numbers("ulong", "plane_step")
    result += numbers("uint", "lines", "each", "slack")
    for axis in range(kernel.axes):
        result += numbers("int", f"size_{axis}", f"before_{axis}")
        result += numbers("uint", f"line_size_{axis}")
    return result


def render(kernel: Framing) -> str:
    """The program of one copy."""
    axes, width = kernel.axes, kernel.width
    scalar = SUMMED[kernel.dtype]
    last = axes - 1
    text = preamble([kernel.dtype], ())
    # The last axis is a line; the others, and the planes before them, count lines.
    body = [
        f"const int begin = max(before_{last}, 0);",
        f"const int left = (int)line_size_{last} - begin;",
        f"const int skipped = max(-before_{last}, 0);",
        f"const int count = max(0, min(left, size_{last} - skipped));",
        "x += x_offset;",
        "out += out_offset;",
    ]
    if width == 1:
        body += [
            f"const uint line = (uint)(get_global_id(0) / line_size_{last});",
            f"int i = (int)(get_global_id(0) % line_size_{last});",
            "if (line >= lines)",
            "    return;",
            *_line(kernel),
            "if (inside && i >= begin && i < begin + count)",
            f"    target_line[i] = {load(kernel.dtype, 1, 'source_line', '(i - begin)')};",
            "else",
            "    target_line[i] = 0;",
        ]
    else:
        body += [
            "const uint first = (uint)get_global_id(0) * each;",
            "const uint end = min(lines, first + each);",
            "for (uint line = first; line < end; ++line) {",
            *indent(_line(kernel)),
            *indent(_vectors(kernel)),
            "}",
        ]
    hint = f"__attribute__((vec_type_hint({vector(scalar, width)})))" if width > 1 else ""
    text += header(kernel.name, parameters(kernel), hint)
    return "\n".join([*text, *indent(body), "}", ""])


def _line(kernel: Framing) -> list[str]:
    """Statements: where ``line`` is in both, and whether any of it is in x."""
    last = kernel.axes - 1
    text = [
        "uint rest = line;",
        "long source = 0;",
        "ulong target = 0;",
        "bool inside = true;",
    ]
    x_step, out_step = f"size_{last}", f"line_size_{last}"
    for axis in range(last - 1, -1, -1):
        text += [
            f"const uint place_{axis} = rest % line_size_{axis};",
            f"rest /= line_size_{axis};",
            f"const int index_{axis} = (int)place_{axis} - before_{axis};",
            f"inside = inside && index_{axis} >= 0 && index_{axis} < size_{axis};",
            f"source += (long)index_{axis} * {x_step};",
            f"target += (ulong)place_{axis} * {out_step};",
        ]
        x_step += f" * size_{axis}"
        out_step += f" * line_size_{axis}"
    return [
        *text,
        f"global const {STORED[kernel.dtype]} *source_line = "
        f"x + (long)rest * {x_step} + source + skipped;",
        f"global {SUMMED[kernel.dtype]} *target_line = out + rest * plane_step + target;",
    ]


def _vectors(kernel: Framing) -> list[str]:
    """Statements: one line, and the slack behind the last one."""
    last, width = kernel.axes - 1, kernel.width
    value = load(kernel.dtype, width, "source_line", "(i - begin)")
    return [
        f"int i = min(begin, (int)line_size_{last});",
        "const int stop = inside ? begin + count : i;",
        "for (int k = 0; k < i; ++k)",
        "    target_line[k] = 0;",
        f"for (; i + {width} <= stop; i += {width})",
        f"    vstore{width}({value}, 0, target_line + i);",
        "for (; i < stop; ++i)",
        f"    target_line[i] = {load(kernel.dtype, 1, 'source_line', '(i - begin)')};",
        f"for (; i < (int)line_size_{last}; ++i)",
        "    target_line[i] = 0;",
        "if (line == lines - 1)",
        "    for (uint k = 0; k < slack; ++k)",
        f"        target_line[line_size_{last} + k] = 0;",
    ]
