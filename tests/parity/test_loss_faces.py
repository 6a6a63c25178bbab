"""The losses in half precision, by older options and as functions; and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, same_error, to_plugtorch, to_torch
from loss_cases import LISTS, both, classes, draw, grid, signs

import plugtorch
from plugtorch import losses

# ---- half precision, slices, older options -------------------------------------------------------


def half(name: str, dtype: Any) -> tuple[list[Any], Any]:
    x, y, z = (draw(4, 5, low=0.1, high=0.9, seed=i).astype(dtype) for i in range(3))
    if name in ("gaussian_nll", "triplet_margin"):
        return [x, y, z], {}
    if name == "cosine_embedding":
        return [x, y, signs(4)], {}
    return [x, y], {}


@pytest.mark.parametrize("dtype", ["float16", BFLOAT16])
@pytest.mark.parametrize(
    "name", ["kl_div", "poisson_nll", "gaussian_nll", "cosine_embedding", "triplet_margin",
             "multi_label_soft_margin", "soft_margin"],
)  # fmt: skip
def test_half_precision(name: str, dtype: Any) -> None:
    inputs, options = half(name, dtype)
    both(name, inputs, second=False, **options)


def test_inputs_that_are_not_contiguous() -> None:
    both("kl_div", [draw(3, 4).T, draw(4, 3, low=0.1, seed=1)])
    both("multi_margin", [draw(5, 4).T, classes((4,), 5)], second=False)
    both("multi_label_margin", [draw(4, 5).T, numpy.array(LISTS)], second=False)
    both("triplet_margin", [draw(4, 3).T, draw(3, 4, seed=1), draw(4, 3, seed=2).T])


def arguments(name: str) -> list[Any]:
    x, y = draw(5, 4, low=0.1), draw(5, 4, low=0.1, seed=1)
    return {
        "margin_ranking": [x, y, signs(5, 4)],
        "cosine_embedding": [x, y, signs(5)],
        "triplet_margin": [x, y, draw(5, 4, seed=2)],
        "multi_margin": [x, classes((5,), 4)],
        "multi_label_margin": [x, numpy.array(LISTS)],
        "hinge_embedding": [x, signs(5, 4)],
    }.get(name, [x, y])


OLDER = ["kl_div", "poisson_nll", "hinge_embedding", "margin_ranking", "soft_margin",
         "multi_margin", "multi_label_margin", "multi_label_soft_margin", "cosine_embedding",
         "triplet_margin"]  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_older_options(name: str) -> None:
    for options in grid(size_average=[None, True, False], reduce=[None, True, False]):
        both(name, arguments(name), second=False, **options)


def positional() -> Iterator[tuple[str, tuple[Any, ...]]]:
    yield "kl_div", (None, None, "sum", True)
    yield "poisson_nll_loss", (False, True, None, 0.1, None, "sum")
    yield "hinge_embedding_loss", (0.5, None, None, "sum")
    yield "margin_ranking_loss", (0.5, None, None, "sum")
    yield "soft_margin_loss", (None, None, "sum")
    yield "multi_margin_loss", (2, 0.5, draw(4, low=0.1), None, None, "sum")
    yield "multilabel_margin_loss", (None, None, "sum")
    yield "multilabel_soft_margin_loss", (draw(4, low=0.1), None, None, "sum")
    yield "cosine_embedding_loss", (0.5, None, None, "sum")
    yield "triplet_margin_loss", (0.5, 3.0, 0.1, True, None, None, "sum")


@pytest.mark.parametrize(("name", "options"), [*positional()])
def test_functions_with_options_by_position(name: str, options: Any) -> None:
    """In the order of PyTorch's functions, and under their names."""
    inputs = arguments(plugtorch.registry.entry("loss", name).name)
    ours = getattr(plugtorch.nn.functional, name)
    same(ours, getattr(torch.nn.functional, name), [*inputs, *options], grad=False)


def test_gaussian_options_by_position() -> None:
    inputs = [draw(3, 4), draw(3, 4, seed=1), draw(3, 4, low=0.1, seed=2)]
    f, theirs = plugtorch.nn.functional.gaussian_nll_loss, torch.nn.functional.gaussian_nll_loss
    same(f, theirs, [*inputs, True, 0.5, "sum"], grad=False)


# ---- what is refused -----------------------------------------------------------------------------

ONES = numpy.ones
INDEX = numpy.zeros(3, "int64")
WRONG: list[tuple[str, list[Any], dict[str, Any]]] = [
    ("kl_div", [ONES(3), INDEX], {}),
    ("kl_div", [ONES((3, 2)), ONES(3)], {}),
    ("poisson_nll_loss", [ONES((3, 2)), ONES(3)], {}),
    ("gaussian_nll_loss", [ONES((3, 2)), ONES((3, 2)), ONES(2)], {}),
    ("gaussian_nll_loss", [ONES((3, 2)), ONES((3, 2)), ONES((3, 2, 1))], {}),
    ("gaussian_nll_loss", [ONES((3, 2)), ONES((3, 2)), -ONES((3, 2))], {}),
    ("gaussian_nll_loss", [ONES((3, 2)), ONES((3, 2)), -1.0], {}),
    ("margin_ranking_loss", [ONES((3, 2)), ONES(3), ONES((3, 2))], {}),
    ("margin_ranking_loss", [ONES((3, 2)), ONES((3, 2)), ONES(2)], {}),
    ("margin_ranking_loss", [ONES((3, 2)), ONES((4, 2)), ONES((3, 2))], {}),
    ("multilabel_margin_loss", [ONES((3, 2)), INDEX], {}),
    ("multilabel_margin_loss", [ONES(3), ONES(3)], {}),
    ("multilabel_margin_loss", [ONES(3), INDEX + 3], {}),
    ("multilabel_margin_loss", [ONES(3), INDEX - 2], {}),
    ("multilabel_margin_loss", [ONES((3, 0)), numpy.zeros((3, 0), "int64")], {}),
    ("multilabel_margin_loss", [ONES((3, 1, 1)), numpy.zeros((3, 1, 1), "int64")], {}),
    ("multilabel_soft_margin_loss", [ONES((3, 2)), ONES((3, 2))], {"weight": 3}),
    ("multi_margin_loss", [ONES((3, 2)), INDEX], {"p": 3}),
    ("multi_margin_loss", [ONES((3, 2)), INDEX], {"weight": 3}),
    ("multi_margin_loss", [ONES((3, 2), "float32"), INDEX], {"weight": 2}),
    ("multi_margin_loss", [ONES((3, 2)), INDEX + 2], {}),
    ("multi_margin_loss", [ONES((3, 2)), INDEX - 1], {}),
    ("multi_margin_loss", [ONES((3, 2)), ONES(3)], {}),
    ("multi_margin_loss", [ONES((3, 2)), INDEX[:2]], {}),
    ("multi_margin_loss", [ONES((3, 2)), INDEX.reshape(3, 1)], {}),
    ("multi_margin_loss", [ONES((3, 0)), INDEX], {}),
    ("multi_margin_loss", [ONES((3, 2, 2)), INDEX], {}),
    ("cosine_embedding_loss", [ONES((5, 3)), ONES((5, 3)), ONES((5, 1))], {}),
    ("cosine_embedding_loss", [ONES((5, 3)), ONES(3), ONES(5)], {}),
    ("cosine_embedding_loss", [ONES(3), ONES(3), ONES(1)], {}),
    ("cosine_embedding_loss", [ONES((5, 3)), ONES((5, 3)), ONES(())], {}),
    ("cosine_embedding_loss", [ONES((5, 3)), ONES((5, 3)), ONES(4)], {}),
    ("triplet_margin_loss", [ONES((5, 3)), ONES(3), ONES((5, 3))], {}),
    ("triplet_margin_loss", [ONES((5, 3)), ONES((5, 3)), ONES((4, 3))], {}),
    ("triplet_margin_loss", [ONES(3), ONES(3), ONES(3)], {"margin": 0.0}),
    ("triplet_margin_loss", [ONES(3), ONES(3), ONES(3)], {"margin": -1.0}),
    ("triplet_margin_with_distance_loss", [ONES(3), ONES(3), ONES(3)], {"margin": 0.0}),
    ("triplet_margin_with_distance_loss", [ONES((5, 3)), ONES(3), ONES((5, 3))], {}),
    *[(name, [ONES(3), ONES(3)], {"reduction": "x"}) for name in
      ("kl_div", "poisson_nll_loss", "hinge_embedding_loss", "soft_margin_loss")],
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "inputs", "options"), WRONG)
def test_errors(name: str, inputs: list[Any], options: dict[str, Any]) -> None:
    def call(f: Any, make: Callable[..., Any]) -> Callable[..., Any]:
        given = {k: make(numpy.ones(v)) if k == "weight" else v for k, v in options.items()}
        return lambda *tensors: getattr(f, name)(*tensors, **given)

    error = same_error(
        call(plugtorch.nn.functional, to_plugtorch), call(torch.nn.functional, to_torch), inputs
    )
    assert str(error).startswith("[")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hinge_embedding", {"margin": float("nan")}),
        ("margin_ranking", {"margin": float("inf")}),
        ("cosine_embedding", {"margin": float("nan")}),
        ("triplet_margin", {"margin": float("inf")}),
        ("triplet_margin", {"eps": float("nan")}),
        ("multi_margin", {"margin": float("nan")}),
        ("multi_margin", {"weight": plugtorch.ones(2, 2)}),
        ("poisson_nll", {"eps": -1.0}),
        ("gaussian_nll", {"eps": float("nan")}),
        ("kl_div", {"reduction": "median"}),
    ],
)
def test_options_out_of_their_range(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(plugtorch.errors.ArgumentError, match=r"^\["):
        losses.create(name, **options)
