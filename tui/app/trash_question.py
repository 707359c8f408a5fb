"""What is asked before files go into the trash: which, how many, how much, and what is unusual."""

from __future__ import annotations

import os
import stat
from collections import Counter
from typing import TYPE_CHECKING

from tui.display import counted, printable, size_text
from tui.library.remote import RemotePath

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from tui.domain import FileDetails

_NAMED = 5
_LONGEST = 44
_LINKS = 1_000
"""Files that are looked at for links; more would take long on a network disk."""


def trash_question(
    files: Sequence[FileDetails], unlisted: Container[int] = (), best: Container[int] = ()
) -> str:
    """Return the question, a line a fact; looks at the files, so call it in a worker.

    Args:
        files: what would go.
        unlisted: those that are not among the results shown, which are named first.
        best: those that are the best of their group of copies.
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
        facts.append(f"This includes {counted(count, 'picture')} listed as “keep”.")
    facts += _link_facts(files[:_LINKS])
    lines = [f"  {name}" for name in names]
    return "\n".join([f"Move {counted(len(files), 'picture')} to the trash?", *lines, *facts])


def _name(file: FileDetails, is_hidden: bool) -> str:
    name = printable(file.path.name)
    if len(name) > _LONGEST:
        half = _LONGEST // 2
        name = f"{name[: half - 1]}…{name[-half:]}"
    return f"{name} (not in these results)" if is_hidden else name


def _link_facts(files: Sequence[FileDetails]) -> list[str]:
    """Say how many files are links, and how many are names of a file that keeps other names."""
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
        facts.append(f"{counted(links, 'link')}: what a link leads to stays.")
    if hard:
        facts.append(f"{counted(hard, 'hard link')}: the file stays under another name.")
    return facts
