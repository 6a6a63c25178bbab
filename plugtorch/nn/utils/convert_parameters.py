"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all parameters in one vector, in order. Gradients flow through it.

    Raises ArgumentError for no parameters, DeviceError for some on different devices.

    >>> import plugtorch
    >>> parameters_to_vector([plugtorch.ones(2, 2), plugtorch.zeros(1)])
    tensor([1., 1., 1., 1., 0.])

    Source: ``torch.nn.utils.parameters_to_vector``.
    """
    vector: Tensor = cat([parameter.reshape(-1) for parameter in parameters])
    return vector


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write a vector's elements into parameters, in order.

    They are copied, and brought to each parameter's dtype: in PyTorch parameters share the vector's
    memory afterwards.

    Raises TypeError for what is no tensor, ShapeError unless there are just as many elements.

    >>> import plugtorch
    >>> p, q = plugtorch.zeros(2), plugtorch.zeros(1)
    >>> vector_to_parameters(plugtorch.tensor([1.0, 2.0, 3.0]), [p, q])
    >>> p, q
    (tensor([1., 2.]), tensor([3.]))

    Source: ``torch.nn.utils.vector_to_parameters``.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"[vector_to_parameters] got a {type(vec).__name__}, needed a tensor.")
    several: list[Any] = list(parameters)
    sizes = [parameter.numel() for parameter in several]
    if tuple(vec.shape) != (sum(sizes),):
        raise ShapeError(
            f"[vector_to_parameters] got a vector of shape {tuple(vec.shape)}, needed "
            f"({sum(sizes)},): so many elements the parameters have."
        )
    with no_grad():
        for parameter, part in zip(several, vec.split(sizes), strict=True):
            parameter.copy_(part.reshape(parameter.shape))
