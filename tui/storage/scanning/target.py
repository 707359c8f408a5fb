"""The folder or part of a folder that a scan covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """The folder to scan: ``root`` with its subfolders, or a part of it.

    ``start`` is the root or a folder below it; without ``deep``, only its own files are scanned.
    """

    root: Path
    start: Path
    deep: bool = True

    @property
    def is_root(self) -> bool:
        """Whether it is a whole root."""
        return self.deep and self.start == self.root
