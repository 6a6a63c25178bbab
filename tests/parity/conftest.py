"""Parity tests compare with PyTorch; without it they are not collected."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import plugtorch

sys.path.insert(0, str(Path(__file__).parent))  # so that tests can say: from helpers import same

if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    import torch

    torch.set_num_threads(1)

    @pytest.fixture(autouse=True)
    def _seeded() -> None:
        """The same random numbers in every run, whatever else runs."""
        plugtorch.manual_seed(0)
        torch.manual_seed(0)
