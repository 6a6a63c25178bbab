"""Carries out plans: memory for results, arguments, launches."""

from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import ml_dtypes
import numpy as np

from plugtorch.errors import DeviceError, OutOfMemoryError, PlugtorchError, UnsupportedError
from plugtorch_opencl import drivers, plan, reasons
from plugtorch_opencl.graph import Lines
from plugtorch_opencl.opening import Opened
from plugtorch_opencl.programs import Programs

if TYPE_CHECKING:
    from plugtorch_opencl.watching import Watcher

C_TYPES: dict[str, Any] = {
    "char": ctypes.c_int8,
    "uchar": ctypes.c_uint8,
    "short": ctypes.c_int16,
    "int": ctypes.c_int32,
    "uint": ctypes.c_uint32,
    "long": ctypes.c_int64,
    "ulong": ctypes.c_uint64,
    "float": ctypes.c_float,
    "double": ctypes.c_double,
}
MOST_PLANS = 512  # each keeps its kernels; beyond this the oldest are forgotten
LARGE = 1 << 20  # bytes of an allocation before which it is worth asking what there is
MOST_SENT = 1 << 26  # bytes on their way to the device, each of which has a copy on the host


def packed(ctype: str, dtype: str = "") -> Callable[[Any], Any]:
    """A function from a Python number to what a kernel's argument is set from."""
    c = C_TYPES[ctype]
    if dtype in ("float16", "bfloat16"):
        kind = np.dtype(np.float16 if dtype == "float16" else ml_dtypes.bfloat16)

        def rounding(number: Any) -> Any:
            with np.errstate(over="ignore"):
                return c(float(np.asarray(float(number)).astype(kind)))

        return rounding
    if ctype in ("float", "double"):
        return lambda number: c(float(number))
    return lambda number: c(int(number))


def constant(step: plan.Step, argument: plan.Argument) -> Any:
    """What an argument is set from that is the same in each run. Raises for a size that the kernel
    cannot count to: it would go on with what is left of it.
    """
    value = packed(argument.ctype)(argument.value)
    if argument.ctype in ("int", "uint") and value.value != argument.value:
        raise UnsupportedError(
            f"[{step.operations[0]}] there are {argument.value:,} elements, and kernels for it "
            f"count to {256 ** ctypes.sizeof(value):,}. Work on parts of the tensor."
        )
    return value


class Prepared:
    """A plan with its kernels: what changes from run to run, and what was set once."""

    __slots__ = ("plan", "steps")

    def __init__(self, made: plan.Plan, steps: list[Any]) -> None:
        self.plan = made
        self.steps = steps


class Runner:
    """Runs lines on one device. scheduled, launched: how many plans were made, kernels started."""

    def __init__(self, opened: Opened, programs: Programs) -> None:
        self.opened = opened
        self.programs = programs
        self.queue = opened.queue
        self.plans: dict[Any, Prepared] = {}
        self.arena: Any = None
        self.arena_size = 0
        self.scheduled = 0
        self.launched = 0
        self.watchers: tuple[Watcher, ...] = ()  # see ``watching``, which also changes the queue
        self.copying = threading.Lock()  # held by whoever copies, or changes the queue
        self.sent: deque[tuple[Any, int]] = deque()  # events of uploads, oldest first, and bytes
        self.sent_bytes = 0
        cl = drivers.load_pyopencl()
        self.enqueue = cl.enqueue_nd_range_kernel
        self.enqueue_copy = cl.enqueue_copy

    def run(self, lines: Lines, memories: list[Any]) -> None:
        """Start computing lines, and fill in the memory of each that is held.

        If that cannot be begun, because something does not fit or no kernel can be had for it, the
        lines before are computed all the same: one by one they would have been.
        """
        try:
            prepared, results = self._ready(lines)
        except PlugtorchError:
            self._run_first(lines, memories)
            raise
        self._start(prepared, lines, results, memories)

    def _run_first(self, lines: Lines, memories: list[Any]) -> None:
        """Compute as many lines from the first on as can be: their number is halved in."""
        wanted = [line for line, somebody in enumerate(lines.held) if somebody]
        kept = (True,) * len(lines.leaves)  # they are read again
        done, too_many = 0, len(wanted)
        while too_many - done > 1:
            middle = (done + too_many) // 2
            part = set(wanted[done:middle])
            held = tuple([line in part for line in range(len(lines.held))])
            some = lines._replace(held=held, kept=kept)
            try:
                prepared, results = self._ready(some)
                self._start(prepared, some, results, memories)
            except PlugtorchError:
                too_many = middle
            else:
                done = middle

    def _ready(self, lines: Lines) -> tuple[Prepared, list[Any]]:
        """A plan with its kernels, and memory for its results."""
        key = (lines.signature, lines.held, lines.kept)
        prepared = self.plans.get(key)
        if prepared is not None:
            return prepared, self._room(prepared.plan, lines)
        started = perf_counter()
        made = plan.make(self.opened.traits, lines.keys, lines.held, lines.kept)
        self.scheduled += 1
        results = self._room(made, lines)  # what does not fit need not be compiled
        prepared = Prepared(made, self._steps(made))
        for watcher in self.watchers:
            watcher.planned(made, started, perf_counter())
        if len(self.plans) >= MOST_PLANS:
            del self.plans[next(iter(self.plans))]
        self.plans[key] = prepared
        return prepared, results

    def _room(self, made: plan.Plan, lines: Lines) -> list[Any]:
        """Memory for the results of a plan, and for what is computed on the way."""
        keys, leaves = lines.keys, lines.leaves
        if made.arena > self.arena_size:
            self.arena, self.arena_size = None, 0  # first given back, and gone if there is no more
            self.arena = self.allocate(made.arena, _on_the_way(made))
            self.arena_size = made.arena
        results: list[Any] = []
        try:
            for line, size, leaf in made.results:
                memory = leaves[leaf].memory if leaf >= 0 else self.allocate(size, keys[line])
                results.append(memory)
        except PlugtorchError:
            results.clear()  # else the error holds them
            raise
        return results

    def _start(
        self, prepared: Prepared, lines: Lines, results: list[Any], memories: list[Any]
    ) -> None:
        """Start the kernels of a plan."""
        leaves, numbers = lines.leaves, lines.numbers
        enqueue, queue, watchers = self.enqueue, self.queue, self.watchers
        for watcher in watchers:
            watcher.running(prepared.plan)
        arena, described = self.arena, None
        try:
            for step in prepared.steps:
                kernel, items, group, dynamic, described = step
                for index, kind, value, pack in dynamic:
                    if kind == "number":
                        kernel._set_arg_buf(index, pack(numbers[value]))
                    elif kind == "leaf":
                        kernel.set_arg(index, leaves[value].memory)
                    elif kind == "result":
                        kernel.set_arg(index, results[value])
                    else:
                        kernel.set_arg(index, arena)
                event = enqueue(queue, kernel, items, group)
                for watcher in watchers:
                    watcher.launched(described, event)
            self.launched += len(prepared.steps)
            queue.flush()
            for watcher in watchers:
                watcher.ran()
        except drivers.load_pyopencl().Error as error:
            raise self._failure(error, _launching(described)) from error
        for (line, _, _), memory in zip(prepared.plan.results, results):
            memories[line] = memory

    def _steps(self, made: plan.Plan) -> list[Any]:
        """Kernels for the steps of a plan, with the arguments set that never change."""
        steps = []
        kernels = self.programs.kernels([(step.text, step.name) for step in made.steps])
        for step, kernel in zip(made.steps, kernels):
            dynamic: list[Any] = []
            for index, argument in enumerate(step.arguments):
                if argument.kind == "constant":
                    kernel._set_arg_buf(index, constant(step, argument))
                elif argument.kind == "number":
                    number, dtype = argument.value
                    dynamic.append((index, "number", number, packed(argument.ctype, dtype)))
                else:
                    place = argument.value
                    dynamic.append((index, place.kind, place.index, None))
            steps.append((kernel, (step.items,), (step.group,), tuple(dynamic), step))
        return steps

    def copy(self, name: str, target: Any, source: Any, size: int, **where: Any) -> None:
        """Copy ``size`` bytes to the device or from it, after all that was started, and wait."""
        try:
            with self.copying:
                event = self.enqueue_copy(self.queue, target, source, **where)
                self._forget_arrived(0)
            for watcher in self.watchers:
                watcher.copied(name, size, event)
        except drivers.load_pyopencl().Error as error:
            raise self._failure(error, f"the {name} of {size:,} bytes") from error

    def send(self, target: Any, source: Any, size: int) -> None:
        """Copy ``size`` bytes to the device after all that was started, and wait for nothing:
        the source must be nobody else's. It is kept until it has arrived.
        """
        try:
            with self.copying:
                event = self.enqueue_copy(self.queue, target, source, is_blocking=False)
                self.queue.flush()
                self.sent.append((event, size))
                self.sent_bytes += size
                self._forget_arrived(MOST_SENT)
            for watcher in self.watchers:
                watcher.copied("upload", size, event)
        except drivers.load_pyopencl().Error as error:
            raise self._failure(error, f"the upload of {size:,} bytes") from error

    def finish(self) -> None:
        """Wait for all that was started."""
        try:
            self.queue.finish()
            self.settle()
        except drivers.load_pyopencl().Error as error:
            raise self._failure(error, "the wait for what was started") from error

    def settle(self) -> None:
        """Wait until all that was sent has arrived."""
        with self.copying:
            self._forget_arrived(0)

    def _forget_arrived(self, most: int) -> None:
        """Forget the oldest uploads, of which no more than ``most`` bytes may be on their way."""
        while self.sent:
            event, size = self.sent[0]
            if event.command_execution_status > 0 and self.sent_bytes <= most:
                break
            self.sent.popleft()
            self.sent_bytes -= size
            event.wait()  # says if it failed

    def allocate(self, size: int, what: Any) -> Any:
        """Memory; what is free in the pool is given up first if it does not fit. what: it is for, a
        text or a line's key.
        """
        memory = self._allocate(size, what)
        if self.queue is not self.opened.queue:  # the pool uses that one to have memory at once
            self.opened.queue.finish()
        return memory

    def _allocate(self, size: int, what: Any) -> Any:
        cl = drivers.load_pyopencl()
        pool = self.opened.pool
        if size > self.opened.traits.allocation or (size >= LARGE and not self._has_room(size)):
            raise self._too_large(size, what)
        try:
            try:
                return pool.allocate(max(size, 1))
            except (cl.Error, MemoryError):
                self.queue.finish()
                pool.free_held()
            return pool.allocate(max(size, 1))
        except MemoryError as error:  # Python's, which is none of pyopencl's
            raise self._too_large(size, what) from error
        except cl.Error as error:
            if error.code in (*reasons.TOO_LITTLE_MEMORY, reasons.OUT_OF_RESOURCES):
                raise self._too_large(size, what) from error
            raise self._failure(error, f"the allocation of {size:,} bytes") from error

    def _has_room(self, size: int) -> bool:
        """Whether a processor's memory holds that much more. The system promises any amount, and
        ends the process that uses what is not there; a card's driver refuses by itself.
        """
        traits, pool = self.opened.traits, self.opened.pool
        if traits.kind != "cpu" or pool.managed_bytes + size <= traits.memory:
            return True
        self.queue.finish()
        pool.free_held()
        return bool(pool.active_bytes + size <= traits.memory)

    def _too_large(self, size: int, what: Any) -> DeviceError:
        traits = self.opened.traits
        if not isinstance(what, str):
            name, _, shape, *_ = what
            what = f"the result of {name}, {shape},"
        return OutOfMemoryError(
            f"[opencl] {size:,} bytes for {what} do not fit on {traits.name}: the largest single "
            f"allocation is {traits.allocation:,} of {traits.memory:,} bytes, and "
            f"{self.opened.pool.active_bytes:,} are in use. Use smaller batches, or free tensors "
            "you no longer need."
        )

    def _failure(self, error: Any, doing: str) -> DeviceError:
        """What to raise for an error of the driver."""
        traits, pool = self.opened.traits, self.opened.pool
        if error.code in reasons.TOO_LITTLE_MEMORY:
            return OutOfMemoryError(
                f"[opencl] {traits.name} has too little memory for {doing}: {error}. Of "
                f"{traits.memory:,} bytes {pool.active_bytes:,} are in use. Use smaller batches, "
                "or free tensors you no longer need."
            )
        return DeviceError(f"[opencl] {traits.name} failed at {doing}: {error}. {reasons.FAILED}")


def _on_the_way(made: plan.Plan) -> str:
    largest = f", the largest {made.largest[1]}," if made.largest[1] else ""
    return f"what is computed on the way{largest}"


def _launching(step: plan.Step | None) -> str:
    if step is None:
        return "the start of what was noted"
    return f"the kernel {step.name} ({', '.join(dict.fromkeys(step.operations))})"
