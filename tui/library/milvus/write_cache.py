"""Contents that were written a moment ago, which the server may not answer with yet."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from tui.library.base.records import ContentRecord

if TYPE_CHECKING:
    from tui.library.milvus.rows.schema import Row

_KNOWN_KEPT = 100_000
_FACTS_KEPT = 2_000


class WriteCache:
    """Remembers the last of them by model and hash; callable from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, bytes], ContentRecord] = OrderedDict()
        self._facts: OrderedDict[tuple[str, bytes], Row] = OrderedDict()

    def put(self, model_id: str, digest: bytes, facts: Row) -> None:
        """Remember what was written of a content."""
        error, decoder = facts["error"] or None, facts["decoder"] or None
        self.put_known(model_id, digest, error, decoder)
        with self._lock:
            _keep(self._facts, (model_id, digest), facts, _FACTS_KEPT)

    def put_known(
        self, model_id: str, digest: bytes, error: str | None = None, decoder: str | None = None
    ) -> None:
        """Remember that a content was written, by whomever."""
        known = ContentRecord(int.from_bytes(digest, "big"), error is None, error, decoder)
        with self._lock:
            _keep(self._known, (model_id, digest), known, _KNOWN_KEPT)

    def forget(self, model_id: str, digest: bytes) -> None:
        """Note that a content has gone meanwhile."""
        with self._lock:
            self._known.pop((model_id, digest), None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._known.clear()
            self._facts.clear()

    def known(self, model_id: str, digest: bytes) -> ContentRecord | None:
        """Return what is known of a content that was written lately."""
        return self._known.get((model_id, digest))

    def facts(self, model_id: str, digest: bytes) -> Row | None:
        """Return the facts of a content that was written just now, its vector among them."""
        return self._facts.get((model_id, digest))


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)
