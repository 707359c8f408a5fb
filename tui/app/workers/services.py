"""The functions of other rooms that the app calls, which tests replace.

Every import here is deferred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tui.core.domain import TextEmbedder
    from tui.core.settings import Settings
    from tui.models.runtime.spec import ModelSpec
    from tui.search.engine import SearchEngine
    from tui.search.library_reader import LibraryReader
    from tui.search.query.completion import Vocabulary


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A row of the list of models.

    Attributes:
        spec: the model.
        is_downloaded: its weights are on this machine.
        current: it is in use.
        embedded: the number of pictures embedded with it; 0 while the library is unavailable.
        total: the number of pictures in the library; 0 while it is unavailable.
        duration: how long indexing the others takes on this machine; empty if it is unknown.
    """

    spec: ModelSpec
    is_downloaded: bool
    current: bool
    embedded: int
    total: int = 0
    duration: str = ""

    @property
    def cost_text(self) -> str:
        """What the model has yet to index, and how long that takes; empty if it has all."""
        from tui.core.formatting import plural

        remaining = self.total - self.embedded
        if remaining <= 0:
            return ""
        return ", ".join(filter(None, (plural(remaining, "picture"), self.duration)))


def list_models(settings: Settings) -> list[ModelRow]:
    """Return the presets, and the model in use if it is another."""
    from tui.models.presets import MODELS
    from tui.models.registry import find_model, is_installed
    from tui.models.speed import estimate_text

    current = find_model(settings.model, settings)
    offered = [current if spec.model_id == current.model_id else spec for spec in MODELS]
    if current not in offered:
        offered.append(current)
    read = _count_by_model(settings, offered)
    total = read.get("", 0)
    return [
        ModelRow(
            spec,
            is_installed(spec),
            spec is current,
            embedded := read.get(spec.model_id, 0),
            total,
            estimate_text(spec, total - embedded, settings.data_dir),
        )
        for spec in offered
    ]


def _count_by_model(settings: Settings, models: Sequence[ModelSpec]) -> dict[str, int]:
    """Return the number of pictures by model id, and of all pictures under an empty id.

    Nothing is returned while the library is unavailable.
    """
    from tui.core.errors import ServerError
    from tui.search.open import open_reader

    try:
        with open_reader(settings) as library:
            counts = {spec.model_id: library.count(None, spec.model_id) for spec in models}
            return {**counts, "": library.count(None)}
    except ServerError:
        return {}


def unpinned(settings: Settings) -> Settings:
    """Return the settings unchanged."""
    return settings


def _pinned(settings: Settings) -> Settings:
    """Return the settings with the name of the model that ``auto`` stands for now."""
    from dataclasses import replace

    from tui.models.registry import AUTO, find_model

    if settings.model != AUTO:
        return settings
    return replace(settings, model=find_model(AUTO, settings).name)


def pull_command(settings: Settings, name: str) -> Sequence[str]:
    """Return the command line that downloads a model."""
    from tui.app.workers.model_download import pull_command

    return pull_command(settings, name)


def why_not_index(settings: Settings) -> str | None:
    """Return a sentence on why this user can't index into the library, None if unknown."""
    from tui.library.open import open_library

    return open_library(settings).read_only_reason()


@dataclass(frozen=True, slots=True)
class Services:
    """The functions of other rooms that the app calls."""

    open_engine: Callable[[Settings], SearchEngine]
    open_reader: Callable[[Settings], LibraryReader]
    open_text: Callable[[Settings], TextEmbedder]
    model_name: Callable[[Settings], str]
    index_command: Callable[[Settings, Path], Sequence[str]]
    read_words: Callable[[Settings], Vocabulary]
    list_models: Callable[[Settings], Sequence[ModelRow]] = list_models
    pull_command: Callable[[Settings, str], Sequence[str]] = pull_command
    why_not_index: Callable[[Settings], str | None] = why_not_index
    pin: Callable[[Settings], Settings] = unpinned


def default_services() -> Services:
    """Return the real ones."""
    from tui.app.workers.index_process import index_command

    return Services(
        _open_engine, _open_reader, _open_text, _model_name, index_command, read_words, pin=_pinned
    )


def _open_engine(settings: Settings) -> SearchEngine:
    from tui.search.open import open_engine

    return open_engine(settings)


def _open_reader(settings: Settings) -> LibraryReader:
    from tui.search.open import open_reader

    return open_reader(settings)


def read_words(settings: Settings) -> Vocabulary:
    """Read the words of the library for completion."""
    from tui.search.open import read_words

    return read_words(settings)


def _open_text(settings: Settings) -> TextEmbedder:
    from tui.models.registry import find_model, open_text

    return open_text(find_model(settings.model, settings), settings)


def _model_name(settings: Settings) -> str:
    from tui.models.registry import find_model

    return find_model(settings.model, settings).name
