"""Reading a pickle without running it: a machine that knows containers, numbers and texts.

A pickle is a program for a stack machine. This machine does the instructions that build plain data;
those that call something go to ``names``, which has the few things that a file may name. What
anything else asks for is refused. The instructions are taken apart by the standard library's
``pickletools``, which reads and runs nothing.

Source: https://peps.python.org/pep-0307/ and the comments in pickletools.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from functools import partial
from typing import Any

from plugtorch.errors import CheckpointError, PlugtorchError
from plugtorch.serialization.depth import too_deep
from plugtorch.serialization.keys import Keys, refusal

LONGEST = 100_000_000  # bytes; what is not in tensors is not larger than that
LONGEST_NAME = 200  # characters of what the file names: a function, a storage
HANDED = 4  # how often, on average, calls may be given a part or make one of its size

_SIZED = (str, bytes, bytearray, tuple, list, set, frozenset, dict)


class Mark:
    """Where a list of arguments began."""


class Callee:
    """Something that a pickle may call: a function of the arguments that the file gives."""

    __slots__ = ("call", "new")

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call
        # a class that was allowed is made without its __init__, as pickles want it
        self.new = partial(call.__new__, call) if isinstance(call, type) else call


class Machine:
    """Builds what a pickle describes.

    file: its name, for messages. find: the object that (module, name) means. persistent: the object
    that a persistent id means. build: sets the state of an object that is no container.
    """

    def __init__(
        self,
        file: str,
        find: Callable[[str, str], Any],
        persistent: Callable[[Any], Any],
        build: Callable[[Any, Any], Any],
    ) -> None:
        self.file = file
        self.find = find
        self.persistent = persistent
        self.build = build

    def run(self, source: io.BytesIO) -> Any:
        """What the pickle that begins here describes; the file is then behind it.

        Raises CheckpointError for anything that is not plain data.
        """
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.left = 1_000_000 + HANDED * len(source.getbuffer())  # bytes, or elements
        self.keys: dict[int, tuple[Any, Keys]] = {}  # by id, with what it is the id of
        try:
            for opcode, argument, _ in pickletools.genops(source):
                step = _STEPS.get(opcode.name)
                if step is None:
                    raise self.refused(f"the instruction {opcode.name}")
                step(self, argument)
            (result,) = self.stack
            if isinstance(result, (Mark, Callee)):
                raise ValueError("no data")
            if too_deep(result):
                raise CheckpointError(
                    f"[load] {self.file} is nested too deeply to be a checkpoint."
                )
        except PlugtorchError:
            raise
        except (
            ValueError,
            IndexError,
            KeyError,
            TypeError,
            OverflowError,
            AttributeError,
            RecursionError,  # what calls itself
            Warning,  # of pickletools, where warnings are errors
        ) as error:
            detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise CheckpointError(
                f"[load] the pickle in {self.file} is damaged ({detail:.200})."
            ) from error
        return result

    def refused(self, what: str) -> CheckpointError:
        """The error for a pickle that asks for something it may not."""
        return refusal(self.file, what)

    # -- containers --------------------------------------------------------------------------------

    def _push(self, value: Any) -> None:
        self.stack.append(value)

    def _marked(self) -> list[Any]:
        """What lies above the last mark, taken off with it."""
        stack = self.stack
        start = len(stack) - 1
        while not isinstance(stack[start], Mark):
            start -= 1
            if start < 0:
                raise ValueError("no mark")
        items = stack[start + 1 :]
        del stack[start:]
        return items

    def _top(self, kind: type) -> Any:
        found = self.stack[-1]
        if not isinstance(found, kind):
            raise self.refused(f"filling a {type(found).__name__} as if it were a {kind.__name__}")
        return found

    def _append(self, items: list[Any]) -> None:
        self._top(list).extend(_values(items))

    def _add(self, items: list[Any]) -> None:
        target = self._top(set)
        target.update(map(self._keys_of(target).take, items))

    def _set_items(self, items: list[Any]) -> None:
        if len(items) % 2:
            raise ValueError("a key without a value")
        target = self._top(dict)
        take = self._keys_of(target).take
        for key, value in zip(items[::2], _values(items)[1::2]):
            target[take(key)] = value

    def _keys_of(self, target: Any) -> Keys:
        """The keys of a container that is filled, perhaps a little at a time."""
        return self.keys.setdefault(id(target), (target, Keys(self.file)))[1]

    # -- what may not be plain ---------------------------------------------------------------------

    def _call(self, new: bool) -> None:
        arguments, callee = self.stack.pop(), self.stack.pop()
        if not isinstance(callee, Callee) or not isinstance(arguments, tuple):
            raise self.refused(f"calling a {type(callee).__name__}")
        self._charge(*arguments)
        made = (callee.new if new else callee.call)(*arguments)
        self._charge(made)
        self._push(made)

    def _charge(self, *parts: Any) -> None:
        """Count what a call goes through or makes: the file has it once, and may name it often."""
        self.left -= sum(len(part) for part in parts if isinstance(part, _SIZED))
        if self.left < 0:
            raise self.refused("more copies of its parts than fit its size")

    def _set_state(self) -> None:
        state = self.stack.pop()
        self._charge(state)
        if isinstance(state, (tuple, dict)):
            self._charge(*(state.values() if isinstance(state, dict) else state))
        self.build(self.stack[-1], state)

    def _named(self, module: Any, name: Any) -> None:
        if not (isinstance(module, str) and isinstance(name, str)):
            raise ValueError("a name that is no text")
        if len(module) + len(name) > LONGEST_NAME:
            raise self.refused(f"a name of more than {LONGEST_NAME} characters")
        self._push(self.find(module, name))


def _values(items: list[Any]) -> list[Any]:
    """The same, if there is no mark among them."""
    if any(isinstance(item, Mark) for item in items):
        raise ValueError("a mark among values")
    return items


def _old_text(text: str) -> str:
    """A text of Python 2, whose bytes pickletools shows as latin-1."""
    return text.encode("latin-1").decode("utf-8")


def _tuple(count: int) -> Callable[[Machine, Any], Any]:
    def step(m: Machine, _: Any) -> None:
        items = m.stack[-count:]
        if len(items) < count:
            raise ValueError("too little on the stack")
        del m.stack[-count:]
        m._push(tuple(_values(items)))

    return step


def _marked_dict(m: Machine, _: Any) -> None:
    items = m._marked()
    m._push({})
    m._set_items(items)


def _one_item(m: Machine, _: Any) -> None:
    value, key = m.stack.pop(), m.stack.pop()
    m._set_items([key, value])


def _memoize(m: Machine, number: Any) -> None:
    m.memo[len(m.memo) if number is None else number] = m.stack[-1]


_VALUE: Callable[[Machine, Any], Any] = Machine._push
_STEPS: dict[str, Callable[[Machine, Any], Any]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda m, _: None),
    "MARK": lambda m, _: m._push(Mark()),
    "POP": lambda m, _: m.stack.pop(),
    "POP_MARK": lambda m, _: m._marked(),
    **dict.fromkeys(("INT", "LONG", "LONG1", "LONG4", "BININT", "BININT1", "BININT2"), _VALUE),
    **dict.fromkeys(("FLOAT", "BINFLOAT"), _VALUE),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"), _VALUE),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), _VALUE),
    **dict.fromkeys(
        ("STRING", "BINSTRING", "SHORT_BINSTRING"), lambda m, text: m._push(_old_text(text))
    ),
    "NONE": lambda m, _: m._push(None),
    "NEWTRUE": lambda m, _: m._push(True),
    "NEWFALSE": lambda m, _: m._push(False),
    "EMPTY_LIST": lambda m, _: m._push([]),
    "LIST": lambda m, _: m._push(m._marked()),
    "APPEND": lambda m, _: m._append([m.stack.pop()]),
    "APPENDS": lambda m, _: m._append(m._marked()),
    "EMPTY_TUPLE": lambda m, _: m._push(()),
    "TUPLE": lambda m, _: m._push(tuple(m._marked())),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "EMPTY_DICT": lambda m, _: m._push({}),
    "DICT": _marked_dict,
    "SETITEM": _one_item,
    "SETITEMS": lambda m, _: m._set_items(m._marked()),
    "EMPTY_SET": lambda m, _: m._push(set()),
    "ADDITEMS": lambda m, _: m._add(m._marked()),
    "FROZENSET": lambda m, _: m._push(frozenset(map(Keys(m.file).take, m._marked()))),
    "GLOBAL": lambda m, name: m._named(*name.split(" ", 1)),
    "STACK_GLOBAL": lambda m, _: m._named(m.stack.pop(-2), m.stack.pop()),
    "REDUCE": lambda m, _: m._call(new=False),
    "NEWOBJ": lambda m, _: m._call(new=True),
    "BUILD": lambda m, _: m._set_state(),
    "BINPERSID": lambda m, _: m._push(m.persistent(m.stack.pop())),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _memoize),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda m, n: m._push(m.memo[n])),
}


def check_length(length: int, file: str) -> None:
    """Refuse a pickle that is longer than one may be."""
    if length > LONGEST:
        raise CheckpointError(
            f"[load] {file} has {length} bytes beside its tensors, and the most is {LONGEST}."
        )
