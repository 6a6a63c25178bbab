"""Primitives that work element by element, and how they are called.

This is the hottest code of the library: the functions are long where a helper's call would cost
more than the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.dtypes import dtype, float32
from plugtorch.graph import Node, mode, next_sequence
from plugtorch.primitive.faults import broadcast_rule, explain, not_a_tensor
from plugtorch.primitive.matching import (
    ANY,
    WHOLE,
    as_number,
    cast,
    common_dtype,
    match,
    wrap_number,
)
from plugtorch.primitive.primitive import Primitive
from plugtorch.storage import Storage, TensorBase, new, results


class Elementwise(Primitive):
    """A primitive that works element by element and broadcasts. ``apply`` is it as a plain
    function.

    takes: ANY, FLOAT (whole numbers become the default float first), WHOLE (bool and integers
    only), NUMERIC (not bools alone) or SIGNED (no bool at all). gives: None for the common dtype,
    or a dtype.
    """

    apply: Callable[..., Any]

    def __init__(
        self,
        name: str,
        inputs: str,
        *,
        takes: str,
        gives: dtype | None,
        doc: str,
        differentiable: bool,
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
        self.gives: dtype | None = gives
        maker: Callable[[Any], Any] = (_unary, _binary, _ternary)[len(self.inputs) - 1]
        function = maker(self)
        function.__doc__ = doc
        function.__name__ = name
        self.apply = function

    def __call__(self, *operands: Any, **parameters: Any) -> Any:
        """Run on anything that matches: tensors of mixed dtypes, numbers."""
        return self.apply(*operands)

    def match(self, operands: tuple[Any, ...]) -> list[Any]:
        """The operands in their common dtype and on one device; numbers stay numbers, as the dtype
        needs them.
        """
        return match(self.name, operands, self.takes)


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
_NUMBERS = frozenset((float, int))


def _binary(primitive: Elementwise) -> Callable[[Any, Any], Any]:
    name = primitive.name
    gives = primitive.gives
    takes = primitive.takes
    differentiable = primitive.differentiable
    scales = name in ("multiply", "divide")

    def apply(x: Any, y: Any) -> Any:
        # three ways in: two tensors alike; a floating tensor and a number; everything else, matched
        # first
        kind = type(y)
        if kind is float or kind is int:
            if not (isinstance(x, TensorBase) and x.dtype.wide and takes != WHOLE):
                if scales and isinstance(x, TensorBase) and x.dtype.is_floating_point:
                    # 0.999 is 1 in bfloat16: a factor is not rounded first, as in PyTorch
                    return cast(apply(cast(x, float32), y), x.dtype)
                x, y = primitive.match((x, y))
        elif not (
            isinstance(x, TensorBase)
            and isinstance(y, TensorBase)
            and x.dtype is y.dtype
            and x.storage.backend is y.storage.backend
            and (x.dtype.is_floating_point if takes != WHOLE else not x.dtype.is_floating_point)
        ):
            reflected = getattr(kind, "reflected", None)
            if reflected and name in reflected:  # a tensor of another layout
                return reflected[name](y, x)
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

    def matched(x: Any, y: Any, z: Any) -> Any:
        plain = type(y) in _NUMBERS and type(z) in _NUMBERS
        if not (plain and isinstance(x, TensorBase) and x.dtype.wide):
            x, y, z = primitive.match((x, y, z))
        return call(x, y, z)

    def chosen(x: Any, y: Any, z: Any) -> Any:
        # `where`: the condition keeps its dtype, the other two are matched
        if not isinstance(y, TensorBase) and not isinstance(z, TensorBase):
            y = wrap_number(as_number(y, common_dtype("where", (y, z))), x.storage.backend)
        y, z = primitive.match((y, z))
        kind = y.dtype if isinstance(y, TensorBase) else z.dtype
        result = call(x, y, z)
        result.dtype = kind
        if result.node is not None:
            result.node.dtypes = (*result.node.dtypes[:3], kind)
        return result

    return chosen if primitive.inputs[0] == "condition" else matched
