"""Random numbers: counter-based (Philox4x32-10), so that a seed gives the same numbers on every
device.

A generator is a seed and a counter; each call takes the counters it needs and moves on. Nothing
else is state.

Long because every function spells out the keywords that PyTorch's has.
"""

from __future__ import annotations

import math
import os
from operator import index
from typing import Any

from plugtorch import dtypes
from plugtorch.device import device as Device
from plugtorch.device import open_device
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ArgumentError, DTypeError, StateError
from plugtorch.ops import creation as ops
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import positive, shape_of, sizes
from plugtorch.tensor.creation import Where, _sized, _tracked, complete_like, tensor

__all__ = [
    "Generator",
    "bernoulli",
    "binomial",
    "default_generator",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "multinomial",
    "normal",
    "poisson",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "randperm",
    "seed",
    "set_rng_state",
]

DEFAULT_SEED = 67280421310721  # PyTorch's: an unseeded run is the same every time


class Generator:
    """A stream of random numbers: a seed, and how much of its stream was used.

    >>> import plugtorch
    >>> a = plugtorch.Generator().manual_seed(1)
    >>> b = plugtorch.Generator().manual_seed(1)
    >>> bool((plugtorch.rand(3, generator=a) == plugtorch.rand(3, generator=b)).all())
    True

    Source: torch.Generator.
    """

    def __init__(self, device: Where = "cpu") -> None:
        self.device = Device(device or "cpu")
        self._seed = DEFAULT_SEED
        self._offset = 0

    def manual_seed(self, seed: int) -> Generator:
        """Begin the stream of ``seed``."""
        if not -(2**63) <= int(seed) < 2**64:
            raise ArgumentError(f"[manual_seed] the seed must fit 64 bits, got {seed}.")
        self._seed = int(seed) % 2**64
        self._offset = 0
        return self

    def initial_seed(self) -> int:
        """The seed of the stream."""
        return self._seed

    def seed(self) -> int:
        """Begin a stream that nobody can foresee; returns its seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def get_state(self) -> Any:
        """Seed and position as a uint8 tensor, for ``set_state``."""
        raw = self._seed.to_bytes(8, "little") + self._offset.to_bytes(8, "little")
        return tensor(list(raw), dtype=dtypes.uint8, device="cpu")

    def set_state(self, state: Any) -> Generator:
        """Go on from a state that ``get_state`` gave."""
        if (
            not isinstance(state, TensorBase)
            or state.dtype is not dtypes.uint8
            or shape_of(state) != (16,)
        ):
            raise StateError(
                "[set_state] needs the uint8 tensor of 16 elements that get_state() gives."
            )
        raw = bytes(state.tolist())  # type: ignore[attr-defined]
        self._seed = int.from_bytes(raw[:8], "little")
        self._offset = int.from_bytes(raw[8:], "little")
        return self

    def clone_state(self) -> Generator:
        """Another generator at the same place."""
        other = Generator(self.device)
        other._seed, other._offset = self._seed, self._offset
        return other

    def take(self, words: int) -> dict[str, int]:
        """Claim the counters for ``words`` numbers of 32 bits; four come from each counter."""
        offset = self._offset
        self._offset += -(-words // 4)
        return {"seed": self._seed, "offset": offset}


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Begin the default stream of ``seed``, on every device. Source: torch.manual_seed."""
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Begin a stream that nobody can foresee; returns its seed. Source: torch.seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default stream. Source: torch.initial_seed."""
    return default_generator.initial_seed()


def get_rng_state() -> Any:
    """The state of the default generator. Source: torch.get_rng_state."""
    return default_generator.get_state()


def set_rng_state(state: Any) -> None:
    """Set the state of the default generator. Source: torch.set_rng_state."""
    default_generator.set_state(state)


def _draw(
    primitive: Any, backend: Any, shape: tuple[int, ...], kind: DType, generator: Generator | None
) -> Any:
    if not kind.is_floating_point:
        raise DTypeError(f"[random] needs a floating-point dtype, got {kind!r}.")
    words = math.prod(shape) * (2 if kind is dtypes.float64 else 1)
    # normal numbers come in pairs
    stream = (generator or default_generator).take(words + words % 2)
    return primitive.create(backend, kind, shape=shape, **stream)


def rand(
    *size: Any,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **_: Any,
) -> Any:
    """Uniform numbers in [0, 1). Source: torch.rand."""
    shape = positive("rand", sizes("rand", _sized(size, _)))
    kind = dtype or dtypes.get_default_dtype()
    return _tracked(
        _draw(ops.random_uniform, open_device(device), shape, kind, generator), requires_grad
    )


def randn(
    *size: Any,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
    **_: Any,
) -> Any:
    """Normal numbers of mean 0 and variance 1. Source: torch.randn."""
    shape = positive("randn", sizes("randn", _sized(size, _)))
    kind = dtype or dtypes.get_default_dtype()
    return _tracked(
        _draw(ops.random_normal, open_device(device), shape, kind, generator), requires_grad
    )


def rand_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Uniform numbers in the shape, dtype and place of input. Source: torch.rand_like."""
    shape, kind, backend = complete_like(input)
    backend = backend if device is None else open_device(device)
    return _tracked(
        _draw(ops.random_uniform, backend, shape, dtype or kind, generator), requires_grad
    )


def randn_like(
    input: Any,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Normal numbers in the shape, dtype and place of input. Source: torch.randn_like."""
    shape, kind, backend = complete_like(input)
    backend = backend if device is None else open_device(device)
    return _tracked(
        _draw(ops.random_normal, backend, shape, dtype or kind, generator), requires_grad
    )


def _bits(backend: Any, shape: tuple[int, ...], generator: Generator | None) -> Any:
    stream = (generator or default_generator).take(2 * math.prod(shape))
    return ops.random_bits.create(backend, dtypes.int64, shape=shape, **stream)


def randint(
    low: Any = None,
    high: Any = None,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Whole numbers from low up to, not including, high.

    Called as (high, size) or (low, high, size); size, and what is behind it, may go by name.

    Raises DTypeError without high or a tuple of sizes and for a bound that is no int, ArgumentError
    for a range with nothing in it.

    Source: torch.randint.
    """
    if size is None:
        high, size = None, high
    if high is None:
        low, high = None, low
    if not isinstance(size, (tuple, list)) or high is None:
        raise DTypeError(
            "[randint] needs (high, size) or (low, high, size), where size is a tuple, got "
            f"{(low, high, size)}."
        )
    low, high = _whole("randint", low or 0), _whole("randint", high)
    if low >= high:
        raise ArgumentError(f"[randint] low must be below high, got {low} and {high}.")
    kind = dtype or dtypes.int64
    shape = positive("randint", sizes("randint", (size,)))
    # 63 bits modulo the range: the bias is below range / 2^63
    result = _bits(open_device(device), shape, generator) % (high - low) + low
    return _tracked(result if kind is dtypes.int64 else cast(result, kind), requires_grad)


def _whole(name: str, bound: Any) -> int:
    try:
        if isinstance(bound, bool):
            raise TypeError
        return index(bound)
    except TypeError:
        raise DTypeError(f"[{name}] a bound must be a whole number, got {bound!r}.") from None


def randint_like(
    input: Any,
    low: int | None = None,
    high: int | None = None,
    *,
    dtype: DType | None = None,
    device: Where = None,
) -> Any:
    """Whole numbers in the shape, dtype and place of input. Source: torch.randint_like."""
    return randint(
        low, high, shape_of(input), dtype=dtype or input.dtype, device=device or input.device
    )


def randperm(
    n: int,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    **_: Any,
) -> Any:
    """The numbers 0 to n - 1 in random order. Source: torch.randperm."""
    _sized((n,), _)
    if n < 0:
        raise ArgumentError(f"[randperm] n must not be negative, got {n}.")
    order = _bits(open_device(device), (n,), generator).argsort()
    return order if dtype in (None, dtypes.int64) else order.to(dtype)


def bernoulli(input: Any, p: float | None = None, *, generator: Generator | None = None) -> Any:
    """1 with the probability that input holds (or p), else 0. Source: torch.bernoulli."""
    chance = input if p is None else p
    if p is not None and not 0 <= p <= 1:
        raise ArgumentError(f"[bernoulli] p must be from 0 to 1, got {p}.")
    kind = _fine(input.dtype)
    drawn = _draw(
        ops.random_uniform, input.storage.backend, tuple(shape_of(input)), kind, generator
    )
    return cast(drawn < chance, input.dtype)


def _fine(kind: DType) -> DType:
    """The dtype to draw in where a draw is compared with a probability: 8 bits are too coarse."""
    return kind if kind.is_floating_point and kind.itemsize > 2 else dtypes.float32


def normal(
    mean: Any = 0.0,
    std: Any = 1.0,
    size: Any = None,
    *,
    generator: Generator | None = None,
    dtype: DType | None = None,
    device: Where = None,
    requires_grad: bool = False,
) -> Any:
    """Normal numbers of given means and standard deviations (numbers or tensors). Source:
    torch.normal.
    """
    if not isinstance(std, TensorBase) and std < 0:
        raise ArgumentError(f"[normal] std must not be negative, got {std}.")
    if size is not None:
        drawn = randn(size, generator=generator, dtype=dtype, device=device)
    else:
        like = mean if isinstance(mean, TensorBase) else std
        if not isinstance(like, TensorBase):
            raise ArgumentError("[normal] give a size, or a tensor as mean or std.")
        if isinstance(mean, TensorBase) and isinstance(std, TensorBase):
            like = mean + std  # type: ignore[operator]
        drawn = randn_like(like, generator=generator)
    return _tracked(drawn * std + mean, requires_grad)


def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Any:
    """Places drawn with probabilities proportional to input, along its last axis. Source:
    torch.multinomial.
    """
    shape = tuple(shape_of(input))
    if not 1 <= len(shape) <= 2 or num_samples < 1:
        raise ArgumentError(
            f"[multinomial] needs a vector or matrix and at least 1 sample, got {shape}, "
            f"{num_samples}."
        )
    if not replacement and num_samples > shape[-1]:
        raise ArgumentError(
            f"[multinomial] cannot draw {num_samples} of {shape[-1]} without replacement."
        )
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[multinomial] needs floating-point weights, got {input.dtype!r}.")
    weights = input.detach().to(_fine(input.dtype))
    if bool((~(weights >= 0) | (weights == math.inf)).any()) or bool((weights.sum(-1) <= 0).any()):
        raise ArgumentError(
            "[multinomial] weights must be finite and not negative, and each row must have a "
            "positive sum."
        )
    if replacement:
        edges = weights.cumsum(-1)
        drawn = rand(
            *shape[:-1], num_samples, generator=generator, dtype=edges.dtype, device=input.device
        )
        # how many edges lie at or below the point
        points = (drawn * edges.narrow(-1, shape[-1] - 1, 1)).unsqueeze(-1)
        return (edges.unsqueeze(-2) <= points).sum(-1).clamp(max=shape[-1] - 1)
    # the largest of log(weight) + Gumbel noise are a draw without replacement (Efraimidis and
    # Spirakis 2006)
    noise = rand_like(weights, generator=generator).clamp(min=1e-12)
    keys = weights.log() - (-noise.log()).log()
    return keys.topk(num_samples, -1).indices


def uniform_(
    self: Any, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None
) -> Any:
    """Filled with uniform numbers in [a, b). Source: torch.Tensor.uniform_."""
    if a > b:
        raise ArgumentError(f"[uniform_] needs a <= b, got {a} and {b}.")
    return self._assign(rand_like(self, generator=generator) * (b - a) + a, "uniform_")


def normal_(
    self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Any:
    """Filled with normal numbers. Source: torch.Tensor.normal_."""
    if std < 0:
        raise ArgumentError(f"[normal_] std must not be negative, got {std}.")
    return self._assign(randn_like(self, generator=generator) * std + mean, "normal_")


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Generator | None = None) -> Any:
    """Filled with 1 at probability p, else 0. Source: torch.Tensor.bernoulli_."""
    drawn = rand(shape_of(self), generator=generator, device=self.device) < p
    return self._assign(cast(drawn, self.dtype), "bernoulli_")


def exponential_(self: Any, lambd: float = 1.0, *, generator: Generator | None = None) -> Any:
    """Filled with exponential numbers of rate lambd. Source: torch.Tensor.exponential_."""
    if lambd <= 0:
        raise ArgumentError(f"[exponential_] the rate must be positive, got {lambd}.")
    return self._assign(
        (1 - rand_like(self, generator=generator)).log() * (-1 / lambd), "exponential_"
    )


def log_normal_(
    self: Any, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Any:
    """Filled with e to the power of normal numbers. Source: torch.Tensor.log_normal_."""
    if std <= 0:
        raise ArgumentError(f"[log_normal_] std must be positive, got {std}.")
    drawn = randn_like(self, generator=generator) * std + mean
    return self._assign(drawn.exp(), "log_normal_")


def cauchy_(
    self: Any, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Any:
    """Filled with numbers of the Cauchy distribution. Source: torch.Tensor.cauchy_."""
    if sigma <= 0:
        raise ArgumentError(f"[cauchy_] sigma must be positive, got {sigma}.")
    angle = (rand_like(self, generator=generator) - 0.5) * math.pi
    return self._assign(angle.tan() * sigma + median, "cauchy_")


def geometric_(self: Any, p: float, *, generator: Generator | None = None) -> Any:
    """Filled with how many trials of probability p it takes to succeed, 1 at least. Source:
    torch.Tensor.geometric_.
    """
    if not 0 < p < 1:
        raise ArgumentError(f"[geometric_] p must be between 0 and 1, got {p}.")
    chance = 1 - rand(shape_of(self), generator=generator, device=self.device)
    trials = (chance.log() * (1 / math.log1p(-p))).ceil().clamp(min=1)
    return self._assign(cast(trials, self.dtype), "geometric_")


def poisson(input: Any, generator: Generator | None = None) -> Any:
    """Whole numbers of the Poisson distribution with the rates of input. Source: torch.poisson."""
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[poisson] needs floating-point rates, got {input.dtype!r}.")
    rate = _finest(input.detach())
    if bool((~(rate >= 0)).any()):
        raise ArgumentError("[poisson] a rate must not be negative.")
    most = float(rate.max()) if rate.numel() else 0.0
    steps = int(most + 12 * math.sqrt(most) + 20)
    logarithm = rate.clamp(min=1e-30).log()
    drawn = rand_like(rate, generator=generator)

    def chance(k: int) -> Any:
        return (k * logarithm - rate - math.lgamma(k + 1)).exp()

    return cast(_inverted(drawn, chance, steps), input.dtype)


def binomial(count: Any, prob: Any, generator: Generator | None = None) -> Any:
    """How many of count trials succeed, each with probability prob. Source: torch.binomial."""
    for given in (count, prob):
        if not given.dtype.is_floating_point:
            raise DTypeError(f"[binomial] needs floating-point tensors, got {given.dtype!r}.")
    trials, p = _finest(count.detach()), _finest(prob.detach())
    if bool(((trials < 0) | ~((p >= 0) & (p <= 1))).any()):
        raise ArgumentError("[binomial] counts must not be negative, and prob from 0 to 1.")
    trials, p = trials.floor() + p * 0, p + trials * 0
    steps = int(trials.max()) if trials.numel() else 0
    drawn = rand_like(p, generator=generator)
    certain = (p == 0) | (p == 1)
    safe = p.masked_fill(certain, 0.5)
    odds = (safe / (1 - safe)).log()
    first, combinations = trials * (1 - safe).log(), [trials * 0]

    def chance(k: int) -> Any:
        value = (first + combinations[0] + k * odds).exp()
        value = value * cast(trials >= k, value.dtype)
        combinations[0] = combinations[0] + ((trials - k).clamp(min=1e-30) / (k + 1)).log()
        return value

    found = _inverted(drawn, chance, steps)
    return cast((p * trials).where(certain, found.minimum(trials)), count.dtype)


def _finest(x: Any) -> Any:
    """In float64 where the device has it: chances are added up."""
    wide = dtypes.float64 in x.storage.backend.dtypes
    return x.to(dtypes.float64 if wide else dtypes.float32)


def _inverted(drawn: Any, chance: Any, steps: int) -> Any:
    """How many of the chances of 0, 1, ... together stay below what was drawn."""
    found, total = drawn * 0, drawn * 0
    for k in range(steps):
        total = total + chance(k)
        found = found + cast(drawn >= total, drawn.dtype)
    return found


def random_(
    self: Any, low: int = 0, high: int | None = None, *, generator: Generator | None = None
) -> Any:
    """Filled with whole numbers from low up to, not including, high.

    Source: torch.Tensor.random_.
    """
    if high is None:
        low, high = (
            (0, low)
            if low
            else (
                0,
                2 ** min(8 * self.dtype.itemsize - 1, 24 if self.dtype.is_floating_point else 62),
            )
        )
    drawn = randint(low, high, shape_of(self), generator=generator, device=self.device)
    return self._assign(cast(drawn, self.dtype), "random_")
