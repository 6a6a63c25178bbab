"""Products of vectors and matrices."""

from __future__ import annotations

from samples.sample import draw, sample

for first, second in [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4)), ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)), ((0, 2, 3), (3, 4)), ((1, 1), (1, 1)), ((0,), (0,)),
    ((2, 5, 2, 3), (2, 1, 3, 4)),
]:  # fmt: skip
    sample("matmul", draw(*first), draw(*second))
for size in (0, 1, 4):
    sample("dot vdot inner", draw(size), draw(size))
    sample("outer ger", draw(size), draw(3))
sample("inner", draw(2, 3), draw(4, 3))
sample("inner", draw(), draw(2, 3))
sample("mm", draw(2, 3), draw(3, 4))
sample("mm", draw(2, 0), draw(0, 4))
sample("mv", draw(2, 3), draw(3))
sample("bmm", draw(4, 2, 3), draw(4, 3, 2))
sample("bmm", draw(0, 2, 3), draw(0, 3, 2))
for options in ({}, {"beta": 0.5}, {"alpha": 2}, {"beta": 2, "alpha": 0.5}, {"beta": 0}):
    casts = not any(isinstance(v, float) for v in options.values())
    sample("addmm", draw(2, 4), draw(2, 3), draw(3, 4), **options, casts=casts)
    sample("addmm", draw(4), draw(2, 3), draw(3, 4), **options, casts=casts)
    sample("addmv", draw(2), draw(2, 3), draw(3), **options, casts=casts)
    sample("addbmm", draw(2, 4), draw(5, 2, 3), draw(5, 3, 4), **options, casts=casts)
    sample("baddbmm", draw(5, 2, 4), draw(5, 2, 3), draw(5, 3, 4), **options, casts=casts)
    sample("addr", draw(2, 3), draw(2), draw(3), **options, casts=casts)
sample("addmm", draw(), draw(2, 3), draw(3, 4))
sample("baddbmm", draw(1, 4), draw(5, 2, 3), draw(5, 3, 4))
sample("chain_matmul", draw(2, 3), draw(3, 4), draw(4, 2), method=False, casts=False)
sample("kron", draw(2, 3), draw(2, 2))
sample("kron", draw(2), draw(2, 2), layouts=False)  # PyTorch fails for other strides
sample("tensordot", draw(2, 3, 4), draw(3, 4, 5), method=False)
sample("tensordot", draw(2, 3, 4), draw(4, 2), dims=([2, 0], [0, 1]), method=False)
sample("tensordot", draw(2, 3), draw(3, 2), dims=1, method=False)
sample("tensordot", draw(2), draw(3), dims=0, method=False)
sample("cross", draw(4, 3), draw(4, 3), dim=1)
sample("cross", draw(3, 2), draw(3, 1), dim=0)
sample("matrix_power", draw(3, 3), 3)
sample("matrix_power", draw(2, 3, 3), 0, grad=False)
sample("matrix_power", draw(3, 3), 1)

for equation, shapes in [
    ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij,jk", [(2, 3), (3, 4)]),
    ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
    ("ij->ji", [(2, 3)]), ("ij->", [(2, 3)]), ("ii", [(3, 3)]), ("ii->i", [(3, 3)]),
    ("i,j->ij", [(2,), (3,)]),
    ("i,i->", [(3,), (3,)]), ("...ij,...jk->...ik", [(2, 1, 2, 3), (4, 3, 2)]),
    ("bhqd,bhkd->bhqk", [(2, 2, 3, 4), (2, 2, 5, 4)]),
    ("ij,ij->j", [(2, 3), (2, 3)]), ("ba", [(2, 3)]), ("ij,jk,kl->il", [(2, 3), (3, 2), (2, 4)]),
    ("...i->...", [(2, 3)]),
    ("b...,...->b...", [(2, 3), (3,)]), ("ij,kl->ijkl", [(2, 2), (2, 3)]),
    (" i j , j -> i ", [(2, 3), (3,)]),
]:  # fmt: skip
    sample("einsum", equation, *[draw(*shape) for shape in shapes], method=False)
