"""The marked pictures, by file number, so that marks survive a new search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MARKS_RULE = (
    "Every action applies to the selected pictures, or to the highlighted one if none is selected. "
    "The selection survives a new search. Duplicates have their own selection."
)

How = Literal["toggle", "all", "invert", "range", "clear"]


class Marks:
    """A set of files; a range starts at the last file that was toggled."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._anchor: int | None = None

    def __contains__(self, file_id: object) -> bool:
        return file_id in self._ids

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def change(self, how: How, order: Sequence[int], index: int) -> None:
        """Mark or unmark.

        Args:
            how: ``toggle`` the file at ``index``, mark ``all``, ``invert`` all, mark the ``range``
                from the last toggled file to ``index``, or ``clear`` all marks.
            order: the numbers of the listed files.
            index: the position of the cursor in them.
        """
        if how == "clear":
            self._ids.clear()
        elif how == "all":
            self._ids.update(order)
        elif how == "invert":
            self._ids.symmetric_difference_update(order)
        elif 0 <= index < len(order):
            if how == "range":
                start = self._anchor_in(order, index)
                self._ids.update(order[min(start, index) : max(start, index) + 1])
            else:
                self._ids.symmetric_difference_update([order[index]])
            self._anchor = order[index]

    def add(self, file_ids: Iterable[int]) -> None:
        """Mark files."""
        self._ids.update(file_ids)

    def drop(self, file_ids: Iterable[int]) -> None:
        """Unmark files, which may no longer exist."""
        self._ids.difference_update(file_ids)

    def ordered(self, order: Iterable[int]) -> list[int]:
        """Return the marked files, first the listed ones in their order."""
        listed = [number for number in order if number in self._ids]
        return [*listed, *sorted(self._ids.difference(listed))]

    def targets(self, order: Iterable[int], current: int | None) -> list[int]:
        """Return the files that an action applies to: the marked ones, else the highlighted one.

        Args:
            order: the numbers of the listed files.
            current: the number of the highlighted file.
        """
        if self._ids:
            return self.ordered(order)
        return [] if current is None else [current]

    def _anchor_in(self, order: Sequence[int], index: int) -> int:
        try:
            return index if self._anchor is None else order.index(self._anchor)
        except ValueError:
            return index


def chip_before(text: Content, marked: int, hidden: int = 0) -> Content:
    """Prefix a text with the number of marked pictures.

    Args:
        text: the text.
        marked: how many pictures are marked.
        hidden: how many of them are not in these results.
    """
    if not marked:
        return text
    more = f", {hidden:,} not in these results" if hidden else ""
    chip = Content.styled(f" {marked:,} marked{more} ", "bold reverse")
    return Content.assemble(chip, "  ", text)
