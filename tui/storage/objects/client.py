"""Object storage through fsspec: the entries of a prefix, page by page, and an object's bytes.

S3 is listed through its own API (``list_objects_v2``), since fsspec's listing reads a whole prefix
before it returns; every other protocol is listed through ``ls``. Answers are not cached.
Credentials, region, endpoint, timeouts and retries are those of the protocol's client: for S3
botocore's, from its environment and its files (``AWS_PROFILE``, ``AWS_ENDPOINT_URL``,
``AWS_MAX_ATTEMPTS``...); for all of them fsspec's own (``FSSPEC_S3_ANON=true``).

The ETag shows a change; without one, size and time do. Times are whole seconds, as in HTTP, so that
every request returns the same.

fsspec and the protocol's package are imported with the first request.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.core.errors import FolderError
from tui.storage.objects.access import access
from tui.storage.objects.address import ObjectStatus
from tui.storage.objects.errors import MISSING, storage_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from tui.storage.objects.address import ObjectAddress

_BLOCK = 1 << 20
"""The size of a block of an object that is read in parts."""

_CONNECTIONS = 32
MOST_ENTRIES = 2_000_000
"""The most entries of one folder, each about 300 bytes in memory; a faulty server never stops."""

_A_FEW = 10
"""The entries that are read to check whether a folder is empty, since some have no valid path."""

_VERSIONS = ("ETag", "etag", "e_tag", "md5Hash", "generation")
_TIMES = ("LastModified", "mtime", "last_modified", "updated", "modify", "created")


class Entry(NamedTuple):
    """An entry of a listing; a folder stands for all keys that begin with its name and a slash."""

    name: str
    is_folder: bool
    status: ObjectStatus = ObjectStatus(0, 0, 0)


def pages(folder: ObjectAddress, most: int = 0) -> Iterator[list[Entry]]:
    """Yield the entries directly in a folder as they arrive; at most ``most`` if it is given.

    Raises:
        OSError: it can't be listed.
        FolderError: the storage can't be reached.
    """
    with _client_for(folder) as (system, location):
        listing = _s3_pages if _speaks_s3(system) else _other_pages
        yield from listing(system, location, most)


def is_empty(folder: ObjectAddress) -> bool:
    """Return whether a folder is empty; a missing folder is empty, too.

    Raises:
        OSError: it can't be listed, or there is no such bucket.
        FolderError: the storage can't be reached.
    """
    return not any(pages(folder, _A_FEW))


def status(address: ObjectAddress) -> ObjectStatus:
    """Return the size, time and version of an object.

    Raises:
        OSError: it does not exist, or access is denied.
        FolderError: the storage can't be reached.
    """
    with _client_for(address) as (system, location):
        if not _speaks_s3(system):
            entry = system.info(location)
            if entry.get("type") == "directory":
                raise FileNotFoundError(errno.ENOENT, MISSING)
            return _status(entry)
        # A listing returns what the scan saw, and needs no other permission than the scan.
        bucket, key, _ = system.split_path(location)
        answer = system.call_s3("list_objects_v2", Bucket=bucket, Prefix=key, MaxKeys=1)
        for entry in answer.get("Contents", ()):
            if entry["Key"] == key:
                return _status(entry)
        raise FileNotFoundError(errno.ENOENT, MISSING)


def fetch(address: ObjectAddress, local: Path) -> None:
    """Download an object to a local file, block by block.

    Raises:
        OSError: it does not exist, can't be read, or the file can't be written.
        FolderError: the storage can't be reached.
    """
    with _client_for(address) as (system, location):
        system.get_file(location, str(local))


def open_object(address: ObjectAddress) -> BinaryIO:
    """Open an object to read parts of it.

    Raises:
        OSError: it does not exist, or can't be read.
        FolderError: the storage can't be reached.
    """
    with _client_for(address) as (system, location):
        opened: BinaryIO = system.open(location, "rb", block_size=_BLOCK)
        return opened


def read_object(address: ObjectAddress) -> bytes:
    """Return the bytes of a small object.

    Raises:
        OSError: it does not exist, or can't be read.
        FolderError: the storage can't be reached.
    """
    with _client_for(address) as (system, location):
        return bytes(system.cat_file(location))


# --- the two ways to list -------------------------------------------------------------------------


def _s3_pages(system: Any, location: str, most: int) -> Iterator[list[Entry]]:
    bucket, key, _ = system.split_path(location)
    prefix = f"{key.rstrip('/')}/" if key else ""
    options: dict[str, Any] = {"MaxKeys": most} if most else {}
    count = 0
    while True:
        page = system.call_s3(
            "list_objects_v2", Bucket=bucket, Prefix=prefix, Delimiter="/", **options
        )
        folders = (Entry(entry["Prefix"][:-1], True) for entry in page.get("CommonPrefixes", ()))
        objects = (Entry(entry["Key"], False, _status(entry)) for entry in page.get("Contents", ()))
        entries = [*folders, *objects]
        count += len(entries)
        _refuse_endless(count)
        yield _relative(entries, len(prefix))
        if most or not page.get("IsTruncated"):
            return
        before = options.get("ContinuationToken")
        options["ContinuationToken"] = page["NextContinuationToken"]
        if options["ContinuationToken"] == before:
            raise OSError(errno.EIO, "its listing is endless")


def _refuse_endless(count: int) -> None:
    if count > MOST_ENTRIES:
        raise OSError(errno.EFBIG, f"one folder holds more than {MOST_ENTRIES:,} entries")


def _other_pages(system: Any, location: str, most: int) -> Iterator[list[Entry]]:
    system.invalidate_cache()
    try:
        listed = system.ls(location, detail=True)
    except FileNotFoundError:
        return  # As in S3, a missing folder is empty.
    entries = [
        Entry(entry["name"].rstrip("/"), entry["type"] == "directory", _status(entry))
        for entry in (listed[:most] if most else listed)
    ]
    yield _relative(entries, len(location.rstrip("/")) + 1)


def _relative(entries: list[Entry], start: int) -> list[Entry]:
    """Return the entries with their names in the folder, without those that have no valid path."""
    named = [entry._replace(name=entry.name[start:]) for entry in entries]
    return [entry for entry in named if entry.name not in ("", ".", "..") and "/" not in entry.name]


def _status(entry: dict[str, Any]) -> ObjectStatus:
    version = next((entry[name] for name in _VERSIONS if entry.get(name)), None)
    time = next((entry[name] for name in _TIMES if entry.get(name)), 0)
    seconds = time.timestamp() if hasattr(time, "timestamp") else time
    size = entry["Size"] if "Size" in entry else entry.get("size")
    return ObjectStatus(
        int(size or 0),
        int(seconds) * 10**9 if isinstance(seconds, int | float) else 0,
        0 if version is None else _number(str(version).strip('"')),
    )


def _number(version: str) -> int:
    """Return a hash of a version in 63 bits, which fit the catalog's inode."""
    return int.from_bytes(blake2b(version.encode(), digest_size=8).digest(), "big") >> 1


# --- the clients ----------------------------------------------------------------------------------


@contextmanager
def _client_for(address: ObjectAddress) -> Iterator[tuple[Any, str]]:
    """Yield the client of an address, and the address in the client's form.

    Every exception becomes an OSError or a FolderError with a sentence for the user.
    """
    try:
        access.check(address)
        with _making:  # threads that start together share one client
            system = _client(address.root)
        yield system, system._strip_protocol(str(address))
    except FolderError:
        raise
    except Exception as error:  # each protocol has its own kind of client
        raise storage_error(error, address) from error


_making = Lock()


@lru_cache(maxsize=64)
def _client(bucket: str) -> Any:
    from fsspec.core import url_to_fs

    options = _for_s3() if bucket.startswith(("s3://", "s3a://")) else {}
    system, _ = url_to_fs(bucket, skip_instance_cache=True, **options)
    if _speaks_s3(system):
        system.retries = 2  # after an interrupted answer; botocore counts all others
    return system


def _for_s3() -> dict[str, Any]:
    settings: dict[str, Any] = {"max_pool_connections": _CONNECTIONS}
    if "AWS_RETRY_MODE" not in os.environ:
        # Three attempts unless AWS_MAX_ATTEMPTS is set; botocore's old default is five.
        settings["retries"] = {"mode": "standard"}
    return {"config_kwargs": settings}


def _speaks_s3(system: Any) -> bool:
    return hasattr(system, "call_s3")
