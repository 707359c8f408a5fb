"""The value types and interfaces of photoseek. Imports the standard library only.

A *file* is a path on disk; a *content* is the hash of its bytes; an *embedding* belongs to
a content and a model; the *catalog* is the SQLite database; the *index* is the USearch file that
is derived from it; a *query* has terms; a *hit* is a file with a score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Cancelled = Callable[[], bool]
    """Called between units of work; returns True to stop cleanly at the next boundary."""

    Pixels = NDArray[np.uint8]
    """Prepared pictures, shape ``(n, side, side, 3)``, RGB, upright."""

    Vectors = NDArray[np.float32]
    """Unit vectors, shape ``(n, dim)``, C-contiguous."""

    Half = NDArray[np.float16]
    """Vectors in half precision, as libraries store them, shape ``(n, dim)``."""

    Scores = NDArray[np.float32]
    """Cosines, shape ``(n,)``."""

    Keys = NDArray[np.int64]
    """Content ids, the keys of the vector index, shape ``(n,)``."""

    Rows = NDArray[np.int64]
    """Indices of rows in a table or matrix, shape ``(n,)``."""

    Mask = NDArray[np.bool_]
    """One Boolean per row, shape ``(n,)``."""


# --- values ---------------------------------------------------------------------------------------

SQUARE = 1.05
"""Up to this ratio of the longer to the shorter side a picture is square."""


@dataclass(frozen=True, slots=True)
class ImageFile:
    """The path, size and time of one file, from a scan that did not open it.

    ``path`` is absolute; names that are not valid UTF-8 contain surrogate escapes (PEP 383).
    ``size`` is in bytes, ``mtime_ns`` in nanoseconds since the epoch.
    """

    path: Path
    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class PictureInfo:
    """The facts of a picture: upright size in pixels and the values that filters use.

    ``taken_ns`` is EXIF's date in nanoseconds since the epoch (its local time read as UTC), None if
    there is none. ``latitude`` and ``longitude`` are signed degrees (WGS 84).
    """

    width: int
    height: int
    format: str
    taken_ns: int | None = None
    camera: str | None = None
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class FileDetails:
    """One file of the catalog.

    ``info`` is None while the file has not been read, and ``content``, the hash of its bytes, while
    it is unknown.
    """

    file_id: int
    path: Path
    size: int
    mtime_ns: int
    info: PictureInfo | None
    content: bytes | None = None


NOISE_THRESHOLD = 0.55
"""The strength from which a match is good; below it, matches are no better than chance."""

MATCH_GRADES = 5
"""The grades of good matches."""


def match_grade(strength: float) -> int:
    """Return the grade of a match: 1 to ``MATCH_GRADES`` for a good one, 0 for a weak one."""
    if strength < NOISE_THRESHOLD:
        return 0
    share = (strength - NOISE_THRESHOLD) / (1 - NOISE_THRESHOLD)
    return min(MATCH_GRADES, 1 + int(share * MATCH_GRADES))


@dataclass(frozen=True, slots=True)
class MatchReason:
    """Why a file matches a query, other than by its content.

    Attributes:
        source: what matches.
        text: the part of it that matches; empty if only a similar spelling does.
    """

    source: Literal["name", "folder"]
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.text}" if self.text else self.source


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. ``rank`` counts from 1; ``score`` is the cosine, None for a match by name.

    Attributes:
        strength: 0 to 1, how far the hit exceeds the library's other pictures for this query, by
            its content and its name; it never rises down a ranking. None if it is unknown.
        copies: how many files are folded into this hit, including itself.
        matches: each term with its own cosine, if requested.
        has_raw: it also represents the raw file of the same shot, which ``copies`` counts.
        reason: what makes the hit stronger than its content does; None for the content alone.
    """

    rank: int
    score: float | None
    file: FileDetails
    strength: float | None = None
    copies: int = 1
    matches: tuple[tuple[str, float], ...] = ()
    has_raw: bool = False
    reason: MatchReason | None = None

    @property
    def is_weak(self) -> bool:
        """Whether the match is no better than chance, as far as that is known."""
        return self.strength is not None and self.strength < NOISE_THRESHOLD


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be indexed, with the reason in one sentence."""

    path: Path
    reason: str


Phase = Literal["scanning", "embedding", "saving", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of an indexing run.

    ``total`` is the number of files to read (0 during the scan), ``done`` how many of these are
    finished: ``indexed`` (embedded now), ``reused`` (their content was in the library) or
    ``failed``. ``unchanged`` and ``removed`` come from the scan.
    ``rate`` is in files a second, ``seconds_left`` None while unknown. ``folder`` is the number of
    the folder that is being indexed, of ``folders`` whole folders; both are 0 for parts of folders.
    """

    phase: Phase
    done: int = 0
    total: int = 0
    indexed: int = 0
    reused: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    rate: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    folder: int = 0
    folders: int = 0


# --- interfaces -----------------------------------------------------------------------------------


class Embedder(Protocol):
    """One tower of a model."""

    @property
    def model_id(self) -> str:
        """The id of the model and its weights; embedders with equal ids give equal vectors."""
        ...

    @property
    def dim(self) -> int:
        """The length of a vector."""
        ...


class TextEmbedder(Embedder, Protocol):
    """The text tower of a model."""

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, float32, shape ``(len(texts), dim)``."""
        ...


class ImageEmbedder(Embedder, Protocol):
    """The image tower of a model. ``prepare`` is called from many threads at once."""

    @property
    def image_size(self) -> int:
        """The side of a prepared picture, in pixels."""
        ...

    def prepare(self, image: Image.Image) -> Pixels:
        """Resize and crop an upright RGB picture; shape ``(1, image_size, image_size, 3)``."""
        ...

    def embed_images(self, pixels: Pixels) -> Vectors:
        """Return one unit vector per prepared picture, float32, shape ``(n, dim)``."""
        ...
