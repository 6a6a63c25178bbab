"""The statements of ``argsort``'s kernels."""

from __future__ import annotations

from plugtorch_opencl.render.matmul_text import FLOATING
from plugtorch_opencl.render.walking import BITS
from plugtorch_opencl.work import ITEM_SIZE

INFINITE = {"float16": 0x7C00, "bfloat16": 0x7F80, "float32": 0x7F800000, "float64": 0x7FF << 52}


def key_function(dtype: str, descending: bool) -> list[str]:
    """``key_of``: a whole number for an element's bits, in the order in which elements come.

    All NaN have the largest, both zeros the same. Descending is the complement, and stays stable.
    """
    size = ITEM_SIZE[dtype]
    key = "ulong" if size == 8 else "uint"
    ending = "ul" if size == 8 else "u"
    every = f"0x{(1 << 8 * size) - 1:x}{ending}"
    sign = f"0x{1 << (8 * size - 1):x}{ending}"
    text = [f"{key} key_of(const {BITS[size]} bits)", "{"]
    if dtype in FLOATING:
        text += [
            f"    const {key} magnitude = bits & ({every} ^ {sign});",
            f"    {key} key = bits & {sign} ? bits ^ {every} : bits | {sign};",
            "    if (magnitude == 0)",
            f"        key = {sign};",
            f"    if (magnitude > 0x{INFINITE[dtype]:x}{ending})",
            f"        key = {every};",
        ]
    elif dtype in ("uint8", "bool"):
        text.append(f"    const {key} key = bits;")
    else:
        text.append(f"    const {key} key = bits ^ {sign};")
    text.append(f"    return {f'key ^ {every}' if descending else 'key'};")
    return [*text, "}", ""]


def insertion_lines(key: str) -> list[str]:
    """One line into order as it is read."""
    return [
        "for (uint i = 0; i < length; ++i) {",
        f"    const {key} own = key_of(from[i * x_step]);",
        "    uint place = i;",
        "    for (; place > 0 && keys[place - 1] > own; --place) {",
        "        keys[place] = keys[place - 1];",
        "        order[place] = order[place - 1];",
        "    }",
        "    keys[place] = own;",
        "    order[place] = i;",
        "}",
        "for (uint i = 0; i < length; ++i)",
        "    to[i * result_step] = order[i];",
    ]


def radix_lines(dtype: str, key: str) -> list[str]:
    """One line by digits of 8 bits, all of them counted in one pass; one that is the same in all
    elements, as the upper ones of small whole numbers are, is left out.
    """
    passes = ITEM_SIZE[dtype]
    return [
        f"for (uint i = 0; i < {256 * passes}; ++i)",
        "    counts[i] = 0;",
        f"global {key} *keys_here = keys;",
        f"global {key} *keys_there = keys + length;",
        "global uint *order_here = order;",
        "global uint *order_there = order + length;",
        "for (uint i = 0; i < length; ++i) {",
        f"    const {key} own = key_of(from[i * x_step]);",
        "    keys_here[i] = own;",
        "    order_here[i] = i;",
        *[f"    ++counts[{256 * p} + (uint)(own >> {8 * p} & 255)];" for p in range(passes)],
        "}",
        f"for (uint digit = 0; digit < {passes}; ++digit) {{",
        "    uint *places = counts + 256 * digit;",
        "    if (places[(uint)(keys_here[0] >> (8 * digit) & 255)] == length)",
        "        continue;",
        "    uint before = 0;",
        "    for (uint i = 0; i < 256; ++i) {",
        "        const uint own = places[i];",
        "        places[i] = before;",
        "        before += own;",
        "    }",
        "    for (uint i = 0; i < length; ++i) {",
        f"        const {key} own = keys_here[i];",
        "        const uint place = places[(uint)(own >> (8 * digit) & 255)]++;",
        "        keys_there[place] = own;",
        "        order_there[place] = order_here[i];",
        "    }",
        f"    global {key} *keys_next = keys_here;",
        "    keys_here = keys_there;",
        "    keys_there = keys_next;",
        "    global uint *order_next = order_here;",
        "    order_here = order_there;",
        "    order_there = order_next;",
        "}",
        "for (uint i = 0; i < length; ++i)",
        "    to[i * result_step] = order_here[i];",
    ]


def bitonic_body(key: str, padded: int, group: int) -> list[str]:
    """A group sorts one line, made up to a power of two with what comes last."""
    last = "~0ul" if key == "ulong" else "~0u"
    return [
        f"local {key} keys[{padded}];",
        f"local uint order[{padded}];",
        f"for (uint i = get_local_id(0); i < {padded}; i += {group}) {{",
        f"    keys[i] = i < length ? key_of(from[i * x_step]) : {last};",
        "    order[i] = i;",
        "}",
        "barrier(CLK_LOCAL_MEM_FENCE);",
        f"for (uint run = 2; run <= {padded}; run *= 2) {{",
        "    for (uint reach = run / 2; reach > 0; reach /= 2) {",
        f"        for (uint pair = get_local_id(0); pair < {padded // 2}; pair += {group}) {{",
        "            const uint low = pair / reach * reach * 2 + pair % reach;",
        "            const uint high = low + reach;",
        f"            const {key} low_key = keys[low];",
        f"            const {key} high_key = keys[high];",
        "            const uint low_order = order[low];",
        "            const uint high_order = order[high];",
        "            const int later = low_key > high_key ||",
        "                (low_key == high_key && low_order > high_order);",
        "            const int upwards = (low & run) == 0;",
        "            if (later == upwards) {",
        "                keys[low] = high_key;",
        "                keys[high] = low_key;",
        "                order[low] = high_order;",
        "                order[high] = low_order;",
        "            }",
        "        }",
        "        barrier(CLK_LOCAL_MEM_FENCE);",
        "    }",
        "}",
        f"for (uint i = get_local_id(0); i < length; i += {group})",
        "    to[i * result_step] = order[i];",
    ]


def keys_body(line_start: str) -> list[str]:
    """A block's keys, in the order in which they are found."""
    return [
        f"const ulong start = {line_start};",
        "for (uint i = begin; i < end; ++i) {",
        "    keys_0[start + i] = key_of(from[i * x_step]);",
        "    order_0[start + i] = i;",
        "}",
    ]


def count_body(digits: int, side: int) -> list[str]:
    """How many elements of a block have each digit; counts lie by line, digit, block."""
    return [
        "const ulong start = (ulong)line * length;",
        f"uint found[{digits}];",
        f"for (uint i = 0; i < {digits}; ++i)",
        "    found[i] = 0;",
        "for (uint i = begin; i < end; ++i)",
        f"    ++found[(uint)(keys_{side}[start + i] >> shift & {digits - 1})];",
        f"for (uint i = 0; i < {digits}; ++i)",
        f"    counts[(line * {digits} + i) * blocks + number] = found[i];",
    ]


def scan_body(digits: int, group: int) -> list[str]:
    """The counts of a line become how many come before; each of the group has a part of them."""
    return [
        f"local uint totals[{group}];",
        f"const uint many = {digits} * blocks;",
        f"const uint share = (many + {group - 1}) / {group};",
        "const uint begin = min(many, share * (uint)get_local_id(0));",
        "const uint end = min(many, begin + share);",
        "counts += (ulong)many * get_group_id(0);",
        "uint total = 0;",
        "for (uint i = begin; i < end; ++i)",
        "    total += counts[i];",
        "totals[get_local_id(0)] = total;",
        "barrier(CLK_LOCAL_MEM_FENCE);",
        "uint before = 0;",
        "for (uint i = 0; i < get_local_id(0); ++i)",
        "    before += totals[i];",
        "for (uint i = begin; i < end; ++i) {",
        "    const uint own = counts[i];",
        "    counts[i] = before;",
        "    before += own;",
        "}",
    ]


def move_body(digits: int, side: int, last: bool, line_start: str, key: str) -> list[str]:
    """A block's elements go to their places, in order."""
    there = 1 - side
    moved = (
        [f"    to[place * result_step] = order_{side}[start + i];"]
        if last
        else [
            f"    keys_{there}[start + place] = own;",
            f"    order_{there}[start + place] = order_{side}[start + i];",
        ]
    )
    return [
        f"const ulong start = {line_start};",
        f"uint places[{digits}];",
        f"for (uint i = 0; i < {digits}; ++i)",
        f"    places[i] = counts[(line * {digits} + i) * blocks + number];",
        "for (uint i = begin; i < end; ++i) {",
        f"    const {key} own = keys_{side}[start + i];",
        f"    const uint place = places[(uint)(own >> shift & {digits - 1})]++;",
        *moved,
        "}",
    ]
