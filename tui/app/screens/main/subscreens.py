"""Opens and updates the screens that cover the main screen for a while."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.app import App

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.marks import Marks
    from tui.app.screens.files.actions import FileActions
    from tui.app.screens.main.resources import Resources
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.screens.main.search_pane import SearchPane
    from tui.app.screens.models.downloads import ModelDownloads
    from tui.app.screens.models.switcher import ModelSwitcher
    from tui.app.screens.welcome import WelcomeChoice
    from tui.app.widgets.results import Results
    from tui.app.workers.model_download import ModelDownload
    from tui.app.workers.model_loading import FirstRun
    from tui.core.domain import Failure

Update = Literal["drop", "follow", "look_again", "library_changed", "pictures_indexed"]
"""The method that a screen may have to hear that files were removed, that there is another ranking,
that files have changed, that an indexing run has ended, or that it has indexed pictures."""


def update_screens(app: App[Any], update: Update, *arguments: Any) -> None:
    """Call the method of that name of every screen that has it."""
    for screen in app.screen_stack:
        method: Any = getattr(screen, update, None)
        if method is not None:
            method(*arguments)


def show_preview(
    results: Results,
    search: SearchController,
    thumbnails: ThumbnailLoader,
    *,
    marks: Marks,
    act: Callable[[str, int | None], object],
    closed: Callable[[int | None], None],
) -> None:
    """Show the highlighted picture large.

    Args:
        results: the pictures, through which the preview steps.
        search: looks up the other pictures.
        thumbnails: draws the picture.
        marks: the marked pictures.
        act: acts on the marked pictures, or the shown one.
        closed: called with the index of the last picture that was shown.
    """
    from tui.app.screens.preview.screen import PreviewScreen

    preview = PreviewScreen(
        thumbnails,
        results.hit_at,
        results.window.cursor,
        results.window.total,
        look_up=search.hit_at,
        explain=search.explain,
        marks=marks,
        act=act,
        ranking=search.ranking,
    )
    results.app.push_screen(preview, closed)


def show_duplicates(
    app: App[Any], resources: Resources, search: SearchController, actions: FileActions
) -> None:
    """Find duplicates in the searched folder."""
    from tui.app.screens.duplicates.screen import DuplicatesScreen
    from tui.app.workers.duplicate_finder import DuplicateFinder

    scope = search.session.scope
    finder = DuplicateFinder(resources.settings, search.model_id, scope)
    app.push_screen(DuplicatesScreen(resources.thumbnails, finder.find, actions, scope))


def show_failures(
    app: App[Any], resources: Resources, search: SearchController, actions: FileActions
) -> None:
    """List the files that could not be indexed."""
    from tui.app.screens.failures import FailuresScreen

    scope, settings = search.session.scope, resources.settings

    def read(limit: int) -> Sequence[Failure]:
        with resources.services.open_reader(settings) as library:
            return library.failures(limit, scope)

    app.push_screen(FailuresScreen(read, actions, scope))


def show_models(
    app: App[Any],
    models: ModelSwitcher,
    downloads: ModelDownloads,
    resources: Resources,
    name: str = "",
) -> None:
    """List the models, with the cursor on one of them; without a name, on the one in use."""
    from tui.app.screens.models.screen import ModelsScreen

    def choose(name: str | None) -> None:
        if name is not None:
            models.choose(name)

    read = partial(resources.services.list_models, models.settings)
    app.push_screen(ModelsScreen(read, downloads.download, downloads.problems, name), choose)


def show_download(app: App[Any], download: ModelDownload | None) -> bool:
    """Show a download in the list of models; return False if the list is closed."""
    from tui.app.screens.models.screen import ModelsScreen

    screens = [screen for screen in app.screen_stack if isinstance(screen, ModelsScreen)]
    for screen in screens:
        screen.show_pull(download)
    return bool(screens)


def show_welcome(
    pane: SearchPane, message: FirstRun, begin: Callable[[str], Awaitable[object]]
) -> None:
    """Show the welcome screen and ask for a model.

    Args:
        pane: receives the keys that are typed meanwhile.
        message: contains the size of CLIP.
        begin: called with the name of the model to download; empty for none.
    """
    from tui.app.screens.welcome import WelcomeScreen

    async def chosen(choice: WelcomeChoice | None) -> None:
        await begin("clip" if choice == "clip" else "")

    size = f"{message.clip_bytes / 1e6:,.0f} MB"
    pane.app.push_screen(WelcomeScreen(size, pane.query_input.type_on), chosen)
