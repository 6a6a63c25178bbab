"""Where a run has a device of its own, tensors on the CPU follow others there."""

import pytest

import plugtorch
from plugtorch import nn, torch_alias
from plugtorch.device import gather_on
from plugtorch.errors import DeviceError
from plugtorch.hookspecs import BackendSpec


@pytest.fixture
def other():
    """A second device: NumPy's again, under another name."""
    spec = BackendSpec(name="second_cpu", target="plugtorch_numpy.backend:NumpyBackend")
    with plugtorch.registry.register(spec):
        yield "second_cpu"
        gather_on(None)


@pytest.fixture
def gathering(other):
    gather_on(other)
    return other


def from_numpy(*shape):
    import numpy

    return plugtorch.from_numpy(numpy.random.default_rng().standard_normal(shape).astype("float32"))


CALLS = {
    "add": lambda here, there: here + there,
    "radd": lambda here, there: there + here,
    "matmul": lambda here, there: here @ there.T,
    "linear": lambda here, there: nn.functional.linear(here, there),
    "cat": lambda here, there: plugtorch.cat([here, there]),
    "stack": lambda here, there: plugtorch.stack([there, here]),
    "where": lambda here, there: plugtorch.where(here > 0, there, here),
    "lerp": lambda here, there: plugtorch.lerp(there, here, 0.25),
    "loss": lambda here, there: nn.functional.mse_loss(there, here),
    "convolution": lambda here, there: nn.functional.conv1d(here[None], there[:, :, None]),
    "gather": lambda here, there: there.gather(1, (here > 0).long()),
    "masked": lambda here, there: there.masked_fill(here > 0, 0.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_tensors_on_the_cpu_follow(gathering, name):
    call, here, x = CALLS[name], from_numpy(3, 3), from_numpy(3, 3)
    got = call(here, x.to(gathering))
    assert got.device.type == gathering
    assert got.cpu().equal(call(here, x))


@pytest.mark.parametrize("name", CALLS)
def test_not_unless_it_is_said(other, name):
    here = from_numpy(3, 3)
    with pytest.raises(DeviceError, match="different devices: "):
        CALLS[name](here, from_numpy(3, 3).to(other))


def test_gradients_come_back(gathering):
    x, weight = from_numpy(2, 3).requires_grad_(), from_numpy(2, 3).to(gathering).requires_grad_()
    (x * weight).sum().backward()
    assert x.grad.device.type == "cpu"
    assert weight.grad.device.type == gathering
    assert x.grad.equal(weight.detach().cpu())
    assert weight.grad.cpu().equal(x.detach())


def test_what_is_written_stays_where_it_is(gathering):
    x, y = from_numpy(2, 3), from_numpy(2, 3)
    for write in (
        lambda: x.clone().add_(y.to(gathering)),
        lambda: x.clone().mul_(y.to(gathering)),
        lambda: x.clone().copy_(y.to(gathering)),
    ):
        assert write().device.type == "cpu"
    z = x.clone()
    z += y.to(gathering)
    assert z.equal(x + y)
    z[plugtorch.tensor([1, 0])] = y.to(gathering)
    assert z.equal(y.flip(0))
    z = x.to(gathering)
    z *= y
    assert z.device.type == gathering
    assert z.cpu().equal(x * y)


def test_as_tensor_asks_for_the_default_device(other):
    x = from_numpy(2)
    with plugtorch.device(other):
        for data in (x.numpy(), x, x.tolist()):
            assert plugtorch.as_tensor(data).device.type == other
            assert plugtorch.as_tensor(data, device="cpu").device.type == "cpu"
        assert plugtorch.from_numpy(x.numpy()).device.type == "cpu"
    with plugtorch.device("cpu"):
        assert plugtorch.as_tensor(x.to(other)).device.type == "cpu"


def test_others_do_not_follow(gathering):
    spec = BackendSpec(name="third_cpu", target="plugtorch_numpy.backend:NumpyBackend")
    with plugtorch.registry.register(spec):
        third = from_numpy(2).to("third_cpu")
        for elsewhere in (from_numpy(2), from_numpy(2).to(gathering)):
            with pytest.raises(DeviceError, match="different devices"):
                elsewhere + third


def test_installing_with_a_device(other):
    import sys

    if "torch" in sys.modules:
        pytest.skip("PyTorch itself is imported in this process")
    torch_alias.install(device=other)
    try:
        assert plugtorch.ones(1).device.type == other
        assert plugtorch.cuda.is_available()
        assert (from_numpy(2) + plugtorch.ones(2)).device.type == other
        torch_alias.install()  # again, as a script may: the device stays
        assert plugtorch.ones(1).device.type == other
    finally:
        torch_alias.uninstall()
    assert not plugtorch.cuda.is_available()
    assert plugtorch.ones(1).device.type == "cpu"
    with pytest.raises(DeviceError):
        from_numpy(2) + plugtorch.ones(2, device=other)
