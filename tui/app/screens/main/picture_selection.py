"""The pictures that an action is about: the marked ones, or the highlighted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from tui.app.keys.bindings import key_for
from tui.app.model.marks import Marks, chip_before

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.model.marks import How
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.widgets.results import Results


class PictureSelection:
    """Changes the selection and returns the files to which an action applies.

    Args:
        marks: the marked files.
        results: has the highlighted picture.
        search: has the ranking.
        notify: shows a sentence to the user.
    """

    def __init__(
        self,
        marks: Marks,
        results: Results,
        search: SearchController,
        notify: Callable[[str], object],
    ) -> None:
        self._marks = marks
        self._results = results
        self._search = search
        self._notify = notify

    @property
    def current(self) -> int | None:
        """The number of the highlighted file."""
        current = self._results.current
        return None if current is None else current.file.file_id

    def title(self, *, is_picking: bool) -> Content:
        """Return the title of the pictures, with the number of marked ones."""
        hint = f"Pictures ({key_for('picking.choose')} chooses)"
        title = Content(hint if is_picking else "Pictures")
        ranking, hidden = self._search.ranking, 0
        if len(self._marks) and (ranking is None or ranking.walk is None):
            hidden = len(self._search.unlisted(self._marks))  # others may be below a walk
        return chip_before(title, len(self._marks), hidden)

    def mark(self, how: How, count: int = 1) -> None:
        """Change the selection.

        Args:
            how: ``toggle`` moves the cursor to the next picture.
            count: how many pictures to toggle, from the highlighted one.
        """
        ranking, cursor = self._search.ranking, self._results.window.cursor
        if how == "clear":  # also those that are not among these results
            self._marks.change(how, [], cursor)
        elif ranking is None or not len(ranking):
            return
        elif how == "toggle":
            self._toggle(count)
        elif self._rank_all():
            self._marks.change(how, ranking.file_ids.tolist(), cursor)

    def _toggle(self, count: int) -> None:
        for _ in range(count):
            cursor = self._results.window.cursor
            if self.current is not None:
                self._marks.change("toggle", [self.current], 0)
                self._results.step()
            if cursor == self._results.window.cursor:
                break  # the last picture, or one that is not loaded

    def targets(self, current: int | None) -> list[int]:
        """Return the marked files in the order of the ranking, or the current one."""
        ranking = self._search.ranking
        order = [] if ranking is None or not len(self._marks) else ranking.file_ids.tolist()
        return self._marks.targets(order, current)

    def unlisted(self, targets: list[int], action: str) -> set[int] | None:
        """Return the targets that are not among the results; None if these are still ranked.

        Only the trash asks about such targets. But if hits are listed in parts, every action waits
        for all of them, since it handles its targets in the order of the hits.
        """
        ranking = self._search.ranking
        if action != "trash" and (ranking is None or ranking.walk is None):
            return set()
        unlisted = self._search.unlisted(targets)
        return None if unlisted and not self._rank_all() else unlisted

    def _rank_all(self) -> bool:
        is_ranked = self._search.rank_all()
        if not is_ranked:
            self._notify("All results are being ranked; press the key again.")
        return is_ranked
