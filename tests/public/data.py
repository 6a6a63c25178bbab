"""Data for the public scripts, without a network: scikit-learn's digits, Python's help texts."""

import pickle
import struct
import tarfile
from pathlib import Path
from pydoc_data import topics

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits


def write(folder):
    """Everything that ``scripts.py`` names, under ``folder``."""
    _digits(folder / "MNIST" / "raw")
    _words(folder / "text")
    _letters(folder / "letters")
    _pictures(folder / "BSDS300" / "images")
    _graph(folder / "cora")


def _digits(folder):
    """1797 real digits in MNIST's file format, scaled to 28 by 28; the last 297 are for tests."""
    folder.mkdir(parents=True)
    digits = load_digits()
    pictures = np.stack([_scaled(16 * values.clip(0, 15.9), 28) for values in digits.images])
    for part, rows in (("train", slice(1500)), ("t10k", slice(1500, None))):
        _write_idx(folder / f"{part}-images-idx3-ubyte", pictures[rows])
        _write_idx(folder / f"{part}-labels-idx1-ubyte", digits.target[rows].astype("uint8"))


def _scaled(values, size):
    picture = Image.fromarray(values.astype("uint8"))
    return np.asarray(picture.resize((size, size), Image.Resampling.BICUBIC))


def _write_idx(path, array):
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(head + array.tobytes())


def _text():
    return "\n".join(topics.topics[name] for name in sorted(topics.topics))


def _words(folder):
    """Lines of words: train.txt, valid.txt, test.txt."""
    folder.mkdir()
    lines = [line for line in _text().lower().splitlines() if line.strip()]
    parts = {"train": lines[:2500], "valid": lines[2500:2800], "test": lines[2800:3100]}
    for name, part in parts.items():
        (folder / f"{name}.txt").write_text("\n".join(part) + "\n", encoding="utf-8")


def _letters(folder):
    """Numbers of letters: train.bin, val.bin, and meta.pkl with how many there are."""
    folder.mkdir()
    text = "".join(letter for letter in _text()[:120_000] if letter.isascii())
    letters = sorted(set(text))
    numbers = np.array([letters.index(letter) for letter in text], "uint16")
    numbers[:110_000].tofile(folder / "train.bin")
    numbers[110_000:].tofile(folder / "val.bin")
    (folder / "meta.pkl").write_bytes(pickle.dumps({"vocab_size": len(letters)}))


def _pictures(folder):
    """Grey pictures of smooth random waves, 256 by 256, as .png files."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:256, :256] / 256
    for part, count in (("train", 12), ("test", 4)):
        (folder / part).mkdir(parents=True)
        for number in range(count):
            waves = sum(np.sin(6 * (a * x + b * y) + c) for a, b, c in rng.uniform(-6, 6, (5, 3)))
            grey = (127 + 25 * waves).astype("uint8")
            Image.fromarray(grey).save(folder / part / f"{number}.png")


def _graph(folder):
    """Papers of four subjects in Cora's two files: their words, and which cites which; and as the
    archive that Cora comes in.
    """
    folder.mkdir()
    rng = np.random.default_rng(0)
    papers, words, subjects = 1800, 60, 4
    subject = rng.integers(0, subjects, papers)
    likely = rng.random((subjects, words)) < 0.25
    has = rng.random((papers, words)) < np.where(likely[subject], 0.4, 0.08)
    has[:, 0] = True
    with open(folder / "cora.content", "w") as file:
        for paper in range(papers):
            row = " ".join(str(int(word)) for word in has[paper])
            file.write(f"{1000 + paper} {row} subject_{subject[paper]}\n")
    with open(folder / "cora.cites", "w") as file:
        for paper in range(papers):
            near = rng.choice(np.flatnonzero(subject == subject[paper]), 3, replace=False)
            file.writelines(
                f"{1000 + other} {1000 + paper}\n" for other in (*near, rng.integers(papers))
            )
    with tarfile.open(folder.with_suffix(".tgz"), "w:gz") as archive:
        archive.add(folder, folder.name)


if __name__ == "__main__":
    import sys

    write(Path(sys.argv[1]))
