"""Every public function and method that PyTorch has too: values, dtypes, first and second
derivatives.

The samples are in ``samples``; what is public without one is named by the first two tests.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, TOLERANCES, assert_same, same, to_plugtorch, to_torch
from opinfo import OPS
from samples import creation, elementwise, indexing, products, reductions, shapes
from samples.sample import DTYPES, SAMPLES, Sample, cast

import plugtorch

FAMILIES = (creation, elementwise, indexing, products, reductions, shapes)
ALL = [s for samples in SAMPLES.values() for s in samples]


def functions(wanted: Callable[[Sample], bool]) -> Any:
    """A test for each function that has such samples; it goes through them all and tells every
    failure.
    """
    names = [name for name, samples in SAMPLES.items() if any(map(wanted, samples))]
    return pytest.mark.parametrize("name", names)


def every(cases: Iterator[tuple[str, Callable[[], None]]]) -> None:
    """Run all cases, then fail with what was wrong in each."""
    failures, count = [], 0
    for label, case in cases:
        count += 1
        try:
            case()
        except Exception as error:
            failures.append(f"{label}: {type(error).__name__}: {error}")
    assert count, "no cases"
    assert not failures, f"{len(failures)} of {count} failed\n" + "\n".join(failures)


# tested in a file of their own, because a sample cannot say what they do
ELSEWHERE = set(
    # random numbers (tests/core/test_random.py): PyTorch's are others
    "rand randn randint randperm rand_like randn_like randint_like bernoulli normal multinomial "
    "manual_seed seed initial_seed get_rng_state set_rng_state uniform_ normal_ bernoulli_ "
    "exponential_ random_ poisson binomial "
    # the same function as grid_sampler_2d, of which PyTorch has samples
    "grid_sampler "
    # what the host holds (tests/core/test_memory.py)
    "apply_ map_ get_device is_pinned pin_memory share_memory_ storage_offset set_ "
    "register_post_accumulate_grad_hook "
    # modes and gradients (tests/core/test_autograd.py, tests/core/test_graph.py)
    "is_grad_enabled is_inference_mode_enabled backward register_hook retain_grad requires_grad_ "
    "detach_ "
    # memory that is shared or uninitialised (test_views.py, tests/core/test_conversion.py)
    "empty empty_like new_empty from_numpy frombuffer from_dlpack numpy tolist item data_ptr "
    "is_contiguous stride new copy_ "
    # facts about a tensor (tests/core/test_tensor.py)
    "size dim ndimension nelement element_size "
    # settings of the process (tests/core/test_tensor.py, tests/core/test_repr.py), files
    "get_default_dtype set_default_dtype get_default_device set_default_device set_printoptions "
    "save load "
    # mixed precision (tests/core/test_autocast.py), sparse tensors (test_sparse.py)
    "clear_autocast_cache get_autocast_cpu_dtype get_autocast_dtype is_autocast_cache_enabled "
    "is_autocast_cpu_enabled is_autocast_enabled set_autocast_cache_enabled set_autocast_cpu_dtype "
    "set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled sparse_coo_tensor spmm "
    # tests/core/test_old_names.py
    "is_anomaly_check_nan_enabled is_anomaly_enabled "
    # switches, and what is always the same (tests/core/test_old_names.py)
    "are_deterministic_algorithms_enabled compile cuda get_float32_matmul_precision "
    "get_num_interop_threads get_num_threads is_complex set_default_tensor_type "
    "is_deterministic_algorithms_warn_only_enabled set_float32_matmul_precision "
    "set_flush_denormal set_num_interop_threads set_num_threads use_deterministic_algorithms "
    # what is always the same for real numbers (tests/core/test_functional_call.py)
    "can_cast is_conj is_neg is_same_size is_signed unsafe_split_with_sizes "
    # from plugtorch.functional (test_functional*.py)
    "dropout layer_norm embedding".split()
)


def sampled_by_torch() -> set[str]:
    """What test_opinfo.py goes through, as functions; their twins in place are made of them."""
    names = {alias.name for op in OPS for alias in (op, *op.aliases)}
    names |= {name.rpartition(".")[2] for name in names}
    return names | {f"{name}_" for name in names}


def public(ours: Any, theirs: Any) -> list[str]:
    return [
        name
        for name in dir(ours)
        if not name.startswith("_")
        and callable(getattr(ours, name))
        and not inspect.isclass(getattr(ours, name))
        and hasattr(theirs, name)
    ]


def test_every_public_function_has_samples() -> None:
    called = {s.name for s in ALL if s.function}
    twins = {f"{name}_" for name in called}
    known = ELSEWHERE | sampled_by_torch()
    missing = set(public(plugtorch, torch)) - called - twins - known
    assert not missing, f"write samples for {sorted(missing)}"


def test_every_method_has_samples() -> None:
    called = {s.name for s in ALL if s.method}
    twins = {f"{name}_" for name in called} | IN_PLACE_ONLY
    missing = (
        set(public(plugtorch.Tensor, torch.Tensor))
        - called
        - twins
        - ELSEWHERE
        - sampled_by_torch()
    )
    assert not missing, f"write samples for {sorted(missing)}"


def test_every_sample_is_of_something() -> None:
    public = {*dir(plugtorch), *dir(plugtorch.Tensor)}
    assert public >= ELSEWHERE, f"plugtorch lacks {sorted(ELSEWHERE - public)}"
    unknown = [
        name
        for name in SAMPLES
        if not hasattr(plugtorch, name) and not hasattr(plugtorch.Tensor, name)
    ]
    assert not unknown, f"plugtorch lacks {unknown}"


def quietly(library: Any, s: Sample, as_method: bool) -> Any:
    """The call as a function of its tensors, for one library; PyTorch warns of functions it will
    drop.
    """

    def run(*tensors: Any) -> Any:
        if library is plugtorch:
            return s.call(library, tensors, as_method)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return s.call(library, tensors, as_method)

    return run


def compare(s: Sample, arrays: list[Any], as_method: bool, **options: Any) -> None:
    same(quietly(plugtorch, s, as_method), quietly(torch, s, as_method), arrays, **options)


def wanted(s: Sample) -> bool:
    return s.function


@functions(wanted)
def test_function(name: str) -> None:
    every(
        (str(s), partial(compare, s, s.arrays, False, grad=s.grad, second=s.second))
        for s in SAMPLES[name]
        if wanted(s)
    )


def is_method(s: Sample) -> bool:
    return s.method and hasattr(torch.Tensor, s.name) and isinstance(s.args[0], numpy.ndarray)


@functions(is_method)
def test_method(name: str) -> None:
    # where the function was compared as well, the values are enough
    every(
        (
            str(s),
            partial(compare, s, s.arrays, True, grad=s.grad and not s.function, second=s.second),
        )
        for s in SAMPLES[name]
        if is_method(s)
    )


# ---- strides -------------------------------------------------------------------------------------


def turned(x: Any) -> Any:
    return x.permute(*range(x.ndim - 1, -1, -1))


LAYOUTS = {
    # how the leaf is made of the values, and how the argument is made of the leaf
    "transposed": (lambda a: numpy.ascontiguousarray(a.T), turned),
    "every second": (lambda a: numpy.repeat(a, 2, -1), lambda x: x[..., 1::2]),
    "from the middle": (
        lambda a: numpy.concatenate([a[:1], a, a]),
        lambda x: x[1 : 1 + (len(x) - 1) // 2],
    ),
    "a part of more axes": (lambda a: numpy.stack([a, a], 1), lambda x: x[:, 1]),
}


def laid_out(s: Sample) -> bool:
    return s.layouts and any(a.size > 1 for a in s.arrays)


def compare_layout(s: Sample, layout: str) -> None:
    lay, look = LAYOUTS[layout]
    fits = [a.ndim > 0 and a.shape[0] > 0 for a in s.arrays]
    leaves = [lay(a) if fit else a for a, fit in zip(s.arrays, fits, strict=True)]

    def seen(library: Any) -> Any:
        run = quietly(library, s, as_method=not s.function)
        return lambda *tensors: run(
            *[look(t) if fit else t for t, fit in zip(tensors, fits, strict=True)]
        )

    same(seen(plugtorch), seen(torch), leaves, grad=s.grad, second=False)


@functions(laid_out)
def test_strides(name: str) -> None:
    """Two of the layouts for each sample, in turn."""
    layouts = [*LAYOUTS, *LAYOUTS]
    every(
        (f"{s} {layout}", partial(compare_layout, s, layout))
        for place, s in enumerate(filter(laid_out, SAMPLES[name]))
        for layout in layouts[place % 4 : place % 4 + 2]
    )


# ---- dtypes --------------------------------------------------------------------------------------


def result(
    library: Any, convert: Any, s: Sample, arrays: list[Any]
) -> tuple[Any, Exception | None]:
    tensors = [convert(a) for a in arrays]
    try:
        return quietly(library, s, as_method=not s.function)(*tensors), None
    except Exception as error:
        return None, error


LENIENT = {"isin": "Bool", "argmax": "bool", "argmin": "bool", "topk": "bool"}
"""What plugtorch does for dtypes that PyTorch leaves out: the function, and a word of PyTorch's
refusal.
"""


def both(s: Sample, arrays: list[Any]) -> None:
    """The same result, or a refusal of the same kind. What PyTorch has not got round to may work
    here.
    """
    theirs, refused = result(torch, to_torch, s, arrays)
    ours, error = result(plugtorch, to_plugtorch, s, arrays)
    if refused is None:
        if error is not None:
            raise error
        assert_same(ours, theirs, tolerances={**TOLERANCES, "bfloat16": (0.05, 0.05)})
    elif not isinstance(refused, NotImplementedError) and "not implemented for" not in str(refused):
        if error is None and LENIENT.get(s.name, "-") in str(refused):
            return
        assert error is not None, f"plugtorch takes what torch refuses: {refused}"
        assert isinstance(error, type(refused)), (
            f"{error!r} is no {type(refused).__name__}: {refused}"
        )
    elif error is not None:
        assert isinstance(error, plugtorch.errors.PlugtorchError), f"{error!r}"


def floating(array: Any) -> bool:
    return isinstance(array, numpy.ndarray) and (array.dtype.kind == "f" or array.dtype == BFLOAT16)


def castable(s: Sample) -> bool:
    return s.casts and any(floating(a) for a in s.arrays)


@functions(castable)
def test_dtypes(name: str) -> None:
    every(
        (f"{s} {dtype}", partial(both, s, [cast(a, dtype) if floating(a) else a for a in s.arrays]))
        for s in SAMPLES[name]
        for dtype in DTYPES
        if castable(s) and dtype != "float64"
    )


# ---- in place ------------------------------------------------------------------------------------

IN_PLACE_ONLY = set("fill_ zero_ fill_diagonal_".split())
# in place PyTorch has no derivative, or a wrong one: that of doing nothing
FLAT = set("asinh arcsinh acosh arccosh atanh arctanh floor_divide".split())
FLAT |= {f"logical_{name}" for name in ("not", "and", "or", "xor")}


def has_twin(s: Sample) -> bool:
    own = hasattr(plugtorch.Tensor, f"{s.name}_") and f"{s.name}_" not in ELSEWHERE
    return own and "dtype" not in s.options and isinstance(s.args[0], numpy.ndarray)


def in_place(library: Any, s: Sample, *tensors: Any) -> Any:
    first, *rest = tensors
    whole = first.clone()
    returned = quietly(library, s.in_place(), as_method=True)(whole, *rest)
    assert returned is whole
    return whole


def compare_in_place(s: Sample) -> None:
    arrays = s.arrays
    try:
        in_place(torch, s, *[to_torch(a) for a in arrays])
    except Exception as refused:
        with pytest.raises(type(refused)):
            in_place(plugtorch, s, *[to_plugtorch(a) for a in arrays])
        return
    grad = s.grad and s.name not in FLAT
    same(partial(in_place, plugtorch, s), partial(in_place, torch, s), arrays, grad, second=False)


@functions(has_twin)
def test_in_place(name: str) -> None:
    every((f"{s} in place", partial(compare_in_place, s)) for s in SAMPLES[name] if has_twin(s))


def castable_twin(s: Sample) -> bool:
    return has_twin(s) and castable(s) and floating(s.args[0])


@functions(castable_twin)
def test_in_place_dtypes(name: str) -> None:
    """Only the first operand in the dtype: what cannot be stored in it is refused."""
    every(
        (
            f"{s} in place, {dtype}",
            partial(both, s.in_place(), [cast(s.arrays[0], dtype), *s.arrays[1:]]),
        )
        for s in SAMPLES[name]
        for dtype in DTYPES
        if castable_twin(s) and dtype != "float64"
    )
