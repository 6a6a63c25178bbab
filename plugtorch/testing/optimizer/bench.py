"""An optimizer on the bench: small problems, the same on every device, and how to take steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from plugtorch import dtypes, registry
from plugtorch.device import open_device
from plugtorch.dtypes import dtype as DType
from plugtorch.storage import wrap
from plugtorch.testing.compare import Host, bits, rounded
from plugtorch.testing.run import Subject, require

Parameters = list[Any]
Objective = Callable[[Sequence[Any]], Any]

SHAPES: tuple[tuple[int, ...], ...] = ((3,), (2, 2), (), (2, 0))


@dataclass(frozen=True)
class OptimizerBench:
    """An optimizer by name, made anew for each question."""

    subject: Subject
    target: Any

    @classmethod
    def of(cls, subject: Subject) -> OptimizerBench:
        """The bench for the optimizer of that name."""
        return cls(subject, registry.get("optimizer", subject.name))

    def make(self, params: Any, **options: Any) -> Any:
        """The optimizer of ``params``, with the subject's options."""
        return registry.create(
            "optimizer", self.subject.name, params, **{**self.subject.options, **options}
        )

    def options(self) -> dict[str, Any]:
        """Its options and their values, as its groups have them."""
        (group,) = self.make(self.parameters(((1,),))).param_groups
        return dict(group)

    def takes(self, option: str) -> bool:
        """Whether its groups have an option."""
        return option in self.options()

    def steps(
        self, optimizer: Any, params: Sequence[Any], objective: Objective, count: int
    ) -> None:
        """Take steps down an objective: by the plain loop, or by closure if it needs one."""
        for _ in range(count):
            self.step(optimizer, params, objective)

    def step(self, optimizer: Any, params: Sequence[Any], objective: Objective) -> None:
        """Take one step down an objective."""

        def closure() -> Any:
            optimizer.zero_grad()
            loss = objective(params)
            loss.backward()
            return loss

        if optimizer.needs_closure:
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()

    @cached_property
    def matrices(self) -> bool:
        """Whether it takes nothing but matrices, as rules about a matrix's directions do."""
        taken = []
        for shape in ((1,), (1, 1)):
            with suppress(ValueError):
                self.make(parameters((shape,)))
                taken.append(shape)
        return taken == [(1, 1)]

    def parameters(
        self,
        shapes: Sequence[tuple[int, ...]] = SHAPES,
        kind: DType = dtypes.float64,
        device: str | None = None,
    ) -> Parameters:
        """Tensors of those shapes, or of like matrices, with the same values every time."""
        if self.matrices:
            shapes = [(*shape, 1, 1)[:2] for shape in shapes]
        return parameters(shapes, kind, device)

    def halves(self, params: Parameters) -> list[dict[str, Any]]:
        """Two groups of parameters; one for what works on all parameters together."""
        cut = [params[:2], params[2:]]
        if self.make(self.parameters()).needs_closure:
            cut = [params]
        return [{"params": part} for part in cut]


def parameters(
    shapes: Sequence[tuple[int, ...]] = SHAPES,
    kind: DType = dtypes.float64,
    device: str | None = None,
) -> Parameters:
    """Tensors of those shapes, with the same values every time."""
    random = np.random.default_rng(1)
    return [leaf(random.uniform(0.5, 1.5, shape), kind, device) for shape in shapes]


def leaf(values: Any, kind: DType = dtypes.float64, device: str | None = None) -> Any:
    """A parameter with those values, on a device or that of new tensors."""
    backend = open_device(device)
    return wrap(backend.upload(rounded(values, kind), kind), kind, backend).requires_grad_()


def parabola(params: Sequence[Any]) -> Any:
    """The sum of c (p + 1/2)^2, with c from 0.6 to 2 over the elements.

    From 0.6, so that no single step of length 1 ends at the bottom, where nothing moves any more.
    """
    total = 0
    for p in params:
        curvature = leaf(
            np.linspace(0.6, 2, p.numel()).reshape(p.shape), p.dtype, str(p.device)
        ).detach()
        total = total + (curvature * (p + 0.5) ** 2).sum()
    return total


def rosenbrock(params: Sequence[Any]) -> Any:
    """(1 - x)^2 + 100 (y - x^2)^2, a bent valley that ends at (x, y) = (1, 1)."""
    p = params[0].reshape(-1)
    x, y = p[0], p[1]
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2


def host(tensor: Any) -> Host:
    """The values of a tensor."""
    return np.asarray(tensor.storage.backend.download(tensor.value()))


def values(params: Iterable[Any]) -> list[bytes]:
    """The bits of parameters, to compare with later."""
    return [bits(host(p.detach())) for p in params]


def same(first: Sequence[Any], second: Sequence[Any], what: str) -> None:
    """Raise BrokenContract unless two lists of parameters are equal bit for bit."""
    for place, (a, b) in enumerate(zip(first, second, strict=True)):
        equal = bits(host(a.detach())) == bits(host(b.detach()))
        require(equal, f"{what}: parameter {place} is {a.tolist()}, needed {b.tolist()}")


def near(first: Sequence[Any], second: Sequence[Any], what: str) -> None:
    """Raise BrokenContract unless two lists of float64 parameters differ by roundings alone."""
    for place, (a, b) in enumerate(zip(first, second, strict=True)):
        equal = np.allclose(host(a.detach()), host(b.detach()), rtol=1e-9, atol=1e-9)
        require(equal, f"{what}: parameter {place} is {a.tolist()}, needed {b.tolist()}")
