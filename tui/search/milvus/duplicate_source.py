"""Fetches the pictures of a folder on a server, to compare each with all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.errors import PhotoseekError
from tui.library.base.records import FileTable
from tui.library.milvus.rows.expressions import FOUND, below
from tui.library.milvus.rows.schema import DETAILS, details_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import FileDetails, Half, Keys
    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.rows.schema import Row
    from tui.library.milvus.store import MilvusStore

MAX_PICTURES = 100_000
"""With more pictures, a search is refused: it fetches all vectors, 1 KB each at 512 dimensions."""


class MilvusDuplicateSource:
    """The files and vectors of a library for `tui.search.duplicates.find`; not thread-safe.

    Args:
        store: the library.
        model_id: the model whose vectors are compared.
        contents: the numbers of contents by their hashes; several sources may share them.
    """

    def __init__(self, store: MilvusStore, model_id: str, contents: dict[str, int]) -> None:
        self.model_id = model_id
        self._rows: RowCollection | None = store.rows(model_id)
        self._contents = contents
        self._details: dict[int, FileDetails] = {}
        self._file_of: dict[int, int] = {}
        self._expression = FOUND
        self._table: FileTable | None = None

    def files(
        self,
        model_id: str,  # noqa: ARG002 - the catalog has the same parameters
        scope: Path | None = None,
    ) -> FileTable:
        """Return the files below a folder; fetch them once.

        Raises:
            ServerError: the server is unavailable.
            PhotoseekError: there are too many files.
        """
        expression = FOUND if scope is None else f"{FOUND} and {below(scope)}"
        if self._table is None or self._expression != expression:
            self._expression = expression
            self._refuse_many()
            self._table = self._files()
        return self._table

    def _files(self) -> FileTable:
        numbers: dict[int, int] = {}
        for page in self._pages(DETAILS):
            for row in page:
                number = self._contents.setdefault(row["content"], len(self._contents))
                numbers[row["id"]] = number
                self._details[row["id"]] = details_of(row)
                self._file_of[number] = row["id"]
        ids = sorted(numbers)
        contents = [numbers[file_id] for file_id in ids]
        return FileTable(np.array(ids, dtype=np.int64), np.array(contents, dtype=np.int64))

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return the details of fetched files, in the same order."""
        return [self._details[file_id] for file_id in file_ids]

    def vectors(self, keys: Keys) -> tuple[Keys, Half]:
        """Return the contents that have a vector, and the vectors, ``(n, dim)``."""
        content_of = {self._file_of[number]: number for number in keys.tolist()}
        by_content: dict[int, Half] = {}
        for page in self._pages(("id", "vector")):
            for row in page:
                if (number := content_of.get(row["id"])) is not None:
                    vector = np.asarray(row["vector"], dtype=np.float32)
                    by_content[number] = vector.astype(np.float16)
        dim = 0 if self._rows is None else self._rows.dim
        vectors = np.array(list(by_content.values()), dtype=np.float16)
        return np.array(list(by_content), dtype=np.int64), vectors.reshape(len(by_content), dim)

    def _refuse_many(self) -> None:
        count = 0 if self._rows is None else self._rows.count(self._expression)
        if count > MAX_PICTURES:
            raise PhotoseekError(
                f"Of a library on a server at most {MAX_PICTURES:,} pictures are compared, and "
                f"here are {count:,}: look in one folder."
            )

    def _pages(self, fields: Sequence[str]) -> Iterator[Sequence[Row]]:
        return iter(()) if self._rows is None else self._rows.pages(self._expression, fields)
