"""What is being searched: the text, the folder and the number of the newest question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app.model.result_window import Window
    from tui.search.ranking.ranking import Ranking


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One question to the search worker.

    Attributes:
        generation: its number; answers to older ones are dropped.
        text: what was typed.
        scope: the folder to search, None for the whole library.
        again: the same question as before, since the library or the model changed.
        keep: the file that shall stay highlighted, if any.
        window: what is on screen now.
        unfold: show the files that a hit of this ranking stands for, or fold them again; nothing
            else is asked.
    """

    generation: int
    text: str
    scope: Path | None
    again: bool
    keep: int | None
    window: Window
    unfold: tuple[Ranking, int] | None = None


class SearchSession:
    """Numbers the questions, so that only the newest one's answer is shown."""

    def __init__(self, scope: Path | None = None) -> None:
        self.text = ""
        self.scope = scope
        self.generation = 0

    def ask(self, window: Window, keep: int | None = None, *, again: bool = False) -> SearchRequest:
        """Make the next question of the present text and scope."""
        self.generation += 1
        return SearchRequest(self.generation, self.text, self.scope, again, keep, window)

    def unfold(self, window: Window, keep: int | None, ranking: Ranking) -> SearchRequest:
        """Make a question of the files that the highlighted hit of an answer stands for."""
        request = self.ask(window, keep, again=True)
        return replace(request, unfold=(ranking, window.cursor))

    def accepts(self, generation: int) -> bool:
        """Whether an answer is to the newest question."""
        return generation == self.generation


def window_after_answer(
    request: SearchRequest, window: Window, total: int, position: int | None
) -> Window:
    """Where the window and the cursor go when a ranking came.

    The same question keeps the highlighted picture and its place on screen. A new one starts at
    the top, with the highlighted picture kept while it is still on the first screen.
    """
    if request.again:
        return window.reordered(total, position)
    fresh = window.restarted(total)
    if request.keep is not None and position is not None and position < fresh.size:
        return fresh.at(position)
    return fresh
