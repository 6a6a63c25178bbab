"""The text of typical convolution kernels, kept for review in ``golden/``; no driver is needed.

After a wanted change, ``python tests/opencl/test_convolution_text.py`` writes them anew.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from plugtorch_opencl.render import convolution
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import View, Work

GOLDEN = Path(__file__).parent / "golden"
PROCESSOR = Traits(
    "a processor", "a vendor", "a driver", "cpu", units=2, local_memory=1 << 18, vector=8
)
GPU = Traits("a card", "a vendor", "a driver", "gpu", units=32, local_memory=1 << 15)
ONE = {"stride": (1, 1), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
TWO = {**ONE, "stride": (2, 2)}


def work(
    traits: Traits, name: str, shapes: list[tuple[int, ...]], dtype: str = "float32", **options: Any
) -> Work:
    *operands, result = (View(dtype, shape, contiguous(shape)) for shape in shapes)
    return convolution.work(traits, name, tuple(operands), result, **options)


def forward(traits: Traits, batch: int, channels: int, filters: int, side: int) -> Work:
    shapes = [(batch, channels, side, side), (filters, channels, 3, 3), (filters,)]
    return work(traits, "convolution", [*shapes, (batch, filters, side, side)], **ONE)


CASES: dict[str, Work] = {
    "forward": forward(PROCESSOR, 8, 64, 64, 28),
    "few_filters": forward(PROCESSOR, 64, 1, 6, 28),
    "depthwise_weight": work(
        PROCESSOR,
        "convolution_weight",
        [(8, 32, 28, 28), (8, 32, 28, 28), (32, 1, 3, 3)],
        kernel=(3, 3),
        **{**ONE, "groups": 32},
    ),
    "gpu": forward(GPU, 16, 64, 64, 56),
    "gpu_weight": work(
        GPU,
        "convolution_weight",
        [(8, 3, 32, 32), (8, 16, 16, 16), (16, 3, 3, 3)],
        "bfloat16",
        kernel=(3, 3),
        **TWO,
    ),
}


def texts(name: str) -> dict[Path, str]:
    return {
        GOLDEN / f"convolution_{name}_{launch.name}.cl": launch.text
        for launch in CASES[name].launches
        if not launch.name.startswith(("pack_", "product_"))  # matrix products have these too
    }


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    for path, text in texts(name).items():
        assert path.exists(), f"{path.name} is missing"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} changed"


def test_no_golden_text_is_left_over() -> None:
    wanted = {path for name in CASES for path in texts(name)}
    assert set(GOLDEN.glob("convolution_*")) == wanted


def test_one_text_serves_many_shapes() -> None:
    """Sizes, strides and the number of images are arguments."""
    works = [forward(PROCESSOR, n, c, 64, side) for n, c, side in ((8, 64, 28), (32, 128, 20))]
    assert len({tuple(launch.text for launch in one.launches) for one in works}) == 1


def test_each_remainder_by_the_stride_has_its_own_taps() -> None:
    shapes = [(2, 8, 8, 8), (8, 4, 3, 3), (2, 4, 16, 16)]
    launches = work(PROCESSOR, "convolution_input", shapes, size=(16, 16), **TWO).launches
    products = [launch for launch in launches if launch.name.startswith("convolution_")]
    given = products[0].text.split("void convolution_")[1].split("(", 1)[1].split(")\n{")[0]
    names = [line.split()[-1].strip("*") for line in given.split(",")]
    taps = [launch.arguments[names.index("inner")].value for launch in products]
    assert sorted(taps) == [8, 16, 16, 32]  # 8 filters, times 1, 2, 2 and 4 taps of 9
    assert len({launch.text for launch in products}) == 1


if __name__ == "__main__":
    for old in GOLDEN.glob("convolution_*"):
        old.unlink()
    for case in CASES:
        for path, text in texts(case).items():
            path.write_text(text, encoding="utf-8")
