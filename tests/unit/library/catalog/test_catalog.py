from __future__ import annotations

import os
import threading
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.libraries.catalog_rows import (
    DIM,
    MODEL,
    commit_pictures,
    indexed_file,
    unit_vectors,
)
from tests.support.libraries.indexed_library import browse_files
from tui.core.errors import CatalogError, ModelError
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check
from tui.search.local.picture_table import PictureTable

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B, C, D = unit_vectors(4)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "data") as opened:
        CatalogWriter(opened).register_model(MODEL, DIM)
        yield opened
        opened.close()
    assert all(finding.ok for finding in check(tmp_path / "data") if finding.subject != "index")


@pytest.fixture
def writer(catalog: Catalog) -> CatalogWriter:
    return CatalogWriter(catalog)


def found(catalog: Catalog, scope: str | None = None) -> list[str]:
    table = catalog.files(MODEL, None if scope is None else Path(scope))
    return [str(item.path) for item in catalog.details(table.file_ids.tolist())]


# --- opening --------------------------------------------------------------------------------------


def test_a_reader_without_a_library_finds_and_creates_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with Catalog.open(data_dir, read_only=True) as reader:
        assert found(reader) == []
        assert reader.roots() == []
        assert reader.count() == 0
        assert reader.status().files == 0
        assert len(reader.vectors_since(MODEL, 0)) == 0
    assert not data_dir.exists()


def test_a_reader_sees_the_library_as_soon_as_it_exists(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with Catalog.open(data_dir, read_only=True) as reader:
        before = reader.data_version()
        with Catalog.open(data_dir) as catalog:
            commit_pictures(CatalogWriter(catalog), unit_vectors(3))
            assert reader.data_version() != before
            assert len(found(reader)) == 3


def test_the_data_folder_is_private(tmp_path: Path) -> None:
    Catalog.open(tmp_path / "a" / "data").close()
    assert (tmp_path / "a" / "data").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "data" / "catalog.sqlite").stat().st_mode & 0o777 == 0o600


def test_a_reader_can_not_write(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    with (
        Catalog.open(tmp_path, read_only=True) as reader,
        pytest.raises(CatalogError, match="for reading only"),
    ):
        CatalogWriter(reader).add_root(Path("/p"))


def test_a_closed_catalog_raises_a_sentence(tmp_path: Path) -> None:
    catalog = Catalog.open(tmp_path)
    catalog.close()
    with pytest.raises(CatalogError, match="closed"):
        catalog.roots()
    with pytest.raises(CatalogError, match="closed"):
        CatalogWriter(catalog).add_root(Path("/p"))


def test_a_catalog_that_is_being_created_does_not_count_yet(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").touch()
    with Catalog.open(tmp_path, read_only=True) as reader:
        before = reader.data_version()
        assert reader.count() == 0
        assert reader.data_version() == before
        with Catalog.open(tmp_path) as catalog:
            commit_pictures(CatalogWriter(catalog), unit_vectors(3))
        assert reader.data_version() != before
        assert reader.count() == 3


def test_commits_survive_reopening(tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(5))
        CatalogWriter(catalog).add_root(Path("/p"))
    with Catalog.open(tmp_path) as catalog:
        assert catalog.roots() == [Path("/p")]
        assert np.allclose(catalog.vectors(MODEL, range(1, 6)), unit_vectors(5), atol=1e-3)


def test_the_data_version_changes_with_every_commit(tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as one, Catalog.open(tmp_path) as other:
        CatalogWriter(one).register_model(MODEL, DIM)
        versions = [one.data_version()]
        for committer, name in ((one, "a"), (other, "b"), (one, "c")):
            CatalogWriter(committer).add_root(Path(f"/{name}"))
            versions.append(one.data_version())
        assert len(set(versions)) == 4
        assert one.data_version() == versions[-1]


# --- content --------------------------------------------------------------------------------------


def test_the_same_bytes_are_embedded_once(catalog: Catalog, writer: CatalogWriter) -> None:
    done = writer.commit(MODEL, [indexed_file("/p/a.jpg", b"1", A), indexed_file("/p/b.jpg", b"1")])
    again = writer.commit(MODEL, [indexed_file("/q/c.jpg", b"1", B)])
    assert (done.embedded, done.reused) == (1, 1)
    assert (again.embedded, again.reused) == (0, 1)
    assert found(catalog) == ["/p/a.jpg", "/p/b.jpg", "/q/c.jpg"]
    assert set(catalog.files(MODEL).content_ids) == {1}
    assert np.allclose(catalog.vectors(MODEL, [1])[0], A, atol=1e-3)


def test_the_embedding_of_a_returned_file_is_reused(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    writer.commit(MODEL, [indexed_file("/p/a.jpg", b"1", A)])
    assert writer.remove_files(catalog.files(MODEL).file_ids.tolist()) == 1
    assert found(catalog) == []
    contents = catalog.content_records([b"1", b"2"], MODEL)
    assert list(contents) == [b"1"]
    assert contents[b"1"].embedded
    writer.commit(MODEL, [indexed_file("/p/new.jpg", b"1")])
    assert found(catalog) == ["/p/new.jpg"]


def test_a_changed_file_gets_its_new_content(catalog: Catalog, writer: CatalogWriter) -> None:
    writer.commit(MODEL, [indexed_file("/p/a.jpg", b"1", A)])
    first = catalog.files(MODEL)
    writer.commit(MODEL, [indexed_file("/p/a.jpg", b"2", B, mtime_ns=2)])
    now = catalog.files(MODEL)
    assert now.file_ids.tolist() == first.file_ids.tolist()
    assert now.content_ids.tolist() == [2]


def test_file_records_have_the_facts_of_the_last_run(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    picture = indexed_file("/p/a.jpg", b"1", A)
    broken = indexed_file("/p/b.jpg", b"2", error="It is not a picture.")
    closed = indexed_file("/p/c.jpg", None, error="Permission denied.")
    writer.commit(MODEL, [picture, broken, closed])
    files = catalog.file_records(Path("/p"), MODEL)
    assert set(files) == {b"/p/a.jpg", b"/p/b.jpg", b"/p/c.jpg"}
    assert files[b"/p/a.jpg"].matches(picture.file)
    assert not files[b"/p/a.jpg"].matches(indexed_file("/p/a.jpg", b"1", mtime_ns=2).file)
    assert files[b"/p/a.jpg"].embedded
    assert files[b"/p/b.jpg"].error == "It is not a picture."
    assert files[b"/p/b.jpg"].decoder == "decoder 1"
    assert files[b"/p/c.jpg"].content_id is None
    assert not catalog.file_records(Path("/p"), "another model")[b"/p/a.jpg"].embedded
    assert catalog.file_records(Path("/q"), MODEL) == {}


def test_a_number_beyond_sqlite_s_range_still_matches(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    from dataclasses import replace

    item = indexed_file("/p/a.jpg", b"1", A)
    item = replace(item, file=replace(item.file, inode=2**127 + 5, mtime_ns=2**64))
    writer.commit(MODEL, [item])
    assert catalog.file_records(Path("/p"), MODEL)[b"/p/a.jpg"].matches(item.file)


def test_failures_are_listed_with_their_reasons(catalog: Catalog, writer: CatalogWriter) -> None:
    writer.commit(
        MODEL,
        [
            indexed_file("/p/a.jpg", b"1", A),
            indexed_file("/p/z.jpg", b"2", error="It is not a picture."),
            indexed_file("/p/b/c.jpg", None, error="Permission denied."),
        ],
    )
    reasons = [(str(failure.path), failure.reason) for failure in catalog.failures(10)]
    assert reasons == [
        ("/p/z.jpg", "It is not a picture."),
        ("/p/b/c.jpg", "Permission denied."),
    ]
    assert len(catalog.failures(1)) == 1
    assert len(catalog.failures(10, Path("/p/b"))) == 1
    assert catalog.count() == 1
    status = catalog.status()
    assert (status.failures, status.pictures, status.contents) == (2, 1, 1)


def test_bytes_that_a_newer_decoder_can_read_become_a_picture(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    writer.commit(
        MODEL, [indexed_file("/p/a.jpg", b"1", error="No."), indexed_file("/q/b.jpg", b"1")]
    )
    assert catalog.count() == 0
    writer.commit(MODEL, [indexed_file("/p/a.jpg", b"1", A)])
    assert catalog.count() == 2
    assert catalog.failures(10) == []
    assert catalog.folder_counts(Path("/")) == {"p": 1, "q": 1}


# --- names and folders ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [b"new\nline.jpg", b"not utf-8 \xff\xfe.jpg", b"x" * 200 + b".jpg", "Été 日本 🏖.jpg".encode()],
)
def test_any_name_survives(catalog: Catalog, writer: CatalogWriter, name: bytes) -> None:
    path = Path(os.fsdecode(b"/p \xfe\n/" + name))
    writer.commit(MODEL, [indexed_file(path, b"1", A)])
    [details] = catalog.details([1])
    assert os.fsencode(details.path) == b"/p \xfe\n/" + name
    assert list(catalog.file_records(path.parent, MODEL)) == [b"/p \xfe\n/" + name]
    assert [item.file_id for item in browse_files(catalog, path.parent)] == [1]
    assert list(catalog.folder_counts(Path("/"))) == [path.parent.name]


def test_details_show_which_files_have_the_same_bytes(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    files = [
        indexed_file(f"/p/{name}", data, A)
        for name, data in zip("abc", (b"1", b"2", b"1"), strict=True)
    ]
    writer.commit(MODEL, files)
    contents = [details.content for details in catalog.details([1, 2, 3])]
    assert contents == [file.digest for file in files]
    assert contents[0] == contents[2] != contents[1]


def test_a_scope_excludes_folders_with_a_similar_path(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    paths = ["/p/a/1", "/p/a/b/c/2", "/p/ab/3", "/p/a.b/4", "/p/a-b/5", "/p/a0/6", "/p/A/7"]
    writer.commit(MODEL, [indexed_file(path, path.encode(), A) for path in paths])
    assert found(catalog, "/p/a") == ["/p/a/1", "/p/a/b/c/2"]
    assert len(found(catalog, "/")) == len(paths)
    assert catalog.count(Path("/p/a")) == 2
    assert catalog.count(Path("/p/a"), MODEL) == 2
    assert catalog.folder_counts(Path("/p")) == {
        "a": 2, "ab": 1, "a.b": 1, "a-b": 1, "a0": 1, "A": 1,
    }  # fmt: skip
    assert catalog.folder_counts(Path("/p/a")) == {"b": 1}


def test_words_match_in_any_case_and_unicode_form(catalog: Catalog, writer: CatalogWriter) -> None:
    decomposed = unicodedata.normalize("NFD", "Été à la PLAGE.jpg")
    writer.commit(
        MODEL, [indexed_file(f"/p/{decomposed}", b"1", A), indexed_file("/p/Straße.jpg", b"2", B)]
    )
    columns = PictureTable(catalog)

    def named(*words: str) -> list[int]:
        everywhere = np.ones(len(columns), dtype=np.bool_)
        ids: list[int] = columns.file_ids[columns.names.filter_rows(words, everywhere)].tolist()
        return ids

    assert named("été", "plage") == [1]
    assert named("STRASSE") == [2]
    assert named("été", "straße") == []
    assert named(".jpg") == [1, 2]
    assert named("%") == []


def test_details_have_the_order_of_the_ids(catalog: Catalog, writer: CatalogWriter) -> None:
    commit_pictures(writer, unit_vectors(3))
    assert [item.file_id for item in catalog.details([3, 99, 1, 3])] == [3, 1, 3]


# --- missing folders ------------------------------------------------------------------------------


def test_a_missing_folder_keeps_its_rows_but_has_no_results(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    writer.commit(
        MODEL,
        [
            indexed_file("/p/a/1.jpg", b"1", A),
            indexed_file("/p/a/b/2.jpg", b"2", B),
            indexed_file("/p/c/3.jpg", b"3", C),
            indexed_file("/p/a/bad.jpg", b"4", error="No."),
        ],
    )
    before = catalog.data_version()
    assert writer.set_available(Path("/p")) == 0
    assert catalog.data_version() == before
    assert writer.set_available(Path("/p"), [Path("/p/a")]) == 2
    assert found(catalog) == ["/p/c/3.jpg"]
    assert found(catalog, "/p/a") == []
    assert catalog.count() == 1
    assert catalog.count(None, MODEL) == 1
    assert [item.file_id for item in browse_files(catalog)] == [3]
    assert catalog.failures(10) == []
    assert catalog.folder_counts(Path("/p")) == {"c": 1}
    assert len(catalog.file_records(Path("/p"), MODEL)) == 4
    status = catalog.status()
    assert (status.unavailable, status.pictures, status.contents) == (3, 1, 1)
    writer.set_available(Path("/p"))
    assert len(found(catalog)) == 3
    assert catalog.file_records(Path("/p"), MODEL)[b"/p/a/1.jpg"].embedded


def test_a_file_that_was_read_makes_its_folder_available(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", A)])
    writer.set_available(Path("/p"), [Path("/p")])
    writer.commit(MODEL, [indexed_file("/p/2.jpg", b"2", B)])
    assert len(found(catalog)) == 2


# --- forgetting -----------------------------------------------------------------------------------


def test_forgetting_counts_the_rows_first(catalog: Catalog, writer: CatalogWriter) -> None:
    writer.add_root(Path("/p"))
    writer.add_root(Path("/q"))
    writer.commit(
        MODEL,
        [
            indexed_file("/p/1.jpg", b"1", A),
            indexed_file("/p/deep/2.jpg", b"2", B),
            indexed_file("/q/2.jpg", b"2"),
            indexed_file("/pq/3.jpg", b"3", C),
        ],
    )
    before = catalog.status()
    would = writer.forget(Path("/p"), dry_run=True)
    assert catalog.status() == before
    assert writer.forget(Path("/p")) == would
    assert (would.folders, would.files, would.contents, would.embeddings) == (2, 2, 1, 1)
    assert found(catalog) == ["/q/2.jpg", "/pq/3.jpg"]
    assert catalog.roots() == [Path("/q")]
    assert list(catalog.content_records([b"1", b"2"], MODEL)) == [b"2"]


def test_an_id_is_never_used_again(catalog: Catalog, writer: CatalogWriter) -> None:
    writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", A)])
    writer.forget(Path("/p"))
    writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", B)])
    table = catalog.files(MODEL)
    assert table.file_ids.tolist() == [2]
    assert table.content_ids.tolist() == [2]


def test_pruning_drops_contents_without_a_file(catalog: Catalog, writer: CatalogWriter) -> None:
    writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", A), indexed_file("/q/2.jpg", b"2", B)])
    writer.remove_files([1])
    dropped = writer.prune()
    assert (dropped.folders, dropped.contents, dropped.embeddings) == (1, 1, 1)
    assert list(catalog.content_records([b"1", b"2"], MODEL)) == [b"2"]


# --- vectors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vector",
    [
        np.full(DIM, np.nan, np.float32),
        np.full(DIM, np.inf, np.float32),
        np.zeros(DIM, np.float32),
        A * 2,
        A[:-1],
        A[np.newaxis],
    ],
    ids=["nan", "inf", "zero", "long", "short", "matrix"],
)
def test_an_invalid_vector_is_rejected_with_its_whole_batch(
    catalog: Catalog, writer: CatalogWriter, vector: np.ndarray
) -> None:
    with pytest.raises(ModelError):
        writer.commit(
            MODEL, [indexed_file("/p/good.jpg", b"1", A), indexed_file("/p/bad.jpg", b"2", vector)]
        )
    assert catalog.status().files == 0


def test_a_vector_of_bfloat16_precision_is_normalized(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", A * np.float32(1.004))])
    assert np.linalg.norm(catalog.vectors(MODEL, [1])[0]) == pytest.approx(1, abs=1e-6)


def test_a_model_must_be_registered_and_keeps_its_length(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    with pytest.raises(ModelError, match="not registered"):
        writer.commit("stranger", [indexed_file("/p/1.jpg", b"1", A)])
    with pytest.raises(ModelError, match="length 8"):
        writer.register_model(MODEL, DIM + 1)
    writer.register_model(MODEL, DIM)
    assert catalog.dim(MODEL) == DIM
    assert catalog.dim("stranger") is None


def test_models_have_separate_vectors(catalog: Catalog, writer: CatalogWriter) -> None:
    writer.register_model("other", 4)
    writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", A)])
    writer.commit("other", [indexed_file("/p/1.jpg", b"1", unit_vectors(1, 4)[0])])
    writer.commit("other", [indexed_file("/p/2.jpg", b"2", unit_vectors(2, 4)[1])])
    assert catalog.files(MODEL).content_ids.tolist() == [1]
    assert catalog.files("other").content_ids.tolist() == [1, 2]
    assert catalog.vectors("other", [2, 1]).shape == (2, 4)
    assert catalog.vectors_since(MODEL, 0).keys.tolist() == [1]
    assert catalog.vectors_since("other", 0, 1).keys.tolist() == [1]
    assert catalog.status().embeddings == {MODEL: 1, "other": 2}


def test_a_missing_vector_is_an_error_with_a_sentence(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    commit_pictures(writer, unit_vectors(2))
    with pytest.raises(CatalogError, match="index it first"):
        catalog.vectors(MODEL, [1, 3])
    assert catalog.vectors(MODEL, []).shape[0] == 0


# --- threads --------------------------------------------------------------------------------------


def test_threads_read_whole_batches_while_another_commits(
    catalog: Catalog, writer: CatalogWriter
) -> None:
    stop = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not stop.is_set():
            table = catalog.files(MODEL)
            if len(table) % 10 or len(catalog.details(table.file_ids.tolist())) != len(table):
                wrong.append(len(table))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for batch in range(20):
        vectors = unit_vectors(10, seed=batch)
        writer.commit(
            MODEL,
            [
                indexed_file(f"/p/{batch}/{n}", f"{batch} {n}".encode(), vectors[n])
                for n in range(10)
            ],
        )
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(found(catalog)) == 200
