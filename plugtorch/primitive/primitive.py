"""A primitive: a name, a shape-and-dtype rule, a gradient rule. And how a call becomes a kernel and
a node.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from plugtorch.backend import Array, Backend
from plugtorch.dtypes import dtype
from plugtorch.errors import ArgumentError, AutogradError
from plugtorch.graph import Node, mode, next_sequence, restorer
from plugtorch.primitive.faults import Shape, explain, missing_dtype
from plugtorch.storage import Storage, TensorBase, new, results, wrap

Fetch = Callable[[Node], Any]
Rule = Callable[..., Any]

PRIMITIVES: dict[str, Primitive] = {}
"""All of them by name; the backend kit goes through it."""


class Plan:
    """What to save and which rules to call, for one choice of inputs that gradients flow to."""

    __slots__ = ("pick", "steps")

    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]]  # (inputs..., output) -> what is saved
    steps: tuple[
        tuple[int, Rule, tuple[Fetch, ...]], ...
    ]  # input position, its rule, its arguments


def _nothing(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return ()


def _picker(positions: Sequence[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    if not positions:
        return _nothing
    if len(positions) == 1:
        only = positions[0]
        return lambda values: (values[only],)
    return itemgetter(*positions)


def _together(name: str, operands: tuple[Any, ...]) -> list[Any]:
    from plugtorch.primitive.matching import together  # which is built on primitives

    return together(name, operands)


class Primitive:
    """One operation that every backend has a kernel for.

    inputs: names of the operands; a last one written ``*name`` stands for any number. parameters:
    names of what is not a tensor. broadcasts: a gradient may have a larger shape than its input;
    the walk sums it down. shape: shape(input shapes..., **parameters), raises ShapeError. gives:
    the result's dtype: None for that of the first input, a dtype, or the name of the parameter that
    holds it.
    """

    def __init__(
        self,
        name: str,
        inputs: str = "",
        parameters: str = "",
        *,
        shape: Callable[..., Shape],
        gives: dtype | str | None = None,
        differentiable: bool = True,
        broadcasts: bool = False,
        doc: str,
    ) -> None:
        if name in PRIMITIVES:
            raise ArgumentError(f"[primitive] there already is one named {name!r}.")
        PRIMITIVES[name] = self
        self.name = name
        named = inputs.split()
        self.variadic = named.pop()[1:] if named and named[-1].startswith("*") else ""
        self.inputs = tuple(named)
        self.parameters = tuple(parameters.split())
        self.shape = shape
        self.gives = gives
        self.differentiable = differentiable
        self.broadcasts = broadcasts
        self.__doc__ = doc
        self.rules: dict[str, tuple[Rule, tuple[str, ...]]] = {}
        self.plans: dict[Any, Plan] = {}  # by mask; with any number of inputs, by mask and number

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    # -- gradient rules ----------------------------------------------------------------------------

    def gradient(self, of: str | Rule) -> Any:
        """Decorator that gives the gradient rule: bare for the only input, with its name for one of
        several.
        """
        if not isinstance(of, str):
            return self._add_rule(self.inputs[0] if self.inputs else self.variadic, of)
        return lambda function: self._add_rule(of, function)

    def _add_rule(self, of: str, function: Rule) -> Rule:
        code = function.__code__
        names = code.co_varnames[1 : code.co_argcount]  # the first is the incoming gradient
        self.rules[of] = (function, names)
        return function

    def plan(self, mask: int, arity: int) -> Plan:
        """The plan for the inputs whose bit is set in ``mask``."""
        key = (mask, arity) if self.variadic else mask
        found = self.plans.get(key)
        if found is not None:
            return found
        saved: list[int] = []
        steps = []
        for position in range(arity):
            if not mask >> position & 1:
                continue
            name = self.inputs[position] if position < len(self.inputs) else self.variadic
            if name not in self.rules:
                raise AutogradError(
                    f"[{self.name}] has no derivative"
                    + (f" with respect to {name!r}" if len(self.inputs) > 1 else "")
                    + ". Use detach() on what needs none."
                )
            function, names = self.rules[name]
            steps.append(
                (position, function, tuple(self._fetch(n, position, arity, saved) for n in names))
            )
        plan = Plan()
        plan.pick = _picker(saved)
        plan.steps = tuple(steps)
        self.plans[key] = plan
        return plan

    def _fetch(self, name: str, position: int, arity: int, saved: list[int]) -> Fetch:
        if name == self.variadic:
            sources = range(len(self.inputs), arity)
            saved.extend(source for source in sources if source not in saved)
            fetches = [restorer(saved.index(source), source) for source in sources]
            return lambda node: [fetch(node) for fetch in fetches]
        if name in self.inputs or name == "output":
            source = arity if name == "output" else self.inputs.index(name)
            if source not in saved:
                saved.append(source)
            return restorer(saved.index(source), source)
        if name in self.parameters:
            return lambda node: node.parameters[name]
        if name == "position":
            return lambda node: position
        if name == "shapes":
            return lambda node: node.shapes
        if name.endswith("_dtype"):
            which = self.inputs.index(name.removesuffix("_dtype"))
            return lambda node: node.dtypes[which]
        which = self.inputs.index(name.removesuffix("_shape"))
        return lambda node: node.shapes[which]  # type: ignore[index]

    # -- calling -----------------------------------------------------------------------------------

    def __call__(self, first: TensorBase, *others: Any, **parameters: Any) -> Any:
        """Run on tensors (or Python numbers, except the first) that already have their common
        dtype.
        """
        storage = first.storage
        backend = storage.backend
        a = storage.array if first.through is None else first.value()
        mask = 1 if first.tracked else 0
        try:
            if not others:
                array = backend.kernels[self.name](a, **parameters)
            else:
                arrays = []
                bit = 1
                for other in others:
                    bit += bit
                    if isinstance(other, TensorBase):
                        if other.storage.backend is not backend:
                            return self(*_together(self.name, (first, *others)), **parameters)
                        arrays.append(
                            other.storage.array if other.through is None else other.value()
                        )
                        if other.tracked:
                            mask += bit
                    else:
                        arrays.append(other)
                array = backend.kernels[self.name](a, *arrays, **parameters)
        except Exception as error:
            raise explain(self, backend, (first, *others), parameters, error) from error
        gives = self.gives
        kind = (
            first.dtype if gives is None else parameters[gives] if isinstance(gives, str) else gives
        )
        box = new(Storage)
        box.array = array
        box.backend = backend
        box.version = 0
        result = new(results.cls)
        result.storage = box
        result.dtype = kind
        result.through = None
        # mask > 1: the first operand of `where` is its condition, which says nothing of the
        # result's dtype
        if mask and mode.enabled and self.differentiable and (kind.is_floating_point or mask > 1):
            if others:
                self._record(result, (first, *others), (a, *arrays), array, parameters, mask)
            else:
                self._record_one(result, first, a, array, parameters)
        else:
            result.node = None
            result.tracked = False
        return result

    def create(self, backend: Backend, dtype: dtype, **parameters: Any) -> Any:
        """Run one that has no inputs: a new tensor on an opened device."""
        if dtype not in backend.dtypes:
            raise missing_dtype(self.name, backend, dtype)
        try:
            array = backend.kernels[self.name](dtype=dtype, **parameters)
        except Exception as error:
            raise explain(self, backend, (), {**parameters, "dtype": dtype}, error) from error
        return wrap(array, dtype, backend)

    def _record(
        self,
        result: TensorBase,
        operands: Sequence[Any],
        arrays: Sequence[Array],
        array: Array,
        parameters: dict[str, Any],
        mask: int,
    ) -> None:
        plan = self.plan(mask, len(operands))
        node = new(Node)
        node.sequence = next_sequence()
        node.primitive = self
        node.plan = plan
        node.saved = plan.pick((*arrays, array))
        try:
            if len(operands) == 2:  # by far the commonest
                x, y = operands
                node.parents = (
                    (x.node or x) if mask & 1 else None,
                    (y.node or y) if mask & 2 else None,
                )
                node.shapes = (arrays[0].shape, arrays[1].shape)
                node.dtypes = (x.dtype, y.dtype, result.dtype)
            else:
                node.parents = tuple([(o.node or o) if o.tracked else None for o in operands])
                node.shapes = tuple([a.shape for a in arrays])
                node.dtypes = (*[o.dtype for o in operands], result.dtype)
        except AttributeError:  # there are numbers among them
            tensors = [o if isinstance(o, TensorBase) else None for o in operands]
            node.parents = tuple(
                [(o.node or o) if o is not None and o.tracked else None for o in tensors]
            )
            node.shapes = tuple([() if o is None else a.shape for o, a in zip(tensors, arrays)])
            node.dtypes = (*[None if o is None else o.dtype for o in tensors], result.dtype)
        node.parameters = parameters
        node.backend = result.storage.backend
        node.hooks = None
        result.node = node
        result.tracked = True

    def _record_one(
        self, result: TensorBase, x: TensorBase, a: Array, array: Array, parameters: dict[str, Any]
    ) -> None:
        """As ``_record``, for a single operand."""
        plan = self.plans.get(1) or self.plan(1, 1)
        node = new(Node)
        node.sequence = next_sequence()
        node.primitive = self
        node.plan = plan
        node.parents = (x.node or x,)
        node.saved = plan.pick((a, array))
        node.shapes = (a.shape,)
        node.dtypes = (x.dtype, result.dtype)
        node.parameters = parameters
        node.backend = result.storage.backend
        node.hooks = None
        result.node = node
        result.tracked = True
