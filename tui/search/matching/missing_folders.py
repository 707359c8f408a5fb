"""Which of the indexed folders are missing now, since a disk was unplugged or one was renamed.

The catalog learns that in the next indexing run, a search has to know it before. A network disk
that hangs would hold a search up, so every folder is looked for in a thread of its own, and one
that does not answer in time counts as it did when it last answered. Object storage, where that
takes a request, is not asked. A folder that this user may not look for counts as present.
"""

from __future__ import annotations

import math
import stat
import time
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING

from tui.core.formatting import printable
from tui.search.query.terms import Hint
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.search.query.terms import Query

PATIENCE = 0.2
"""Seconds to wait for all folders together."""

LOOK_EVERY = 1.0
"""Seconds for which an answer counts."""


def is_missing(folder: Path) -> bool:
    """Whether there is no folder of that name; object storage counts as present."""
    if isinstance(folder, RemotePath):
        return False
    try:
        return not stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False


def add_missing_hint(query: Query, absent: Iterable[Path]) -> Query:
    """Return a query that says which folder where it looks is absent; at most one hint."""
    scope = query.scope
    for root in sorted(absent):
        if scope is None or root.is_relative_to(scope) or scope.is_relative_to(root):
            message = f"{printable(root)} is missing, so its pictures are not shown."
            return replace(query, hints=(*query.hints, Hint(message, 0, len(query.text))))
    return query


class FolderPresence:
    """Tells which folders are absent; not thread-safe.

    Args:
        roots: gives the indexed folders.
        look: tells whether one is absent; may hang. None is `is_missing`.
        patience: seconds to wait for all of them.
        every: seconds for which an answer counts. None is `LOOK_EVERY`.
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
        self._answer: frozenset[Path] = frozenset()
        self._answered = -math.inf
        self._absent: dict[Path, bool] = {}
        self._asked: dict[Path, Thread] = {}

    def find_missing(self) -> frozenset[Path]:
        """Return the indexed folders that are absent, as far as they answer in time."""
        if time.monotonic() - self._answered < self._every:
            return self._answer
        roots = [root for root in self._roots() if not isinstance(root, RemotePath)]
        asked = [self._ask(root) for root in roots if not self._is_asked(root)]
        deadline = time.monotonic() + self._patience
        for thread in asked:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._answered = time.monotonic()
        self._answer = frozenset(root for root in roots if self._absent.get(root, False))
        return self._answer

    def _is_asked(self, root: Path) -> bool:
        thread = self._asked.get(root)
        return thread is not None and thread.is_alive()

    def _ask(self, root: Path) -> Thread:
        def ask() -> None:
            self._absent[root] = self._look(root)

        thread = Thread(target=ask, name="presence", daemon=True)
        self._asked[root] = thread
        thread.start()
        return thread
