"""A last look before copies are removed: the one that stays of each group must be there."""

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
    """Knows which file stays of each group, and looks at the disk again.

    Args:
        groups: the groups on show.
        going: the files to be removed, by number.
    """

    def __init__(self, groups: Iterable[DuplicateGroup], going: Collection[int]) -> None:
        chosen = set(going)
        self._pairs = [
            (
                next((file for file in group.files if file.file_id not in chosen), None),
                [file for file in group.files if file.file_id in chosen],
            )
            for group in groups
            if any(file.file_id in chosen for file in group.files)
        ]
        self._keeper_of = {file.path: keeper for keeper, files in self._pairs for file in files}

    def find_problem(self) -> str:
        """Say in one sentence why nothing may be removed; empty where all may."""
        disk = DiskInspector()
        seen = disk.inspect_all([file for _, files in self._pairs for file in files])
        entries = {there.entry: there.file for there in seen.values()}
        removed = Counter(entries.values())
        for keeper, files in self._pairs:
            if keeper is None:
                return f"Every copy of {_name(files[0])} is marked; unmark the one to keep."
            changed = [f for f in files if f.file_id not in seen and os.path.lexists(f.path)]
            if changed:
                return f"{_name(changed[0])} has changed since it was compared{_NOTHING_MOVED}"
            there = disk.inspect(keeper)
            if there is None:
                return f"The copy to keep, {_name(keeper)}, is gone or has changed{_NOTHING_MOVED}"
            if there.entry in entries or removed[there.file] >= there.names:
                return f"{_name(keeper)} and a marked file are one file{_NOTHING_MOVED}"
        return ""

    def check(self, path: Path) -> None:
        """Look once more, right before one file is removed.

        Raises:
            OSError: the copy that was to stay is gone or has changed.
        """
        keeper = self._keeper_of.get(path)
        if keeper is not None and DiskInspector().inspect(keeper) is None:
            raise OSError(f"the copy to keep, {_name(keeper)}, is gone or has changed")


def _name(file: FileDetails) -> str:
    return printable(file.path.name)
