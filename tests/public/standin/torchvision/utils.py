"""Tensors to pictures."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image


@torch.no_grad()
def make_grid(tensor, nrow=8, padding=2, normalize=False):
    """One picture of many (N, C, H, W), ``nrow`` in a row."""
    if normalize:
        low, high = tensor.min(), tensor.max()
        tensor = (tensor - low) / (high - low).clamp(min=1e-5)
    count, channels, height, width = tensor.shape
    columns = min(nrow, count)
    rows = -(-count // columns)
    height, width = height + padding, width + padding
    grid = tensor.new_zeros(channels, rows * height + padding, columns * width + padding)
    for at, picture in enumerate(tensor):
        top, left = at // columns * height + padding, at % columns * width + padding
        bottom, right = top + height - padding, left + width - padding
        grid[:, top:bottom, left:right] = picture
    return grid


def save_image(tensor, fp, **options):
    """Write ``make_grid`` of it to a file."""
    grid = make_grid(tensor, **options).mul(255).clamp(0, 255).cpu().numpy().astype("uint8")
    Path(fp).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.repeat(grid, 3 // len(grid), axis=0).transpose(1, 2, 0)).save(fp)
