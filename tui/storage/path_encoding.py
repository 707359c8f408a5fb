"""Paths and names in the catalog's encoding."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from tui.storage.objects.path import to_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Span(NamedTuple):
    """A folder and its subfolders: ``path = exact OR (path >= low AND path < high)``."""

    exact: bytes
    low: bytes
    high: bytes


BELOW = "(d.path = :exact OR (d.path >= :low AND d.path < :high))"
"""The condition on ``folders AS d`` whose parameters are ``span(folder)._asdict()``."""


def encode(path: Path) -> bytes:
    """Return an absolute path's bytes, names that are not UTF-8 unchanged (PEP 383)."""
    return os.fsencode(path.absolute())


def decode(path: bytes) -> Path:
    """Convert the bytes of ``encode`` back to a path, on disk or in object storage."""
    return to_path(os.fsdecode(path))


def join(folder: bytes, name: bytes) -> bytes:
    """Join a folder and a name in it; the root of a disk already ends in a separator."""
    separator = os.fsencode(os.sep)
    return folder + name if folder.endswith(separator) else folder + separator + name


def span(folder: Path) -> Span:
    """Return the paths that a folder scope covers: X and ``[X/, X0)``, as ``0`` follows ``/``."""
    exact = encode(folder)
    low = join(exact, b"")
    return Span(exact, low, low[:-1] + bytes([low[-1] + 1]))


def sum_by_child(parent: Path, counts: Iterable[tuple[bytes, int]]) -> dict[str, int]:
    """Sum the counts of encoded folders by the child of ``parent`` that contains them."""
    low = span(parent).low
    sums: Counter[bytes] = Counter()
    for path, count in counts:
        if count and path.startswith(low) and path != low:
            sums[path[len(low) :].split(low[-1:], 1)[0]] += count
    return {os.fsdecode(name): count for name, count in sums.items()}
