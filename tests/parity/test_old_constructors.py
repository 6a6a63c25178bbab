"""Tensor(...), FloatTensor(...), .new(...) and .type(...), as PyTorch has them."""

import numpy
import pytest
import torch

import plugtorch

NAMES = ["Float", "Double", "Half", "BFloat16", "Byte", "Char", "Short", "Int", "Long", "Bool"]
GIVEN = {
    "nothing": lambda lib: (),
    "size": lambda lib: (3,),
    "sizes": lambda lib: (2, 0, 3),
    "a_size": lambda lib: (lib.Size([2, 1]),),
    "numpy_size": lambda lib: (numpy.int64(2), 3),
    "list": lambda lib: ([1, 0, 1],),
    "tuple": lambda lib: ((1, 0),),
    "nested": lambda lib: ([[1, 0], [0, 1]],),
    "floats": lambda lib: ([1.0, 0.0],),
    "bools": lambda lib: ([True, False],),
    "range": lambda lib: (range(3),),
    "array": lambda lib: (numpy.arange(2),),
    "array_of_floats": lambda lib: (numpy.ones((2, 2)),),
    "empty": lambda lib: ([],),
    "tensors": lambda lib: ([lib.tensor(1), lib.tensor(0)],),
    "float": lambda lib: (2.5,),
    "bool": lambda lib: (True,),
    "none": lambda lib: (None,),
    "text": lambda lib: ("ab",),
    "two_lists": lambda lib: ([1], [2]),
    "size_and_list": lambda lib: (1, [2]),
    "negative": lambda lib: (-1,),
    "ragged": lambda lib: ([[1, 2], [3]],),
    "other_tensor": lambda lib: (lib.ones(2, dtype=lib.float64),),
}
# sizes give what was in memory in PyTorch, and zeros here
ONLY_SHAPE = {"size", "sizes", "a_size", "numpy_size"}


def outcome(make, lib, given):
    try:
        made = make(*GIVEN[given](lib))
    except (TypeError, ValueError, RuntimeError) as error:
        return "error", isinstance(error, (TypeError, ValueError, RuntimeError))
    values = None if given in ONLY_SHAPE else made.double().tolist()
    return tuple(made.shape), str(made.dtype).rpartition(".")[2], values


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("given", GIVEN)
@pytest.mark.parametrize("name", ["Tensor", *(f"{n}Tensor" for n in NAMES)])
def test_constructors(name, given):
    ours = outcome(getattr(plugtorch, name), plugtorch, given)
    assert ours == outcome(getattr(torch, name), torch, given)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("given", [g for g in GIVEN if g != "other_tensor"])
def test_new(given):
    for kind in ("float32", "int64", "bool"):
        ours = plugtorch.zeros(1, dtype=getattr(plugtorch, kind)).new
        theirs = torch.zeros(1, dtype=getattr(torch, kind)).new
        assert outcome(ours, plugtorch, given) == outcome(theirs, torch, given)


@pytest.mark.parametrize("name", NAMES)
def test_types(name):
    for value in ([0.0, 1.0, 2.0], [True, False]):
        for how in (lambda lib: f"torch.{name}Tensor", lambda lib: getattr(lib, f"{name}Tensor")):
            ours = plugtorch.tensor(value).type(how(plugtorch))
            theirs = torch.tensor(value).type(how(torch))
            assert ours.type() == theirs.type()
            assert ours.double().tolist() == theirs.double().tolist()
            assert isinstance(ours, getattr(plugtorch, f"{name}Tensor"))
