"""CTC and the adaptive softmax against PyTorch's.

PyTorch's gradient to log_probs takes for granted that they come from log_softmax, so it is compared
behind one. There it has no second derivative; the contract kit compares that with differences.
"""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import copy_state, same, same_error, to_plugtorch, to_torch
from loss_cases import DTYPES, REDUCTIONS, draw, grid

import plugtorch
from plugtorch import losses
from plugtorch.nn import functional as F

LONG, SHORT = numpy.array([9, 9, 9, 9]), numpy.array([9, 7, 4, 3])
PADDED = numpy.array([[1, 1, 2, 3], [3, 3, 3, 1], [2, 4, 4, 4], [4, 2, 1, 4]])
COUNTS = numpy.array([4, 3, 1, 2])  # of 3 3 3 are five frames the least
JOINED = numpy.concatenate([row[:n] for row, n in zip(PADDED, COUNTS)])
ZEROS = numpy.array([4, 0, 1, 0])


def ours(x: Any, *rest: Any, **options: Any) -> Any:
    return F.ctc_loss(plugtorch.log_softmax(x, -1), *rest, **options)


def theirs(x: Any, *rest: Any, **options: Any) -> Any:
    return torch.nn.functional.ctc_loss(x.log_softmax(-1), *rest, **options)


def both(inputs: list[Any], tolerances: Any = None, **options: Any) -> None:
    same(
        lambda *a: ours(*a, **options), lambda *a: theirs(*a, **options), inputs,
        second=False, tolerances=tolerances,
    )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", grid(blank=[0, 5], zero_infinity=[False, True]), ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_ctc(reduction: str, options: dict[str, Any], dtype: str) -> None:
    x = draw(9, 4, 6, dtype=dtype)
    for targets, counts in ((PADDED, COUNTS), (JOINED, COUNTS), (PADDED, ZEROS)):
        for heard in (LONG, SHORT):
            both([x, targets, heard, counts], reduction=reduction, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("zero_infinity", [False, True])
@pytest.mark.parametrize("heard", [[9, 4, 0, 0], [3, 1, 1, 2], [0, 0, 0, 0]])
def test_ctc_with_too_few_frames(reduction: str, zero_infinity: bool, heard: list[int]) -> None:
    """Infinite losses, and their gradients: NaN, or 0 with zero_infinity."""
    for counts in (COUNTS, ZEROS):
        inputs = [draw(9, 4, 6), PADDED, numpy.array(heard), counts]
        both(inputs, reduction=reduction, zero_infinity=zero_infinity)


def test_ctc_of_a_long_sequence() -> None:
    """Probabilities of e^-2000 and less, and logits of 1e3."""
    random = numpy.random.default_rng(3)
    targets, counts = random.integers(1, 20, (3, 60)), numpy.array([60, 31, 1])
    rest = [targets, numpy.array([300, 300, 177]), counts]
    # 300 roundings of numbers about 1000, and of 1e6, add up
    wide = {"float32": (1e-3, 1e-4), "float64": (1e-6, 1e-6)}
    both([draw(300, 3, 20, dtype="float32"), *rest], wide, reduction="none")
    for size in (1, 300, 1e4):
        both([draw(300, 3, 20) * size, *rest], wide, reduction="none")


def test_ctc_without_a_batch_and_with_lists() -> None:
    x = draw(9, 6)
    for lengths in ([numpy.array(7), numpy.array(3)], [numpy.array([7]), numpy.array([3])]):
        both([x, PADDED[0, :3], *lengths], reduction="none")
    both([x, PADDED[0, :3], (7,), (3,)], reduction="mean")
    both([draw(9, 4, 6), PADDED, tuple(SHORT.tolist()), tuple(COUNTS.tolist())])
    both([draw(9, 4, 6), JOINED.astype("int32"), SHORT, COUNTS])


def test_ctc_gradient_to_anything() -> None:
    """PyTorch adds e^log_probs, which log_softmax takes away again."""
    x = numpy.log(numpy.random.default_rng(1).dirichlet(numpy.ones(6), (9, 4)))
    a, b = to_plugtorch(x, requires_grad=True), to_torch(x, requires_grad=True)
    rest = PADDED, SHORT, COUNTS
    F.ctc_loss(a, *map(to_plugtorch, rest), reduction="sum").backward()
    torch.nn.functional.ctc_loss(b, *map(to_torch, rest), reduction="sum").backward()
    heard = (numpy.arange(9)[:, None] < SHORT)[..., None]
    numpy.testing.assert_allclose(a.grad.numpy(), b.grad.numpy() - numpy.exp(x) * heard, atol=1e-9)


def test_ctc_of_classes_that_are_masked_out() -> None:
    """PyTorch's gradient is NaN there."""
    x = draw(9, 4, 6)
    x[2, :, 5] = x[3, :, 0] = -numpy.inf
    same(ours, theirs, [x, PADDED, LONG, COUNTS], grad=False)
    log_probs = plugtorch.log_softmax(to_plugtorch(x), -1).detach().requires_grad_()
    loss = F.ctc_loss(log_probs, *map(to_plugtorch, (PADDED, LONG, COUNTS)))
    loss.backward()
    assert numpy.isfinite(loss.item())
    assert numpy.isfinite(log_probs.grad.numpy()).all()


def test_ctc_in_half_precision() -> None:
    rest = [to_plugtorch(a) for a in (PADDED, SHORT, COUNTS)]
    needed = ours(to_plugtorch(draw(9, 4, 6)), *rest).item()
    for kind in (plugtorch.float16, plugtorch.bfloat16):
        loss = ours(to_plugtorch(draw(9, 4, 6)).to(kind), *rest)
        assert loss.dtype is kind
        assert loss.item() == pytest.approx(needed, rel=2e-2)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        ({0: numpy.zeros(6)}, {}),
        ({0: numpy.zeros((1, 9, 4, 6))}, {}),
        ({0: numpy.zeros((9, 0, 6))}, {}),
        ({0: numpy.zeros((0, 4, 6))}, {}),
        ({1: PADDED[:3]}, {}),
        ({1: PADDED[:, :3]}, {}),
        ({1: JOINED[:-1]}, {}),
        ({1: numpy.append(JOINED, 1)}, {}),
        ({2: SHORT + 1}, {}),
        ({2: SHORT - 4}, {}),
        ({2: SHORT[:3]}, {}),
        ({2: SHORT.astype("float64")}, {}),
        ({3: COUNTS[:3]}, {}),
        ({3: -COUNTS}, {}),
        ({}, {"blank": 6}),
        ({}, {"blank": -1}),
        ({}, {"reduction": "x"}),
    ],
)
def test_ctc_errors(change: dict[int, Any], options: dict[str, Any]) -> None:
    inputs = [draw(9, 4, 6), PADDED, SHORT, COUNTS]
    for place, value in change.items():
        inputs[place] = value
    error = same_error(
        lambda *a: F.ctc_loss(*a, **options),
        lambda *a: torch.nn.functional.ctc_loss(*a, **options),
        inputs,
    )
    assert str(error).startswith("[CTCLoss] ")


@pytest.mark.parametrize("wrong", [6, -1])
def test_ctc_with_a_class_that_there_is_not(wrong: int) -> None:
    """PyTorch reads other memory for it. Behind a row's end anything may be."""
    targets = numpy.where(PADDED == 3, wrong, PADDED)
    rest = [to_plugtorch(SHORT), to_plugtorch(COUNTS)]
    with pytest.raises(plugtorch.errors.IndexRangeError, match=f"a target is {wrong}"):
        losses.create("ctc")(to_plugtorch(draw(9, 4, 6)), to_plugtorch(targets), *rest)
    behind = numpy.where(numpy.arange(4) < COUNTS[:, None], PADDED, wrong)
    both([draw(9, 4, 6), behind, SHORT, COUNTS])


# ---- the adaptive softmax ------------------------------------------------------------------------

CUTS = grid(cutoffs=[[2], [2, 5], [1, 4, 11]], div_value=[2.5, 1.5], head_bias=[False, True])


def pair(dtype: str = "float64", **options: Any) -> tuple[Any, Any]:
    a = plugtorch.nn.AdaptiveLogSoftmaxWithLoss(
        16, 12, dtype=getattr(plugtorch, dtype), **options
    )  # fmt: skip
    b = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 12, dtype=getattr(torch, dtype), **options)
    copy_state(a, b)
    assert repr(a) == repr(b)
    return a, b


@pytest.mark.parametrize("options", CUTS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_adaptive_softmax(options: dict[str, Any], dtype: str) -> None:
    a, b = pair(dtype, **options)
    leaves = [*a.parameters()], [*b.parameters()]
    every = [draw(12, 16, dtype=dtype), numpy.arange(12)[::-1].copy()]
    for x, target in (every, [draw(3, 16, dtype=dtype), numpy.array([0, 0, 11])],
                      [draw(16, dtype=dtype), numpy.array(11)], [draw(16), numpy.array(0)],
                      [draw(2, 16, dtype=dtype), numpy.array([1, 11], "int32")]):  # fmt: skip
        inputs = [x.astype(dtype), target]
        same(lambda *x: tuple(a(*x)), lambda *x: tuple(b(*x)), inputs, leaves=leaves)
    same(a.log_prob, b.log_prob, every[:1], leaves=leaves)
    for seed in range(3):
        same(a.predict, b.predict, [draw(12, 16, dtype=dtype, seed=seed) * 3], grad=False)
    nobody = [draw(0, 16, dtype=dtype), numpy.zeros(0, "int64")]
    same(lambda *x: tuple(a(*x)), lambda *x: tuple(b(*x)), nobody, grad=False)


def test_adaptive_softmax_is_a_distribution() -> None:
    a, _ = pair(cutoffs=[2, 5])
    x = to_plugtorch(draw(7, 16) * 100)
    numpy.testing.assert_allclose(a.log_prob(x).exp().sum(1).detach().numpy(), 1)
    for c in range(12):
        target = plugtorch.full((7,), c)
        expected = a.log_prob(x)[:, c].detach().numpy()
        numpy.testing.assert_allclose(a(x, target).output.detach().numpy(), expected)
    before = a.head.weight.detach().clone()
    a.reset_parameters()
    assert (a.head.weight != before).any()


@pytest.mark.parametrize("cutoffs", [[5, 2], [0, 5], [5, 5], [2, 12], [], [2.5], [-1]])
def test_cutoffs_that_are_refused(cutoffs: list[Any]) -> None:
    same_error(
        lambda: plugtorch.nn.AdaptiveLogSoftmaxWithLoss(16, 12, cutoffs),
        lambda: torch.nn.AdaptiveLogSoftmaxWithLoss(16, 12, cutoffs),
    )


@pytest.mark.parametrize(
    ("input", "target"),
    [
        ((3, 16), numpy.array([0, 3, 12])),
        ((3, 16), numpy.array([0, 3, -1])),
        ((3, 16), numpy.array([0.0, 3.0, 1.0])),
        ((3, 16), numpy.array([0, 3])),
        ((3, 16), numpy.array([[0, 3, 1]])),
        ((16,), numpy.array([3])),
        ((3, 16), numpy.array(3)),
        ((3, 15), numpy.array([0, 3, 1])),
    ],
)
def test_adaptive_softmax_errors(input: tuple[int, ...], target: Any) -> None:
    a, b = pair(cutoffs=[2, 5])
    same_error(a, b, [numpy.zeros(input), target])
