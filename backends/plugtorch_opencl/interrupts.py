"""Ctrl-C waits for what must not be left half done."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # ``signal`` itself costs 15 us
import threading
from types import FrameType
from typing import Any

MAIN = threading.main_thread().ident


class Uninterrupted:
    """``with Uninterrupted():`` what is inside is finished before Ctrl-C stops the program.

    Results may lie where operands were, so launches that were begun cannot be begun again: half of
    them would leave parameters that are neither old nor new. Other threads are never interrupted.
    """

    __slots__ = ("before", "caught")

    def __enter__(self) -> None:
        self.before: Any = None
        self.caught: tuple[int, FrameType | None] | None = None
        if threading.get_ident() == MAIN:
            before = _signal.getsignal(_signal.SIGINT)
            if callable(before):  # else nothing of Python's would be called
                self.before = before
                _signal.signal(_signal.SIGINT, self._later)

    def _later(self, number: int, frame: FrameType | None) -> None:
        self.caught = number, frame

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            _signal.signal(_signal.SIGINT, self.before)
            if self.caught is not None:
                self.before(*self.caught)
