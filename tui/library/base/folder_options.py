"""The options of ``index``, which the library saves with their folder.

They apply to that folder and its subfolders in every later run: of the command, the application and
``--watch``. If a folder is inside another indexed folder, the options of the outermost one apply,
so that a run over the whole and a run over a part include the same files.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tui.core.errors import FolderError
from tui.library.base.folder_notes import OPTIONS
from tui.storage.path_encoding import encode
from tui.storage.scanning.ignore import IgnoreRules
from tui.storage.scanning.scan import ScanOptions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tui.library.base.store import Store, StoreWriter


@dataclass(frozen=True, slots=True)
class OptionChanges:
    """The options that one run changes; None for unchanged ones.

    ``excludes`` replace the saved patterns; an empty tuple removes them.
    """

    hidden: bool | None = None
    follow_symlinks: bool | None = None
    excludes: tuple[str, ...] | None = None

    def apply(self, options: ScanOptions) -> ScanOptions:
        """Return the options after the changes."""
        changes = {name: value for name, value in asdict(self).items() if value is not None}
        return replace(options, **changes)


class FolderOptions:
    """The options of a library's folders, and the changes that a run makes to them.

    Args:
        store: the library.
        changes: of the run, for each of its folders.
        skip_folders: the setting.
    """

    def __init__(
        self, store: Store, changes: OptionChanges | None, skip_folders: tuple[str, ...]
    ) -> None:
        self._roots = store.roots()
        self._saved = store.folder_notes(OPTIONS)
        self._changes = changes or OptionChanges()
        self._skip_folders = skip_folders

    def of(self, folder: Path) -> ScanOptions:
        """Return the options for the scan of a folder.

        Raises:
            FolderError: the run changes options of a folder inside another one.
        """
        outer = outermost_of(folder, self._roots)
        if outer != folder and self._changes != OptionChanges():
            raise FolderError(
                f"{folder} is inside {outer}, whose options apply to it too; set them for {outer}."
            )
        options = self._changes.apply(read_options(self._saved.get(encode(outer))))
        options = replace(options, skip_folders=self._skip_folders)
        if outer == folder or not options.excludes:
            return options
        relative = f"{str(folder)[len(str(outer)) :].lstrip(os.sep)}/"
        if IgnoreRules(options.excludes).verdict(relative):  # the user named it explicitly
            return replace(options, excludes=())
        return replace(options, base=outer)

    def save(self, writer: StoreWriter, folders: Sequence[Path]) -> None:
        """Save the changes with their folders."""
        if self._changes == OptionChanges():
            return
        for folder in folders:
            path = encode(folder)
            before = self._saved.get(path)
            note = to_json(self._changes.apply(read_options(before)))
            if note and note != before:
                writer.put_folder_notes(OPTIONS, {path: note})
            elif before is not None and not note:
                writer.remove_folder_notes(OPTIONS, [path])


def outermost_of(folder: Path, roots: Sequence[Path]) -> Path:
    """Return the outermost root that contains a folder, or the folder itself if none does."""
    around = [root for root in roots if root in folder.parents]
    return min(around, key=lambda root: len(root.parts), default=folder)


def to_json(options: ScanOptions) -> dict[str, Any]:
    """Return the options that differ from the defaults, as JSON values."""
    note: dict[str, Any] = {}
    if options.hidden:
        note["hidden"] = True
    if options.follow_symlinks:
        note["follow_symlinks"] = True
    if options.excludes:
        note["exclude"] = list(options.excludes)
    return note


def read_options(note: Any) -> ScanOptions:
    """Read what `to_json` wrote; an invalid value becomes the default."""
    if not isinstance(note, dict):
        return ScanOptions()
    patterns = note.get("exclude")
    if not isinstance(patterns, list) or not all(isinstance(text, str) for text in patterns):
        patterns = []
    return ScanOptions(
        hidden=note.get("hidden") is True,
        follow_symlinks=note.get("follow_symlinks") is True,
        excludes=tuple(patterns),
    )


def options_text(note: dict[str, Any]) -> str:
    """Return saved options as they are written on the command line."""
    words = ["--hidden"] if note.get("hidden") else []
    words += ["--follow-symlinks"] if note.get("follow_symlinks") else []
    return " ".join(
        [*words, *(f"--exclude {shlex.quote(pattern)}" for pattern in note.get("exclude", ()))]
    )
