"""Functions that read and write at places."""

from __future__ import annotations

import numpy

from samples.sample import draw, sample, truth, whole

PUT = {"casts": True}

for shape, index, dim in [
    ((3, 4), whole(3, 2, high=4), 1), ((3, 4), whole(2, 4, high=3), 0),
    ((3, 4), whole(5, 1, high=3), 0),
    ((5,), whole(7, high=5), 0), ((2, 3, 4), whole(1, 3, 2, high=4), -1), ((3, 4), whole(0, 4), 0),
    ((), whole(high=1), 0),
    ((3,), whole(2, high=3, dtype="int32"), 0),
]:  # fmt: skip
    sample("gather", draw(*shape), dim, index)
    source = draw(*index.shape)
    larger = draw(*[n + 1 for n in index.shape])
    sample("scatter_add", draw(*shape), dim, index, source)
    sample("scatter_add", draw(*shape), dim, index, larger, grad=False)  # PyTorch fails going back
    sample("scatter", draw(*shape), dim, index, 1.5)
    sample("scatter", draw(*shape), dim, index, value=2.0)
    sample("scatter", draw(*shape), dim, index, 1.5, reduce="add", grad=False)
apart = numpy.array([[0, 2], [1, 0], [2, 1]])  # no place twice: what wins is not defined
sample("scatter", draw(3, 4), 0, apart, draw(3, 2))
sample("scatter", draw(3, 4), 0, apart[:2], src=draw(3, 2), grad=False)  # as above
sample("take_along_dim", draw(3, 4), whole(3, 2, high=4), 1)
sample("take_along_dim", draw(3, 4), whole(1, 2, high=4), 1)
# PyTorch fails for a transposed index
sample("take_along_dim", draw(3, 4), whole(5, high=12), layouts=False)
sample("take_along_dim", draw(3, 4), whole(2, 3, high=12), layouts=False)
sample("take", draw(3, 4), whole(2, 2, low=-12, high=12))
sample("take", draw(3, 4), whole(high=12))

for dim in (0, 1, -1):
    sample("index_select", draw(3, 3), dim, whole(4, high=3))
    sample("index_select", draw(3, 3), dim, whole(high=3))
    sample("index_add", draw(3, 3), dim, whole(3), draw(3, 3))
    sample("index_add", draw(3, 3), dim, whole(3), draw(3, 3), alpha=2)
    sample(
        "index_copy", draw(3, 3), dim, numpy.array([2, 0]), draw(*((2, 3) if dim == 0 else (3, 2)))
    )
    sample("index_fill", draw(3, 3), dim, numpy.array([0, 2]), 1.5)
    sample("index_fill", draw(3, 3), dim, numpy.array([0, 2]), numpy.asarray(2.5))
sample("index_select", draw(3, 3), 0, whole(2, high=3, dtype="int32"))
sample("index_select", draw(), 0, whole(1, high=1))
sample("index_select", draw(3, 3), 0, whole(0))
sample("index_add", draw(3), 0, whole(4), draw(4))
sample("index_add", draw(2, 3, 2), 1, whole(4), draw(2, 4, 2))
sample("index_put", draw(3, 4), (whole(2), whole(2)), draw(2), True)
sample("index_put", draw(3, 4), (whole(2),), draw(4), accumulate=True)
sample("index_put", draw(3, 4), (numpy.array([0, 2]), numpy.array([1, 1])), draw(2))
sample("index_put", draw(3, 4), (numpy.array([0, 2]),), draw())
sample("index_put", draw(3, 4), (truth(3, 4),), draw(), casts=False)

for shape in [(), (1,), (5,), (2, 3), (0, 3)]:
    sample("nonzero argwhere", truth(*shape))
    sample("nonzero", draw(*shape), as_tuple=True)
sample("masked_select", draw(3, 4), truth(3, 4))
sample("masked_select", draw(3, 4), truth(4))
sample("masked_select", draw(4), truth(3, 4))
sample("masked_scatter", draw(3, 4), truth(3, 4), draw(12))
sample("masked_scatter", draw(3, 4), truth(4), draw(3, 4))

for shape in [(3, 3), (2, 4), (4, 2), (2, 3, 3), (0, 3)]:
    for offset in (0, 1, -1, 5):
        sample("tril triu", draw(*shape), offset)
        sample("diagonal", draw(*shape), offset)
sample("tril triu", draw(3, 3), diagonal=1)
sample("diagonal", draw(2, 3, 4), 1, 0, 2)
sample("diagonal", draw(2, 3, 4), offset=-1, dim1=-1, dim2=1)
for offset in (0, 1, -2):
    sample("diag", draw(3), offset)
    sample("diag", draw(3, 4), offset)
    sample("diag_embed", draw(2, 3), offset)
    sample("diagflat", draw(2, 2), offset)
sample("diag", draw(3), diagonal=1)
sample("diag_embed", draw(2, 3), 0, 0, 2)
sample("diag_embed", draw(2, 3), dim1=-1, dim2=0)
sample("trace", draw(3, 4))
sample("select_scatter", draw(3, 4), draw(3), 1, 2)
sample("slice_scatter", draw(3, 4), draw(3, 2), 1, 1, 3)
sample("slice_scatter", draw(3, 4), draw(2, 4), 0, 0, 3, 2)
sample("diagonal_scatter", draw(3, 4), draw(3))
sample("diagonal_scatter", draw(3, 4), draw(3), 1)
sample("tril_indices triu_indices", 3, 4, method=False)
sample("tril_indices triu_indices", 3, 4, offset=-1, method=False)
