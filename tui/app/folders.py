"""Reading folders for the tree."""

from __future__ import annotations

import os
import re
from pathlib import Path

_DIGITS = re.compile(r"(\d+)")


def subfolders(parent: Path) -> list[str] | None:
    """Return the names of the folders in ``parent``, hidden ones left out; None if unreadable.

    A child that can't be looked at is left out without a word about the others.
    """
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if _is_shown(entry)]
    except OSError:
        return None
    return sorted(names, key=natural)


def matching_folders(text: str) -> list[str]:
    """Return what a typed path may go on to: the folders that begin as its last part does.

    They end with a separator and keep what was typed before them, ``~`` included.
    """
    typed, begin = os.path.split(text)
    try:
        parent = Path(typed or ".").expanduser()
    except RuntimeError:  # "~name" of nobody
        return []
    if begin == "~" and not typed:
        return ["~/"]
    names = subfolders(parent) or []
    if not typed.endswith(os.sep) and typed:
        typed += os.sep
    fold = begin.casefold()
    return [f"{typed}{name}{os.sep}" for name in names if name.casefold().startswith(fold)]


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that ignores case and reads digits as numbers: ``2`` before ``10``."""
    parts = _DIGITS.split(name.casefold())
    return [(1, 0, part) if i % 2 == 0 else (0, int(part), part) for i, part in enumerate(parts)]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:
        return False
