"""Functions that make tensors."""

from __future__ import annotations

import numpy

from samples.sample import DTYPES, D, draw, sample, whole

for size in [(), (3,), (2, 3), (0,), (2, 0)]:
    sample("zeros ones", size, method=False)
    if size:
        sample("zeros ones", *size, method=False)
    sample("full", size, 2.5, method=False)
    sample("full", size, 2, method=False)
    sample("full", size, True, method=False)
sample("zeros ones", size=(2, 3), method=False)
for kind in DTYPES:
    sample("zeros ones", (2, 3), dtype=D(kind), method=False)
    sample("full", (2,), 1, dtype=D(kind), method=False)
    sample("eye", 2, 3, dtype=D(kind), method=False)
    sample("zeros_like ones_like", draw(2, 3), dtype=D(kind), method=False)
    sample("full_like", draw(2, 3), 1, dtype=D(kind), method=False)
    if kind != "bool":
        sample("arange", 1, 7, 2, dtype=D(kind), method=False)
        sample("linspace", 0, 9, 4, dtype=D(kind), method=False)
    sample("tensor as_tensor asarray", [1, 0, 1], dtype=D(kind), method=False)
    sample("new_zeros new_ones", draw(2), (2, 3), dtype=D(kind), function=False)
    sample("to type", draw(2, 3), D(kind), function=False)
sample("zeros_like ones_like", whole(2, 3), method=False)
sample("full_like", whole(2, 3), 7, method=False)
sample("full", (2, 3), numpy.asarray(2.5), method=False, grad=False)
for numbers in [
    (5,),
    (2, 5),
    (0, 1, 0.1),
    (5, 0, -1),
    (0,),
    (1.0, 4.0),
    (0.5, 3.2, 0.7),
    (3, 3),
    (-2, 3, 2),
    (0, 1, 1 / 3),
]:
    sample("arange", *numbers, method=False)
sample("arange", start=1, end=4, method=False)
sample("arange", 0, end=4, step=2, method=False)
for numbers in [(0, 1, 5), (1, -1, 4), (0, 1, 1), (0, 1, 0), (2, 2, 3), (0.1, 0.7, 7)]:
    sample("linspace", *numbers, method=False)
    sample("logspace", *numbers, method=False)
sample("logspace", 0, 3, 4, base=2, method=False)
for size in [(3,), (2, 3), (3, 2), (0,), (0, 2)]:
    sample("eye", *size, method=False)
for data in [
    1,
    1.5,
    True,
    [1, 2],
    [1.0, 2],
    [[1, 2], [3, 4]],
    [],
    [[]],
    [True, False],
    [True, 2],
    (1, 2),
    [(1, 2), (3, 4)],
]:
    sample("tensor as_tensor asarray", data, method=False)
sample("tensor", [numpy.float32(1.5), numpy.float32(2)], method=False, grad=False)
sample("new_tensor", draw(2), [1, 2], function=False)
sample("new_full", draw(2), (2, 3), 1.5, function=False)
sample("new_zeros new_ones", draw(2), 2, 3, function=False)
sample("new_zeros new_ones", whole(2), (2,), function=False)
for name in "half bfloat16 float double byte char short int long bool".split():
    sample(name, draw(2, 3), function=False)
    sample(name, whole(2, 3), function=False)
sample("type_as", draw(2, 3), whole(2), function=False)
sample("to", draw(2), whole(3), function=False)
sample("to", draw(2), "cpu", function=False)
sample("to", draw(2), "cpu", D("int64"), function=False)
sample("cpu", draw(2), function=False)
sample("is_tensor", draw(2), method=False)
sample("is_tensor", 1.5, method=False)
for length in (0, 1, 2, 7):
    for periodic in (True, False):
        sample(
            "hann_window hamming_window blackman_window bartlett_window kaiser_window",
            length,
            periodic,
            method=False,
        )
sample("hamming_window", 6, True, 0.6, 0.4, method=False)
sample("kaiser_window", 6, False, 5.0, dtype=D("float64"), method=False)
for numbers in [(0, 5), (1.5, 4.0, 0.5), (5, 0, -2), (3, 3)]:
    sample("range", *numbers, method=False)
