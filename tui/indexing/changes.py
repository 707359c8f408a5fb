"""What has changed below a folder: the disk against the library, before any file is opened.

A file is unchanged while its size, its time of change and its inode are those that the library
knows. An unchanged file that could not be read counts as failed again, without being opened,
until its bytes or the decoder change: so indexed, reused, unchanged and failed add up to what is
on disk, and the reasons are listed by every run.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.core.domain import Failure, FolderError
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


@dataclass(frozen=True, slots=True)
class PendingFile:
    """A file to look into; ``content_id`` where its bytes are known and only need a vector."""

    file: ImageFile
    content_id: int | None = None


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """Where to look: all that is below ``root``, or a part of it.

    ``start`` is the root or a folder below it; without ``deep``, its own files alone.
    """

    root: Path
    start: Path
    deep: bool = True


class FolderChanges:
    """The work that one place gives; iterate, then read the rest.

    Attributes:
        place: where it looks.
        unchanged: files that need nothing, so far.
        failures: unchanged files that could not be read before, so far.
        vanished: ids of files that are gone; complete after the iteration.
        missing: folders that are not there or can't be read, whose rows must be kept.
        reasons: why, in a sentence, as far as that is known.
        mounts: what the scan says of mount points; None where it did not come to its end.
    """

    def __init__(
        self,
        store: Store,
        place: ScanTarget,
        *,
        model_id: str,
        decoder: str,
        options: ScanOptions | None = None,
        noted_mounts: Mapping[bytes, Any] | None = None,
        scanned: Collection[bytes] | None = None,
    ) -> None:
        """Look whether the folder is there.

        A folder that is not there now, or that is an empty mount point, but has rows, is missing;
        its files are neither vanished nor unchanged.

        Raises:
            FolderError: it can't be scanned, and nothing is known of it.
        """
        self.place = place
        self.unchanged = 0
        self.failures: list[Failure] = []
        self.vanished: list[int] = []
        self.missing: list[Path] = []
        self.reasons: dict[Path, str] = {}
        self.mounts: Mounts | None = None
        self._options = options
        self._noted_mounts = noted_mounts or {}
        around = (place.root, *place.root.parents)
        self._is_noted = scanned is None or any(encode(folder) in scanned for folder in around)
        self._store = store
        self._model_id = model_id
        self._decoder = decoder
        self._scan: Scan | None = None
        try:
            self._scan = Scan(place.root, options, start=place.start, deep=place.deep)
        except FolderError as error:
            if not self._known_files():
                raise
            self.missing.append(place.root)
            self.reasons[place.root] = str(error)

    def __iter__(self) -> Iterator[PendingFile]:
        """Yield the files to look into."""
        return self.tasks(_never)

    def tasks(self, stopped: Cancelled) -> Iterator[PendingFile]:
        """Yield the files to look into, until ``stopped``, which is asked at every entry.

        A survey that was stopped has no vanished files, since it did not look at all of them.
        """
        if self._scan is None:
            return
        unseen = self._known_files()
        if self._scan.empty and unseen:
            self.missing.append(self.place.root)
            return
        for seen in self._scan.seen(stopped):
            known = unseen.pop(os.fsencode(seen.path), None)
            if known is None or not known.matches(seen):
                yield PendingFile(seen.image_file())
            elif known.embedded and known.error is None:
                self.unchanged += 1
            elif (task := self._judge(seen.image_file(), known)) is not None:
                yield task
        if stopped():
            return
        if unseen and _is_lost(self.place.root):
            self.missing.append(self.place.root)
        self._take_unreadable(self._scan.unreadable)
        others: tuple[Path, ...] = ()
        if self.place.root not in self.missing:
            self._take_mounts(self._scan.mounts, unseen)
            others = tuple(self._roots_in_skipped()) if unseen else ()
        kept = tuple(join(encode(folder), b"") for folder in (*self.missing, *others))
        self.vanished.extend(
            known.file_id for path, known in unseen.items() if not path.startswith(kept)
        )

    def _take_unreadable(self, unreadable: Mapping[Path, str]) -> None:
        self.missing.extend(unreadable)
        for folder, reason in unreadable.items():
            if IGNORE_FILE in reason:
                self.reasons[folder] = f"{folder} is skipped: {reason}."

    def _take_mounts(self, mounts: Mapping[str, bool], unseen: Collection[bytes]) -> None:
        if isinstance(self.place.root, RemotePath):
            return
        emptied = () if self._is_noted else emptied_folders(unseen, self.place.root)
        self.mounts = Mounts(self._noted_mounts, self.place, self._options, mounts, emptied)
        for folder in self.mounts.lost:
            if folder not in self.missing:
                self.missing.append(folder)
                self.reasons[folder] = self.mounts.reasons[folder]

    def _roots_in_skipped(self) -> Iterator[Path]:
        """Yield folders that were named to index although they are hidden or in a skipped folder.

        This scan does not look into them; a run over them does.
        """
        root, start = self.place.root, self.place.start
        options = self._options or ScanOptions()
        all_taken = replace(options, hidden=True, skip_folders=("!*",))
        for folder in self._store.roots():
            concerned = folder == start or folder in start.parents or start in folder.parents
            if concerned and root in folder.parents and folder.is_dir():
                now, at_all = (
                    Scan(root, some, start=folder).leaves_out_start()
                    for some in (options, all_taken)
                )
                if now and not at_all:
                    yield folder

    def _known_files(self) -> dict[bytes, FileRecord]:
        place = self.place
        return self._store.known_files(place.start, self._model_id, deep=place.deep)

    def _judge(self, file: ImageFile, known: FileRecord) -> PendingFile | None:
        """Return the task that an unchanged file gives which has no vector, if any."""
        if known.content_id is None:
            return PendingFile(file)
        if known.error is not None and known.decoder == self._decoder:
            self.failures.append(Failure(file.path, known.error))
            return None
        return PendingFile(file, known.content_id)


def _never() -> bool:
    return False


def _is_lost(root: Path) -> bool:
    """Whether the folder has gone, or its disk, while it was being scanned."""
    try:
        return check_folder(root)
    except FolderError:
        return True
