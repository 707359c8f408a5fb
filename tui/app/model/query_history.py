"""The history of queries that the search field steps through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class QueryHistory:
    """Goes back and forth in earlier queries, as shells do; what was being typed is not lost."""

    def __init__(self) -> None:
        self._place: int | None = None
        self._shown = ""
        self._draft = ""

    def back(self, history: Sequence[str], text: str) -> str | None:
        """Return the query before the one that is shown; None at the first.

        Args:
            history: the latest last.
            text: what stands in the input.
        """
        if self._place is None or text != self._shown:
            self._place, self._draft = len(history), text
        place = self._place - 1
        while place >= 0 and history[place] == text:
            place -= 1
        return None if place < 0 else self._go(place, history[place])

    def forth(self, history: Sequence[str], text: str) -> str | None:
        """Return the query after the one that is shown, at last the draft; None after that."""
        if self._place is None or text != self._shown:
            self._place = None
            return None
        place = self._place + 1
        if place < len(history):
            return self._go(place, history[place])
        self._place = None
        return self._draft

    def _go(self, place: int, text: str) -> str:
        self._place, self._shown = place, text
        return text
