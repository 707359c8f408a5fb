"""Opening the model, and what else is read of the library once; in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.messages import (
    FirstRun,
    ModelCaughtUp,
    ModelOpened,
    ModelReady,
    WordsRead,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message import Message

    from tui.app.services import Services
    from tui.config import Settings
    from tui.search.interface import LibraryReader, SearchEngine


def look_for_first_run(settings: Settings, services: Services) -> Iterator[Message]:
    """See whether there is a library already."""
    from tui.models.registry import find_model

    with services.open_reader(settings) as library:
        is_empty = not library.count(None)
    if is_empty:
        yield FirstRun(find_model("clip", settings).download_bytes or 0)


def read_words(settings: Settings, services: Services) -> Iterator[Message]:
    """Read what a query can go on with: folders, cameras, formats."""
    yield WordsRead(services.read_words(settings))


def open_model(settings: Settings, services: Services, engine: SearchEngine) -> Iterator[Message]:
    """Load the text tower and give it to the engine."""
    engine.attach(services.open_text(settings))
    yield ModelReady()


def open_next(settings: Settings, services: Services, present: str) -> Iterator[Message]:
    """Open another model, and see whether it has read what the ``present`` one has."""
    engine = services.open_engine(settings)
    engine.attach(services.open_text(settings))
    with services.open_reader(settings) as library:
        caught_up = _has_caught_up(library, engine, present)
        roots = tuple(library.roots())
    yield ModelOpened(settings, engine, caught_up, roots)


def look_at_next(model: ModelOpened, services: Services, present: str) -> Iterator[Message]:
    """See whether a model that waits has read what the ``present`` one has."""
    with services.open_reader(model.settings) as library:
        caught_up = _has_caught_up(library, model.engine, present)
    if caught_up:
        model.engine.refresh()
        yield ModelCaughtUp()


def _has_caught_up(library: LibraryReader, engine: SearchEngine, present: str) -> bool:
    return library.count(None, engine.model_id) >= library.count(None, present)
