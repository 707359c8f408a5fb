"""Small pictures kept on disk, so that a photograph on a slow drive is there at once next time.

A file of the cache is a JPEG whose name is a hash of the picture's path and time of change, and
of the side that it fits. It is written in full under another name first. What was not looked at
for the longest time goes first when the cache is full. A cache that can't be used is no failure:
the picture is then made from its file.
"""

from __future__ import annotations

import contextlib
import os
import threading
from hashlib import blake2b
from typing import TYPE_CHECKING

from tui.files import replacing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    Make = Callable[[Path, int, int], Image.Image]

SIDES = (128, 256, 512)
"""The sizes that are kept, in pixels; a larger picture is made from its file."""

_QUALITY = 88
_KEPT_SHARE = 0.9
_SUFFIX = ".jpg"


class ThumbnailCache:
    """Reads and keeps small pictures, from any thread.

    Args:
        folder: made when it is first needed, for its owner alone.
        limit: bytes, of all files together.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._size: int | None = None
        self._lock = threading.Lock()

    def read(self, make: Make, path: Path, version: int, width: int, height: int) -> Image.Image:
        """Return a picture that fits ``width`` x ``height``, kept or made.

        Args:
            make: reads a picture so that it fits a box.
            path: the file.
            version: its time of change.
            width: of the box, in pixels.
            height: of the box, in pixels.

        Raises:
            DecodeError: ``make`` can't read the file.
        """
        side = next((side for side in SIDES if side >= max(width, height)), None)
        if side is None:
            return make(path, width, height)
        place = self._folder / _name(path, version, side)
        image = self._kept(place)
        if image is None:
            image = make(path, side, side)
            self._keep(place, image)
        return _fitted(image, width, height)

    def _kept(self, place: Path) -> Image.Image | None:
        from PIL import Image

        try:
            with Image.open(place, formats=["JPEG"]) as image:
                image.load()
            os.utime(place)  # looked at just now
        except (OSError, ValueError, SyntaxError):
            return None
        return image

    def _keep(self, place: Path, image: Image.Image) -> None:
        try:
            with replacing(place) as draft:
                image.save(draft, "JPEG", quality=_QUALITY)
                size = draft.stat().st_size
        except (OSError, ValueError):
            return
        with self._lock:
            if self._size is not None:
                self._size += size
            if self._size is None or self._size > self._limit:
                self._size = _trim(self._folder, self._limit)


def _trim(folder: Path, limit: int) -> int:
    """Remove what was not used for longest until well below ``limit``; return the bytes left."""
    files = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                files.append((status.st_mtime_ns, status.st_size, entry.path))
    total = sum(size for _, size, _ in files)
    if total <= limit:
        return total
    for _, size, path in sorted(files):
        if total <= limit * _KEPT_SHARE:
            break
        with contextlib.suppress(OSError):
            os.unlink(path)  # noqa: PTH108 - thousands of them
            total -= size
    return total


def _name(path: Path, version: int, side: int) -> str:
    key = blake2b(os.fsencode(path), digest_size=16, salt=side.to_bytes(2, "big"))
    key.update(b"\0" + str(version).encode("ascii"))
    return key.hexdigest() + _SUFFIX


def _fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    from PIL import Image

    scale = min(1.0, width / image.width, height / image.height)
    if scale == 1.0:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)
