"""What a copy asks of a library that it reads or writes, and which of two rows it keeps."""

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
    """A file as a library knows it.

    Attributes:
        path: as `tui.storage.path_encoding.encode` gives it.
        item: the file and what is known of its bytes; its vector, where vectors were asked for,
            is float32 of exactly the float16 values that are kept.
        has_vector: the content has a vector of the model asked for.
        position: where the record stands in its library's order.
    """

    path: bytes
    item: IndexedFile
    has_vector: bool
    position: int


class TransferEndpoint(Protocol):
    """A library to copy from or into."""

    @property
    def keeps_bare_files(self) -> bool:
        """The library has files without a vector and without an error, too."""
        ...

    def models(self) -> Mapping[str, int]:
        """Return the length of each model's vectors."""
        ...

    def roots(self) -> Sequence[Path]:
        """Return the indexed folders."""
        ...

    def count(self, model_id: str) -> int:
        """Return about how many records the pages of a model have."""
        ...

    def page(self, model_id: str, after: int, limit: int, *, vectors: bool) -> Sequence[Record]:
        """Return the next records after a position, in ascending order; none at the end.

        The first page is after position -1.
        """
        ...

    def find(self, model_id: str, paths: Sequence[bytes], *, vectors: bool) -> dict[bytes, Record]:
        """Return the records of these files; missing ones are left out."""
        ...

    def folder_notes(self, kind: str) -> Mapping[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        ...

    def writing(self) -> AbstractContextManager[StoreWriter]:
        """Write to the library, and keep other writers out where that is needed.

        Raises:
            LibraryBusyError: there is one.
        """
        ...

    def put(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        """Write files as they are, all of them or none; contents that exist are unchanged."""
        ...

    def finish(
        self, model_id: str, on_progress: Callable[[int, int], object], cancelled: Cancelled
    ) -> None:
        """Index the written vectors; ``on_progress`` gets the vectors done and their total.

        Once ``cancelled`` returns True, the rest is left to the next indexing run.
        """
        ...


def resolve_conflict(record: Record, current: Record | None) -> IndexedFile | None:
    """Say what to write of a source's record, given what the target knows of the file.

    Returns:
        The file as the source has it; with the target's date where that is the later one and only
        what it lacks is filled in; None where the target has all that, or newer.
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
