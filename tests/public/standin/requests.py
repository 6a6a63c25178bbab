"""``get`` of files that lie in a folder: there is no network."""

import os
from pathlib import Path


class _Answer:
    def __init__(self, path):
        self.raw = path.open("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.close()


def get(url, stream=False):
    """The file of the same name in the folder PLUGTORCH_PUBLIC_DATA."""
    return _Answer(Path(os.environ["PLUGTORCH_PUBLIC_DATA"]) / url.rpartition("/")[2])
