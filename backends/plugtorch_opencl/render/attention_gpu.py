"""The text of attention's kernels for GPUs: one work-item has a row, and keeps all of it.

Neighbours read the same key or query at the same time, which a GPU's cache sends to all at once.
All operands but the mask are contiguous.
"""

from __future__ import annotations

from plugtorch_opencl.render.attention_text import (
    Form,
    mask_place,
    preamble,
    signature,
)
from plugtorch_opencl.render.matmul_text import indent

OPERANDS = {
    "means": ("query", "key", "value"),
    "query": ("query", "key", "value", "gradient", "logarithms", "overlaps"),
    "key": ("query", "key", "value", "gradient", "logarithms", "overlaps"),
}
PAIR_MASK = "pair += mask[(long)q * mask_row + (long)k * mask_column];"


def render(form: Form, group: int) -> str:
    """The program."""
    parameters = []
    for name in OPERANDS[form.kind]:
        parameters += [f"global const {form.scalar} *{name}", f"const ulong {name}_offset"]
    outs = ("key_out", "value_out") if form.kind == "key" else ("out",)
    for name in outs:
        parameters += [f"global {form.scalar} *{name}", f"const ulong {name}_offset"]
    attributes = f"__attribute__((reqd_work_group_size({group}, 1, 1)))"
    body = {"means": _means, "query": _query, "key": _key}[form.kind](form)
    text = [*preamble(form), *signature(form, parameters, attributes)]
    return "\n".join([*text, *indent(_begin(form, group)), *indent(body), "}", ""])


def _begin(form: Form, group: int) -> list[str]:
    """Statements: which row of which matrices, and where those are."""
    rows, own = ("keys", "k") if form.kind == "key" else ("queries", "q")
    text = [
        f"const uint blocks = ({rows} + {group - 1}) / {group};",
        "const ulong batch = get_group_id(0) / blocks;",
        f"const uint {own} = (uint)(get_group_id(0) % blocks) * {group} + get_local_id(0);",
        f"if ({own} >= {rows})",
        "    return;",
    ]
    sizes = {
        "query": f"queries * {form.size}",
        "key": f"keys * {form.size}",
        "value": f"keys * {form.wide}",
        "gradient": f"queries * {form.wide}",
        "logarithms": "queries",
        "overlaps": "queries",
    }
    for name in OPERANDS[form.kind]:
        text += [f"{name} += {name}_offset + batch * {sizes[name]};"]
    return text + mask_place(form)


def _own(form: Form, name: str, place: str, size: int) -> list[str]:
    """Statements: this row in registers."""
    return [
        f"{form.scalar} own_{name}[{size}];",
        f"for (uint j = 0; j < {size}; ++j)",
        f"    own_{name}[j] = {name}[(ulong){place} * {size} + j];",
    ]


def _zeros(form: Form, name: str, size: int) -> list[str]:
    return [
        f"{form.scalar} {name}[{size}];",
        f"for (uint j = 0; j < {size}; ++j)",
        f"    {name}[j] = 0;",
    ]


def _pair(form: Form) -> list[str]:
    """Statements: ``pair``, scaled and masked, of query ``q`` and key ``k``."""
    own, other = ("key", "query") if form.kind == "key" else ("query", "key")
    place = "q" if other == "query" else "k"
    text = [
        f"global const {form.scalar} *{other}_row = {other} + (ulong){place} * {form.size};",
        f"{form.scalar} pair = 0;",
        f"for (uint j = 0; j < {form.size}; ++j)",
        f"    pair += own_{own}[j] * {other}_row[j];",
        "pair *= scale;",
    ]
    return [*text, PAIR_MASK] if form.mask_axes >= 0 else text


def _means(form: Form) -> list[str]:
    step = [
        *_pair(form),
        f"const {form.scalar} top = fmax(high, pair);",
        f"const {form.scalar} shift = top == -INFINITY ? 0 : top;",
        f"const {form.scalar} weight = exp(pair - shift), factor = exp(high - shift);",
        f"global const {form.scalar} *value_row = value + (ulong)k * {form.wide};",
        f"for (uint j = 0; j < {form.wide}; ++j)",
        "    sums[j] = factor * sums[j] + weight * value_row[j];",
        "total = factor * total + weight;",
        "high = top;",
    ]
    return [
        *_own(form, "query", "q", form.size),
        *_zeros(form, "sums", form.wide),
        f"{form.scalar} high = -INFINITY, total = 0;",
        f"const uint last = {'min(keys, q + 1)' if form.causal else 'keys'};",
        "for (uint k = 0; k < last; ++k) {",
        *indent(step),
        "}",
        f"const {form.scalar} all = total == 0 ? 1 : total;",
        f"out += out_offset + (batch * queries + q) * {form.wide + 1};",
        f"for (uint j = 0; j < {form.wide}; ++j)",
        "    out[j] = sums[j] / all;",
        f"out[{form.wide}] = total == 0 ? -INFINITY : high + log(all);",
    ]


def _weighed(form: Form) -> list[str]:
    """Statements: the ``weight`` of query ``q`` and key ``k``, and its pair's ``slope``."""
    own, other = ("value", "gradient") if form.kind == "key" else ("gradient", "value")
    place = "q" if other == "gradient" else "k"
    return [
        *_pair(form),
        f"const {form.scalar} found = logarithms[q];",
        f"const {form.scalar} weight = isinf(found) ? 0 : exp(pair - found);",
        f"global const {form.scalar} *{other}_row = {other} + (ulong){place} * {form.wide};",
        f"{form.scalar} product = 0;",
        f"for (uint j = 0; j < {form.wide}; ++j)",
        f"    product += own_{own}[j] * {other}_row[j];",
        f"const {form.scalar} slope = scale * weight * (product - overlaps[q]);",
    ]


def _added(sums: str, factor: str, row: str, size: int) -> list[str]:
    return [f"for (uint j = 0; j < {size}; ++j)", f"    {sums}[j] += {factor} * {row}_row[j];"]


def _stored(out: str, sums: str, place: str, size: int) -> list[str]:
    return [
        f"{out} += {out}_offset + ({place}) * {size};",
        f"for (uint j = 0; j < {size}; ++j)",
        f"    {out}[j] = {sums}[j];",
    ]


def _query(form: Form) -> list[str]:
    return [
        *_own(form, "query", "q", form.size),
        *_own(form, "gradient", "q", form.wide),
        *_zeros(form, "sums", form.size),
        f"const uint last = {'min(keys, q + 1)' if form.causal else 'keys'};",
        "for (uint k = 0; k < last; ++k) {",
        *indent([*_weighed(form), *_added("sums", "slope", "key", form.size)]),
        "}",
        *_stored("out", "sums", "batch * queries + q", form.size),
    ]


def _key(form: Form) -> list[str]:
    step = [
        *_weighed(form),
        *_added("key_sums", "slope", "query", form.size),
        *_added("value_sums", "weight", "gradient", form.wide),
    ]
    return [
        *_own(form, "key", "k", form.size),
        *_own(form, "value", "k", form.wide),
        *_zeros(form, "key_sums", form.size),
        *_zeros(form, "value_sums", form.wide),
        f"for (uint q = {'k' if form.causal else '0'}; q < queries; ++q) {{",
        *indent(step),
        "}",
        *_stored("key_out", "key_sums", "batch * keys + k", form.size),
        *_stored("value_out", "value_sums", "batch * keys + k", form.wide),
    ]
