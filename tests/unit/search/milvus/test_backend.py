"""Behaviour that only a library on a Milvus server has: limits, freshness and lost connections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.catalog_builder import search_names
from tests.support.libraries.clustered_pictures import (
    MODEL,
    ROOT,
    ClusterEmbedder,
    clustered_pictures,
    direction,
    picture,
)
from tests.support.libraries.paired_stores import PairedStores, open_paired_stores
from tests.support.servers.toggle_proxy import ToggleProxy
from tui.core.errors import ServerError
from tui.library.milvus.client import ServerClient
from tui.library.milvus.connection import MilvusConnection
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.schema import id_of, quote
from tui.library.milvus.store import MilvusStore
from tui.search.engine import SearchEngine
from tui.search.milvus.backend import MilvusBackend
from tui.search.milvus.cached_table import EVERYTHING, CachedTable, ServerLimits
from tui.search.milvus.filters import NOTHING
from tui.search.milvus.raw_pairs import MilvusRawPairs
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from pathlib import Path


def test_a_hint_says_that_the_server_does_not_list_more(paired: PairedStores) -> None:
    limits = ServerLimits(depth=50, list_size=200)
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits), ClusterEmbedder())
    for text in ("thing 1", ""):
        first = replace(engine.search(parse(text)), total=MOST + 1)
        deep = engine.extend(first)
        assert [hint.message for hint in deep.query.hints] == [
            "Only 16,384 results are listed; a folder or a filter shows others."
        ]
        assert (deep.unranked_count, deep.total) == (0, MOST + 1)


def test_names_are_not_searched_in_a_large_library(paired: PairedStores) -> None:
    limits = ServerLimits(name_search_files=100)
    engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits), ClusterEmbedder())
    thorough = SearchEngine(MilvusBackend(paired.remote, MODEL), ClusterEmbedder())
    first = search_names(engine, "img", fold=True)[:50]
    assert first == search_names(thorough, "img", fold=True)[:50]
    assert search_names(thorough, "sunset", fold=True)[0] == "sunset.jpg"
    assert search_names(engine, "sunset", fold=True)[0] != "sunset.jpg"


@pytest.mark.parametrize("text", ["s3", "thing 2", "shot", "phone"])
def test_an_extended_ranking_has_every_file(paired: PairedStores, text: str) -> None:
    everything = len(clustered_pictures()) - 1  # one is broken
    for depth in (3, 40):
        limits = ServerLimits(depth=depth, list_size=depth)
        engine = SearchEngine(MilvusBackend(paired.remote, MODEL, limits=limits), ClusterEmbedder())
        deep = engine.extend(engine.search(parse(text), fold=False))
        assert len(set(deep.file_ids.tolist())) == len(deep) == everything


def test_raw_files_are_hidden_behind_their_pictures(paired: PairedStores) -> None:
    pairs = MilvusRawPairs(CachedTable(paired.remote, MODEL), enabled=True)
    names = ("shot 1.CR3", "shot 2.CR3", "shot 2.jpg", "apart.dng", "apart.jpg", "pxl_1.dng")
    paths = [bytes(ROOT / "2023/sea" / name) for name in names]
    ids = list(map(id_of, paths))
    rows = [{"id": id_of(path), "path": quote(path)} for path in paths]
    shown, hidden = pairs.pair(rows, EVERYTHING)
    assert (shown.tolist(), hidden) == ([-1, 2, -1, -1, -1, -1], [0, 5])
    assert [pairs.has_raw(number) for number in ids] == [name == "shot 2.jpg" for name in names]
    elsewhere = replace(EVERYTHING, expression=NOTHING)
    assert pairs.pair(rows, elsewhere)[1] == []


def test_a_model_without_pictures_has_no_results(paired: PairedStores) -> None:
    engine = SearchEngine(MilvusBackend(paired.remote, "colours-1"), ColourEmbedder())
    for text in ("", "red", "red ext:jpg sort:date", "rose.jpg - red", "in:2023 near:1,2,3"):
        ranking = engine.search(parse(text))
        assert (len(ranking), ranking.count, ranking.total) == (0, 0, 0)
        assert engine.hits(engine.extend(ranking), 0, 10) == []


def test_a_picture_indexed_a_moment_ago_is_found(milvus_port: int, tmp_path: Path) -> None:
    with open_paired_stores(tmp_path, milvus_port, MODEL) as paired:
        for number, name in enumerate(["a.jpg", "new/b.jpg"], 1):
            paired.commit_runs(ROOT, [picture(name, number, direction(f"thing {number}"))])
            engine = SearchEngine(MilvusBackend(paired.remote, MODEL), ClusterEmbedder())
            assert len(engine.search(parse("thing 2"), fold=False)) == number
        assert search_names(engine, "in:new") == ["b.jpg"]


def test_the_engine_recovers_when_the_server_returns(
    paired: PairedStores, milvus_port: int
) -> None:
    with ToggleProxy(milvus_port) as gate:
        address = replace(paired.remote.client.address, port=gate.port)
        engine = SearchEngine(
            MilvusBackend(MilvusStore(MilvusConnection(ServerClient(address))), MODEL),
            ClusterEmbedder(),
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
