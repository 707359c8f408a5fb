"""The history of queries that the search box steps through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class QueryHistory:
    """Steps through earlier queries, as in a shell, and returns to the unfinished query."""

    def __init__(self) -> None:
        self._index: int | None = None
        self._current = ""
        self._draft = ""

    def previous(self, history: Sequence[str], text: str) -> str | None:
        """Return the query before the current one; None at the first.

        Args:
            history: the queries, the latest last.
            text: the text of the input.
        """
        if self._index is None or text != self._current:
            self._index, self._draft = len(history), text
        index = self._index - 1
        while index >= 0 and history[index] == text:
            index -= 1
        return None if index < 0 else self._go(index, history[index])

    def next(self, history: Sequence[str], text: str) -> str | None:
        """Return the query after the current one, finally the unfinished one; None after that."""
        if self._index is None or text != self._current:
            self._index = None
            return None
        index = self._index + 1
        if index < len(history):
            return self._go(index, history[index])
        self._index = None
        return self._draft

    def _go(self, index: int, text: str) -> str:
        self._index, self._current = index, text
        return text
