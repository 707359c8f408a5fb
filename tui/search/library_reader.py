"""Reads a library for the application and the commands, except for searches."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import Failure, FileDetails


class LibraryReader(AbstractContextManager["LibraryReader"], Protocol):
    """Reads the files, folders and failures of a library."""

    def roots(self) -> Sequence[Path]:
        """Return the indexed folders."""
        ...

    def count(self, scope: Path | None = None, model_id: str | None = None) -> int:
        """Return the number of pictures in a scope, or of those with an embedding of a model."""
        ...

    def folder_counts(self, parent: Path) -> Mapping[str, int]:
        """Return each child folder's name with the number of available pictures below it."""
        ...

    def failures(self, limit: int, scope: Path | None = None) -> Sequence[Failure]:
        """Return at most ``limit`` files that could not be indexed, by path."""
        ...

    def details(self, file_ids: Iterable[int]) -> list[FileDetails]:
        """Return the files in the order of their ids, without removed ones."""
        ...

    def close(self) -> None:
        """Close the library."""
        ...
