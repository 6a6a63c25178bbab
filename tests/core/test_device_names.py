"""Which of a backend's devices is meant: by index, by part of a name, by the environment."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

import plugtorch
from plugtorch import registry
from plugtorch.backend import DeviceInfo
from plugtorch.device import open_device
from plugtorch.errors import DeviceError, UnknownNameError
from plugtorch.hookspecs import BackendSpec
from plugtorch_numpy.backend import NumpyBackend


@pytest.fixture
def abacus(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Three devices of which the first cannot be used, so that choosing is tested anywhere."""

    class Abacus(NumpyBackend):
        @classmethod
        def devices(cls) -> Any:
            return (
                DeviceInfo(name="stones", kind="gpu", problem="they are lost"),
                DeviceInfo(name="Beads", kind="gpu", vendor="Wood & Wire", driver="finger 2"),
                DeviceInfo(name="knots", kind="cpu", vendor="Rope", driver="finger 3"),
                DeviceInfo(name="sand", kind="", problem="there is no desert here"),
            )

    monkeypatch.setattr(sys.modules[open_device.__module__], "_opened", {})
    monkeypatch.delenv("PLUGTORCH_ABACUS_DEVICE", raising=False)
    with registry.register(BackendSpec(name="abacus", target="nowhere:at_all"), Abacus):
        yield


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ("abacus", 1),
        ("abacus:1", 1),
        ("abacus:2", 2),
        ("abacus:beads", 1),
        ("abacus:KNOT", 2),
        ("abacus:rope", 2),
        ("abacus:finger", 1),
        ("abacus:finger 3", 2),
        ("abacus:cpu", 2),
    ],
)
def test_a_device_by_index_or_by_part_of_a_name(abacus: None, asked: str, index: int) -> None:
    x = plugtorch.ones(2, device=asked)
    assert x.device == plugtorch.device("abacus", index)
    assert (x + plugtorch.ones(2, device=f"abacus:{index}")).tolist() == [2, 2]


def test_a_number_alone_is_an_index_beside_the_cpu(abacus: None) -> None:
    with plugtorch.device("abacus:beads"):
        for index in (1, 2):
            assert plugtorch.device(index) == plugtorch.device("abacus", index)
            assert plugtorch.zeros(1, device="cpu").to(index).device.index == index
        for wrong in (0, 7, -1):
            with pytest.raises(DeviceError):
                plugtorch.ones(1).to(wrong)
    for no_index in (True, 1.5):
        with pytest.raises(DeviceError, match="needs a name"):
            plugtorch.device(no_index)  # type: ignore[arg-type]
    assert plugtorch.ones(1, dtype=plugtorch.int64).to(plugtorch.float32, True).dtype.itemsize == 4


@pytest.mark.parametrize("value", ["2", "knots", " Rope "])
def test_the_environment_says_which(
    abacus: None, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("PLUGTORCH_ABACUS_DEVICE", value)
    assert plugtorch.ones(1, device="abacus").device.index == 2
    assert plugtorch.ones(1, device="abacus:1").device.index == 1  # what is said in the code wins


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("abacus:0", "abacus:0, stones, cannot be used: they are lost"),
        ("abacus:3", "abacus:3, sand, cannot be used: there is no desert here"),
        ("abacus:4", "there is no device abacus:4: 2 can be used (abacus:1 Beads (finger 2), "),
        ("abacus:Stones", "abacus:Stones, stones, cannot be used: they are lost"),
        ("abacus:pearls", "there is no device abacus:pearls: 2 can be used"),
        ("cpu:abacus", "there is no device cpu:abacus: 1 can be used (cpu:0 "),
    ],
)
def test_a_device_that_is_not_there(abacus: None, asked: str, text: str) -> None:
    with pytest.raises(DeviceError, match=re.escape(text)):
        plugtorch.ones(1, device=asked)


def test_an_environment_that_names_nothing(abacus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUGTORCH_ABACUS_DEVICE", "pearls")
    with pytest.raises(DeviceError, match="abacus with PLUGTORCH_ABACUS_DEVICE=pearls"):
        plugtorch.ones(1, device="abacus")
    monkeypatch.setenv("PLUGTORCH_ABACUS_DEVICE", "0")
    with pytest.raises(DeviceError, match="stones, cannot be used: they are lost"):
        plugtorch.ones(1, device="abacus")


def test_a_backend_that_is_not_there(abacus: None) -> None:
    with pytest.raises(UnknownNameError, match="nonesuch:beads"):
        plugtorch.ones(1, device="nonesuch:beads")
