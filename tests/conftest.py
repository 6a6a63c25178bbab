"""``--device NAME`` runs the tests with every new tensor on that device.

What a test asks for by name (``device="cpu"``, ``from_numpy``) stays where it asked. Tests that are
about the processor's backend, or about Python only, are left out there; ``on_cpu.py`` names them.

``--every N`` runs each N-th test: a look at what is run in full elsewhere.
"""

from __future__ import annotations

import os

import pytest

import on_cpu


def pytest_addoption(parser):
    parser.addoption("--device", default="cpu", help="put new tensors there: opencl:intel")
    parser.addoption("--every", default=1, type=int, metavar="N", help="run each N-th test only")
    parser.addoption("--kernels", choices=("cpu", "gpu"), help="what Oclgrind is taken for")


def pytest_configure(config):
    if os.environ.get("OCLGRIND_LOG"):
        from simulator import Simulator

        config.pluginmanager.register(Simulator(config))
    _put(config)  # before tests are read: some make tensors beside their functions


def _put(config):
    where = config.getoption("--device")
    if where != "cpu":
        import plugtorch

        plugtorch.set_default_device(where)


def pytest_collection_modifyitems(config, items):
    kept = items[:]
    if config.getoption("--device") != "cpu":
        kept = [item for item in kept if not on_cpu.reason(item.nodeid)]
    kept = kept[:: config.getoption("--every")]
    if len(kept) < len(items):
        staying = set(kept)
        config.hook.pytest_deselected(items=[item for item in items if item not in staying])
        items[:] = kept


@pytest.fixture(autouse=True)
def _device_of_the_run(request):
    """Whatever a test makes the default, the next one has the run's."""
    yield
    _put(request.config)
