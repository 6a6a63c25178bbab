"""A few threads beside the caller's, for work whose parts do not depend on one another.

NumPy lets go of Python's lock while it works on a large array, so threads do run at once. They
start when they are first asked for and end with the program.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress

from plugtorch.switches import get_num_threads

MOST = 8  # between arrays each of them needs Python's lock: more of them would only wait for it

_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def usable() -> int:
    """How many threads may work at once."""
    return min(get_num_threads(), MOST)


def together(work: Callable[[], None], count: int) -> None:
    """Call ``work`` here and in up to ``count - 1`` other threads, and wait until all are done.

    What is to be done ``work`` has to take from somewhere until there is nothing left: other
    threads may be busy, and come late or never. Raises what one of them raised.
    """
    helpers: list[Future[None]] = []
    try:
        with suppress(RuntimeError):  # the program is about to end, or may have no more threads
            while len(helpers) < count - 1:
                helpers.append(_opened().submit(work))
        work()
    finally:
        helpers = [helper for helper in helpers if not helper.cancel()]
        wait(helpers)
    for helper in helpers:
        helper.result()


def _opened() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(max(1, usable() - 1), "plugtorch")
        return _pool


def _forget() -> None:
    """In a forked process there are no threads, and the lock may have been held by one."""
    global _lock, _pool
    _lock, _pool = threading.Lock(), None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
