"""Opening a library to search it, and closing it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tui.core.errors import CatalogError
from tui.core.settings import Settings
from tui.library.local.catalog.reader import Catalog
from tui.models.registry import find_model
from tui.search.local import source
from tui.search.open import open_both, open_engine, open_reader, read_words

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Catalog]:
    """Return the catalogs that were closed."""
    catalogs: list[Catalog] = []
    close = Catalog.close

    def close_and_record(catalog: Catalog) -> None:
        catalogs.append(catalog)
        close(catalog)

    monkeypatch.setattr(Catalog, "close", close_and_record)
    return catalogs


def test_an_engine_that_can_not_be_opened_closes_its_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: list[Catalog]
) -> None:
    def fail(*_: object) -> None:
        raise CatalogError("The index is damaged.")

    monkeypatch.setattr(source, "VectorIndex", fail)
    with pytest.raises(CatalogError, match="is damaged"):
        open_engine(Settings(tmp_path, model="starter"))
    assert len(closed) == 1


def test_reader_and_engine_share_one_library(tmp_path: Path, closed: list[Catalog]) -> None:
    settings = Settings(tmp_path)
    reader, engine = open_both(settings, find_model("starter", settings))
    assert closed == []
    with engine:
        assert reader.roots() == []
    assert closed == [reader]


def test_words_are_read_and_the_library_closed(tmp_path: Path, closed: list[Catalog]) -> None:
    assert not read_words(Settings(tmp_path)).cameras
    assert len(closed) == 1
    with open_reader(Settings(tmp_path)) as reader:
        assert reader.count() == 0
    assert len(closed) == 2
