"""A library is copied to a real Milvus server and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.libraries.catalog_rows import MODEL, indexed_file, unit_vectors
from tests.support.libraries.transfer_fixtures import OTHER, dump, fill_catalog, run_transfer
from tests.support.terminals.command_line import photoseek
from tui.core.errors import CatalogError
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.transfer import LocalEndpoint
from tui.library.local.vectors.vector_index import VectorIndex
from tui.library.milvus.metadata import MODEL as MODEL_NOTE
from tui.library.milvus.rows.expressions import FOUND
from tui.library.milvus.store import MilvusStore, open_milvus
from tui.library.milvus.transfer import MilvusEndpoint
from tui.storage.path_encoding import decode


@pytest.fixture
def store(milvus_address: str) -> Iterator[MilvusStore]:
    with open_milvus(milvus_address, write=True) as opened:
        yield opened


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "source") as catalog:
        fill_catalog(catalog)
        yield catalog


def held(catalog: Catalog) -> dict[str, Any]:
    """Return the facts that survive: a server does not store the decoder of a readable picture."""
    rows = dump(catalog)
    rows["contents"] = [row if row[8] else row[:9] for row in rows["contents"]]
    return rows


class Killed(MilvusEndpoint):
    """Fails at the n-th written batch."""

    def __init__(self, store: MilvusStore, puts: int) -> None:
        super().__init__(store)
        self._countdown = puts

    def put(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        super().put(model_id, items)
        self._countdown -= 1
        if not self._countdown:
            raise KeyboardInterrupt


def test_a_library_is_copied_to_a_server_and_back(
    store: MilvusStore, milvus_address: str, source: Catalog, tmp_path: Path
) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_transfer(LocalEndpoint(source), Killed(store, 3))
    upload = photoseek("library", "copy", str(source.data_dir), milvus_address)
    assert upload.code == 0, upload.stderr
    assert f"{MODEL}: 16 files copied, 12 already in DST" in upload.stderr
    assert "28 files with 15 contents are in both; 26 vectors compared" in upload.stderr
    assert f"{OTHER}: 7 files copied, 0 already in DST" in upload.stderr
    store.metadata.all(MODEL_NOTE, strong=True)  # A strong read makes later reads see all writes.
    assert store.roots() == source.roots()
    assert store.folder_counts(decode(b"/p")) == source.folder_counts(decode(b"/p"))
    query = unit_vectors(1, seed=9)[0]
    rows = store.rows(MODEL)
    assert rows is not None
    hits, scores = rows.search(query, FOUND, ("content",), 8, ef=64, strong=True)
    keys, cosines = VectorIndex(source, MODEL).search(query, 4)
    best = [source.digest(int(key)).hex() for key in keys]
    score_by_content = {
        row["content"]: score for row, score in zip(hits, scores, strict=True)
    }  # or twice
    assert list(score_by_content)[:4] == best
    assert np.allclose([score_by_content[content] for content in best], cosines, atol=1e-6)

    with Catalog.open(tmp_path / "back") as catalog:
        back = run_transfer(MilvusEndpoint(store), LocalEndpoint(catalog))
        assert back.is_whole
        assert held(catalog) == held(source)
        ours, theirs = (VectorIndex(each, MODEL).search(query, 9) for each in (source, catalog))
        assert np.array_equal(ours[1], theirs[1])

    check_that_newer_and_other_files_are_unchanged(store, source)


def check_that_newer_and_other_files_are_unchanged(store: MilvusStore, source: Catalog) -> None:
    """Reuse the library, since a server takes seconds to create another."""
    vector = unit_vectors(1)[0]
    with store.writing(lambda: False) as writer:
        foreign = indexed_file("/other/x.jpg", b"x".ljust(16), vector)
        newer = indexed_file("/p/0/0.jpg", b"changed".ljust(16), vector, mtime_ns=2 * 10**18)
        writer.commit(MODEL, [foreign, newer])
    with pytest.raises(CatalogError, match=r"such as /other/x\.jpg; pass --merge"):
        run_transfer(LocalEndpoint(source), MilvusEndpoint(store))
    report = run_transfer(LocalEndpoint(source), MilvusEndpoint(store), merge=True)
    assert report.is_whole
    assert report.models[0].conflicts == 1
    files = MilvusEndpoint(store).find(MODEL, [b"/other/x.jpg", b"/p/0/0.jpg"], vectors=False)
    assert [record.item.digest for record in files.values()] == [foreign.digest, newer.digest]
