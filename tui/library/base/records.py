"""The rows of a library as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from tui.core.domain import Half, ImageFile, Keys, PictureInfo, Vectors
    from tui.storage.scanning.scan import ScannedFile

    FolderNotes = dict[bytes, Any]
    """JSON values by a folder's encoded path."""


LARGEST_ID = 100_000_000
"""A greater row id is garbage: a table of rows by id would be as long."""

_INT64_SPAN = 1 << 64
_INT64_HALF = 1 << 63


_LATEST_NS = _INT64_HALF - 1 - 86_400 * 10**9
"""10 April 2262 less a day for the offset of a time zone; the earliest date is in 1677."""


def int64(number: int) -> int:
    """Wrap a whole number into SQLite's signed 64 bits (inodes may be unsigned or longer)."""
    return (number + _INT64_HALF) % _INT64_SPAN - _INT64_HALF


def date64(nanoseconds: int) -> int:
    """Return a file's date, or the nearest one that 64 bits of nanoseconds can hold.

    File systems have dates after 2262 and before 1677, which wrapping would move by 584 years.
    """
    return max(-_LATEST_NS, min(nanoseconds, _LATEST_NS))


def stored_state(size: int, mtime_ns: int) -> tuple[int, int]:
    """Return a file's size and date as libraries store them."""
    return int64(size), date64(mtime_ns)


@dataclass(frozen=True, slots=True, eq=False)
class FileTable:
    """Available files, ordered by file id: two int64 arrays of shape ``(n,)``."""

    file_ids: Keys
    content_ids: Keys

    def __len__(self) -> int:
        return len(self.file_ids)


class FileRecord(NamedTuple):
    """One file in the library, to compare with the disk.

    ``content_id`` is None if the bytes could not be read. ``embedded`` means that the content has a
    vector of the requested model. ``error`` is the reason why the file is not a picture, and
    ``decoder`` is the version of the decoder that reported it.
    """

    file_id: int
    size: int
    mtime_ns: int
    inode: int
    content_id: int | None
    embedded: bool
    error: str | None
    decoder: str | None

    def matches(self, file: ImageFile | ScannedFile) -> bool:
        """Whether the file on disk is still the one that was read."""
        recorded = (self.size, self.mtime_ns, self.inode)
        size, mtime_ns, inode = file.size, file.mtime_ns, file.inode
        if recorded == (size, mtime_ns, inode):
            return True
        return recorded == (*stored_state(size, mtime_ns), int64(inode))


class ContentRecord(NamedTuple):
    """One content in the library; ``error`` is the reason why it is not a picture."""

    content_id: int
    embedded: bool
    error: str | None
    decoder: str | None


@dataclass(frozen=True, slots=True, eq=False)
class IndexedFile:
    """The end of one file in an indexing run, ready to commit.

    - embedded now: ``digest``, ``info`` and ``vector`` (shape ``(dim,)``, unit length);
    - bytes known already: ``digest`` alone;
    - not a picture: ``digest`` and ``error``;
    - not readable: ``error`` alone.

    ``decoder`` names the version of the decoder, so that a better one can try again.
    """

    file: ImageFile
    digest: bytes | None = None
    info: PictureInfo | None = None
    vector: Vectors | None = None
    error: str | None = None
    decoder: str | None = None


@dataclass(frozen=True, slots=True)
class CommitResult:
    """The result of a commit: ``embedded`` vectors are new, ``reused`` files had known bytes."""

    files: int = 0
    embedded: int = 0
    reused: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """Vectors in the order of their commits.

    ``seqs`` and ``keys`` (content ids) have shape ``(n,)``, ``vectors`` is ``(n, dim)``, float16.
    """

    seqs: Keys
    keys: Keys
    vectors: Half

    def __len__(self) -> int:
        return len(self.keys)

    def select(self, mask: NDArray[np.bool_]) -> Delta:
        """Return the rows that a mask of shape ``(n,)`` selects."""
        if mask.all():
            return self
        return Delta(self.seqs[mask], self.keys[mask], self.vectors[mask])


@dataclass(frozen=True, slots=True)
class Generation:
    """One saved index file, with the facts that are checked before it is loaded.

    ``kind`` is "vectors" (the flat file) or "usearch". ``file`` is its name in the folder of
    indexes. It holds ``n`` vectors of the model, committed up to ``seq_covered``. ``size`` is in
    bytes, and ``crc32`` is that of the whole file.
    """

    generation_id: int
    model_id: str
    kind: str
    file: str
    seq_covered: int
    n: int
    dim: int
    dtype: str
    metric: str
    size: int
    crc32: int


@dataclass(frozen=True, slots=True)
class ForgetResult:
    """The number of rows that ``forget`` removes, or would remove; files on disk are unchanged."""

    folders: int
    files: int
    contents: int
    embeddings: int


@dataclass(frozen=True, slots=True)
class CatalogStatus:
    """The catalog in figures.

    ``contents`` are the different ones among ``pictures``, None if the library can't count them;
    ``embeddings`` counts vectors by model, ``options`` are those of folders, by path.
    """

    roots: list[Path]
    files: int
    pictures: int
    unavailable: int
    failures: int
    contents: int | None
    bytes: int
    embeddings: dict[str, int] = field(default_factory=dict)
    generations: list[Generation] = field(default_factory=list)
    options: FolderNotes = field(default_factory=dict)


Subject = Literal["server", "catalog", "counts", "vectors", "index", "orphans", "disk"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        subject: the part of the library that was checked.
        ok: nothing is wrong with it, or it was repaired.
        message: one sentence.
        repairable: ``repair`` can fix it.
    """

    subject: Subject
    ok: bool
    message: str
    repairable: bool = False
