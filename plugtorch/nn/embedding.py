"""Lookup tables."""

from __future__ import annotations

from typing import Any, Self

from plugtorch import functional as F
from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


class _Table(Module):
    """A learned vector for each of a range of numbers; normal to begin with."""

    weight: Parameter
    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None

    def _make_table(
        self, padding_idx: int | None, weight: Tensor | None, freeze: bool, device: Any, dtype: Any
    ) -> None:
        name, rows = type(self).__name__, self.num_embeddings
        if padding_idx is not None:
            if not -rows <= padding_idx < rows:
                raise ArgumentError(
                    f"[{name}] padding_idx is {padding_idx}, needed {-rows} to {rows - 1}: "
                    f"num_embeddings is {rows}."
                )
            padding_idx %= rows
        self.padding_idx = padding_idx
        shape = (rows, self.embedding_dim)
        if weight is None:
            self.weight = Parameter(
                empty(shape, device=device, dtype=dtype), requires_grad=not freeze
            )
            self.reset_parameters()
        elif tuple(weight.shape) != shape:
            raise ShapeError(
                f"[{name}] the weight has shape {tuple(weight.shape)}, needed {shape}."
            )
        else:
            self.weight = Parameter(weight, requires_grad=not freeze)

    def reset_parameters(self) -> None:
        """Draw the vectors anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)


class Embedding(_Table):
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
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse
        self._make_table(padding_idx, _weight, _freeze, device, dtype)

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


class EmbeddingBag(_Table):
    """Sums, means or maxima of bags of learned vectors.

    num_embeddings, embedding_dim: the size of the table. mode: "sum", "mean" or "max". padding_idx:
    a row that counts as not there. max_norm, norm_type, scale_grad_by_freq, include_last_offset: as
    in nn.functional.embedding_bag. Called with input, offsets and per_sample_weights, as there.

    Raises ArgumentError for a padding_idx that is no row, and for sparse=True.

    >>> import plugtorch
    >>> plugtorch.nn.EmbeddingBag(10, 3)(plugtorch.tensor([[1, 2], [4, 9]])).shape
    plugtorch.Size([2, 3])

    As torch.nn.EmbeddingBag.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if sparse:
            raise ArgumentError("[EmbeddingBag] there are no sparse gradients. Leave sparse=False.")
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset
        self._make_table(padding_idx, _weight, False, device, dtype)

    def forward(
        self,
        input: Tensor,
        offsets: Tensor | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        return F.embedding_bag(
            *(input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq),
            *(self.mode, self.sparse, per_sample_weights, self.include_last_offset),
            self.padding_idx,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """An EmbeddingBag of given vectors, (num_embeddings, embedding_dim). freeze: do not learn
        them.
        """
        if embeddings.ndim != 2:
            raise ShapeError(
                f"[EmbeddingBag.from_pretrained] got shape {tuple(embeddings.shape)}, needed two "
                "axes."
            )
        rows, columns = embeddings.shape
        made = cls(
            *(rows, columns, max_norm, norm_type, scale_grad_by_freq, mode, sparse),
            *(embeddings, include_last_offset, padding_idx),
        )
        made.weight.requires_grad = not freeze
        return made

    def extra_repr(self) -> str:
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq is not False:
            text += f", scale_grad_by_freq={self.scale_grad_by_freq}"
        text += f", mode={self.mode!r}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        return text
