"""The text of typical fused kernels, kept for review in ``golden/``; no driver is needed.

After a wanted change, ``python tests/opencl/test_fused_text.py`` writes them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from paper import CARD, PROCESSOR, plans

import plugtorch
from plugtorch import nn
from plugtorch.nn import functional as F
from plugtorch_opencl.plan import Step

GOLDEN = Path(__file__).parent / "golden"
TRAITS = {"processor": PROCESSOR, "card": CARD}
Program = Callable[[str], Callable[[], Any]]


def leaf(device: str, *shape: int) -> Any:
    return plugtorch.tensor(np.ones(shape, np.float32), device=device, requires_grad=True)


def and_back(*leaves: Any, f: Callable[..., Any]) -> Callable[[], Any]:
    """A function whose result and gradients are held."""
    where = leaves[0].device
    gradient = leaf(where, *f(*leaves).shape).detach()

    def run() -> Any:
        result = f(*leaves)
        result.backward(gradient)
        return result

    return run


def pointwise(device: str) -> Callable[[], Any]:
    x, y, a = leaf(device, 300, 200), leaf(device, 300, 200), leaf(device, 200)
    return and_back(x, y, a, f=lambda x, y, a: (x.sigmoid() * a + 0.5 * y).tanh())


def softmax(device: str) -> Callable[[], Any]:
    x = leaf(device, 32, 1000)
    with plugtorch.no_grad():
        return lambda: F.softmax(x.detach(), -1)


def cross_entropy(device: str) -> Callable[[], Any]:
    x, y = leaf(device, 64, 100), plugtorch.tensor(np.arange(64) % 100, device=device)

    def run() -> Any:
        loss = F.cross_entropy(x, y)
        loss.backward()
        return loss

    return run


def layer_norm(device: str) -> Callable[[], Any]:
    x, a, b = leaf(device, 32, 768), leaf(device, 768), leaf(device, 768)
    return and_back(x, a, b, f=lambda x, a, b: F.layer_norm(x, (768,), a, b))


def batch_norm(device: str) -> Callable[[], Any]:
    layer = nn.BatchNorm2d(16).to(device)
    return and_back(leaf(device, 8, 16, 14, 14), f=layer)


def adam(device: str) -> Callable[[], Any]:
    w = leaf(device, 100, 300)
    optimizer = plugtorch.optim.Adam([w], weight_decay=0.01)

    def step() -> None:
        w.grad = plugtorch.tensor(np.ones((100, 300), np.float32), device=device)
        optimizer.step()

    step()
    step()
    return step


def column_sum(device: str) -> Callable[[], Any]:
    x = leaf(device, 1000, 64).detach()
    return lambda: x.sum(0)


def split_fold(device: str) -> Callable[[], Any]:
    x = leaf(device, 1 << 22).detach()
    return lambda: (x * x).sum()


def dropout(device: str) -> Callable[[], Any]:
    x = leaf(device, 64, 500)
    return and_back(x, f=lambda x: F.dropout(x, 0.1))


def embedding(device: str) -> Callable[[], Any]:
    index = plugtorch.tensor(np.arange(96).reshape(8, 12), device=device)
    weight = leaf(device, 1000, 50).detach()
    return lambda: F.embedding(index, weight)


def bfloat16(device: str) -> Callable[[], Any]:
    x = leaf(device, 30, 70).detach().bfloat16()
    return lambda: (x.T.contiguous() * 3).softmax(-1)


CASES: dict[str, Program] = {
    f.__name__: f
    for f in (
        pointwise,
        softmax,
        cross_entropy,
        layer_norm,
        batch_norm,
        adam,
        column_sum,
        split_fold,
        dropout,
        embedding,
        bfloat16,
    )
}


def steps(case: str, kind: str) -> list[Step]:
    """The fused launches of a case."""
    return [
        step
        for plan in plans(TRAITS[kind], CASES[case])
        for step in plan.steps
        if step.name.startswith(("map_", "row_", "column_"))
    ]


def text(case: str, kind: str) -> str:
    found = []
    for step in steps(case, kind):
        words = ", ".join(step.operations)
        found.append(f"// {step.items:,} items in groups of {step.group}: {words}\n{step.text}")
    return "\n".join(found)


@pytest.mark.parametrize("kind", TRAITS)
@pytest.mark.parametrize("case", CASES)
def test_golden(case: str, kind: str) -> None:
    path = GOLDEN / f"fused_{case}_{kind}.cl"
    assert path.exists(), f"{path.name} is missing"
    assert text(case, kind) == path.read_text(encoding="utf-8"), f"{path.name} changed"


def test_no_golden_text_is_left_over() -> None:
    wanted = {GOLDEN / f"fused_{case}_{kind}.cl" for case in CASES for kind in TRAITS}
    assert set(GOLDEN.glob("fused_*")) == wanted


@pytest.mark.parametrize("kind", TRAITS)
@pytest.mark.parametrize("case", CASES)
def test_arguments_are_those_of_the_text(case: str, kind: str) -> None:
    for step in steps(case, kind):
        given = step.text[step.text.index(f"void {step.name}(") :]
        given = given[given.index("(") + 1 : given.index(")\n{")]
        assert len(given.split(",")) == len(step.arguments)


@pytest.mark.parametrize(("case", "kernels"), [("softmax", 1), ("layer_norm", 3), ("adam", 1)])
def test_how_many_kernels_it_takes(case: str, kernels: int) -> None:
    assert len(steps(case, "processor")) == kernels


if __name__ == "__main__":
    for old in GOLDEN.glob("fused_*"):
        old.unlink()
    for each in CASES:
        for name in TRAITS:
            (GOLDEN / f"fused_{each}_{name}.cl").write_text(text(each, name), encoding="utf-8")
