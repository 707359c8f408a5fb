"""Random queries to random libraries, against a comparison with every file in plain Python.

The returned files, their scores, their order, the totals before and after the other hits were
ranked, and the folded groups are checked, in a library that is compared in full and in one that is
searched through its graph. How far a name moves a picture up, and where the noise begins, is not
checked.
"""

from __future__ import annotations

import random
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tests.oracles import examples
from tests.oracles.random_library import (
    FOLDERS,
    ROOT,
    WORDS,
    ZONES,
    Item,
    RandomLibrary,
    WordEmbedder,
    kilometres,
    vector_of,
)
from tests.support.libraries.catalog_rows import MODEL
from tests.support.libraries.ranked_files import files_at
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.searching import LIMITS, IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.core.domain import Vectors
    from tui.search.ranking.ranking import Ranking

    Test = Callable[[Item], bool]

WALKED = IndexLimits(exact=10, delta=8, small=10, depth=7, reach=40)
"""Graph, tail, depth and unranked hits at a size where every file can be compared."""

IDEAS = ("meadow", "harbour", "stormy", "violin")
TOLERANCE = 2e-3
QUERIES = 25
ALTERNATIVES = ("ext", "camera", "shape", "near")


class RandomQuestion:
    """A random query as text, and its filters and order in plain Python."""

    def __init__(self, dice: random.Random, library: RandomLibrary, zone: ZoneInfo) -> None:
        self._dice = dice
        self._zone = zone
        self.scope = ROOT / dice.choice(FOLDERS) if dice.random() < 0.25 else None
        self.vector: Vectors | None = None
        self._all: list[Test] = []
        self._any: dict[str, list[Test]] = {}
        parts = [self._terms(library)] if dice.random() < 0.75 else []
        parts += [self._filter() for _ in range(dice.choice([0, 0, 1, 1, 2, 3]))]
        self.sort = None if parts and self.vector is not None else self._sort()
        self.text = " ".join([*parts, *([self.sort] if self.sort else [])])

    def _terms(self, library: RandomLibrary) -> str:
        dice = self._dice
        shown = [item for item in library.items if not item.away]
        total = np.zeros(len(library.vectors[0]))
        texts: list[str] = []
        for index, word in enumerate(dice.sample(IDEAS, dice.choice([1, 1, 2, 3]))):
            weight = dice.choice([1.0, 1.0, 2.0, 0.5])
            sign = -1 if dice.random() < 0.25 else 1
            row, text = vector_of(word), word
            if shown and dice.random() < 0.2:
                item = dice.choice(shown)
                row, text = library.vectors[item.content], f'like:"{item.path}"'
            total += sign * weight * row
            number = "" if weight == 1 else f"{weight:g}:"
            joint = "- " if sign < 0 else "+ " if index else ""
            texts.append(f"{joint}{number}{text}")
        self.vector = (total / np.linalg.norm(total)).astype(np.float32)
        return " ".join(texts)

    def _sort(self) -> str | None:
        key = self._dice.choice([None, "date", "name", "size"])
        return key and f"{self._dice.choice(['', '-'])}sort:{key}"

    def _filter(self) -> str:
        dice = self._dice
        kind = dice.choice(["ext", "in", "name", "min", "shape", "near", "camera", "date", "new"])
        text, test = getattr(self, f"_{kind}")()
        if kind != "near" and dice.random() < 0.25:
            self._all.append(lambda item: not test(item))
            return f"-{text}"
        if kind in ALTERNATIVES:
            self._any.setdefault(kind, []).append(test)
        else:
            self._all.append(test)
        return str(text)

    def _ext(self) -> tuple[str, Test]:
        suffix = self._dice.choice(["jpg", "png", "dng"])
        return f"ext:{suffix}", lambda item: item.suffix == suffix

    def _in(self) -> tuple[str, Test]:
        folder = self._dice.choice(FOLDERS)
        folder_text = self._dice.choice([folder, folder.upper(), str(ROOT / folder)])
        return f'in:"{folder_text}"', lambda item: item.path.is_relative_to(ROOT / folder)

    def _name(self) -> tuple[str, Test]:
        word = self._dice.choice([*WORDS, "1", "2."])
        return f"name:{word}", lambda item: word in item.path.name.lower()

    def _min(self) -> tuple[str, Test]:
        least = self._dice.choice([300, 400, 401, 2000])
        return f"min:{least}px", lambda item: max(item.info.width, item.info.height) >= least

    def _shape(self) -> tuple[str, Test]:
        shape = self._dice.choice(["wide", "tall", "square"])

        def test(item: Item) -> bool:
            ratio = item.info.width / item.info.height
            return shape == ("wide" if ratio > 1.05 else "tall" if ratio < 1 / 1.05 else "square")

        return shape, test

    def _near(self) -> tuple[str, Test]:
        centre = self._dice.choice([(48.86, 2.35), (89.5, 0.0), (0.0, 179.9), (-33.0, 151.0)])
        km = self._dice.choice([500, 3000, 9000, 15000])

        def test(item: Item) -> bool:
            latitude, longitude = item.info.latitude, item.info.longitude
            if latitude is None or longitude is None:
                return False
            return kilometres(centre, (latitude, longitude)) <= km

        return f"near:{centre[0]},{centre[1]},{km}", test

    def _camera(self) -> tuple[str, Test]:
        camera = self._dice.choice(["canon", "d90", "NIKON"])
        return f"camera:{camera}", lambda item: camera.lower() in (item.info.camera or "").lower()

    def _date(self) -> tuple[str, Test]:
        dice = self._dice
        first = date(dice.randint(1990, 2024), dice.randint(1, 12), dice.randint(1, 28))
        end = first + timedelta(days=1)
        text = first.isoformat()
        if dice.random() < 0.5:
            first, end, text = date(first.year, 1, 1), date(first.year + 1, 1, 1), f"{first.year}"
        how = dice.choice(["on", "after", "before"])

        def test(item: Item) -> bool:
            moment = datetime(1970, 1, 1) + timedelta(microseconds=item.date_ns(self._zone) // 1000)
            if how == "on":
                return first <= moment.date() < end
            return moment.date() >= first if how == "after" else moment.date() < first

        return f"{how}:{text}", test

    def _new(self) -> tuple[str, Test]:
        return "is:new", lambda item: item.new

    def passes(self, item: Item) -> bool:
        """Whether a file may be shown."""
        return (
            not item.away
            and (self.scope is None or item.path.is_relative_to(self.scope))
            and all(test(item) for test in self._all)
            and all(any(test(item) for test in tests) for tests in self._any.values())
        )

    def listed(self, items: list[Item]) -> list[int]:
        """Return the files in the requested order, by default newest first."""
        order = (self.sort or "sort:date").removeprefix("-")
        keys: dict[str, Callable[[Item], object]] = {
            "sort:date": lambda item: -item.date_ns(self._zone),
            "sort:size": lambda item: -item.size,
            "sort:name": lambda item: item.path.name.lower(),
        }
        ordered = sorted(sorted(items, key=lambda item: item.file_id), key=keys[order])  # type: ignore[arg-type]
        ids = [item.file_id for item in ordered]
        return ids[::-1] if (self.sort or "").startswith("-") else ids


def compare(
    engine: SearchEngine, library: RandomLibrary, question: RandomQuestion, *, fold: bool
) -> None:
    """Search, and compare with every file."""
    items = [item for item in library.items if question.passes(item)]
    shots = {item.file_id: item.shot for item in items if item.shot in items}
    ranking = engine.search(parse(question.text, question.scope), fold=fold)
    if question.vector is None:
        listed = [item for item in items if not (fold and item.file_id in shots)]
        assert ranking.file_ids.tolist() == question.listed(listed)
        assert ranking.total == len(listed)
        return
    whole = engine.extend(ranking)
    check_strengths(engine, whole)
    assert whole.file_ids[: len(ranking)].tolist() == ranking.file_ids.tolist()
    assert (whole.unranked_count, ranking.total, whole.total) == (0, len(items), len(items))
    assert len(whole) == ranking.count
    cosines = {
        item.file_id: float(
            library.vectors[(shots.get(item.file_id) or item).content] @ question.vector
        )
        for item in items
    }
    assert whole.scores is not None
    expected = [cosines[file_id] for file_id in whole.file_ids.tolist()]
    assert np.allclose(whole.scores, expected, atol=TOLERANCE)
    groups = [files_at(whole, index) for index in range(len(whole))]
    assert sorted(file for group in groups for file in group) == sorted(cosines)
    if fold:
        contents = {item.file_id: (shots.get(item.file_id) or item).content for item in items}
        kinds = [{contents[file] for file in group} for group in groups]
        assert all(len(kind) == 1 for kind in kinds)
        assert len({min(kind) for kind in kinds}) == len(kinds)
    else:
        assert all(len(group) == 1 for group in groups)
    assert np.all(np.diff(expected) <= 2 * TOLERANCE)


def check_strengths(engine: SearchEngine, whole: Ranking) -> None:
    """Check that strengths never rise and that weak hits are those from the noise on."""
    hits = engine.hits(whole, 0, len(whole))
    strengths = [hit.strength for hit in hits if hit.strength is not None]
    assert strengths == sorted(strengths, reverse=True)
    assert len(strengths) in (0, len(hits))
    first_weak = next((hit.rank - 1 for hit in hits if hit.is_weak), None)
    assert first_weak == whole.noise_start


def compare_all(
    engine: SearchEngine, library: RandomLibrary, questions: list[RandomQuestion]
) -> None:
    for question in questions:
        compare(engine, library, question, fold=False)


def compare_folding(
    engine: SearchEngine, library: RandomLibrary, question: RandomQuestion, near: float
) -> None:
    """Check that every file is in one group and similar to its first."""
    if question.vector is None:
        return
    items = {item.file_id: item for item in library.items if question.passes(item)}
    shots = {item.file_id: item.shot for item in items.values() if item.shot in items.values()}
    whole: Ranking = engine.extend(engine.search(parse(question.text, question.scope)))
    check_strengths(engine, whole)
    groups = [files_at(whole, index) for index in range(len(whole))]
    assert sorted(file for group in groups for file in group) == sorted(items)
    for group in groups:
        rows = [
            library.vectors[(shots.get(file_id) or items[file_id]).content] for file_id in group
        ]
        assert all(float(rows[0] @ row) >= near - TOLERANCE for row in rows)


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest) -> Iterator[ZoneInfo]:
    if not hasattr(time, "tzset"):
        pytest.skip("this system does not change its time zone")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield ZoneInfo(request.param)
    time.tzset()


@pytest.mark.parametrize("limits", [LIMITS, WALKED], ids=["compared", "walked"])
def test_random_queries_equal_a_comparison_with_every_file(
    tmp_path: Path, zone: ZoneInfo, limits: IndexLimits
) -> None:
    for seed in range(examples(4)):
        dice = random.Random(f"{zone.key} {seed}")
        data_dir = tmp_path / str(seed)
        library = RandomLibrary(data_dir, dice, limits)
        for near in (2.0, 0.97):
            catalog = Catalog.open(data_dir, read_only=True)
            index = VectorIndex(catalog, MODEL, limits)
            with SearchEngine(
                LocalBackend(catalog, index, limits=limits), WordEmbedder(), fold_threshold=near
            ) as engine:
                engine.warm_up()
                for number in range(QUERIES):
                    question = RandomQuestion(dice, library, zone)
                    told = f"seed {seed}, query {number}: {question.text!r} in {question.scope}"
                    try:
                        if near > 1:
                            compare(engine, library, question, fold=dice.random() < 0.5)
                        else:
                            compare_folding(engine, library, question, near)
                    except AssertionError as error:
                        error.add_note(told)
                        raise


def test_the_oracle_detects_an_extra_file(tmp_path: Path) -> None:
    zone = ZoneInfo("UTC")
    dice = random.Random(1)
    library = RandomLibrary(tmp_path, dice, LIMITS)
    catalog = Catalog.open(tmp_path, read_only=True)
    with SearchEngine(
        LocalBackend(catalog, VectorIndex(catalog, MODEL)), WordEmbedder(), fold_threshold=2.0
    ) as engine:
        del library.items[0]
        questions = [RandomQuestion(dice, library, zone) for _ in range(20)]
        with pytest.raises(AssertionError):
            compare_all(engine, library, questions)
