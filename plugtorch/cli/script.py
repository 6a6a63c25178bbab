"""``plugtorch run``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import click

from plugtorch.cli.output import device_option


@click.command(
    short_help="Run a script that was written for PyTorch.",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@device_option
@click.argument("script", type=click.Path(exists=True, dir_okay=False))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(script: str, arguments: tuple[str, ...], device: str | None) -> Callable[[], int]:
    """Run SCRIPT as `python SCRIPT ARGUMENTS...` would, with `import torch` meaning plugtorch.

    \b
    Examples
      plugtorch run mnist.py --epochs 3
      plugtorch run --device opencl mnist.py     new tensors are made there

    The script is not changed. Options of run come before SCRIPT; all that follows is the script's.
    With --device, new tensors are made there unless the script says where,
    torch.accelerator.current_accelerator() is that device, and so is what the script calls "cuda".
    Tensors that are on the CPU all the same, as those of from_numpy, follow the others there.

    In Python it is plugtorch.torch_alias.install(device), before the script's imports.
    """
    from plugtorch.device import open_device
    from plugtorch.torch_alias import script as scripts

    if device is not None:
        open_device(device)  # a wrong name is told before anything runs
    return partial(scripts.run, script, arguments, device)
