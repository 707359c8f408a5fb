"""Groups of duplicates as values: the files, which of them is the best, and what could go."""

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
    """Files of which one will do.

    Attributes:
        files: at least two, the best first: most pixels, then most bytes, then the earliest date,
            and where all that is equal the first by path.
        kind: ``identical`` where all have the same bytes.
        cosines: of each file with the first; 1 for the same bytes.
        same_bytes: of each file, whether it has the bytes of the first.
        on_disk: of each file, what is there.
    """

    files: tuple[FileDetails, ...]
    kind: GroupKind
    cosines: tuple[float, ...]
    same_bytes: tuple[bool, ...]
    on_disk: tuple[DiskFile, ...]

    @property
    def best(self) -> FileDetails:
        """The copy to keep, as suggested."""
        return self.files[0]

    @property
    def other_copies(self) -> tuple[FileDetails, ...]:
        """The other copies."""
        return self.files[1:]

    @property
    def removable(self) -> tuple[FileDetails, ...]:
        """The copies that could go; a hard link of the best file is that file itself."""
        return tuple(self.files[place] for place in self._removable)

    @property
    def cosine(self) -> float:
        """How like the best file the least like one is."""
        return min(self.cosines)

    @property
    def spare_bytes(self) -> int:
        """What the removable copies free: nothing where a file has other names on its disk."""
        copies = zip(self.files, self.on_disk, strict=True)
        return freed_bytes(copy for place, copy in enumerate(copies) if place in self._removable)

    @property
    def _removable(self) -> list[int]:
        return [n for n in range(1, len(self.files)) if not self.is_hard_link(n)]

    def is_hard_link(self, place: int) -> bool:
        """Whether a file is another name of the best one."""
        return place > 0 and self.on_disk[place].file == self.on_disk[0].file

    def label(self, place: int) -> str:
        """Say what a file is to the best one: ``keep``, ``link``, ``same``, or how like, 0.987."""
        if not place:
            return "keep"
        if self.is_hard_link(place):
            return "link"
        return "same" if self.same_bytes[place] else f"{self.cosines[place]:.3f}"

    def without(self, file_ids: Container[int]) -> DuplicateGroup:
        """Return the group less some files."""
        left = [n for n, file in enumerate(self.files) if file.file_id not in file_ids]
        return replace(
            self,
            files=tuple(self.files[place] for place in left),
            cosines=tuple(self.cosines[place] for place in left),
            same_bytes=tuple(self.same_bytes[place] for place in left),
            on_disk=tuple(self.on_disk[place] for place in left),
        )


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """How far the search is: pictures compared with each other, then candidates looked at.

    ``checking`` looks whether they are on the disk, ``looking`` what they look like.
    """

    phase: Phase
    done: int
    total: int
