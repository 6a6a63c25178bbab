"""Each example runs, learns and draws its picture, with settings small enough for a test."""

import runpy
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("sklearn")

ROOT = Path(__file__).parents[2]


@pytest.fixture
def example(request, tmp_path):
    """Runs an example with options, on the device of the tests; what its ``main`` returns."""

    def run(name, *options):
        picture = tmp_path / "picture.png"
        device = request.config.getoption("--device")
        main = runpy.run_path(str(ROOT / "examples" / f"{name}.py"))["main"]
        options = ["--device", device, "--output", str(picture), *map(str, options)]
        result = main.main(options, standalone_mode=False)
        assert picture.stat().st_size > 5_000
        return result

    return run


def test_char_gpt(example, capsys):
    losses = example("char_gpt", "--steps", 20, "--length", 20)
    assert np.mean(losses[-5:]) < 0.75 * losses[0]
    assert len(capsys.readouterr().out.partition("\n")[2].rstrip("\n")) > 10


def test_dcgan(example):
    """What it draws comes nearer to digits: the mean image and the spread of each pixel do."""
    digits, samples = example("dcgan", "--epochs", 3)

    def distance(images):
        return (
            abs(images.mean(0) - digits.mean(0)).mean() + abs(images.std(0) - digits.std(0)).mean()
        )

    assert distance(samples[-1]) < 0.85 * distance(samples[0])


def test_vae(example):
    losses = np.array(example("vae", "--epochs", 3))  # of training and of held-out data
    assert (losses[-1] < 0.7 * losses[0]).all()


def test_char_lstm(example):
    losses = example("char_lstm", "--steps", 30)
    assert np.mean(losses[-5:]) < 0.7 * losses[0]


def test_forecast(example):
    losses = example("forecast", "--steps", 30)
    assert np.mean(losses[-5:]) < 0.7 * losses[0]


def test_reinforce(example):
    returns = example("reinforce", "--epochs", 25)
    assert np.mean(returns[:3]) < 15
    assert np.mean(returns[-5:]) > 25


def test_every_example_is_tested_and_shown():
    tests = Path(__file__).read_text(encoding="utf-8")
    page = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")
    for path in (ROOT / "examples").glob("*.py"):
        assert f"def test_{path.stem}(" in tests
        assert f"`python examples/{path.name}`" in page
        assert f"({path.stem}.png)" in page
        assert (ROOT / "docs" / f"{path.stem}.png").stat().st_size < 60_000
