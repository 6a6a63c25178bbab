"""Strided copies, as put_slice, concatenate and whatever needs contiguous memory ask for them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import (
    Array,
    Launcher,
    disguised,
    numbers,
    numpy_type,
    on_devices,
    view_of,
)

from plugtorch_opencl.render.copying import copy_work

DTYPES = ["float16", "bfloat16", "float32", "float64", "uint8", "int16", "int64", "bool"]


def put(device: Launcher, whole: Array, key: Any, part: Array) -> Array:
    memory = whole.copy().reshape(-1)
    target = memory.reshape(whole.shape)[key]
    part = np.broadcast_to(part, target.shape)
    offset = target.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    work = copy_work(device.traits, view_of(part), view_of(target))
    device.into(work, (part,), memory, offset // memory.itemsize)
    return memory.reshape(whole.shape)


def check(device: Launcher, whole: Array, key: Any, part: Array) -> None:
    want = whole.copy()
    want[key] = part
    got = put(device, whole, key, part)
    assert got.tobytes() == want.tobytes(), (whole.shape, key, part.shape, part.strides)


@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
def test_every_dtype(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(0)
    check(device, numbers(rng, dtype, (5, 70)), np.s_[1:4, 3:60], numbers(rng, dtype, (3, 57)))
    whole = numbers(rng, dtype, (37, 45))
    check(device, whole, np.s_[:], numbers(rng, dtype, (45, 37)).T)
    check(device, whole, np.s_[1:, 2:], np.zeros((), numpy_type(dtype)))


CASES: list[tuple[tuple[int, ...], Any]] = [
    ((), np.s_[...]),
    ((1,), np.s_[:]),
    ((7,), np.s_[::-2]),
    ((3, 1, 5), np.s_[1:, :, ::2]),
    ((2, 3, 4, 5, 6), np.s_[:, 1:, ::2, ::-1, 1:]),
    ((6, 5000), np.s_[::2, 1:]),
    ((9000, 3), np.s_[1:, :2]),
    ((3, 130, 70), np.s_[:, 1:, 2:]),
    ((2, 70, 5, 70), np.s_[:, :, 3:]),
]


@pytest.mark.parametrize(("device", "number"), on_devices(*range(len(CASES))), indirect=["device"])
def test_regions_and_sources_of_all_kinds(device: Launcher, number: int) -> None:
    shape, key = CASES[number]
    rng = np.random.default_rng(number)
    whole = numbers(rng, "float32", shape)
    for _ in range(6):
        check(device, whole, key, disguised(rng, whole[key] + np.float32(1)))


def test_every_permutation(device: Launcher) -> None:
    rng = np.random.default_rng(3)
    for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        x = numbers(rng, "float32", (33, 17, 65)).transpose(order)
        check(device, np.zeros(x.shape, np.float32), np.s_[:], x)
