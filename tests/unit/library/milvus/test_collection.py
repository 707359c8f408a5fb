"""Reading more rows than a server returns at once, from a fake with the same limits."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import pytest

from tui.library.milvus.metadata import MilvusMetadata
from tui.library.milvus.rows.collection import MOST, RowCollection
from tui.library.milvus.rows.expressions import EVERY
from tui.library.milvus.rows.schema import id_of, quote


class FakeClient:
    """Rows by id and notes by key, at most 16,384 for one query, as in Milvus."""

    def __init__(self, ids: list[int] | None = None) -> None:
        self.ids = ids or []
        self.notes: dict[str, str] = {}
        self.calls = 0

    def call(self, method: str, name: str, *args: Any, **named: Any) -> Any:
        if method == "upsert":
            self.notes |= {row["key"]: row["value"] for row in args[0]}
            return None
        if method == "delete":
            for key in named["ids"]:
                self.notes.pop(key, None)
            return None
        assert method == "query"
        self.calls += 1
        text = named["filter"]
        if name == "photoseek":
            return self._notes_between(text)[: named["limit"]]
        ids = self._ids_between(text)
        if named["output_fields"] == ["count(*)"]:
            return [{"count(*)": len(ids)}]
        return [{"id": number} for number in ids[: named["limit"]]]

    change = call

    def _ids_between(self, text: str) -> list[int]:
        numbers = [int(number) for number in re.findall(r"id [<>]= (\d+)", text)]
        low, high = numbers[0], numbers[1] if len(numbers) > 2 else 2**63
        return [number for number in self.ids if low <= number <= high]

    def _notes_between(self, text: str) -> list[dict[str, str]]:
        low, high = re.findall(r'"([^"]*)"', text)
        keys = [key for key in self.notes if low <= key < high]
        return [{"key": key, "value": self.notes[key]} for key in keys]


def rows_of(client: FakeClient) -> RowCollection:
    return RowCollection(cast("Any", client), "photoseek_x", 4)


@pytest.mark.parametrize("count", [0, 1, MOST - 1, MOST, MOST + 1, 3 * MOST])
def test_all_rows_are_read_once_for_any_number(count: int) -> None:
    client = FakeClient([id_of(str(number).encode()) for number in range(count)])
    pages = list(rows_of(client).pages(EVERY, ("id",)))
    assert sorted(row["id"] for page in pages for row in page) == sorted(client.ids)


def test_rows_with_adjacent_ids_are_all_read() -> None:
    client = FakeClient([number << 20 for number in range(MOST + 5)])
    pages = list(rows_of(client).pages(EVERY, ("id",)))
    assert sorted(row["id"] for page in pages for row in page) == client.ids
    assert client.calls < 200


@pytest.mark.parametrize("count", [3, MOST + 3, 2 * MOST])
def test_all_notes_of_a_kind_are_read_for_any_number(count: int) -> None:
    client = FakeClient()
    notes = MilvusMetadata(cast("Any", client))
    notes.put("folder", {f"/photos/{number}": number for number in range(count)})
    notes.put("folders", {"/other": 1})
    notes.put("fold", {"/other": 1})
    values = notes.all("folder")
    assert values == {f"/photos/{number}".encode(): number for number in range(count)}


def test_notes_are_found_by_range_and_removed() -> None:
    client = FakeClient()
    notes = MilvusMetadata(cast("Any", client))
    notes.put("folder", {b'/a"/1': 1, b'/a"/2': 2, b"/b": 3})
    assert notes.all("folder", b'/a"/', b'/a"0') == {b'/a"/1': 1, b'/a"/2': 2}
    notes.remove("folder", [b'/a"/1'])
    assert notes.all("folder") == {b'/a"/2': 2, b"/b": 3}
    assert json.loads(client.notes[f"folder:{quote('/b')}"]) == 3
