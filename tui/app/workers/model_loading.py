"""Opening the model, and what else is read of the library once; in the background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.workers.error_log import reported
from tui.app.workers.tasks import LibraryMessage
from tui.core.domain import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.app.workers.services import Services
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine
    from tui.search.library_reader import LibraryReader
    from tui.search.query.completion import Vocabulary


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


def open_next(
    settings: Settings, services: Services, present: str, choice: int
) -> Iterator[Message]:
    """Open another model, and see whether it has read what the ``present`` one has.

    A failure is a message as well, since it concerns this choice alone.

    Args:
        settings: with the model's name.
        services: open it.
        present: the model that answers now.
        choice: the number of the choice, which comes back with the answer.
    """
    try:
        yield _opened(settings, services, present, choice)
    except Exception as error:
        yield ModelFailed(choice, reported(error), away=isinstance(error, ServerError))


def _opened(settings: Settings, services: Services, present: str, choice: int) -> ModelOpened:
    engine = services.open_engine(settings)
    try:
        engine.attach(services.open_text(settings))
        with services.open_reader(settings) as library:
            caught_up = _has_caught_up(library, engine, present)
            roots = tuple(library.roots())
    except BaseException:
        engine.close()
        raise
    return ModelOpened(settings, engine, caught_up, roots, choice)


def look_at_next(model: ModelOpened, services: Services, present: str) -> Iterator[Message]:
    """See whether a model that waits has read what the ``present`` one has."""
    with services.open_reader(model.settings) as library:
        caught_up = _has_caught_up(library, model.engine, present)
    if caught_up:
        model.engine.refresh()
        yield ModelCaughtUp(model.choice)


def _has_caught_up(library: LibraryReader, engine: SearchEngine, present: str) -> bool:
    return library.count(None, engine.model_id) >= library.count(None, present)


@dataclass
class FirstRun(LibraryMessage):
    """The library is empty, and nobody has been welcomed yet; ``clip_bytes`` is CLIP's size."""

    clip_bytes: int


@dataclass
class WordsRead(Message):
    """The words of the library came that a query can go on with."""

    vocabulary: Vocabulary


@dataclass
class ModelReady(LibraryMessage):
    """The text tower is attached; from now on searches are by meaning."""


@dataclass
class ModelOpened(LibraryMessage):
    """Another model was opened, with its text tower.

    Attributes:
        settings: with its name.
        engine: searches with it.
        caught_up: it has read as many pictures as the one that answers until now.
        roots: the folders of the library.
        choice: the number of the user's choice; only the newest one counts.
    """

    settings: Settings
    engine: SearchEngine
    caught_up: bool
    roots: Sequence[Path]
    choice: int


@dataclass
class ModelFailed(LibraryMessage):
    """The model of a choice can't be opened; ``sentence`` and ``away`` are as in `WorkerFailed`."""

    choice: int
    sentence: str
    away: bool = False


@dataclass
class ModelCaughtUp(LibraryMessage):
    """The model that was chosen, and has waited since, has read all pictures."""

    choice: int
