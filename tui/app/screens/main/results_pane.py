"""The pane with the pictures: selecting them, actions on them, searching from them."""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content

from tui.app.keys.bindings import bindings
from tui.app.model.marks import Marks
from tui.app.screens.main.preview_split import PreviewSplit
from tui.app.screens.main.subscreens import show_preview, update_screens
from tui.app.screens.main.titled_frame import TitledFrame
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.notifications import SeverityLevel

    from tui.app.model.marks import How
    from tui.app.model.result_window import Move, View
    from tui.app.screens.files.actions import FileActions, PicturesPicked
    from tui.app.screens.files.trash import FilesHandled, TrashAsked
    from tui.app.screens.main.picture_selection import PictureSelection
    from tui.app.screens.main.resources import Resources
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.widgets.results import PictureHighlighted, Results, WindowMoved

    WhyNot = Callable[[Sequence[Path]], str]


class ResultsPane(Guarded, Vertical):
    """Shows the answer of the search, and acts on the marked pictures or the highlighted one.

    Args:
        resources: settings, services and state for the panes.
        scope: the folder to search first; None for the whole library.
        why_not_pick: Enter picks pictures and ends the application; this returns a sentence if
            their paths can't be printed. None if Enter opens the preview.
        search_in: searches a folder; called directly, since the next key could overtake a message.
        set_query: replaces the query; called directly, too.

    Attributes:
        marks: the marked pictures.
        is_picking: Enter picks pictures.
        split: shows the results, and the highlighted picture beside them.
        picked: the paths of the picked pictures.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("picking", "pictures")

    def __init__(
        self,
        resources: Resources,
        scope: Path | None,
        why_not_pick: WhyNot | None = None,
        *,
        search_in: Callable[[Path], object],
        set_query: Callable[[str], object],
    ) -> None:
        super().__init__()
        self.marks = Marks()
        self.is_picking = why_not_pick is not None
        self.picked: Sequence[Path] = ()
        self._why_not_pick = why_not_pick
        self._search_in = search_in
        self._set_query = set_query
        self._resources = resources
        self._scope = scope
        self._frame = TitledFrame(id="pictures")
        self._frame.show_title(Content("Pictures"))
        self.split = PreviewSplit(resources, self._frame)

    @cached_property
    def results(self) -> Results:
        """The cells with the pictures."""
        from tui.app.widgets.results import Results

        return Results(
            self._resources.thumbnails, self.marks, follow=self.split.follow, id="results"
        )

    @cached_property
    def search(self) -> SearchController:
        """The search whose answer is shown."""
        from tui.app.screens.main.search_controller import SearchController

        return SearchController(self._scope, self.results)

    @cached_property
    def selection(self) -> PictureSelection:
        """The pictures to which an action applies."""
        from tui.app.screens.main.picture_selection import PictureSelection

        notify = partial(self.notify, markup=False)
        return PictureSelection(self.marks, self.results, self.search, notify)

    @cached_property
    def actions(self) -> FileActions:
        """The actions on files."""
        from tui.app.screens.files.actions import FileActions
        from tui.app.workers.tasks import BackgroundTasks

        return FileActions(
            self,
            self._resources.settings,
            lambda: self.search.model_id,
            BackgroundTasks(self.post_message),
            open_reader=self._resources.services.open_reader,
            loaded_files=self.results.loaded_files,
        )

    def compose(self) -> ComposeResult:
        """Frames for the results and the preview."""
        yield self.split

    def fill(self) -> None:
        """Mount the cells."""
        self.split.fill(self.results, self.search.explain, open_large=self.action_open)
        self._show_marks()

    # --- showing and moving ---------------------------------------------------------------------

    def show_ranking(self) -> None:
        """Show the counts of the answer around the cells, and update other screens."""
        if self.search.ranking is not None:
            self._show_marks()
            update_screens(self.app, "follow", self.search.ranking)
        self._show_order()

    def on_window_moved(self, message: WindowMoved) -> None:
        """Look up the hits that are now visible."""
        message.stop()
        self.search.look_up(message.window)

    def on_picture_highlighted(self, _: PictureHighlighted) -> None:
        """Show the position of the highlighted picture; the main screen describes it."""
        self._show_order()

    def _show_order(self) -> None:
        self._frame.show_subtitle(Content(printable(self.search.order())))

    def _show_marks(self) -> None:
        self._frame.show_title(self.selection.title(is_picking=self.is_picking))
        self._frame.set_class(len(self.marks) > 0, "-marked")

    def _marks_changed(self) -> None:
        self.results.redraw()
        self._show_marks()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Enable picking only in pick mode."""
        return self.is_picking or action != "choose"

    async def action_move(self, move: Move, count: int | None = None) -> None:
        """Move the cursor; up from the first row, go to the search box."""
        if move == "last" and count is None:
            self.search.seek_last()
        if not self.results.move(move, count):
            await self.run_action("screen.focus_search")

    def action_choose(self) -> None:
        """Pick the marked pictures, or the highlighted one."""
        if self.results.window.total:
            self.action_act("pick")

    def on_picture_activated(self) -> None:
        """Pick or open the picture that was clicked twice."""
        if self.is_picking:
            self.action_choose()
        else:
            self.action_open()

    def action_open(self) -> None:
        """Show the highlighted picture large."""
        if self.results.window.total:
            show_preview(
                self.results,
                self.search,
                self._resources.thumbnails,
                marks=self.marks,
                act=self._act,
                closed=self._preview_closed,
            )

    def _preview_closed(self, index: int | None) -> None:
        self.results.go_to(index)
        self._marks_changed()

    def action_view(self) -> None:
        """Switch between grid and list."""
        view: View = "list" if self.results.view == "grid" else "grid"
        self.split.lay_out(view)
        self._resources.state.keep(view=view)

    # --- marks and actions ----------------------------------------------------------------------

    def action_mark(self, how: How, count: int = 1) -> None:
        """Change the selection; toggle ``count`` pictures."""
        self.selection.mark(how, count)
        self._marks_changed()

    def action_act(self, name: str) -> None:
        """Act on the marked pictures, or the highlighted one."""
        self._act(name, self.selection.current)

    def _act(self, name: str, current: int | None) -> None:
        targets = [] if name == "undo" else self.selection.targets(current)
        unlisted = self.selection.unlisted(targets, name)
        if unlisted is not None:
            self.actions.run(name, targets, unlisted=unlisted)

    def on_files_handled(self, message: FilesHandled) -> None:
        """Report the result of an action, and show it."""
        from tui.app.workers.library_monitor import LibraryChanged

        message.stop()
        severity: SeverityLevel = "warning" if message.problem else "information"
        self.notify(message.sentence, severity=severity, timeout=8, markup=False)
        if message.clipboard:
            self.app.copy_to_clipboard(message.clipboard)
        self.actions.trashing.keep(message.trashed)
        if message.trashed_ids:
            self.marks.drop(message.trashed_ids)
            self.results.drop(message.trashed_ids)
            update_screens(self.app, "drop", message.trashed_ids)
        self.results.restore(message.back)
        if message.trashed_ids or message.changed:
            self._marks_changed()
            self.post_message(LibraryChanged())
        if message.changed:
            update_screens(self.app, "look_again")

    def on_pictures_picked(self, message: PicturesPicked) -> None:
        """End with these pictures, unless their paths can't be printed."""
        message.stop()
        if self._why_not_pick and (sentence := self._why_not_pick(message.paths)):
            self.notify(sentence, severity="warning", markup=False)
            return
        self.picked = message.paths
        self.call_later(self.run_action, "app.leave")

    def on_trash_asked(self, message: TrashAsked) -> None:
        """Ask whether to move the files to the trash."""
        message.stop()
        self.actions.trashing.confirm(message)

    # --- searching from a picture ---------------------------------------------------------------

    def action_search_beside(self) -> None:
        """Search in the folder of the highlighted picture."""
        if self.results.current is not None:
            self._search_in(self.results.current.file.path.parent)

    def action_similar(self) -> None:
        """Search for pictures like the highlighted one."""
        from tui.app.model.picture_text import similar_query

        if self.results.current is None:
            return
        if text := similar_query(self.results.current.file):
            self._set_query(text)
        else:
            self.notify("Can't search by this picture: its name can't be typed.", markup=False)

    def action_same_day(self) -> None:
        """Search for pictures from the same day as the highlighted picture."""
        from tui.app.model.picture_text import same_day_query

        current = self.results.current
        if current is not None and (text := same_day_query(current.file)):
            self._set_query(text)

    def action_unfold(self) -> None:
        """Show the copies that the highlighted picture represents, or fold them again."""
        if not self.search.unfold():
            self.notify("This picture has no copies here.", markup=False)
