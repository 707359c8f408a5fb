"""The collections of a library: created if missing, rejected if they belong to another program."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import xxhash

from tui.core.errors import ServerError
from tui.library.milvus.client import (
    NO_COLLECTION,
    NO_INDEX,
    ForbiddenError,
    MissingLibraryError,
    RefusedCallError,
)
from tui.library.milvus.rows.schema import LONGEST_GRAM, MOST_GRAMS, NUMBERS, PLACES, TEXTS

if TYPE_CHECKING:
    from tui.library.milvus.client import ServerClient

FORMAT = 1
"""Increased if older versions could not read the rows of this one, or would corrupt them."""

NOTES = "photoseek"
NOTE_FIELDS = ("key", "kind", "value", "vector")
ROW_FIELDS = ("id", *TEXTS, *NUMBERS, *PLACES, "grams", "vector")

_KEY_LENGTH = 65_535
_NOTE_DIM = 2
_NOTE_INDEXES: dict[str, dict[str, Any]] = {"vector": {"index_type": "FLAT", "metric_type": "IP"}}
_ROW_INDEXES: dict[str, dict[str, Any]] = {
    "content": {"index_type": ""},  # the server's default for texts
    "folder": {"index_type": ""},
    "vector": {
        "index_type": "HNSW",
        "metric_type": "IP",
        "params": {"M": 32, "efConstruction": 128},
    },
}


def rows_name(model_id: str) -> str:
    """Return the name of a model's collection."""
    return f"{NOTES}_{xxhash.xxh3_64_hexdigest(model_id.encode())[:12]}"


def open_notes(client: ServerClient, *, make: bool) -> None:
    """Check that the library exists, or create it.

    Raises:
        MissingLibraryError: it is missing and ``make`` is false.
        ServerError: a newer photoseek wrote it, or something else has its name.
    """
    description = _described(client, NOTES)
    if description is None:
        if not make:
            raise client.no_library()
        client.make_database()
        client.change(
            "create_collection", NOTES, schema=_note_schema(), consistency_level="Bounded"
        )
        description = _described(client, NOTES) or {}
    _check(client, NOTES, description, NOTE_FIELDS)
    _load(client, NOTES, _NOTE_INDEXES)


def open_rows(client: ServerClient, model_id: str) -> int | None:
    """Load a model's collection; return the length of its vectors, None if there is none.

    Raises:
        ServerError: a newer photoseek wrote it, or something else has its name.
    """
    name = rows_name(model_id)
    description = _described(client, name)
    if description is None:
        return None
    _check(client, name, description, ROW_FIELDS)
    _load(client, name, _ROW_INDEXES)
    return int(_description_facts(description)["dim"])


def make_rows(client: ServerClient, model_id: str, dim: int) -> None:
    """Create a model's collection.

    Raises:
        RefusedCallError: another process has just created it.
    """
    schema = _row_schema(model_id, dim)
    client.change(
        "create_collection", rows_name(model_id), schema=schema, consistency_level="Bounded"
    )


def _described(client: ServerClient, name: str) -> dict[str, Any] | None:
    try:
        description: dict[str, Any] = client.call("describe_collection", name)
    except RefusedCallError as error:
        if error.code != NO_COLLECTION:
            raise
        return None
    except MissingLibraryError:
        return None
    return description


def _description_facts(description: dict[str, Any]) -> dict[str, Any]:
    """Return the facts in a collection's description, empty if it is another program's."""
    try:
        facts = json.loads(description.get("description") or "")
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) and isinstance(facts.get(NOTES), int) else {}


def _check(
    client: ServerClient, name: str, description: dict[str, Any], fields: tuple[str, ...]
) -> None:
    facts = _description_facts(description)
    if facts.get(NOTES, 0) > FORMAT:
        raise ServerError(
            f"A newer photoseek wrote the library {client.address.name} on "
            f"{client.address.host_and_port}; update photoseek, or choose another library."
        )
    names = {field["name"] for field in description.get("fields", ())}
    if not facts or not names.issuperset(fields):
        raise ServerError(
            f"The collection {name} in the database {client.address.name} on "
            f"{client.address.host_and_port} belongs to another program; choose another library."
        )


def _load(client: ServerClient, name: str, indexes: dict[str, dict[str, Any]]) -> None:
    """Let the server load a collection, after creating missing indexes."""
    try:
        client.change("load_collection", name)
    except ForbiddenError:
        return  # a read-only user finds it ready, or gets an error
    except RefusedCallError as error:
        if error.code != NO_INDEX:
            raise
        _index(client, name, indexes)
        client.change("load_collection", name)


def _index(client: ServerClient, name: str, indexes: dict[str, dict[str, Any]]) -> None:
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    for field, index in indexes.items():
        params.add_index(field, **index)
    client.change("create_index", name, params, sync=False)


def _schema(**facts: Any) -> Any:
    from pymilvus import MilvusClient

    return MilvusClient.create_schema(
        auto_id=False,
        enable_dynamic_field=False,
        description=json.dumps({NOTES: FORMAT, **facts}),
    )


def _note_schema() -> Any:
    from pymilvus import DataType

    schema = _schema()
    schema.add_field("key", DataType.VARCHAR, max_length=_KEY_LENGTH, is_primary=True)
    schema.add_field("kind", DataType.VARCHAR, max_length=64)
    schema.add_field("value", DataType.VARCHAR, max_length=_KEY_LENGTH)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=_NOTE_DIM)
    return schema


def _row_schema(model_id: str, dim: int) -> Any:
    from pymilvus import DataType

    schema = _schema(model=model_id, dim=dim)
    schema.add_field("id", DataType.INT64, is_primary=True)
    for name, length in TEXTS.items():
        schema.add_field(name, DataType.VARCHAR, max_length=length)
    for name in NUMBERS:
        schema.add_field(name, DataType.INT64)
    for name in PLACES:
        schema.add_field(name, DataType.DOUBLE)
    schema.add_field(
        "grams",
        DataType.ARRAY,
        element_type=DataType.VARCHAR,
        max_capacity=MOST_GRAMS,
        max_length=LONGEST_GRAM,
    )
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    return schema
