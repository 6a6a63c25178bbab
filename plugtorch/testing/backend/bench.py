"""A device on the bench: host values go up, a primitive runs, results come down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.backend import Backend
from plugtorch.device import open_device
from plugtorch.dtypes import by_name
from plugtorch.dtypes import dtype as DType
from plugtorch.primitive import PRIMITIVES
from plugtorch.storage import wrap
from plugtorch.testing.cases import ROWS, Case, Fixed, Row
from plugtorch.testing.cases.row import kind_of
from plugtorch.testing.compare import Host, close, rounded, widened
from plugtorch.testing.run import Subject, require

FIRST = (dtypes.float32, dtypes.int64, dtypes.bool_)
"""Of each kind the dtype that everything is tried in."""


@dataclass(frozen=True)
class Bench:
    """An opened device, and how to run primitives on it."""

    backend: Backend

    @classmethod
    def of(cls, subject: Subject) -> Bench:
        """The device of that name: "cpu", "opencl:1"."""
        return cls(open_device(subject.name))

    def row(self, name: str) -> Row:
        """The cases of a primitive."""
        require(
            name in ROWS, f"primitive {name!r} has no row in plugtorch.testing.cases; write one"
        )
        return ROWS[name]

    def dtypes(self, name: str) -> list[DType]:
        """The dtypes to try a primitive in."""
        return self.row(name).dtypes(self.backend.dtypes)

    def up(self, host: Host, kind: DType, strided: bool = False) -> Any:
        """A tensor with the values of a host array of that dtype; strided: seen through a view."""
        if not strided or not host.ndim:
            return wrap(self.backend.upload(host, kind), kind, self.backend)
        # every second element of the transpose of something larger
        axes = tuple(range(host.ndim - 1, -1, -1))
        wide = np.repeat(host.transpose(axes), 2, axis=-1)
        seen = PRIMITIVES["permute"](self.up(np.ascontiguousarray(wide), kind), axes=axes)
        spans = ((0, 2 * host.shape[0], 2), *[(0, n, 1) for n in host.shape[1:]])
        return PRIMITIVES["slice"](seen, spans=spans)

    def down(self, tensor: Any) -> Host:
        """The values of a tensor as a host array."""
        return np.asarray(self.backend.download(tensor.value()))

    def hosts(self, case: Case, kind: DType) -> list[Any]:
        """The operands of a case as host arrays of the dtype tried; Python numbers as they are."""
        found: list[Any] = []
        for operand in case.operands:
            if isinstance(operand, Fixed):
                found.append(np.array(operand.host))
            elif isinstance(operand, np.ndarray):
                found.append(rounded(operand, kind))
            else:
                found.append(operand)
        return found

    def operands(
        self, case: Case, hosts: list[Any], kind: DType, strided: bool = False
    ) -> list[Any]:
        """Host arrays as tensors on the device; Python numbers as they are."""
        found: list[Any] = []
        for operand, host in zip(case.operands, hosts):
            if isinstance(operand, Fixed):
                found.append(self.up(host, by_name(host.dtype.name), strided))
            elif isinstance(host, np.ndarray):
                found.append(self.up(host.copy(), kind, strided))
            else:
                found.append(host)
        return found

    def call(self, name: str, case: Case, operands: list[Any], kind: DType) -> Any:
        """The result of a primitive, a tensor on the device."""
        primitive = PRIMITIVES[name]
        if not primitive.inputs and not primitive.variadic:
            return primitive.create(self.backend, kind, **case.parameters)
        return primitive(*operands, **case.parameters)

    def tried(self, name: str, cases: Iterable[tuple[Case, DType]], strided: bool = False) -> None:
        """Run cases; compare result, shape and dtype with the reference and with the rules.

        All are asked for before the first is looked at, as a model asks for its operations: a
        device that compiles what it is asked for may then do so together.
        """
        begun = [
            (case, kind, *self._begun(name, case, kind, strided))
            for case, kind in cases
            if case.parameters.get("dtype", kind) in self.backend.dtypes
        ]
        if self.backend.deferred:
            self.backend.evaluate([result.value() for *_, result in begun])
        for case, kind, hosts, result in begun:
            self._compared(name, case, kind, hosts, result)

    def _begun(self, name: str, case: Case, kind: DType, strided: bool) -> tuple[list[Any], Any]:
        """The operands of a case on the host, and its result on the device."""
        hosts = self.hosts(case, kind)
        return hosts, self.call(name, case, self.operands(case, hosts, kind, strided), kind)

    def _compared(self, name: str, case: Case, kind: DType, hosts: list[Any], result: Any) -> None:
        row, primitive = self.row(name), PRIMITIVES[name]
        given = ", ".join(_shown(host) for host in [*hosts, *case.parameters.items()])
        what = f"{name}({given}) in {kind.name}"
        got = self.down(result)

        creates = not primitive.inputs and not primitive.variadic
        told = {"dtype": kind} if creates else {}
        shapes = [host.shape if isinstance(host, np.ndarray) else () for host in hosts]
        ruled = tuple(primitive.shape(*shapes, **case.parameters, **told))
        shape = tuple(result.value().shape)
        fits = len(shape) == len(ruled) and all(b in (-1, a) for a, b in zip(shape, ruled))
        require(fits, f"{what}: the array's shape is {shape}, the rule says {ruled}")
        require(
            shape == got.shape,
            f"{what}: the array's shape is {shape}, downloaded it is {got.shape}",
        )
        needed = rounded(np.zeros(0), result.dtype).dtype
        require(got.dtype == needed, f"{what} came down as {got.dtype}, needed {needed}")

        exact = [widened(host) if isinstance(host, np.ndarray) else host for host in hosts]
        reference = row.reference(*exact, **case.parameters, **told)
        close(got, reference, result.dtype, row.ulps, what)


def cases_of(bench: Bench, name: str) -> Iterator[tuple[Case, DType]]:
    """The ordinary cases of a primitive that this device can do, in one dtype of each kind."""
    # the dtypes in which values were tried: a device that compiles kernels has them already
    of_kind = {kind_of(d): d for d in sorted(bench.dtypes(name), key=lambda d: d in FIRST)}
    for letter, kind in of_kind.items():
        for case in bench.row(name).cases(letter):
            if case.parameters.get("dtype", kind) in bench.backend.dtypes:
                yield case, kind


def _shown(value: Any) -> str:
    """An operand, short enough for a message."""
    if isinstance(value, np.ndarray):
        if value.size <= 1:
            return f"{value.item() if value.size else '[]'}"
        return "x".join(map(str, value.shape)) + " values"
    if isinstance(value, tuple):
        key, content = value
        return f"{key}={getattr(content, 'name', content)}"
    return repr(value)
