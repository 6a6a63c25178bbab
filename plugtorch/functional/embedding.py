"""From whole numbers to vectors."""

from __future__ import annotations

from math import inf

from plugtorch.autograd import no_grad
from plugtorch.dtypes import bool_, int32, int64
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.functional.checks import widened
from plugtorch.ops import elementwise, indexing
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange, ones_like, zeros
from plugtorch.tensor.joining import cat

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


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """Sums, means or maxima of bags of rows of ``weight``; an empty bag gives zeros.

    input: (B, L), int64 or int32, B bags of L rows; or (N,) with offsets: (B,), where in input each
    bag begins. weight: (V, D). Result: (B, D). mode: "sum", "mean" or "max". per_sample_weights: of
    input's shape, factors for the rows of a sum. include_last_offset: whether offsets ends with N.
    padding_idx: a row that counts as not there. The rest is as in ``embedding``.

    Raises ArgumentError for options that do not fit, ShapeError for shapes, IndexRangeError for a
    number that is no row.

    >>> import plugtorch
    >>> rows = plugtorch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> bags = plugtorch.tensor([0, 1, 1]), plugtorch.tensor([0, 2])
    >>> plugtorch.nn.functional.embedding_bag(bags[0], rows, bags[1], mode="sum")
    tensor([[4., 6.],
            [3., 4.]])

    As torch.nn.functional.embedding_bag.
    """
    _check_bags(input, offsets, mode, scale_grad_by_freq, per_sample_weights)
    starts = None
    if offsets is not None:
        starts = _starts(offsets, input.numel(), include_last_offset)
    rows = embedding(input, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
    there = ones_like(input, dtype=bool_)
    if padding_idx is not None:
        there = input != _row(padding_idx, weight.shape[0])
    if mode == "max":
        return _largest(rows, there, starts)
    factors = there.to(weight.dtype)
    if per_sample_weights is not None:
        factors = factors * per_sample_weights
    if padding_idx is not None or per_sample_weights is not None:
        rows = rows * factors.unsqueeze(-1)
    result = _summed(rows, starts)
    if mode == "mean":
        result = result / _summed(factors, starts).clamp(min=1).unsqueeze(-1)
    return result


class UnfitBagsError(ArgumentError, NotImplementedError):
    """Weights for what is no sum."""


def _check_bags(
    input: Tensor, offsets: Tensor | None, mode: str, by_frequency: bool, weights: Tensor | None
) -> None:
    if mode not in ("sum", "mean", "max"):
        raise ArgumentError(f"[embedding_bag] mode is sum, mean or max, got {mode!r}.")
    if mode == "max" and by_frequency:
        raise ArgumentError("[embedding_bag] mode 'max' takes no scale_grad_by_freq.")
    if input.ndim not in (1, 2):
        raise ShapeError(
            f"[embedding_bag] input has shape {tuple(input.shape)}, needed one or two axes."
        )
    if (offsets is not None) != (input.ndim == 1) or (offsets is not None and offsets.ndim != 1):
        raise ArgumentError(
            "[embedding_bag] an input of one axis needs offsets, of one axis too; an input of two "
            "axes takes none."
        )
    if weights is not None and weights.shape != input.shape:
        raise ShapeError(
            f"[embedding_bag] per_sample_weights has shape {tuple(weights.shape)}, needed that of "
            f"input, {tuple(input.shape)}."
        )
    if weights is not None and mode != "sum":
        raise UnfitBagsError(
            f"[embedding_bag] per_sample_weights are for mode 'sum', not {mode!r}."
        )


def _starts(offsets: Tensor, count: int, include_last: bool) -> Tensor:
    """Where each bag begins; all that follows the last beginning is in the last bag."""
    if offsets.numel() and (int(offsets[0]) != 0 or int(offsets[-1]) > count):
        raise ArgumentError(
            f"[embedding_bag] offsets must begin with 0 and end with at most {count}, the length "
            f"of input; got {offsets.tolist()}."
        )
    if include_last and not offsets.numel():
        raise ArgumentError("[embedding_bag] include_last_offset needs at least one offset.")
    return (offsets[:-1] if include_last else offsets).to(int64)


def _summed(rows: Tensor, starts: Tensor | None) -> Tensor:
    """The sum of each bag's rows: (B, L, ...), or (N, ...) if it is said where bags begin."""
    if starts is None:
        return rows.sum(1)
    begun = zeros(rows.shape[0] + 1, dtype=int64, device=rows.device)
    begun = begun.scatter_add(0, starts, ones_like(starts))
    bag = begun.cumsum(0)[:-1] - 1

    def summed(x: Tensor) -> Tensor:
        return x.new_zeros(starts.shape[0], *x.shape[1:]).index_add(0, bag, x)

    result: Tensor = widened(rows, summed)
    return result


def _largest(rows: Tensor, there: Tensor, starts: Tensor | None) -> Tensor:
    """The maximum over each bag's rows, element by element."""
    count, bags = there.numel(), rows.shape[0] if starts is None else starts.shape[0]
    if not count or not bags:
        return rows.new_zeros(bags, rows.shape[-1])
    if starts is None:
        return _largest_inside(rows, there)
    ends = cat([starts[1:], starts.new_full((1,), count)])
    longest = max(int((ends - starts).amax()), 1)
    places = starts.unsqueeze(-1) + arange(longest, device=rows.device)  # (B, L)
    inside = places < ends.unsqueeze(-1)
    places = places.clamp(max=count - 1)
    return _largest_inside(indexing.index(rows, places, axes=(0,)), inside & there[places])


def _largest_inside(rows: Tensor, inside: Tensor) -> Tensor:
    """rows: (B, L, D), inside: (B, L). 0 for a bag with nothing inside."""
    found = _where(inside.unsqueeze(-1), rows, -inf).max(1).values
    return _where(inside.any(1).unsqueeze(-1), found, 0.0)


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
