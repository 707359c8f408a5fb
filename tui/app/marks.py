"""Which pictures the user has marked: by the file's number, so that marks outlive a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

How = Literal["toggle", "all", "invert", "range", "clear"]


class Marks:
    """A set of files; a range starts where the last one was marked by hand."""

    def __init__(self) -> None:
        self._ids: set[int] = set()
        self._anchor: int | None = None

    def __contains__(self, file_id: object) -> bool:
        return file_id in self._ids

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

    def _anchor_in(self, order: Sequence[int], place: int) -> int:
        try:
            return place if self._anchor is None else order.index(self._anchor)
        except ValueError:
            return place
