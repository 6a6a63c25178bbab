"""Matrix products as work: operands as views, ``render.matmul``'s plan as launches."""

from __future__ import annotations

from plugtorch_opencl.render import matmul
from plugtorch_opencl.render.matmul_signature import output_names
from plugtorch_opencl.render.matmul_text import SUM_DTYPES, SUMMED
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, broadcast, merged
from plugtorch_opencl.work import Argument, Launch, View, Work


def work(traits: Traits, name: str, operands: tuple[View, ...], result: View) -> Work:
    """``matmul`` and ``linear``, see ``plugtorch.ops.matmul``."""
    x, y = operands[:2]
    epilogue = None
    if name == "linear":
        sizes, steps = merged(x.shape[:-1], x.strides[:-1])
        rows = sizes[0] if sizes else 1
        x = View(x.dtype, (rows, x.shape[-1]), (steps[0] if steps else x.shape[-1], x.strides[-1]))
        y = View(y.dtype, (y.shape[1], y.shape[0]), (y.strides[1], y.strides[0]))
        epilogue = matmul.ColumnBias(x.dtype)
        batch: Shape = ()  # x of one axis is one row
    else:
        batch = result.shape[:-2]
    batch_axes = [axis for axis, n in enumerate(batch) if n != 1]
    sizes_of = tuple([batch[axis] for axis in batch_axes])
    if name == "matmul" and len(x.shape) > 2 and len(y.shape) == 2 and _stackable(x):
        # the same matrix for all: their rows are one matrix's
        steps = merged(x.shape[:-1], x.strides[:-1])[1]
        rows = 1
        for n in x.shape[:-1]:
            rows *= n
        x = View(x.dtype, (rows, x.shape[-1]), (steps[0] if steps else x.shape[-1], x.strides[-1]))
        batch, batch_axes, sizes_of = (), [], ()
    extents = matmul.Sizes(x.shape[-2], y.shape[-1], x.shape[-1], sizes_of)
    plan = matmul.plan(
        traits,
        x.dtype,
        _operand(x, batch, batch_axes),
        _operand(y, batch, batch_axes),
        extents,
        epilogue,
    )
    bias = (Argument("operand", 2), Argument("operand_offset", 2))
    return launches(traits, plan, bias if epilogue else ())


def _stackable(x: View) -> bool:
    return x.strides[-1] == 1 and len(merged(x.shape[:-1], x.strides[:-1])[0]) <= 1


def _operand(view: View, batch: Shape, axes: list[int]) -> matmul.Operand:
    *_, rows, columns = view.shape
    *_, down, along = view.strides
    stretched = broadcast(view.shape[:-2], view.strides[:-2], batch) if batch else ()
    steps = tuple([stretched[axis] for axis in axes])
    if along == 1 or (columns == 1 and down != 1):
        return matmul.Operand("rows", down if rows > 1 else columns, steps)
    if down == 1 or rows == 1:
        return matmul.Operand("columns", along if columns > 1 else rows, steps)
    return matmul.Operand("rows", down, steps)


def launches(traits: Traits, plan: matmul.Plan, extras: tuple[Argument, ...]) -> Work:
    """The plan's launches, with the epilogue's arguments behind those of the kernel that has it.

    Scratch is 0: panels of x, 1: panels of y, 2: sums.
    """
    summed = SUM_DTYPES[SUMMED[plan.product.kernel.dtype]]
    scratch = tuple([(summed, n) for n in (plan.x_panels, plan.y_panels, plan.sums)])
    launches = []
    where = {"x": ("operand", 0), "y": ("operand", 1)}
    for pack, operand, number in ((plan.pack_x, "x", 0), (plan.pack_y, "y", 1)):
        if pack is not None:
            names = {"source": ("operand", number), "panels": ("scratch", number)}
            launches.append(launch_of(traits, pack, names))
            where[operand] = ("scratch", number)
    last = plan.product
    if plan.sum is not None:
        where["out"] = ("scratch", 2)
        launches.append(launch_of(traits, last, where))
        where, last = {"sums": ("scratch", 2)}, plan.sum
    results = last.kernel.results  # type: ignore[union-attr]
    for number, name in enumerate(output_names(results)):
        where[name] = ("result", number)
    return Work((*launches, launch_of(traits, last, where, extras)), scratch)


def launch_of(
    traits: Traits,
    launch: matmul.Launch,
    where: dict[str, tuple[str, int]],
    extras: tuple[Argument, ...] = (),
) -> Launch:
    """A launch of a plan, with each buffer's (kind, number) from ``where``."""
    kernel = launch.kernel
    kinds = matmul.numbers(kernel)
    arguments = []
    for name in matmul.arguments(kernel):
        if name in launch.sizes:
            arguments.append(Argument(kinds[name], launch.sizes[name]))
        elif name.endswith("_offset"):
            sort, number = where[name.removesuffix("_offset")]
            arguments.append(Argument(f"{sort}_offset", number))
        else:
            arguments.append(Argument(*where[name]))
    text = matmul.render(kernel, traits)
    return Launch(kernel.name, text, launch.items, launch.group, (*arguments, *extras))
