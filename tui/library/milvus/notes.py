"""What a library remembers beside its files: folders, models, cameras, and that it has changed.

One row each, by a key of its kind and what it is about, quoted, so that writing a note twice makes
one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.library.milvus.collections import NOTES
from tui.library.milvus.fields import quoted, unquoted
from tui.library.milvus.rows import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tui.library.milvus.client import Client

CHANGED = "changed"
_AT_ONCE = 500


class Notes:
    """The notes of a library; every method may be called from any thread."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def put(self, kind: str, values: Mapping[str | bytes, Any]) -> None:
        """Write notes of a kind, each about a text, in the place of older ones."""
        rows = [
            {
                "key": _key(kind, about),
                "kind": kind,
                "value": json.dumps(value),
                "vector": [1.0, 0.0],
            }
            for about, value in values.items()
        ]
        for start in range(0, len(rows), _AT_ONCE):
            self._client.call("upsert", NOTES, rows[start : start + _AT_ONCE])

    def remove(self, kind: str, about: Iterable[str | bytes]) -> None:
        """Drop notes."""
        keys = [_key(kind, text) for text in about]
        for start in range(0, len(keys), _AT_ONCE):
            self._client.call("delete", NOTES, ids=keys[start : start + _AT_ONCE])

    def get(self, kind: str, about: str | bytes, *, strong: bool = False) -> Any:
        """Return one note, None where there is none."""
        found = self._query(f'key == "{_key(kind, about)}"', 1, strong=strong)
        return json.loads(found[0]["value"]) if found else None

    def all(
        self, kind: str, low: bytes = b"", high: bytes | None = None, *, strong: bool = False
    ) -> dict[bytes, Any]:
        """Return the notes of a kind by what they are about, or those from ``low`` to ``high``."""
        end = f"{kind};" if high is None else _key(kind, high)
        return dict(self._between(_key(kind, low), end, strong=strong))

    def _between(self, first: str, end: str, *, strong: bool) -> Iterator[tuple[bytes, Any]]:
        """Read in ranges of keys that are cut until each has few enough."""
        ranges = [(first, end)]
        while ranges:
            low, high = ranges.pop()
            found = self._query(f'key >= "{low}" and key < "{high}"', MOST, strong=strong)
            if len(found) == MOST:
                middle = sorted(row["key"] for row in found)[MOST // 2]
                ranges += [(low, middle), (middle, high)]
                continue
            for row in found:
                yield unquoted(row["key"].partition(":")[2]), json.loads(row["value"])

    def _query(self, expression: str, limit: int, *, strong: bool) -> list[dict[str, Any]]:
        found = self._client.call(
            "query",
            NOTES,
            filter=expression,
            output_fields=["key", "value"],
            limit=limit,
            consistency_level="Strong" if strong else "Eventually",
        )
        return list(found)


def _key(kind: str, about: str | bytes) -> str:
    return f"{kind}:{quoted(about)}"  # ";" follows ":", which nothing quoted holds
