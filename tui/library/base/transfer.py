"""The two ends of a copy between libraries, and the rule for files that both have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tui.core.domain import Cancelled
    from tui.library.base.records import IndexedFile
    from tui.library.base.store import StoreWriter


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A file in a library.

    Attributes:
        path: as `tui.storage.path_encoding.encode` returns it.
        item: the file and the facts of its content; a requested vector is float32, with exactly
            the float16 values that the library stores.
        has_vector: the content has a vector of the requested model.
        position: the record's position in the order of its library.
    """

    path: bytes
    item: IndexedFile
    has_vector: bool
    position: int


class TransferEndpoint(Protocol):
    """A library to copy from or into."""

    @property
    def keeps_bare_files(self) -> bool:
        """The library also has files without a vector and without an error."""
        ...

    def models(self) -> Mapping[str, int]:
        """Return the length of each model's vectors."""
        ...

    def roots(self) -> Sequence[Path]:
        """Return the indexed folders."""
        ...

    def count(self, model_id: str) -> int:
        """Return the approximate number of records in the pages of a model."""
        ...

    def page(self, model_id: str, after: int, limit: int, *, vectors: bool) -> Sequence[Record]:
        """Return the next records after a position, in ascending order; none at the end.

        The first page is after position -1.
        """
        ...

    def find(self, model_id: str, paths: Sequence[bytes], *, vectors: bool) -> dict[bytes, Record]:
        """Return the records of these files, without missing ones."""
        ...

    def folder_notes(self, kind: str) -> Mapping[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        ...

    def writing(self) -> AbstractContextManager[StoreWriter]:
        """Write to the library, and lock out other writers if necessary.

        Raises:
            LibraryBusyError: another process is writing.
        """
        ...

    def put(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        """Write files unchanged, all of them or none; existing contents are not changed."""
        ...

    def finish(
        self, model_id: str, on_progress: Callable[[int, int], object], cancelled: Cancelled
    ) -> None:
        """Index the written vectors; ``on_progress`` gets the vectors done and their total.

        Once ``cancelled`` returns True, the next indexing run does the rest.
        """
        ...


def resolve_conflict(record: Record, current: Record | None) -> IndexedFile | None:
    """Return the file to write for a source's record, given the target's record of it.

    Returns:
        The source's file; with the target's date if that is later and only missing facts are
            filled in; None if the target has everything, or a newer file.
    """
    ours = record.item
    if current is None:
        return ours
    theirs = current.item
    if ours.file.mtime_ns > theirs.file.mtime_ns:
        return ours
    heals = theirs.error is not None and ours.error is None
    if ours.digest == theirs.digest:
        fills = heals or (record.has_vector and not current.has_vector)
        return replace(ours, file=theirs.file) if fills else None
    same = (ours.file.size, ours.file.mtime_ns) == (theirs.file.size, theirs.file.mtime_ns)
    return ours if heals and same else None
