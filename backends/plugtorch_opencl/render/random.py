"""Random numbers in OpenCL C: Philox4x32-10 (Salmon et al. 2011), as ``plugtorch.ops.creation`` has
them.

A function gives the numbers of as many elements as a vector has. Each lane computes its own block,
though four lanes share one: taking vectors apart and together again costs more.
"""

from __future__ import annotations

from plugtorch_opencl.render.types import vector

BITS = {"float16": 11, "bfloat16": 8, "float32": 24}


def call(name: str, dtype: str, width: int, seed: str, draws: str, first: str) -> str:
    """The numbers of ``width`` elements from the one numbered ``first`` on."""
    numbers = f"(ulong)({first})"
    if width > 1:
        steps = ", ".join(map(str, range(width)))
        numbers = f"({vector('ulong', width)})({first}) + ({vector('ulong', width)})({steps})"
    return f"{name}_{dtype}{_ending(width)}({seed}, {draws}, {numbers})"


def functions(name: str, dtype: str, width: int) -> dict[str, list[str]]:
    """What such a call needs: names, and the lines of each."""
    own = {"float64": "double", "int64": "long"}.get(dtype, "float")
    wide, number, end = vector(own, width), vector("ulong", width), _ending(width)
    title = f"{name}_{dtype}{end}"
    head = f"{wide} {title}(const ulong seed, const ulong draws, const {number} number)"
    convert = f"convert_{wide}"
    if name == "random_bits":
        body = [f"return {convert}(random_pair{end}(seed, draws, number) >> 1);"]
        return _pair(width) | {title: _function(head, body)}
    if name == "random_uniform" and dtype == "float64":
        word = f"random_pair{end}(seed, draws, number)"
        return _pair(width) | {
            title: _function(head, [f"return {convert}({word} >> 11) * 0x1p-53;"])
        }
    if name == "random_uniform":
        word, bits = f"random_word{end}(seed, draws, number)", BITS[dtype]
        body = [f"return {convert}({word} >> {32 - bits}) * 0x1p-{bits}f;"]
        return _word(width) | {title: _function(head, body)}
    base = "float64" if dtype == "float64" else "float32"
    one, two_pi = ("1.0", "6.283185307179586") if base == "float64" else ("1.0f", "6.2831853f")
    uniform = f"random_uniform_{base}{end}(seed, draws, number"
    even = "(number & 1) == 0"
    if width > 1:
        even = f"convert_{vector('long' if base == 'float64' else 'int', width)}({even})"
    body = [
        f"const {wide} first = {uniform} & ~1ul);",
        f"const {wide} second = {uniform} | 1ul);",
        f"const {wide} radius = sqrt(-2 * log({one} - first));",
        f"const {wide} angle = {two_pi} * second;",
        f"return radius * ({_either(width, even, 'cos(angle)', 'sin(angle)')});",
    ]
    return functions("random_uniform", base, width) | {title: _function(head, body)}


def _ending(width: int) -> str:
    return f"_{width}" if width > 1 else ""


def _either(width: int, condition: str, one: str, other: str) -> str:
    return f"select({other}, {one}, {condition})" if width > 1 else f"{condition} ? {one} : {other}"


def _function(head: str, body: list[str]) -> list[str]:
    return [head, "{", *[f"    {line}" for line in body], "}", ""]


def _philox(width: int) -> dict[str, list[str]]:
    """The four words of every lane's block, in ``words``."""
    own, number = vector("uint", width), vector("ulong", width)
    title = f"philox{_ending(width)}"
    head = f"void {title}(const ulong seed, const {number} counter, {own} *words)"
    body = [
        f"{own} first = convert_{own}(counter), second = convert_{own}(counter >> 32);",
        f"{own} third = 0, fourth = 0;",
        "uint one = (uint)seed, two = (uint)(seed >> 32);",
        "for (int round = 0; round < 10; ++round) {",
        f"    const {own} high = mul_hi(({own})(0xCD9E8D57u), third) ^ second ^ one;",
        f"    const {own} other = mul_hi(({own})(0xD2511F53u), first) ^ fourth ^ two;",
        "    second = 0xCD9E8D57u * third;",
        "    fourth = 0xD2511F53u * first;",
        "    first = high;",
        "    third = other;",
        "    one += 0x9E3779B9u;",
        "    two += 0xBB67AE85u;",
        "}",
        *[f"words[{k}] = {word};" for k, word in enumerate(("first", "second", "third", "fourth"))],
    ]
    return {title: _function(head, body)}


def _word(width: int) -> dict[str, list[str]]:
    """One word of 32 bits for each lane: of its block that with the number's last two bits."""
    own, number, end = vector("uint", width), vector("ulong", width), _ending(width)
    head = f"{own} random_word{end}(const ulong seed, const ulong draws, const {number} number)"
    body = [
        f"{own} words[4];",
        f"philox{end}(seed, draws + number / 4, words);",
        f"const {own} which = convert_{own}(number & 3);",
        f"const {own} front = {_either(width, 'which == 0', 'words[0]', 'words[1]')};",
        f"const {own} back = {_either(width, 'which == 2', 'words[2]', 'words[3]')};",
        f"return {_either(width, 'which < 2', 'front', 'back')};",
    ]
    return _philox(width) | {f"random_word{end}": _function(head, body)}


def _pair(width: int) -> dict[str, list[str]]:
    """64 bits for each lane: half of its block."""
    own, number, end = vector("uint", width), vector("ulong", width), _ending(width)
    head = f"{number} random_pair{end}(const ulong seed, const ulong draws, const {number} number)"
    convert = f"convert_{number}"
    even = "(number & 1) == 0"
    low, high = (f"({convert}(words[{k}]) << 32) | {convert}(words[{k + 1}])" for k in (0, 2))
    body = [
        f"{own} words[4];",
        f"philox{end}(seed, draws + number / 2, words);",
        f"const {number} first = {low};",
        f"const {number} second = {high};",
        f"return {_either(width, even, 'first', 'second')};",
    ]
    return _philox(width) | {f"random_pair{end}": _function(head, body)}
