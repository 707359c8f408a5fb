"""What the app and the commands read of a library beside searches."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import Failure, FileDetails


class LibraryReader(AbstractContextManager["LibraryReader"], Protocol):
    """Answers what is asked of a library beside searches."""

    def roots(self) -> Sequence[Path]:
        """The folders that were indexed as such."""
        ...

    def count(self, scope: Path | None = None, model_id: str | None = None) -> int:
        """How many pictures lie below ``scope``, or how many of them a model has read."""
        ...

    def folder_counts(self, parent: Path) -> Mapping[str, int]:
        """Child folder names with how many available pictures lie anywhere below each."""
        ...

    def failures(self, limit: int, scope: Path | None = None) -> Sequence[Failure]:
        """At most ``limit`` files that could not be indexed, with the reason of each."""
        ...

    def details(self, file_ids: Iterable[int]) -> list[FileDetails]:
        """What is known of these files, in this order; those that have gone are left out."""
        ...

    def close(self) -> None:
        """Let go of the library."""
        ...
