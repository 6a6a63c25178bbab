"""Batches on their way between processes.

A message is pickled; the memory of its arrays goes beside it (pickle's protocol 5), and where that
is large, through a file in memory that has no name. Its descriptor is all that is sent, so a batch
waits outside the pipe until it is wanted, and the system frees it when nobody holds it any more:
whatever ends first, nothing can be left behind. Systems without such files send it all.
"""

from __future__ import annotations

import io
import mmap
import os
import sys
import weakref
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler, recv_handle, send_handle
from pickle import PickleBuffer
from typing import Any

LARGE = 1 << 15  # bytes; less is quicker through the pipe, where a few such messages have room
ALIGNMENT = 64  # bytes; vector instructions ask for no more
MAPS = 128


def pack(message: Any) -> list[memoryview]:
    """A message as bytes and, after them, the memory of the arrays in it."""
    text, beside = io.BytesIO(), list[PickleBuffer]()
    ForkingPickler(text, 5, True, beside.append).dump(message)
    return [text.getbuffer(), *(buffer.raw() for buffer in beside)]


def send(connection: Connection, packed: Sequence[memoryview]) -> None:
    """Send what ``pack`` gave."""
    sizes = [part.nbytes for part in packed]
    through_memory = sum(sizes) >= LARGE and hasattr(os, "memfd_create")
    connection.send((sizes, through_memory))
    if through_memory:
        _send_memory(connection, packed)
    else:
        for part in filter(len, packed):
            connection.send_bytes(part)


def receive(connection: Connection) -> Any:
    """The next message. Raises EOFError or OSError if the other end is gone."""
    sizes, through_memory = connection.recv()
    places = _places(sizes)
    if through_memory:
        memory = _received_memory(connection, places[-1])
    else:
        memory = memoryview(bytearray(places[-1]))
    text, *beside = [memory[at : at + size] for at, size in zip(places, sizes)]
    if not through_memory:
        for part in filter(len, [text, *beside]):
            connection.recv_bytes_into(part)
    return ForkingPickler.loads(text, buffers=beside)


def _places(sizes: Sequence[int]) -> list[int]:
    """Where each part begins, and where the last ends, in memory for all."""
    places = [0]
    for size in sizes:
        places.append(-(-(places[-1] + size) // ALIGNMENT) * ALIGNMENT)
    return places


def _send_memory(connection: Connection, parts: Sequence[memoryview]) -> None:
    places = _places([part.nbytes for part in parts])
    descriptor = os.memfd_create("plugtorch batch")
    try:
        os.truncate(descriptor, places[-1])
        for part, at in zip(parts, places):
            while len(part):
                written = os.pwrite(descriptor, part, at)
                part, at = part[written:], at + written
        send_handle(connection, descriptor, None)
    finally:
        os.close(descriptor)


_mapped: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


def _received_memory(connection: Connection, size: int) -> memoryview:
    """Mapped, or copied if so many batches are held that there may soon be no descriptors left:
    until Python 3.13 each map keeps one.
    """
    descriptor = recv_handle(connection)
    try:
        if sys.version_info >= (3, 13):
            return memoryview(mmap.mmap(descriptor, size, trackfd=False))
        if len(_mapped) < MAPS:
            memory = mmap.mmap(descriptor, size)
            _mapped.add(memory)
            return memoryview(memory)
        with open(descriptor, "rb", closefd=False) as file:
            return memoryview(bytearray(file.read()))
    finally:
        os.close(descriptor)
