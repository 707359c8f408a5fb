"""Object storage through fsspec: what lies in a prefix, page by page, and the bytes of an object.

S3 is asked in its own words (``list_objects_v2``), since fsspec's listing puts a whole prefix
together before it returns; every other protocol is asked through ``ls``. Nothing is kept of an
answer. Credentials, region, endpoint, time-outs and retries are those of the protocol's client:
for S3 botocore's, from its environment and its files (``AWS_PROFILE``, ``AWS_ENDPOINT_URL``,
``AWS_MAX_ATTEMPTS``...); for all of them fsspec's own (``FSSPEC_S3_ANON=true``).

A change is told by the ETag where there is one, else by size and time alone. Times are whole
seconds, which is all that HTTP tells, so that every way to ask gives the same.

Loaded late: fsspec, and with it the protocol's package, is imported when the first object is.
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
"""How much is read at a time of an object that is read in parts."""

_CONNECTIONS = 32
MOST_ENTRIES = 2_000_000
"""Entries of one folder, each about 300 bytes in memory; a server could send them without end."""

_A_FEW = 10
"""More than there can be first entries that no path can name, such as the folder itself."""

_VERSIONS = ("ETag", "etag", "e_tag", "md5Hash", "generation")
_TIMES = ("LastModified", "mtime", "last_modified", "updated", "modify", "created")


class Entry(NamedTuple):
    """What a listing says of a name; a folder is all that begins with it and a slash."""

    name: str
    is_folder: bool
    status: ObjectStatus = ObjectStatus(0, 0, 0)


def pages(folder: ObjectAddress, most: int = 0) -> Iterator[list[Entry]]:
    """Yield what lies directly in a folder, as it comes; at most ``most`` entries where given.

    Raises:
        OSError: it can't be listed.
        FolderError: the storage can't be reached.
    """
    with _plain(folder):
        system, place = _opened(folder)
        listing = _s3_pages if _speaks_s3(system) else _other_pages
        yield from listing(system, place, most)


def is_empty(folder: ObjectAddress) -> bool:
    """Return whether nothing lies in a folder; one that is not there is empty, too.

    Raises:
        OSError: it can't be listed, or there is no such bucket.
        FolderError: the storage can't be reached.
    """
    return not any(pages(folder, _A_FEW))


def status(address: ObjectAddress) -> ObjectStatus:
    """Return what the storage says of an object.

    Raises:
        OSError: it is not there, or can't be asked for.
        FolderError: the storage can't be reached.
    """
    with _plain(address):
        system, place = _opened(address)
        if not _speaks_s3(system):
            found = system.info(place)
            if found.get("type") == "directory":
                raise FileNotFoundError(errno.ENOENT, MISSING)
            return _status(found)
        # A listing, since it tells what the scan was told, and is allowed where the scan was.
        bucket, key, _ = system.split_path(place)
        answer = system.call_s3("list_objects_v2", Bucket=bucket, Prefix=key, MaxKeys=1)
        for found in answer.get("Contents", ()):
            if found["Key"] == key:
                return _status(found)
        raise FileNotFoundError(errno.ENOENT, MISSING)


def fetch(address: ObjectAddress, local: Path) -> None:
    """Write an object's bytes to a local file, never more of them in memory than a block.

    Raises:
        OSError: it is not there, can't be read, or the file can't be written.
        FolderError: the storage can't be reached.
    """
    with _plain(address):
        system, place = _opened(address)
        system.get_file(place, str(local))


def open_object(address: ObjectAddress) -> BinaryIO:
    """Open an object whose parts are then read as they are asked for.

    Raises:
        OSError: it is not there, or can't be read.
        FolderError: the storage can't be reached.
    """
    with _plain(address):
        system, place = _opened(address)
        opened: BinaryIO = system.open(place, "rb", block_size=_BLOCK)
        return opened


def read_object(address: ObjectAddress) -> bytes:
    """Return all of a small object.

    Raises:
        OSError: it is not there, or can't be read.
        FolderError: the storage can't be reached.
    """
    with _plain(address):
        system, place = _opened(address)
        return bytes(system.cat_file(place))


# --- the two ways to list -------------------------------------------------------------------------


def _s3_pages(system: Any, place: str, most: int) -> Iterator[list[Entry]]:
    bucket, key, _ = system.split_path(place)
    prefix = f"{key.rstrip('/')}/" if key else ""
    options: dict[str, Any] = {"MaxKeys": most} if most else {}
    count = 0
    while True:
        page = system.call_s3(
            "list_objects_v2", Bucket=bucket, Prefix=prefix, Delimiter="/", **options
        )
        folders = (Entry(found["Prefix"][:-1], True) for found in page.get("CommonPrefixes", ()))
        objects = (Entry(found["Key"], False, _status(found)) for found in page.get("Contents", ()))
        entries = [*folders, *objects]
        count += len(entries)
        _refuse_endless(count)
        yield _named(entries, len(prefix))
        if most or not page.get("IsTruncated"):
            return
        before = options.get("ContinuationToken")
        options["ContinuationToken"] = page["NextContinuationToken"]
        if options["ContinuationToken"] == before:
            raise OSError(errno.EIO, "its listing does not end")


def _refuse_endless(count: int) -> None:
    if count > MOST_ENTRIES:
        raise OSError(errno.EFBIG, f"one folder holds more than {MOST_ENTRIES:,} entries")


def _other_pages(system: Any, place: str, most: int) -> Iterator[list[Entry]]:
    system.invalidate_cache()
    try:
        listed = system.ls(place, detail=True)
    except FileNotFoundError:
        return  # As in S3, a folder that is not there holds nothing.
    entries = [
        Entry(found["name"].rstrip("/"), found["type"] == "directory", _status(found))
        for found in (listed[:most] if most else listed)
    ]
    yield _named(entries, len(place.rstrip("/")) + 1)


def _named(entries: list[Entry], start: int) -> list[Entry]:
    """Return the entries under their names in the folder, without those that no path can name."""
    named = [entry._replace(name=entry.name[start:]) for entry in entries]
    return [entry for entry in named if entry.name not in ("", ".", "..") and "/" not in entry.name]


def _status(found: dict[str, Any]) -> ObjectStatus:
    version = next((found[name] for name in _VERSIONS if found.get(name)), None)
    time = next((found[name] for name in _TIMES if found.get(name)), 0)
    seconds = time.timestamp() if hasattr(time, "timestamp") else time
    size = found["Size"] if "Size" in found else found.get("size")
    return ObjectStatus(
        int(size or 0),
        int(seconds) * 10**9 if isinstance(seconds, int | float) else 0,
        0 if version is None else _number(str(version).strip('"')),
    )


def _number(version: str) -> int:
    """Return 63 bits that stand for a version, as the catalog has room for in an inode."""
    return int.from_bytes(blake2b(version.encode(), digest_size=8).digest(), "big") >> 1


# --- the clients ----------------------------------------------------------------------------------


def _opened(address: ObjectAddress) -> tuple[Any, str]:
    """Return the client of an address, and the address in the client's form."""
    access.check(address)
    with _making:  # threads that start together share one client
        system = _client(address.root)
    return system, system._strip_protocol(str(address))


_making = Lock()


@lru_cache(maxsize=64)
def _client(bucket: str) -> Any:
    from fsspec.core import url_to_fs

    options = _for_s3() if bucket.startswith(("s3://", "s3a://")) else {}
    system, _ = url_to_fs(bucket, skip_instance_cache=True, **options)
    if _speaks_s3(system):
        system.retries = 2  # where an answer breaks off; else botocore's count
    return system


def _for_s3() -> dict[str, Any]:
    settings: dict[str, Any] = {"max_pool_connections": _CONNECTIONS}
    if "AWS_RETRY_MODE" not in os.environ:
        # Three tries unless AWS_MAX_ATTEMPTS says otherwise, where botocore's old default is five.
        settings["retries"] = {"mode": "standard"}
    return {"config_kwargs": settings}


def _speaks_s3(system: Any) -> bool:
    return hasattr(system, "call_s3")


@contextmanager
def _plain(address: ObjectAddress) -> Iterator[None]:
    """Raise whatever goes wrong as an OSError or a FolderError that says it in plain words."""
    try:
        yield
    except FolderError:
        raise
    except Exception as error:  # every protocol's client has its own
        raise storage_error(error, address) from error
