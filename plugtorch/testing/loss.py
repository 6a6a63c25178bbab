"""The kit for losses. What a loss takes it says itself: ``Loss.example`` and ``Loss.extremes``."""

from __future__ import annotations

import copy
import math
import pickle
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from plugtorch import dtypes, registry
from plugtorch.autograd import grad
from plugtorch.device import open_device
from plugtorch.dtypes import dtype as DType
from plugtorch.loss import Loss
from plugtorch.storage import wrap
from plugtorch.tensor.random import Generator
from plugtorch.testing.compare import EPSILON, Host, bits
from plugtorch.testing.devices import other_devices
from plugtorch.testing.differences import check_derivatives
from plugtorch.testing.run import Check, SkipCheck, Subject, bound, require

Operands = tuple[Any, ...]


@dataclass(frozen=True)
class LossBench:
    """A loss on the bench: made anew for each question, with operands that it takes."""

    subject: Subject
    target: Any

    @classmethod
    def of(cls, subject: Subject) -> LossBench:
        """The bench for the loss of that name."""
        return cls(subject, registry.get("loss", subject.name))

    def takes(self, option: str) -> bool:
        """Whether the constructor has an option."""
        return option in registry.describe("loss", self.subject.name)["options"]

    def make(
        self, kind: DType = dtypes.float64, device: str | None = None, /, **options: Any
    ) -> Any:
        """The loss, with its weights in a dtype and on a device, else that of new tensors."""
        loss = registry.create("loss", self.subject.name, **{**self.subject.options, **options})
        return loss.to(device=device, dtype=kind)

    def operands(
        self, kind: DType = dtypes.float64, device: str | None = None, seed: int = 0
    ) -> Operands:
        """What the loss says it takes, for instance; floats in a dtype, all on a device:
        that of new tensors, unless another is named.
        """
        return _moved(_speaker(self.target).example(Generator().manual_seed(seed)), kind, device)

    @property
    def batch_axis(self) -> int:
        """The axis of the first operand that counts the rows."""
        return _speaker(self.target).batch_axis

    def rows(self, operands: Operands) -> int:
        """How many there are."""
        return int(operands[0].shape[self.batch_axis])

    def extremes(self, kind: DType) -> Iterator[Operands]:
        """What it says it takes at the edges."""
        for operands in _speaker(self.target).extremes(Generator().manual_seed(0)):
            yield _moved(operands, kind, None)


def _speaker(target: Any) -> type[Loss]:
    """Who says what ``target`` takes: itself, or Loss where it is another kind of module."""
    if isinstance(target, type) and issubclass(target, Loss):
        return target
    own = {name: vars(target)[name] for name in ("example", "extremes") if name in vars(target)}
    return type(target.__name__, (Loss,), own)


def _moved(operands: Any, kind: DType, device: str | None) -> Operands:
    found = []
    for operand in operands:
        moved = operand.detach().to(device=device)
        found.append(moved.to(kind) if moved.dtype.is_floating_point else moved)
    return tuple(found)


def _host(tensor: Any) -> Host:
    return np.asarray(tensor.storage.backend.download(tensor.value()))


def _wide(tensor: Any) -> Host:
    return _host(tensor.detach()).astype(np.float64)


def _near(got: Any, needed: Any, what: str, tolerance: float = 1e-10) -> None:
    a, b = np.asarray(got, np.float64), np.asarray(needed, np.float64)
    require(a.shape == b.shape, f"{what}: shape {a.shape}, needed {b.shape}")
    size = np.max(np.abs(b), initial=1.0)
    off = np.max(np.abs(a - b), initial=0.0)
    require(bool(off <= tolerance * size), f"{what}: {a.tolist()}, needed {b.tolist()}")


def _with_gradients(loss: Any, operands: Operands) -> tuple[Any, list[Any]]:
    """The loss, and its gradients with respect to the floating operands that it has one for."""
    leaves = [
        o.detach().clone().requires_grad_() if o.dtype.is_floating_point else o for o in operands
    ]
    value = loss(*leaves)
    floating = [leaf for leaf in leaves if leaf.dtype.is_floating_point]
    return value, list(grad(value.sum(), floating, allow_unused=True))


def check_gives_a_number(bench: LossBench) -> None:
    """With its defaults it gives one finite number, through which a gradient reaches the input."""
    value, gradients = _with_gradients(bench.make(dtypes.float32), bench.operands(dtypes.float32))
    require(value.shape == (), f"the loss has shape {tuple(value.shape)}, needed one number")
    require(value.requires_grad, "no gradient flows to the loss")
    require(gradients and gradients[0] is not None, "the input has no gradient")
    require(np.isfinite(_wide(value)), f"the loss of the example is {_wide(value)}")


def check_reductions(bench: LossBench) -> None:
    """Reduction none keeps the rows, sum adds them up, mean divides that; another is refused."""
    if not bench.takes("reduction"):
        raise SkipCheck("it has no option reduction")
    operands = bench.operands()
    each, total, mean = (
        _wide(bench.make(reduction=reduction)(*operands)) for reduction in ("none", "sum", "mean")
    )
    rows = bench.rows(operands)
    kept = each.ndim > 0 and each.shape[0] == rows
    require(kept, f'reduction="none" of {rows} rows has shape {each.shape}, needed ({rows}, ...)')
    _near(total, each.sum(), 'reduction="sum" is not the sum of "none"')
    plain = getattr(bench.target, "plain_mean", True)
    if plain and bench.subject.options.get("weight") is None:
        _near(mean, each.mean(), 'reduction="mean" is not the mean of "none"')
    try:
        bench.make(reduction="median")(*operands)
    except ValueError:
        return
    require(False, 'reduction="median" is not refused')


def check_rows(bench: LossBench) -> None:
    """Each row of a batch has the loss that it has alone."""
    if not bench.takes("reduction"):
        raise SkipCheck("it has no option reduction, so the rows' own losses cannot be seen")
    loss, operands = bench.make(reduction="none"), bench.operands()
    whole, rows = _wide(loss(*operands)), bench.rows(operands)
    input, *others = operands
    for i in range(rows):
        one = [o[i : i + 1] if o.ndim and o.shape[0] == rows else o for o in others]
        one.insert(0, input.narrow(bench.batch_axis, i, 1))
        _near(
            _wide(loss(*one)), whole[i : i + 1], f"row {i} alone has another loss than in its batch"
        )


def check_gradients(bench: LossBench, reduction: str) -> None:
    """First and second derivatives, against differences."""
    options = {"reduction": reduction} if bench.takes("reduction") else {}
    loss, operands = bench.make(**options), bench.operands(seed=1)
    _, given = _with_gradients(loss, operands)
    floating = [i for i, operand in enumerate(operands) if operand.dtype.is_floating_point]
    # a target without a gradient is taken as a constant
    moving = [i for i, gradient in zip(floating, given) if gradient is not None]
    require(0 in moving, "the input has no gradient")
    backend = open_device()

    def call(*leaves: Any) -> Any:
        arguments = list(operands)
        for place, leaf in zip(moving, leaves):
            arguments[place] = leaf
        return loss(*arguments)

    def up(host: Host, kind: DType) -> Any:
        return wrap(backend.upload(host, kind), kind, backend)

    hosts = [_wide(operands[i]) for i in moving]
    check_derivatives(call, hosts, up, _host, dtypes.float64, "the loss")


def check_extremes(bench: LossBench) -> None:
    """Loss and gradient are finite at the edges of what it takes."""
    for kind in (dtypes.float32, dtypes.float64):
        loss = bench.make(kind)
        for number, operands in enumerate(bench.extremes(kind)):
            value, gradients = _with_gradients(loss, operands)
            low, high = operands[0].min().item(), operands[0].max().item()
            what = f"of extreme input {number}, from {low} to {high}, in {kind.name}"
            found = [_wide(value), *[_wide(g) for g in gradients if g is not None]]
            require(np.isfinite(found[0]).all(), f"the loss {what} is {found[0].tolist()}")
            for gradient in found[1:]:
                require(np.isfinite(gradient).all(), f"the gradient {what} is {gradient.tolist()}")


def check_untouched(bench: LossBench) -> None:
    """It changes neither what it is given nor itself, and gives the same again."""
    loss, operands = bench.make(), bench.operands()
    leaf = operands[0].clone().requires_grad_()
    given = (leaf, *operands[1:])
    before, state = [bits(_host(o.detach())) for o in given], _state(loss)
    first = loss(*given)
    value = bits(_host(first.detach()))
    first.sum().backward()
    for place, (operand, old) in enumerate(zip(given, before)):
        require(bits(_host(operand.detach())) == old, f"it changed its operand {place}")
    require(_state(loss) == state, "it changed its own weights or buffers")
    require(
        bits(_host(loss(*given).detach())) == value,
        "the second call gave another loss than the first",
    )
    with_none = {"reduction": "none"} if bench.takes("reduction") else {}
    result = bench.make(**with_none)(*operands)
    result += 1
    for place, (operand, old) in enumerate(zip(operands, before)):
        require(bits(_host(operand)) == old, f"its result shares memory with its operand {place}")


def _state(loss: Any) -> dict[str, bytes]:
    return {name: bits(_host(tensor.detach())) for name, tensor in loss.state_dict().items()}


def check_views(bench: LossBench) -> None:
    """Operands that are slices of something larger give the same as copies."""
    loss, operands = bench.make(), bench.operands()
    needed = _wide(loss(*operands))
    spread = []
    for operand in operands:
        wide = operand.clone().reshape(*operand.shape, 1).expand(*operand.shape, 2).clone()
        spread.append(wide[..., 1])
    _near(_wide(loss(*spread)), needed, "the loss of sliced operands")


def check_shapes(bench: LossBench) -> None:
    """Shapes that do not fit are refused; what would broadcast is refused, or warned of by name."""
    operands = bench.operands()
    if len(operands) < 2 or not operands[1].ndim:
        raise SkipCheck("it has no target whose shape could be wrong")
    input, target, *others = operands
    require(
        bench.rows(operands) >= 3,
        "its example has fewer than 3 rows, so no target can be too short",
    )
    shorter = target[:-1]
    message = _refusal(bench, (input, shorter, *others))
    shapes = f"an input of {tuple(input.shape)} and a target of {tuple(shorter.shape)}"
    require(message is not None, f"{shapes} are not refused")
    wrong = target[..., :1] if target.ndim > 1 else target.unsqueeze(-1)
    if tuple(wrong.shape) == tuple(target.shape):
        return
    message = _refusal(bench, (input, wrong, *others), warned=True)
    shapes = f"an input of {tuple(input.shape)} and a target of {tuple(wrong.shape)}"
    require(message is not None, f"{shapes} are taken without a word")
    for part in (input, wrong):
        said = str(tuple(part.shape)) in str(message)
        require(said, f"for {shapes} the message does not name {tuple(part.shape)}: {message}")


def check_refusals(bench: LossBench) -> None:
    """An option that is a number is refused as NaN: when the loss is made, or in its first call."""
    options = registry.describe("loss", bench.subject.name)["options"]
    for name, value in options.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            try:
                bench.make(**{name: math.nan})(*bench.operands())
            except (TypeError, ValueError, RuntimeError) as error:
                require(
                    str(error), f"{name} of NaN raised {type(error).__name__}, and said nothing"
                )
            else:
                require(False, f"{name} of NaN is taken without a word")


def _refusal(bench: LossBench, operands: Operands, warned: bool = False) -> str | None:
    """What it says against operands; None if nothing."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            bench.make()(*operands)
        except (ValueError, RuntimeError) as error:
            return str(error)
    return str(said[0].message) if warned and said else None


def check_copies(bench: LossBench) -> None:
    """A deep copy, a pickled copy and another one with the same state give the same loss."""
    loss, operands = bench.make(), bench.operands()
    needed = bits(_host(loss(*operands).detach()))
    again = bench.make()
    again.load_state_dict(loss.state_dict())
    copies: dict[str, Callable[[], Any]] = {
        "a deep copy": lambda: copy.deepcopy(loss),
        "a pickled copy": lambda: pickle.loads(pickle.dumps(loss)),  # noqa: S301 - our own bytes
        "another one with its state_dict": lambda: again,
    }
    for what, make in copies.items():
        same = bits(_host(make()(*operands).detach())) == needed
        require(same, f"{what} gives another loss")


def check_dtype(bench: LossBench, kind: DType) -> None:
    """Loss and gradient have the input's dtype, and the values that float64 gives, rounded."""
    if kind not in open_device().dtypes:
        raise SkipCheck(f"the device has no {kind.name}")
    operands = bench.operands(kind)
    value, gradients = _with_gradients(bench.make(kind), operands)
    require(value.dtype is kind, f"the loss of {kind.name} is {value.dtype.name}")
    wide = tuple(o.to(dtypes.float64) if o.dtype.is_floating_point else o for o in operands)
    needed, slopes = _with_gradients(bench.make(), wide)
    slack = 32 * EPSILON[kind]
    _near(_wide(value), _wide(needed), f"the loss in {kind.name}", slack)
    for gradient, slope in zip(gradients, slopes):
        if gradient is not None:
            require(gradient.dtype is kind, f"the gradient of {kind.name} is {gradient.dtype.name}")
            _near(_wide(gradient), _wide(slope), f"the gradient in {kind.name}", slack)


def check_functional(bench: LossBench) -> None:
    """The function gives what the module gives."""
    if not hasattr(bench.target, "functional"):
        raise SkipCheck("it has no functional face")
    operands = bench.operands()
    options = {k: getattr(v, "double", lambda v=v: v)() for k, v in bench.subject.options.items()}
    for reduction in ("mean", "sum", "none") if bench.takes("reduction") else (None,):
        given = options if reduction is None else {**options, "reduction": reduction}
        got = bench.target.functional(*operands, **given)
        module = bench.make(**({} if reduction is None else {"reduction": reduction}))
        _near(
            _wide(got), _wide(module(*operands)), "the function gives another loss than the module"
        )


def check_devices(bench: LossBench) -> None:
    """Every usable device gives the CPU's loss and gradients."""
    kind = dtypes.float32
    needed, slopes = _with_gradients(bench.make(kind, "cpu"), bench.operands(kind, "cpu"))
    for name in other_devices():
        value, gradients = _with_gradients(bench.make(kind, name), bench.operands(kind, name))
        _near(_wide(value), _wide(needed), f"the loss on {name}", 1e-5)
        for gradient, slope in zip(gradients, slopes):
            if slope is not None:
                _near(_wide(gradient), _wide(slope), f"the gradient on {name}", 1e-5)


def checks(subject: Subject) -> Iterator[Check]:
    """Every check of a loss."""
    of = LossBench.of
    bench = of(subject)
    for name, function in (
        ("number", check_gives_a_number),
        ("reductions", check_reductions),
        ("rows", check_rows),
        ("extremes", check_extremes),
        ("untouched", check_untouched),
        ("views", check_views),
        ("shapes", check_shapes),
        ("refusals", check_refusals),
        ("copies", check_copies),
        ("functional", check_functional),
        ("devices", check_devices),
    ):
        yield Check(name, bound(of, function))
    for reduction in ("mean", "sum", "none") if bench.takes("reduction") else ("mean",):
        yield Check(f"gradients-{reduction}", bound(of, check_gradients, reduction))
    for kind in dtypes.FLOATS:
        yield Check(f"dtype-{kind.name}", bound(of, check_dtype, kind))
