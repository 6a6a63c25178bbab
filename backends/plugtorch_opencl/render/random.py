"""Random numbers in OpenCL C: Philox4x32-10 (Salmon et al. 2011), as ``plugtorch.ops.creation`` has
them.
"""

from __future__ import annotations

PHILOX = [
    "uint4 philox(const ulong seed, const ulong counter)",
    "{",
    "    uint4 words = (uint4)((uint)counter, (uint)(counter >> 32), 0, 0);",
    "    uint2 key = (uint2)((uint)seed, (uint)(seed >> 32));",
    "    for (int round = 0; round < 10; ++round) {",
    "        const uint first = words.s0, third = words.s2;",
    "        words = (uint4)(mul_hi(0xCD9E8D57u, third) ^ words.s1 ^ key.s0, 0xCD9E8D57u * third,",
    "                        mul_hi(0xD2511F53u, first) ^ words.s3 ^ key.s1, 0xD2511F53u * first);",
    "        key += (uint2)(0x9E3779B9u, 0xBB67AE85u);",
    "    }",
    "    return words;",
    "}",
    "",
    "uint random_word(const ulong seed, const ulong offset, const ulong number)",
    "{",
    "    const uint4 words = philox(seed, offset + number / 4);",
    "    const uint which = (uint)(number % 4);",
    "    const uint2 half_of = which < 2 ? words.s01 : words.s23;",
    "    return which % 2 == 0 ? half_of.s0 : half_of.s1;",
    "}",
    "",
    "ulong random_pair(const ulong seed, const ulong offset, const ulong number)",
    "{",
    "    const uint4 words = philox(seed, offset + number / 2);",
    "    const uint2 pair = number % 2 == 0 ? words.s01 : words.s23;",
    "    return ((ulong)pair.s0 << 32) | pair.s1;",
    "}",
    "",
]

BITS = {"float16": 11, "bfloat16": 8, "float32": 24}


def functions(name: str, dtype: str) -> list[str]:
    """A function ``<name>_<dtype>(seed, offset, number)``: one element."""
    own = {"float64": "double", "int64": "long"}.get(dtype, "float")
    head = f"{own} {name}_{dtype}(const ulong seed, const ulong offset, const ulong number)"
    if name == "random_bits":
        return [head, "{", "    return (long)(random_pair(seed, offset, number) >> 1);", "}", ""]
    if name == "random_uniform":
        if dtype == "float64":
            body = "(double)(random_pair(seed, offset, number) >> 11) * 0x1p-53"
        else:
            bits = BITS[dtype]
            body = f"(float)(random_word(seed, offset, number) >> {32 - bits}) * 0x1p-{bits}f"
        return [head, "{", f"    return {body};", "}", ""]
    base = "float64" if dtype == "float64" else "float32"
    one, two_pi = ("1.0", "6.283185307179586") if base == "float64" else ("1.0f", "6.2831853f")
    return [
        *functions("random_uniform", base),
        head,
        "{",
        f"    const {own} first = random_uniform_{base}(seed, offset, number & ~1ul);",
        f"    const {own} second = random_uniform_{base}(seed, offset, number | 1ul);",
        f"    const {own} radius = sqrt(-2 * log({one} - first));",
        f"    const {own} angle = {two_pi} * second;",
        "    return radius * (number % 2 == 0 ? cos(angle) : sin(angle));",
        "}",
        "",
    ]
