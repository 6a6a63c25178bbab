"""``out=``: what dtypes of it a function writes, and what it writes there."""

import numpy
import pytest
import torch
from helpers import same_error, to_numpy

import plugtorch

KINDS = ["bool", "uint8", "int64", "float16", "float32", "float64"]
ZEROS = [[0, 0], [0, 0]]
FUNCTIONS = {
    "abs": lambda lib, x, out: lib.abs(x, out=out),
    "add": lambda lib, x, out: lib.add(x, x, out=out),
    "argsort": lambda lib, x, out: lib.argsort(x.float(), stable=True, out=out),
    "all": lambda lib, x, out: lib.all(x, 0, out=out),
    "amax": lambda lib, x, out: lib.amax(x, 0, out=out),
    "argmax": lambda lib, x, out: lib.argmax(x.float(), 0, out=out),
    "cat": lambda lib, x, out: lib.cat([x, x], out=out),
    "cumsum": lambda lib, x, out: lib.cumsum(x, 0, out=out),
    "diag": lambda lib, x, out: lib.diag(x, out=out),
    "exp": lambda lib, x, out: lib.exp(x, out=out),
    "eye": lambda lib, x, out: lib.eye(2, out=out),
    "full": lambda lib, x, out: lib.full((2,), 1.5, out=out),
    "gather": lambda lib, x, out: lib.gather(x, 0, lib.tensor(ZEROS), out=out),
    "inverse": lambda lib, x, out: lib.inverse(x.float() + 2 * lib.eye(2), out=out),
    "log_softmax": lambda lib, x, out: lib.log_softmax(x.float(), 0, out=out),
    "nanmean": lambda lib, x, out: lib.nanmean(x.float(), 0, out=out),
    "renorm": lambda lib, x, out: lib.renorm(x.float(), 2, 0, 1.0, out=out),
    "softmax": lambda lib, x, out: lib.softmax(x.float(), 0, out=out),
    "special.erf": lambda lib, x, out: lib.special.erf(x, out=out),
    "special.logit": lambda lib, x, out: lib.special.logit(x.double() / 4, out=out),
    "special.xlog1py": lambda lib, x, out: lib.special.xlog1py(x, x, out=out),
    "threshold": lambda lib, x, out: lib.threshold(x.float(), 1.6, 0.0, out=out),
    "gt": lambda lib, x, out: lib.gt(x, x, out=out),
    "matmul": lambda lib, x, out: lib.matmul(x.float(), x.float(), out=out),
    "maximum": lambda lib, x, out: lib.maximum(x, x, out=out),
    "mean": lambda lib, x, out: lib.mean(x.double(), 0, out=out),
    "prod": lambda lib, x, out: lib.prod(x, 0, out=out),
    "searchsorted": lambda lib, x, out: lib.searchsorted(x[0].clone(), x, out=out),
    "stack": lambda lib, x, out: lib.stack([x, x], out=out),
    "sum": lambda lib, x, out: lib.sum(x, 0, out=out),
    "tril": lambda lib, x, out: lib.tril(x, out=out),
    "where": lambda lib, x, out: lib.where(x > 0, x, x, out=out),
    "zeros": lambda lib, x, out: lib.zeros(2, 2, out=out),
}


def _with(lib, name, kind, wanted):
    x = lib.tensor([[1.5, 2.0], [1.75, 1.0]]).to(getattr(lib, kind))
    return FUNCTIONS[name](lib, x, lib.empty(0, dtype=getattr(lib, wanted)))


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_dtype_of_out(name, kind):
    lacking = 0
    for wanted in KINDS:
        try:
            theirs = _with(torch, name, kind, wanted)
        except NotImplementedError:
            lacking += 1
            continue
        except (RuntimeError, TypeError):
            same_error(
                lambda wanted=wanted: _with(plugtorch, name, kind, wanted),
                lambda wanted=wanted: _with(torch, name, kind, wanted),
            )
            continue
        ours = _with(plugtorch, name, kind, wanted)
        assert ours.dtype.name == str(theirs.dtype).removeprefix("torch.") == wanted
        assert ours.shape == tuple(theirs.shape)
        assert numpy.allclose(to_numpy(ours), to_numpy(theirs), rtol=1e-3), (wanted, ours, theirs)
    if lacking == len(KINDS):
        pytest.skip(f"PyTorch has no {name} for {kind}")


SEVERAL = {
    "aminmax": lambda lib, x, out: lib.aminmax(x, dim=0, out=out),
    "frexp": lambda lib, x, out: lib.frexp(x, out=out),
    "lu_unpack": lambda lib, x, out: lib.lu_unpack(x, lib.tensor([2, 2]).int(), out=out),
    "median": lambda lib, x, out: lib.median(x, 1, out=out),
    "nanmedian": lambda lib, x, out: lib.nanmedian(x, 1, out=out),
    "slogdet": lambda lib, x, out: lib.slogdet(x, out=out),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_results(name):
    values = numpy.random.default_rng().uniform(1, 2, (2, 2)) + numpy.eye(2)

    def both(lib, kinds):
        out = tuple(lib.empty(0, dtype=getattr(lib, kind)) for kind in kinds)
        given = SEVERAL[name](lib, lib.tensor(values.tolist()), out)
        assert all(made is place for made, place in zip(given, out, strict=True))
        return out

    kinds = [part.dtype.name for part in SEVERAL[name](plugtorch, plugtorch.ones(2, 2), None)]
    for ours, theirs in zip(both(plugtorch, kinds), both(torch, kinds), strict=True):
        assert numpy.allclose(to_numpy(ours), to_numpy(theirs), rtol=1e-4)
    wrong = ["float64"] * len(kinds)
    same_error(lambda: both(plugtorch, wrong), lambda: both(torch, wrong))
