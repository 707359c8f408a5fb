"""Ends a process, or fails, at the n-th step of writing to a library.

Steps are: a transaction begins, is about to be committed, was committed; a file is opened for
writing, synced, renamed, removed, linked, or its modes are changed; a folder is created.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tui.library.local.catalog.connection_pool import ConnectionPool
from tui.library.local.catalog.sentences import catalog_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_EVENTS = frozenset({"os.rename", "os.remove", "os.link", "os.mkdir", "os.chmod", "os.truncate"})
KILLED = 77

_watching: list[Callable[[str, Any], None]] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook (PEP 578): Python calls it before it calls the system."""
    if not _watching:
        return
    writes = event == "open" and isinstance(args[2], int) and args[2] & _WRITES
    if writes or event in _EVENTS:
        _watching[-1](event, args[0])


sys.addaudithook(_hook)


class Steps:
    """Counts steps; at number ``at``, from 1, calls ``then`` with the step's name.

    Attributes:
        count: how many steps there were.
    """

    def __init__(self, folder: Path, at: int, then: Callable[[str], None]) -> None:
        self.count = 0
        self._folder = os.fsencode(folder)
        self._at = at
        self._then = then
        self._lock = threading.Lock()

    def step(self, name: str) -> None:
        with self._lock:
            self.count += 1
            reached = self.count == self._at
        if reached:
            self._then(name)

    def on_file(self, name: str, path: Any) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return  # a descriptor
        if os.fsencode(path).startswith(self._folder):
            self.step(name)


@contextmanager
def counting(steps: Steps) -> Iterator[Steps]:
    """Count the steps of all threads of this process."""
    fsync, writing = os.fsync, ConnectionPool.writing

    def step_and_sync(descriptor: int) -> None:
        steps.step("fsync")
        fsync(descriptor)

    @contextmanager
    def step_and_write(self: ConnectionPool) -> Iterator[sqlite3.Connection]:
        with catalog_errors(self.path):
            steps.step("begin")
        with writing(self) as connection:
            yield connection
            steps.step("before commit")
        steps.step("after commit")

    os.fsync = step_and_sync  # type: ignore[assignment]
    ConnectionPool.writing = step_and_write  # type: ignore[method-assign]
    _watching.append(steps.on_file)
    try:
        yield steps
    finally:
        _watching.pop()
        os.fsync = fsync
        ConnectionPool.writing = writing  # type: ignore[method-assign]


def end_process(_name: str) -> None:
    """End the process as a kill does: without closing or undoing anything."""
    os._exit(KILLED)


def full_disk(name: str) -> None:
    """Fail as a step fails on a full disk."""
    if name in ("begin", "before commit"):
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error
    if name != "after commit":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
