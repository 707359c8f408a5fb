"""Filter expressions for a library's own queries; all texts in them are quoted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.library.milvus.rows.schema import quote
from tui.storage.path_encoding import span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVERY = "id >= 0"
"""Selects all rows."""

FOUND = 'error == ""'
"""Selects the rows of files that are pictures."""

FAILED = 'error != ""'
"""Selects the rows of files that could not be read."""


def below(scope: Path) -> str:
    """Return the expression for the files in a folder and its subfolders."""
    limits = span(scope)
    return f'(path >= "{quote(limits.low)}" and path < "{quote(limits.high)}")'


def in_folder(folder: bytes) -> str:
    """Return the expression for a folder's own files."""
    return f'folder == "{quote(folder)}"'


def with_content(digests: Iterable[bytes]) -> str:
    """Return the expression for the files with these bytes."""
    listed = ", ".join(f'"{digest.hex()}"' for digest in digests)
    return f"content in [{listed}]"


def with_ids(ids: Iterable[int]) -> str:
    """Return the expression for the rows with these ids."""
    return f"id in [{', '.join(map(str, ids))}]"
