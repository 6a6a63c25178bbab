"""To and from NumPy, DLPack, pickles, and between dtypes."""

from __future__ import annotations

import pickle
from typing import Any

import ml_dtypes
import numpy as np
import pytest

import plugtorch
from plugtorch.errors import AutogradError, DTypeError

DTYPES = [
    "float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool",
]  # fmt: skip


def numpy_dtype(name: str) -> Any:
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


# ---- NumPy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 2)])
def test_there_and_back(name: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape)).reshape(shape).astype(numpy_dtype(name))
    for made in (plugtorch.from_numpy, plugtorch.tensor, plugtorch.as_tensor, plugtorch.asarray):
        tensor = made(array)
        assert tensor.dtype.name == name
        assert tensor.shape == shape
        for back in (tensor.numpy(), np.asarray(tensor), np.array(tensor)):
            assert back.dtype == array.dtype
            np.testing.assert_array_equal(back, array)


def test_the_numbers_in_a_buffer() -> None:
    held = bytearray(np.arange(5, dtype=np.float32).tobytes())
    x = plugtorch.frombuffer(held, dtype=plugtorch.float32, count=2, offset=8, requires_grad=True)
    assert x.tolist() == [2.0, 3.0]
    assert x.requires_grad
    assert str(x.device) == "cpu"
    held[8:12] = np.float32(7).tobytes()
    assert x.tolist() == [7.0, 3.0]
    assert plugtorch.frombuffer(b"\x80?", dtype=plugtorch.bfloat16).item() == 1.0
    for given in (
        {"buffer": b"abc"},
        {"buffer": b"abcd", "count": 2},
        {"buffer": b""},
        {"buffer": b"abcd", "offset": 9},
        {"buffer": 3},
    ):
        with pytest.raises(ValueError, match=r"\[frombuffer\] needs a buffer with"):
            plugtorch.frombuffer(given.pop("buffer"), dtype=plugtorch.float32, **given)


def test_from_numpy_shares_until_the_tensor_is_written() -> None:
    array = np.zeros(3, np.float32)
    tensor = plugtorch.from_numpy(array)
    array[0] = 5
    assert tensor.tolist() == [5.0, 0.0, 0.0]
    tensor.add_(1)
    tensor[1] = 9
    assert array.tolist() == [5.0, 0.0, 0.0]
    assert tensor.tolist() == [6.0, 9.0, 1.0]


def test_tensor_copies() -> None:
    array = np.zeros(3)
    for made in (plugtorch.tensor(array), plugtorch.tensor(array, dtype=plugtorch.float64)):
        array[0] += 1
        assert made.tolist() == [0.0, 0.0, 0.0] or made.tolist()[0] < array[0]


def test_as_tensor_copies_only_for_another_dtype() -> None:
    array = np.zeros(2, np.float32)
    assert plugtorch.as_tensor(array, dtype=plugtorch.float64).dtype is plugtorch.float64
    tensor = plugtorch.zeros(2)
    assert plugtorch.as_tensor(tensor) is tensor
    assert plugtorch.tensor(tensor) is not tensor
    assert plugtorch.tensor(tensor, requires_grad=True).requires_grad


def test_strided_arrays() -> None:
    array = np.arange(12.0).reshape(3, 4)
    for view in (array.T, array[:, ::2], array[::-1], np.broadcast_to(array[0], (2, 4))):
        tensor = plugtorch.from_numpy(view)
        np.testing.assert_array_equal(tensor.numpy(), view)
        np.testing.assert_array_equal((tensor * 2).sum(0).numpy(), (view * 2).sum(0))


def test_arrays_that_may_not_be_written() -> None:
    array = np.arange(3.0)
    array.flags.writeable = False
    tensor = plugtorch.from_numpy(array)
    tensor.mul_(2)
    assert tensor.tolist() == [0.0, 2.0, 4.0]
    given = plugtorch.from_numpy(array).numpy()
    given[0] = 7.0
    assert array.tolist() == [0.0, 1.0, 2.0]


def test_other_byte_orders_and_dtypes() -> None:
    assert plugtorch.tensor(np.arange(3, dtype=">f4")).tolist() == [0.0, 1.0, 2.0]
    for wrong in (np.array([1j]), np.array(["a"]), np.array([1], np.uint32), np.array([None])):
        with pytest.raises(DTypeError):
            plugtorch.from_numpy(wrong)
    with pytest.raises(DTypeError, match="list"):
        plugtorch.from_numpy([1.0])


def test_what_numpy_gets_may_be_written() -> None:
    x = plugtorch.ones(3)
    array = x.numpy()
    array[0] = 5
    assert x.tolist() == [5.0, 1.0, 1.0]
    copied = np.array(x)
    copied[1] = 7
    assert x.tolist() == [5.0, 1.0, 1.0]
    assert np.asarray(x, dtype=np.int64).tolist() == [5, 1, 1]
    view = plugtorch.arange(4.0)[1:3].numpy()
    assert view.tolist() == [1.0, 2.0]
    number = plugtorch.tensor(3.0).numpy()
    assert number.shape == ()


def test_tensors_with_gradients_are_not_given_away() -> None:
    x = plugtorch.ones(2, requires_grad=True)
    for give in (
        lambda: x.numpy(),
        lambda: np.asarray(x),
        lambda: np.from_dlpack(x),
        lambda: (x * 2).numpy(),
    ):
        with pytest.raises(AutogradError, match="detach"):
            give()
    assert x.numpy(force=True).tolist() == [1.0, 1.0]
    assert x.detach().numpy().tolist() == [1.0, 1.0]


def test_numpy_functions_take_tensors() -> None:
    x = plugtorch.tensor([1.0, 2.0, 3.0])
    assert np.mean(x.numpy()) == 2.0
    np.testing.assert_allclose(np.asarray([x, x]), [[1, 2, 3], [1, 2, 3]])
    assert plugtorch.tensor([x, x]).tolist() == [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]


# ---- DLPack --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in DTYPES if n != "bfloat16"])
def test_dlpack_both_ways(name: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(name)
    tensor = plugtorch.from_dlpack(array)
    assert tensor.dtype.name == name
    np.testing.assert_array_equal(np.from_dlpack(tensor), array)
    assert plugtorch.from_dlpack(tensor).tolist() == tensor.tolist()
    assert tensor.__dlpack_device__()[0] == 1  # the CPU


def test_dlpack_of_a_view() -> None:
    x = plugtorch.arange(6.0).reshape(2, 3)
    assert np.from_dlpack(x.t()).tolist() == [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    assert np.from_dlpack(x[:, 1:]).tolist() == [[1.0, 2.0], [4.0, 5.0]]


# ---- pickles -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DTYPES)
def test_pickle(name: str) -> None:
    x = plugtorch.tensor([[0, 1, 1], [1, 0, 1]], dtype=getattr(plugtorch, name))
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        back = pickle.loads(pickle.dumps(x, protocol))  # noqa: S301 - of our own making
        assert back.dtype is x.dtype
        assert back.tolist() == x.tolist()


def test_pickle_keeps_what_belongs_to_the_tensor() -> None:
    x = plugtorch.ones(2, requires_grad=True)
    x.note = "kept"
    back = pickle.loads(pickle.dumps(x))  # noqa: S301 - of our own making
    assert back.requires_grad
    assert back.is_leaf
    assert back.note == "kept"
    with pytest.raises(AutogradError, match="leaf"):
        pickle.dumps(x * 2)
    part = pickle.loads(pickle.dumps(plugtorch.arange(10)[2:4]))  # noqa: S301 - of our own making
    assert part.tolist() == [2, 3]
    for kind in (plugtorch.float32, plugtorch.bfloat16, plugtorch.bool):
        assert pickle.loads(pickle.dumps(kind)) is kind  # noqa: S301 - of our own making


# ---- between dtypes ------------------------------------------------------------------------------


def test_to_takes_what_pytorch_takes() -> None:
    x = plugtorch.tensor([1.9, -1.9])
    assert x.to(plugtorch.int64).tolist() == [1, -1]
    assert x.to(x.device) is x
    assert x.to(plugtorch.device("cpu"), plugtorch.float64).dtype is plugtorch.float64
    assert x.to(plugtorch.zeros(1, dtype=plugtorch.int8)).dtype is plugtorch.int8
    assert x.to(device="cpu", dtype=plugtorch.float16, non_blocking=True).dtype is plugtorch.float16
    assert x.to(plugtorch.float32) is x
    assert x.to(plugtorch.float32, copy=True) is not x
    with pytest.raises(DTypeError, match=r"3\.5"):
        x.to(3.5)


def test_conversion_is_part_of_the_graph() -> None:
    x = plugtorch.ones(2, requires_grad=True)
    (x.double() * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]
    assert x.grad.dtype is plugtorch.float32
