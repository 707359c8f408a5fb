"""The patterns of a folder: those of its ignore file, then those of its parents."""

from __future__ import annotations

import os
from dataclasses import dataclass

from tui.storage.objects.path import to_path
from tui.storage.scanning.ignore import IgnoreRules, read_lines

IGNORE_FILE = ".photoseekignore"


@dataclass(frozen=True, slots=True)
class FolderRules:
    """The patterns of one folder, and those of its parents."""

    patterns: IgnoreRules
    base: str
    outer: FolderRules | None


def with_ignore_file(folder: str, rules: FolderRules | None) -> FolderRules | None:
    """Return a folder's rules, including its own ignore file.

    Args:
        folder: its path.
        rules: of its parent.

    Raises:
        OSError: the ignore file can't be used.
        FolderError: the storage can't be reached.
    """
    patterns = IgnoreRules(read_lines(to_path(folder) / IGNORE_FILE))
    return FolderRules(patterns, prefix(folder), rules) if patterns else rules


def verdict_of(rules: FolderRules | None, path: str) -> bool | None:
    """Return whether a path is excluded, by the innermost rules that match it.

    None if no rules match it.
    """
    while rules is not None:
        verdict = rules.patterns.verdict(path[len(rules.base) :])
        if verdict is not None:
            return verdict
        rules = rules.outer
    return None


def prefix(folder: str) -> str:
    """Return the prefix of all paths below a folder."""
    return folder if folder.endswith(os.sep) else folder + os.sep
