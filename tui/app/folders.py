"""Reading folders for the tree."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that ignores case and reads digits as numbers: ``2`` before ``10``."""
    parts = _DIGITS.split(name.casefold())
    return [(1, 0, part) if i % 2 == 0 else (0, int(part), part) for i, part in enumerate(parts)]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:
        return False
