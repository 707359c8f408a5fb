"""Downloads one file from a hub into the hub library's cache: resumed, checked, never partial.

A GET of the file's address returns the bytes, with ``Range`` to resume. The hash of a large file
is SHA-256 of its bytes, that of a small one is git's SHA-1 of a blob. Layout and names are those of
`tui.models.hub.cache`, so that other programs find the files.
"""

from __future__ import annotations

import errno
import filecmp
import hashlib
import http.client
import itertools
import os
import re
import shutil
import time
import urllib.request
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from tui.core.errors import ModelError
from tui.core.files import open_draft
from tui.models.hub.cache import repository_folder
from tui.models.hub.http import headers_for, opener
from tui.models.hub.remote_file import fetch_metadata

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.core.domain import Cancelled
    from tui.models.hub.remote_file import RemoteFile

_BLOCK = 1 << 18
_ATTEMPTS = 4
"""Attempts in a row without a byte; an attempt that received bytes is not a failure."""
_SPARE = 16 << 20
"""Bytes of disk space that must remain free."""


class PullCancelledError(Exception):
    """The caller cancelled; the bytes received so far are kept."""


class _DroppedError(Exception):
    """The network failed, not the disk: the received bytes are valid, and a retry may resume."""


def download_file(
    remote: RemoteFile, *, timeout: float, on_bytes: Callable[[int], None], cancelled: Cancelled
) -> None:
    """Download a file into the cache, resuming an earlier call.

    Args:
        remote: the file.
        timeout: seconds without a byte that end an attempt.
        on_bytes: gets the number of bytes received so far.
        cancelled: called between blocks.

    Raises:
        ModelError: it could not be downloaded, or the bytes differ from the hub's.
        PullCancelledError: ``cancelled`` returned True.
    """
    if not (remote.blob.is_file() and remote.blob.stat().st_size == remote.size):
        try:
            remote.blob.parent.mkdir(parents=True, exist_ok=True)
            _Download(remote, timeout, on_bytes, cancelled).run()
            _check(remote, cancelled)
            remote.part.replace(remote.blob)
        except OSError as error:
            raise _unwritten(remote, error) from error
    on_bytes(remote.size)
    _link(remote)


@dataclass(slots=True)
class _Download:
    """One download into the partial file; ``download_file`` describes the attributes."""

    remote: RemoteFile
    timeout: float
    on_bytes: Callable[[int], None]
    cancelled: Cancelled

    def run(self) -> None:
        """Download the missing bytes of the partial file; retry while the network fails."""
        failures = 0
        with _open_part(self.remote.part) as part:
            if part.tell() > self.remote.size:
                part.truncate(0)
            while (size := part.seek(0, os.SEEK_END)) < self.remote.size:
                _check_space(self.remote, self.remote.size - size)
                try:
                    self._append(part)
                except _DroppedError as error:
                    part.flush()
                    failures = 0 if part.tell() > size else failures + 1
                    if failures >= _ATTEMPTS:
                        raise _interrupted(self.remote, part.tell(), error) from error
                    self._pause(failures)
                    # Download addresses expire, so the metadata is fetched again.
                    repository, file = self.remote.repository, self.remote.file
                    self.remote = fetch_metadata(repository, file, self.timeout)

    def _append(self, part: IO[bytes]) -> None:
        """Append bytes to the part until it is complete or an error occurs."""
        size = part.tell()
        headers = headers_for(self.remote.url)
        if size:
            headers["Range"] = f"bytes={size}-"
        request = urllib.request.Request(self.remote.url, headers=headers)
        with _open_url(request, self.timeout) as answer:
            if size and answer.status != http.client.PARTIAL_CONTENT:
                part.truncate(0)  # this server can't resume, so it sends the whole file again
            while block := _read(answer):
                if self.cancelled():
                    raise PullCancelledError
                part.write(block)
                self.on_bytes(min(part.tell(), self.remote.size))
                if part.tell() > self.remote.size:
                    break  # `_check` reports that this is not the file
        if part.tell() < self.remote.size:
            raise _DroppedError("the connection was closed")

    def _pause(self, failures: int) -> None:
        """Wait longer after each failure in a row, and not at all after a success."""
        end = time.monotonic() + (min(0.25 * 2**failures, 8.0) if failures else 0.0)
        while time.monotonic() < end:
            if self.cancelled():
                raise PullCancelledError
            time.sleep(0.05)


def _open_part(path: Path) -> IO[bytes]:
    """Open the partial file to append to it; the hub library determines its name."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666), "ab")


def _open_url(request: urllib.request.Request, timeout: float) -> Any:
    try:
        return opener(follow=True).open(request, timeout=timeout)
    except (OSError, http.client.HTTPException) as error:
        raise _DroppedError(getattr(error, "reason", None) or error) from error


def _read(answer: Any) -> bytes:
    try:
        block: bytes = answer.read1(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _DroppedError(error) from error
    return block


def _check(remote: RemoteFile, cancelled: Cancelled) -> None:
    """Compare size and hash; delete a wrong file, so that the next attempt starts over."""
    size = remote.part.stat().st_size
    digest = _hash_of(remote.etag, size)
    if digest is not None:
        with remote.part.open("rb") as part:
            while block := part.read(1 << 20):
                if cancelled():
                    raise PullCancelledError
                digest.update(block)
    if size != remote.size or (digest is not None and digest.hexdigest() != remote.etag):
        remote.part.unlink()
        raise ModelError(
            f"{remote.file} of {remote.repository} was corrupted and deleted; pull it again."
        )


def _hash_of(etag: str, size: int) -> hashlib._Hash | None:
    if re.fullmatch(r"[0-9a-f]{64}", etag):
        return hashlib.sha256()
    if re.fullmatch(r"[0-9a-f]{40}", etag):
        return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    return None


def _link(remote: RemoteFile) -> None:
    """Name the file in the snapshot, with a link if the disk has links.

    An existing link of that name is replaced; another file is renamed unless it has the same bytes.
    """
    path = remote.snapshot_path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            if path.is_file() and filecmp.cmp(path, remote.blob, shallow=False):
                return
            path.rename(_free_name(path))
        try:
            path.symlink_to(os.path.relpath(remote.blob, path.parent))
        except (OSError, NotImplementedError):
            with open_draft(path, mode=0o666) as draft, remote.blob.open("rb") as blob:
                shutil.copyfileobj(blob, draft.file, _BLOCK)
    except OSError as error:
        raise _unwritten(remote, error) from error


def _free_name(path: Path) -> Path:
    """Return an unused name for a file that occupies the path."""
    names = (path.with_name(f"{path.name}.old-{number}") for number in itertools.count(1))
    return next(name for name in names if not os.path.lexists(name))


def _check_space(remote: RemoteFile, needed: int) -> None:
    free = shutil.disk_usage(remote.part.parent).free
    if free < needed + _SPARE:
        raise _no_space(remote, needed, free)


def _no_space(remote: RemoteFile, needed: int, free: int) -> ModelError:
    return ModelError(
        f"{remote.file} needs {needed / 1e6:,.0f} MB more and {remote.part.parent} has "
        f"{free / 1e6:,.0f} MB free; free some space, or set HF_HOME to a folder on another disk."
    )


def _interrupted(remote: RemoteFile, received: int, error: Exception) -> ModelError:
    return ModelError(
        f"The download of {remote.file} stopped at {received / 1e6:,.0f} of "
        f"{remote.size / 1e6:,.0f} MB ({error}); pull again to resume."
    )


def _unwritten(remote: RemoteFile, error: OSError) -> ModelError:
    if error.errno == errno.ENOSPC:
        free = shutil.disk_usage(repository_folder(remote.repository)).free
        return _no_space(remote, remote.size, free)
    return ModelError(
        f"{remote.blob.parent} can't be written ({error.strerror or error}); "
        "set HF_HOME to a writable folder."
    )
