"""detect_anomaly stops at the first derivative that is NaN and names its operation."""

import pytest

import plugtorch
from plugtorch.autograd import Function, detect_anomaly, set_detect_anomaly
from plugtorch.errors import AutogradError


def bad():
    x = plugtorch.zeros(3, requires_grad=True)
    return x, ((x * 2).sqrt() * 0).sum()


def test_the_operation_is_named():
    _, loss = bad()
    with detect_anomaly():
        assert plugtorch.is_anomaly_enabled()
        with pytest.raises(AutogradError, match=r"SqrtBackward .*\(3,\)"):
            loss.backward()
    assert not plugtorch.is_anomaly_enabled()
    x, loss = bad()
    loss.backward()
    assert bool(x.grad.isnan().all())


class Broken(Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * float("nan")


def test_a_function_of_ones_own():
    with detect_anomaly(), pytest.raises(AutogradError, match="Broken"):
        Broken.apply(plugtorch.ones(2, requires_grad=True)).sum().backward()


def test_switching_on_for_good_and_for_a_while():
    set_detect_anomaly(True)
    try:
        with pytest.raises(AutogradError):
            bad()[1].backward()
        with set_detect_anomaly(False):
            bad()[1].backward()
        with set_detect_anomaly(True, check_nan=False):
            bad()[1].backward()
            assert not plugtorch.is_anomaly_check_nan_enabled()
        assert plugtorch.is_anomaly_enabled()
    finally:
        set_detect_anomaly(False)


def test_good_gradients_are_as_ever():
    x = plugtorch.ones(2, requires_grad=True)
    with detect_anomaly():
        (slope,) = plugtorch.autograd.grad((x**3).sum(), x, create_graph=True)
        slope.sum().backward()
    assert x.grad.tolist() == [6, 6]
