"""Caches thumbnails on disk, so that photographs on a slow drive appear at once the next time.

A file of the cache is a JPEG. Its name is a hash of the picture's path, modification time and
content, and of the size of the thumbnail: programs that rotate a picture may restore its time. The
file is first written completely under another name. When the cache is full, the least recently used
thumbnails are removed. If the cache can't be used, the thumbnail is decoded from the picture.

The cache deletes only its own files. Its folder has a tag (``CACHEDIR.TAG``). A folder of the same
name without a tag and with other files than thumbnails belongs to the user; the cache then uses the
name ``photoseek-thumbnails`` beside it.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from functools import cache
from hashlib import blake2b
from io import BytesIO
from typing import TYPE_CHECKING

from tui.core.files import is_own_folder, is_plain_file, replace_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PIL import Image

    Make = Callable[[Path, int, int], Image.Image]

SIDES = (128, 256, 512)
"""The sizes that are cached, in pixels; a larger picture is decoded from its file."""

_QUALITY = 88
_KEPT_SHARE = 0.9
_SUFFIX = ".jpg"
_JFIF = frozenset({"jfif", "jfif_version", "jfif_unit", "jfif_density"})
_THUMBNAIL = re.compile(r"[0-9a-f]{32}\.jpg")
_DRAFT = re.compile(r"[0-9a-f]{32}\.jpg\.(?:[0-9]+-[0-9]+|[0-9a-f]{16})\.tmp")
_ABANDONED = 3600.0
"""Seconds after which a draft counts as abandoned by a killed process."""

TAG = "CACHEDIR.TAG"
"""Marks the folder (https://bford.info/cachedir/), so that backup programs skip it too."""

_TAG_TEXT = b"""\
Signature: 8a477f597d28d172789f06886806bc55
# This folder was made by photoseek for its thumbnails; it may be deleted at any time.
"""


class ThumbnailCache:
    """Reads and caches thumbnails, from any thread.

    Args:
        folder: created with the first thumbnail, for its owner alone.
        limit: bytes of all files together.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._size: int | None = None
        self._owned: Path | None = None
        self._lock = threading.Lock()

    def read(
        self,
        make: Make,
        path: Path,
        version: int,
        width: int,
        height: int,
        *,
        content: bytes | None = None,
        is_current: Callable[[], bool] = lambda: True,
    ) -> Image.Image:
        """Return a picture that fits ``width`` x ``height``, cached or made.

        Args:
            make: reads a picture so that it fits a box.
            path: the file.
            version: its time of change.
            width: of the box, in pixels.
            height: of the box, in pixels.
            content: the hash of its bytes, if known.
            is_current: called after ``make``; returns False if the file no longer has this version,
                so that its picture must not be cached.

        Raises:
            DecodeError: ``make`` can't read the file.
        """
        side = next((side for side in SIDES if side >= max(width, height)), None)
        if side is None:
            return make(path, width, height)
        name = _name(path, version, content, side)
        image = self._load(name)
        if image is None:
            image = make(path, side, side)
            if is_current():
                self._save(name, image)
        return _fit(image, width, height)

    def _load(self, name: str) -> Image.Image | None:
        from PIL import Image

        folder = self._owned_folder(make=False)
        if folder is None:
            return None
        try:
            with Image.open(folder / name, formats=["JPEG"]) as image:
                image.load()
            os.utime(folder / name)
        except (OSError, ValueError, SyntaxError):
            return None
        return image

    def _save(self, name: str, image: Image.Image) -> None:
        folder = self._owned_folder(make=True)
        if folder is None:
            return
        try:
            with replace_file(folder / name) as draft:
                image.save(draft.file, "JPEG", quality=_QUALITY)
                size = draft.file.tell()
        except (OSError, ValueError):
            return
        with self._lock:
            if self._size is not None:
                self._size += size
            if self._size is None or self._size > self._limit:
                self._size = _trim(folder, self._limit)

    def _owned_folder(self, *, make: bool) -> Path | None:
        """Return the folder that belongs to the cache; None if there is none."""
        with self._lock:
            if self._owned is None or not self._owned.exists():
                names = (self._folder, self._folder.with_name(f"photoseek-{self._folder.name}"))
                self._owned = next((name for name in names if _claim(name, make=make)), None)
            return self._owned


def _claim(folder: Path, *, make: bool) -> bool:
    """Whether a folder belongs to the cache; with ``make`` a missing one is created."""
    try:
        if not os.path.lexists(folder):
            if not make:
                return False
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700)
        if not is_own_folder(folder):
            return False
        if is_plain_file(folder / TAG):
            return (folder / TAG).read_bytes()[: len(_TAG_TEXT)] == _TAG_TEXT
        if not all(map(_is_ours, folder.iterdir())):
            return False
        if make:
            with replace_file(folder / TAG) as draft:
                draft.file.write(_TAG_TEXT)
    except OSError:
        return False
    return True


def _is_ours(path: Path) -> bool:
    """Whether the cache wrote a file before it had a tag.

    Many programs name a small picture by a hash. So its size is not enough here: it must also have
    the quantization of the cache's own quality, and only JFIF's values beside its pixels.
    """
    if not is_plain_file(path):
        return False
    if _DRAFT.fullmatch(path.name) is not None:
        return True
    return _is_thumbnail(path, lambda image: set(image.info) <= _JFIF and _has_own_tables(image))


def _is_thumbnail(path: Path, condition: Callable[[Image.Image], bool] = lambda _: True) -> bool:
    """Whether a file has a thumbnail's name and is a JPEG no larger than one."""
    from PIL import Image

    if _THUMBNAIL.fullmatch(path.name) is None:
        return False
    try:
        with Image.open(path, formats=["JPEG"]) as image:
            return max(image.size) <= SIDES[-1] and condition(image)
    except (OSError, ValueError, SyntaxError):
        return False


def _has_own_tables(image: Image.Image) -> bool:
    return getattr(image, "quantization", None) in _own_tables()


@cache
def _own_tables() -> tuple[dict[int, list[int]], ...]:
    """Return the quantization tables of ``_QUALITY``, for pictures in grey and in colour."""
    from PIL import Image

    tables = []
    for mode in ("L", "RGB"):
        data = BytesIO()
        Image.new(mode, (8, 8)).save(data, "JPEG", quality=_QUALITY)
        with Image.open(data) as image:
            tables.append(dict(image.quantization))  # type: ignore[attr-defined]  # of JPEG alone
    return tuple(tables)


def _trim(folder: Path, limit: int) -> int:
    """Remove the least recently used until well below ``limit``; return the remaining bytes."""
    files = []
    now = time.time()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if not entry.is_file(follow_symlinks=False):
                    continue
                status = entry.stat(follow_symlinks=False)
                if _THUMBNAIL.fullmatch(entry.name):
                    files.append((status.st_mtime_ns, status.st_size, folder / entry.name))
                elif _DRAFT.fullmatch(entry.name) and now - status.st_mtime > _ABANDONED:
                    (folder / entry.name).unlink()
    total = sum(size for _, size, _ in files)
    if total <= limit:
        return total
    for _, size, path in sorted(files):
        if total <= limit * _KEPT_SHARE:
            break
        with contextlib.suppress(OSError):
            if _is_thumbnail(path):
                path.unlink()
            total -= size  # files that only look like thumbnails don't count
    return total


def _name(path: Path, version: int, content: bytes | None, side: int) -> str:
    key = blake2b(os.fsencode(path), digest_size=16, salt=side.to_bytes(2, "big"))
    key.update(b"\0" + str(version).encode("ascii"))
    key.update(b"\0" + content if content is not None else b"")
    return key.hexdigest() + _SUFFIX


def _fit(image: Image.Image, width: int, height: int) -> Image.Image:
    from PIL import Image

    scale = min(1.0, width / image.width, height / image.height)
    if scale == 1.0:
        return image
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS)
