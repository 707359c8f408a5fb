"""Finds the vectors of example pictures, in the library or with the model's image tower."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import DecodeError, FolderError, PhotoseekError
from tui.core.lru_cache import LruCache
from tui.library.base.records import stored_state
from tui.storage.folders import absolute
from tui.storage.formats import SUFFIXES
from tui.storage.objects.path import RemotePath, is_address

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from tui.core.domain import ImageEmbedder, Vectors

    FileState = tuple[Path, int, int]
    """A file with its size and date."""

_CACHED_VECTORS = 64
_SECOND_NS = 10**9


class ExampleImageError(PhotoseekError):
    """A picture can't be used as an example."""


class StoredVector(NamedTuple):
    """A picture's vector in the library, and the file's size and date when it was embedded."""

    vector: Vectors
    size: int
    mtime_ns: int

    def is_current(self, path: Path, status: os.stat_result) -> bool:
        """Whether the file has the size and date of the one that was embedded.

        Object storage may return dates in whole seconds, so these are compared there.
        """
        step = _SECOND_NS if isinstance(path, RemotePath) else 1
        size, mtime_ns = stored_state(status.st_size, status.st_mtime_ns)
        return (self.size, self.mtime_ns // step) == (size, mtime_ns // step)


class ExampleImages:
    """Finds the vectors of pictures by their paths; not thread-safe.

    Args:
        roots: returns the indexed folders.
        find_stored: finds the vector of a picture in the library; None for another picture.
        open_images: loads the model's image tower, for files outside the library; None if the
            model has none.
    """

    def __init__(
        self,
        roots: Callable[[], Sequence[Path]],
        find_stored: Callable[[Path], StoredVector | None],
        open_images: Callable[[], ImageEmbedder] | None = None,
    ) -> None:
        self._roots = roots
        self._find_stored = find_stored
        self._open_images = open_images
        self._images: ImageEmbedder | None = None
        self._in_library: LruCache[FileState, Vectors | None] = LruCache(_CACHED_VECTORS)
        self._embedded: LruCache[FileState, Vectors] = LruCache(_CACHED_VECTORS)

    def refresh(self) -> None:
        """Discard the library's vectors after a change."""
        self._in_library.clear()

    def vector(self, text: str) -> Vectors:
        """Return the vector of a picture by its path or address, shape ``(dim,)``.

        A relative path is resolved below the current folder, then below the indexed folders and
        their parents.

        Raises:
            ExampleImageError: no such picture exists, it can't be read, or the model has no image
                tower.
        """
        for path in self._paths_for(text):
            try:
                status = path.stat() if _may_be_checked(path, text) else None
            except (OSError, ValueError, FolderError):
                status = None
            if status is not None and S_ISREG(status.st_mode):
                return self._vector_of(path, status)
            if status is None and path.suffix:  # its disk may be unplugged
                stored = self._find_stored(path)
                if stored is not None:
                    return stored.vector
        raise ExampleImageError(f"No such picture: {text}.")

    def _paths_for(self, text: str) -> list[Path]:
        try:
            if is_address(text):
                return [absolute(text)]
            first = absolute(Path(text).expanduser())
        except (RuntimeError, ValueError, FolderError):  # no such home folder
            return []
        if Path(text).expanduser().is_absolute():
            return [first]
        folders = [folder for root in self._roots() for folder in (root, root.parent)]
        return [first, *(folder / text for folder in folders)]

    def _vector_of(self, path: Path, status: os.stat_result) -> Vectors:
        state = path, status.st_size, status.st_mtime_ns

        def from_library() -> Vectors | None:
            stored = self._find_stored(path)
            return None if stored is None or not stored.is_current(path, status) else stored.vector

        vector = self._in_library.get(state, from_library)
        if vector is not None:
            return vector
        return self._embedded.get(state, partial(self._embed, path))

    def _embed(self, path: Path) -> Vectors:
        try:
            return self._embed_file(path)
        except DecodeError as error:
            raise ExampleImageError(f"{path.name} can't be searched with: {error}") from error
        except PhotoseekError as error:
            raise ExampleImageError(str(error)) from error

    def _embed_file(self, path: Path) -> Vectors:
        from tui.images.decoder import read_picture

        images = self._tower(path)
        picture = read_picture(path, images.image_size)
        vector: Vectors = images.embed_images(images.prepare(picture.image))[0]
        return vector

    def _tower(self, path: Path) -> ImageEmbedder:
        if self._images is None:
            if self._open_images is None:
                raise ExampleImageError(
                    f"{path.name} is not in the library, or has changed since: index it."
                )
            self._images = self._open_images()
        return self._images


def _may_be_checked(path: Path, text: str) -> bool:
    """Whether to check that a file exists: in object storage only for a complete name."""
    if not isinstance(path, RemotePath):
        return True
    return is_address(text) and path.suffix[1:].lower() in SUFFIXES
