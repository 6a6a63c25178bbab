"""From whole numbers to vectors."""

from __future__ import annotations

from plugtorch.autograd import no_grad
from plugtorch.dtypes import int32, int64
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import elementwise, indexing
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange

_where = elementwise.where.apply


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of ``weight`` that ``input`` names.

    input: (...), int64 or int32. weight: (V, D). Result: (..., D). padding_idx: a row that gets no
    gradient. max_norm: rows that are used and longer (in the norm_type-norm) are shortened to it,
    in weight itself. scale_grad_by_freq: divide a row's gradient by how often it was used in this
    call.

    Raises IndexRangeError for a number that is no row, DTypeError for an input of another dtype.

    >>> import plugtorch
    >>> rows = plugtorch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> plugtorch.nn.functional.embedding(plugtorch.tensor([1, 0]), rows)
    tensor([[3., 4.],
            [1., 2.]])

    As torch.nn.functional.embedding.
    """
    if sparse:
        raise ArgumentError("[embedding] there are no sparse gradients. Leave sparse=False.")
    if input.dtype not in (int64, int32):
        raise DTypeError(f"[embedding] input is {input.dtype}, needed int64 or int32.")
    if weight.ndim != 2:
        raise ShapeError(
            f"[embedding] weight has shape {tuple(weight.shape)}, needed (rows, features)."
        )
    count = weight.shape[0]
    if padding_idx is not None:
        padding_idx = _row(padding_idx, count)
    check_range("embedding", input, count, "num_embeddings")
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    result: Tensor = indexing.index(weight, input, axes=(0,))
    if padding_idx is not None:
        result = _where((input == padding_idx).unsqueeze(-1), result.detach(), result)
    if scale_grad_by_freq and result.requires_grad:
        _share_gradient(result, input, count)
    return result


def check_range(name: str, index: Tensor, count: int, called: str) -> None:
    """Refuse an index outside 0 .. count - 1; called: what the user calls ``count``."""
    if index.numel() == 0:
        return
    for found in (int(index.amin()), int(index.amax())):
        if not 0 <= found < count:
            raise IndexRangeError(
                f"[{name}] got the index {found}, needed 0 to {count - 1}: {called} is {count}."
            )


def _row(padding_idx: int, count: int) -> int:
    if not -count <= padding_idx < count:
        raise ArgumentError(
            f"[embedding] padding_idx is {padding_idx}, needed {-count} to {count - 1}: "
            f"num_embeddings is {count}."
        )
    return padding_idx % count


def _shorten(weight: Tensor, input: Tensor, max_norm: float, norm_type: float) -> None:
    with no_grad():
        index = input.reshape(-1)
        rows: Tensor = indexing.index(weight, index, axes=(0,))
        length = rows.norm(norm_type, 1, keepdim=True)
        shorter = rows * (max_norm / (length + 1e-7))  # 1e-7, as PyTorch has it
        weight[index.to(int64)] = _where(length > max_norm, shorter, rows)


def _share_gradient(result: Tensor, input: Tensor, count: int) -> None:
    index = input.reshape(-1).to(int64)
    uses = result.new_zeros(count).scatter_add(0, index, result.new_ones(index.shape))
    share = uses.reciprocal()[index].reshape((*input.shape, 1))
    result.register_hook(lambda gradient: gradient * share)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Vectors with a 1 at the place that each number names and 0 elsewhere.

    tensor: (...), int64. num_classes: C, or -1 for one more than the largest number. Result: (...,
    C), int64.

    Raises IndexRangeError for a number outside 0 .. C - 1, ShapeError where C cannot be found out.

    >>> import plugtorch
    >>> plugtorch.nn.functional.one_hot(plugtorch.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])

    As torch.nn.functional.one_hot.
    """
    if tensor.dtype is not int64:
        raise DTypeError(
            f"[one_hot] input is {tensor.dtype}, needed int64. Convert it with .long()."
        )
    if num_classes == -1:
        if tensor.numel() == 0:
            raise ShapeError(
                "[one_hot] an empty input does not say how many classes. Give num_classes."
            )
        num_classes = max(int(tensor.amax()) + 1, 1)
    elif num_classes <= 0 and (tensor.numel() > 0 or num_classes < 0):
        raise ArgumentError(f"[one_hot] num_classes must be positive, got {num_classes}.")
    check_range("one_hot", tensor, num_classes, "num_classes")
    classes = arange(num_classes, device=tensor.device)
    return (tensor.unsqueeze(-1) == classes).to(int64)
