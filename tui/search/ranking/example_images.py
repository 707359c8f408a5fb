"""Pictures as ideas: a file's vector, from the library or from the model's image tower."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tui.core.domain import DecodeError, FolderError, PhotoseekError
from tui.core.lru_cache import LruCache
from tui.library.base.records import int64
from tui.storage.folders import absolute
from tui.storage.formats import SUFFIXES
from tui.storage.objects.path import RemotePath, is_address
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tui.core.domain import ImageEmbedder, Vectors
    from tui.library.base.records import FileRecord

    _State = tuple[Path, int, int]
    """A file with its size and its date."""

_KEPT = 64
_SECOND_NS = 10**9


class ExampleImageError(PhotoseekError):
    """A picture that was named can't be searched with."""


class VectorLookup(Protocol):
    """What is asked of the catalog; callable from several threads."""

    def known_files(
        self, scope: Path, model_id: str, *, deep: bool = True
    ) -> Mapping[bytes, FileRecord]:
        """What is known of the files of a folder, by their paths."""
        ...

    def vectors(self, model_id: str, content_ids: Iterable[int]) -> Vectors:
        """The contents' vectors, shape ``(n, dim)``."""
        ...


class StoredVector(NamedTuple):
    """A picture's vector in the library, and the file's size and date when it was embedded."""

    vector: Vectors
    size: int
    mtime_ns: int

    def is_current(self, path: Path, status: os.stat_result) -> bool:
        """Whether the file is still the one that was embedded, by its size and date.

        Storage answers with dates in whole seconds or in finer ones.
        """
        unit = _SECOND_NS if isinstance(path, RemotePath) else 1
        return (self.size, self.mtime_ns // unit) == (
            int64(status.st_size),
            int64(status.st_mtime_ns) // unit,
        )


def stored_vector_finder(
    catalog: VectorLookup, model_id: str
) -> Callable[[Path], StoredVector | None]:
    """Return what finds a picture's vector by its path in a catalog; None where it has none."""

    def stored(path: Path) -> StoredVector | None:
        file = catalog.known_files(path.parent, model_id, deep=False).get(encode(path))
        if file is None or not file.embedded or file.content_id is None:
            return None
        vector = _only(catalog.vectors(model_id, [file.content_id]))
        return StoredVector(vector, file.size, file.mtime_ns)

    return stored


class ExampleImages:
    """Finds the vectors of pictures by their paths; not thread-safe.

    Args:
        roots: names the folders of the library.
        stored: finds a picture of the library, which needs no model.
        open_images: loads the model's image tower, for files outside the library; None where
            there is none.
    """

    def __init__(
        self,
        roots: Callable[[], Sequence[Path]],
        stored: Callable[[Path], StoredVector | None],
        open_images: Callable[[], ImageEmbedder] | None = None,
    ) -> None:
        self._roots = roots
        self._stored = stored
        self._open_images = open_images
        self._images: ImageEmbedder | None = None
        self._in_library: LruCache[_State, Vectors | None] = LruCache(_KEPT)
        self._embedded: LruCache[_State, Vectors] = LruCache(_KEPT)

    def refresh(self) -> None:
        """Take up what was committed since; what the model itself has embedded stays valid."""
        self._in_library.clear()

    def vector(self, typed: str) -> Vectors:
        """Return the vector of the picture that is meant, shape ``(dim,)``.

        A path that is not absolute is looked for below the current folder, then below the folders
        of the library and beside them.

        Raises:
            PictureError: there is no such picture, it can't be read, or the model can't look at
                it.
        """
        for path in self._meant_by(typed):
            try:
                seen = path.stat() if _may_be_asked(path, typed) else None
            except (OSError, ValueError, FolderError):
                seen = None
            if seen is not None and S_ISREG(seen.st_mode):
                return self._vector_of(path, seen)
            if seen is None and path.suffix:  # it may lie on a disk that is not there now
                stored = self._stored(path)
                if stored is not None:
                    return stored.vector
        raise ExampleImageError(f"There is no picture {typed}.")

    def _meant_by(self, typed: str) -> list[Path]:
        try:
            if is_address(typed):
                return [absolute(typed)]
            first = absolute(Path(typed).expanduser())
        except (RuntimeError, ValueError, FolderError):  # a home folder that nobody has
            return []
        if Path(typed).expanduser().is_absolute():
            return [first]
        tops = [folder for root in self._roots() for folder in (root, root.parent)]
        return [first, *(folder / typed for folder in tops)]

    def _vector_of(self, path: Path, status: os.stat_result) -> Vectors:
        state = path, status.st_size, status.st_mtime_ns

        def from_library() -> Vectors | None:
            stored = self._stored(path)
            return None if stored is None or not stored.is_current(path, status) else stored.vector

        vector = self._in_library.get(state, from_library)
        if vector is not None:
            return vector
        return self._embedded.get(state, partial(self._embed, path))

    def _embed(self, path: Path) -> Vectors:
        try:
            return self._look_at(path)
        except DecodeError as error:
            raise ExampleImageError(f"{path.name} can't be searched with: {error}") from error
        except PhotoseekError as error:
            raise ExampleImageError(str(error)) from error

    def _look_at(self, path: Path) -> Vectors:
        from tui.images.decoder import read_picture

        images = self._tower(path)
        picture = read_picture(path, images.image_size)
        return _only(images.embed_images(images.prepare(picture.image)))

    def _tower(self, path: Path) -> ImageEmbedder:
        if self._images is None:
            if self._open_images is None:
                raise ExampleImageError(
                    f"{path.name} is not in the library, or has changed since: index it."
                )
            self._images = self._open_images()
        return self._images


def _may_be_asked(path: Path, typed: str) -> bool:
    """Whether to look if it is there: in storage that takes long, so not at every letter."""
    if not isinstance(path, RemotePath):
        return True
    return is_address(typed) and path.suffix[1:].lower() in SUFFIXES


def _only(rows: Vectors) -> Vectors:
    vector: Vectors = rows[0]
    return vector
