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
class Services:
    """The seams of the app."""

    open_engine: Callable[[Settings], Engine]
    open_counts: Callable[[Settings], Counts]
    open_text: Callable[[Settings], TextEmbedder]
    model_line: Callable[[Settings], str]
    index_command: Callable[[Settings, Path], Sequence[str]]
    read_words: Callable[[Settings], Vocabulary]


def default_services() -> Services:
    """Return the real ones."""
    from tui.app.indexing import index_command

    return Services(_open_engine, _open_counts, _open_text, _model_line, index_command, read_words)


def _open_engine(settings: Settings) -> Engine:
    from tui.search.engine import open_engine

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
    from tui.models.registry import find_model

    spec = find_model(settings.model, settings)
    if spec.source is None:
        return "Built-in model: knows objects and animals. For CLIP: photoseek models"
    return f"Model: {spec.title}"
