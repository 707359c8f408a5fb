"""Folders that were on a disk of their own, and whether that disk is mounted.

The rule: a folder that a scan saw on another device than its parent is missing, not deleted, while
it is on its parent's device and contains no picture. Its files then keep their rows, hidden from
results, until the disk is mounted again or the user removes the folder from the library. A folder
that was never on another device is not protected: its files are removed when they no longer exist.

The library records only that there was another device, since its number changes when the machine
restarts. So another disk at the same path counts as the same one. A link to another disk is such a
folder too, until the user removes the link or stops following links. A removed mount point is
missing, since systems remove the mount points of unplugged disks.

If an older version indexed a folder, or the library is a copy, nothing is recorded yet: the first
scan then assumes a missing disk for every empty folder that has lost its pictures.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tui.core.errors import FolderError
from tui.library.base.folder_notes import MOUNT, SCANNED
from tui.storage.path_encoding import decode, encode
from tui.storage.scanning.scan import Scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tui.library.base.store import Store, StoreWriter
    from tui.storage.scanning.scan import ScanOptions
    from tui.storage.scanning.target import ScanTarget

NOT_MOUNTED = (
    "{folder} was on another disk and is empty now; mount the disk, "
    "or run `photoseek forget` on the folder."
)

EMPTY_NOW = (
    "{folder} had pictures and is empty now; mount its disk, or run `photoseek forget` on the "
    "folder."
)


class Mounts:
    """The recorded mount points of a library, compared with those of one scan.

    Attributes:
        unmounted: folders whose disk is missing, with a sentence for each.
        new: notes to write, by encoded path.
        dropped: notes to remove: these folders no longer have a disk of their own.
    """

    def __init__(
        self,
        notes: Mapping[bytes, Any],
        target: ScanTarget,
        options: ScanOptions | None,
        mounts: Mapping[str, bool],
        emptied: Iterable[bytes] = (),
    ) -> None:
        """Compare.

        Args:
            notes: the notes of the kind ``MOUNT``.
            target: what was scanned.
            options: of that scan.
            mounts: the folders on another device that the scan saw, and whether they are links.
            emptied: folders that count as mount points although the library has no note of them.
        """
        unsure_notes = {path: {"link": False, "unsure": True} for path in emptied}
        notes = {**unsure_notes, **notes}
        scan_notes = {os.fsencode(path): {"link": is_link} for path, is_link in mounts.items()}
        self.unmounted: dict[Path, str] = {}
        self.dropped: list[bytes] = []
        self.new = {path: note for path, note in scan_notes.items() if notes.get(path) != note}
        self._target = target
        self._options = options
        for path, folder in self._concerned({**notes, **scan_notes}):
            if is_mounted(folder):
                continue
            note = scan_notes.get(path) or notes[path]
            if self._is_missing(
                folder, is_link=isinstance(note, dict) and note.get("link") is True
            ):
                is_unsure = isinstance(note, dict) and note.get("unsure") is True
                sentence = EMPTY_NOW if is_unsure else NOT_MOUNTED
                self.unmounted[folder] = sentence.format(folder=folder)
                if path in unsure_notes:
                    self.new[path] = note
            else:
                self.new.pop(path, None)
                self.dropped.append(path)

    def save(self, writer: StoreWriter) -> None:
        """Write the new notes and remove the outdated ones."""
        if self.new:
            writer.put_folder_notes(MOUNT, self.new)
        if self.dropped:
            writer.remove_folder_notes(MOUNT, self.dropped)
        if self._target.deep and self._target.start == self._target.root:
            writer.put_folder_notes(SCANNED, {encode(self._target.root): True})

    def _concerned(self, notes: Mapping[bytes, Any]) -> Iterator[tuple[bytes, Path]]:
        """Yield the folders within the root that contain the target or are in a deep target."""
        root, start = self._target.root, self._target.start
        for path in notes:
            folder = decode(path)
            if not _is_in(folder, root):
                continue
            is_below = self._target.deep and start in folder.parents
            if is_below or folder == start or folder in start.parents:
                yield path, folder

    def _is_missing(self, folder: Path, *, is_link: bool) -> bool:
        """Whether the disk of an unmounted folder counts as missing."""
        if is_link and not (
            os.path.lexists(folder) and self._options is not None and self._options.follow_symlinks
        ):
            return False
        try:
            scan = Scan(self._target.root, self._options, start=folder)
        except FolderError:  # The root was removed meanwhile, and its disk with it.
            return True
        return not scan.excludes_start() and next(scan.files(), None) is None


def emptied_folders(paths: Iterable[bytes], root: Path) -> set[bytes]:
    """Return the empty folders below ``root`` that once held some of these files."""
    top = encode(root)
    folders = set()
    for path in {os.path.dirname(path) for path in paths}:  # noqa: PTH120 - bytes
        folder = path
        while len(folder) > len(top) and not os.path.lexists(folder):
            folder = os.path.dirname(folder)  # noqa: PTH120
        if len(folder) > len(top) and not os.path.islink(folder) and _is_empty(folder):  # noqa: PTH114
            folders.add(folder)
    return folders


def _is_empty(folder: bytes) -> bool:
    try:
        with os.scandir(folder) as listing:
            return next(listing, None) is None
    except OSError:
        return False


def is_mounted(folder: Path) -> bool:
    """Whether a folder is on another device than its parent, or its server does not answer."""
    try:
        return folder.stat().st_dev != folder.parent.stat().st_dev
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def mount_points(store: Store, roots: Sequence[Path]) -> list[Path]:
    """Return the folders within some roots that are recorded as being on another disk."""
    folders = map(decode, store.folder_notes(MOUNT))
    return [folder for folder in folders if any(_is_in(folder, root) for root in roots)]


def _is_in(folder: Path, root: Path) -> bool:
    return folder == root or root in folder.parents
