"""On a full disk writers fail with one sentence or skip the file; older files stay intact."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import torch
from PIL import Image

from tests.support.libraries.catalog_rows import MODEL, commit_pictures, unit_vectors
from tests.support.mounts import small_disk
from tests.support.servers.fake_hub import running_hub
from tui.app.model.app_state import AppState, load, save
from tui.core.errors import CatalogError, ModelError, PhotoseekError
from tui.core.files import replace_file, save_json_value
from tui.images.thumbnail_cache import ThumbnailCache
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog import schema
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.recovery import recover_catalog
from tui.library.local.catalog.sentences import describe_error
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation
from tui.models.clip import text_tower_cache as text_file
from tui.models.hub.download import download_file
from tui.models.hub.remote_file import fetch_metadata
from tui.search.ranking.query_vector_cache import QueryVectorCache


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "2m") as folder:
        yield folder


def fill_up(disk: Path) -> Path:
    """Fill the disk; return the file that takes the space."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while free := shutil.disk_usage(disk).free:
            file.write(bytes(free))
    return ballast


def state(folder: Path) -> dict[str, bytes]:
    """Return all files except SQLite's shared memory, which is temporary."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in files
        if not path.name.endswith(("-shm", "-wal", "ballast"))
    }


def long_memory() -> AppState:
    return AppState(history=tuple(f"query {number} {'x' * 900}" for number in range(200)))


def long_notes(data_dir: Path) -> None:
    save_json_value(data_dir / "notes.json", "b", "x" * 100_000)


def many_vectors(data_dir: Path) -> None:
    vectors = unit_vectors(500, dim=64)
    QueryVectorCache(data_dir, MODEL).add({f"text {n}": row for n, row in enumerate(vectors)})


class Tower(torch.nn.Module):
    """Weights of a given size, as `text_tower_cache.cache_text_tower` reads them."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(size))
        self.shape = text_tower_shape()


def text_tower_shape() -> object:
    from dataclasses import make_dataclass

    return make_dataclass("Shape", [("heads", int)])(1)


def keep_tower(data_dir: Path, size: int) -> None:
    text_file.cache_text_tower(Tower(size), "float32", "model", data_dir)  # type: ignore[arg-type]


def thumbnails(data_dir: Path, first: int) -> None:
    def make(path: Path, width: int, height: int) -> Image.Image:
        return Image.effect_noise((width, height), 60).convert("RGB")

    cache = ThumbnailCache(data_dir / "thumbnails", 10_000_000)
    for number in range(first, first + 3):
        assert cache.read(make, Path(f"/{number}"), 1, 500, 500).size == (500, 500)


QUIET: dict[str, tuple[Callable[[Path], object], Callable[[Path], object]]] = {
    "notes": (lambda folder: save_json_value(folder / "notes.json", "a", 1), long_notes),
    "queries": (
        lambda folder: QueryVectorCache(folder, MODEL).add({"a": unit_vectors(1, dim=64)[0]}),
        many_vectors,
    ),
    "text tower": (lambda folder: keep_tower(folder, 10), lambda folder: keep_tower(folder, 10**5)),
    "thumbnails": (lambda folder: thumbnails(folder, 0), lambda folder: thumbnails(folder, 10)),
}


@pytest.mark.parametrize("name", QUIET)
def test_a_cache_is_skipped_and_leaves_no_partial_file(disk: Path, name: str) -> None:
    first, more = QUIET[name]
    first(disk / "data")
    before = state(disk / "data")
    assert before
    fill_up(disk)
    more(disk / "data")
    assert state(disk / "data") == before


def test_the_saved_state_survives_a_full_disk(disk: Path) -> None:
    save(AppState(theme="nord"), disk)
    before = state(disk)
    fill_up(disk)
    with pytest.raises(PhotoseekError, match=r"No space left"):
        save(long_memory(), disk)
    assert state(disk) == before
    assert load(disk).theme == "nord"


def test_a_draft_that_does_not_fit_is_removed(disk: Path) -> None:
    path = disk / "file"
    path.write_bytes(b"old")
    fill_up(disk)

    def write() -> None:
        with replace_file(path) as draft:
            draft.file.write(bytes(100_000))

    with pytest.raises(OSError, match="No space left"):
        write()
    assert state(disk) == {"file": b"old"}


def test_a_library_is_created_only_if_the_disk_has_space(disk: Path) -> None:
    ballast = fill_up(disk)
    for _ in range(2):
        with pytest.raises(CatalogError, match=r"full|free some space|check"):
            Catalog.open(disk / "data").close()
    ballast.unlink()
    with Catalog.open(disk / "data") as catalog:
        assert catalog.count() == 0


def test_a_repair_that_does_not_fit_keeps_the_damaged_catalog(disk: Path) -> None:
    data_dir = disk / "data"
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(200))
    path = data_dir / CATALOG_NAME
    content = bytearray(path.read_bytes())
    content[3 * schema.PAGE_SIZE : 4 * schema.PAGE_SIZE] = b"\xff" * schema.PAGE_SIZE
    path.write_bytes(content)
    before = state(data_dir)
    ballast = fill_up(disk)
    with pytest.raises(
        CatalogError, match=r"disk is full|free some space|can't be read or written"
    ):
        recover_catalog(path)
    assert state(data_dir) == before
    ballast.unlink()
    backup, _ = recover_catalog(path)
    assert backup.read_bytes() == bytes(content)


def test_a_migration_without_space_for_a_backup_changes_nothing(disk: Path) -> None:
    data_dir = disk / "data"
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(200))
    path = data_dir / CATALOG_NAME
    before = state(data_dir)
    fill_up(disk)
    steps = {schema.VERSION: lambda _: None}
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
        pytest.raises((CatalogError, sqlite3.OperationalError), match=r"full|backed up|disk I/O"),
    ):
        schema.migrate(connection, path, target=schema.VERSION + 1, steps=steps)
    assert state(data_dir) == before


def test_an_index_that_does_not_fit_leaves_no_draft(disk: Path) -> None:
    data_dir = disk / "data"
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(100))
        assert write_generation(catalog, MODEL, finished=True)
        commit_pictures(CatalogWriter(catalog), unit_vectors(100, seed=2), folder="/q")
        before = {path.name for path in (data_dir / "index").iterdir()}
        fill_up(disk)
        with pytest.raises(CatalogError, match=r"can't be saved \(No space left on device\)"):
            write_generation(catalog, MODEL, finished=True)
        assert {path.name for path in (data_dir / "index").iterdir()} == before


def test_a_pull_that_does_not_fit_is_one_sentence(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(disk / "hub"))
    monkeypatch.setattr("tui.models.hub.download._check_space", lambda *_: None)  # filled meanwhile
    with running_hub(files={"some/small/a.bin": bytes(500_000)}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        remote = fetch_metadata("some/small", "a.bin", 5.0)
        (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 100_000))
        with pytest.raises(ModelError, match=r"free some space, or set HF_HOME"):
            download_file(remote, timeout=5.0, on_bytes=lambda _: None, cancelled=lambda: False)
        assert not remote.snapshot_path.exists()
        assert not remote.blob.exists()


def test_an_input_or_output_error_on_a_full_disk_says_that_it_is_full(disk: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    path = disk / "catalog.sqlite"
    assert "check the disk" in describe_error(error, path)
    fill_up(disk)
    assert "The disk is full" in describe_error(error, path)
