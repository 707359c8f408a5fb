"""Groups of duplicates as values: their files, the best one, and the removable ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tui.search.duplicates.on_disk import freed_bytes

if TYPE_CHECKING:
    from collections.abc import Container

    from tui.core.domain import FileDetails
    from tui.search.duplicates.on_disk import DiskFile

GroupKind = Literal["identical", "near"]
Phase = Literal["comparing", "checking", "looking"]


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Copies of one picture.

    Attributes:
        files: at least two, the best first: most pixels, then most bytes, then the earliest date,
            then the first path.
        kind: ``identical`` if all have the same bytes.
        cosines: of each file with the first; 1 for the same bytes.
        same_bytes: of each file, whether it has the bytes of the first.
        on_disk: of each file, its state on the disk.
    """

    files: tuple[FileDetails, ...]
    kind: GroupKind
    cosines: tuple[float, ...]
    same_bytes: tuple[bool, ...]
    on_disk: tuple[DiskFile, ...]

    @property
    def best(self) -> FileDetails:
        """The copy to keep."""
        return self.files[0]

    @property
    def removable(self) -> tuple[FileDetails, ...]:
        """The copies that can be removed; a hard link of the best file is that file itself."""
        return tuple(self.files[index] for index in self._removable)

    @property
    def cosine(self) -> float:
        """The lowest cosine of a file with the best one."""
        return min(self.cosines)

    @property
    def spare_bytes(self) -> int:
        """The bytes that the removable copies free: none for a file with other names."""
        copies = zip(self.files, self.on_disk, strict=True)
        return freed_bytes(copy for index, copy in enumerate(copies) if index in self._removable)

    @property
    def _removable(self) -> list[int]:
        return [index for index in range(1, len(self.files)) if not self.is_hard_link(index)]

    def is_hard_link(self, index: int) -> bool:
        """Whether a file is another name of the best one."""
        return index > 0 and self.on_disk[index].file == self.on_disk[0].file

    def label(self, index: int) -> str:
        """Return how a file relates to the best one: ``keep``, ``link``, ``same`` or its cosine."""
        if not index:
            return "keep"
        if self.is_hard_link(index):
            return "link"
        return "same" if self.same_bytes[index] else f"{self.cosines[index]:.3f}"

    def without(self, file_ids: Container[int]) -> DuplicateGroup:
        """Return the group without some files."""
        indices = [i for i, file in enumerate(self.files) if file.file_id not in file_ids]
        return replace(
            self,
            files=tuple(self.files[index] for index in indices),
            cosines=tuple(self.cosines[index] for index in indices),
            same_bytes=tuple(self.same_bytes[index] for index in indices),
            on_disk=tuple(self.on_disk[index] for index in indices),
        )


@dataclass(frozen=True, slots=True)
class DuplicateProgress:
    """The progress of a search for duplicates.

    The phases are ``comparing`` of vectors, ``checking`` of the candidates on the disk, and
    ``looking`` at their pixels.
    """

    phase: Phase
    done: int
    total: int
