"""Data for the scripts beside it, from NumPy: the same whichever library reads it."""

import numpy as np


def drawings(count, seed=0, size=8):
    """Noisy pictures of ten patterns, (count, 1, size, size) in 0..1, and which pattern each is."""
    patterns = np.random.default_rng(99).random((10, size, size)) > 0.6
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 10, count)
    pictures = 0.8 * patterns[kinds] + 0.3 * rng.random((count, size, size))
    return np.clip(pictures, 0, 1).astype("float32")[:, None], kinds.astype("int64")


def set_weights(model, seed=0, scale=0.15):
    """Weights that do not depend on the library's random numbers; returns the model."""
    import torch

    rng = np.random.default_rng(seed)
    for name, parameter in model.named_parameters():
        values = rng.normal(0, scale, tuple(parameter.shape)).astype("float32")
        if "norm" in name and name.endswith("weight"):
            values += 1
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(values))
    return model
