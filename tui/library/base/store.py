"""The store protocols: what an indexing run reads from a library and writes to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tui.core.domain import Cancelled
    from tui.library.base.records import CommitResult, ContentRecord, FileRecord, IndexedFile


class StoreWriter(Protocol):
    """Changes a library; one serves one indexing run, methods may be called from any thread."""

    def add_root(self, folder: Path) -> None:
        """Remember a folder that was given to index."""
        ...

    def register_model(self, model_id: str, dim: int) -> None:
        """Make room for a model's vectors; does nothing when it is known.

        Raises:
            ModelError: it is known with another length.
        """
        ...

    def commit(self, model_id: str, batch: Sequence[IndexedFile]) -> CommitResult:
        """Write a batch; what was written stays, whatever happens then.

        A file is found by its path, a vector by the hash of its content, so that the same batch
        may be written twice. Where many processes may write at once, an empty vector says that
        another one has written the file.

        Raises:
            ModelError: a vector is not finite, not of unit length, or not of the model's length.
        """
        ...

    def remove_files(self, file_ids: Iterable[int]) -> int:
        """Drop files that are gone from disk; return how many were there."""
        ...

    def set_available(self, root: Path, missing: Iterable[Path] = ()) -> int:
        """Say which folders below ``root`` are there now: all but ``missing`` and what is below.

        Returns how many folders changed.
        """
        ...

    def put_folder_notes(self, kind: str, notes: Mapping[bytes, Any]) -> None:
        """Remember a value that JSON holds for each folder, by its encoded path."""
        ...

    def remove_folder_notes(self, kind: str, paths: Iterable[bytes]) -> None:
        """Drop notes."""
        ...


class Store(Protocol):
    """A library as an indexing run reads it; every method may be called from any thread."""

    def roots(self) -> list[Path]:
        """Return the folders that were given to index, whether they are there now or not."""
        ...

    def folder_notes(self, kind: str) -> dict[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        ...

    def dim(self, model_id: str) -> int | None:
        """Return the length of a model's vectors, None for a model that is not registered."""
        ...

    def known_files(
        self, scope: Path, model_id: str, *, deep: bool = True
    ) -> dict[bytes, FileRecord]:
        """Return every file known below a folder, by ``os.fsencode(path)``.

        Without ``deep``, those in the folder itself alone.
        """
        ...

    def known_contents(self, digests: Iterable[bytes], model_id: str) -> dict[bytes, ContentRecord]:
        """Return what is known of these bytes, by hash; unknown ones are left out."""
        ...

    def digest(self, content_id: int) -> bytes:
        """Return the hash of a content that `known_files` named."""
        ...

    def writing(self, tick: Cancelled) -> AbstractContextManager[StoreWriter | None]:
        """Let one run write, once it may; None where ``tick`` said stop before that."""
        ...

    def save(self, model_id: str, *, finished: bool = False, cancelled: Cancelled) -> None:
        """Make what was committed fast to search, as far as it is due.

        Args:
            model_id: whose vectors.
            finished: the run ends here.
            cancelled: asked several times a second; True means leave the rest.
        """
        ...

    def close(self) -> None:
        """Close it; it can't be used afterwards."""
        ...
