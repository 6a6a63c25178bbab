"""Functions that rearrange, take apart and join."""

from __future__ import annotations

import numpy

from samples.sample import draw, sample, truth, whole

for target in [(6,), (3, 2), (2, 1, 3), (-1, 2), (1, 6, 1), (-1,)]:
    sample("reshape", draw(2, 3), target)
    sample("view reshape", draw(2, 3), target, layouts=False, function=False)
    sample("view reshape", draw(2, 3), *target, layouts=False, function=False)
for shape, target in [
    ((), ()),
    ((), (1,)),
    ((1,), ()),
    ((0, 3), (3, 0)),
    ((0, 3), (0,)),
    ((2, 0), (2, -1, 1)),
    ((2, 0), (-1, 2)),
]:
    sample("reshape", draw(*shape), target)
sample("view_as reshape_as", draw(2, 3), draw(6), layouts=False, function=False)
for shape, span in [
    ((), ()),
    ((3,), ()),
    ((2, 3, 4), ()),
    ((2, 3, 4), (1,)),
    ((2, 3, 4), (0, 1)),
    ((2, 3, 4), (1, 1)),
    ((2, 3, 4), (-2, -1)),
    ((2, 0), ()),
]:
    sample("flatten", draw(*shape), *span)
sample("flatten", draw(2, 3, 4), start_dim=1)
for shape in [(), (3,), (2, 3), (2, 0)]:
    sample("ravel", draw(*shape))
sample("unflatten", draw(2, 6), 1, (2, 3))
sample("unflatten", draw(2, 6), -1, (-1, 3))
for shape in [(), (1,), (2, 1, 3, 1), (1, 1), (2, 3), (1, 0)]:
    sample("squeeze", draw(*shape))
for dim in (0, 1, -1, (0, 1), (1, 3), ()):
    sample("squeeze", draw(2, 1, 3, 1), dim)
for dim in (0, 1, 2, -1, -3):
    sample("unsqueeze", draw(2, 3), dim)
sample("unsqueeze", draw(), 0)
for dims in [(0, 1, 2), (2, 0, 1), (-1, 0, 1)]:
    sample("permute", draw(2, 3, 4), dims)
    sample("permute", draw(2, 3, 4), *dims, function=False)
sample("permute", draw(), ())
for a, b in [(0, 1), (1, 0), (0, -1), (1, 1), (-3, -1)]:
    sample("transpose swapaxes swapdims", draw(2, 3, 4), a, b)
sample("transpose", draw(), 0, -1)
for shape in [(), (3,), (2, 3), (0, 3)]:
    sample("t", draw(*shape))
sample("adjoint", draw(2, 3, 4))
for source, destination in [(0, 2), (2, 0), (-1, 1), ((0, 1), (2, 0)), ((0, 1), (-1, -2))]:
    sample("movedim moveaxis", draw(2, 3, 4), source, destination)

for shape, target in [
    ((3,), (2, 3)),
    ((2, 1), (2, 3)),
    ((), (2, 2)),
    ((1,), (0,)),
    ((2, 3), (2, 3)),
    ((2, 1, 3), (4, 2, 5, 3)),
]:
    sample("broadcast_to", draw(*shape), target)
    sample("expand", draw(*shape), target, function=False)
    sample("expand", draw(*shape), *target, function=False)
    sample("expand_as", draw(*shape), draw(*target), function=False)
sample("expand", draw(2, 1), -1, 4, function=False)
sample("expand", draw(2, 1), 3, -1, -1, function=False)
sample("broadcast_tensors", draw(3, 1), draw(4), draw(), method=False)
sample("broadcast_shapes", (2, 1), (3,), (), method=False)
sample("sum_to_size", draw(4, 2, 3), (2, 1), function=False)
sample("sum_to_size", draw(4, 2, 3), 1, 1, 3, function=False)

for dim, start, length in [(0, 0, 2), (1, 1, 2), (-1, 2, 0), (1, -2, 2)]:
    sample("narrow", draw(2, 3), dim, start, length)
for dim, place in [(0, 0), (1, 2), (-1, -1)]:
    sample("select", draw(2, 3), dim, place)
for size, dim in [(2, 0), (3, 1), (1, -1), ([1, 4], 0), ([2, 0, 3], 0), (7, 0), ((5,), 0)]:
    sample("split", draw(5, 5), size, dim)
sample("split", draw(5, 2), 2)
sample("split", draw(0, 2), 2)
sample("split_with_sizes", draw(5, 2), [2, 3])
for chunks, dim in [(1, 0), (2, 0), (3, 1), (5, -1), (7, 0)]:
    sample("chunk", draw(5, 4), chunks, dim)
sample("chunk", draw(0, 4), 3)
for pieces, dim in [(2, 0), (3, 1), ((1, 3), 0), ([2], -1), (7, 0)]:
    sample("tensor_split", draw(5, 4), pieces, dim)
sample("tensor_split", draw(5, 4), (1, 2))
for dim in (0, 1, -1):
    sample("unbind", draw(2, 3), dim)
sample("unbind", draw(0, 3))
sample("hsplit", draw(2, 4), 2)
sample("hsplit", draw(4), 2)
sample("vsplit", draw(4, 2), 2)
sample("vsplit", draw(4, 2), (1, 3))
sample("dsplit", draw(2, 1, 4), 2)

JOINS = "cat concat concatenate"
sample(JOINS, [draw(2, 3), draw(1, 3)], method=False)
sample(JOINS, [draw(2, 3), draw(2, 2), draw(2, 0)], 1, method=False)
sample(JOINS, (draw(2, 3), draw(2, 3)), dim=-1, method=False)
sample("cat", [draw(2, 3), draw(0)], method=False)
sample("cat", [draw(0), draw(2, 3)], 1, method=False)
sample("cat", [draw(0), draw(0)], method=False)
sample("cat", [draw(3)], method=False)
sample("cat", [whole(2), draw(2)], method=False, casts=False)
sample("cat", [whole(2), truth(2)], method=False)
for dim in (0, 1, -1, 2):
    sample("stack", [draw(2, 3), draw(2, 3)], dim, method=False)
sample("stack", [draw(), draw(), draw()], method=False)
sample("stack", [whole(2), draw(2)], method=False, casts=False)
for shape in [(), (3,), (2, 3), (2, 3, 2)]:
    sample(
        "hstack vstack row_stack dstack column_stack", [draw(*shape), draw(*shape)], method=False
    )
    sample("atleast_1d atleast_2d atleast_3d", draw(*shape), method=False)
sample("atleast_2d", [draw(), draw(2)], method=False)
sample("block_diag", draw(2, 3), draw(), draw(2), method=False)
sample("meshgrid", draw(2), draw(3), indexing="ij", method=False)
sample("meshgrid", draw(2), draw(3), draw(2), indexing="xy", method=False)
sample("meshgrid", draw(2), draw(), indexing="ij", method=False)
sample("cartesian_prod", draw(2), draw(3), method=False)
sample("cartesian_prod", draw(2), method=False)
sample("combinations", draw(4), method=False)
sample("combinations", draw(4), 3, method=False)
sample("combinations", draw(3), with_replacement=True, method=False)

for dims in [(0,), (1,), (0, 1), (-1,)]:
    sample("flip", draw(2, 3), dims)
sample("flip", draw(2, 3), 0, 1, function=False)
sample("flip", draw(), ())
sample("fliplr flipud", draw(2, 3))
for shifts, dims in [
    (1, 0),
    (-1, 1),
    (5, 1),
    ((1, 2), (0, 1)),
    (2, None),
    (0, 0),
    ((1, 1), (0, 0)),
]:
    sample("roll", draw(2, 3), shifts, dims)
sample("roll", draw(0, 3), 1, 0)
sample("roll", draw(), 1)
for turns in (0, 1, 2, 3, -1, 5):
    sample("rot90", draw(2, 3), turns, (0, 1))
sample("rot90", draw(2, 3, 4), 1, [2, 0])
sample("repeat", draw(2, 3), 2, 1, function=False)
sample("repeat", draw(3), (2, 2), function=False)
sample("repeat", draw(2, 3), 0, 1, function=False)
sample("repeat", draw(), 3, function=False)
sample("tile", draw(2, 3), (2,))
sample("tile", draw(2, 3), (2, 1, 2))
sample("tile", draw(), (2,))
sample("repeat_interleave", draw(2, 3), 2)
sample("repeat_interleave", draw(2, 3), 2, 1)
sample("repeat_interleave", draw(2, 3), whole(3, high=4), 1)
sample("repeat_interleave", draw(3), numpy.array([0, 2, 1]))
sample("repeat_interleave", numpy.array([0, 2, 1]), casts=False, method=False)
sample("unfold", draw(7), 0, 3, 2, function=False)
sample("unfold", draw(2, 5), 1, 2, 1, function=False)
sample("unfold", draw(5, 2), 0, 5, 1, function=False)
sample("contiguous", draw(2, 3), function=False)
sample("clone detach", draw(2, 3))
sample("numel", draw(2, 3))
sample("numel", draw())
sample("swapaxes", draw(2, 3), 0, 1)
