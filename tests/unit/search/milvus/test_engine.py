"""The engine over a server, held against the embedded one on the same library."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from itertools import count, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.paired_stores import PairedStores, open_paired_stores
from tests.support.servers.toggle_proxy import ToggleProxy
from tui.core.domain import ImageFile, ModelError, PictureInfo, ServerError
from tui.library.base.records import IndexedFile
from tui.library.local.vectors.vector_index import open_index
from tui.library.milvus.client import ServerClient
from tui.library.milvus.connection import MilvusConnection
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.schema import id_of, quoted
from tui.library.milvus.store import MilvusStore
from tui.search.backend import StaleQueryError
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.milvus.backend import MilvusBackend
from tui.search.milvus.cached_table import EVERYTHING, CachedTable, ServerLimits
from tui.search.milvus.filters import NOTHING
from tui.search.milvus.raw_pairs import MilvusRawPairs
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.core.domain import Hit, Vectors
    from tui.search.engine import SearchEngine
    from tui.search.ranking.ranking import Ranking

MODEL = "made-up"
DIM = 32
ROOT = Path("/home/anna/Pictures")
FILES = 1600
DAY_NS = 86_400 * 10**9
FOLDERS = ["2023/paris", "2023/sea", "2024", "2024/été"]


class Words:
    """A text tower: every text has a direction of its own."""

    model_id = MODEL
    dim = DIM

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        rows = [direction(text) for text in texts]
        return np.array(rows, dtype=np.float32)


def direction(text: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    row = np.random.default_rng(seed).standard_normal(DIM)
    unit: Vectors = (row / np.linalg.norm(row)).astype(np.float32)
    return unit


def pictures() -> list[IndexedFile]:
    """Pictures of forty things in clusters, with copies, bursts, raw files and broken ones."""
    rng = np.random.default_rng(3)
    things = [direction(f"thing {number}") for number in range(40)]
    files: list[IndexedFile] = []
    for number in range(FILES):
        vector = things[number % 40] + rng.standard_normal(DIM) * 0.12
        name = f"{FOLDERS[number // 40 % 4]}/img {number}.jpg"
        if number % 100 == 7:  # a burst, and a copy of the one before it
            vector = files[-1].vector + rng.standard_normal(DIM) * 0.01  # type: ignore[operator]
        files.append(picture(name, number, vector))
        if number % 50 == 3:
            copy = picture(f"2024/~copy of {number}.jpg", FILES + number, vector, content=number)
            files.append(copy)
    for number in range(20):
        shown, date = direction(f"s{number}"), 9000 + number
        files.append(picture(f"2023/sea/shot {number}.jpg", 9000 + number, shown))
        raw = shown + rng.standard_normal(DIM) * 0.05
        files.append(picture(f"2023/sea/shot {number}.CR3", 9100 + number, raw, date=date))
    for number, name, thing, date in (
        (9300, "pxl_1.MP.jpg", "phone", 9300),
        (9301, "pxl_1.dng", "phone", 9300),
        (9302, "apart.jpg", "apart", 9302),
        (9303, "apart.dng", "apart", 9303),
    ):
        turned = direction(thing) + direction(name) * 0.2
        files.append(picture(f"2023/sea/{name}", number, turned, date=date))
    names = ["sunset at the beach.jpg", "sunset.jpg", "Beach harness.jpg", "thing 7.jpg"]
    for number, name in enumerate(names):
        files.append(picture(f"2024/été/{name}", 9500 + number, rng.standard_normal(DIM)))
    broken = ImageFile(ROOT / "2024/broken.jpg", 1, 1, 1)
    files.append(IndexedFile(broken, b"broken".ljust(16), error="It is no picture."))
    return files


def picture(
    name: str,
    number: int,
    vector: object,
    content: int | None = None,
    date: int | None = None,
) -> IndexedFile:
    """Make a file; ``taken`` is the number of the one that was taken at the same moment."""
    moment = number if date is None else date
    row = np.asarray(vector, dtype=np.float64)
    unit = (row / np.linalg.norm(row)).astype(np.float32)
    digest = (number if content is None else content).to_bytes(16, "big")
    file = ImageFile(ROOT / name, 1000 + number * 7919 % 100_003, number * DAY_NS, number)
    info = PictureInfo(4000, 3000, "JPEG", moment * 37 % 11_000 * DAY_NS, f"Camera {moment % 3}")
    return IndexedFile(file, digest, info, unit)


@pytest.fixture(scope="module")
def paired(milvus_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairedStores]:
    with open_paired_stores(tmp_path_factory.mktemp("data"), milvus_port, MODEL) as paired:
        paired.commit_runs(ROOT, pictures())
        yield paired


@pytest.fixture(scope="module")
def local_engine(paired: PairedStores) -> SearchEngine:
    return SearchEngine(LocalBackend(paired.catalog, open_index(paired.catalog, MODEL)), Words())


@pytest.fixture(scope="module")
def milvus_engine(paired: PairedStores) -> SearchEngine:
    return SearchEngine(MilvusBackend(paired.remote, MODEL), Words())


def found(engine: SearchEngine, text: str, scope: Path | None = None, *, fold: bool) -> list[Hit]:
    ranking = engine.search(parse(text, scope), fold=fold)
    return engine.hits(ranking, 0, 50)


def shape(hits: Sequence[Hit]) -> list[tuple[str, int, bool]]:
    return [(hit.file.path.name, hit.copies, hit.has_raw) for hit in hits]


QUERIES = [
    "thing 1", "thing 4 - thing 5", "2:thing 6 + nothing", "s7", "- thing 8", "a sunset", "beach",
    "sunset at the beach.jpg", "thing 7", "img", "img 12", "été", "thing 9 camera:2 after:1975",
    "thing 10 in:sea", "thing 11 name:copy", "thing 12 -in:2023", "s3 sort:date",
    "thing 13 sort:size", "thing 14 -sort:name",
]  # fmt: skip
CASES = [
    *((text, True) for text in QUERIES),
    *((text, False) for text in ("thing 1", "s7", "beach", "phone", "apart")),
    *((text, fold) for text in ("sea", "2024") for fold in (True, False)),
    *((text, True) for text in ("phone", "apart")),
]


@pytest.mark.parametrize(("text", "fold"), CASES)
def test_the_first_fifty_and_their_scores_are_the_same(
    local_engine: SearchEngine, milvus_engine: SearchEngine, text: str, *, fold: bool
) -> None:
    for scope in (None, ROOT / "2024"):
        one, other = (
            found(local_engine, text, scope, fold=fold),
            found(milvus_engine, text, scope, fold=fold),
        )
        assert [hit.score for hit in other] == pytest.approx([hit.score for hit in one], abs=1e-6)
        assert [hit.strength for hit in other] == pytest.approx(
            [hit.strength for hit in one], abs=1e-3
        )
        if fold:
            assert shape(other) == shape(one)
        else:  # copies, which have one score, come in another order
            assert sorted(shape(other)) == sorted(shape(one))


@pytest.mark.parametrize(
    "text", ["", "ext:cr3", "sort:date", "-sort:date", "sort:size", "-sort:name"]
)
def test_browsing_is_in_the_same_order(
    local_engine: SearchEngine, milvus_engine: SearchEngine, text: str
) -> None:
    for scope, fold in product((None, ROOT / "2023", ROOT / "nowhere"), (True, False)):
        one, other = (
            engine.search(parse(text, scope), fold=fold) for engine in (local_engine, milvus_engine)
        )
        assert (other.total, other.count) == (one.total, one.count)
        deep = milvus_engine.extend(other)
        if fold:
            assert names(milvus_engine, deep) == names(local_engine, one)
        else:  # a raw file and its picture, which have one date, come in another order
            assert sorted(names(milvus_engine, deep)) == sorted(names(local_engine, one))
        assert not any(hit.has_raw for hit in milvus_engine.hits(deep, 0, len(deep)) if not fold)


def names(engine: SearchEngine, ranking: Ranking) -> list[str]:
    return [hit.file.path.name for hit in engine.hits(ranking, 0, len(ranking))]


def test_a_long_list_comes_in_two_parts(paired: PairedStores, local_engine: SearchEngine) -> None:
    limits = ServerLimits(depth=100, listed=200)
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits))
    for text in ("", "sort:size", "-sort:date in:sea"):
        first = engine.search(parse(text))
        deep = engine.extend(first)
        assert 25 <= len(first) <= 200
        assert first.total >= first.count >= deep.count == deep.total
        assert names(engine, deep) == names(local_engine, local_engine.search(parse(text)))
        assert deep.file_ids[: len(first)].tolist() == first.file_ids.tolist()


def test_a_list_that_needs_a_closer_look_is_no_choice_by_chance(
    paired: PairedStores, local_engine: SearchEngine
) -> None:
    limits = ServerLimits(depth=50, listed=200)
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits))
    for text in ("-name:img", "-name:sunset", "-name:beach sort:size", "name:house"):
        whole = names(local_engine, local_engine.search(parse(text)))
        first = engine.search(parse(text))
        assert names(engine, first) == whole[: len(first)]
        assert names(engine, engine.extend(first)) == whole


@pytest.mark.parametrize(("text", "fold"), [("thing 3 sunset", True), ("s5 in:2024", False)])
def test_the_whole_ranking_comes_in_two_parts(
    local_engine: SearchEngine, milvus_engine: SearchEngine, text: str, *, fold: bool
) -> None:
    whole = local_engine.search(parse(text), fold=fold)
    first = milvus_engine.search(parse(text), fold=fold)
    deep = milvus_engine.extend(first)
    assert first.unranked_count > 0
    assert (deep.unranked_count, deep.total) == (0, whole.total)
    assert deep.file_ids[: len(first)].tolist() == first.file_ids.tolist()
    assert deep.count == pytest.approx(whole.count, rel=0.02)  # only the first fold into each other
    assert len(set(deep.file_ids.tolist())) == len(deep)
    assert deep.noise_start == whole.noise_start
    assert milvus_engine.extend(deep) is deep


def test_every_copy_is_shown_wherever_the_first_part_ends(
    paired: PairedStores, local_engine: SearchEngine
) -> None:
    whole = local_engine.search(parse("thing 3"), fold=False)
    files = sorted(names(local_engine, whole))
    for depth in (3, 40, 41, 42, 43):
        engine = SearchEngine(
            MilvusBackend(paired.remote, MODEL, limits=ServerLimits(depth=depth)),
            Words(),
        )
        deep = engine.extend(engine.search(parse("thing 3"), fold=False))
        assert sorted(names(engine, deep)) == files


def test_a_hint_says_that_there_is_more_than_the_server_gives(paired: PairedStores) -> None:
    limits = ServerLimits(depth=50, listed=200)
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits), Words())
    for text in ("thing 1", ""):
        first = replace(engine.search(parse(text)), total=MOST + 1)
        deep = engine.extend(first)
        assert [hint.message for hint in deep.query.hints] == [
            "Only 16,384 results are listed; a folder or a filter shows others."
        ]
        assert (deep.unranked_count, deep.total) == (0, MOST + 1)


def copied_pictures() -> list[IndexedFile]:
    """Pictures of a folder with copies elsewhere, of which one is called like the folder."""
    rng = np.random.default_rng(4)
    pictures: list[IndexedFile] = []
    for number, name in enumerate(["lizard", "snake", "turtle"]):
        copies = [f"zoo/a {name}.jpg", f"2024/reptiles/{name}.jpg", f"zoo/z {name}.jpg"]
        for copy in copies:
            pictures.append(picture(copy, len(pictures), direction(name), 900 + number))
    pictures.append(picture("zoo/reptiles.jpg", 9, direction("turtle"), 902))
    for number in range(100, 130):
        name = f"others/img {number}.jpg"
        pictures.append(picture(name, number, direction("reptiles") + rng.standard_normal(DIM)))
    return pictures


@pytest.fixture(scope="module")
def copied(milvus_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairedStores]:
    with open_paired_stores(tmp_path_factory.mktemp("copied"), milvus_port, MODEL) as copied:
        copied.commit_runs(ROOT, copied_pictures())
        yield copied


@pytest.mark.parametrize("depth", [3, 400])
def test_copies_stand_where_their_own_names_put_them(copied: PairedStores, *, depth: int) -> None:
    index = open_index(copied.catalog, MODEL)
    limits = ServerLimits(depth=depth)
    engines: list[SearchEngine] = [
        SearchEngine(LocalBackend(copied.catalog, index), Words()),
        SearchEngine(MilvusBackend(copied.remote, MODEL, limits=limits), Words()),
    ]
    answers = []
    for engine in engines:
        hits = found(engine, "reptiles", fold=False)
        listed = [hit.file.path.relative_to(ROOT) for hit in hits]
        assert listed[0] == Path("zoo/reptiles.jpg")
        assert {str(path.parent) for path in listed[1:4]} == {"2024/reptiles"}
        assert sorted(path.name[0] for path in listed[4:10]) == ["a"] * 3 + ["z"] * 3
        answers.append((listed[1:4], [str(path)[-8:] for path in listed[4:10]]))
        folded = found(engine, "reptiles", fold=True)
        assert folded[0].file.path.name == "reptiles.jpg"
        assert [hit.copies for hit in folded[:3]] == [4, 3, 3]
        for text, first in (("snake", "snake.jpg"), ("z snake", "z snake.jpg")):
            for fold in (True, False):
                names_found = [hit.file.path.name for hit in found(engine, text, fold=fold)]
                of_snake = [name for name in names_found if "snake" in name]
                assert of_snake[0] == first
        deep = engine.extend(engine.search(parse("reptiles"), fold=False))
        assert len(set(deep.file_ids.tolist())) == len(deep) == len(copied_pictures())
    assert answers[0] == answers[1]


def test_a_whole_name_leads_the_folder_while_there_is_no_text_tower(copied: PairedStores) -> None:
    engines: list[SearchEngine] = [
        SearchEngine(LocalBackend(copied.catalog, open_index(copied.catalog, MODEL))),
        SearchEngine(MilvusBackend(copied.remote, MODEL)),
    ]
    for engine in engines:
        listed = names(engine, engine.search(parse("reptiles")))
        assert listed[0] == "reptiles.jpg"
        assert sorted(listed[1:]) == ["lizard.jpg", "snake.jpg", "turtle.jpg"]
        in_order = engine.search(parse("reptiles -sort:name"))
        assert names(engine, in_order) == ["turtle.jpg", "snake.jpg", "reptiles.jpg", "lizard.jpg"]
        elsewhere = engine.search(parse("reptiles", ROOT / "2024"))
        assert sorted(names(engine, elsewhere)) == ["lizard.jpg", "snake.jpg", "turtle.jpg"]


def test_words_find_names_while_there_is_no_text_tower(
    paired: PairedStores, local_engine: SearchEngine
) -> None:
    with_names = SearchEngine(LocalBackend(paired.catalog, open_index(paired.catalog, MODEL)))
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL))
    texts = (
        "sunset",
        "beach sun",
        "sunzet",
        "shot 1",
        "house ext:jpg",
        "no such name",
        "sea",
        "2024",
    )
    for text in texts:
        one, other = (each.search(parse(text)) for each in (with_names, engine))
        assert not other.semantic
        assert sorted(names(engine, other)) == sorted(names(with_names, one))


def test_in_a_large_library_only_what_was_found_is_looked_at_by_name(
    paired: PairedStores, milvus_engine: SearchEngine
) -> None:
    engine = SearchEngine(
        MilvusBackend(paired.remote, MODEL, limits=ServerLimits(named=100)), Words()
    )
    assert shape(found(engine, "img", fold=True)) == shape(found(milvus_engine, "img", fold=True))
    first, *_ = found(engine, "sunset", fold=True)
    assert first.file.path.name != "sunset.jpg"


@pytest.mark.parametrize("text", ["s3", "thing 2", "shot", "phone"])
def test_not_folded_every_file_is_listed(paired: PairedStores, text: str) -> None:
    everything = len(pictures()) - 1  # one is broken
    for depth in (3, 40):
        limits = ServerLimits(depth=depth, listed=depth)
        engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits), Words())
        deep = engine.extend(engine.search(parse(text), fold=False))
        assert len(set(deep.file_ids.tolist())) == len(deep) == everything


def test_raw_files_make_room_for_their_pictures(paired: PairedStores) -> None:
    shots = MilvusRawPairs(CachedTable(paired.remote, MODEL), enabled=True)
    names = ("shot 1.CR3", "shot 2.CR3", "shot 2.jpg", "apart.dng", "apart.jpg", "pxl_1.dng")
    paths = [bytes(ROOT / "2023/sea" / name) for name in names]
    ids = list(map(id_of, paths))
    rows = [{"id": id_of(path), "path": quoted(path)} for path in paths]
    shown, hidden = shots.pair(rows, EVERYTHING)
    assert (shown.tolist(), hidden) == ([-1, 2, -1, -1, -1, -1], [0, 5])
    assert [shots.has_raw(number) for number in ids] == [name == "shot 2.jpg" for name in names]
    elsewhere = replace(EVERYTHING, expression=NOTHING)
    assert shots.pair(rows, elsewhere)[1] == []


def test_a_picture_is_an_idea(local_engine: SearchEngine, milvus_engine: SearchEngine) -> None:
    text = 'like:"2024/été/sunset.jpg" + thing 1'
    one, other = (found(engine, text, fold=True) for engine in (local_engine, milvus_engine))
    assert [hit.score for hit in other] == pytest.approx([hit.score for hit in one], abs=1e-6)
    ranking = milvus_engine.search(parse(text))
    explained = dict(milvus_engine.explain(ranking, other[0]).matches)
    assert explained == pytest.approx(
        dict(local_engine.explain(local_engine.search(parse(text)), one[0]).matches), abs=1e-6
    )
    missing = milvus_engine.search(parse("like:2024/broken.jpg"))
    assert [hint.message for hint in missing.query.hints] == [
        "There is no picture 2024/broken.jpg."
    ]


def test_a_stale_query_ends_early_at_every_step(milvus_engine: SearchEngine) -> None:
    checks = count()
    milvus_engine.search(parse("thing 1"), 1, lambda: next(checks) < 0)
    steps = next(checks)
    assert steps >= 5
    for step in range(steps):
        answers = iter([False] * step + [True])
        with pytest.raises(StaleQueryError):
            milvus_engine.search(parse("thing 1"), 1, lambda answers=answers: next(answers))  # type: ignore[misc]
    assert len(milvus_engine.search(parse("thing 1")))


def test_another_models_text_tower_is_refused(milvus_engine: SearchEngine) -> None:
    with pytest.raises(ModelError, match="made-up"):
        milvus_engine.attach(ColourEmbedder())
    assert milvus_engine.is_semantic


def test_a_library_that_has_nothing_of_the_model(paired: PairedStores) -> None:
    engine = SearchEngine(MilvusBackend(paired.remote, "colours-1"), ColourEmbedder())
    for text in ("", "red", "red ext:jpg sort:date", "rose.jpg - red", "in:2023 near:1,2,3"):
        ranking = engine.search(parse(text))
        assert (len(ranking), ranking.count, ranking.total) == (0, 0, 0)
        assert engine.hits(engine.extend(ranking), 0, 10) == []


def test_a_picture_indexed_a_moment_ago_is_found(milvus_port: int, tmp_path: Path) -> None:
    with open_paired_stores(tmp_path, milvus_port, MODEL) as paired:
        paired.commit_runs(ROOT, [picture("a.jpg", 1, direction("thing 1"))])
        limits = ServerLimits(looked_every=0.0)
        engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits), Words())
        assert names(engine, engine.search(parse("thing 2"))) == ["a.jpg"]
        paired.commit_runs(ROOT, [picture("new/b.jpg", 2, direction("thing 2"))])
        assert changed(engine)
        assert names(engine, engine.search(parse("thing 2"))) == ["b.jpg", "a.jpg"]
        assert names(engine, engine.search(parse("in:new"))) == ["b.jpg"]
        paired.commit_runs(ROOT, [picture("c.jpg", 3, direction("thing 3"))])
        fresh = SearchEngine(MilvusBackend(paired.remote, MODEL), Words())
        assert len(fresh.search(parse("thing 3"), fold=False)) == 3
        assert changed(engine)
        assert len(engine.search(parse("ext:jpg"))) == 3
        ranking = engine.search(parse("thing 2"), fold=False)
        with paired.remote.writing(lambda: False) as writer:
            writer.remove_files([int(ranking.file_ids[0])])
        assert changed(engine)
        assert [hit.rank for hit in engine.hits(ranking, 0, 9)] == [2, 3]


def test_a_server_that_goes_away_and_comes_back(paired: PairedStores, milvus_port: int) -> None:
    with ToggleProxy(milvus_port) as gate:
        address = replace(paired.remote.client.address, port=gate.port)
        engine = SearchEngine(
            MilvusBackend(MilvusStore(MilvusConnection(ServerClient(address))), MODEL),
            Words(),
        )
        before = engine.search(parse("thing 1"))
        gate.close()
        for ask in (
            lambda: engine.search(parse("thing 2")),
            lambda: engine.extend(before),
            lambda: engine.hits(before, 0, 9),
        ):
            with pytest.raises(ServerError, match="does not answer") as caught:
                ask()
            assert "\n" not in str(caught.value)
        gate.open()
        again = engine.search(parse("thing 1"))
        assert again.file_ids.tolist() == before.file_ids.tolist()
        assert len(engine.hits(before, 0, 9)) == 9
        engine.close()
        with pytest.raises(ServerError):
            engine.search(parse("thing 1"))


def changed(engine: SearchEngine) -> bool:
    """Wait until the engine says that somebody has written; two seconds without news mean no."""
    patience = time.monotonic() + 2
    while time.monotonic() < patience:
        if engine.refresh():
            return True
        time.sleep(0.02)
    return False
