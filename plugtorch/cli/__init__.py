"""The command line: ``plugtorch train``, ``compare``, ``run``, ``explain``, ``plugins``,
``devices`` and ``doctor``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line on ``arguments``, by default the process's own, and exit with its
    code.
    """
    from plugtorch.cli.application import run  # only now: plugtorch.cli alone imports no click

    sys.exit(run(sys.argv[1:] if arguments is None else arguments))
