"""The text of typical product kernels, kept for review in ``golden/``; no driver is needed.

After a wanted change, ``python tests/opencl/test_matmul_text.py`` writes them anew. A text may be
long: tiles are unrolled, because a processor keeps only named variables in its registers.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plugtorch_opencl.render import matmul
from plugtorch_opencl.render.matmul import ColumnBias, Launch, Operand, Plan, Sizes
from plugtorch_opencl.traits import Traits

GOLDEN = Path(__file__).parent / "golden"
PROCESSOR = Traits(
    "a processor", "a vendor", "a driver", "cpu", units=2, local_memory=1 << 18, vector=16
)
GPU = Traits("a card", "a vendor", "a driver", "gpu", units=32, local_memory=1 << 15)


def rows(stride: int, *batch: int, aligned: bool = False) -> Operand:
    return Operand("rows", stride, batch, aligned)


def columns(stride: int, *batch: int, aligned: bool = False) -> Operand:
    return Operand("columns", stride, batch, aligned)


CASES: dict[str, tuple[Traits, Plan]] = {
    "linear": (  # as in a network: weight by columns, bias, relu
        PROCESSOR,
        matmul.plan(
            PROCESSOR,
            "float32",
            rows(784),
            columns(784),
            Sizes(128, 512, 784),
            ColumnBias("float32", relu=True),
        ),
    ),
    "weight_gradient": (
        PROCESSOR,
        matmul.plan(PROCESSOR, "float32", columns(300), rows(100), Sizes(300, 100, 128)),
    ),
    "one_row": (
        PROCESSOR,
        matmul.plan(PROCESSOR, "float32", rows(500), rows(70), Sizes(1, 70, 500)),
    ),
    "one_row_turned": (
        PROCESSOR,
        matmul.plan(PROCESSOR, "bfloat16", rows(500), columns(500), Sizes(1, 70, 500)),
    ),
    "packed": (
        PROCESSOR,
        matmul.plan(PROCESSOR, "float32", columns(2048), columns(2048), Sizes(2048, 2048, 2048)),
    ),
    "attention": (
        GPU,
        matmul.plan(
            GPU,
            "float32",
            rows(64, 65536, 8192, aligned=True),
            columns(64, 0, 8192, aligned=True),
            Sizes(128, 128, 64, (4, 8)),
        ),
    ),
    "split": (
        GPU,
        matmul.plan(
            GPU, "float16", columns(33), rows(21), Sizes(33, 21, 5001), ColumnBias("float16")
        ),
    ),
}


def launches(plan: Plan) -> list[Launch]:
    return [step for step in (plan.pack_x, plan.pack_y, plan.product, plan.sum) if step is not None]


def texts(name: str) -> dict[Path, str]:
    traits, plan = CASES[name]
    return {
        GOLDEN / f"matmul_{name}_{launch.kernel.name}.cl": matmul.render(launch.kernel, traits)
        for launch in launches(plan)
    }


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    for path, text in texts(name).items():
        assert path.exists(), f"{path.name} is missing"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} changed"


def test_no_golden_text_is_left_over() -> None:
    wanted = {path for name in CASES for path in texts(name)}
    assert set(GOLDEN.glob("matmul_*")) == wanted


def test_one_text_serves_many_shapes() -> None:
    """Sizes, strides and batch sizes are arguments."""
    kernels = {
        matmul.plan(
            PROCESSOR, "float32", rows(inner), columns(inner), Sizes(120, width, inner)
        ).product.kernel
        for inner in (500, 600, 700)
        for width in (250, 256, 320)
    }
    assert len(kernels) == 1


def test_arguments_are_those_of_the_text() -> None:
    for name, (_, plan) in CASES.items():
        for launch, text in zip(launches(plan), texts(name).values(), strict=True):
            given = text[text.index("\nvoid " + launch.kernel.name) :]
            given = given[given.index("(") + 1 : given.index(")\n{")]
            names = [line.split()[-1].strip("*") for line in given.split(",")]
            assert names[: len(matmul.arguments(launch.kernel))] == matmul.arguments(launch.kernel)
            missing = set(matmul.numbers(launch.kernel)) - set(launch.sizes)
            assert all(word.endswith("_offset") for word in missing)


def test_a_plan_is_a_function_of_shape_and_device() -> None:
    again = matmul.plan(PROCESSOR, "float32", rows(500), rows(70), Sizes(1, 70, 500))
    assert again == CASES["one_row"][1]
    more_units = replace(PROCESSOR, units=64)
    split = matmul.plan(more_units, "float32", rows(9000), rows(70), Sizes(1, 70, 9000))
    assert split.sum is not None
    assert split.sums == 70 * split.sum.sizes["splits"]


if __name__ == "__main__":
    for old in GOLDEN.glob("matmul_*"):
        old.unlink()
    for case in CASES:
        for path, text in texts(case).items():
            path.write_text(text, encoding="utf-8")
