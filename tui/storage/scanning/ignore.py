"""Patterns that exclude files and folders, with gitignore's rules, in bounded time.

The rules are those of https://git-scm.com/docs/gitignore: the last pattern that matches decides,
``!`` includes a file again, a slash before the end ties a pattern to its folder, ``**`` matches any
number of folders, and a pattern that matches a folder also matches everything below it. A pattern
that names a path itself is stronger than one that names a parent folder, as in git.

An ignore file comes with the pictures, from another person. So no pattern is compiled to an
expression that may try every way to split a name between its stars: each star commits to its first
match (an atomic group), which suffices, since the earliest match leaves the most text for the rest
of the pattern. The same applies to ``**`` and whole names. Matching then costs at most the length
of the pattern times that of the path.
"""

from __future__ import annotations

import errno
import os
import re
from stat import S_ISREG
from typing import TYPE_CHECKING, NamedTuple

from tui.storage.hashing import open_regular
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

LARGEST_BYTES = 1 << 20
"""Maximum size of an ignore file."""

MOST_PATTERNS = 10_000
"""Maximum number of patterns of an ignore file, each of which is compared with every file."""

_LONGEST = 4096
"""Maximum length of a path; a longer pattern can't match one."""

_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL)
_ITSELF = 2
_AROUND = 1


class IgnoreFileError(OSError):
    """An ignore file can't be used; ``strerror`` is the reason."""


class _Pattern(NamedTuple):
    """A compiled pattern; an expression that is None can't match.

    ``whole`` matches a path that is named itself, ``around`` the beginning of a path in a named
    folder, and ``strength`` is the strength of such a match.
    """

    leaves_out: bool
    whole: re.Pattern[str] | None
    around: re.Pattern[str] | None
    strength: int = _AROUND


class IgnoreRules:
    """The patterns of some lines; invalid lines are ignored, as in git."""

    def __init__(self, lines: Iterable[str]) -> None:
        patterns = [pattern for line in lines if (pattern := _pattern(line)) is not None]
        self._patterns = patterns[::-1]

    def __len__(self) -> int:
        return len(self._patterns)

    def verdict(self, path: str) -> bool | None:
        """Return whether a path is excluded; None if no pattern matches it.

        Args:
            path: relative to the folder of the patterns, with slashes, one at the end of a folder.
        """
        verdict: bool | None = None
        for pattern in self._patterns:
            if pattern.whole is not None and pattern.whole.match(path):
                return pattern.leaves_out
            if (verdict is None or pattern.strength == _ITSELF) and (
                pattern.around is not None and pattern.around.match(path)
            ):
                verdict = pattern.leaves_out
                if pattern.strength == _ITSELF:
                    return verdict
        return verdict


def read_lines(path: Path) -> list[str]:
    """Return an ignore file's lines; none if it is not a regular file.

    A link to a file is followed. A folder, a pipe or a device is never opened, since that can
    block forever or change a device.

    Raises:
        IgnoreFileError: it can't be read, is larger than `LARGEST_BYTES`, or has more than
            `MOST_PATTERNS` lines that are not empty.
    """
    data = _data(path)
    if len(data) > LARGEST_BYTES:
        raise IgnoreFileError(0, f"its {path.name} is larger than {LARGEST_BYTES >> 20} MiB")
    lines = os.fsdecode(data).splitlines()
    if sum(not line.isspace() for line in lines if line) > MOST_PATTERNS:
        raise IgnoreFileError(0, f"its {path.name} has more than {MOST_PATTERNS:,} patterns")
    return lines


def _data(path: Path) -> bytes:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            return b""
        if isinstance(path, RemotePath):
            return bytes(LARGEST_BYTES + 1) if status.st_size > LARGEST_BYTES else path.read_bytes()
        with open_regular(path) as file:
            data = b""
            while len(data) <= LARGEST_BYTES and (more := file.read(LARGEST_BYTES + 1)):
                data += more
            return data
    except OSError as error:
        if error.errno in _NO_FILE:
            return b""
        reason = f"its {path.name} can't be read: {error.strerror}"
        raise IgnoreFileError(error.errno or 0, reason) from error


# --- from a line to expressions -------------------------------------------------------------------


def _pattern(line: str) -> _Pattern | None:
    """Compile a line; None for a comment, an empty line, or an invalid pattern."""
    text = line if line.endswith("\\ ") else line.rstrip()
    if not text or text.startswith("#") or text == "/" or len(text) > _LONGEST:
        return None
    leaves_out = not text.startswith("!")
    names = _names(text if leaves_out else text[1:])
    if names is None:
        return None
    ends_in_any = names[-1] == "**"
    only_below = text.endswith("/")
    if names in (["**"], ["**", "*"], ["**", "*", "**"]):
        return _match_all(names, leaves_out=leaves_out, only_below=only_below)
    anchored = names[0] != "**"
    try:
        groups = _groups(names)
        around = re.compile(_first(groups, anchored=anchored) + "/", re.DOTALL)
        if ends_in_any:
            return _Pattern(leaves_out, None, around, _AROUND if only_below else _ITSELF)
        whole = re.compile(_last(groups, anchored=anchored), re.DOTALL)
    except (ValueError, re.error):  # a bracket or an escape without an end, a reversed range
        return None
    return _Pattern(leaves_out, whole, around)


def _names(text: str) -> list[str] | None:
    """Split a pattern at its slashes and insert the ``**`` that git implies."""
    names = text.split("/")
    if not names[0]:
        del names[0]
    elif (len(names) == 1 or (len(names) == 2 and not names[1])) and names[0] != "**":
        names.insert(0, "**")
    if not names:
        return None
    if not names[-1]:
        names[-1] = "**"
    pairs = zip([None, *names], names, strict=False)
    names = [name for before, name in pairs if not before == name == "**"]
    return None if names == ["**"] and not text.strip("/") else names


def _match_all(names: list[str], *, leaves_out: bool, only_below: bool) -> _Pattern:
    """Return the pattern for all files, or for all that are not in the folder itself."""
    if names[-1] == "**" and (only_below or len(names) == 3):
        below = re.compile("[^/]*/")
        return _Pattern(leaves_out, None, below, _AROUND if only_below else _ITSELF)
    return _Pattern(leaves_out, re.compile(""), None)


def _groups(names: list[str]) -> list[str]:
    """Return an expression for each run of names between two ``**``."""
    runs: list[list[str]] = [[]]
    for name in names:
        if name == "**":
            runs.append([])
        else:
            runs[-1].append(_name_expression(name))
    return ["/".join(run) for run in runs if run]


def _first(groups: list[str], *, anchored: bool) -> str:
    """Match each group at its first possible position; a name ends at the next slash."""
    parts = [f"(?>(?:[^/]+/)*?{group}(?=/))" for group in groups]
    if anchored:
        parts[0] = f"(?>{groups[0]}(?=/))"
    return "/".join(parts)


def _last(groups: list[str], *, anchored: bool) -> str:
    """Match the last group at the end, the others at their first possible positions."""
    if len(groups) == 1:
        return f"{groups[0]}\\Z" if anchored else f"(?:.*/)?{groups[0]}\\Z"
    return f"{_first(groups[:-1], anchored=anchored)}/(?:.*/)?{groups[-1]}\\Z"


def _name_expression(glob: str) -> str:
    """Translate the text between two slashes.

    Raises:
        ValueError: a bracket or an escape has no end.
    """
    if not glob.strip("*"):
        return "[^/]+"
    chunks: list[list[str]] = [[]]
    position = 0
    while position < len(glob):
        sign = glob[position]
        position += 1
        if sign == "*":
            if chunks[-1] or len(chunks) == 1:
                chunks.append([])
        elif sign == "?":
            chunks[-1].append("[^/]")
        elif sign == "[":
            expression, position = _bracket(glob, position)
            chunks[-1].append(expression)
        else:
            if sign == "\\":
                if position == len(glob):
                    raise ValueError(glob)
                sign = glob[position]
                position += 1
            chunks[-1].append(re.escape(sign))
    first, *later = ["".join(chunk) for chunk in chunks]
    if not later:
        return first
    *middle, last = later
    return first + "".join(f"(?>[^/]*?{chunk})" for chunk in middle) + f"[^/]*{last}"


def _bracket(glob: str, start: int) -> tuple[str, int]:
    """Translate a set of characters, which never contains a slash; return where it ends."""
    position = start
    negated = glob[position : position + 1] in ("!", "^")
    position += negated
    end = glob.find("]", position + 1)
    if end < 0:
        raise ValueError(glob)
    signs, members = glob[position:end], []
    index = 0
    while index < len(signs):
        if signs[index + 1 : index + 2] == "-" and index + 2 < len(signs):
            members.append(f"{re.escape(signs[index])}-{re.escape(signs[index + 2])}")
            index += 3
        else:
            members.append(re.escape(signs[index]))
            index += 1
    return f"(?!/)[{'^' * negated}{''.join(members)}]", end + 1
