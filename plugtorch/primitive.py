"""A primitive: a name, a shape-and-dtype rule, a gradient rule. And how a call becomes a kernel and a node.

    tanh = elementwise("tanh", doc="Hyperbolic tangent.")

    @tanh.gradient
    def _(gradient, output):
        return gradient * (1 - output * output)

A gradient rule is written in tensor operations and names what it needs: inputs by name, ``output``, the shape of an
input as ``x_shape``, parameters by name. Only what is named is kept for backward. A rule need not undo broadcasting:
the walk does.

This is the hottest code of the library. Functions here are long where a helper's call would cost more than the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from plugtorch import dtypes
from plugtorch.backend import Array, Backend
from plugtorch.dtypes import dtype
from plugtorch.errors import (
    ArgumentError,
    AutogradError,
    DeviceError,
    DTypeError,
    OutOfMemoryError,
    PlugtorchError,
    ShapeError,
    UnsupportedError,
)
from plugtorch.graph import Node, mode, new, next_sequence, restorer
from plugtorch.storage import Storage, TensorBase, View, results, wrap

Shape = tuple[int, ...]
Fetch = Callable[[Node], Any]
Rule = Callable[..., Any]

PRIMITIVES: dict[str, Primitive] = {}
"""All of them by name; the backend kit goes through it."""


class Plan:
    """What to save and which rules to call, for one choice of inputs that gradients flow to."""

    __slots__ = ("pick", "steps")

    pick: Callable[[tuple[Any, ...]], tuple[Any, ...]]  # (inputs..., output) -> what is saved
    steps: tuple[tuple[int, Rule, tuple[Fetch, ...]], ...]  # input position, its rule, its arguments


def _nothing(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return ()


def _picker(positions: Sequence[int]) -> Callable[[tuple[Any, ...]], tuple[Any, ...]]:
    if not positions:
        return _nothing
    if len(positions) == 1:
        only = positions[0]
        return lambda values: (values[only],)
    return itemgetter(*positions)


class Primitive:
    """One operation that every backend has a kernel for.

    inputs: names of the operands; a last one written ``*name`` stands for any number. parameters: names of what is
    not a tensor. broadcasts: a gradient may have a larger shape than its input; the walk sums it down.
    shape: shape(input shapes..., **parameters), raises ShapeError. gives: the result's dtype: None for that of the
    first input, a dtype, or the name of the parameter that holds it.
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

    # -- gradient rules --------------------------------------------------------------------------------------------

    def gradient(self, of: str | Rule) -> Any:
        """Decorator that gives the gradient rule: bare for the only input, with its name for one of several."""
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
        which = self.inputs.index(name.removesuffix("_shape"))
        return lambda node: node.shapes[which]  # type: ignore[index]

    # -- calling ---------------------------------------------------------------------------------------------------

    def __call__(self, first: TensorBase, *others: Any, **parameters: Any) -> Any:
        """Run on tensors (or Python numbers, except the first) that already have their common dtype."""
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
                            raise different_devices(self.name, (first, *others))
                        arrays.append(other.storage.array if other.through is None else other.value())
                        if other.tracked:
                            mask += bit
                    else:
                        arrays.append(other)
                array = backend.kernels[self.name](a, *arrays, **parameters)
        except Exception as error:
            raise explain(self, backend, (first, *others), parameters, error) from error
        gives = self.gives
        if gives is None:
            gives = first.dtype
        elif type(gives) is str:
            gives = parameters[gives]
        box = new(Storage)
        box.array = array
        box.backend = backend
        box.version = 0
        result = new(results.cls)
        result.storage = box
        result.dtype = gives
        result.through = None
        # mask > 1: the first operand of `where` is its condition, which says nothing of the result's dtype
        if mask and mode.enabled and self.differentiable and (gives.is_floating_point or mask > 1):
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
                node.parents = ((x.node or x) if mask & 1 else None, (y.node or y) if mask & 2 else None)
                node.shapes = (arrays[0].shape, arrays[1].shape)
                node.dtypes = (x.dtype, y.dtype, result.dtype)
            else:
                node.parents = tuple([(o.node or o) if o.tracked else None for o in operands])
                node.shapes = tuple([a.shape for a in arrays])
                node.dtypes = (*[o.dtype for o in operands], result.dtype)
        except AttributeError:  # there are numbers among them
            tensors = [o if isinstance(o, TensorBase) else None for o in operands]
            node.parents = tuple([(o.node or o) if o is not None and o.tracked else None for o in tensors])
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


class Movement(Primitive):
    """A primitive that only rearranges: its result is a view, and a write to it goes to the same box."""

    put_rule: Callable[..., Array] | None = None

    def puts(self, function: Callable[..., Array]) -> Callable[..., Array]:
        """Decorator for put(kernels, whole, part, **parameters): ``whole`` with the part that this shows replaced."""
        self.put_rule = function
        return function

    def put(self, backend: Backend, whole: Array, part: Array, parameters: dict[str, Any]) -> Array:
        if self.put_rule is None:
            raise UnsupportedError(f"[{self.name}] cannot be written through. Use clone() first.")
        return self.put_rule(backend.kernels, whole, part, **parameters)

    def __call__(self, x: TensorBase, **parameters: Any) -> Any:
        storage = x.storage
        view = x.through
        array = storage.array if view is None else x.value()
        backend = storage.backend
        try:
            seen = backend.kernels[self.name](array, **parameters)
        except Exception as error:
            raise explain(self, backend, (x,), parameters, error) from error
        result = new(results.cls)
        result.storage = storage
        result.dtype = x.dtype
        result.through = other = new(View)
        other.array = seen
        other.version = storage.version
        if view is None:
            other.steps = ((self, parameters),)
            other.base = x if mode.enabled else None
        else:
            other.steps = (*view.steps, (self, parameters))
            base = view.base
            other.base = None if not mode.enabled else x if base is None else base
        if x.tracked and mode.enabled:
            self._record_one(result, x, array, seen, parameters)
        else:
            result.node = None
            result.tracked = False
        return result

    def record(self, x: TensorBase, parameters: dict[str, Any]) -> Any:
        """The result with its graph, whatever the mode is; for views that are looked through again."""
        before = mode.enabled
        mode.enabled = True
        try:
            return self(x, **parameters)
        finally:
            mode.enabled = before


class Elementwise(Primitive):
    """A primitive that works element by element and broadcasts. ``apply`` is it as a plain function.

    takes: ANY, FLOAT (whole numbers become the default float first), WHOLE (bool and integers only), NUMERIC (not
    bools alone) or SIGNED (no bool at all).
    gives: None for the common dtype, or a dtype.
    """

    apply: Callable[..., Any]

    def __init__(
        self, name: str, inputs: str, *, takes: str, gives: dtype | None, doc: str, differentiable: bool
    ) -> None:
        super().__init__(
            name,
            inputs,
            shape=broadcast_rule(name),
            gives=gives,
            differentiable=differentiable,
            broadcasts=True,
            doc=doc,
        )
        self.takes = takes
        self.apply = {1: _unary, 2: _binary, 3: _ternary}[len(self.inputs)](self)
        self.apply.__doc__ = doc
        self.apply.__name__ = name

    def __call__(self, *operands: Any, **parameters: Any) -> Any:
        return self.apply(*operands)

    def match(self, operands: tuple[Any, ...]) -> list[Any]:
        """The operands in their common dtype and on one device; numbers stay numbers, as the dtype needs them."""
        return match(self.name, operands, self.takes)


ANY, FLOAT, WHOLE, NUMERIC, SIGNED = "any", "float", "whole", "numeric", "signed"


def elementwise(
    name: str,
    inputs: str = "x",
    *,
    takes: str = ANY,
    gives: dtype | None = None,
    differentiable: bool = True,
    doc: str,
) -> Elementwise:
    """Declare an elementwise primitive."""
    return Elementwise(
        name, inputs, takes=takes, gives=gives, differentiable=differentiable, doc=doc
    )


def _unary(primitive: Elementwise) -> Callable[[Any], Any]:
    name = primitive.name
    gives = primitive.gives
    floats = primitive.takes != WHOLE
    plain = primitive.takes == ANY
    differentiable = primitive.differentiable

    def apply(x: Any) -> Any:
        try:
            dtype = x.dtype
            storage = x.storage
        except AttributeError:
            raise not_a_tensor(name, x) from None
        if not (plain or (floats and dtype.is_floating_point)):
            (x,) = primitive.match((x,))
            dtype = x.dtype
            storage = x.storage
        backend = storage.backend
        a = storage.array if x.through is None else x.value()
        try:
            array = backend.kernels[name](a)
        except Exception as error:
            raise explain(primitive, backend, (x,), {}, error) from error
        box = new(Storage)
        box.array = array
        box.backend = backend
        box.version = 0
        result = new(results.cls)
        result.storage = box
        result.dtype = gives or dtype
        result.through = None
        if x.tracked and differentiable and mode.enabled:
            plan = primitive.plans.get(1) or primitive.plan(1, 1)
            node = new(Node)
            node.sequence = next_sequence()
            node.primitive = primitive
            node.plan = plan
            node.parents = (x.node or x,)
            node.saved = plan.pick((a, array))
            node.shapes = None
            node.dtypes = (dtype, dtype)
            node.parameters = _NO_PARAMETERS
            node.backend = backend
            node.hooks = None
            result.node = node
            result.tracked = True
        else:
            result.node = None
            result.tracked = False
        return result

    return apply


_NO_PARAMETERS: dict[str, Any] = {}


def _binary(primitive: Elementwise) -> Callable[[Any, Any], Any]:
    name = primitive.name
    gives = primitive.gives
    takes = primitive.takes
    differentiable = primitive.differentiable

    def apply(x: Any, y: Any) -> Any:
        # three ways in: two tensors alike; a floating tensor and a number; everything else, matched first
        kind = type(y)
        if kind is float or kind is int:
            if not (isinstance(x, TensorBase) and x.dtype.is_floating_point and takes != WHOLE):
                x, y = primitive.match((x, y))
        elif not (
            isinstance(x, TensorBase)
            and isinstance(y, TensorBase)
            and x.dtype is y.dtype
            and x.storage.backend is y.storage.backend
            and (x.dtype.is_floating_point if takes != WHOLE else not x.dtype.is_floating_point)
        ):
            x, y = primitive.match((x, y))

        if isinstance(x, TensorBase):
            storage = x.storage
            backend = storage.backend
            dtype = x.dtype
            a = storage.array if x.through is None else x.value()
            mask = 1 if x.tracked else 0
        else:
            backend = y.storage.backend
            dtype = y.dtype
            a = x
            mask = 0
        if isinstance(y, TensorBase):
            b = y.storage.array if y.through is None else y.value()
            if y.tracked:
                mask += 2
        else:
            b = y
        try:
            array = backend.kernels[name](a, b)
        except Exception as error:
            raise explain(primitive, backend, (x, y), {}, error) from error

        box = new(Storage)
        box.array = array
        box.backend = backend
        box.version = 0
        result = new(results.cls)
        result.storage = box
        result.dtype = gives or dtype
        result.through = None
        if mask and differentiable and mode.enabled:
            plan = primitive.plans.get(mask) or primitive.plan(mask, 2)
            node = new(Node)
            node.sequence = next_sequence()
            node.primitive = primitive
            node.plan = plan
            node.saved = plan.pick((a, b, array))
            node.parameters = _NO_PARAMETERS
            node.backend = backend
            node.hooks = None
            if a is x:  # a number
                node.parents = (None, y.node or y)
                node.shapes = None
                node.dtypes = (None, dtype, dtype)
            elif b is y:
                node.parents = (x.node or x, None)
                node.shapes = None
                node.dtypes = (dtype, None, dtype)
            else:
                node.parents = (
                    (x.node or x) if mask & 1 else None,
                    (y.node or y) if mask & 2 else None,
                )
                first, second = a.shape, b.shape
                node.shapes = None if first == second else (first, second)
                node.dtypes = (dtype, dtype, dtype)
            result.node = node
            result.tracked = True
        else:
            result.node = None
            result.tracked = False
        return result

    return apply


def _ternary(primitive: Elementwise) -> Callable[[Any, Any, Any], Any]:
    call = super(Elementwise, primitive).__call__

    def apply(x: Any, y: Any, z: Any) -> Any:
        # only `where`: the condition keeps its dtype, the other two are matched
        if not isinstance(y, TensorBase) and not isinstance(z, TensorBase):
            y = wrap_number(as_number(y, common_dtype("where", (y, z))), x.storage.backend)
        y, z = primitive.match((y, z))
        kind = y.dtype if isinstance(y, TensorBase) else z.dtype
        result = call(x, y, z)
        result.dtype = kind
        if result.node is not None:
            result.node.dtypes = (*result.node.dtypes[:3], kind)
        return result

    return apply


# -- making operands fit -------------------------------------------------------------------------------------------


def _ranks(name: str, operands: Sequence[Any]) -> tuple[dtype | None, dtype | None, dtype | None, Backend | None]:
    """The dtypes of tensors with axes, of 0-d tensors and of numbers, each promoted among its rank; the device."""
    dimensioned = zero = number = None
    backend: Backend | None = None
    for operand in operands:
        if isinstance(operand, TensorBase):
            kind = operand.dtype
            if operand.value().shape:
                dimensioned = kind if dimensioned is None else dtypes.promote_types(dimensioned, kind)
                backend = operand.storage.backend
            else:
                zero = kind if zero is None else dtypes.promote_types(zero, kind)
                backend = backend or operand.storage.backend
        else:
            try:
                kind = dtypes.of_number(operand)
            except DTypeError:
                raise not_a_tensor(name, operand) from None
            number = kind if number is None or kind.kind > number.kind else number
    return dimensioned, zero, number, backend


def common_dtype(name: str, operands: Sequence[Any]) -> dtype:
    """The dtype that operands of all ranks have in common."""
    return dtypes.result_type(*_ranks(name, operands)[:3])


def match(name: str, operands: tuple[Any, ...], takes: str = ANY) -> list[Any]:
    """Operands in one dtype by PyTorch's promotion, on one device. Python numbers stay numbers of a fitting type.

    A 0-d tensor follows the others to their device.
    """
    dimensioned, zero, number, backend = _ranks(name, operands)
    if backend is None:
        raise not_a_tensor(name, operands[0])
    common = dtypes.result_type(dimensioned, zero, number)
    if takes == FLOAT and not common.is_floating_point:
        common = dtypes.get_default_dtype()
    elif takes == WHOLE and common.is_floating_point:
        raise DTypeError(f"[{name}] takes bool or integer tensors, got {common!r}. Convert with .to() first.")
    elif takes == NUMERIC and common is dtypes.bool_ or takes == SIGNED and any(map(_is_bool, operands)):
        raise DTypeError(f"[{name}] does not take bools. Use logical_xor or logical_not, or convert with .to() first.")
    matched = []
    for operand in operands:
        if isinstance(operand, TensorBase):
            if operand.dtype is not common:
                operand = cast(operand, common)
            if operand.storage.backend is not backend:
                if operand.value().shape:
                    raise different_devices(name, operands)
                operand = to_device(operand, backend)
            matched.append(operand)
        else:
            matched.append(as_number(operand, common))
    return matched


def _is_bool(operand: Any) -> bool:
    return isinstance(operand, bool) or getattr(operand, "dtype", None) is dtypes.bool_


def as_number(value: Any, kind: dtype) -> Any:
    """A Python number as an element of ``kind`` would be: integers wrap around."""
    if kind.is_floating_point:
        return float(value)
    if kind is dtypes.bool_:
        return bool(value)
    value = int(value)
    bits = 8 * kind.itemsize
    value &= (1 << bits) - 1
    if kind.is_signed and value >> bits - 1:
        value -= 1 << bits
    return value


def wrap_number(value: Any, backend: Backend) -> Any:
    """A Python number as a 0-d tensor on an opened device."""
    return PRIMITIVES["full"].create(backend, dtypes.of_number(value), shape=(), value=value)


def cast(x: TensorBase, kind: dtype) -> Any:
    """``x`` in another dtype."""
    if kind not in x.storage.backend.dtypes:
        raise missing_dtype("cast", x.storage.backend, kind)
    return PRIMITIVES["cast"](x, dtype=kind)


def to_device(x: TensorBase, backend: Backend) -> Any:
    """``x`` on another opened device; gradients come back the same way. This is the one place where data crosses."""
    if x.dtype not in backend.dtypes:
        raise missing_dtype("to", backend, x.dtype)
    source = x.storage.backend
    array = backend.upload(source.download(x.value()), x.dtype)
    result = wrap(array, x.dtype, backend)
    if x.tracked and mode.enabled:
        node = new(_Transfer)
        node.sequence = next_sequence()
        node.primitive = PRIMITIVES["cast"]
        node.plan = None
        node.parents = (x.node or x,)
        node.saved = ()
        node.shapes = None
        node.dtypes = ()
        node.parameters = _NO_PARAMETERS
        node.backend = source
        node.hooks = None
        result.node, result.tracked = node, True
    return result


class _Transfer(Node):
    """A tensor brought to another device; ``backend`` is the one it came from."""

    __slots__ = ()

    def name(self) -> str:
        return "ToCopyBackward"

    def propagate(self, gradient: Any, create_graph: bool) -> list[Any]:
        return [to_device(gradient, self.backend)]


# -- shapes --------------------------------------------------------------------------------------------------------


def broadcast(name: str, shapes: Sequence[Shape]) -> Shape:
    """The common shape of ``shapes``, aligned at the right; sizes of 1 stretch."""
    result: list[int] = []
    for place in range(1, max(map(len, shapes), default=0) + 1):
        size = 1
        for shape in shapes:
            here = shape[-place] if place <= len(shape) else 1
            if here != 1:
                if size not in (1, here):
                    listed = " with ".join(map(str, shapes))
                    raise ShapeError(
                        f"[{name}] cannot broadcast {listed}: sizes {size} and {here} at axis {-place} differ, "
                        "and neither is 1."
                    )
                size = here
        result.append(size)
    return tuple(reversed(result))


def broadcast_rule(name: str) -> Callable[..., Shape]:
    return lambda *shapes: broadcast(name, shapes)


# -- errors --------------------------------------------------------------------------------------------------------


def not_a_tensor(name: str, value: Any) -> DTypeError:
    return DTypeError(
        f"[{name}] needs a tensor, got {type(value).__name__}. Make one with plugtorch.tensor(...)."
    )


def missing_dtype(name: str, backend: Backend, kind: dtype) -> UnsupportedError:
    has = ", ".join(sorted(d.name for d in backend.dtypes))
    return UnsupportedError(
        f"[{name}] device {backend.device} has no {kind.name}. It has {has}; convert with .to(dtype) first."
    )


def different_devices(name: str, operands: Sequence[Any]) -> DeviceError:
    where = " and ".join(
        dict.fromkeys(str(o.storage.backend.device) for o in operands if isinstance(o, TensorBase))
    )
    return DeviceError(
        f"[{name}] the tensors are on different devices: {where}. Bring them together with .to(device)."
    )


def explain(
    primitive: Primitive,
    backend: Backend,
    operands: Sequence[Any],
    parameters: dict[str, Any],
    error: Exception,
) -> Exception:
    """The error to show for one that a kernel raised: the shape rule's own words, if it finds the fault."""
    if isinstance(error, PlugtorchError):
        return error
    name = primitive.name
    if name not in backend.kernels:
        return UnsupportedError(
            f"[{name}] device {backend.device} has no kernel for it. Move the tensor with .to('cpu') for this step."
        )
    shapes = [o.value().shape if isinstance(o, TensorBase) else () for o in operands]
    try:
        if operands or "shape" not in parameters:
            primitive.shape(*shapes, **parameters)
    except PlugtorchError as clear:
        return clear
    given = ", ".join(
        f"{tuple(s)} {o.dtype.name}" if isinstance(o, TensorBase) else repr(o)
        for o, s in zip(operands, shapes)
    )
    if isinstance(error, MemoryError):
        return OutOfMemoryError(
            f"[{name}] out of memory on {backend.device} with {given or parameters}: {error}. "
            "Use a smaller batch, or free tensors you no longer need."
        )
    return DeviceError(
        f"[{name}] failed on {backend.device} with {given or 'no inputs'}"
        f"{f' and {parameters}' if parameters else ''}: {type(error).__name__}: {error}"
    )
