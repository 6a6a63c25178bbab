"""A rule as a formula: what it asks of a device that computes nothing and notes everything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from plugtorch.backend import Array, Backend, DeviceInfo, Formula
from plugtorch.dtypes import ALL
from plugtorch.dtypes import dtype as DType
from plugtorch.primitive import PRIMITIVES, Elementwise
from plugtorch.storage import TensorBase, wrap

Update = Callable[..., tuple[Any, dict[str, Any]]]
State = dict[str, Any]

PLAIN = frozenset((int, float, bool, str, type(None)))
"""What beside tensors a state may have for its parameter to share a formula with others."""


class NotNotableError(Exception):
    """What a rule asks for has no place in a formula."""


class _AnyShape:
    """The shape of noted arrays, which is that of every parameter in turn."""

    def __iter__(self) -> Any:
        raise NotNotableError("a shape")

    __len__ = __getitem__ = __iter__

    def __bool__(self) -> bool:
        return True  # 0-d tensors are promoted differently


_ANY_SHAPE = _AnyShape()
_next_number = count().__next__


class Noted:
    """An array of the noting device: an input, or the result of a line."""

    __slots__ = ("number", "line", "shape")

    def __init__(self, line: Any = None, shape: Any = _ANY_SHAPE) -> None:
        self.number = _next_number()
        self.line = line
        self.shape = shape


class _Kernels(dict[str, Callable[..., Any]]):
    def __missing__(self, name: str) -> Callable[..., Any]:
        if name != "cast" and not isinstance(PRIMITIVES[name], Elementwise):
            raise NotNotableError(name)

        def kernel(*operands: Any, **parameters: Any) -> Noted:
            for operand in operands:
                if type(operand) is Noted and operand.shape is _ANY_SHAPE:
                    return Noted((name, operands, parameters))
            return Noted((name, operands, parameters), ())

        self[name] = kernel
        return kernel


def _full(shape: tuple[int, ...], **parameters: Any) -> Noted:
    if shape:
        raise NotNotableError("a new tensor")
    return Noted(("full", (), {"shape": shape, **parameters}), shape)  # a rounded number


class NotingBackend(Backend):
    """The device. Its arrays are notes of how to compute them."""

    dtypes = frozenset(ALL)
    kernels = _Kernels(full=_full, clone=lambda x: x)  # arrays never change: a copy is the same

    @classmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        """None that a user could choose."""
        return ()

    def __init__(self, index: int = 0) -> None:
        pass

    def upload(self, host: Any, dtype: DType) -> Array:
        """Refuse: values are for the device that runs the rule."""
        raise NotNotableError("another tensor")

    def download(self, array: Array) -> Any:
        """Refuse: there are no values."""
        raise NotNotableError("a value")


_noting = NotingBackend()


class Note(NamedTuple):
    """A formula of a parameter, its gradient and the tensors of its state. Its results are the
    parameter and the tensors of the new ``state``: name, dtype, and whether it was there before.
    """

    formula: Formula
    numbers: Sequence[Any]
    tensors: list[tuple[str, DType, bool]]
    state: State


def note(update: Update, parameter: Any, gradient: Any, state: State, group: State) -> Note:
    """What the rule does. Raises an error of some kind where a formula cannot say it."""
    names = [name for name, value in state.items() if isinstance(value, TensorBase)]
    given = [parameter, gradient, *[state[name] for name in names]]
    inputs, (first, slope, *others) = stand_ins(given)
    if group.get("maximize"):
        slope = -slope
    new, new_state = update(first, slope, {**state, **dict(zip(names, others))}, group)

    tensors = {name: v for name, v in new_state.items() if isinstance(v, TensorBase)}
    shared = [v for name, v in new_state.items() if name not in tensors]
    if new.dtype is not parameter.dtype or not PLAIN.issuperset(map(type, shared)):
        raise NotNotableError("a parameter of another dtype, or a state that cannot be shared")
    kept = [name in names and state[name].dtype is v.dtype for name, v in tensors.items()]
    into = [0, *[2 + names.index(name) if old else None for name, old in zip(tensors, kept)]]
    formula, numbers = formula_of(given, inputs, [new, *tensors.values()], into)
    kinds = [(name, v.dtype, old) for (name, v), old in zip(tensors.items(), kept)]
    return Note(formula, numbers, kinds, new_state)


def stand_ins(tensors: Sequence[Any]) -> tuple[list[Noted], list[Any]]:
    """Inputs of a formula, and tensors that have them in the place of values."""
    inputs = [Noted() for _ in tensors]
    return inputs, [wrap(n, t.dtype, _noting) for n, t in zip(inputs, tensors, strict=True)]


def formula_of(
    given: Sequence[Any], inputs: Sequence[Noted], results: Sequence[Any], into: list[int | None]
) -> tuple[Formula, list[Any]]:
    """What was computed from stand-ins for the given tensors: as a formula, and its numbers."""
    wanted = [result.value() for result in results]
    if not all(noted.shape is _ANY_SHAPE for noted in wanted):
        raise NotNotableError("a result of another shape")
    places = {noted.number: k for k, noted in enumerate(inputs)}
    numbers: list[Any] = []
    lines = []
    for noted in _reached(wanted, inputs):
        name, operands, parameters = noted.line
        read = []
        for operand in operands:
            if type(operand) is Noted:
                read.append(places[operand.number])
            else:
                read.append(~len(numbers))
                numbers.append(operand)
        lines.append((name, tuple(read), tuple(parameters.items())))
        places[noted.number] = len(places)
    formula = Formula(
        inputs=tuple([t.dtype for t in given]),
        numbers=tuple(map(type, numbers)),
        lines=tuple(lines),
        results=tuple([(places[noted.number], k) for noted, k in zip(wanted, into, strict=True)]),
    )
    return formula, numbers


def _reached(wanted: Sequence[Noted], inputs: Sequence[Noted]) -> list[Noted]:
    """The lines that lead to what is wanted, in the order of the rule."""
    found = {noted.number: noted for noted in inputs}
    todo = list(wanted)
    while todo:
        noted = todo.pop()
        if noted.number not in found:
            found[noted.number] = noted
            todo += [o for o in noted.line[1] if isinstance(o, Noted)]
    return sorted(list(found.values())[len(inputs) :], key=lambda noted: noted.number)
