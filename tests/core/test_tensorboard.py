"""SummaryWriter: what it writes is read back from the file, as TensorBoard reads it."""

from __future__ import annotations

import importlib.util
import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch.errors import UnsupportedError

if importlib.util.find_spec("tensorboardX") is None:
    pytest.skip("tensorboardX is not installed", allow_module_level=True)

from tensorboardX.crc32c import crc32c
from tensorboardX.proto.event_pb2 import Event

from plugtorch.utils.tensorboard import SummaryWriter


def masked(data: bytes) -> int:
    """The checksum of a TFRecord."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def events(folder: Path) -> Iterator[Any]:
    """All of a folder's files: length, its checksum, the event, its checksum, and so on."""
    for path in sorted(folder.glob("events.out.tfevents.*")):
        with path.open("rb") as file:
            while head := file.read(8):
                (length,) = struct.unpack("<Q", head)
                assert struct.unpack("<I", file.read(4))[0] == masked(head)
                data = file.read(length)
                assert struct.unpack("<I", file.read(4))[0] == masked(data)
                yield Event.FromString(data)


def values(folder: Path) -> dict[str, list[tuple[int, Any]]]:
    found: dict[str, list[tuple[int, Any]]] = {}
    for event in events(folder):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append((event.step, value))
    return found


def test_scalars(tmp_path: Path) -> None:
    with SummaryWriter(tmp_path / "run") as writer:  # type: ignore[arg-type]
        assert writer.get_logdir() == writer.log_dir == str(tmp_path / "run")
        w = plugtorch.tensor([2.0], requires_grad=True)
        given = [0.5, 3, plugtorch.tensor(1.5), (w * 2).sum(), numpy.float64(4.0)]
        given.append(plugtorch.tensor(2.5, dtype=plugtorch.bfloat16))
        for step, value in enumerate(given):
            writer.add_scalar("loss/train", value, step, walltime=100.0 + step)
        writer.add_scalars("both", {"a": plugtorch.tensor(1.0), "b": 2}, 7)
        writer.flush()
        found = values(tmp_path / "run")["loss/train"]
    assert [(step, v.simple_value) for step, v in found] == [
        (0, 0.5), (1, 3.0), (2, 1.5), (3, 4.0), (4, 4.0), (5, 2.5),
    ]  # fmt: skip
    times = [event.wall_time for event in events(tmp_path / "run") if event.summary.value]
    assert times == [100.0 + step for step in range(6)]
    parts = [values(path.parent) for path in sorted(tmp_path.rglob("both*/**/events*"))]
    assert [part["both"][0][1].simple_value for part in parts] == [1.0, 2.0]
    assert next(events(tmp_path / "run")).file_version == "brain.Event:2"


def test_histograms(tmp_path: Path) -> None:
    x = plugtorch.randn(1000)
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_histogram("weights", x, 3)
        writer.add_histogram("few", [1.0, 2.0, 2.0], 4, bins=2)
    found = values(tmp_path)
    step, value = found["weights"][0]
    assert step == 3
    assert value.histo.num == 1000
    assert value.histo.min == pytest.approx(float(x.min()))
    assert value.histo.sum == pytest.approx(float(x.double().sum()), rel=1e-4)
    assert sum(value.histo.bucket) == 1000
    assert sum(found["few"][0][1].histo.bucket) == 3


def test_pictures(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    picture = plugtorch.zeros(3, 4, 6)
    picture[0, :, :3] = 1.0
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_image("one", picture, 1)
        writer.add_image("turned", (picture.permute(1, 2, 0) * 255).byte(), 1, dataformats="HWC")
        writer.add_images("two", plugtorch.stack([picture, picture]), 1)
    found = values(tmp_path)
    for tag in ("one", "turned"):
        read = numpy.array(image.open(io.BytesIO(found[tag][0][1].image.encoded_image_string)))
        assert read.shape == (4, 6, 3)
        assert read[0, 0].tolist() == [255, 0, 0]
        assert read[0, 5].tolist() == [0, 0, 0]
    assert (found["two"][0][1].image.width, found["two"][0][1].image.height) == (12, 4)


def test_figures(tmp_path: Path) -> None:
    pytest.importorskip("PIL.Image")
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure(figsize=(2, 1), dpi=50)
    figure.subplots().plot([1, 2])
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_figure("drawn", figure, 2, close=False)
    image = values(tmp_path)["drawn"][0][1].image
    assert (image.width, image.height) == (100, 50)


def test_texts_options_and_curves(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path), filename_suffix=".end") as writer:
        writer.add_text("note", "**hello**", 5)
        writer.add_hparams(
            {"lr": 0.1, "name": "sgd", "nesterov": True, "none": None},
            {"accuracy": plugtorch.tensor(0.75)},
            run_name="options",
        )
        labels, chances = plugtorch.tensor([0, 1, 1]), plugtorch.tensor([0.2, 0.9, 0.4])
        writer.add_pr_curve("curve", labels, chances, 1, num_thresholds=5)
    found = values(tmp_path)
    assert found["note/text_summary"][0][1].tensor.string_val == [b"**hello**"]
    assert "curve" in found
    assert all(path.name.endswith(".end") for path in tmp_path.glob("events*"))
    options = values(tmp_path / "options")
    assert options["accuracy"][0][1].simple_value == 0.75
    assert any(tag.startswith("_hparams_/") for tag in options)


def test_after_closing_it_goes_on_in_a_new_file(tmp_path: Path) -> None:
    writer = SummaryWriter(str(tmp_path))
    writer.add_scalar("x", 1.0, 0)
    writer.close()
    writer.close()
    writer.add_scalar("x", 2.0, 1)
    with SummaryWriter(str(tmp_path)) as other:  # in the same second, in the same folder
        other.add_scalar("x", 3.0, 2)
    writer.close()
    assert sorted(v.simple_value for _, v in values(tmp_path)["x"]) == [1.0, 2.0, 3.0]


def test_what_came_after_a_crash_is_purged(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path), purge_step=4) as writer:
        writer.add_scalar("x", 1.0, 4)
    assert [e.step for e in events(tmp_path) if e.HasField("session_log")] == [4]


def test_a_folder_of_its_own(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    with SummaryWriter(comment="_first") as writer:
        writer.add_scalar("x", 1.0)
    (folder,) = (tmp_path / "runs").iterdir()
    assert folder.name.endswith("_first")
    assert values(folder)["x"][0][0] == 0


def test_graphs_are_refused(tmp_path: Path) -> None:
    with SummaryWriter(str(tmp_path)) as writer, pytest.raises(UnsupportedError, match="add_text"):
        writer.add_graph(plugtorch.nn.Linear(1, 1), plugtorch.ones(1))


def test_tensorboard_reads_it(tmp_path: Path) -> None:
    name = "tensorboard.backend.event_processing.event_accumulator"
    accumulators = pytest.importorskip(name)
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(3):
            writer.add_scalar("loss", plugtorch.tensor(1.0 / (step + 1)), step)
        writer.add_histogram("w", plugtorch.randn(10), 0)
    read = accumulators.EventAccumulator(str(tmp_path)).Reload()
    assert read.Tags()["scalars"] == ["loss"]
    assert [(e.step, e.value) for e in read.Scalars("loss")][1] == (1, 0.5)
    assert read.Tags()["histograms"] == ["w"]
