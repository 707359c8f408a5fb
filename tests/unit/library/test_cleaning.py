"""Code that removes or replaces files only touches those that the program created.

Each case names a folder that the program cleans, the names that it gives to files there, and the
cleaning function. Files, folders and links of those names that a user created must survive it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from tests.support.libraries.catalog_rows import MODEL, commit_pictures, unit_vectors
from tests.support.servers.fake_hub import running_hub
from tui.app.model.app_state import AppState, save
from tui.core.errors import CatalogError, ModelError
from tui.core.files import replace_file, save_json_value
from tui.core.settings import MEMORY
from tui.images.thumbnail_cache import ThumbnailCache
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog import schema
from tui.library.local.catalog.lock import LOCK_NAME, writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import repair
from tui.library.local.vectors.index_files import index_folder
from tui.library.local.vectors.saving import write_generation
from tui.models.hub.cache import repository_folder
from tui.models.hub.download import download_file
from tui.models.hub.remote_file import fetch_metadata
from tui.search.ranking.query_vector_cache import QueryVectorCache
from tui.storage.objects.download_cache import DownloadCache

HEX = "0123456789abcdef"


class Case(NamedTuple):
    """A folder below a data folder, look-alike names in it, and the function that cleans it."""

    folder: str
    names: tuple[str, ...]
    prepare: Callable[[Path], object]
    clean: Callable[[Path], object]


def photograph(path: Path) -> None:
    Image.effect_noise((900, 700), 60).convert("RGB").save(path, "JPEG", quality=95)


def picture(path: Path, width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 60).convert("RGB")


def look_at_many(data_dir: Path) -> None:
    cache = ThumbnailCache(data_dir / "thumbnails", 60_000)
    for number in range(12):
        cache.read(picture, Path(f"/{number}"), 1, 100, 100)
    sizes = [path.stat().st_size for path in (data_dir / "thumbnails").glob(f"{'?' * 32}.jpg")]
    assert len(sizes) > 0


def index_pictures(data_dir: Path, seed: int = 0) -> None:
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(20, seed=seed), folder=f"/{seed}")
        assert write_generation(catalog, MODEL, finished=True)


def index_more(data_dir: Path) -> None:
    before = set(index_folder(data_dir).iterdir())
    index_pictures(data_dir, 1)
    assert before - set(index_folder(data_dir).iterdir())  # the older generation


def begin_spool(data_dir: Path) -> None:
    (data_dir / "spool").mkdir()
    killed = data_dir / "spool" / "photoseek-objects-ab_cd012"
    killed.mkdir()
    for name in ("lock", "0.jpg"):
        (killed / name).touch()
    empty = data_dir / "spool" / "photoseek-objects-00000000"
    empty.mkdir()
    os.utime(empty, (0, time.time() - 3600))


def end_spool(data_dir: Path) -> None:
    cache = DownloadCache(data_dir / "spool")
    assert not (data_dir / "spool" / "photoseek-objects-ab_cd012").exists()
    assert not (data_dir / "spool" / "photoseek-objects-00000000").exists()
    cache.close()
    assert not cache.folder.exists()


def damage(data_dir: Path) -> None:
    index_pictures(data_dir)
    path = data_dir / CATALOG_NAME
    content = bytearray(path.read_bytes())
    content[3 * schema.PAGE_SIZE : 3 * schema.PAGE_SIZE + 2000] = b"\xff" * 2000
    path.write_bytes(content)


def migrate(data_dir: Path) -> None:
    path = data_dir / CATALOG_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        steps = {schema.VERSION: lambda _: None}
        assert schema.migrate(connection, path, target=schema.VERSION + 1, steps=steps)


def pull(data_dir: Path) -> None:
    with running_hub(files={"some/small/a.bin": b"weights"}) as hub:
        os.environ["HF_ENDPOINT"] = hub.url
        remote = fetch_metadata("some/small", "a.bin", 5.0)
        download_file(remote, timeout=5.0, on_bytes=lambda _: None, cancelled=lambda: False)
        assert remote.snapshot_path.read_bytes() == b"weights"


@pytest.fixture(autouse=True)
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "data" / "hub"))
    monkeypatch.setenv("HF_ENDPOINT", "")


CASES = {
    "thumbnails": Case(
        "thumbnails",
        (f"{HEX * 2}.jpg", f"{HEX * 2}.jpeg", f"{HEX}.jpg", f"{HEX * 2}.jpg.mine.tmp"),
        look_at_many,
        look_at_many,
    ),
    "index": Case(
        "index",
        ("gen-1.txt", "gen-900.vectors.bak", "gen-x.vectors", "gen-900.vectors.0.tmp", "gen-"),
        index_pictures,
        index_more,
    ),
    "spool": Case(
        "spool",
        ("photoseek-objects-mine", "photoseek-objects-", "photoseek-objects-abcdefgh.zip"),
        begin_spool,
        end_spool,
    ),
    "spool that was killed": Case(
        "spool/photoseek-objects-ab_cd012",
        ("picture.jpg", "x0.jpg", "notes"),
        begin_spool,
        lambda data_dir: DownloadCache(data_dir / "spool").close(),
    ),
    "repair": Case(
        ".",
        (f"{CATALOG_NAME}.{HEX}.tmp.txt", f"{CATALOG_NAME}.rebuilt", f"{CATALOG_NAME}.damaged-1"),
        damage,
        repair,
    ),
    "migration": Case(
        ".",
        (f"{CATALOG_NAME}.backup", f"{CATALOG_NAME}.{HEX}.tmp.txt"),
        index_pictures,
        migrate,
    ),
    "hub": Case(
        f"hub/{repository_folder('some/small').name}/blobs", ("a.bin", HEX, "x.part"), pull, pull
    ),
    "memory": Case(
        ".",
        (f"{MEMORY}.tmp", f"{MEMORY}.{HEX}.tmp", f"{MEMORY}.bak"),
        lambda data_dir: save(AppState(), data_dir),
        lambda data_dir: save(AppState(), data_dir),
    ),
    "notes": Case(
        "cache",
        ("notes.json.tmp", f"notes.json.{HEX}.tmp"),
        lambda data_dir: save_json_value(data_dir / "cache" / "notes.json", "a", 1),
        lambda data_dir: save_json_value(data_dir / "cache" / "notes.json", "b", 1),
    ),
    "queries": Case(
        "cache",
        ("queries-x.bin", f"queries-{HEX}.bin", "queries.tmp"),
        lambda data_dir: QueryVectorCache(data_dir, MODEL).add({"a": unit_vectors(1)[0]}),
        lambda data_dir: QueryVectorCache(data_dir, MODEL).add({"b": unit_vectors(1)[0]}),
    ),
}


def state(*folders: Path) -> dict[Path, object]:
    """Return the entries below some folders: bytes, links, folders."""
    paths = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return {
        path: str(path.readlink()) if path.is_symlink() else path.is_dir() or path.read_bytes()
        for path in paths
    }


def plant(folder: Path, name: str, shape: str, outside: Path) -> Path:
    """Add an entry of the user's to a folder, with a name like the program's."""
    path = folder / name
    if shape == "file":
        photograph(path)
        os.utime(path, (1, 1))  # the oldest, which a cache would remove first
    elif shape == "folder":
        path.mkdir()
        photograph(path / "my only copy.jpg")
        (path / "0.jpg").touch()
        os.utime(path, (1, 1))
    else:
        path.symlink_to(outside / ("folder" if shape == "link to a folder" else "file.jpg"))
    return path


@pytest.mark.parametrize("shape", ["file", "folder", "link to a file", "link to a folder"])
@pytest.mark.parametrize("name", CASES)
def test_foreign_files_survive_cleaning(tmp_path: Path, name: str, shape: str) -> None:
    case = CASES[name]
    data_dir, outside = tmp_path / "data", tmp_path / "outside"
    data_dir.mkdir(mode=0o700)
    (outside / "folder").mkdir(parents=True)
    photograph(outside / "file.jpg")
    for inside in ("my only copy.jpg", "gen-1.vectors", "0.jpg", "lock"):
        photograph(outside / "folder" / inside)
    case.prepare(data_dir)
    folder = data_dir / case.folder
    planted = [plant(folder, item, shape, outside) for item in ("my only copy.jpg", *case.names)]
    before = state(outside, *planted)
    case.clean(data_dir)
    assert state(outside, *planted) == before


@pytest.mark.parametrize("shape", ["folder", "link to a file", "link to a folder"])
@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("thumbnails", f"{'f' * 32}.jpg"),
        ("thumbnails", f"{'f' * 32}.jpg.{HEX}.tmp"),
        ("index", "gen-900.vectors"),
        ("index", f"gen-900.usearch.{HEX}.tmp"),
        ("spool", "photoseek-objects-abcdefgh"),
        ("spool that was killed", "7.jpg"),
        ("repair", f"{CATALOG_NAME}.{HEX}.tmp"),
    ],
)
def test_only_regular_files_and_folders_are_the_program_s(
    tmp_path: Path, name: str, own: str, shape: str
) -> None:
    """Here the names are exactly those that the program uses."""
    case = CASES[name]
    data_dir, outside = tmp_path / "data", tmp_path / "outside"
    data_dir.mkdir(mode=0o700)
    (outside / "folder").mkdir(parents=True)
    photograph(outside / "file.jpg")
    for inside in ("my only copy.jpg", "0.jpg", "lock", CATALOG_NAME):
        photograph(outside / "folder" / inside)
    case.prepare(data_dir)
    path = plant(data_dir / case.folder, own, shape, outside)
    if shape == "folder":  # the copies in a folder with such a name are the program's
        (path / "0.jpg").unlink()
    before = state(outside, path)
    case.clean(data_dir)
    assert state(outside, path) == before


def test_a_user_s_folder_of_thumbnails_is_unchanged(tmp_path: Path) -> None:
    theirs = tmp_path / "thumbnails"
    theirs.mkdir()
    photograph(theirs / f"{'a' * 32}.jpg")  # many programs name a picture by its MD5
    before = state(theirs)
    cache = ThumbnailCache(theirs, 1_000)
    for number in range(3):
        cache.read(picture, Path(f"/{number}"), 1, 100, 100)
    assert state(theirs) == before
    assert (tmp_path / "photoseek-thumbnails").is_dir()


@pytest.mark.parametrize("side", [60, 500])
def test_small_pictures_named_by_their_hash_are_the_user_s(tmp_path: Path, side: int) -> None:
    theirs = tmp_path / "thumbnails"
    theirs.mkdir()
    for number in range(12):
        small = Image.effect_noise((side, side), 60).convert("RGB")
        small.save(theirs / f"{number:032x}.jpg", "JPEG", quality=75 + number)
    small.save(theirs / f"{'a' * 32}.jpg", "JPEG", quality=88, comment="mine")
    before = state(theirs)
    cache = ThumbnailCache(theirs, 1_000)
    for number in range(3):
        cache.read(picture, Path(f"/{number}"), 1, 100, 100)
    assert state(theirs) == before


def test_a_cache_of_an_older_version_is_taken_over(tmp_path: Path) -> None:
    older = tmp_path / "thumbnails"
    cache = ThumbnailCache(older, 1_000_000)
    for number in range(3):
        cache.read(picture, Path(f"/{number}"), 1, 100, 100)
    (older / "CACHEDIR.TAG").unlink()
    (older / f"{'a' * 32}.jpg.4711-1402.tmp").touch()

    def refuse(path: Path, width: int, height: int) -> Image.Image:
        raise AssertionError("made again")

    again = ThumbnailCache(older, 1_000)
    assert again.read(refuse, Path("/0"), 1, 100, 100).size
    again.read(picture, Path("/3"), 1, 100, 100)
    assert len(list(older.glob("*.jpg"))) <= 1


def test_a_snapshot_keeps_a_file_that_a_user_added(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    pull(data_dir)
    [link] = (data_dir / "hub").rglob("a.bin")
    assert link.is_symlink()
    link.unlink()
    link.write_bytes(b"my own weights")
    pull(data_dir)
    assert link.read_bytes() == b"weights"
    assert link.with_name("a.bin.old-1").read_bytes() == b"my own weights"


def test_a_partial_file_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    with running_hub(files={"some/small/a.bin": b"weights"}) as hub:
        os.environ["HF_ENDPOINT"] = hub.url
        remote = fetch_metadata("some/small", "a.bin", 5.0)
        remote.part.parent.mkdir(parents=True)
        remote.part.symlink_to(tmp_path / "precious")
        with pytest.raises(ModelError, match="can't be written"):
            download_file(remote, timeout=5.0, on_bytes=lambda _: None, cancelled=lambda: False)
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_a_copy_replaced_by_another_program_survives(tmp_path: Path) -> None:
    cache = DownloadCache(tmp_path)
    lent = cache.folder / "5"
    lent.mkdir()
    (lent / "cat.jpg").write_bytes(b"edited")
    (cache.folder / "6").mkdir()
    (cache.folder / "6" / "dog.jpg").write_bytes(b"as fetched")
    (cache.folder / "6" / "dog.jpg").chmod(0o400)
    cache.close()
    assert (lent / "cat.jpg").read_bytes() == b"edited"
    assert [path.name for path in cache.folder.iterdir() if path.name != "lock"] == ["5"]


# --- links with the names that are written --------------------------------------------------------


@contextmanager
def precious(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "precious"
    path.write_bytes(b"precious")
    path.chmod(0o600)
    before = path.stat()
    yield path
    after = path.stat()
    assert path.read_bytes() == b"precious"
    assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)


@pytest.mark.parametrize("name", ["gen-1.vectors.tmp", "gen-1.vectors"])
def test_no_index_is_written_through_a_link(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / "data"
    with precious(tmp_path) as path:
        index_folder(data_dir).mkdir(parents=True)
        (index_folder(data_dir) / name).symlink_to(path)
        index_pictures(data_dir)
        assert not (index_folder(data_dir) / "gen-1.vectors").is_symlink()


def test_no_state_is_written_through_a_link(tmp_path: Path) -> None:
    with precious(tmp_path) as path:
        (tmp_path / MEMORY).symlink_to(path)
        save(AppState(), tmp_path)
        assert not (tmp_path / MEMORY).is_symlink()


def test_a_replaced_draft_does_not_become_the_file(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_bytes(b"old")

    def exchanged() -> None:
        with replace_file(path) as draft:
            draft.file.write(b"new")
            draft.path.unlink()
            draft.path.write_bytes(b"of another user")

    with pytest.raises(OSError, match="replaced the draft"):
        exchanged()
    assert path.read_bytes() == b"old"


def test_an_index_folder_that_another_user_linked_is_rejected(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a link of another user")
    data_dir = tmp_path / "data"
    (tmp_path / "elsewhere").mkdir()
    Catalog.open(data_dir).close()
    index_folder(data_dir).symlink_to(tmp_path / "elsewhere")
    os.chown(index_folder(data_dir), 54321, 54321, follow_symlinks=False)
    with pytest.raises(CatalogError, match="a link that another user made"):
        index_pictures(data_dir)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_system_that_renumbers_a_file_is_not_an_attack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.path.samestat", lambda *_: False)
    with replace_file(tmp_path / "note") as draft:
        draft.file.write(b"new")
    assert (tmp_path / "note").read_bytes() == b"new"


def test_a_lock_that_is_a_link_is_rejected(tmp_path: Path) -> None:
    with precious(tmp_path) as path:
        data_dir = tmp_path / "data"
        Catalog.open(data_dir).close()
        (data_dir / LOCK_NAME).symlink_to(path)
        with pytest.raises(CatalogError, match="can't be written"), writer_lock(data_dir):
            pass
