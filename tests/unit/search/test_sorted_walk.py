"""Descriptions with an order are answered in parts, as far as the hits are needed."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import COLOURS, ColourEmbedder
from tests.support.libraries.searchable_library import (
    BACKENDS,
    SearchableLibrary,
    local_library,
    open_library,
)
from tui.search.backend import StaleQueryError
from tui.search.query.parse import parse
from tui.search.ranking import sorted_walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPTH = 3
STRONG = "red -name:nothing"
WEAK = "blue -name:blue"
UNKNOWN = "- red"


def fill(library: SearchableLibrary) -> None:
    """Add forty pictures, eight of them red, and a copy of every sixth to a library."""
    files = []
    for number in range(40):
        colour = list(COLOURS)[number % len(COLOURS)]
        files.append(library.file(f"{colour} {number}.jpg", str(number), colour, number / 400))
        if not number % 6:
            files.append(library.file(f"copy of {number}.jpg", str(number), colour))
    library.put(*files)


@pytest.fixture(scope="module", params=BACKENDS)
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchableLibrary]:
    with open_library(request, tmp_path_factory) as library:
        fill(library)
        yield library


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorted_walk, "_FIRST_BLOCK", 4)
    monkeypatch.setattr(sorted_walk, "_LARGEST_BLOCK", 4)
    monkeypatch.setattr(sorted_walk, "_WALKED_SHARE", 1)


@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("order", ["sort:date", "-sort:date", "sort:name", "-sort:size"])
@pytest.mark.parametrize("text", [STRONG, WEAK, UNKNOWN])
def test_an_answer_in_parts_is_the_whole_answer(
    library: SearchableLibrary, text: str, order: str, *, fold: bool
) -> None:
    query = parse(f"{text} {order}")
    with library.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        whole = engine.search(query, fold=fold)
        assert whole.is_complete
        part = engine.search(query, fold=fold, needed=2)
        if library.kind == "local":  # the server can't list a part
            assert not part.is_complete
        while not part.is_complete:
            assert part.file_ids.tolist() == whole.file_ids[: len(part)].tolist()
            assert part.count <= whole.count
            part = engine.extend(part, len(part) + 1)
        assert part.file_ids.tolist() == whole.file_ids.tolist()
        assert (part.count, part.total) == (whole.count, whole.total)
        assert engine.hits(part, 0, 100) == engine.hits(whole, 0, 100)


def test_near_identical_pictures_stay_one_hit(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder(), DEPTH, fold_threshold=0.9) as engine:
        plain = engine.extend(engine.search(parse(STRONG)))
        part = engine.search(parse(f"{STRONG} sort:name"), needed=1)
        whole = engine.extend(part)
        assert plain.copies is not None
        assert whole.copies is not None
        assert plain.copies.max() > 2
        assert whole.copies.max() == plain.copies.max()
        assert whole.groups is not None
        assert len(set(whole.groups.file_ids.tolist())) == len(whole.groups.file_ids)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[SearchableLibrary]:
    with local_library(tmp_path) as library:
        fill(library)
        yield library


def test_a_newer_query_stops_the_walk(local: SearchableLibrary) -> None:
    query = parse(f"{UNKNOWN} sort:date")
    with local.engine(ColourEmbedder(), DEPTH) as engine:
        part = engine.search(query, needed=1)
        assert not part.is_complete
        for steps in range(3):
            calls = count()
            with pytest.raises(StaleQueryError):
                engine.extend(part, cancelled=lambda: next(calls) == steps)  # noqa: B023
            assert next(calls) == steps + 1
        assert engine.extend(part).is_complete


def test_a_walk_ends_as_soon_as_enough_hits_are_listed(local: SearchableLibrary) -> None:
    with local.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        part = engine.search(parse(f"{UNKNOWN} sort:date"), needed=3)
        assert part.walk is not None
        assert (part.walk.position, len(part)) == (4, 3)  # one of four files is a copy
        further = engine.extend(part, 4)
        assert further.walk is not None
        assert (further.walk.position, len(further)) == (8, 7)


def test_rare_hits_are_found_by_comparing_all_contents(
    local: SearchableLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = parse(f"{STRONG} -sort:date")
    with local.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        walked = engine.search(query)
        monkeypatch.setattr(sorted_walk, "_WALKED_SHARE", 40)
        part = engine.search(query, needed=2)
        assert part.is_complete
        assert part.file_ids.tolist() == walked.file_ids.tolist()


def test_unfolded_copies_stay_unfolded_while_more_hits_are_listed(
    local: SearchableLibrary,
) -> None:
    with local.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        part = engine.search(parse(f"{UNKNOWN} -sort:date"), needed=2)
        assert part.copies is not None
        opened = part.toggle_fold(int(part.copies.argmax()))
        assert not opened.is_complete
        assert len(opened) == len(part) + 1
        whole = engine.extend(opened)
        assert whole.file_ids[: len(opened)].tolist() == opened.file_ids.tolist()
        assert len(whole) == len(engine.extend(part)) + 1


def test_a_walk_continues_in_the_state_in_which_it_began(local: SearchableLibrary) -> None:
    query = parse(f"{UNKNOWN} sort:date")
    with local.engine(ColourEmbedder(), DEPTH, fold_threshold=2.0) as engine:
        whole = engine.search(query)
        part = engine.search(query, needed=2)
        local.put(local.file("new.jpg", "new", "green"))
        removed = int(whole.file_ids[-2])
        local.remove(removed)
        assert engine.refresh()
        extended = engine.extend(part)
        assert extended.is_complete
        assert set(whole.file_ids.tolist()) - {removed} <= set(extended.file_ids.tolist())
        assert len(set(extended.file_ids.tolist())) == len(extended)
        files = [hit.file.file_id for hit in engine.hits(extended, 0, 100)]
        assert removed not in files
        fresh = engine.search(query)
        assert len(fresh) == len(files) + 1
