"""``kernels``: the text of what devices run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from plugtorch.backend import Backend
from plugtorch.debug import to_stderr
from plugtorch.device import tell_no_more, tell_of_opened


@contextmanager
def kernels(write: Callable[[str], None] = to_stderr) -> Iterator[None]:
    """Write what every device runs inside: which operations are one kernel, the kernel's text, and
    for each launch its size and time. A plan is written once, when it is first run.

    write: gets whole lines; they go to stderr if it is not given. Every launch is waited for, so
    programs are slow inside. A device whose kernels are no text, as NumPy's, has nothing to say.
    ``PLUGTORCH_DEBUG=kernels`` does the same for a whole program.

    >>> import plugtorch
    >>> with plugtorch.profiler.kernels():
    ...     _ = plugtorch.ones(3).exp()
    """
    with ExitStack() as contexts:

        def enter(backend: Backend) -> None:
            contexts.enter_context(backend.explain(write))

        contexts.callback(tell_no_more, enter)
        tell_of_opened(enter)
        yield
