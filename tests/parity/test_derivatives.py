"""torch.autograd.functional: Jacobians, Hessians and their products, as PyTorch has them."""

import numpy
import pytest
import torch

import plugtorch

LIBS = (plugtorch, torch)


def both(values):
    return plugtorch.from_numpy(values), torch.from_numpy(values)


FUNCTIONS = {
    "elementwise": (lambda x: (x**3).exp() * 0.1, [(3,)]),
    "matrix": (lambda x: x @ x.T, [(2, 3)]),
    "two": (lambda x, y: (x * y).sum(0), [(2, 3), (3,)]),
    "several": (lambda x, y: (x + y, (x * x * y).sum()), [(2,), (2,)]),
    "apart": (lambda x, y: (x * 2, y * 3), [(2,), (3,)]),
    "scalar": (lambda x: (x**3).sum(), [(2, 2)]),
    "zero_d": (lambda x: x**2, [()]),
}
SCALARS = {
    "cubes": (lambda x: (x**3).sum(), [(2, 2)]),
    "mixed": (lambda x, y: (x**2 * y).sum() + y.exp().sum(), [(3,), (3,)]),
    "flat": (lambda x, y: (x**2).sum(), [(2,), (3,)]),
}


def test_a_graph_where_one_was_asked_for():
    for lib in LIBS:
        for graph in (False, True):
            x = lib.ones(2)
            cubes = lib.autograd.functional.jacobian(lambda x: x**3, x, create_graph=graph)
            assert cubes.requires_grad == graph


def inputs(shapes):
    rng = numpy.random.default_rng(0)
    pairs = [both(rng.normal(size=shape)) for shape in shapes]
    ours, theirs = zip(*pairs)
    return (ours, theirs) if len(shapes) > 1 else (ours[0], theirs[0])


def equal(a, b):
    assert isinstance(a, tuple) == isinstance(b, tuple)
    if isinstance(a, tuple):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            equal(x, y)
    else:
        assert tuple(a.shape) == tuple(b.shape)
        assert numpy.allclose(a.detach().numpy(), b.detach().numpy())


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_jacobians_and_products(name, graph):
    function, shapes = FUNCTIONS[name]
    ours, theirs = inputs(shapes)
    equal(
        plugtorch.autograd.functional.jacobian(function, ours, create_graph=graph),
        torch.autograd.functional.jacobian(function, theirs, create_graph=graph),
    )
    along = inputs(shapes)
    equal(
        plugtorch.autograd.functional.jvp(function, ours, along[0], create_graph=graph),
        torch.autograd.functional.jvp(function, theirs, along[1], create_graph=graph),
    )
    output = function(*theirs) if isinstance(theirs, tuple) else function(theirs)
    back = inputs([tuple(o.shape) for o in (output if isinstance(output, tuple) else (output,))])
    equal(
        plugtorch.autograd.functional.vjp(function, ours, back[0], create_graph=graph),
        torch.autograd.functional.vjp(function, theirs, back[1], create_graph=graph),
    )


@pytest.mark.parametrize("graph", [False, True])
@pytest.mark.parametrize("name", SCALARS)
def test_hessians_and_products(name, graph):
    function, shapes = SCALARS[name]
    ours, theirs = inputs(shapes)
    along = inputs(shapes)
    mine, other = (lib.autograd.functional for lib in LIBS)
    equal(
        mine.hessian(function, ours, create_graph=graph),
        other.hessian(function, theirs, create_graph=graph),
    )
    for product in ("vhp", "hvp"):
        equal(
            getattr(mine, product)(function, ours, along[0], create_graph=graph),
            getattr(other, product)(function, theirs, along[1], create_graph=graph),
        )


def test_what_is_refused():
    for lib in LIBS:
        functional = lib.autograd.functional
        with pytest.raises(RuntimeError):
            functional.hessian(lambda x: x * 2, lib.ones(2))
        with pytest.raises(RuntimeError):
            functional.vjp(lambda x: x * 2, lib.ones(2))
        with pytest.raises(RuntimeError):
            functional.jvp(lambda x: x * 2, lib.ones(2), lib.ones(3))
        with pytest.raises(RuntimeError):
            functional.jacobian(lambda x, y: x * 2, (lib.ones(2), lib.ones(2)), strict=True)
        with pytest.raises(TypeError):
            functional.jacobian(lambda x: 3, lib.ones(2))
