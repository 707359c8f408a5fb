"""A library on a real Milvus server, changed by indexing runs."""

from __future__ import annotations

import os
import shutil
import threading
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.indexed_library import IndexedLibrary, nonzero_counts
from tests.support.servers.milvus_server import connect as plain_client
from tests.support.servers.milvus_server import drop_database
from tui.core.domain import ImageFile, PictureInfo
from tui.core.errors import ModelError, ServerError
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.report import IndexReport
from tui.library.base.folder_notes import MOUNT, OPTIONS
from tui.library.base.records import CommitResult, ForgetResult, IndexedFile
from tui.library.milvus.address import parse_address
from tui.library.milvus.client import MissingLibraryError
from tui.library.milvus.forget import forget
from tui.library.milvus.rows.collections import FORMAT, rows_name
from tui.library.milvus.rows.expressions import below
from tui.library.milvus.rows.schema import id_of
from tui.library.milvus.store import open_milvus
from tui.library.milvus.transfer import MilvusEndpoint
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.library.milvus.store import MilvusStore

_fixtures = count(1)
MODEL = ColourEmbedder().model_id
NAMES = [
    'quo"te.png',
    "back\\slash'.png",
    "50%_off%41.png",
    "new\nline.png",
    os.fsdecode(b"latin-\xe9.png"),
    "日本語の写真.png",
    "x" * 246 + ".png",
    '") or id >= 0 or (path == ".png',
]


@pytest.fixture(scope="module")
def address(milvus_port: int) -> Iterator[str]:
    """Return one library for all tests here; each uses its own folders in it."""
    name = f"store_{os.getpid()}"
    yield f"milvus://127.0.0.1:{milvus_port}/{name}"
    drop_database(milvus_port, name)


@pytest.fixture
def store(address: str) -> Iterator[MilvusStore]:
    with open_milvus(address, write=True) as store:
        yield store


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return pictures with hostile names, a copy, and a broken one."""
    folder = tmp_path / "pho'tos\n\"%"
    base = 1000 * next(_fixtures)
    for number, name in enumerate(NAMES):
        path = save_picture(folder / f"{number % 3}" / f"{number}.png", "red", note=base + number)
        path.rename(path.with_name(name))
    shutil.copy(folder / "0" / NAMES[0], folder / "copy.png")
    (folder / "broken.jpg").write_bytes(f"no picture {tmp_path}".encode())
    return folder


def index(
    store: MilvusStore, *folders: Path, embedder: ColourEmbedder | None = None
) -> IndexReport:
    model = embedder or ColourEmbedder()
    report = index_folders(
        store,
        folders,
        model_id=model.model_id,
        load=lambda: model,
        settings=Settings(data_dir=Path("/nowhere"), batch_size=4, threads=2),
        on_progress=lambda _: None,
        cancelled=lambda: False,
    )
    settle(store)
    return report


def settle(store: MilvusStore) -> None:
    """Wait until the server's answers include all writes."""
    store.metadata.run_start()
    rows = store.rows(MODEL)
    assert rows is not None
    rows.count(strong=True)


def rows_below(store: MilvusStore, folder: Path) -> list[Path]:
    """Return the path of every row below a folder, so that duplicate rows show."""
    rows = store.rows(MODEL)
    assert rows is not None
    matches = rows.query("id >= 0", ("path", "id"), strong=True)
    files = store.details([row["id"] for row in matches], MODEL)
    return sorted(file.path for file in files if folder in file.path.parents)


def test_a_second_run_changes_nothing(store: MilvusStore, photos: Path) -> None:
    report = index(store, photos)
    assert nonzero_counts(report) == {"indexed": 8, "reused": 1, "failed": 1}
    assert nonzero_counts(index(store, photos)) == {"unchanged": 9, "failed": 1}
    assert photos in store.roots()
    files = store.file_records(photos, MODEL)
    assert set(files) == {encode(path) for path in photos.rglob("*.*")}
    assert store.count(photos) == 9
    assert store.folder_counts(photos) == {"0": 3, "1": 3, "2": 2}
    assert store.file_records(photos / "1", MODEL, deep=False).keys() == {
        encode(path) for path in (photos / "1").iterdir()
    }
    (failure,) = store.failures(10, photos)
    assert failure.path == photos / "broken.jpg"
    assert store.model_metadata(MODEL).last_run() > 0


def test_moved_removed_and_changed_files_are_updated(
    store: MilvusStore, photos: Path, tmp_path: Path
) -> None:
    embedder = ColourEmbedder()
    index(store, photos, embedder=embedder)
    before = store.version()
    (photos / "0" / NAMES[0]).rename(photos / "2" / "moved.png")
    (photos / "1").rename(photos / "renamed")
    shutil.rmtree(photos / "2" / "nothing", ignore_errors=True)
    (photos / "2" / NAMES[2]).unlink()
    save_picture(photos / "copy.png", "blue", note=123_456)
    assert nonzero_counts(index(store, photos, embedder=embedder)) == {
        "unchanged": 3,
        "indexed": 1,
        "reused": 4,
        "removed": 5,
        "failed": 1,
    }
    assert embedder.pictures_embedded == 9
    assert rows_below(store, photos) == sorted(path for path in photos.rglob("*.*"))
    assert store.folder_counts(photos) == {"0": 2, "2": 2, "renamed": 3}
    assert store.version() > before
    assert nonzero_counts(index(store, photos, embedder=embedder)) == {"unchanged": 8, "failed": 1}


def test_a_milvus_library_has_the_rows_of_a_local_one(
    store: MilvusStore, photos: Path, tmp_path: Path
) -> None:
    index(store, photos)
    local = IndexedLibrary(tmp_path / "data")
    local.index(photos)
    table = local.catalog.files(MODEL)
    ours = local.catalog.details(table.file_ids.tolist())
    ids = [id_of(encode(file.path)) for file in ours]
    theirs = store.details(ids, MODEL)
    assert [replace(file, file_id=0) for file in theirs] == [
        replace(file, file_id=0) for file in ours
    ]
    vectors = local.catalog.vectors(MODEL, table.content_ids.tolist())
    assert np.array_equal(store.vectors(MODEL, ids), vectors)
    assert store.folder_counts(photos.parent) == local.catalog.folder_counts(photos.parent)
    local.catalog.close()


def test_a_missing_folder_keeps_its_rows(store: MilvusStore, photos: Path, tmp_path: Path) -> None:
    index(store, photos)
    photos.rename(tmp_path / "unmounted")
    assert index(store, photos).missing == (photos,)
    assert store.count(photos) == 9
    (tmp_path / "unmounted").rename(photos)
    assert nonzero_counts(index(store, photos)) == {"unchanged": 9, "failed": 1}


def test_two_runs_at_once_create_one_library(address: str, photos: Path) -> None:
    for number in range(60):
        save_picture(photos / "many" / f"{number}.png", "green", note=number)
    reports: list[IndexReport] = []

    def run() -> None:
        with open_milvus(address, write=True) as store:
            reports.append(index(store, photos))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 2
    with open_milvus(address) as store:
        assert rows_below(store, photos) == sorted(photos.rglob("*.*"))
        assert store.folder_counts(photos)["many"] == 60


def test_a_folder_is_forgotten(store: MilvusStore, photos: Path) -> None:
    index(store, photos)
    would = forget(store, photos / "0", dry_run=True)
    assert would == ForgetResult(folders=1, files=3, contents=2, embeddings=2)
    assert store.count(photos) == 9
    assert forget(store, photos) == ForgetResult(folders=4, files=10, contents=8, embeddings=8)
    settle(store)
    assert rows_below(store, photos) == []
    assert photos not in store.roots()
    assert store.folder_counts(photos) == {}
    assert nonzero_counts(index(store, photos)) == {"indexed": 8, "reused": 1, "failed": 1}


def test_counts_that_a_kill_left_wrong_are_corrected(store: MilvusStore, photos: Path) -> None:
    index(store, photos)
    store.model_metadata(MODEL).put_folders({encode(photos / "0"): 77, encode(photos / "gone"): 5})
    index(store, photos)
    assert store.folder_counts(photos) == {"0": 3, "1": 3, "2": 2}
    assert store.model_metadata(MODEL).folders(photos)[encode(photos / "gone")] == 0


def picture(path: Path, vector: Any, number: int) -> IndexedFile:
    info = PictureInfo(4, 3, "JPEG", camera="Leica")
    return IndexedFile(ImageFile(path, 1, 1, 1), number.to_bytes(16, "big"), info, vector)


@pytest.mark.parametrize(
    "vector",
    [
        pytest.param([1.0, 0.0], id="length"),
        pytest.param([2.0, 0.0, 0.0, 0.0], id="norm"),
        pytest.param([float("nan"), 0.0, 0.0, 0.0], id="NaN"),
    ],
)
def test_an_invalid_vector_is_rejected(store: MilvusStore, vector: list[float]) -> None:
    item = picture(Path("/p/a.jpg"), np.array(vector, dtype=np.float32), 1)
    with store.writing(lambda: False) as writer:
        writer.register_model(MODEL, 4)
        with pytest.raises(ModelError, match="returned a vector"):
            writer.commit(MODEL, [item])
        with pytest.raises(ModelError, match="has vectors of length 4 for the model"):
            writer.register_model(MODEL, 5)


def test_the_same_file_twice_in_a_batch_is_one_row(store: MilvusStore, tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    vectors = np.eye(4, dtype=np.float32)
    with store.writing(lambda: False) as writer:
        writer.register_model(MODEL, 4)
        for _ in range(3):
            writer.commit(MODEL, [picture(path, vectors[0], 1), picture(path, vectors[1], 2)])
    assert rows_below(store, tmp_path) == [path]
    (vector,) = store.vectors(MODEL, [id_of(encode(path))])
    assert vector.tolist() == [0, 1, 0, 0]
    assert store.model_metadata(MODEL).cameras() == ["Leica"]


def test_a_missing_library_is_one_sentence_for_a_reader(milvus_port: int) -> None:
    for name in ("nowhere", "default"):
        with pytest.raises(MissingLibraryError, match=f"no library {name} on 127.0.0.1"):
            open_milvus(f"milvus://127.0.0.1:{milvus_port}/{name}")
    with closing(plain_client(milvus_port)) as server:
        assert "nowhere" not in server.list_databases()


@pytest.mark.parametrize(
    ("description", "told"),
    [
        pytest.param("made by hand", "belongs to another program", id="foreign"),
        pytest.param(f'{{"photoseek": {FORMAT}}}', "belongs to another program", id="fields"),
        pytest.param(f'{{"photoseek": {FORMAT + 1}}}', "A newer photoseek wrote", id="newer"),
    ],
)
def test_a_foreign_collection_is_not_changed(
    milvus_port: int, milvus_address: str, description: str, told: str
) -> None:
    from pymilvus import DataType

    name = parse_address(milvus_address).name
    with closing(plain_client(milvus_port)) as server:
        server.create_database(name)
    with closing(plain_client(milvus_port, db_name=name)) as database:
        schema = database.create_schema(description=description)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
        database.create_collection("photoseek", schema=schema)
        for write in (False, True):
            with pytest.raises(ServerError, match=told):
                open_milvus(milvus_address, write=write)
        assert database.list_collections() == ["photoseek"]


def test_a_foreign_model_collection_is_not_changed(
    store: MilvusStore, address: str, milvus_port: int
) -> None:
    from pymilvus import DataType

    name = rows_name("theirs")
    with closing(plain_client(milvus_port, db_name=parse_address(address).name)) as database:
        schema = database.create_schema()
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=2)
        database.create_collection(name, schema=schema)
        with store.writing(lambda: False) as writer, pytest.raises(ServerError, match=name):
            writer.register_model("theirs", 2)
        database.drop_collection(name)


def test_a_worker_writes_for_its_own_run(store: MilvusStore, address: str, tmp_path: Path) -> None:
    vector = np.eye(4, dtype=np.float32)[0]
    item = picture(tmp_path / "a.jpg", vector, 77)
    with store.writing(lambda: False) as writer:
        writer.add_root(tmp_path)
        writer.register_model(MODEL, 4)
        with (
            open_milvus(address, write=True) as other,
            other.writing(lambda: False) as worker,
        ):
            worker.commit(MODEL, [item])
            assert other.connection.write_cache.record(MODEL, (77).to_bytes(16, "big"))
        written = replace(item, vector=np.empty(0, dtype=np.float32))
        copy = replace(item, file=replace(item.file, path=tmp_path / "b.jpg"), vector=None)
        assert writer.commit(MODEL, [written]) == CommitResult(1, embedded=1)
        assert (77).to_bytes(16, "big") in store.content_records([item.digest or b""], MODEL)
        assert writer.commit(MODEL, [copy]) == CommitResult(1, reused=1)
    rows = store.rows(MODEL)
    assert rows is not None
    stored = rows.query(below(tmp_path), ("path", "run"), strong=True)
    assert [row["run"] for row in stored] == [store.model_metadata(MODEL).last_run()] * 2
    assert store.model_metadata(MODEL).folders(tmp_path, strong=True) == {encode(tmp_path): 2}


def test_folder_metadata_is_read_and_removed_with_the_folder(
    store: MilvusStore, tmp_path: Path
) -> None:
    inner, outer = encode(tmp_path / "in" / "ner"), encode(tmp_path / "other")
    with store.writing(lambda: False) as writer:
        writer.put_folder_notes(OPTIONS, {inner: {"hidden": True}, outer: {"exclude": ["*.tif"]}})
        writer.put_folder_notes(MOUNT, {inner: {}})
        assert store.folder_notes(OPTIONS)[outer] == {"exclude": ["*.tif"]}
        writer.remove_folder_notes(OPTIONS, [outer])
    assert store.status().options == {inner: {"hidden": True}}
    assert MilvusEndpoint(store).folder_notes(OPTIONS) == {inner: {"hidden": True}}
    forget(store, tmp_path / "in")
    assert store.folder_notes(OPTIONS) == store.folder_notes(MOUNT) == {}
