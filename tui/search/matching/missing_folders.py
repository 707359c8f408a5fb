"""Finds indexed folders that are missing: a disk was unplugged, or a folder was renamed.

The catalog records that only at the next indexing run, but a search needs it sooner. A network disk
may hang, so every folder is checked in a thread of its own; if a check times out, the result of the
last one counts. Object storage is not checked, since that takes a request. A folder that this user
is not allowed to read counts as present.
"""

from __future__ import annotations

import math
import stat
import time
from threading import Thread
from typing import TYPE_CHECKING

from tui.core.formatting import printable
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.search.query.terms import Query

PATIENCE = 0.2
"""Seconds to wait for all checks together."""

LOOK_EVERY = 1.0
"""Seconds for which a result stays valid."""


def is_missing(folder: Path) -> bool:
    """Whether no folder has that path; object storage counts as present."""
    if isinstance(folder, RemotePath):
        return False
    try:
        return not stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False


def add_missing_hint(query: Query, missing: Iterable[Path]) -> Query:
    """Return a query with at most one hint about a missing folder in its scope."""
    scope = query.scope
    for root in sorted(missing):
        if scope is None or root.is_relative_to(scope) or scope.is_relative_to(root):
            message = f"{printable(root)} is missing, so its pictures are not shown."
            return query.with_hint(message)
    return query


class FolderPresence:
    """Finds missing folders; not thread-safe.

    Args:
        roots: returns the indexed folders.
        look: checks whether a folder is missing; may hang. None is `is_missing`.
        patience: seconds to wait for all of them.
        every: seconds for which a result stays valid. None is `LOOK_EVERY`.
    """

    def __init__(
        self,
        roots: Callable[[], Sequence[Path]],
        look: Callable[[Path], bool] | None = None,
        patience: float = PATIENCE,
        every: float | None = None,
    ) -> None:
        self._roots = roots
        self._look = look or is_missing
        self._patience = patience
        self._every = LOOK_EVERY if every is None else every
        self._result: frozenset[Path] = frozenset()
        self._checked_at = -math.inf
        self._is_missing: dict[Path, bool] = {}
        self._checks: dict[Path, Thread] = {}

    def find_missing(self) -> frozenset[Path]:
        """Return the indexed folders that are missing, by the checks that end in time."""
        if time.monotonic() - self._checked_at < self._every:
            return self._result
        roots = [root for root in self._roots() if not isinstance(root, RemotePath)]
        threads = [self._start_check(root) for root in roots if not self._is_checking(root)]
        deadline = time.monotonic() + self._patience
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._checked_at = time.monotonic()
        self._result = frozenset(root for root in roots if self._is_missing.get(root, False))
        return self._result

    def _is_checking(self, root: Path) -> bool:
        thread = self._checks.get(root)
        return thread is not None and thread.is_alive()

    def _start_check(self, root: Path) -> Thread:
        def check() -> None:
            self._is_missing[root] = self._look(root)

        thread = Thread(target=check, name="presence", daemon=True)
        self._checks[root] = thread
        thread.start()
        return thread
