"""The current search: its text, its folder and the number of the newest request."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app.model.result_window import Window
    from tui.search.ranking.ranking import Ranking


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A request to the search worker.

    Attributes:
        generation: its number; answers to older requests are dropped.
        text: the query.
        scope: the folder to search; None is the whole library.
        again: the query is unchanged, but the library or the model has changed.
        keep: the number of the file to keep highlighted, if any.
        window: the window on screen.
        unfold: a ranking and the index of a hit whose files to unfold, or to fold again; this
            replaces the search.
    """

    generation: int
    text: str
    scope: Path | None
    again: bool
    keep: int | None
    window: Window
    unfold: tuple[Ranking, int] | None = None


class SearchSession:
    """Numbers the requests, so that only the answer to the newest one is shown."""

    def __init__(self, scope: Path | None = None) -> None:
        self.text = ""
        self.scope = scope
        self.generation = 0

    def ask(self, window: Window, keep: int | None = None, *, again: bool = False) -> SearchRequest:
        """Make the next request for the current text and scope."""
        self.generation += 1
        return SearchRequest(self.generation, self.text, self.scope, again, keep, window)

    def unfold(self, window: Window, keep: int | None, ranking: Ranking) -> SearchRequest:
        """Make a request to unfold the highlighted hit of a ranking."""
        request = self.ask(window, keep, again=True)
        return replace(request, unfold=(ranking, window.cursor))

    def accepts(self, generation: int) -> bool:
        """Return whether a generation is that of the newest request."""
        return generation == self.generation


def window_after_answer(
    request: SearchRequest,
    window: Window,
    total: int,
    position: int | None,
    break_at: int | None = None,
) -> Window:
    """Return the window for a new ranking, whose weak matches begin at ``break_at``.

    An unchanged query keeps the highlighted picture at the same point of the screen. A new query
    starts at the top; its highlighted picture stays highlighted if it is on the first screen.
    """
    if request.again:
        return window.reordered(total, position, break_at)
    fresh = window.restarted(total, break_at)
    if request.keep is not None and position is not None and position < fresh.stop:
        return fresh.at(position)
    return fresh
