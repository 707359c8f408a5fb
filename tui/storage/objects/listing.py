"""Lists folders of object storage for a scan, with entries like those of ``os.scandir``, ahead.

A listing is slow, but storage answers many at once: the next folders of the scan are requested
while it reads this one.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tui.core.closing import Closing
from tui.storage.objects.path import RemotePath, to_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tui.core.domain import Cancelled
    from tui.storage.objects.address import ObjectStatus

_AHEAD = 16
"""The number of folders that are requested at once."""


class RemoteEntry(NamedTuple):
    """An entry with the attributes of ``os.DirEntry`` that a scan reads."""

    name: str
    path: str
    is_folder: bool
    status: ObjectStatus

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002 - as in the original
        """Whether it is a folder."""
        return self.is_folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:  # noqa: ARG002
        """Whether it is an object."""
        return not self.is_folder

    def is_symlink(self) -> bool:
        """Return False: object storage has no links."""
        return False

    def stat(self) -> ObjectStatus:
        """Return the status that the listing contained."""
        return self.status


class RemoteListing(Closing):
    """Reads folders of object storage, some of them ahead.

    Attributes:
        stopped: called after each page of a listing; True skips the other pages.
    """

    def __init__(self) -> None:
        self.stopped: Cancelled = lambda: False
        self._threads = ThreadPoolExecutor(_AHEAD, thread_name_prefix="list")
        self._expected: dict[str, Future[list[RemoteEntry]]] = {}

    def close(self) -> None:
        """Cancel the listings that have not started."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def expect(self, folders: Iterable[str]) -> None:
        """Start reading the first of the next folders."""
        for folder in islice(folders, _AHEAD):
            if folder not in self._expected:
                self._expected[folder] = self._threads.submit(self._listed, folder)

    def entries(self, folder: str) -> list[RemoteEntry]:
        """Return the entries of a folder.

        Raises:
            OSError: it can't be listed.
            FolderError: the storage can't be reached.
        """
        expected = self._expected.pop(folder, None)
        return expected.result() if expected is not None else self._listed(folder)

    def _listed(self, folder: str) -> list[RemoteEntry]:
        from tui.storage.objects.client import pages

        path = to_path(folder)
        assert isinstance(path, RemotePath)
        entries: list[RemoteEntry] = []
        for page in pages(path.address):
            if self.stopped():
                break
            entries += [
                RemoteEntry(entry.name, f"{folder}/{entry.name}", entry.is_folder, entry.status)
                for entry in page
            ]
        return entries
