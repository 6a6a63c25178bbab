"""What the kits do where there is more than the CPU: a deferred device without float64."""

from collections.abc import Iterator

import pytest
from deferred import AlmostRight, DeferredBackend, NumbersAreText

from plugtorch import BackendSpec, registry
from plugtorch.backend import Backend
from plugtorch.testing import ContractError, Subject, check_backend, checks, listed
from plugtorch.testing.run import Report, run

NAMES = {
    DeferredBackend: "deferred",
    NumbersAreText: "deferred_text",
    AlmostRight: "deferred_wrong",
}


@pytest.fixture
def device(request: pytest.FixtureRequest) -> Iterator[str]:
    """A device beside the CPU, as long as the test runs."""
    target: type[Backend] = getattr(request, "param", DeferredBackend)
    name = NAMES[target]
    with registry.register(BackendSpec(name=name, target="deferred:Deferred"), target):
        yield name


def some(subject: Subject, *ids: str) -> Report:
    return run(subject, [check for check in checks(subject) if check.id in ids])


def test_it_keeps_the_contract_of_backends(device: str) -> None:
    report = check_backend(device)
    assert {"missing_dtypes", "gradient-tanh", "released-exp", "refusals-index"} <= set(
        report.passed
    )
    assert "round_trip-float64" not in report.passed


def test_it_is_listed(device: str) -> None:
    names = [subject.name for subject in listed("backend")]
    assert names[0] == "cpu"
    assert names[-1] == device


@pytest.mark.parametrize("name", ["mse", "cross_entropy"])
def test_losses_are_compared_with_it(device: str, name: str) -> None:
    assert some(Subject("loss", name), "devices").passed == ["devices"]


@pytest.mark.parametrize("name", ["sgd", "adam", "asgd", "adafactor", "lbfgs", "muon"])
def test_optimizers_are_compared_with_it(device: str, name: str) -> None:
    report = some(Subject("optimizer", name), "devices", "compilations")
    assert report.passed == ["compilations", "devices"]


@pytest.mark.parametrize("device", [AlmostRight], indirect=True)
@pytest.mark.parametrize("subject", [Subject("loss", "mse"), Subject("optimizer", "adam")], ids=str)
def test_a_device_that_computes_something_else_is_found(device: str, subject: Subject) -> None:
    with pytest.raises(ContractError, match=f"on {device}"):
        some(subject, "devices")


@pytest.mark.parametrize("device", [NumbersAreText], indirect=True)
def test_a_learning_rate_that_is_compiled_is_found(device: str) -> None:
    with pytest.raises(ContractError, match=r"a changed learning rate compiled \d+ programs"):
        some(Subject("optimizer", "sgd"), "compilations")
