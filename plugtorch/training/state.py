"""The state of the random number generators: what makes a resumed training equal to one that never
stopped.
"""

from __future__ import annotations

import random
from typing import Any

import numpy

import plugtorch


def seed_everything(seed: int) -> None:
    """Seed plugtorch, and Python's and NumPy's generators, which a user's task may draw from."""
    plugtorch.manual_seed(seed)
    random.seed(seed)
    numpy.random.seed(seed)


def random_state() -> dict[str, Any]:
    """Where all three are now, as something ``plugtorch.save`` takes."""
    legacy: Any = numpy.random.get_state(legacy=True)
    name, keys, position, has_gauss, gauss = legacy
    return {
        "plugtorch": plugtorch.get_rng_state(),
        "python": random.getstate(),
        "numpy": (name, keys.tolist(), position, has_gauss, gauss),
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Go back to where ``random_state`` found them."""
    plugtorch.set_rng_state(state["plugtorch"])
    random.setstate(state["python"])
    numpy.random.set_state(state["numpy"])
