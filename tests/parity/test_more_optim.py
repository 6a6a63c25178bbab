"""The optimizers beyond the common five against PyTorch, with every option; LBFGS is beside it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Iterator
from typing import Any

import numpy
import pytest
import torch
from helpers import to_numpy, to_plugtorch, to_torch
from test_optim import DECAYS, SWITCH, TOLERANCE, Problem, grid, to_their_state, walk

import plugtorch

NAMES = ["Adamax", "NAdam", "RAdam", "Adadelta", "Adafactor", "Rprop", "ASGD", "Muon"]
SHAPES = {
    "Adafactor": [(3, 4), (5,), (), (2, 3, 4)],
    "Muon": [(3, 4), (4, 3), (1, 1), (1, 4)],
}
DECOUPLED = grid(lr=[0.05], weight_decay=[0.1], decoupled_weight_decay=SWITCH, maximize=SWITCH)
CASES = [
    *[
        (name, options)
        for name, choices in [
            ("Adamax", grid(lr=[0.05], weight_decay=DECAYS, maximize=SWITCH)),
            ("Adamax", [{"betas": (0.5, 0.7), "eps": 1e-2}, {"betas": (0.0, 0.9)}]),
            ("NAdam", DECOUPLED),
            ("NAdam", [{"betas": (0.5, 0.7), "eps": 1e-3}, {"lr": 0.05, "momentum_decay": 0.1}]),
            ("NAdam", [{"lr": 0.05, "momentum_decay": 0}, {"lr": 0.05, "betas": (0.0, 0.9)}]),
            ("RAdam", DECOUPLED),
            ("RAdam", [{"lr": 0.05, "betas": (b, 0.9), "eps": 1e-3} for b in (0.0, 0.5)]),
            ("RAdam", [{"lr": 0.05, "betas": (0.9, 0.5)}]),  # its second moment is never used
            ("Adadelta", grid(lr=[1, 10], weight_decay=DECAYS, maximize=SWITCH)),
            ("Adadelta", [{"rho": 0.5, "eps": 1e-3}, {"rho": 0}, {"rho": 1}]),
            ("Adafactor", grid(lr=[0.1], weight_decay=DECAYS, maximize=SWITCH)),
            ("Adafactor", grid(beta2_decay=[-0.5, -0.1], d=[1.0, 3.0], lr=[0.05])),
            ("Adafactor", [{"beta2_decay": 0, "lr": 1e-3}]),  # steps by the sign: errors jump
            ("Adafactor", [{"eps": (1e-3, 0.1)}, {"eps": (0.5, 0)}, {"lr": 10}]),
            ("Rprop", grid(lr=[0.01, 0.3], maximize=SWITCH)),
            ("Rprop", [{"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.1)}]),
            ("ASGD", grid(t0=[1e6, 5], weight_decay=DECAYS, maximize=SWITCH)),
            ("ASGD", grid(t0=[0, 50], lambd=[0.1], alpha=[0.5, 1], lr=[0.1])),
            ("Muon", grid(nesterov=SWITCH, momentum=[0, 0.8], lr=[0.02])),
            ("Muon", grid(adjust_lr_fn=["original", "match_rms_adamw"], weight_decay=[0, 0.5])),
            ("Muon", [{"ns_steps": 0}, {"ns_steps": 2, "ns_coefficients": (2, -1.5, 0.5)}]),
            ("Muon", [{"eps": 10.0, "lr": 0.1}]),
        ]
        for options in choices
    ],
    *[(name, {}) for name in NAMES],
]
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in options.items())}" for name, options in CASES]


@pytest.fixture(autouse=True)
def _wide_numbers() -> Iterator[None]:
    """PyTorch keeps NAdam's and ASGD's factors in its default dtype; ours are Python's floats."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def both(name: str, options: dict[str, Any], dtype: str = "float64") -> tuple[Problem, Any, Any]:
    problem = Problem(dtype, SHAPES.get(name, SHAPES["Adafactor"]))
    return problem, make(plugtorch, name, problem.ours, options), torch_of(name, problem, options)


def make(library: Any, name: str, parameters: Any, options: dict[str, Any]) -> Any:
    return getattr(library.optim, name)(parameters, **options)


def torch_of(name: str, problem: Problem, options: dict[str, Any]) -> Any:
    return make(torch, name, problem.theirs, options)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_hundred_steps(name: str, options: dict[str, Any], dtype: str) -> None:
    problem, ours, theirs = both(name, options, dtype)
    if name == "Muon":
        walk_with_slips(problem, ours, theirs, TOLERANCE[dtype])
    else:
        walk(problem, ours, theirs, range(100), TOLERANCE[dtype])
        same_state(ours, theirs, TOLERANCE[dtype])


def same_state(ours: Any, theirs: Any, tolerance: float) -> None:
    a, b = ours.state_dict()["state"], theirs.state_dict()["state"]
    assert a.keys() == b.keys()
    for number, values in b.items():
        assert list(a[number]) == list(values)
        for key, value in values.items():
            mine = a[number][key]
            mine = to_numpy(mine) if isinstance(mine, plugtorch.Tensor) else numpy.array(mine)
            assert mine.shape == value.shape
            numpy.testing.assert_allclose(
                mine, to_numpy(value), rtol=tolerance, atol=tolerance, err_msg=key
            )


def walk_with_slips(problem: Problem, ours: Any, theirs: Any, tolerance: float) -> None:
    """A hundred steps, of which three may differ in bfloat16's last bit.

    Muon rounds to bfloat16 what was summed in float32, and the order of sums is each library's own:
    in a few of its 45000 roundings here they round to two sides. Then ours goes on from theirs.
    """
    slips = 0
    for step in range(100):
        problem.gradients(step)
        ours.step()
        theirs.step()
        try:
            problem.agree(tolerance)
        except AssertionError:
            slips += 1
            problem.agree(0.05 * ours.param_groups[0]["lr"])
            for a, b in zip(problem.ours, problem.theirs, strict=True):
                a.data.copy_(to_plugtorch(to_numpy(b)))
    assert slips <= 3


@pytest.mark.parametrize("name", ["NAdam", "ASGD"])
def test_with_pytorchs_narrow_numbers(name: str) -> None:
    torch.set_default_dtype(torch.float32)
    problem, ours, theirs = both(name, {"lr": 0.05}, "float32")
    walk(problem, ours, theirs, range(100), 1e-5)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_run_moves_to_pytorch_and_back(name: str, options: dict[str, Any]) -> None:
    problem, ours, theirs = both(name, options)
    walk(problem, ours, theirs, range(5), 1e-10)

    fresh = torch_of(name, problem, {"lr": 0.7})
    fresh.load_state_dict(to_their_state(ours.state_dict()))
    walk(problem, ours, fresh, range(5, 10), 1e-10)

    own = make(plugtorch, name, problem.ours, {"lr": 0.7})
    own.load_state_dict(copy.deepcopy(fresh.state_dict()))  # torch's tensors, as they are
    restored = torch_of(name, problem, {"lr": 0.7})
    restored.load_state_dict(fresh.state_dict())
    walk(problem, own, restored, range(10, 15), 1e-10)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_the_state_has_pytorchs_structure(name: str, options: dict[str, Any]) -> None:
    problem, ours, theirs = both(name, options)
    for step in range(-1, 3):
        if step >= 0:
            walk(problem, ours, theirs, range(step, step + 1), 1e-10)
        same_state(ours, theirs, 1e-10)
        a, b = ours.state_dict(), theirs.state_dict()
        for group, other in zip(a["param_groups"], b["param_groups"], strict=True):
            assert {k: v for k, v in group.items() if k in other} == other


@pytest.mark.parametrize("name", NAMES)
def test_groups_and_changed_rates(name: str) -> None:
    problem = Problem("float64", SHAPES.get(name, SHAPES["Adafactor"]))
    second = {"etas": (0.2, 2.0)} if name == "Rprop" else {"weight_decay": 0.1}

    def build(library: Any, parameters: list[Any]) -> Any:
        groups = [{"params": parameters[:2]}, {"params": parameters[2], "lr": 0.2, **second}]
        optimizer = make(library, name, groups, {"lr": 0.05})
        optimizer.add_param_group({"params": parameters[3:], "lr": 0.01})
        return optimizer

    ours, theirs = build(plugtorch, problem.ours), build(torch, problem.theirs)
    for step in range(20):
        for group in (*ours.param_groups, *theirs.param_groups):
            group["lr"] *= 0.9
        walk(problem, ours, theirs, range(step, step + 1), 1e-10)


def test_muon_goes_up_too() -> None:
    """PyTorch's has no maximize; ours goes up as theirs goes down the negative."""
    problem, ours, theirs = both("Muon", {})
    for group in ours.param_groups:
        group["maximize"] = True
    for step in range(10):
        problem.gradients(step)
        for parameter in problem.ours:
            parameter.grad = None if parameter.grad is None else -parameter.grad
        ours.step()
        theirs.step()
        problem.agree(1e-10)


@pytest.mark.parametrize("name", [*NAMES, "LBFGS"])
def test_signature_and_defaults(name: str) -> None:
    """The options that PyTorch takes by position, in its order, with its defaults."""
    ours = inspect.signature(getattr(plugtorch.optim, name)).parameters
    theirs = inspect.signature(getattr(torch.optim, name)).parameters
    assert {k: v.default for k, v in ours.items() if k in theirs} == {
        k: v.default for k, v in theirs.items()
    }
    switches = ("maximize", "foreach", "capturable", "differentiable", "fused")
    by_place = [
        k for k, v in theirs.items() if v.kind is v.POSITIONAL_OR_KEYWORD and k not in switches
    ]
    assert list(ours)[: len(by_place)] == by_place
    assert set(ours) == {*theirs, *switches}


REFUSED = [
    *[(name, {"lr": -0.1}) for name in (*NAMES, "LBFGS")],
    *[(name, {"weight_decay": -0.1}) for name in NAMES if name != "Rprop"],
    *[
        (name, options)
        for name in ("Adamax", "NAdam", "RAdam")
        for options in ({"betas": (1.0, 0.9)}, {"betas": (0.9, -0.1)}, {"eps": -1e-8})
    ],
    ("NAdam", {"momentum_decay": -1}),
    ("Adadelta", {"rho": 1.1}),
    ("Adadelta", {"rho": -0.1}),
    ("Adadelta", {"eps": -1.0}),
    ("Adafactor", {"beta2_decay": 0.1}),
    ("Adafactor", {"d": 0.5}),
    ("Adafactor", {"eps": (-1.0, 1e-3)}),
    ("Adafactor", {"eps": (None, -1.0)}),
    ("Rprop", {"etas": (1.0, 1.2)}),
    ("Rprop", {"etas": (0.5, 1.0)}),
    ("Rprop", {"etas": (0.0, 2.0)}),
    ("Muon", {"momentum": -0.1}),
    ("Muon", {"adjust_lr_fn": "best"}),
]
OURS_ALONE = [  # PyTorch takes these, or fails when it steps
    *[(name, {"lr": float("nan")}) for name in (*NAMES, "LBFGS")],
    *[(name, {"betas": (0.9,)}) for name in ("Adamax", "NAdam", "RAdam")],
    ("Adafactor", {"eps": 1e-3}),
    ("Adafactor", {"eps": (None, None)}),
    ("Rprop", {"etas": 0.5}),
    ("Rprop", {"step_sizes": (1.0, 0.1)}),
    ("Rprop", {"step_sizes": (-1.0, 0.1)}),
    ("ASGD", {"alpha": float("inf")}),
    ("ASGD", {"lambd": -1}),
    ("Muon", {"ns_steps": 100}),
    ("Muon", {"ns_steps": 2.5}),
    ("Muon", {"ns_steps": -1}),
    ("Muon", {"ns_coefficients": (1, 2)}),
    ("LBFGS", {"max_iter": 0}),
    ("LBFGS", {"max_eval": 1.5}),
    ("LBFGS", {"history_size": 0}),
    ("LBFGS", {"line_search_fn": "armijo"}),
    ("LBFGS", {"tolerance_grad": -1}),
]


@pytest.mark.parametrize(("name", "options"), [*REFUSED, *OURS_ALONE])
def test_options_out_of_their_range_are_refused(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(plugtorch.errors.ArgumentError, match=rf"^\[{name}\] {next(iter(options))}"):
        make(plugtorch, name, [to_plugtorch(numpy.ones((2, 2)), True)], options)
    if (name, options) in REFUSED:
        with pytest.raises(ValueError, match=r"."):
            make(torch, name, [to_torch(numpy.ones((2, 2)), True)], options)


@pytest.mark.parametrize("shape", [(3,), (), (2, 2, 2)])
def test_muon_takes_matrices_only(shape: tuple[int, ...]) -> None:
    with pytest.raises(plugtorch.errors.ArgumentError, match="shape"):
        plugtorch.optim.Muon([to_plugtorch(numpy.ones(shape), True)])
    with pytest.raises(ValueError, match="2D"):
        torch.optim.Muon([to_torch(numpy.ones(shape), True)])


@pytest.mark.parametrize("name", ["Adafactor", "Muon"])
def test_what_is_empty_stays_so(name: str) -> None:
    """PyTorch divides by zero."""
    parameter = to_plugtorch(numpy.zeros((2, 0)), True)
    optimizer = make(plugtorch, name, [parameter], {})
    for _ in range(2):
        parameter.grad = to_plugtorch(numpy.zeros((2, 0)))
        optimizer.step()
    assert tuple(parameter.shape) == (2, 0)
    state = optimizer.state[parameter].values()
    assert all(numpy.isfinite(to_numpy(v)).all() for v in state if isinstance(v, plugtorch.Tensor))
