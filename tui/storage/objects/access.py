"""The rule for the object storage that this process may fetch from; the open library sets it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from tui.core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.storage.objects.address import ObjectAddress


class StorageAccess:
    """Permits buckets, such as ``s3://photos``; every method may be called from any thread.

    Without a restriction every bucket is permitted.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._typed: set[str] = set()
        self._read_permitted: Callable[[], frozenset[str]] | None = None

    def add_typed(self, address: ObjectAddress) -> None:
        """Permit a bucket that the user typed, for the rest of the process."""
        with self._lock:
            self._typed.add(address.root)

    def typed(self) -> frozenset[str]:
        """Return the buckets that the user typed."""
        with self._lock:
            return frozenset(self._typed)

    def restrict(self, read_permitted: Callable[[], frozenset[str]] | None) -> None:
        """Permit only the typed buckets and those that a function returns; None permits all."""
        with self._lock:
            self._read_permitted = read_permitted

    def check(self, address: ObjectAddress) -> None:
        """Raise FolderError for an address that must not be fetched."""
        with self._lock:
            read_permitted = self._read_permitted
            if read_permitted is None or address.root in self._typed:
                return
        if address.root not in read_permitted():
            raise FolderError(
                f"{address.root} comes from a library that other users can change; to allow "
                f"access to it, run `photoseek {address.root}` once."
            )


access = StorageAccess()
"""The rule of this process."""
