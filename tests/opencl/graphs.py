"""Random graphs of tensor operations, computed on two devices side by side.

Everything that is drawn follows from a seed, so a failure is repeated by its number. Values of
which every device must have the same bits (whole numbers, and fractions that no operation has
rounded) are called exact: only they are compared, ranked or turned into indices, where a last place
would decide between results that have nothing to do with each other.

Long because it is one table: an operation a function.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import plugtorch

DIGITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
TOLERANCE = {"float16": 4e-2, "bfloat16": 2.5e-1, "float32": 1e-3, "float64": 1e-9}
FLOATS = tuple(DIGITS)
WHOLE = ("uint8", "int8", "int16", "int32", "int64")
SHAPES = (
    (), (1,), (7,), (64,), (1000,), (3, 5), (1, 17), (33, 1), (4, 1, 6), (5, 16, 8), (2, 3, 4, 5),
    (31, 129), (128, 64), (2, 1, 300), (17, 3, 11),
)  # fmt: skip
LARGE = (
    (70001,),
    (257, 300),
    (300, 257),
    (9, 8192),
    (8192, 9),
    (40, 50, 41),
    (2, 40000),
    (40000, 2),
)


@dataclass
class Pair:
    """One value on both devices. exact: whether they must agree to the bit."""

    here: Any
    there: Any
    exact: bool

    @property
    def dtype(self) -> str:
        """The name of its dtype."""
        return str(self.here.dtype).removeprefix("plugtorch.")

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return tuple(self.here.shape)


class Graph:
    """Builds and compares. device: the second one. kinds: dtypes that both have."""

    def __init__(self, device: str, seed: int, kinds: tuple[str, ...], large: bool) -> None:
        self.device = device
        self.random = np.random.default_rng(seed)
        self.large = large
        self.floats = [k for k in FLOATS if k in kinds]
        self.kinds = [*self.floats, *(k for k in (*WHOLE, "bool") if k in kinds)]
        self.pairs: list[Pair] = []
        self.trace: list[str] = []

    # -- drawing -----------------------------------------------------------------------------------

    def pick(self, things: Any) -> Any:
        """One of a sequence."""
        return things[int(self.random.integers(len(things)))]

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return bool(self.random.random() < share)

    def leaf(self, shape: tuple[int, ...], kind: str) -> Pair:
        """A new value, uploaded to both."""
        if kind == "bool":
            host = self.random.random(shape) < 0.5
        elif kind in WHOLE:
            host = self.random.integers(0 if kind == "uint8" else -9, 10, shape)
        else:
            host = self.random.integers(-12, 13, shape) / 4
        dtype = getattr(plugtorch, kind)
        here = plugtorch.tensor(host).to(dtype)
        pair = Pair(here, here.to(self.device), True)
        self.note(f"leaf {kind} {shape}", pair)
        return pair

    def note(self, what: str, pair: Pair) -> Pair:
        """Keep a value, and say where it comes from."""
        self.trace.append(f"{len(self.pairs)} = {what} -> {pair.dtype} {pair.shape} {pair.exact}")
        self.pairs.append(pair)
        return pair

    def apply(
        self, what: str, function: Callable[..., Any], *pairs: Pair, exact: bool
    ) -> Pair | None:
        """A function on both devices. What the first refuses, the second is not asked."""
        try:
            here = function(*[p.here for p in pairs])
        except plugtorch.errors.PlugtorchError:
            return None
        there = function(*[p.there for p in pairs])
        names = [next(n for n, q in enumerate(self.pairs) if q is p) for p in pairs]
        exact = exact and all(p.exact for p in pairs)
        kind = str(here.dtype).removeprefix("plugtorch.")
        if exact and kind in DIGITS and here.numel():
            # quarters stay exact while there are digits for them
            host = here.detach().to(plugtorch.float64).numpy()
            exact = bool(np.all(np.abs(host) * 8 < 2.0 ** DIGITS[kind]))
            exact = exact and bool(np.all(host * 4 == np.round(host * 4)))
        return self.note(f"{what}{names}", Pair(here, there, exact))

    # -- one more operation ------------------------------------------------------------------------

    def grow(self) -> None:
        """Add one operation on what there is."""
        step = self.pick(
            [self.unary] * 3 + [self.binary] * 5 + [self.view] * 4 + [self.fold] * 4
            + [self.along] * 2 + [self.choice] * 2 + [self.write] * 2
            + [self.cast, self.indexed, self.number, self.opaque]
        )  # fmt: skip
        step()

    def any(self, kinds: Any = None, exact: bool = False) -> Pair:
        """A value that there is, of some kinds; a new one if there is none."""
        found = [
            p
            for p in self.pairs[-8:]
            if (kinds is None or p.dtype in kinds) and (p.exact or not exact) and p.here.numel()
        ]
        if found and not self.chance(0.1):
            return self.pick(found)  # type: ignore[no-any-return]
        kind = self.pick([k for k in self.kinds if kinds is None or k in kinds])
        return self.leaf(self.pick(LARGE if self.large else SHAPES), kind)

    def unary(self) -> None:
        """An elementwise function."""
        if self.chance(0.5):
            name = self.pick(("neg", "abs", "relu", "sign", "floor"))
            x = self.any((*FLOATS, *WHOLE), exact=name in ("sign", "floor"))
            self.apply(name, lambda t: getattr(t, name)(), x, exact=True)
        else:
            name = self.pick(("tanh", "sigmoid", "sin", "erf", "atan"))
            self.apply(name, lambda t: getattr(t, name)(), self.any(FLOATS), exact=False)

    def binary(self) -> None:
        """Two values, one of them perhaps repeated along some axes."""
        x = self.any()
        y = self.any((x.dtype,))
        try:
            np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            shape = tuple([n if self.chance(0.5) else 1 for n in x.shape])
            y = self.leaf(shape[self.random.integers(len(shape) + 1) :], x.dtype)
        if math.prod(np.broadcast_shapes(x.shape, y.shape)) > 400_000:
            return
        name = self.pick(("add", "sub", "mul", "maximum", "minimum", "lt", "eq", "logical_and"))
        if name in ("lt", "eq", "logical_and") and not (x.exact and y.exact):
            name = "add"
        if name == "sub" and x.dtype == "bool":
            name = "add"
        self.apply(name, lambda s, t: getattr(plugtorch, name)(s, t), x, y, exact=True)

    def number(self) -> None:
        """A value and a Python number."""
        x = self.any((*FLOATS, *WHOLE))
        value = self.pick((2, 3, 1)) if x.dtype in WHOLE else self.pick((0.5, 2, 0.25, 3))
        name = self.pick(("add", "mul", "rsub"))
        self.apply(f"{name} {value}", lambda t: getattr(plugtorch, name)(t, value), x, exact=True)

    def view(self) -> None:
        """The same elements seen otherwise."""
        x = self.any()
        rank = len(x.shape)
        name = self.pick(("permute", "flip", "slice", "expand", "reshape", "select", "unsqueeze"))
        if name == "permute":
            axes = tuple(int(a) for a in self.random.permutation(rank))
            self.apply(f"permute {axes}", lambda t: t.permute(axes), x, exact=True)
        elif name == "flip" and rank:
            axes = tuple(a for a in range(rank) if self.chance(0.5)) or (0,)
            self.apply(f"flip {axes}", lambda t: t.flip(axes), x, exact=True)
        elif name == "slice" and rank:
            spans = []
            for n in x.shape:
                start = int(self.random.integers(0, max(1, n // 3 + 1)))
                stop = int(self.random.integers(min(n, start + 1), n + 1))
                spans.append(slice(start, stop, self.pick((1, 1, 2, 3))))
            where = tuple(spans)
            self.apply(f"slice {where}", lambda t: t[where], x, exact=True)
        elif name == "select" and rank:
            axis = int(self.random.integers(rank))
            place = int(self.random.integers(x.shape[axis]))
            self.apply(f"select {axis} {place}", lambda t: t.select(axis, place), x, exact=True)
        elif name == "unsqueeze":
            axis = int(self.random.integers(rank + 1))
            self.apply(f"unsqueeze {axis}", lambda t: t.unsqueeze(axis), x, exact=True)
        elif name == "expand" and math.prod(x.shape) < 20_000:
            front = (int(self.random.integers(2, 5)),) if self.chance(0.5) else ()
            shape = (*front, *(n if n > 1 else int(self.random.integers(1, 6)) for n in x.shape))
            self.apply(f"expand {shape}", lambda t: t.expand(shape), x, exact=True)
        elif name == "reshape":
            total, sizes = math.prod(x.shape), []
            while total > 1 and len(sizes) < 3:
                part = self.pick([d for d in range(1, min(total, 400) + 1) if total % d == 0])
                sizes.append(part)
                total //= part
            self.random.shuffle(sizes)
            shape = (*sizes, total) if total > 1 else tuple(sizes)
            self.apply(f"reshape {shape}", lambda t: t.reshape(shape), x, exact=True)

    def axes(self, x: Pair) -> tuple[int, ...]:
        """Some axes, at least one."""
        rank = len(x.shape)
        return tuple(a for a in range(rank) if self.chance(0.5)) or (
            int(self.random.integers(rank)),
        )

    def fold(self) -> None:
        """A reduction over any axes."""
        x = self.any()
        if not x.shape:
            return
        axes, keep = self.axes(x), self.chance(0.6)
        name = self.pick(("sum", "sum", "mean", "amax", "amin", "any", "all", "argmax", "argmin"))
        if name in ("any", "all", "argmax", "argmin") and not x.exact:
            name = "sum"
        if name == "mean" and x.dtype not in FLOATS:
            name = "amax"
        axis = axes if name not in ("argmax", "argmin") else axes[0]
        if name in ("any", "all"):
            axis = axes[0]
        exact = name != "mean"
        if name == "sum" and x.dtype in FLOATS and x.exact:
            host = np.abs(x.here.to(plugtorch.float64).numpy()).sum()
            exact = bool(host * 8 < 2.0 ** DIGITS[x.dtype])
        self.apply(
            f"{name} {axis} {keep}", lambda t: getattr(t, name)(axis, keepdim=keep), x, exact=exact
        )

    def along(self) -> None:
        """Softmax and normalisation: folds whose result meets what was folded."""
        x = self.any(FLOATS)
        if not x.shape:
            return
        axis = int(self.random.integers(len(x.shape)))
        name = self.pick(("softmax", "log_softmax", "layer_norm", "centred", "cumsum_max"))
        if name in ("softmax", "log_softmax"):
            self.apply(f"{name} {axis}", lambda t: getattr(t, name)(axis), x, exact=False)
        elif name == "layer_norm":
            last = x.shape[-1:]
            function = plugtorch.nn.functional.layer_norm
            self.apply("layer_norm", lambda t: function(t, last, eps=0.1), x, exact=False)
        elif name == "centred":
            self.apply(f"centred {axis}", lambda t: t - t.mean(axis, keepdim=True), x, exact=False)
        else:
            self.apply(
                f"shifted {axis}", lambda t: (t - t.amax(axis, keepdim=True)).tanh(), x, exact=False
            )

    def choice(self) -> None:
        """Where."""
        x = self.any()
        condition = self.any(("bool",), exact=True)
        try:
            shape = np.broadcast_shapes(x.shape, condition.shape)
        except ValueError:
            condition = self.leaf(tuple([n if self.chance(0.7) else 1 for n in x.shape]), "bool")
            shape = x.shape
        if math.prod(shape) > 400_000:
            return
        if self.chance(0.4):
            self.apply("where 1", lambda c, t: plugtorch.where(c, t, 1), condition, x, exact=True)
        else:
            y = self.leaf(x.shape[-1:], x.dtype)
            self.apply(
                "where", lambda c, s, t: plugtorch.where(c, s, t), condition, x, y, exact=True
            )

    def cast(self) -> None:
        """Another dtype; numbers that do not fit are left alone."""
        x = self.any(exact=True)
        kind = self.pick(self.kinds)
        if x.here.numel() and x.dtype != "bool" and kind in WHOLE:
            host = x.here.to(plugtorch.float64)
            low, high = float(host.amin()), float(host.amax())
            if low < (0 if kind == "uint8" else -100) or high > 100:
                return
        dtype = getattr(plugtorch, kind)
        self.apply(f"to {kind}", lambda t: t.to(dtype), x, exact=True)

    def indexed(self) -> None:
        """Elements at places that a tensor says."""
        x = self.any()
        if not x.shape:
            return
        axis = int(self.random.integers(len(x.shape)))
        n = x.shape[axis]
        if self.chance(0.5):
            shape = self.pick(((3,), (5, 2), (1,), (20,)))
            host = self.random.integers(-n, n, shape)
            index = plugtorch.tensor(host)
            other = index.to(self.device)
            where = (slice(None),) * axis
            self.apply(
                f"index {axis} {shape}",
                lambda t: t[(*where, index if t.device.type == "cpu" else other)],
                x,
                exact=True,
            )
        else:
            shape = tuple([self.pick((1, 3, n)) if a == axis else m for a, m in enumerate(x.shape)])
            host = self.random.integers(0, n, shape)
            index = plugtorch.tensor(host)
            other = index.to(self.device)
            self.apply(
                f"gather {axis} {shape}",
                lambda t: plugtorch.gather(t, axis, index if t.device.type == "cpu" else other),
                x,
                exact=True,
            )

    def write(self) -> None:
        """In place: the value itself changes, and whatever is a view of it; others do not."""
        x = self.any((*FLOATS, *WHOLE))
        zero = [a for a, s in enumerate(x.here.stride()) if s == 0 and x.shape[a] > 1]
        if zero:
            return
        how = self.pick(("add_", "mul_", "fill", "put", "tensor"))
        if how in ("add_", "mul_"):
            function: Callable[..., Any] = lambda t: getattr(t, how)(2)  # noqa: E731
        elif how == "fill" and x.shape:
            function = lambda t: t.__setitem__(slice(0, 1), 3)  # noqa: E731
        elif how == "put" and x.shape:
            function = lambda t: t.__setitem__(slice(None, None, 2), t[:1] * 2)  # noqa: E731
        else:
            function = lambda t: t.copy_(t.flip((0,)) if t.ndim else t)  # noqa: E731
        function(x.here)
        function(x.there)
        name = next(n for n, q in enumerate(self.pairs) if q is x)
        self.trace.append(f"{how} into {name}")
        for pair in self.pairs:  # a view may have changed too
            self._again(pair, x.exact)

    def _again(self, pair: Pair, written: bool) -> None:
        """Whether a value that may have changed is still exact."""
        kind = pair.dtype
        if kind in DIGITS and pair.exact:
            pair.exact = written and bool(
                np.all(np.abs(pair.here.to(plugtorch.float64).numpy()) * 8 < 2.0 ** DIGITS[kind])
            )

    def opaque(self) -> None:
        """Something with kernels of its own between what is fused."""
        x = self.any(self.floats)
        if not x.shape or x.here.numel() > 20_000:
            return
        name = self.pick(("matmul", "cumsum", "cat"))
        if name == "matmul" and len(x.shape) > 1:
            self.apply("matmul T", lambda t: (t * 0.25) @ t.mT, x, exact=False)
        elif name == "cat":
            self.apply("cat", lambda t: plugtorch.cat([t, t * 2], -1), x, exact=True)
        elif x.shape[-1] < 70:
            self.apply("cumsum", lambda t: t.cumsum(-1), x, exact=False)

    # -- comparing ---------------------------------------------------------------------------------

    def compare(self, place: int) -> None:
        """One value, element by element. Raises AssertionError with the whole graph."""
        pair = self.pairs[place]
        needed, got = pair.here.detach().numpy(), pair.there.detach().cpu().numpy()
        needed, got = np.asarray(needed), np.asarray(got)
        assert needed.shape == got.shape, self.said(place, f"shape {got.shape}")
        assert needed.dtype == got.dtype, self.said(place, f"dtype {got.dtype}")
        if pair.dtype not in DIGITS or pair.exact:
            same = needed == got
        else:
            needed, got = needed.astype(np.float64), got.astype(np.float64)
            finite = np.abs(needed[np.isfinite(needed)])
            size = max(1.0, float(finite.max()) if finite.size else 0.0)
            with np.errstate(invalid="ignore"):
                same = np.abs(needed - got) <= TOLERANCE[pair.dtype] * size
            same |= (needed == got) | (np.isnan(needed) & np.isnan(got))
            same |= ~np.isfinite(needed) & (np.abs(got) > 6e4)  # an overflow at the last place
            same |= ~np.isfinite(got) & (np.abs(needed) > 6e4)
        if not np.all(same):
            at = tuple(int(i) for i in np.argwhere(~same)[0])
            wrong = f"{int(np.sum(~same))} of {same.size}, at {at}: {got[at]}, needed {needed[at]}"
            raise AssertionError(self.said(place, wrong))

    def said(self, place: int, wrong: str) -> str:
        """A message with all that was done."""
        return "\n".join([f"value {place}: {wrong}", *self.trace])


def tried(device: str, seed: int, kinds: tuple[str, ...], large: bool, steps: int) -> None:
    """Build one graph, let go of some values, compute at times, and compare the rest."""
    graph = Graph(device, seed, kinds, large)
    with plugtorch.no_grad():
        graph.leaf(graph.pick(LARGE if large else SHAPES), graph.pick(graph.floats))
        dropped: set[int] = set()
        for _ in range(steps):
            graph.grow()
            if graph.chance(0.08):  # in the middle: what follows reads memory
                place = graph.pick([n for n in range(len(graph.pairs)) if n not in dropped])
                graph.trace.append(f"compare {place}")
                graph.compare(place)
            if graph.chance(0.3) and len(graph.pairs) > 8:
                old = [n for n in range(len(graph.pairs) - 8) if n not in dropped]
                if old:
                    place = graph.pick(old)
                    dropped.add(place)
                    graph.trace.append(f"drop {place}")
                    graph.pairs[place] = Pair(plugtorch.zeros(0), plugtorch.zeros(0), False)
        order = [n for n in range(len(graph.pairs)) if n not in dropped]
        graph.random.shuffle(order)
        for place in order:
            if graph.chance(0.4):
                graph.trace.append(f"drop {place}")
                graph.pairs[place] = Pair(plugtorch.zeros(0), plugtorch.zeros(0), False)
        for place in order:
            graph.compare(place)
        for place in order:  # what was computed later may not have written over it
            graph.compare(place)
