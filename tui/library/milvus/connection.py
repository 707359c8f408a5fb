"""An open library on a server: its client, its metadata and the collections of its models."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tui.core.closing import Closing
from tui.library.milvus.metadata import MODEL, MilvusMetadata, ModelMetadata
from tui.library.milvus.rows.collection import RowCollection
from tui.library.milvus.rows.collections import open_notes, open_rows, rows_name
from tui.library.milvus.write_cache import WriteCache

if TYPE_CHECKING:
    from tui.library.milvus.client import ServerClient


class MilvusConnection(Closing):
    """A client, metadata and collections for one database; methods may be called from any thread.

    Args:
        client: of the library; closed with this connection.
        make: create the library if it is missing.

    Attributes:
        client: calls the server.
        metadata: the notes of the whole library.
        write_cache: contents that this process has just written.

    Raises:
        ServerError: the server is unavailable, rejects the user, or uses that name for
            something else.
    """

    def __init__(self, client: ServerClient, *, make: bool = False) -> None:
        self.client = client
        self.metadata = MilvusMetadata(client)
        self.write_cache = WriteCache()
        self._lock = threading.Lock()
        self._rows: dict[str, RowCollection] = {}
        client.open()
        open_notes(client, make=make)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def rows(self, model_id: str) -> RowCollection | None:
        """Return a model's rows, None for a model that is not registered."""
        with self._lock:
            if model_id not in self._rows:
                dim = open_rows(self.client, model_id)
                if dim is None:
                    return None
                self._rows[model_id] = RowCollection(self.client, rows_name(model_id), dim)
            return self._rows[model_id]

    def dim(self, model_id: str) -> int | None:
        """Return the length of a model's vectors, None for a model that is not registered."""
        rows = self.rows(model_id)
        return None if rows is None else rows.dim

    def models(self) -> dict[str, int]:
        """Return the length of each model's vectors."""
        return {name.decode(): value["dim"] for name, value in self.metadata.all(MODEL).items()}

    def model_metadata(self, model_id: str) -> ModelMetadata:
        """Return the notes of one model."""
        return ModelMetadata(self.metadata, model_id)
