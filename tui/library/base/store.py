"""The store protocols: how an indexing run reads and writes a library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tui.core.domain import Cancelled
    from tui.library.base.records import CommitResult, ContentRecord, FileRecord, IndexedFile


class StoreWriter(Protocol):
    """Writes to a library during one indexing run; methods may be called from any thread."""

    def add_root(self, folder: Path) -> None:
        """Add an indexed folder."""
        ...

    def register_model(self, model_id: str, dim: int) -> None:
        """Add a model if it is new.

        Raises:
            ModelError: the library has vectors of another length for it.
        """
        ...

    def commit(self, model_id: str, batch: Sequence[IndexedFile]) -> CommitResult:
        """Write a batch durably.

        A path identifies a file and a hash a content, so a batch may be written twice. If several
        processes may write at once, an empty vector marks a file that another one has written.

        Raises:
            ModelError: a vector is not finite, not of unit length, or not of the model's
                length.
        """
        ...

    def remove_files(self, file_ids: Iterable[int]) -> int:
        """Remove files; return how many of them the library had."""
        ...

    def set_available(self, root: Path, missing: Iterable[Path] = ()) -> int:
        """Mark all folders below ``root`` as available, except ``missing`` ones and those below.

        Returns:
            How many folders changed.
        """
        ...

    def put_folder_notes(self, kind: str, notes: Mapping[bytes, Any]) -> None:
        """Write a JSON value for each folder, by its encoded path."""
        ...

    def remove_folder_notes(self, kind: str, paths: Iterable[bytes]) -> None:
        """Remove notes."""
        ...


class Store(Protocol):
    """A library as an indexing run reads it; every method may be called from any thread."""

    def roots(self) -> list[Path]:
        """Return the indexed folders, missing ones included."""
        ...

    def folder_notes(self, kind: str) -> dict[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        ...

    def dim(self, model_id: str) -> int | None:
        """Return the length of a model's vectors, None for a model that is not registered."""
        ...

    def file_records(
        self, scope: Path, model_id: str, *, deep: bool = True
    ) -> dict[bytes, FileRecord]:
        """Return every file of the library below a folder, by ``os.fsencode(path)``.

        Without ``deep``, only those directly in the folder.
        """
        ...

    def content_records(
        self, digests: Iterable[bytes], model_id: str
    ) -> dict[bytes, ContentRecord]:
        """Return the contents with these hashes, by hash, without missing ones."""
        ...

    def digest(self, content_id: int) -> bytes:
        """Return the hash of a content of `file_records`."""
        ...

    def writing(self, tick: Cancelled) -> AbstractContextManager[StoreWriter | None]:
        """Yield a writer once the library is unlocked; None if ``tick`` returned True first."""
        ...

    def save(self, model_id: str, *, finished: bool = False, cancelled: Cancelled) -> None:
        """Index the committed vectors if that is due.

        Args:
            model_id: the model of the vectors.
            finished: the run has ended.
            cancelled: called several times a second; True leaves the remaining vectors to the
                next run.
        """
        ...

    def close(self) -> None:
        """Close the store; it can't be used afterwards."""
        ...
