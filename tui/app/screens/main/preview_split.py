"""The results, and the preview pane beside them where there is room for it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content

from tui.app.screens.main.titled_frame import TitledFrame
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from tui.app.model.result_window import View
    from tui.app.screens.main.resources import Resources
    from tui.app.screens.preview.details import Explain
    from tui.app.screens.preview.pane import PreviewPane
    from tui.app.widgets.results import Results

WIDE = 160
"""The columns of a window that shows the pane unless the user has hidden it."""
LEAST_COLUMNS, LEAST_ROWS = 48, 10
"""The least size of results and pane together."""
_NO_ROOM = (
    f"The preview pane needs {LEAST_COLUMNS} columns and {LEAST_ROWS} rows beside the folders. "
    "Enlarge the window."
)


class PreviewSplit(Guarded, Horizontal):
    """Shows the preview pane in a wide window, unless the user has decided otherwise.

    Args:
        resources: contain the stored choice of the user.
        results_frame: frames the results.
    """

    def __init__(self, resources: Resources, results_frame: TitledFrame) -> None:
        super().__init__()
        self._resources = resources
        self._results_frame = results_frame
        self._results: Results | None = None
        self._pane: PreviewPane | None = None
        self._frame = TitledFrame(id="preview-pane")
        self._frame.show_title(Content("Preview"))
        # The first frame is laid out like the next ones; the room beside the folders is not known.
        columns, rows = shutil.get_terminal_size()
        self._frame.display = shows_preview(resources.stored.preview, columns, columns, rows)

    def compose(self) -> ComposeResult:
        """Yield the frames, which are empty in the first frame."""
        yield from (self._results_frame, self._frame)

    def fill(self, results: Results, explain: Explain, *, open_large: Callable[[], object]) -> None:
        """Mount the results and the pane, which follows their cursor.

        Args:
            results: the results.
            explain: explains the score of a hit; called in a thread.
            open_large: shows an enlarged view of the highlighted picture.
        """
        from tui.app.screens.preview.pane import PreviewPane

        thumbnails = self._resources.thumbnails
        self._results = results
        self._pane = PreviewPane(thumbnails, results, self._frame, explain, open_large=open_large)
        self._frame.mount(self._pane)
        self._results_frame.mount(results)
        self.lay_out(self._resources.state.now.view)

    def follow(self) -> None:
        """Show the highlighted picture, if it is another one or looks different."""
        if self._pane is not None:
            self._pane.follow()

    def lay_out(self, view: View) -> None:
        """Arrange the results for a view, with the preview pane or without."""
        choice = self._resources.state.now.preview
        self._frame.display = self._shows_preview(choice)
        if self._results is not None:
            self._results.lay_out(view, beside_preview=self._frame.display)

    def on_resize(self) -> None:
        """Show the preview pane if there is room for it."""
        if self._results is not None:
            self.lay_out(self._results.view)

    def toggle_preview(self) -> None:
        """Show or hide the preview pane, and store the choice."""
        shown = not self._frame.display
        if shown and not self._shows_preview(True):
            self.notify(_NO_ROOM, markup=False)
            return
        self._resources.state.keep(preview=choice_to_store(shown, self.app.size.width))
        self.on_resize()

    def _shows_preview(self, choice: bool | None) -> bool:
        return shows_preview(choice, self.app.size.width, *self.size)


def shows_preview(choice: bool | None, window_columns: int, columns: int, rows: int) -> bool:
    """Return whether to show the pane.

    Args:
        choice: of the user; None if there is none.
        window_columns: the width of the window.
        columns: the width of results and pane together.
        rows: their height.
    """
    if columns < LEAST_COLUMNS or rows < LEAST_ROWS:
        return False
    return window_columns >= WIDE if choice is None else choice


def choice_to_store(shown: bool, window_columns: int) -> bool | None:
    """Return what to store when the user shows or hides the pane.

    Showing it in a wide window, which shows it automatically, restores the default.
    """
    return None if shown and window_columns >= WIDE else shown
