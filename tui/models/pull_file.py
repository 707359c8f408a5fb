"""One file from a hub into the hub library's cache: resumed, checked, never half there.

What is asked of the hub: a HEAD of ``ENDPOINT/OWNER/NAME/resolve/main/FILE`` gives the commit
(``X-Repo-Commit``), the hash (``X-Linked-ETag``, else ``ETag``) and the size; a GET of the address
that it leads to, with ``Range`` to go on, gives the bytes. The hash of a large file is SHA-256 of
its bytes, that of a small one is git's SHA-1 of a blob. Layout and names are those of
`tui.models.hub`, so that other programs find the files, and their interrupted downloads go on here.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

from tui.domain import ModelError
from tui.models.hub import REVISION, hub_home, repository_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.domain import Cancelled

_BLOCK = 1 << 18
_ATTEMPTS = 4
"""In a row without a byte; one that brought bytes is no failure yet."""
_SPARE = 16 << 20
"""Bytes that are to stay free on the disk."""
_REDIRECTS = 5


class PullCancelledError(Exception):
    """The caller asked to stop; what has come so far stays."""


class MissingError(ModelError):
    """The hub has no such file."""


class _DroppedError(Exception):
    """The network failed, not the disk: what has come is good, and the rest may still come."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A file as the hub describes it.

    Attributes:
        repository: ``owner/name``.
        file: its name there.
        url: where its bytes are.
        size: in bytes.
        etag: its hash, which is also its name in the cache.
        commit: of the repository.
    """

    repository: str
    file: str
    url: str
    size: int
    etag: str
    commit: str

    @property
    def blob(self) -> Path:
        """Return where its bytes belong."""
        return repository_folder(self.repository) / "blobs" / self.etag

    @property
    def place(self) -> Path:
        """Return where it is found by its name."""
        return repository_folder(self.repository) / "snapshots" / self.commit / self.file

    @property
    def part(self) -> Path:
        """Return where what has come so far lies."""
        return self.blob.with_name(f"{self.etag}.incomplete")


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: the first answer is the one that describes the file."""

    def redirect_request(self, *_: Any) -> None:
        return None


def endpoint() -> str:
    """Return the hub's address: ``HF_ENDPOINT``, or the usual one."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def ask(repository: str, file: str, timeout: float) -> Remote:
    """Ask the hub about a file.

    Raises:
        MissingError: it has none of that name.
        ModelError: it can't be reached, or does not answer as a hub does.
    """
    url = f"{endpoint()}/{repository}/resolve/{REVISION}/{quote(file)}"
    host = urlsplit(url).netloc
    opener = urllib.request.build_opener(_Stay)
    for _ in range(_REDIRECTS):
        request = urllib.request.Request(url, headers=_headers(url, host), method="HEAD")
        try:
            with opener.open(request, timeout=timeout) as answer:
                found = answer.headers
        except urllib.error.HTTPError as error:
            error.close()
            if not 300 <= error.code < 400:
                raise _refusal(error.code, repository, file) from error
            found = error.headers
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _unreachable(error) from error
        onward = urljoin(url, found.get("Location", "")) if found.get("Location") else ""
        if onward and not found.get("X-Linked-ETag"):  # a renamed repository, for example
            url = onward
            continue
        return _described(repository, file, onward or url, found)
    raise ModelError(f"{endpoint()} leads {file} of {repository} in circles; try again later.")


def _described(repository: str, file: str, url: str, found: Any) -> Remote:
    etag = (found.get("X-Linked-ETag") or found.get("ETag") or "").removeprefix("W/").strip('"')
    commit = found.get("X-Repo-Commit") or ""
    size = found.get("X-Linked-Size") or found.get("Content-Length") or ""
    named = re.fullmatch(r"[0-9A-Za-z_-]{8,128}", etag) and re.fullmatch(r"[0-9a-f]{7,64}", commit)
    if not named or not size.isdecimal():
        raise ModelError(f"{endpoint()} does not answer as a hub does; set HF_ENDPOINT to one.")
    return Remote(repository, file, url, int(size), etag, commit)


def fetch(
    remote: Remote,
    *,
    timeout: float,
    on_bytes: Callable[[int], None],
    cancelled: Cancelled,
    again: Callable[[], Remote],
) -> None:
    """Bring a file's bytes into the cache, going on where an earlier call stopped.

    Args:
        remote: the file.
        timeout: seconds without a byte that end an attempt.
        on_bytes: told how many bytes are here by now.
        cancelled: asked between blocks.
        again: asks about the file once more: addresses of bytes grow old.

    Raises:
        ModelError: it could not be fetched, or what came is not what the hub has.
        PullCancelledError: ``cancelled`` said so.
    """
    if not (remote.blob.is_file() and remote.blob.stat().st_size == remote.size):
        try:
            remote.blob.parent.mkdir(parents=True, exist_ok=True)
            _fetch_part(remote, timeout, on_bytes, cancelled, again)
            _check(remote, cancelled)
            remote.part.replace(remote.blob)
        except OSError as error:
            raise _unwritten(remote, error) from error
    on_bytes(remote.size)
    _link(remote)


def _fetch_part(
    remote: Remote,
    timeout: float,
    on_bytes: Callable[[int], None],
    cancelled: Cancelled,
    again: Callable[[], Remote],
) -> None:
    failures = 0
    with remote.part.open("ab") as part:
        if part.tell() > remote.size:
            part.truncate(0)
        while (have := part.seek(0, os.SEEK_END)) < remote.size:
            _check_space(remote, remote.size - have)
            try:
                _append(remote, part, timeout, on_bytes, cancelled)
            except _DroppedError as error:
                part.flush()
                failures = 0 if part.tell() > have else failures + 1
                if failures >= _ATTEMPTS:
                    raise _interrupted(remote, part.tell(), error) from error
                _pause(failures, cancelled)
                remote = again()


def _append(
    remote: Remote,
    part: IO[bytes],
    timeout: float,
    on_bytes: Callable[[int], None],
    cancelled: Cancelled,
) -> None:
    """Add bytes to the part until all are there, or an error ends it."""
    have = part.tell()
    headers = _headers(remote.url, urlsplit(endpoint()).netloc)
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(remote.url, headers=headers)
    with _opened(request, timeout) as answer:
        if have and answer.status != http.client.PARTIAL_CONTENT:
            part.truncate(0)  # this server can't go on, so it is all of it again
        while block := _read(answer):
            if cancelled():
                raise PullCancelledError
            part.write(block)
            on_bytes(min(part.tell(), remote.size))
            if part.tell() > remote.size:
                break  # `_check` says that this is not the file
    if part.tell() < remote.size:
        raise _DroppedError("the connection was closed")


def _opened(request: urllib.request.Request, timeout: float) -> Any:
    try:
        return urllib.request.urlopen(request, timeout=timeout)
    except (OSError, http.client.HTTPException) as error:
        raise _DroppedError(getattr(error, "reason", None) or error) from error


def _read(answer: Any) -> bytes:
    try:
        block: bytes = answer.read1(_BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _DroppedError(error) from error
    return block


def _pause(failures: int, cancelled: Cancelled) -> None:
    """Wait longer after each failure in a row, and not at all where bytes came."""
    end = time.monotonic() + (min(0.25 * 2**failures, 8.0) if failures else 0.0)
    while time.monotonic() < end:
        if cancelled():
            raise PullCancelledError
        time.sleep(0.05)


def _check(remote: Remote, cancelled: Cancelled) -> None:
    """Compare size and hash; what is wrong is deleted, so that the next attempt starts anew."""
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
            f"{remote.file} of {remote.repository} came damaged and was deleted; pull it again."
        )


def _hash_of(etag: str, size: int) -> hashlib._Hash | None:
    if re.fullmatch(r"[0-9a-f]{64}", etag):
        return hashlib.sha256()
    if re.fullmatch(r"[0-9a-f]{40}", etag):
        return hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    return None


def _link(remote: Remote) -> None:
    """Give the bytes their name in the snapshot, as a link where the disk has links."""
    place = remote.place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            place.symlink_to(os.path.relpath(remote.blob, place.parent))
        except (OSError, NotImplementedError):
            shutil.copyfile(remote.blob, place)
    except OSError as error:
        raise _unwritten(remote, error) from error


def _headers(url: str, host: str) -> dict[str, str]:
    """Return what goes with a request: the token only to the hub itself."""
    headers = {"User-Agent": "photoseek", "Accept-Encoding": "identity"}
    token = _token()
    if token and urlsplit(url).netloc == host:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _token() -> str:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if os.environ.get(name):
            return os.environ[name].strip()
    try:
        return (hub_home() / "token").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""


def _check_space(remote: Remote, needed: int) -> None:
    free = shutil.disk_usage(remote.part.parent).free
    if free < needed + _SPARE:
        raise _no_space(remote, needed, free)


def _no_space(remote: Remote, needed: int, free: int) -> ModelError:
    return ModelError(
        f"{remote.file} needs {needed / 1e6:,.0f} MB more and {remote.part.parent} has "
        f"{free / 1e6:,.0f} MB free; make room, or set HF_HOME to a folder on another disk."
    )


def _refusal(code: int, repository: str, file: str) -> ModelError:
    if code == http.client.NOT_FOUND:
        return MissingError(f"{endpoint()} has no {file} of {repository}; check the model's name.")
    if code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN):
        return MissingError(
            f"{endpoint()} shows {repository} to nobody unknown, or has no such thing; check the "
            "name, or set HF_TOKEN."
        )
    return ModelError(f"{endpoint()} answered with status {code}; try again later.")


def _unreachable(error: Exception) -> ModelError:
    reason = getattr(error, "reason", None) or error
    return ModelError(
        f"{endpoint()} can't be reached ({reason}); go online, or set HTTPS_PROXY or HF_ENDPOINT."
    )


def _interrupted(remote: Remote, have: int, error: Exception) -> ModelError:
    return ModelError(
        f"{remote.file} stopped coming at {have / 1e6:,.0f} of {remote.size / 1e6:,.0f} MB "
        f"({error}); pull again to go on from there."
    )


def _unwritten(remote: Remote, error: OSError) -> ModelError:
    if error.errno == errno.ENOSPC:
        free = shutil.disk_usage(repository_folder(remote.repository)).free
        return _no_space(remote, remote.size, free)
    return ModelError(
        f"{remote.blob.parent} can't be written ({error.strerror or error}); "
        "set HF_HOME to a folder that can."
    )
