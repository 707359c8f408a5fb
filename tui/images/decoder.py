"""Decodes files to pictures, in this process's threads or in a sandbox process.

JPEG, PNG, WebP and GIF are decoded in the caller's thread: they are the usual formats, and browsers
expose their decoders (libjpeg-turbo, Pillow's own with zlib, libwebp, Pillow's own) to hostile
files every day, and OSS-Fuzz has tested them for years. That applies only to pictures of ordinary
size. A picture goes to a decode process with a time and a memory limit (``sandbox``) if it needs
more than ``IN_PROCESS_MEMORY``, its file has more than ``LARGEST_IN_PROCESS`` bytes, it is an
animation, or it is a JPEG of many scans. So do all other formats: TIFF, PSD, JPEG 2000, AVIF, HEIC,
JPEG XL and camera raw, whose decoders are large and less tested, and BMP and PPM, parts of which
Pillow decodes in Python while holding the GIL.

If a decoder rejects a file, a decode process tries again with a copy whose container is repaired
(``repair.repairs``), so that only broken files cost a second attempt.

The bound on memory: all decodes together use at most ``MemoryBudget.limit``, by estimate, however
many threads ask; a picture that alone needs more gets the whole budget. A result is small: a few
times the requested size.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from tui.core.errors import DecodeError
from tui.images.decode_file import decode_file
from tui.images.decode_types import DecodeCost, DecodedImage, DecodeRequest
from tui.images.errors import AccessError, BrokenError, NeedsSandboxError, access_error
from tui.images.sandbox.process import TIME_LIMIT, Sandbox
from tui.storage.objects.download_cache import local_copy
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


IN_PROCESS_MEMORY = 256 << 20
"""Bytes for decoding in this process's threads: a PNG of 32 megapixels, any usual JPEG."""

LARGE_REPAIR = 16 << 20
"""A larger file is repaired alone, without another such file at the same time."""

FRAMES = 4
"""The most frames, evenly spread, that represent a whole animation."""

_IN_PROCESS = frozenset({"JPEG", "PNG", "WEBP", "GIF"})
_RULES = 2
_PACKAGES = ("pillow", "pillow-heif", "pillow-jxl-plugin", "rawpy")


class MemoryBudget:
    """Starts decodes in the order of their requests, as memory permits."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used = 0
        self._turn = threading.Lock()
        self._changed = threading.Condition()

    def acquire(self, amount: int) -> int:
        """Wait for ``amount`` bytes, at most the whole budget; return the number to release."""
        amount = min(amount, self.limit)
        with self._turn, self._changed:
            self._changed.wait_for(lambda: self._used + amount <= self.limit)
            self._used += amount
        return amount

    def release(self, amount: int) -> None:
        """Return the memory of ``acquire``."""
        with self._changed:
            self._used -= amount
            self._changed.notify_all()


class Decoder:
    """Reads pictures, from any thread; ``close`` ends its decode processes."""

    def __init__(self, *, memory: int = 0, seconds: float = TIME_LIMIT) -> None:
        self.budget = MemoryBudget(memory or _default_memory())
        self._seconds = seconds
        self._idle: list[Sandbox] = []
        self._lock = threading.Lock()
        self._large_repair = threading.Lock()

    def read(self, path: Path, request: DecodeRequest) -> DecodedImage:
        """Decode a file in a thread or, if that is unsafe, in a process; download an object first.

        Raises:
            AccessError: it can't currently be read.
            DecodeError: it is not a supported picture.
            FolderError: its object storage is unreachable.
        """
        if not isinstance(path, RemotePath):
            return self._read(path, request)
        try:
            with local_copy(path) as local:
                return self._read(local, request)
        except OSError as error:
            raise AccessError(f"The file can't be read: {error.strerror}.") from error

    def _read(self, path: Path, request: DecodeRequest) -> DecodedImage:
        try:
            return self._attempt(path, request)
        except BrokenError as broken:
            try:
                with self._room_to_repair(path):
                    return self._attempt(path, request, repair=True)
            except AccessError:
                raise
            except DecodeError:
                raise broken from None  # It says more about the file than the error of the repair.

    @contextmanager
    def _room_to_repair(self, path: Path) -> Iterator[None]:
        """Serialize the copies of large files, which use memory before any is reserved."""
        try:
            large = path.stat().st_size > LARGE_REPAIR
        except OSError as error:
            raise access_error(error) from error
        with self._large_repair if large else nullcontext():
            yield

    def _attempt(self, path: Path, request: DecodeRequest, *, repair: bool = False) -> DecodedImage:
        held: list[int] = []

        def reserve(cost: DecodeCost) -> None:
            held.append(self.budget.acquire(cost.memory))

        def reserve_here(cost: DecodeCost) -> None:
            if cost.slow or cost.memory > IN_PROCESS_MEMORY:
                raise NeedsSandboxError
            reserve(cost)

        try:
            with suppress(NeedsSandboxError):
                if not repair:
                    return decode_file(path, request, reserve_here, _IN_PROCESS)
            with self._sandbox() as sandbox:
                return sandbox.decode(path, request, reserve, repair=repair)
        finally:
            for amount in held:
                self.budget.release(amount)

    def close(self) -> None:
        """End the decode processes; the decoder can be used again, and starts new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for sandbox in idle:
            sandbox.close()

    @contextmanager
    def _sandbox(self) -> Iterator[Sandbox]:
        with self._lock:
            sandbox = self._idle.pop() if self._idle else None
        if sandbox is None or not sandbox.usable:
            sandbox = Sandbox(seconds=self._seconds)
        try:
            yield sandbox
        finally:
            if sandbox.usable:
                with self._lock:
                    self._idle.append(sandbox)
            else:
                sandbox.close()


@cache
def shared_decoder() -> Decoder:
    """Return this process's shared decoder with its memory budget."""
    return Decoder()


def request_for(side: int) -> DecodeRequest:
    """Return the size to decode for a model whose input has that side: twice as large.

    Resizing then averages pixels. Decoding at a smaller scale would be slightly faster, but would
    change the vectors by more.
    """
    return DecodeRequest(2 * side, 2 * side, cover=True, frames=FRAMES)


def read_picture(path: Path, side: int) -> DecodedImage:
    """Read a picture for an embedding: RGB in sRGB, upright, on white.

    Args:
        path: the file; its bytes determine the format, not its suffix.
        side: the side of the model's input.

    Raises:
        AccessError: it can't currently be read.
        DecodeError: it is not a supported picture; the message is the reason, in one sentence.
    """
    return shared_decoder().read(path, request_for(side))


@cache
def decoder_version() -> str:
    """Return the version of photoseek's rules and of the packages that decode.

    A failed file is retried after this has changed.
    """
    return " ".join([f"{_RULES}", *(f"{name}={_version(name)}" for name in _PACKAGES)])


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _default_memory() -> int:
    """Return a quarter of the machine's memory, at least 512 MiB and at most 2 GiB."""
    try:
        installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        installed = 4 << 30
    return max(512 << 20, min(installed // 4, 2 << 30))
