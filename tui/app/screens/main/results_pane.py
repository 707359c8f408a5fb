"""What is done with pictures on the main screen: marked, acted on, looked at, searched from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from textual.content import Content

from tui.app.keys.bindings import key_for
from tui.app.model.marks import Marks, chip_before
from tui.app.screens.main.layout import PanesScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.marks import How
    from tui.app.screens.file_actions import FileActions, PicturesPicked
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.screens.trash_actions import FilesHandled, TrashAsked
    from tui.app.widgets.results import Results
    from tui.app.workers.services import Services
    from tui.app.workers.state_writer import StateWriter
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.domain import Failure, Hit
    from tui.core.settings import Settings

LibraryUpdate = Literal["drop", "follow", "look_again"]
"""What the screens over this one may want to know: files are gone, there is another ranking, files
are not what they were."""


class FilesScreen(PanesScreen):
    """Routes what concerns the marked pictures, or the highlighted one.

    Attributes:
        picking: Enter chooses pictures and ends the application.
        refuse_picked: says why pictures can't be chosen.
        picked: what was chosen.
    """

    search: SearchController
    results: Results
    keeper: StateWriter
    actions: FileActions
    _services: Services
    _settings: Settings
    _thumbnails: ThumbnailLoader
    _work: BackgroundTasks

    def __init__(self) -> None:
        super().__init__()
        self.marks = Marks()
        self.picking = False
        self.refuse_picked: Callable[[Sequence[Path]], str] = lambda _: ""
        self.picked: Sequence[Path] = ()

    def equip(self) -> None:
        """Make ready what works on pictures; called once the results are there."""
        from tui.app.screens.file_actions import FileActions

        self.actions = FileActions(
            self,
            self._settings,
            self._model_id,
            self._work,
            open_reader=self._services.open_reader,
            at_hand=self.results.files_at_hand,
        )
        self.results.view = self.keeper.now.view
        self.results.picking = self.picking
        self.show_marks()

    def show_marks(self) -> None:
        """Say how many pictures are marked, wherever they are."""
        hint = f"Pictures ({key_for('picking.choose')} chooses)"
        title = Content(hint if self.picking else "Pictures")
        hidden = len(self._unlisted(self.marks)) if len(self.marks) else 0
        self._pictures.border_title = chip_before(title, len(self.marks), hidden)
        self._pictures.set_class(len(self.marks) > 0, "-marked")

    def ranking_changed(self) -> None:
        """Another answer is shown: say what is marked, and let a preview follow its picture."""
        self.show_marks()
        self._tell_other_screens("follow", self.search.ranking)

    # --- looking ------------------------------------------------------------------------------

    def on_picture_opened(self) -> None:
        """Show it large."""
        from tui.app.screens.preview import PreviewScreen

        preview = PreviewScreen(
            self._thumbnails,
            self.results.hit_at,
            self.results.window.cursor,
            self.results.window.total,
            look_up=self._look_up,
            explain=self._explain,
            marks=self.marks,
            act=self._act,
        )
        self.app.push_screen(preview, self._preview_ended)

    def on_pictures_chosen(self) -> None:
        """Look up the paths to print."""
        self.action_act("pick")

    def _preview_ended(self, place: int | None) -> None:
        self.results.go_to(place)
        self._marks_changed()

    def action_view(self) -> None:
        """Show a list instead of the grid, or the grid again."""
        view: Literal["grid", "list"] = "list" if self.results.view == "grid" else "grid"
        self.results.view = view
        self.keeper.keep(view=view)

    def action_duplicates(self) -> None:
        """Look for pictures that are there more than once."""
        from tui.app.screens.duplicates import DuplicatesScreen
        from tui.app.workers.duplicate_finder import DuplicateFinder

        scope = self.search.session.scope
        finder = DuplicateFinder(self._settings, self._model_id(), scope)
        self.app.push_screen(DuplicatesScreen(self._thumbnails, finder.find, self.actions, scope))

    def action_failures(self) -> None:
        """List the files that could not be indexed."""
        from tui.app.screens.failures import FailuresScreen

        scope = self.search.session.scope
        self.app.push_screen(FailuresScreen(self._read_failures, self.actions, scope))

    def _read_failures(self, limit: int) -> Sequence[Failure]:
        with self._services.open_reader(self._settings) as library:
            return library.failures(limit, self.search.session.scope)

    # --- marks and actions --------------------------------------------------------------------

    def action_mark(self, how: How) -> None:
        """Mark pictures; one that is marked makes way for the next."""
        ranking, place = self.search.ranking, self.results.window.cursor
        if how == "clear":  # also those that are not among these results
            self.marks.change(how, [], place)
        elif ranking is None or not len(ranking):
            return
        elif how == "toggle":
            if self.results.current is not None:
                self.marks.change(how, [self.results.current.file.file_id], 0)
                self.results.step()
        elif not self.search.rank_all():
            self.notify("All results are being ranked; press the key again.", markup=False)
            return
        else:
            self.marks.change(how, ranking.file_ids.tolist(), place)
        self._marks_changed()

    def action_act(self, name: str) -> None:
        """Do something with the marked pictures, or the highlighted one."""
        current = self.results.current
        self._act(name, None if current is None else current.file.file_id)

    def on_files_handled(self, message: FilesHandled) -> None:
        """Say what was done, and show it."""
        severity: Literal["information", "warning"] = (
            "warning" if message.problem else "information"
        )
        self.notify(message.sentence, severity=severity, timeout=8, markup=False)
        if message.clipboard:
            self.app.copy_to_clipboard(message.clipboard)
        self.actions.trashing.keep(message.trashed)
        if message.gone:
            self.marks.drop(message.gone)
            self.results.drop(message.gone)
            self._tell_other_screens("drop", message.gone)
        self.results.restore(message.back)
        if message.gone or message.changed:
            self._marks_changed()
            self._look_again()
        if message.changed:
            self._tell_other_screens("look_again")

    def on_pictures_picked(self, message: PicturesPicked) -> None:
        """End with these, unless they can't be printed so that each is one."""
        if sentence := self.refuse_picked(message.paths):
            self.notify(sentence, severity="warning", markup=False)
            return
        self.picked = message.paths
        self.call_later(self.run_action, "app.leave")

    def on_trash_asked(self, message: TrashAsked) -> None:
        """Ask whether the files shall go."""
        self.actions.trashing.confirm(message)

    def _act(self, name: str, current: int | None) -> None:
        ranking = self.search.ranking
        order = [] if ranking is None or not len(self.marks) else ranking.file_ids.tolist()
        targets = [] if name == "undo" else self.marks.targets(order, current)
        unlisted = self._unlisted(targets) if name == "trash" else set()
        if unlisted and not self.search.rank_all():
            self.notify("All results are being ranked; press the key again.", markup=False)
            return
        self.actions.run(name, targets, unlisted=unlisted)

    def _unlisted(self, file_ids: Iterable[int]) -> set[int]:
        """Return those that are not among the results, as far as these are ranked."""
        import numpy as np

        ranking, numbers = self.search.ranking, np.fromiter(file_ids, np.int64)
        if ranking is None or not len(numbers):
            return set(numbers.tolist())
        listed = ranking.file_ids if ranking.groups is None else ranking.groups.file_ids
        return set(numbers[~np.isin(numbers, listed)].tolist())

    def _marks_changed(self) -> None:
        self.results.redraw()
        self.show_marks()

    def _tell_other_screens(
        self, what: Literal["drop", "follow", "look_again", "library_changed"], *news: Any
    ) -> None:
        for screen in self.app.screen_stack:
            hear: Any = getattr(screen, what, None)
            if hear is not None:
                hear(*news)

    # --- searching from a picture ---------------------------------------------------------------

    def action_search_beside(self) -> None:
        """Search in the folder of the highlighted picture."""
        if self.results.current is not None:
            self._search_in(self.results.current.file.path.parent)

    def action_similar(self) -> None:
        """Search for pictures like the highlighted one."""
        from tui.core.formatting import printable
        from tui.search.query.terms import Term

        if self.results.current is None:
            return
        path = str(self.results.current.file.path)
        if printable(path) != path:
            self.notify("Its name can't be typed, so it can't be searched by.", markup=False)
            return
        self._ask_for(str(Term("", like=path)))

    def action_unfold(self) -> None:
        """Show the copies that the highlighted picture stands for, or fold them again."""
        if not self.search.unfold():
            self.notify("This picture has no copies here.", markup=False)

    def action_same_day(self) -> None:
        """Search for pictures of the highlighted one's day."""
        from tui.app.model.status_text import date_text

        if self.results.current is not None:
            day = date_text(self.results.current.file)[:10]
            if day:
                self._ask_for(f"on:{day}")

    def _ask_for(self, text: str) -> None:
        self.query_input.value = text
        self.query_input.cursor_position = len(text)

    # --- what the main screen has ---------------------------------------------------------------

    def _model_id(self) -> str:
        engine = self.search.engine
        return "" if engine is None else engine.model_id

    def _look_up(self, place: int) -> Hit | None:
        """Return a hit that is not at hand; in a thread."""
        ranking = self.search.ranking
        with self.search.lent_engine() as engine:
            if engine is None or ranking is None:
                return None
            return next(iter(engine.hits(ranking, place, place + 1)), None)

    def _explain(self, hit: Hit) -> Sequence[tuple[str, float]]:
        """Return how like each term of the search a hit is; in a thread."""
        ranking = self.search.ranking
        with self.search.lent_engine() as engine:
            if engine is None or ranking is None:
                return ()
            return engine.explain(ranking, hit).matches

    def _search_in(self, folder: Path | None) -> None:
        raise NotImplementedError

    def _look_again(self) -> None:
        raise NotImplementedError

    def _show_order(self) -> None:
        raise NotImplementedError
