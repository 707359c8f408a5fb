"""Loads the model, and reads from the library once at the start; runs in threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.workers.error_log import reported
from tui.app.workers.tasks import LibraryMessage
from tui.core.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.app.workers.services import Services
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine
    from tui.search.library_reader import LibraryReader
    from tui.search.query.completion import Vocabulary


@dataclass
class FirstRun(LibraryMessage):
    """The library is empty; ``clip_bytes`` is the download size of CLIP."""

    clip_bytes: int


@dataclass
class WordsRead(Message):
    """The completions of the library have been read."""

    vocabulary: Vocabulary


@dataclass
class ModelReady(LibraryMessage):
    """The text tower is attached, so searches are semantic."""


@dataclass
class ModelOpened(LibraryMessage):
    """Another model and its text tower have been opened.

    Attributes:
        settings: with the name of the model.
        engine: searches with the model.
        caught_up: as many pictures are embedded with it as with the model in use.
        roots: the indexed folders.
        choice: the number of the choice; only the newest one counts.
    """

    settings: Settings
    engine: SearchEngine
    caught_up: bool
    roots: Sequence[Path]
    choice: int


@dataclass
class ModelFailed(LibraryMessage):
    """The chosen model can't be opened; ``sentence`` and ``away`` are as in `WorkerFailed`."""

    choice: int
    sentence: str
    away: bool = False


@dataclass
class ModelCaughtUp(LibraryMessage):
    """All pictures are embedded with the waiting model."""

    choice: int


@dataclass
class EstimateMade(LibraryMessage):
    """How long it takes to index this library with a model; ``text`` is empty if unknown."""

    name: str
    text: str


def estimate(settings: Settings, services: Services, name: str) -> Iterator[Message]:
    """Estimate how long it takes to index what a downloaded model has not indexed yet."""
    rows = services.list_models(settings)
    text = next((row.cost_text for row in rows if row.spec.name == name), "")
    yield EstimateMade(name, text)


def look_for_first_run(settings: Settings, services: Services) -> Iterator[Message]:
    """Check whether the library is empty."""
    from tui.models.registry import find_model

    with services.open_reader(settings) as library:
        is_empty = not library.count(None)
    if is_empty:
        yield FirstRun(find_model("clip", settings).download_bytes or 0)


def read_words(settings: Settings, services: Services) -> Iterator[Message]:
    """Read the completions of the library: folders, cameras, formats."""
    yield WordsRead(services.read_words(settings))


def open_model(settings: Settings, services: Services, engine: SearchEngine) -> Iterator[Message]:
    """Load the text tower and attach it to the engine."""
    engine.attach(services.open_text(settings))
    yield ModelReady()


def open_next(
    settings: Settings, services: Services, present: str, choice: int
) -> Iterator[Message]:
    """Open another model, and check whether all pictures are embedded with it.

    A failure is also a message, since it concerns only this choice.

    Args:
        settings: with the name of the model.
        services: open the model.
        present: the id of the model in use, for comparison.
        choice: the number of the choice, which the message carries.
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
    """Check again whether all pictures are embedded with a waiting model."""
    with services.open_reader(model.settings) as library:
        caught_up = _has_caught_up(library, model.engine, present)
    if caught_up:
        model.engine.refresh()
        yield ModelCaughtUp(model.choice)


def _has_caught_up(library: LibraryReader, engine: SearchEngine, present: str) -> bool:
    return library.count(None, engine.model_id) >= library.count(None, present)
