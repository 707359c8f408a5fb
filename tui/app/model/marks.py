"""Which pictures the user has marked: by the file's number, so that marks outlive a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.content import Content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MARKS_RULE = (
    "Every action is done with the marked pictures, or with the highlighted one where none is "
    "marked; marks outlive a new search. Duplicates have marks of their own."
)

How = Literal["toggle", "all", "invert", "range", "clear"]


class Marks:
    """A set of files; a range starts where the last one was marked by hand."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._anchor: int | None = None

    def __contains__(self, file_id: object) -> bool:
        return file_id in self._ids

    def __iter__(self) -> Iterator[int]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def change(self, how: How, order: Sequence[int], place: int) -> None:
        """Mark or unmark.

        Args:
            how: ``toggle`` the one at ``place``, mark ``all``, ``invert`` all, mark the ``range``
                from the last one that was toggled to ``place``, or ``clear`` every mark.
            order: the files on show, by number.
            place: where the cursor is among them.
        """
        if how == "clear":
            self._ids.clear()
        elif how == "all":
            self._ids.update(order)
        elif how == "invert":
            self._ids.symmetric_difference_update(order)
        elif 0 <= place < len(order):
            if how == "range":
                start = self._anchor_in(order, place)
                self._ids.update(order[min(start, place) : max(start, place) + 1])
            else:
                self._ids.symmetric_difference_update([order[place]])
            self._anchor = order[place]

    def add(self, file_ids: Iterable[int]) -> None:
        """Mark files."""
        self._ids.update(file_ids)

    def drop(self, file_ids: Iterable[int]) -> None:
        """Unmark files, which may be gone."""
        self._ids.difference_update(file_ids)

    def ordered(self, order: Iterable[int]) -> list[int]:
        """Return the marked files, those on show first and in their order."""
        shown = [number for number in order if number in self._ids]
        return [*shown, *sorted(self._ids.difference(shown))]

    def targets(self, order: Iterable[int], current: int | None) -> list[int]:
        """Return what an action is done with: the marked files, else the highlighted one.

        Args:
            order: the files on show, by number.
            current: the highlighted one.
        """
        if self._ids:
            return self.ordered(order)
        return [] if current is None else [current]

    def _anchor_in(self, order: Sequence[int], place: int) -> int:
        try:
            return place if self._anchor is None else order.index(self._anchor)
        except ValueError:
            return place


def chip_before(text: Content, marked: int, hidden: int = 0) -> Content:
    """Put before a text how many pictures are marked, which can't be missed.

    Args:
        text: what is said otherwise.
        marked: how many are.
        hidden: how many of these are not among the results shown.
    """
    if not marked:
        return text
    more = f", {hidden:,} not in these results" if hidden else ""
    chip = Content.styled(f" {marked:,} marked{more} ", "bold reverse")
    return Content.assemble(chip, "  ", text)
