"""Functions that fold axes together, or depend on the order along one."""

from __future__ import annotations

import numpy

from samples.sample import D, distinct, draw, sample, truth, whole

SHAPES = [(), (1,), (5,), (2, 3), (2, 1, 4)]

# all at once, one axis, several, with and without the axis kept
for shape in [*SHAPES, (0,), (2, 0, 3)]:
    sample("sum mean nansum nanmean", draw(*shape))
    sample("var std", draw(*shape), second=len(shape) > 1 and 0 not in shape)
    sample("prod all any count_nonzero", draw(*shape))
for shape in SHAPES:
    sample("amax amin max min argmax argmin aminmax median", distinct(*shape))
for shape, dim in [
    ((), 0), ((), -1), ((5,), 0), ((2, 3), 0), ((2, 3), 1), ((2, 3), -1), ((2, 3, 4), 1),
    ((2, 1, 4), 1), ((2, 0, 3), 0),
    ((0, 3), -1),
]:  # fmt: skip
    for keepdim in (False, True):
        keep = {"keepdim": True} if keepdim else {}
        sample("sum mean nansum nanmean prod all any", draw(*shape), dim, **keep)
        sample(
            "logsumexp var std", draw(*shape), dim, **keep, second=0 not in shape and shape != ()
        )
        sample("amax amin max min argmax argmin median", distinct(*shape), dim, **keep)
        sample("aminmax", distinct(*shape), dim=dim, **keep)
    sample("count_nonzero", draw(*shape), dim)
    sample("cumsum cumprod", draw(*shape), dim, casts=bool(shape) and 0 not in shape)
    sample("sort argsort", distinct(*shape), dim)
    sample("sort argsort", distinct(*shape), dim, descending=True)
for shape, dim in [
    ((2, 3), (0, 1)),
    ((2, 3, 4), (0, 2)),
    ((2, 3, 4), (-1, 0)),
    ((2, 3, 4), ()),
    ((2, 3, 4), [1]),
]:
    for keepdim in (False, True):
        sample("sum mean nansum amax amin", draw(*shape), dim, keepdim)
        # for () PyTorch counts the elements wrongly going back
        known = dim != ()
        sample("var std", draw(*shape), dim, keepdim=keepdim, grad=known)
        sample("var_mean std_mean", draw(*shape), dim, keepdim=keepdim, method=False, grad=known)
        if dim:
            sample(
                "logsumexp norm",
                draw(*shape),
                dim=dim,
                keepdim=keepdim,
            )
    sample("any all", draw(*shape), dim)
    sample("count_nonzero", draw(*shape), dim)
for shape, dim in [((0, 3), 0), ((2, 0), 1), ((0,), 0)]:
    sample("sum prod all any mean", draw(*shape), dim)
    sample("logsumexp var std", draw(*shape), dim, second=False)

# options
for kind in ("float32", "float64", "int64", "int32"):
    exact = kind == "float64"
    sample("sum prod", draw(2, 3), dtype=D(kind), grad=exact)
    sample("sum prod cumsum cumprod", draw(2, 3), 1, dtype=D(kind), grad=exact)
sample("sum prod", truth(2, 3), dtype=D("bool"))
sample("mean nansum", whole(2, 3), dtype=D("float64"))
sample("mean", truth(2, 3), 0, dtype=D("float32"))
sample("sum", draw(2, 3), dim=1, keepdim=True)
sample("sum", draw(2, 3), axis=1, casts=False)
sample("sum", draw(2, 3), dim=None)
for correction in (0, 1, 2, 0.5, 7):
    sample(
        "var std", draw(2, 5), 1, correction=correction, second=correction < 5, grad=correction < 5
    )
    sample(
        "var_mean std_mean", draw(2, 5), 1, correction=correction, method=False, grad=correction < 5
    )
for unbiased in (True, False):
    sample("var std", draw(2, 5), unbiased)
    sample("var std", draw(2, 5), 1, unbiased)
    sample("var_mean std_mean", draw(2, 5), unbiased, method=False)
    sample("var_mean std_mean", draw(2, 5), 1, unbiased, method=False)
sample("var std", draw(1), grad=False)
sample("std", numpy.ones((2, 3)), 1, second=False)

# equal values share, or the first counts; NaN and infinity
tied = numpy.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
sample("amax amin max min aminmax", tied)
sample("amax amin", tied, 1)
sample("amax amin", tied, (0, 1), True)
sample("argmax argmin", tied)
strange = numpy.array([[1.0, numpy.nan, 3.0], [numpy.inf, -numpy.inf, 2.0]])
sample("amax amin max min argmax argmin sort argsort median", strange, 1, grad=False)
sample("sort argsort", strange, 1, descending=True, grad=False)
sample("amax amin max min sum mean prod std var nansum nanmean median aminmax", strange, grad=False)
sample(
    "logsumexp",
    numpy.array([[-numpy.inf, -numpy.inf], [numpy.inf, 1.0], [1000.0, 1000.0]]),
    1,
    grad=False,
)
sample("logsumexp", numpy.array([[-numpy.inf, 1.0], [1000.0, 999.0]]), 1)
sample("nansum nanmean", numpy.array([[1.0, numpy.nan], [2.0, 3.0]]), 1)
sample("max min", draw(2, 3), draw(3))
sample("max min", whole(2, 3), whole(2, 1))
sample("argmax argmin", distinct(2, 3), keepdim=True)
sample("any all", truth(2, 3), 1)
sample("any all max min amax amin", truth(2, 3))
zeros = [
    numpy.array([0.0, 2.0, 3.0]), numpy.array([0.0, 0.0, 3.0]),
    numpy.array([[0.0, 2.0, 0.0], [0.0, 1.0, 3.0]]),
]  # fmt: skip
for zero in zeros:
    sample("prod", zero)
    sample("prod cumprod", zero, 0)
    sample("prod cumprod", zero, -1)
for length in (4, 7, 8):
    sample("prod cumprod cumsum", draw(2, length), 1)

for p in ("fro", 2, 1, 0, 3, 1.5, -1, numpy.inf, -numpy.inf):
    p = float(p) if not isinstance(p, (str, int)) else p
    # p = 0 counts: nothing flows back
    sample("norm", draw(2, 3), p, grad=p != 0)
    sample("norm", draw(2, 3, 2), p, 1, grad=p != 0)
    sample("norm", draw(2, 3, 2), p, (0, 2), True, grad=p != 0)
    sample("norm", draw(), p, grad=p != 0)
sample("norm", draw(2, 3))
sample("norm", draw(2, 3, dtype="float32"), dim=1, dtype=D("float64"), casts=False, grad=False)
sample("norm", numpy.zeros((2, 3)), second=False)
sample("norm", numpy.zeros((2, 3)), 2, 1, second=False)
sample("norm", numpy.zeros((0, 3)))
sample("dist", draw(2, 3), draw(3))
sample("dist", draw(2, 3), draw(3), 1)
sample("dist", draw(2, 3), draw(3), p=numpy.inf)

# order
for k, dim, largest in [(0, 0, True), (1, 0, True), (2, 1, False), (3, -1, True), (2, 0, False)]:
    sample("topk", distinct(3, 4), k, dim, largest, casts=False)
sample("topk", distinct(5), 2, casts=False)
sample("topk", distinct(), 1)
sample("topk", whole(7, high=100), 3, sorted=True, casts=False)
sample("sort", distinct(3, 4))
sample("sort argsort", distinct(3, 4), dim=0, descending=True, stable=True)
sample("sort argsort", numpy.array([2, 1, 2, 1, 0]), stable=True)
sample("sort argsort", numpy.array([2, 1, 2, 1, 0]), stable=True, descending=True)
sample("msort", distinct(4, 2))
sample("diff", draw(2, 5))
sample("diff", draw(2, 5), n=2)
sample("diff", draw(5, 2), dim=0)
sample("diff", truth(5))
sample("diff", draw(2, 5), 1, 1, draw(2, 1), draw(2, 2))
sample("bincount", whole(9, high=5), casts=False)
sample("bincount", whole(9, high=5), draw(9), grad=False, casts=False)
sample("bincount", whole(9, high=5), minlength=8)
sample("bincount", whole(0))
for options in (
    {},
    {"return_inverse": True},
    {"return_counts": True},
    {"return_inverse": True, "return_counts": True},
):
    sample("unique unique_consecutive", whole(3, 4), **options, grad=False)
    sample("unique_consecutive", numpy.array([1.0, 1.0, 2.0, 1.0, 1.0]), **options, grad=False)
    sample("unique", whole(5, 2, high=2), dim=0, **options, grad=False)
sample("unique unique_consecutive", whole(0))
sample("unique", truth(5))

# shares
for shape, dim in [
    ((), 0),
    ((5,), 0),
    ((2, 3), 0),
    ((2, 3), -1),
    ((2, 3, 4), 1),
    ((2, 0, 3), 0),
    ((1, 1), 1),
]:
    sample("softmax log_softmax", draw(*shape), dim, casts=0 not in shape)
sample("softmax log_softmax", numpy.array([[1000.0, 999.0], [-1000.0, 0.0]]), 1, casts=False)
sample("softmax log_softmax", numpy.array([[-numpy.inf, 0.0, 1.0]]), 1, casts=False)
sample("softmax log_softmax", numpy.array([numpy.nan, 1.0]), 0, grad=False)
sample("softmax log_softmax", numpy.array([numpy.inf, 1.0]), 0, grad=False, casts=False)
sample("softmax log_softmax", whole(2, 3), 1, dtype=D("float64"))
