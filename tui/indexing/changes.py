"""Finds what has changed below a folder: compares the disk with the library, without opening files.

A file is unchanged while its size, its modification time and its inode equal those in the library.
An unchanged file that could not be read counts as failed again, without being opened, until its
bytes or the decoder change. So indexed, reused, unchanged and failed add up to the files on disk,
and every run lists the reasons.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.core.domain import Failure
from tui.core.errors import FolderError
from tui.indexing.mounts import Mounts, emptied_folders
from tui.storage.folders import check_folder
from tui.storage.objects.path import RemotePath
from tui.storage.path_encoding import encode, join
from tui.storage.scanning.rules import IGNORE_FILE
from tui.storage.scanning.scan import Scan, ScanOptions

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from tui.core.domain import Cancelled, ImageFile
    from tui.library.base.records import FileRecord
    from tui.library.base.store import Store
    from tui.storage.scanning.target import ScanTarget


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file to process; with ``content_id`` the library has its content and lacks the vector."""

    file: ImageFile
    content_id: int | None = None


class FolderChanges:
    """The changes below one scan target; call ``tasks``, then read the attributes.

    Attributes:
        target: the folder, or the part of one, that is scanned.
        unchanged: the number of files that need no work, so far.
        failures: unchanged files that could not be read before, so far.
        vanished: ids of files that no longer exist; complete after the iteration.
        missing: folders that don't exist or can't be read; their files keep their rows.
        reasons: a sentence for each missing folder whose reason is known.
        mounts: the mount points of the scan; None if it was not completed.
    """

    def __init__(
        self,
        store: Store,
        target: ScanTarget,
        *,
        model_id: str,
        decoder: str,
        options: ScanOptions | None = None,
        mount_notes: Mapping[bytes, Any] | None = None,
        scanned_folders: Collection[bytes] | None = None,
    ) -> None:
        """Check whether the folder exists.

        A folder that does not exist or is an empty mount point, but has rows in the library, is
        missing; its files are neither vanished nor unchanged.

        Raises:
            FolderError: it can't be scanned, and the library has none of its files.
        """
        self.target = target
        self.unchanged = 0
        self.failures: list[Failure] = []
        self.vanished: list[int] = []
        self.missing: list[Path] = []
        self.reasons: dict[Path, str] = {}
        self.mounts: Mounts | None = None
        self._options = options
        self._mount_notes = mount_notes or {}
        around = (target.root, *target.root.parents)
        self._is_noted = scanned_folders is None or any(
            encode(folder) in scanned_folders for folder in around
        )
        self._store = store
        self._model_id = model_id
        self._decoder = decoder
        self._scan: Scan | None = None
        try:
            self._scan = Scan(target.root, options, start=target.start, deep=target.deep)
        except FolderError as error:
            if not self._file_records():
                raise
            self.missing.append(target.root)
            self.reasons[target.root] = str(error)

    def tasks(self, stopped: Cancelled) -> Iterator[PendingFile]:
        """Yield the new and changed files until ``stopped``, which is called for every entry.

        A stopped scan reports no vanished files, since it did not see all files.
        """
        if self._scan is None:
            return
        unseen = self._file_records()
        if self._scan.empty and unseen:
            self.missing.append(self.target.root)
            return
        for entry in self._scan.files(stopped):
            record = unseen.pop(os.fsencode(entry.path), None)
            if record is None or not record.matches(entry):
                yield PendingFile(entry.image_file())
            elif record.embedded and record.error is None:
                self.unchanged += 1
            elif (task := self._task_for(entry.image_file(), record)) is not None:
                yield task
        if stopped():
            return
        if unseen and _has_vanished(self.target.root):
            self.missing.append(self.target.root)
        self._add_unreadable(self._scan.unreadable)
        separate_roots: tuple[Path, ...] = ()
        if self.target.root not in self.missing:
            self._compare_mounts(self._scan.mounts, unseen)
            separate_roots = tuple(self._roots_in_skipped()) if unseen else ()
        retained = tuple(join(encode(folder), b"") for folder in (*self.missing, *separate_roots))
        self.vanished.extend(
            record.file_id for path, record in unseen.items() if not path.startswith(retained)
        )

    def _add_unreadable(self, unreadable: Mapping[Path, str]) -> None:
        self.missing.extend(unreadable)
        for folder, reason in unreadable.items():
            if IGNORE_FILE in reason:
                self.reasons[folder] = f"{folder} is skipped: {reason}."

    def _compare_mounts(self, mounts: Mapping[str, bool], unseen: Collection[bytes]) -> None:
        if isinstance(self.target.root, RemotePath):
            return
        emptied = () if self._is_noted else emptied_folders(unseen, self.target.root)
        self.mounts = Mounts(self._mount_notes, self.target, self._options, mounts, emptied)
        for folder, reason in self.mounts.unmounted.items():
            if folder not in self.missing:
                self.missing.append(folder)
                self.reasons[folder] = reason

    def _roots_in_skipped(self) -> Iterator[Path]:
        """Yield indexed folders that are hidden or in a skipped folder.

        This scan does not enter them; they are scanned by a run of their own.
        """
        root, start = self.target.root, self.target.start
        options = self._options or ScanOptions()
        all_folders = replace(options, hidden=True, skip_folders=("!*",))
        for folder in self._store.roots():
            concerned = folder == start or folder in start.parents or start in folder.parents
            if concerned and root in folder.parents and folder.is_dir():
                is_skipped, is_always_skipped = (
                    Scan(root, scan_options, start=folder).excludes_start()
                    for scan_options in (options, all_folders)
                )
                if is_skipped and not is_always_skipped:
                    yield folder

    def _file_records(self) -> dict[bytes, FileRecord]:
        target = self.target
        return self._store.file_records(target.start, self._model_id, deep=target.deep)

    def _task_for(self, file: ImageFile, record: FileRecord) -> PendingFile | None:
        """Return the task for an unchanged file without a vector; None if there is none."""
        if record.content_id is None:
            return PendingFile(file)
        if record.error is not None and record.decoder == self._decoder:
            self.failures.append(Failure(file.path, record.error))
            return None
        return PendingFile(file, record.content_id)


def _has_vanished(root: Path) -> bool:
    """Whether the folder or its disk was removed during the scan."""
    try:
        return check_folder(root)
    except FolderError:
        return True
