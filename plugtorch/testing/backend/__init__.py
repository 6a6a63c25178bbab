"""The kit for backends: a generator of checks for one opened device."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch.primitive import PRIMITIVES, Elementwise
from plugtorch.testing.backend import gradients, memory, purity, values
from plugtorch.testing.backend.bench import Bench
from plugtorch.testing.cases import ROWS
from plugtorch.testing.run import Check, Subject


def checks(subject: Subject) -> Iterator[Check]:
    """Every check of a backend; ids are the family of the check, then the primitive or dtype."""
    bench = Bench.of(subject.name)
    for name, function in (
        ("devices", memory.check_devices),
        ("dtypes", memory.check_dtypes),
        ("missing_dtypes", memory.check_missing_dtypes),
        ("kernels", values.check_kernels),
        ("evaluation", memory.check_evaluation),
        ("in_place", memory.check_in_place),
        ("growth", purity.check_growth),
    ):
        yield Check(name, function, (bench,))
    for kind in sorted(bench.backend.dtypes, key=lambda d: d.name):
        yield Check(f"round_trip-{kind.name}", memory.check_round_trip, (bench, kind))
    for name in sorted(bench.backend.reusing):
        yield Check(f"reusing-{name}", purity.check_reusing, (bench, name))
    for name, primitive in PRIMITIVES.items():
        row = ROWS.get(name)  # without one, `values` fails and names it
        takes_arrays = bool(primitive.inputs or primitive.variadic)
        yield Check(f"values-{name}", values.check_values, (bench, name))
        if row is None:
            continue
        if row.extremes is not None:
            yield Check(f"extremes-{name}", values.check_extremes, (bench, name))
        if row.refused:
            yield Check(f"refusals-{name}", memory.check_refusals, (bench, name))
        yield Check(f"purity-{name}", purity.check_purity, (bench, name))
        yield Check(f"released-{name}", purity.check_released, (bench, name))
        if takes_arrays:
            yield Check(f"views-{name}", values.check_views, (bench, name))
            yield Check(f"aliasing-{name}", purity.check_aliasing, (bench, name))
        if isinstance(primitive, Elementwise) and len(primitive.inputs) == 2:
            yield Check(f"numbers-{name}", values.check_numbers, (bench, name))
        if primitive.differentiable:
            yield Check(f"gradient-{name}", gradients.check_gradient, (bench, name))
