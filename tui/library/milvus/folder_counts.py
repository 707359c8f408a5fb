"""The number of pictures in each folder, which is counted again whenever its files change."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tui.library.milvus.rows.expressions import FOUND, in_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tui.library.base.records import FileRecord
    from tui.library.milvus.connection import MilvusConnection
    from tui.library.milvus.rows.collection import RowCollection

_RECOUNT_SECONDS = 5.0
_RECOUNT_SHARE = 10
"""Counting takes at most one part in this many of the time."""


class FolderCounts:
    """Updates the counts during a run; methods may be called from any thread."""

    def __init__(self, connection: MilvusConnection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._changed: dict[str, set[bytes]] = defaultdict(set)
        self._registered: dict[str, set[bytes]] = {}
        self._due = time.monotonic() + _RECOUNT_SECONDS

    def mark_changed(self, model_id: str, folders: Iterable[bytes]) -> None:
        """Mark folders whose files change, and save the new ones among them at once."""
        metadata = self._connection.model_metadata(model_id)
        with self._lock:
            if model_id not in self._registered:
                self._registered[model_id] = set(metadata.folders())
            folder_set = set(folders)
            new = folder_set - self._registered[model_id]
            self._registered[model_id] |= new
            self._changed[model_id] |= folder_set
        if new:
            metadata.put_folders(dict.fromkeys(new, 0))

    def compare(self, scope: Path, model_id: str, records: Mapping[bytes, FileRecord]) -> None:
        """Mark folders below a scope whose saved count differs from the number of their files."""
        counts = Counter(
            path.rpartition(b"/")[0] or b"/" for path, file in records.items() if file.embedded
        )
        noted = self._connection.model_metadata(model_id).folders(scope, strong=True)
        differing = {
            folder for folder in counts.keys() | noted.keys() if counts[folder] != noted.get(folder)
        }
        with self._lock:
            self._changed[model_id] |= differing

    def recount_if_due(self) -> None:
        """Count the marked folders unless that was done seconds ago."""
        began = time.monotonic()
        if began >= self._due:
            self.recount()
            took = time.monotonic() - began
            self._due = time.monotonic() + max(_RECOUNT_SECONDS, took * _RECOUNT_SHARE)

    def recount(self) -> bool:
        """Count the marked folders; return whether there were any."""
        with self._lock:
            changed, self._changed = self._changed, defaultdict(set)
        for model_id, folders in changed.items():
            rows = self._connection.rows(model_id)
            if rows is not None and folders:
                self._connection.model_metadata(model_id).put_folders(_pictures(rows, folders))
        return any(changed.values())


def _pictures(rows: RowCollection, folders: Iterable[bytes]) -> dict[bytes, int]:
    """Count the pictures of folders, with strong consistency at first."""
    pictures: dict[bytes, int] = {}
    for folder in sorted(folders):
        text = f"{FOUND} and {in_folder(folder)}"
        # Later queries include at least as many writes.
        pictures[folder] = rows.count(text, strong=not pictures)
    return pictures
