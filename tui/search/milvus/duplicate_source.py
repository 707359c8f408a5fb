"""The pictures of a folder of a library on a server, all at hand to be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import PhotoseekError
from tui.library.base.records import FileTable
from tui.library.milvus.rows.expressions import FOUND, below
from tui.library.milvus.rows.schema import DETAILS, details_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import FileDetails, Keys
    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.rows.schema import Row
    from tui.library.milvus.store import MilvusStore

MOST = 100_000
"""Pictures that are compared at most: their vectors are fetched, 1 KB each at 512 dimensions."""


class MilvusDuplicateSource:
    """What `tui.search.duplicates.find` asks of a catalog and of an index; not thread-safe.

    Args:
        store: the library.
        model_id: whose vectors are compared.
        contents: numbers given to contents so far, by their hash; keeps them for the next one.
    """

    def __init__(self, store: MilvusStore, model_id: str, contents: dict[str, int]) -> None:
        self.model_id = model_id
        self._rows: RowCollection | None = store.rows(model_id)
        self._contents = contents
        self._details: dict[int, FileDetails] = {}
        self._file_of: dict[int, int] = {}
        self._expression = FOUND
        self._read: FileTable | None = None

    def files(
        self,
        model_id: str,  # noqa: ARG002 - as the catalog takes it
        scope: Path | None = None,
    ) -> FileTable:
        """Read the files below a folder, once.

        Raises:
            ServerError: the server is away.
            PhotoseekError: they are too many.
        """
        expression = FOUND if scope is None else f"{FOUND} and {below(scope)}"
        if self._read is None or self._expression != expression:
            self._expression = expression
            self._refuse_many()
            self._read = self._files()
        return self._read

    def _files(self) -> FileTable:
        numbers: dict[int, int] = {}
        for page in self._pages((*DETAILS, "content")):
            for row in page:
                number = self._contents.setdefault(row["content"], len(self._contents))
                numbers[row["id"]] = number
                self._details[row["id"]] = details_of(row)
                self._file_of[number] = row["id"]
        ids = sorted(numbers)
        contents = [numbers[file_id] for file_id in ids]
        return FileTable(np.array(ids, dtype=np.int64), np.array(contents, dtype=np.int64))

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return what is known of files that were read, in the order asked for."""
        return [self._details[file_id] for file_id in file_ids]

    def vectors(self, keys: Keys) -> tuple[Keys, NDArray[np.float16]]:
        """Return those contents that have a vector, and the vectors, ``(n, dim)``."""
        wanted = {self._file_of[number]: number for number in keys.tolist()}
        found: dict[int, NDArray[np.float16]] = {}
        for page in self._pages(("id", "vector")):
            for row in page:
                if (number := wanted.get(row["id"])) is not None:
                    found[number] = np.asarray(row["vector"], dtype=np.float32).astype(np.float16)
        dim = 0 if self._rows is None else self._rows.dim
        vectors = np.array(list(found.values()), dtype=np.float16).reshape(len(found), dim)
        return np.array(list(found), dtype=np.int64), vectors

    def _refuse_many(self) -> None:
        count = 0 if self._rows is None else self._rows.count(self._expression)
        if count > MOST:
            raise PhotoseekError(
                f"Of a library on a server at most {MOST:,} pictures are compared, and here are "
                f"{count:,}: look in one folder."
            )

    def _pages(self, fields: Sequence[str]) -> Iterator[Sequence[Row]]:
        return iter(()) if self._rows is None else self._rows.pages(self._expression, fields)
