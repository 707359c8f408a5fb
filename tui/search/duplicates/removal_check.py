"""Checks, directly before copies are removed, that one file of each group still exists."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from tui.core.formatting import printable
from tui.search.duplicates.on_disk import DiskInspector

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from tui.core.domain import FileDetails
    from tui.search.duplicates.groups import DuplicateGroup

_NOTHING_MOVED = "; nothing was moved."


class RemovalCheck:
    """Checks on the disk that one file of each group stays.

    Args:
        groups: the displayed groups.
        file_ids: the files to remove.
    """

    def __init__(self, groups: Iterable[DuplicateGroup], file_ids: Collection[int]) -> None:
        removed = set(file_ids)
        self._pairs = [
            (
                next((file for file in group.files if file.file_id not in removed), None),
                [file for file in group.files if file.file_id in removed],
            )
            for group in groups
            if any(file.file_id in removed for file in group.files)
        ]
        self._preferred_copy = {
            file.path: preferred for preferred, files in self._pairs for file in files
        }

    def find_problem(self) -> str:
        """Return one sentence on why nothing may be removed; empty if all files may."""
        disk = DiskInspector()
        disk_files = disk.inspect_all([file for _, files in self._pairs for file in files])
        file_of_entry = {disk_file.entry: disk_file.file for disk_file in disk_files.values()}
        removed = Counter(file_of_entry.values())
        for preferred, files in self._pairs:
            if preferred is None:
                return f"Every copy of {_name(files[0])} is marked; unmark the one to keep."
            changed = [f for f in files if f.file_id not in disk_files and os.path.lexists(f.path)]
            if changed:
                return f"{_name(changed[0])} has changed since it was compared{_NOTHING_MOVED}"
            preferred_on_disk = disk.inspect(preferred)
            if preferred_on_disk is None:
                name = _name(preferred)
                return f"The copy to keep, {name}, is missing or has changed{_NOTHING_MOVED}"
            is_removed = removed[preferred_on_disk.file] >= preferred_on_disk.names
            if preferred_on_disk.entry in file_of_entry or is_removed:
                return f"{_name(preferred)} and a marked file are one file{_NOTHING_MOVED}"
        return ""

    def check(self, path: Path) -> None:
        """Check the kept copy again, directly before one file is removed.

        Raises:
            OSError: the kept copy is missing or has changed.
        """
        preferred = self._preferred_copy.get(path)
        if preferred is not None and DiskInspector().inspect(preferred) is None:
            raise OSError(f"the copy to keep, {_name(preferred)}, is missing or has changed")


def _name(file: FileDetails) -> str:
    return printable(file.path.name)
