"""What the app needs from the rest of the house, in one place, so that tests can stand in.

Every import here is deferred: naming the services loads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from tui.config import Settings
    from tui.domain import TextEmbedder
    from tui.models.spec import ModelSpec
    from tui.search.complete import Vocabulary
    from tui.search.engine import Engine


class Counts(Protocol):
    """What the folder tree asks of the catalog."""

    def folder_counts(self, parent: Path) -> Mapping[str, int]:
        """Child folder names with how many available pictures lie anywhere below each."""
        ...

    def count(self, scope: Path | None, model_id: str | None = None) -> int:
        """How many pictures lie below ``scope``."""
        ...

    def roots(self) -> Sequence[Path]:
        """The folders that were indexed as such."""
        ...


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model as the list shows it.

    Attributes:
        spec: what is known of it.
        here: its weights are on this machine.
        current: it is the one in use.
        embedded: how many pictures of the library it has read.
    """

    spec: ModelSpec
    here: bool
    current: bool
    embedded: int


def list_models(settings: Settings) -> list[ModelRow]:
    """Return the models on offer, and the one in use if it is another."""
    from tui.library.catalog import Catalog
    from tui.models.registry import MODELS, find_model, is_here

    current = find_model(settings.model, settings)
    offered = [current if spec.model_id == current.model_id else spec for spec in MODELS]
    if current not in offered:
        offered.append(current)
    with Catalog.open(settings.data_dir, read_only=True) as catalog:
        return [
            ModelRow(
                spec, is_here(spec), spec is current, catalog.count(None, model_id=spec.model_id)
            )
            for spec in offered
        ]


def pull_command(settings: Settings, name: str) -> Sequence[str]:
    """Return the command line that fetches a model."""
    from tui.app.pulling import pull_command

    return pull_command(settings, name)


@dataclass(frozen=True, slots=True)
class Services:
    """The seams of the app."""

    open_engine: Callable[[Settings], Engine]
    open_counts: Callable[[Settings], Counts]
    open_text: Callable[[Settings], TextEmbedder]
    model_line: Callable[[Settings], str]
    index_command: Callable[[Settings, Path], Sequence[str]]
    read_words: Callable[[Settings], Vocabulary]
    list_models: Callable[[Settings], Sequence[ModelRow]] = list_models
    pull_command: Callable[[Settings, str], Sequence[str]] = pull_command


def default_services() -> Services:
    """Return the real ones."""
    from tui.app.indexing import index_command

    return Services(_open_engine, _open_counts, _open_text, _model_line, index_command, read_words)


def _open_engine(settings: Settings) -> Engine:
    from tui.search.opening import open_engine

    return open_engine(settings)


def _open_counts(settings: Settings) -> Counts:
    from tui.library.catalog import Catalog

    return Catalog.open(settings.data_dir, read_only=True)


def read_words(settings: Settings) -> Vocabulary:
    """Return the words that the library has for completion."""
    from tui.library.catalog import Catalog
    from tui.library.columns import Columns
    from tui.search.vocabulary import read_vocabulary

    with Catalog.open(settings.data_dir, read_only=True) as catalog:
        return read_vocabulary(Columns(catalog))


def _open_text(settings: Settings) -> TextEmbedder:
    from tui.models.registry import find_model, open_text

    return open_text(find_model(settings.model, settings), settings)


def _model_line(settings: Settings) -> str:
    from tui.app.keys import key_for
    from tui.models.registry import find_model
    from tui.models.wording import why_text

    spec = find_model(settings.model, settings)
    return f"Model: {why_text(spec)} · {key_for('panes.models')}: models"
