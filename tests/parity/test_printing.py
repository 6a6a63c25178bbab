"""The text of tensors is PyTorch's, letter for letter, over dtypes, shapes, numbers and options."""

from collections.abc import Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest
import torch
from helpers import to_plugtorch, to_torch

import plugtorch
from plugtorch import dtypes

DTYPES = [d.name for d in dtypes.ALL]
LONGEST = (1, 1500, 60, 14, 7)  # size of an axis, by the number of axes


@pytest.fixture(autouse=True)
def _same_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Names of one length on both sides, because where a line breaks depends on it."""
    monkeypatch.setattr(dtypes.dtype, "__repr__", lambda self: f"torch.{self.name}")
    node = (plugtorch.ones(1, requires_grad=True) * 1).grad_fn
    monkeypatch.setattr(type(node), "name", lambda self: "MulBackward0")
    yield
    for library in (torch, plugtorch):
        library.set_printoptions(profile="default")
        library.set_default_dtype(library.float32)


def numbers(
    random: np.random.Generator, dtype: str, shape: tuple[int, ...]
) -> np.ndarray[Any, Any]:
    """Numbers of one of several kinds, each of which is written in its own way."""
    if dtype == "bool":
        return np.asarray(random.random(shape) < 0.5)
    if "int" in dtype:
        limits = np.iinfo(dtype)
        largest = min(limits.max, 10 ** int(random.integers(0, 19)))
        smallest = max(limits.min, -largest)
        return np.asarray(random.integers(smallest, largest, shape, dtype=dtype, endpoint=True))
    normal, powers = random.standard_normal(shape), 10.0 ** random.integers(-6, 6, shape)
    one_power = 10.0 ** random.integers(-9, 10)
    kinds = [
        random.random(shape),
        normal * one_power,
        normal * powers,
        np.round(normal * one_power),
        random.choice([0, -0.0, 1.5, np.nan, np.inf, -np.inf, 2, 1e-5, 1000], shape),
        random.choice([0, 1, np.nan, 3, -20, np.inf], shape),
        random.choice([np.nan, np.inf, -np.inf], shape),
    ]
    with np.errstate(over="ignore", under="ignore"):
        chosen = np.asarray(kinds[random.integers(len(kinds))])
        return chosen.astype(ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)


def options(random: np.random.Generator) -> dict[str, Any]:
    given = {
        "precision": int(random.integers(0, 8)),
        "threshold": int(random.choice([0, 5, 30, 1000, 100_000])),
        "edgeitems": int(random.integers(0, 6)),
        "linewidth": int(random.choice([1, 20, 40, 80, 120, 200])),
        "sci_mode": [None, True, False][random.integers(3)],
        "profile": [None, "default", "short", "full"][random.integers(4)],
    }
    return {name: value for name, value in given.items() if random.random() < 0.5}


@pytest.mark.parametrize("defaults", [True, False], ids=["defaults", "options"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_text(dtype: str, defaults: bool) -> None:
    random = np.random.default_rng(DTYPES.index(dtype))
    for _ in range(60):
        axes = int(random.integers(0, len(LONGEST)))
        shape = tuple(int(1 + LONGEST[axes] * random.random() ** 3) for _ in range(axes))
        if random.random() < 0.1:
            shape = shape[1:] + (0,)
        array = numbers(random, dtype, shape)
        theirs, ours = to_torch(array), to_plugtorch(array)
        if theirs.is_floating_point() and random.random() < 0.4:
            theirs.requires_grad_()
            ours.requires_grad_()
            if random.random() < 0.5:
                theirs, ours = theirs * 1, ours * 1
        settings = {} if defaults else options(random)
        default = "float32" if defaults else str(random.choice(["float16", "float32", "float64"]))
        for library in (torch, plugtorch):
            library.set_printoptions(profile="default")
            library.set_printoptions(**settings)
            library.set_default_dtype(getattr(library, default))
        assert repr(ours) == repr(theirs), f"shape {shape}, {settings}, default dtype {default}"


def test_a_parameter() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    theirs = torch.nn.Parameter(to_torch(array))
    assert repr(plugtorch.nn.Parameter(to_plugtorch(array))) == repr(theirs)


def test_a_view() -> None:
    array = np.arange(4000, dtype=np.float64).reshape(50, 80)
    for view in (lambda t: t.T, lambda t: t[::3, 1:5], lambda t: t[None, :, 3].expand(4, 50)):
        assert repr(view(to_plugtorch(array))) == repr(view(to_torch(array)))
