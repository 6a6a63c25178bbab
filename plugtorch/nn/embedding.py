"""The lookup table."""

from __future__ import annotations

from typing import Any, Self

from plugtorch import functional as F
from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


class Embedding(Module):
    """A learned vector for each of ``num_embeddings`` numbers; normal to begin with.

    num_embeddings, embedding_dim: the size of the table. padding_idx: a row that stays as it is,
    zeros to begin with. max_norm, norm_type, scale_grad_by_freq: as in nn.functional.embedding.

    Raises ArgumentError for a padding_idx that is no row, and for sparse=True; IndexRangeError,
    when called, for a number that is no row.

    >>> import plugtorch
    >>> plugtorch.nn.Embedding(10, 3)(plugtorch.tensor([[1, 2], [4, 9]])).shape
    plugtorch.Size([2, 2, 3])

    As torch.nn.Embedding.
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if sparse:
            raise ArgumentError("[Embedding] there are no sparse gradients. Leave sparse=False.")
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise ArgumentError(
                    f"[Embedding] padding_idx is {padding_idx}, needed {-num_embeddings} to "
                    f"{num_embeddings - 1}: "
                    f"num_embeddings is {num_embeddings}."
                )
            padding_idx %= num_embeddings
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_idx
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        shape = (num_embeddings, embedding_dim)
        if _weight is None:
            self.weight = Parameter(
                empty(shape, device=device, dtype=dtype), requires_grad=not _freeze
            )
            self.reset_parameters()
        elif tuple(_weight.shape) != shape:
            raise ShapeError(
                f"[Embedding] the weight has shape {tuple(_weight.shape)}, needed {shape}."
            )
        else:
            self.weight = Parameter(_weight, requires_grad=not _freeze)

    def reset_parameters(self) -> None:
        """Draw the vectors anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    def forward(self, input: Tensor) -> Tensor:
        return F.embedding(
            input,
            self.weight,
            self.padding_idx,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """An Embedding of given vectors, (num_embeddings, embedding_dim). freeze: do not learn
        them.
        """
        if embeddings.ndim != 2:
            raise ShapeError(
                f"[Embedding.from_pretrained] got shape {tuple(embeddings.shape)}, needed two axes."
            )
        rows, columns = embeddings.shape
        return cls(
            rows,
            columns,
            padding_idx,
            max_norm,
            norm_type,
            scale_grad_by_freq,
            sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq is not False:
            text += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        return text
