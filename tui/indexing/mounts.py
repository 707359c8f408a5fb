"""Folders that were on a disk of their own, and whether that disk is there now.

The rule: a folder that a scan saw on another device than the folder around it is missing, not
deleted, while it is on no other device and holds no picture. Its files then keep their rows, out
of the results, until the disk is mounted again or the folder is forgotten. A folder that was never
on another device is taken at its word: its files are deleted when they are not there.

Only that there was a device is kept, since its number changes when the machine is started again.
So another disk at the same place counts as the same one. A link into another disk is such a folder
too, until the link itself is removed or links are not followed any more. A mount point that was
removed is missing, since systems remove those of disks that are unplugged.

Where an older version indexed a folder, or the library is a copy, nothing is noted yet: the first
scan then takes every folder that has lost its pictures and is empty for one of a missing disk.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tui.core.domain import FolderError
from tui.library.base.folder_notes import MOUNT, SCANNED
from tui.storage.path_encoding import decode, encode
from tui.storage.scanning.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tui.indexing.changes import ScanTarget
    from tui.library.base.store import Store, StoreWriter
    from tui.storage.scanning.scan import ScanOptions

NOT_MOUNTED = (
    "{folder} was on another disk and is empty now; mount the disk, "
    "or run `photoseek forget` on the folder."
)

EMPTY_NOW = (
    "{folder} had pictures and is empty now; mount its disk, or run `photoseek forget` on the "
    "folder."
)


class Mounts:
    """What is noted of a library's mount points, compared with one place after its scan.

    Attributes:
        lost: folders whose disk is not there.
        new: notes to keep, by encoded path.
        dropped: notes of folders that are ordinary ones now.
        reasons: why each of the lost ones counts as missing.
    """

    def __init__(
        self,
        noted: Mapping[bytes, Any],
        place: ScanTarget,
        options: ScanOptions | None,
        mounts: Mapping[str, bool],
        emptied: Iterable[bytes] = (),
    ) -> None:
        """Compare.

        Args:
            noted: the notes of the kind ``MOUNT``.
            place: what was scanned.
            options: of that scan.
            mounts: the folders on another device that it came to, and whether they are links.
            emptied: folders that count as mount points although nothing is noted of them.
        """
        doubtful = {path: {"link": False, "unsure": True} for path in emptied}
        noted = {**doubtful, **noted}
        found = {os.fsencode(path): {"link": is_link} for path, is_link in mounts.items()}
        self.lost: list[Path] = []
        self.dropped: list[bytes] = []
        self.reasons: dict[Path, str] = {}
        self.new = {path: note for path, note in found.items() if noted.get(path) != note}
        self._place = place
        self._options = options
        for path, folder in self._concerned({**noted, **found}):
            if is_mounted(folder):
                continue
            note = found.get(path) or noted[path]
            if self._is_lost(folder, is_link=isinstance(note, dict) and note.get("link") is True):
                self.lost.append(folder)
                is_unsure = isinstance(note, dict) and note.get("unsure") is True
                self.reasons[folder] = (EMPTY_NOW if is_unsure else NOT_MOUNTED).format(
                    folder=folder
                )
                if path in doubtful:
                    self.new[path] = note
            else:
                self.new.pop(path, None)
                self.dropped.append(path)

    def keep(self, writer: StoreWriter) -> None:
        """Note what is new, and drop what does not hold any more."""
        if self.new:
            writer.put_folder_notes(MOUNT, self.new)
        if self.dropped:
            writer.remove_folder_notes(MOUNT, self.dropped)
        if self._place.deep and self._place.start == self._place.root:
            writer.put_folder_notes(SCANNED, {encode(self._place.root): True})

    def _concerned(self, notes: Mapping[bytes, Any]) -> Iterator[tuple[bytes, Path]]:
        """Yield the folders within the root that hold the place or, where it is deep, lie in it."""
        root, start = self._place.root, self._place.start
        for path in notes:
            folder = decode(path)
            if not _is_in(folder, root):
                continue
            is_below = self._place.deep and start in folder.parents
            if is_below or folder == start or folder in start.parents:
                yield path, folder

    def _is_lost(self, folder: Path, *, is_link: bool) -> bool:
        if is_link and not (
            os.path.lexists(folder) and self._options is not None and self._options.follow_symlinks
        ):
            return False
        try:
            scan = Scan(self._place.root, self._options, start=folder)
        except FolderError:  # The root went meanwhile, and its disk with it.
            return True
        return not scan.leaves_out_start() and next(scan.seen(), None) is None


def emptied_folders(paths: Iterable[bytes], root: Path) -> set[bytes]:
    """Return the folders below ``root`` that hold nothing and once held some of these files."""
    top = encode(root)
    found = set()
    for path in {os.path.dirname(path) for path in paths}:  # noqa: PTH120 - bytes
        folder = path
        while len(folder) > len(top) and not os.path.lexists(folder):
            folder = os.path.dirname(folder)  # noqa: PTH120
        if len(folder) > len(top) and not os.path.islink(folder) and _holds_nothing(folder):  # noqa: PTH114
            found.add(folder)
    return found


def _holds_nothing(folder: bytes) -> bool:
    try:
        with os.scandir(folder) as listing:
            return next(listing, None) is None
    except OSError:
        return False


def is_mounted(folder: Path) -> bool:
    """Whether a folder is on another device than the one around it, or can't be asked."""
    try:
        return folder.stat().st_dev != folder.parent.stat().st_dev
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:  # a server that does not answer
        return True


def mount_points(store: Store, roots: Sequence[Path]) -> list[Path]:
    """Return the folders within some roots that are noted as being on another disk."""
    noted = map(decode, store.folder_notes(MOUNT))
    return [folder for folder in noted if any(_is_in(folder, root) for root in roots)]


def _is_in(folder: Path, root: Path) -> bool:
    return folder == root or root in folder.parents
