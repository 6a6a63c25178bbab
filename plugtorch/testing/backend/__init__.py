"""The kit for backends: a generator of checks for one opened device."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch.primitive import PRIMITIVES
from plugtorch.testing.backend import gradients, memory, purity, values
from plugtorch.testing.backend.bench import Bench
from plugtorch.testing.cases import ROWS
from plugtorch.testing.run import Check, Subject, bound


def checks(subject: Subject) -> Iterator[Check]:
    """Every check of a backend; ids are the family of the check, then the primitive or dtype."""
    backend = Bench.of(subject).backend
    of = Bench.of
    for name, function in (
        ("devices", memory.check_devices),
        ("dtypes", memory.check_dtypes),
        ("missing_dtypes", memory.check_missing_dtypes),
        ("kernels", values.check_kernels),
        ("evaluation", memory.check_evaluation),
        ("in_place", memory.check_in_place),
        ("growth", purity.check_growth),
    ):
        yield Check(name, bound(of, function))
    for kind in sorted(backend.dtypes, key=lambda d: d.name):
        yield Check(f"round_trip-{kind.name}", bound(of, memory.check_round_trip, kind))
    for name in sorted(backend.reusing):
        yield Check(f"reusing-{name}", bound(of, purity.check_reusing, name))
    for name, primitive in PRIMITIVES.items():
        yield Check(f"values-{name}", bound(of, values.check_values, name))
        if name not in ROWS:  # the check before says so
            continue
        row = ROWS[name]
        yield Check(f"extremes-{name}", bound(of, values.check_extremes, name))
        if row.refused:
            yield Check(f"refusals-{name}", bound(of, memory.check_refusals, name))
        yield Check(f"purity-{name}", bound(of, purity.check_purity, name))
        yield Check(f"released-{name}", bound(of, purity.check_released, name))
        if primitive.inputs or primitive.variadic:
            yield Check(f"views-{name}", bound(of, values.check_views, name))
            yield Check(f"aliasing-{name}", bound(of, purity.check_aliasing, name))
        if row.numbers:
            yield Check(f"numbers-{name}", bound(of, values.check_numbers, name))
        if primitive.differentiable:
            yield Check(f"gradient-{name}", bound(of, gradients.check_gradient, name))
