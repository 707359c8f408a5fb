"""The metadata of a library: folders, models, cameras, and the time of the last change.

Each is one row with a key of its kind and its quoted subject, so that a second write replaces the
first.
"""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from tui.library.milvus.rows.collection import MOST, parts
from tui.library.milvus.rows.collections import NOTES, rows_name
from tui.library.milvus.rows.schema import quote, unquote
from tui.storage.path_encoding import span, sum_by_child

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tui.library.milvus.client import ServerClient

ROOT = "root"
MODEL = "model"

_CHANGED = "changed"
_FOLDER = "folder"
_CAMERA = "camera"
_BEGUN = "begun"
_RUN = "run"
_AT_ONCE = 500


class MilvusMetadata:
    """The notes of a library; every method may be called from any thread."""

    def __init__(self, client: ServerClient) -> None:
        self._client = client

    def put(self, kind: str, values: Mapping[str, Any] | Mapping[bytes, Any]) -> None:
        """Write notes of a kind, each about a text; they replace older ones."""
        rows = [
            {
                "key": _key(kind, about),
                "kind": kind,
                "value": json.dumps(value),
                "vector": [1.0, 0.0],
            }
            for about, value in values.items()
        ]
        for part in parts(rows, _AT_ONCE):
            self._client.change("upsert", NOTES, list(part))

    def remove(self, kind: str, about: Iterable[str | bytes]) -> None:
        """Remove notes."""
        keys = [_key(kind, text) for text in about]
        for part in parts(keys, _AT_ONCE):
            self._client.change("delete", NOTES, ids=list(part))

    def get(self, kind: str, about: str | bytes, *, strong: bool = False) -> Any:
        """Return one note, None if there is none."""
        rows = self._query(f'key == "{_key(kind, about)}"', 1, strong=strong)
        return json.loads(rows[0]["value"]) if rows else None

    def all(
        self, kind: str, low: bytes = b"", high: bytes | None = None, *, strong: bool = False
    ) -> dict[bytes, Any]:
        """Return the notes of a kind by their subjects, or those from ``low`` to ``high``."""
        end = f"{kind};" if high is None else _key(kind, high)
        return dict(self._between(_key(kind, low), end, strong=strong))

    def _between(self, first: str, end: str, *, strong: bool) -> Iterator[tuple[bytes, Any]]:
        """Read ranges of keys, split until each has few enough notes."""
        ranges = [(first, end)]
        while ranges:
            low, high = ranges.pop()
            rows = self._query(f'key >= "{low}" and key < "{high}"', MOST, strong=strong)
            if len(rows) == MOST:
                middle = sorted(row["key"] for row in rows)[MOST // 2]
                ranges += [(low, middle), (middle, high)]
                continue
            for row in rows:
                yield unquote(row["key"].partition(":")[2]), json.loads(row["value"])

    def save_run_start(self, run: int) -> None:
        """Save when a run began, in ns."""
        self.put(_BEGUN, {"": run})

    def run_start(self) -> int | None:
        """Return when the last run began, in ns; None if there was none."""
        time_ns: int | None = self.get(_BEGUN, "", strong=True)
        return time_ns

    def renew_version(self) -> None:
        """Save the time of a change, after the change was written."""
        self.put(_CHANGED, {"": time.time_ns()})

    def version(self) -> int:
        """Return a number that changes shortly after each write of any process; cheap."""
        return int(self.get(_CHANGED, "") or 0)

    def _query(self, expression: str, limit: int, *, strong: bool) -> list[dict[str, Any]]:
        rows = self._client.call(
            "query",
            NOTES,
            filter=expression,
            output_fields=["key", "value"],
            limit=limit,
            consistency_level="Strong" if strong else "Eventually",
        )
        return list(rows)


class ModelMetadata:
    """The notes that belong to one model's files."""

    def __init__(self, notes: MilvusMetadata, model_id: str) -> None:
        self._metadata = notes
        self._model = rows_name(model_id).rpartition("_")[2]

    def folders(self, scope: Path | None = None, *, strong: bool = False) -> dict[bytes, int]:
        """Return the number of pictures directly in each folder, by its encoded path."""
        if scope is None:
            return self._metadata.all(self._kind(_FOLDER))
        limits = span(scope)
        counts = self._metadata.all(self._kind(_FOLDER), limits.low, limits.high, strong=strong)
        own = self._metadata.get(self._kind(_FOLDER), limits.exact)
        return counts if own is None else {limits.exact: own, **counts}

    def put_folders(self, pictures: Mapping[bytes, int]) -> None:
        """Save the number of pictures in folders."""
        self._metadata.put(self._kind(_FOLDER), pictures)

    def remove_folders(self, folders: Iterable[bytes]) -> None:
        """Remove folders without files."""
        self._metadata.remove(self._kind(_FOLDER), folders)

    def folder_counts(self, parent: Path) -> dict[str, int]:
        """Return each child folder's name with the number of pictures anywhere below it."""
        return sum_by_child(parent, self.folders(parent).items())

    def cameras(self) -> list[str]:
        """Return all cameras' names."""
        return sorted(map(os.fsdecode, self._metadata.all(self._kind(_CAMERA))))

    def put_cameras(self, names: Iterable[bytes]) -> None:
        """Save cameras."""
        self._metadata.put(self._kind(_CAMERA), dict.fromkeys(names, 1))

    def last_run(self) -> int:
        """Return when the last run with new pictures began, in ns; -1 if there was none."""
        return int(self._metadata.get(self._kind(_RUN), "") or -1)

    def put_last_run(self, run: int) -> None:
        """Save the start of a run with new pictures."""
        self._metadata.put(self._kind(_RUN), {"": run})

    def _kind(self, kind: str) -> str:
        return f"{kind}-{self._model}"


def _key(kind: str, about: str | bytes) -> str:
    return f"{kind}:{quote(about)}"  # ";" follows ":", which no quoted text contains
