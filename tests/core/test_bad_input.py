"""What users get wrong, and that each mistake has a message to act on, of the type they expect."""

from __future__ import annotations

import pytest

import plugtorch
from plugtorch import errors, nn, optim

MATRIX = plugtorch.ones(2, 3)
LEAF = plugtorch.ones(3, requires_grad=True)


def used_up():
    loss = (LEAF * LEAF).sum()
    loss.backward()
    loss.backward()


def read_truncated(folder):
    plugtorch.save(nn.Linear(2, 2).state_dict(), folder / "model.safetensors")
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "half.safetensors").write_bytes(whole[: len(whole) // 2])
    plugtorch.load(folder / "half.safetensors")


def read_pickle(folder):
    import pickle

    class Trap:
        def __reduce__(self):
            return (folder / "sprung").touch, ()

    (folder / "model.pt").write_bytes(pickle.dumps(Trap()))
    try:
        plugtorch.load(folder / "model.pt")
    finally:
        assert not (folder / "sprung").exists()


def load_other_model(folder):
    plugtorch.save(nn.Linear(4, 2).state_dict(), folder / "model.safetensors")
    nn.Linear(3, 2).load_state_dict(plugtorch.load(folder / "model.safetensors"))


MISTAKES = {
    # name: (what is done, the type of error, also of the builtin type, words of the message)
    "broadcast": (
        lambda: MATRIX + plugtorch.ones(4),
        errors.ShapeError,
        RuntimeError,
        "(2, 3) with (4,)",
    ),
    "matmul": (lambda: MATRIX @ MATRIX, errors.ShapeError, RuntimeError, "3 and 2 differ"),
    "reshape": (lambda: MATRIX.reshape(4, 2), errors.ShapeError, RuntimeError, "6 elements"),
    "cat": (
        lambda: plugtorch.cat([MATRIX, plugtorch.ones(2, 4, 1)]),
        errors.ShapeError,
        RuntimeError,
        "(2, 4, 1)",
    ),
    "layer": (lambda: nn.Linear(4, 1)(MATRIX), errors.ShapeError, RuntimeError, "(2, 3)"),
    "index": (lambda: MATRIX[2], errors.IndexRangeError, IndexError, "size 2"),
    "axis": (lambda: MATRIX.sum(2), errors.IndexRangeError, IndexError, "2 axes"),
    "lists": (
        lambda: plugtorch.tensor([[1], [1, 2]]),
        errors.ShapeError,
        ValueError,
        "unequal lengths",
    ),
    "dtype": (lambda: MATRIX @ MATRIX.T.long(), errors.DTypeError, RuntimeError, "int64"),
    "mean": (lambda: plugtorch.arange(3).mean(), errors.DTypeError, RuntimeError, "int64"),
    "in place": (lambda: plugtorch.arange(3).add_(0.5), errors.DTypeError, RuntimeError, "float32"),
    "device": (
        lambda: plugtorch.ones(1, device="abacus"),
        errors.UnknownNameError,
        ValueError,
        "abacus",
    ),
    "device number": (
        lambda: plugtorch.ones(1, device="cpu:7"),
        errors.DeviceError,
        RuntimeError,
        "cpu:7",
    ),
    "non-scalar": (lambda: (LEAF * 2).backward(), errors.AutogradError, RuntimeError, "(3,)"),
    "no graph": (
        lambda: MATRIX.sum().backward(),
        errors.AutogradError,
        RuntimeError,
        "require grad",
    ),
    "twice": (used_up, errors.AutogradError, RuntimeError, "retain_graph"),
    "leaf": (lambda: LEAF.add_(1), errors.AutogradError, RuntimeError, "no_grad"),
    "numpy": (lambda: LEAF.numpy(), errors.AutogradError, RuntimeError, "detach"),
    "loss shapes": (
        lambda: nn.BCELoss()(plugtorch.full((2, 1), 0.5), plugtorch.ones(2)),
        errors.ShapeError,
        ValueError,
        "(2, 1)",
    ),
    "class": (
        lambda: nn.CrossEntropyLoss()(MATRIX, plugtorch.tensor([0, 3])),
        errors.IndexRangeError,
        IndexError,
        "3 classes",
    ),
    "learning rate": (
        lambda: optim.SGD([LEAF], lr=-1.0),
        errors.ArgumentError,
        ValueError,
        "lr is -1.0",
    ),
    "no parameters": (lambda: optim.Adam([]), errors.ArgumentError, ValueError, "empty"),
    "no tensor": (lambda: optim.Adam([3.0]), TypeError, TypeError, "float"),
    "option": (lambda: optim.Adam([LEAF], beta=0.9), TypeError, TypeError, "betas"),
    "loss name": (
        lambda: plugtorch.losses.create("cross_entropi"),
        errors.UnknownNameError,
        ValueError,
        "cross_entropy",
    ),
    "optimizer name": (
        lambda: plugtorch.optimizers.create("adma", [LEAF]),
        errors.UnknownNameError,
        ValueError,
        "adam",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_own_clear_error(name):
    do, kind, builtin, words = MISTAKES[name]
    with pytest.raises(kind) as caught:
        do()
    assert isinstance(caught.value, builtin)
    assert words in str(caught.value)
    assert str(caught.value).startswith("[")
    LEAF.grad = None


@pytest.mark.parametrize(
    ("do", "kind", "words"),
    [
        (read_truncated, errors.CheckpointError, "half.safetensors"),
        (read_pickle, errors.CheckpointError, "getattr"),
        (load_other_model, errors.StateError, "weight"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_bad_file_has_its_own_clear_error(do, kind, words, tmp_path):
    with pytest.raises(kind) as caught:
        do(tmp_path)
    assert words in str(caught.value)


def test_where_pytorch_broadcasts_a_loss_a_warning_names_both_shapes():
    with pytest.warns(UserWarning, match=r"\(2, 1\).*\(2,\)"):
        nn.MSELoss()(plugtorch.zeros(2, 1), plugtorch.ones(2))
