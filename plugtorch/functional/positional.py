"""Functions that PyTorch's namespace has with another order of arguments than nn.functional."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.functional import channels
from plugtorch.functional.embedding import embedding as lookup
from plugtorch.functional.grids import PADDINGS, SAMPLINGS, grid_sample
from plugtorch.functional.padding import pad as padded
from plugtorch.tensor import Tensor


def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of weight at indices. Source: torch.embedding."""
    place = None if padding_idx < 0 else padding_idx
    return lookup(indices, weight, place, scale_grad_by_freq=scale_grad_by_freq, sparse=sparse)


def batch_norm(
    input: Tensor,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Tensor:
    """As nn.functional.batch_norm. Source: torch.batch_norm."""
    return channels.batch_norm(
        input, running_mean, running_var, weight, bias, training, momentum, eps
    )


def instance_norm(
    input: Tensor,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool = False,
) -> Tensor:
    """As nn.functional.instance_norm. Source: torch.instance_norm."""
    return channels.instance_norm(
        input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
    )


def constant_pad_nd(input: Tensor, pad: Sequence[int], value: float = 0) -> Tensor:
    """As nn.functional.pad in mode "constant". Source: torch.constant_pad_nd."""
    return padded(input, pad, value=value)


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """As nn.functional.grid_sample, whose modes have the numbers 0, 1, 2. Source:
    torch.grid_sampler.
    """
    mode, beyond = SAMPLINGS[interpolation_mode], PADDINGS[padding_mode]
    return grid_sample(input, grid, mode, beyond, align_corners)


grid_sampler_2d = grid_sampler_3d = grid_sampler
