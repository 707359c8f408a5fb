"""The engine over a library in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes import ColourEmbedder
from tui.domain import FileDetails, ModelError
from tui.library.records import FileTable
from tui.search.engine import Engine, StaleQueryError
from tui.search.query import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.domain import Keys, Vectors

PICTURES = Path("/pictures")


@dataclass
class Shelf:
    """A library in memory: names, contents and what each content shows."""

    files: dict[Path, int] = field(default_factory=dict)
    colours: dict[int, str] = field(default_factory=dict)
    version: int = 1
    reads: int = 0

    def put(self, name: str, content: int, colour: str) -> None:
        self.files[PICTURES / name] = content
        self.colours[content] = colour
        self.version += 1


class ShelfCatalog:
    """What the engine asks of the catalog; a file's id is its place from 1."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.closed = False

    def _within(self, scope: Path | None) -> list[tuple[int, Path, int]]:
        return [
            (file_id, path, content)
            for file_id, (path, content) in enumerate(self.shelf.files.items(), 1)
            if scope is None or path.is_relative_to(scope)
        ]

    def data_version(self) -> int:
        return self.shelf.version

    def files(self, model_id: str, scope: Path | None = None) -> FileTable:
        self.shelf.reads += 1
        rows = self._within(scope)
        return FileTable(
            np.array([row[0] for row in rows], dtype=np.int64),
            np.array([row[2] for row in rows], dtype=np.int64),
        )

    def newest(self, scope: Path | None = None) -> Keys:
        return np.array([row[0] for row in reversed(self._within(scope))], dtype=np.int64)

    def names_matching(self, words: Sequence[str], scope: Path | None, limit: int) -> list[int]:
        return [
            file_id
            for file_id, path, _ in self._within(scope)
            if all(word in path.name.casefold() for word in words)
        ][:limit]

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        paths = dict(enumerate(self.shelf.files, 1))
        return [FileDetails(i, paths[i], 10, 0, None) for i in file_ids if i in paths]

    def close(self) -> None:
        self.closed = True


class ShelfIndex:
    """Brute force over what the shelf held at the last refresh."""

    model_id = "colours-1"

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.known: dict[int, str] = {}
        self.refresh()

    def __len__(self) -> int:
        return len(self.known)

    def search(self, vector: Vectors, k: int, scope: Keys | None = None) -> tuple[Keys, Vectors]:
        keys = np.array([key for key in self.known if scope is None or key in scope], np.int64)
        if not len(keys):
            return keys, np.empty(0, np.float32)
        rows = ColourEmbedder().embed_text([self.known[key] for key in keys.tolist()])
        scores = rows @ vector
        best = np.argsort(-scores)[:k]
        return keys[best], scores[best]

    def refresh(self) -> bool:
        changed = self.known != self.shelf.colours
        self.known = dict(self.shelf.colours)
        return changed


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    shelf.put("a/sea.jpg", 1, "blue")
    shelf.put("a/rose.jpg", 2, "red")
    shelf.put("b/lawn.jpg", 3, "green")
    shelf.put("b/rose copy.jpg", 2, "red")
    return shelf


def engine_over(shelf: Shelf, embedder: ColourEmbedder | None = None) -> Engine:
    return Engine(ShelfCatalog(shelf), ShelfIndex(shelf), embedder)


def names(engine: Engine, text: str, scope: Path | None = None) -> list[str]:
    ranking = engine.search(parse(text, scope))
    return [hit.file.path.name for hit in engine.hits(ranking, 0, len(ranking))]


def test_an_empty_query_shows_everything_newest_first(shelf: Shelf) -> None:
    for engine in (engine_over(shelf), engine_over(shelf, ColourEmbedder())):
        assert names(engine, " ") == ["rose copy.jpg", "lawn.jpg", "rose.jpg", "sea.jpg"]
        assert names(engine, "", PICTURES / "a") == ["rose.jpg", "sea.jpg"]


def test_without_a_text_tower_words_match_names(shelf: Shelf) -> None:
    engine = engine_over(shelf)
    ranking = engine.search(parse("COPY rose"))
    (hit,) = engine.hits(ranking, 0, 10)
    assert (hit.rank, hit.score, hit.file.path.name) == (1, None, "rose copy.jpg")
    assert not ranking.semantic
    assert names(engine, "ocean") == []


def test_with_a_text_tower_everything_is_ranked_by_meaning(shelf: Shelf) -> None:
    engine = engine_over(shelf)
    engine.attach(ColourEmbedder())
    ranking = engine.search(parse("red"), generation=7)
    hits = engine.hits(ranking, 0, 10)
    assert [hit.file.path.name for hit in hits][:2] == ["rose.jpg", "rose copy.jpg"]
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert hits[0].score == hits[1].score
    assert ranking.generation == 7
    assert ranking.semantic
    assert ranking.total == len(ranking) == 4


def test_a_scope_holds_only_its_own_files(shelf: Shelf) -> None:
    engine = engine_over(shelf, ColourEmbedder())
    assert names(engine, "red", PICTURES / "b") == ["rose copy.jpg", "lawn.jpg"]
    assert names(engine, "red", PICTURES / "nowhere") == []


def test_pages_are_slices_of_one_ranking(shelf: Shelf) -> None:
    engine = engine_over(shelf, ColourEmbedder())
    ranking = engine.search(parse("green"))
    everything = engine.hits(ranking, 0, 100)
    assert engine.hits(ranking, 1, 3) == everything[1:3]
    assert [hit.rank for hit in everything] == [1, 2, 3, 4]
    assert engine.hits(ranking, 4, 9) == []


def test_a_refresh_takes_up_what_was_committed(shelf: Shelf) -> None:
    engine = engine_over(shelf, ColourEmbedder())
    names(engine, "yellow")
    assert not engine.refresh()
    shelf.put("c/sun.jpg", 4, "yellow")
    assert "sun.jpg" not in names(engine, "yellow")
    assert engine.refresh()
    assert names(engine, "yellow")[0] == "sun.jpg"
    assert names(engine, "")[0] == "sun.jpg"


def test_the_files_of_a_scope_are_read_once(shelf: Shelf) -> None:
    engine = engine_over(shelf, ColourEmbedder())
    for text in ("red", "green", "blue"):
        names(engine, text)
    assert shelf.reads == 1


def test_a_query_is_embedded_once(shelf: Shelf) -> None:
    asked: list[str] = []

    class Counting(ColourEmbedder):
        def embed_text(self, texts: Sequence[str]) -> Vectors:
            asked.extend(texts)
            return super().embed_text(texts)

    engine = engine_over(shelf, Counting())
    names(engine, "red rose")
    names(engine, " red  rose ", PICTURES / "a")
    assert asked == ["red rose"]


def test_the_engine_knows_which_words_it_has_met(shelf: Shelf) -> None:
    engine = engine_over(shelf, ColourEmbedder())
    assert not engine.has_met(parse("red"))
    engine.search(parse("red"))
    assert engine.has_met(parse(" red  ", PICTURES / "a"))
    assert not engine.has_met(parse("re"))


def test_a_file_that_went_after_the_search_leaves_a_gap(shelf: Shelf) -> None:
    engine = engine_over(shelf, ColourEmbedder())
    ranking = engine.search(parse("green"))
    before = engine.hits(ranking, 0, 4)
    del shelf.files[PICTURES / "b/rose copy.jpg"]
    after = engine.hits(ranking, 0, 4)
    assert after == [hit for hit in before if hit.file.file_id != 4]


def test_a_stale_query_ends_early(shelf: Shelf) -> None:
    answers = iter([False, True])
    engine = engine_over(shelf, ColourEmbedder())
    with pytest.raises(StaleQueryError):
        engine.search(parse("red"), 1, lambda: next(answers))
    assert shelf.reads == 0
    assert names(engine, "red")[0] == "rose.jpg"


def test_another_models_text_tower_is_refused(shelf: Shelf) -> None:
    engine = engine_over(shelf)
    with pytest.raises(ModelError, match="colours-2"):
        engine.attach(ColourEmbedder("colours-2"))
    assert not engine.is_semantic


def test_closing_lets_go_of_the_catalog(shelf: Shelf) -> None:
    catalog = ShelfCatalog(shelf)
    with Engine(catalog, ShelfIndex(shelf)):
        assert not catalog.closed
    assert catalog.closed
