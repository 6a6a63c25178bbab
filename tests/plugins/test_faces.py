"""``plugtorch.losses`` and ``plugtorch.optimizers``: by name, for plugtorch's own and anybody's."""

import pytest

import plugtorch
from plugtorch import losses, optimizers, registry
from plugtorch.errors import UnknownNameError

LOSS = """
    import plugtorch

    class Quartic(plugtorch.Loss):
        "e^4, with e = input - target."
        def __init__(self, scale=1.0, **options):
            super().__init__(**options)
            self.scale = scale

        def elementwise(self, input, target):
            return self.scale * (input - target) ** 4
"""
OPTIMIZER = """
    import plugtorch

    class Sign(plugtorch.Optimizer):
        "p = p - lr sign(g)."
        defaults = {"lr": 0.5}

        def update(self, parameter, gradient, state, group):
            return parameter - group["lr"] * gradient.sign(), state
"""


@pytest.fixture
def theirs(site):
    """Somebody's loss and optimizer, seen by the registry that everything uses."""
    site.offer("plugtorch-a", record="name='quartic', target='quartic_target:Quartic'")
    record = "name='sign', target='sign_target:Sign', summary='By signs.', reference='a paper'"
    site.offer("plugtorch-b", kind="optimizer", record=record)
    site.install("modules", {}, quartic_target=LOSS, sign_target=OPTIMIZER)
    registry.refresh()
    yield
    registry.refresh()


@pytest.mark.parametrize("name", losses.names())
def test_every_loss_of_ours_is_described(name):
    about = losses.describe(name)
    assert about["kind"] == "loss"
    assert about["distribution"] == "plugtorch"
    assert about["summary"]
    assert about["doc"]
    assert about["options"]["reduction"] == "mean"
    assert about["required"] == []
    assert isinstance(losses.create(name), losses.get(name))
    assert isinstance(losses.create(name.upper(), reduction="sum"), plugtorch.Loss)
    with pytest.raises(TypeError, match=r"has no option 'reductoin'\. Did you mean 'reduction'\?"):
        losses.create(name, reductoin="sum")


@pytest.mark.parametrize("name", optimizers.names())
def test_every_optimizer_of_ours_is_described(name):
    about = optimizers.describe(name)
    assert about["kind"] == "optimizer"
    assert about["distribution"] == "plugtorch"
    assert about["summary"]
    assert about["doc"]
    assert about["options"]["lr"] > 0
    assert about["required"] == []
    parameter = plugtorch.ones(2, 2, requires_grad=True)
    made = optimizers.create(name, [parameter], lr=0.25)
    assert isinstance(made, optimizers.get(name))
    assert made.param_groups[0]["lr"] == 0.25
    with pytest.raises(TypeError, match=r"has no option 'lrr'\. Did you mean 'lr'\?"):
        optimizers.create(name, [parameter], lrr=1)


def test_unknown_names():
    with pytest.raises(UnknownNameError, match=r"Did you mean 'cross_entropy' or"):
        losses.create("crossentropy")
    with pytest.raises(UnknownNameError, match="There is an optimizer of that name"):
        losses.get("sgd")
    with pytest.raises(UnknownNameError, match=r"Did you mean 'adam'"):
        optimizers.create("adamm", [plugtorch.ones(1)])


def test_somebody_elses_train_together(theirs):
    assert "quartic" in losses.names()
    assert losses.describe("quartic")["options"] == {
        "reduction": "mean",
        "weight": None,
        "size_average": None,
        "reduce": None,
        "scale": 1.0,
    }
    about = optimizers.describe("plugtorch-b:sign")
    assert (about["summary"], about["reference"]) == ("By signs.", "a paper")
    point = plugtorch.tensor([3.0, -2.0], requires_grad=True)
    loss = losses.create("quartic", scale=0.5, reduction="sum")
    optimizer = optimizers.create("sign", [point])
    for _ in range(4):
        optimizer.zero_grad()
        loss(point, plugtorch.zeros(2)).backward()
        optimizer.step()
    assert point.tolist() == [1.0, 0.0]


def test_a_device_by_its_qualified_name(site):
    site.offer("plugtorch-c", kind="backend", record="name='cpu'")
    registry.refresh()
    with pytest.warns(plugtorch.errors.PluginWarning, match="the backend 'cpu' is built in"):
        registry.plugins()
    there = plugtorch.ones(2, device="plugtorch-c:cpu:0")
    assert there.device.type == "plugtorch-c:cpu"
    assert plugtorch.ones(2).device == plugtorch.device("cpu") != there.device
    assert plugtorch.device(str(there.device)) == there.device
    registry.refresh()


@pytest.mark.parametrize("name", ["", ":", "cpu:", ":0", "opencl:0:1", "a:b:c:d", "0"])
def test_what_is_no_device_name(name):
    with pytest.raises(plugtorch.errors.DeviceError, match="cannot read"):
        plugtorch.device(name)
