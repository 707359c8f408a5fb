"""Both backends answer queries to the same library in the same way."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.libraries.clustered_pictures import MODEL, ROOT, ClusterEmbedder, copied_pictures
from tests.support.libraries.paired_stores import PairedStores, open_paired_stores
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.milvus.backend import MilvusBackend
from tui.search.milvus.cached_table import ServerLimits
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.core.domain import Hit
    from tui.search.ranking.ranking import Ranking


@pytest.fixture(scope="module")
def local_engine(paired: PairedStores) -> SearchEngine:
    return SearchEngine(
        LocalBackend(paired.catalog, VectorIndex(paired.catalog, MODEL)), ClusterEmbedder()
    )


@pytest.fixture(scope="module")
def milvus_engine(paired: PairedStores) -> SearchEngine:
    return SearchEngine(MilvusBackend(paired.remote, MODEL), ClusterEmbedder())


def first_hits(
    engine: SearchEngine, text: str, scope: Path | None = None, *, fold: bool
) -> list[Hit]:
    ranking = engine.search(parse(text, scope), fold=fold)
    return engine.hits(ranking, 0, 50)


def summaries(hits: Sequence[Hit]) -> list[tuple[str, int, bool]]:
    return [(hit.file.path.name, hit.copies, hit.has_raw) for hit in hits]


QUERIES = [
    "thing 1", "thing 4 - thing 5", "2:thing 6 + nothing", "s7", "- thing 8", "a sunset", "beach",
    "sunset at the beach.jpg", "thing 7", "img", "img 12", "été", "thing 9 camera:2 after:1975",
    "thing 10 in:sea", "thing 11 name:copy", "thing 12 -in:2023", "s3 sort:date",
    "thing 13 sort:size", "thing 14 -sort:name", 'like:"2024/été/sunset.jpg" + thing 1',
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
            first_hits(local_engine, text, scope, fold=fold),
            first_hits(milvus_engine, text, scope, fold=fold),
        )
        assert [hit.score for hit in other] == pytest.approx([hit.score for hit in one], abs=1e-6)
        assert [hit.strength for hit in other] == pytest.approx(
            [hit.strength for hit in one], abs=1e-3
        )
        assert [hit.is_weak for hit in other] == [hit.is_weak for hit in one]
        if fold:
            assert [hit.reason for hit in other] == [hit.reason for hit in one]
            assert summaries(other) == summaries(one)
        else:  # copies, which have one score, come in another order
            assert sorted(summaries(other)) == sorted(summaries(one))


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
    limits = ServerLimits(depth=100, list_size=200)
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits))
    for text in ("", "sort:size", "-sort:date in:sea"):
        first = engine.search(parse(text))
        deep = engine.extend(first)
        assert 25 <= len(first) <= 200
        assert first.total >= first.count >= deep.count == deep.total
        assert names(engine, deep) == names(local_engine, local_engine.search(parse(text)))
        assert deep.file_ids[: len(first)].tolist() == first.file_ids.tolist()


def test_a_post_filtered_listing_is_deterministic(
    paired: PairedStores, local_engine: SearchEngine
) -> None:
    limits = ServerLimits(depth=50, list_size=200)
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
            ClusterEmbedder(),
        )
        deep = engine.extend(engine.search(parse("thing 3"), fold=False))
        assert sorted(names(engine, deep)) == files


@pytest.fixture(scope="module")
def copied(milvus_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairedStores]:
    with open_paired_stores(tmp_path_factory.mktemp("copied"), milvus_port, MODEL) as copied:
        copied.commit_runs(ROOT, copied_pictures())
        yield copied


@pytest.mark.parametrize("depth", [3, 400])
def test_copies_are_ranked_by_their_own_names(copied: PairedStores, *, depth: int) -> None:
    index = VectorIndex(copied.catalog, MODEL)
    limits = ServerLimits(depth=depth)
    engines: list[SearchEngine] = [
        SearchEngine(LocalBackend(copied.catalog, index), ClusterEmbedder()),
        SearchEngine(MilvusBackend(copied.remote, MODEL, limits=limits), ClusterEmbedder()),
    ]
    answers = []
    for engine in engines:
        hits = first_hits(engine, "reptiles", fold=False)
        listed = [hit.file.path.relative_to(ROOT) for hit in hits]
        assert listed[0] == Path("zoo/reptiles.jpg")
        assert {str(path.parent) for path in listed[1:4]} == {"2024/reptiles"}
        assert sorted(path.name[0] for path in listed[4:10]) == ["a"] * 3 + ["z"] * 3
        answers.append((listed[1:4], [str(path)[-8:] for path in listed[4:10]]))
        folded = first_hits(engine, "reptiles", fold=True)
        assert folded[0].file.path.name == "reptiles.jpg"
        assert [hit.copies for hit in folded[:3]] == [4, 3, 3]
        for text, first in (("snake", "snake.jpg"), ("z snake", "z snake.jpg")):
            for fold in (True, False):
                names_found = [hit.file.path.name for hit in first_hits(engine, text, fold=fold)]
                of_snake = [name for name in names_found if "snake" in name]
                assert of_snake[0] == first
        deep = engine.extend(engine.search(parse("reptiles"), fold=False))
        assert len(set(deep.file_ids.tolist())) == len(deep) == len(copied_pictures())
    assert answers[0] == answers[1]


def test_a_whole_name_precedes_the_folder_without_a_text_tower(copied: PairedStores) -> None:
    engines: list[SearchEngine] = [
        SearchEngine(LocalBackend(copied.catalog, VectorIndex(copied.catalog, MODEL))),
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


def test_words_find_names_without_a_text_tower(
    paired: PairedStores, local_engine: SearchEngine
) -> None:
    with_names = SearchEngine(LocalBackend(paired.catalog, VectorIndex(paired.catalog, MODEL)))
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
