"""Pictures to tensors."""

import numpy as np
import torch
from PIL import Image


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, picture):
        for transform in self.transforms:
            picture = transform(picture)
        return picture


class ToTensor:
    """Channels first, 0 to 1."""

    def __call__(self, picture):
        values = np.asarray(picture)
        values = values[..., None] if values.ndim == 2 else values
        return torch.from_numpy(values.transpose(2, 0, 1).astype("float32") / 255)


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std

    def __call__(self, tensor):
        mean, std = (tensor.new_tensor(each).view(-1, 1, 1) for each in (self.mean, self.std))
        return (tensor - mean) / std


class Resize:
    """One size is the shorter side's."""

    def __init__(self, size):
        self.size = size

    def __call__(self, picture):
        if isinstance(self.size, int):
            scale = self.size / min(picture.size)
            size = tuple(round(scale * side) for side in picture.size)
        else:
            size = self.size[::-1]
        return picture.resize(size, Image.Resampling.BILINEAR)


class CenterCrop:
    def __init__(self, size):
        self.size = size

    def __call__(self, picture):
        left, top = ((side - self.size) // 2 for side in picture.size)
        return picture.crop((left, top, left + self.size, top + self.size))


class Lambda:
    def __init__(self, lambd):
        self.lambd = lambd

    def __call__(self, value):
        return self.lambd(value)
