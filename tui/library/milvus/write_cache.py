"""Contents written a moment ago, which the server's answers may not contain yet."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tui.core.lru_cache import LruCache
from tui.library.base.records import ContentRecord

if TYPE_CHECKING:
    from tui.library.milvus.rows.schema import Row

_RECORDS = 100_000
_ROWS = 2_000


class WriteCache:
    """The contents written last, by model and hash; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: LruCache[tuple[str, bytes], ContentRecord] = LruCache(_RECORDS)
        self._rows: LruCache[tuple[str, bytes], Row] = LruCache(_ROWS)

    def put(self, model_id: str, digest: bytes, facts: Row) -> None:
        """Remember the row that was written for a content."""
        error, decoder = facts["error"] or None, facts["decoder"] or None
        self.put_record(model_id, digest, error, decoder)
        with self._lock:
            self._rows.put((model_id, digest), facts)

    def put_record(
        self, model_id: str, digest: bytes, error: str | None = None, decoder: str | None = None
    ) -> None:
        """Remember that this or another process has written a content."""
        record = ContentRecord(int.from_bytes(digest, "big"), error is None, error, decoder)
        with self._lock:
            self._records.put((model_id, digest), record)

    def forget(self, model_id: str, digest: bytes) -> None:
        """Record that a content was removed; its row stays, since the vector is still valid."""
        with self._lock:
            self._records.pop((model_id, digest))

    def clear(self) -> None:
        """Remove all contents."""
        with self._lock:
            self._records.clear()
            self._rows.clear()

    def record(self, model_id: str, digest: bytes) -> ContentRecord | None:
        """Return the record of a content; None if it was not written lately."""
        with self._lock:
            return self._records.find((model_id, digest))

    def facts(self, model_id: str, digest: bytes) -> Row | None:
        """Return the row of a content with its vector; None if it was not written lately."""
        with self._lock:
            return self._rows.find((model_id, digest))
