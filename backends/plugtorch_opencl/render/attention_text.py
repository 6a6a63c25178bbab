"""What the texts of attention's kernels have in common: what they depend on, and how they begin."""

from __future__ import annotations

from dataclasses import dataclass

from plugtorch_opencl.render.matmul_text import indent


@dataclass(frozen=True)
class Form:
    """What the text of one kernel depends on.

    kind: "means" (attention itself), "query" (the gradient of queries) or "key" (those of keys and
    values). size, wide: elements of a query and of a value. mask_axes: leading axes of the mask; -1
    without one.
    """

    kind: str
    dtype: str
    size: int
    wide: int
    causal: bool
    mask_axes: int = -1

    @property
    def name(self) -> str:
        words = ["attention", self.kind, self.dtype, f"{self.size}x{self.wide}"]
        if self.mask_axes >= 0:
            words.append(f"masked_{self.mask_axes}")
        return "_".join([*words, "causal"] if self.causal else words)

    @property
    def scalar(self) -> str:
        return "double" if self.dtype == "float64" else "float"

    @property
    def panels(self) -> tuple[str, ...]:
        """Operands in panels: so many rows side by side."""
        return ("query", "key") if self.kind == "means" else ("query", "key", "value", "gradient")

    @property
    def rows(self) -> tuple[str, ...]:
        """Operands whose rows are read as they lie, or as panels of their elements."""
        return {
            "means": ("value_rows",),
            "query": ("key_rows",),
            "key": ("query_rows", "gradient_rows"),
        }[self.kind]


def preamble(form: Form) -> list[str]:
    """Pragmas."""
    text = ["#pragma OPENCL FP_CONTRACT ON"]
    if form.dtype == "float64":
        text.append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable")
    return [*text, ""]


def mask_parameters(form: Form) -> list[str]:
    """The mask and how it lies."""
    if form.mask_axes < 0:
        return []
    text = [
        f"global const {form.scalar} *mask",
        "const ulong mask_offset",
        "const long mask_row",
        "const long mask_column",
    ]
    for axis in range(form.mask_axes):
        text += [f"const uint batch_size_{axis}", f"const long mask_batch_{axis}"]
    return text


def mask_place(form: Form) -> list[str]:
    """Statements: the mask moved to its matrix of number ``batch``."""
    if form.mask_axes < 0:
        return []
    text = ["mask += mask_offset;"]
    if form.mask_axes:
        text.append("ulong rest = batch;")
    for axis in range(form.mask_axes):
        text += [
            f"mask += (long)(rest % batch_size_{axis}) * mask_batch_{axis};",
            f"rest /= batch_size_{axis};",
        ]
    return text


def signature(form: Form, parameters: list[str], attributes: str) -> list[str]:
    """From the attributes to the opening brace."""
    lines = [f"{text}," for text in (*parameters, *mask_parameters(form))]
    numbers = ["const uint queries", "const uint keys", f"const {form.scalar} scale"]
    lines += [f"{text}," for text in numbers[:-1]] + [f"{numbers[-1]})"]
    return [f"kernel {attributes}", f"void {form.name}(", *indent(lines), "{"]
