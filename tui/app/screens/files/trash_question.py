"""The confirmation for the trash: names, number, size and anything unusual."""

from __future__ import annotations

import os
import stat
from collections import Counter
from typing import TYPE_CHECKING

from tui.core.formatting import plural, printable, size_text
from tui.storage.exclusive import FileIdentity
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from pathlib import Path

    from tui.core.domain import FileDetails

_NAMED = 5
_LONGEST = 44
_LINKS = 1_000
"""The most files to check for links, since a network disk is slow."""


def trash_question(
    files: Sequence[FileDetails],
    unlisted: Container[int] = (),
    best: Container[int] = (),
    roots: Iterable[Path] = (),
) -> str:
    """Return the question, one fact per line; call it in a worker, since it reads the disk.

    Args:
        files: the files to move.
        unlisted: the numbers of files that are not in the results; they are named first.
        best: the numbers of files that are the best of their group of copies.
        roots: the folders of the library, two of which may be the same folder.
    """
    hidden = [file for file in files if file.file_id in unlisted]
    ordered = [*hidden, *(file for file in files if file.file_id not in unlisted)]
    names = [_name(file, file.file_id in unlisted) for file in ordered[:_NAMED]]
    if len(files) > _NAMED:
        names.append(f"and {len(files) - _NAMED:,} more")
    facts = [f"{size_text(sum(file.size for file in files))} in all."]
    if len(hidden) > _NAMED:
        facts.append(f"{len(hidden):,} of them are not in these results.")
    count = sum(file.file_id in best for file in files)
    if count:
        facts.append(f"This includes {plural(count, 'picture')} listed as “keep”.")
    facts += _link_facts(files[:_LINKS])
    facts += _alias_facts(files[:_LINKS], roots)
    lines = [f"  {name}" for name in names]
    return "\n".join([f"Move {plural(len(files), 'picture')} to the trash?", *lines, *facts])


def _name(file: FileDetails, is_hidden: bool) -> str:
    name = printable(file.path.name)
    if len(name) > _LONGEST:
        half = _LONGEST // 2
        name = f"{name[: half - 1]}…{name[-half:]}"
    return f"{name} (not in these results)" if is_hidden else name


def _link_facts(files: Sequence[FileDetails]) -> list[str]:
    """Count symbolic links, and hard links whose file has other names."""
    links = 0
    removed: Counter[tuple[int, int]] = Counter()
    names: dict[tuple[int, int], int] = {}
    for file in files:
        if isinstance(file.path, RemotePath):
            continue
        try:
            status = os.lstat(file.path)
        except OSError:
            continue
        if stat.S_ISLNK(status.st_mode):
            links += 1
        elif status.st_ino and status.st_nlink > 1:
            physical = (status.st_dev, status.st_ino)
            removed[physical] += 1
            names[physical] = status.st_nlink
    hard = sum(count for physical, count in removed.items() if count < names[physical])
    facts = []
    if links:
        facts.append(f"{plural(links, 'link')}: the linked file stays.")
    if hard:
        # The link count does not show where the other names are.
        facts.append(f"{plural(hard, 'hard link')}: another name may be in the trash already.")
    return facts


def _alias_facts(files: Sequence[FileDetails], roots: Iterable[Path]) -> list[str]:
    """Count files that the library lists again below another name of their folder."""
    names: dict[FileIdentity, list[Path]] = {}
    for root in roots:
        if (folder := _folder(root)) is not None:
            names.setdefault(folder, []).append(root)
    cache: dict[Path, bool] = {}

    def has_other_name(folder: Path) -> bool:
        if folder not in cache:
            aliases = names.get(identity, ()) if (identity := _folder(folder)) else ()
            cache[folder] = any(root != folder for root in aliases) or (
                folder != folder.parent and has_other_name(folder.parent)
            )
        return cache[folder]

    count = sum(
        not isinstance(file.path, RemotePath) and has_other_name(file.path.parent)
        for file in files
        if names
    )
    twice = f"{plural(count, 'picture')} with two paths in the library: both are removed."
    return [twice] if count else []


def _folder(path: Path) -> FileIdentity | None:
    """Return the identity of a folder; None if it does not exist or is not on disk."""
    if isinstance(path, RemotePath):
        return None
    try:
        status = os.stat(path)  # noqa: PTH116 - beside lstat
    except OSError:
        return None
    return FileIdentity(status.st_dev, status.st_ino)
