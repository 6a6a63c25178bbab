"""The kits can fail: each fault is caught, by the check that is there for it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import broken_backends
import broken_losses
import broken_optimizers
import pytest

import plugtorch
from plugtorch import BackendSpec, Loss, LossSpec, Optimizer, OptimizerSpec, registry
from plugtorch.backend import Backend
from plugtorch.device import open_device
from plugtorch.hookspecs import Spec
from plugtorch.primitive import PRIMITIVES, Primitive
from plugtorch.testing import (
    ContractError,
    Subject,
    check_backend,
    check_loss,
    check_optimizer,
    checks,
)
from plugtorch.testing.run import run

numbers = count()


@pytest.fixture
def offered() -> Iterator[Any]:
    """Offers something under a name that no test had before, and takes it back at the end."""
    taken = []

    def offer(spec: type[Spec], target: Any) -> str:
        name = f"mutant{next(numbers)}"
        taken.append(registry.register(spec(name=name, target="tests:mutant"), target))
        return name

    yield offer
    for registration in taken:
        registration.__exit__()


def failing(subject: Subject, *ids: str) -> dict[str, Exception]:
    """What the checks with these ids find."""
    wanted = [check for check in checks(subject) if check.id in ids]
    assert {check.id for check in wanted} == set(ids), "there are no such checks"
    try:
        run(subject, wanted)
    except ContractError as error:
        return error.failures
    return {}


# -- losses ----------------------------------------------------------------------------------------


def test_the_loss_that_the_broken_ones_are_made_from_is_right(offered: Any) -> None:
    assert not check_loss(offered(LossSpec, broken_losses.Squared)).failures


@pytest.mark.parametrize("target", broken_losses.BROKEN, ids=lambda t: t.__name__)
def test_a_broken_loss_is_caught(offered: Any, target: type[Loss]) -> None:
    with pytest.raises(ContractError) as caught:
        check_loss(offered(LossSpec, target))
    expected = broken_losses.BROKEN[target]
    assert expected <= set(caught.value.failures)
    for name in expected:
        assert f"\n  {name}: " in str(caught.value)


# -- optimizers ------------------------------------------------------------------------------------


def test_the_optimizers_that_the_broken_ones_are_made_from_are_right(offered: Any) -> None:
    assert not check_optimizer(offered(OptimizerSpec, broken_optimizers.Momentum)).failures
    assert not check_optimizer(offered(OptimizerSpec, broken_optimizers._Step)).failures


@pytest.mark.parametrize("target", broken_optimizers.BROKEN, ids=lambda t: t.__name__)
def test_a_broken_optimizer_is_caught(offered: Any, target: type[Optimizer]) -> None:
    subject = Subject("optimizer", offered(OptimizerSpec, target))
    expected = broken_optimizers.BROKEN[target]
    assert set(failing(subject, *expected)) == expected


def test_a_broken_optimizer_is_reported_whole(offered: Any) -> None:
    with pytest.raises(ContractError, match=r"learning_rate: with the learning rate set to 0"):
        check_optimizer(offered(OptimizerSpec, broken_optimizers.IgnoresRate))


# -- backends --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", broken_backends.BROKEN)
def test_a_broken_backend_is_caught(offered: Any, fault: str) -> None:
    target, expected = broken_backends.BROKEN[fault]
    subject = Subject("backend", offered(BackendSpec, target))
    assert set(failing(subject, *expected)) == expected


def test_a_broken_backend_is_reported_whole(offered: Any) -> None:
    target, _ = broken_backends.BROKEN["floor cuts"]
    with pytest.raises(ContractError) as caught:
        check_backend(offered(BackendSpec, target))
    assert set(caught.value.failures) <= {
        "values-floor",
        "views-floor",
        "extremes-floor",
        "gradient-remainder",
    }
    assert "values-floor: floor(" in str(caught.value)
    assert caught.value.report.passed


def test_a_primitive_without_a_row_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugtorch.primitive.PRIMITIVES", dict(PRIMITIVES))
    new = Primitive.__new__(Primitive)
    new.__dict__.update(PRIMITIVES["tanh"].__dict__)
    monkeypatch.setitem(PRIMITIVES, "brand_new", new)
    found = failing(Subject("backend", "cpu"), "kernels", "values-brand_new")
    assert set(found) == {"kernels", "values-brand_new"}
    assert all("brand_new" in str(error) for error in found.values())


@pytest.mark.parametrize("order", ["derivative", "second derivative"])
def test_a_wrong_gradient_rule_is_caught(monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    def wrong(gradient: Any, output: Any) -> Any:
        return gradient * (1 - output)

    def first_only(gradient: Any, output: Any) -> Any:
        return gradient * (1 - output * output).detach()

    rule = wrong if order == "derivative" else first_only
    tanh = PRIMITIVES["tanh"]
    monkeypatch.setattr(tanh, "rules", {"x": (rule, ("output",))})
    monkeypatch.setattr(tanh, "plans", {})
    found = failing(Subject("backend", "cpu"), "gradient-tanh")
    assert f"the {order}" in str(found["gradient-tanh"])


def test_mutants_are_devices_of_their_own(offered: Any) -> None:
    """What is computed on a mutant is not computed on the CPU."""
    target, _ = broken_backends.BROKEN["floor cuts"]
    name = offered(BackendSpec, target)
    assert isinstance(open_device(name), Backend)
    x = plugtorch.tensor([-1.5])
    assert x.to(name).floor().cpu().item() == -1
    assert x.floor().item() == -2
