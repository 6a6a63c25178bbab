"""A rule noted once, as a formula, for all the parameters for which it is the same.

A rule for one parameter is a dozen operations, and on a device that runs each at once every one of
them goes through all of memory. Where the rule works element by element (``elementwise = True``) it
is called with tensors of a device that computes nothing and notes what it is asked for. The formula
that comes of it the real device runs on a piece of a parameter after the other: same kernels, same
bits, and what is in between never leaves the cache (``Backend.in_pieces``).

A rule that asks for more than kernels which work element by element, for a shape or a value, say,
cannot be noted. It is then called with the tensors themselves, as it is where parameters are small.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.backend import Backend
from plugtorch.optimizer.noting import PLAIN, Note, State, Update, formula_of, note, stand_ins
from plugtorch.storage import Storage, TensorBase, wrap

MANY = 1000
"""Boxes that may wait: more of them would keep the garbage collector busy."""


class Plan:
    """A rule noted, how a device runs it, and the parameters that wait for it: with each its
    gradient, its state, and the boxes that are to be written.
    """

    def __init__(self, noted: Note, backend: Backend) -> None:
        self.noted = noted
        self.backend = backend
        self.run = backend.in_pieces(noted.formula, noted.numbers)
        self.waiting: list[tuple[Any, Any, State, list[Storage]]] = []

    def apply(self, states: dict[Any, State]) -> None:
        """Update what waits."""
        waiting, self.waiting = self.waiting, []
        inputs = []
        for _, gradient, _, boxes in waiting:
            holders = [[box.array] for box in boxes]
            holders.insert(1, [gradient.value()])
            inputs.append(holders)
        try:  # around the loop too: Ctrl-C may come between two boxes
            for _, _, _, boxes in waiting:
                for box in boxes if not self.backend.deferred else ():
                    box.array = None  # its holder is then the only one
            results = self.run(inputs)
        finally:
            for (_, _, _, boxes), (first, _, *others) in zip(waiting, inputs):
                for box, holder in zip(boxes, (first, *others)):
                    box.array = holder[0]

        for (parameter, _, state, boxes), (array, *arrays) in zip(waiting, results):
            boxes[0].array = array
            boxes[0].version += 1
            new_state = dict(self.noted.state)
            for (name, kind, kept), array in zip(self.noted.tensors, arrays):
                if kept:
                    tensor = new_state[name] = state[name]
                    tensor.storage.array = array
                    tensor.storage.version += 1
                else:
                    new_state[name] = wrap(array, kind, self.backend)
            if new_state:
                states[parameter] = new_state


class Recorded:
    """The rule of an optimizer in one step: noted anew for other options, numbers and dtypes."""

    def __init__(self, update: Update, states: dict[Any, State]) -> None:
        self.update = update
        self.states = states
        self.plans: dict[Any, Plan | None] = {}
        self.seen: dict[Any, int] = {}
        self.waiting: set[int] = set()

    def add(self, parameter: Any, gradient: Any, state: State, group: State) -> bool:
        """Update the parameter, at ``apply`` at the latest. False where its rule has to be called.

        All at once at the end is faster: the cache then holds either our code or the tensors.
        """
        if parameter.through is not None:
            return False
        box = parameter.storage
        shape = box.array.shape
        boxes = [box]
        touched = {id(box), id(gradient.storage)}
        key = [id(group), id(box.backend), parameter.dtype, gradient.dtype, *state]
        for value in state.values():
            if type(value) in PLAIN:
                key += (type(value), value)
            elif isinstance(value, TensorBase) and value.through is None:
                box = value.storage
                if box.array.shape != shape:
                    return False
                boxes.append(box)
                touched.add(id(box))
                key.append(value.dtype)
            else:
                return False
        if len(touched) <= len(boxes):  # what is written to one would be read from another
            return False
        plan = self._plan(tuple(key), parameter, gradient, state, group)
        if plan is None:
            return False
        if not self.waiting.isdisjoint(touched) or len(self.waiting) > MANY:
            self.apply()
        self.waiting |= touched
        plan.waiting.append((parameter, gradient, state, boxes))
        return True

    def _plan(
        self, key: Any, parameter: Any, gradient: Any, state: State, group: State
    ) -> Plan | None:
        """The plan for all parameters with that key."""
        if key not in self.plans:
            backend = parameter.storage.backend
            # a note pays for one large parameter, or for the last of several small ones
            seen = self.seen.get(key, 0) + prod(parameter.value().shape) + backend.block // 4
            self.seen[key] = seen
            if not backend.block or seen < 2 * backend.block:
                return None
            try:
                self.plans[key] = Plan(
                    note(self.update, parameter, gradient, state, group), backend
                )
            except Exception:  # called with the tensors, the rule itself says if something is wrong
                self.plans[key] = None
        return self.plans[key]

    def apply(self) -> None:
        """Update all that waits."""
        for plan in self.plans.values():
            if plan is not None and plan.waiting:
                plan.apply(self.states)
        self.waiting.clear()


def in_pieces(function: Callable[..., Any], target: Any, *operands: Any) -> None:
    """target = function(target, *operands), written in place, for a function that works element by
    element on tensors of one shape and 0-d ones. There is no gradient.

    Large tensors are worked on piece by piece, so that what is in between stays in the cache.

    >>> import plugtorch
    >>> x = plugtorch.ones(3)
    >>> in_pieces(lambda x, y, a: x + a * y, x, x.clone(), plugtorch.tensor(2.0))
    >>> x
    tensor([3., 3., 3.])
    """
    given = (target, *operands)
    box = target.storage
    with no_grad():
        large = prod(target.value().shape) >= 2 * box.backend.block > 0
        if box.backend.deferred or not large or target.through is not None:
            target.copy_(function(*given))
            return
        tensors = [x for x in given if x.value().shape]
        inputs, others = stand_ins(tensors)
        left = iter(others)
        result = function(*[next(left) if x.value().shape else x.item() for x in given])
        run = box.backend.in_pieces(*formula_of(tensors, inputs, [result], [0]))
        holders = [[x.value()] for x in tensors]
        box.array = None
        try:
            ((holders[0][0],),) = run([holders])
        finally:
            box.array = holders[0][0]
            box.version += 1
