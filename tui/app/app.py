"""The application: its screen, its terminal, and the handling of unexpected exceptions."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App

from tui.app.keys.bindings import bindings, shown_key
from tui.app.keys.key_router import KeyRouter
from tui.app.model.app_state import AppState
from tui.app.screens.main.resources import Resources
from tui.app.screens.main.screen import MainScreen
from tui.app.terminal.capabilities import cell_from_driver
from tui.app.terminal.clusters import steady_driver
from tui.app.terminal.images import ImageSupport
from tui.app.terminal.input_thread import waiting_driver
from tui.app.terminal.painting.painter import Painter
from tui.app.terminal.shutdown import leave_on_signals
from tui.app.theme import DARK, LIGHT, theme_for
from tui.app.workers.error_log import reported, use_log
from tui.app.workers.guard import FAILED, Guarded, Patience
from tui.core.formatting import printable_lines

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType
    from textual.binding import Binding, BindingType
    from textual.screen import Screen

    from tui.app.graphics.sixel_screen import SixelScreen
    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.screens.main.results_pane import WhyNot
    from tui.app.terminal.idle_gc import IdleCollector
    from tui.app.workers.services import Services
    from tui.core.settings import Settings


class PhotoseekApp(Guarded, App[None]):
    """Find pictures by what they show.

    Args:
        settings: the settings of this run.
        folder: the folder to search first, absolute; None for the whole library.
        services: the functions of other rooms; tests replace parts of them.
        images: how pictures are drawn.
        memory: the stored state of earlier runs.
        why_not_pick: as in `ResultsPane`.

    Attributes:
        resources: settings, services and state for the panes of the main screen.
        errors: unexpected exceptions.
        key_router: runs the actions of keys.
        last_words: the reason why the application had to end; empty if the user ended it.
    """

    TITLE = "photoseek"
    CSS_PATH = "photoseek.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("anywhere")

    def __init__(
        self,
        settings: Settings,
        folder: Path | None = None,
        *,
        services: Services | None = None,
        images: ImageSupport | None = None,
        memory: AppState | None = None,
        why_not_pick: WhyNot | None = None,
    ) -> None:
        # With the terminal's own colours, Textual honours NO_COLOR by sending none at all.
        super().__init__(ansi_color=True if os.environ.get("NO_COLOR") else None)
        self._settings = settings
        use_log(settings.data_dir)
        self._images = images or ImageSupport("halfcell")
        if self._images.meter is not None:
            from tui.app.terminal.bandwidth import metered_driver

            self.driver_class = metered_driver(self.driver_class, self._images.meter)
        self._painter = Painter(self, self._images)
        self._sixels: SixelScreen | None = None
        if self._images.protocol == "sixel":
            from tui.app.graphics.sixel_screen import SixelScreen, SixelsReady, drawing_sixels

            self._sixels = SixelScreen(wake=lambda: self.post_message(SixelsReady()))
            self.driver_class = drawing_sixels(self.driver_class, self._sixels)
        self.driver_class = waiting_driver(steady_driver(self.driver_class))
        self._thumbnails: ThumbnailLoader | None = None
        self.errors: list[Exception] = []
        self.last_words = ""
        self.key_router = KeyRouter(self)
        self._patience = Patience()
        self._begun = False
        self._collector: IdleCollector | None = None
        self._early: list[events.Event] = []
        self._services = services
        state = memory or AppState()
        self.resources = Resources(
            settings,
            state,
            services=self._make_services,
            thumbnails=self._make_thumbnails,
            post=lambda message: self.main.post_message(message),  # noqa: PLW0108 - made next
        )
        self.main = MainScreen(self.resources, folder, why_not_pick)
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        is_available = state.theme in self.available_themes
        self.theme = state.theme if is_available else theme_for(os.environ)

    def watch_theme(self, theme: str) -> None:
        """Store the user's choice."""
        if self._begun:
            self.resources.state.keep(theme=theme)

    def _make_services(self) -> Services:
        from tui.app.workers.services import default_services

        return self._services or default_services()

    def _make_thumbnails(self) -> ThumbnailLoader:
        from tui.app.graphics.thumbnail_loader import ThumbnailLoader, disk_cache

        cache = disk_cache(self._settings)
        self._thumbnails = ThumbnailLoader(
            self._images, send=self._send, cache=cache, sixels=self._sixels
        )
        return self._thumbnails

    def on_resize(self, event: events.Resize) -> None:
        """Paint the whole screen, as after another program; adapt pictures to a new font."""
        self._painter.forget()
        if event.size == self._painter.size:
            self.refresh()  # otherwise its new layout paints it
        cell = None if self.is_headless else cell_from_driver()
        if self._thumbnails is None or cell is None or not self._thumbnails.fit(cell):
            return
        if self._sixels is not None:
            self.action_redraw()

    def action_redraw(self) -> None:
        """Send the whole screen again, for example after another program wrote over it."""
        if self._sixels is not None:
            self._send(self._sixels.cleared())
        self._painter.forget()
        self.refresh()

    def action_refresh_library(self) -> None:
        """Read the library and the open folders again, and send the whole screen again."""
        self.main.library.refresh()
        self.action_redraw()

    def on_sixels_ready(self) -> None:
        """Draw the parts of pictures that had to be encoded first."""
        if self._sixels is not None:
            self._send(self._sixels.late())

    def notify(self, message: str, **options: Any) -> None:
        """Show a notification, whose text may contain names from files and servers."""
        super().notify(printable_lines(message), **options)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Send what an update changes; Textual calls this for each update."""
        super()._display(screen, self._painter.changes(renderable))

    def _send(self, text: str) -> None:
        if self._driver is not None:
            self._driver.write(self._images.wire(text))

    async def on_event(self, event: events.Event) -> None:
        """Store the keys that are typed before the search box is mounted."""
        if self._collector is not None and isinstance(event, events.InputEvent):
            self._collector.note_input()
        if isinstance(event, events.CursorPosition) and self._images.meter is not None:
            self._images.meter.answered()
            self._painter.flush()
            self._send("")  # with the next query, if one is due
        early = isinstance(event, events.Key | events.Paste) and not self._begun
        if early and not event.is_forwarded:
            self._early.append(event)
        else:
            await super().on_event(event)

    def get_default_screen(self) -> Screen[None]:
        """Return the main screen."""
        return self.main

    def on_load(self) -> None:
        """Install the handlers of signals and failed threads, before the screen is used."""
        if not self.is_headless:
            leave_on_signals(self._leave)
            threading.excepthook = self._thread_failed
            asyncio.get_running_loop().set_exception_handler(self._task_failed)

    def _thread_failed(self, failed: threading.ExceptHookArgs) -> None:
        error = failed.exc_value
        if self._begun and isinstance(error, Exception):
            self.resources.tasks.report("screen", error)

    def _task_failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            self._handle_exception(error)

    def on_ready(self) -> None:
        """Load the heavy modules after the first frame."""
        if not gc.isenabled():  # the command line disabled it to start faster
            from tui.app.terminal.idle_gc import IdleCollector

            self._collector = IdleCollector(self.set_timer)
            self._collector.start()
        self.main.begin(typed="".join(filter(str.isprintable, self._images.typed)))
        self._begun = True
        for event in self._early:
            self.post_message(event)
        if self._images.meter is not None:
            self._images.meter.open()

    def _handle_exception(self, error: Exception) -> None:
        """Continue after an unexpected exception, or exit with a sentence.

        Textual calls this for every handler, timer and callback.
        """
        self.errors.append(error)
        if self._begun and self._running and not self._exit and self._patience.lasts():
            self.resources.tasks.report("screen", error)
        else:
            self._end_on(error)

    def _end_on(self, error: Exception) -> None:
        if not self.last_words:
            self.last_words = reported(error)
        if self._exception is None:  # so that a test which drives the application fails
            self._exception = error
            self._exception_event.set()
        self._return_code = FAILED
        with suppress(Exception):
            self.main.leave()
        self._close_messages_no_wait()

    def action_leave(self) -> None:
        """Quit at once."""
        self._leave(0)

    def _leave(self, code: int) -> None:
        self.main.leave()
        self.exit(return_code=code)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Run the action of a key; Textual calls this for each key."""
        return await self.key_router.run(key, priority=priority)

    def action_command_palette(self) -> None:
        """Open the command palette for this screen."""
        from tui.app.screens.palette import open_palette

        open_palette(self, is_picking=self.main.results_pane.is_picking)

    def search_themes(self) -> None:
        """List the themes."""
        from tui.app.screens.palette import open_themes

        open_themes(self)

    def action_settings(self) -> None:
        """Show the path of the settings file."""
        from tui.app.model.status_text import shown_path
        from tui.core.settings_file import active_config_file

        file = shown_path(active_config_file())
        sentence = f"Settings are in {file}. Run “photoseek config --edit” to change them."
        self.notify(sentence, timeout=20, markup=False)

    def action_help(self) -> None:
        """Show the keys, or the search syntax while the search box has the focus."""
        from tui.app.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            typing = self.focused is self.main.search_pane.query_input
            self.push_screen(HelpScreen("syntax" if typing else "keys"))

    def get_key_display(self, binding: Binding) -> str:
        """Name keys in the footer as the help does."""
        return shown_key(binding.key)
