"""A library of another user may be malicious, and can still be searched."""

from __future__ import annotations

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.embedders import save_picture
from tests.support.libraries.catalog_rows import DIM, MODEL, commit_pictures, unit_vectors
from tests.unit.library.vectors.test_vector_index import agrees, brute_force
from tui.cli import main
from tui.core.domain import FileDetails
from tui.core.errors import CatalogError, DecodeError, FolderError
from tui.core.settings import Settings
from tui.images.thumbnails import thumbnail
from tui.library.base.permissions import CATALOG_NAME, is_foreign
from tui.library.local.catalog import connect as catalog_open
from tui.library.local.catalog import schema
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check, repair
from tui.library.local.vectors.generations import GRAPH, VECTORS
from tui.library.local.vectors.index_files import index_folder
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.searching import IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex
from tui.library.storage_access import NAMES
from tui.search.duplicates.on_disk import DiskInspector
from tui.search.open import open_reader
from tui.storage.folders import absolute
from tui.storage.objects.access import StorageAccess, access
from tui.storage.path_encoding import decode

STRANGER = 54321
WITH_GRAPH = IndexLimits(exact=50, delta=40, depth=400, reach=500)
VECTOR = unit_vectors(1, seed=99)[0]


def give_away(data_dir: Path) -> None:
    """Give a library to another user."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    for path in (data_dir, *data_dir.rglob("*")):
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def change(data_dir: Path, *statements: str) -> None:
    with closing(sqlite3.connect(data_dir / CATALOG_NAME, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    data_dir = tmp_path / "library"
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(100))
        write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
    give_away(data_dir)
    return data_dir


@pytest.fixture
def reader(theirs: Path) -> Iterator[Catalog]:
    with Catalog.open(theirs, read_only=True) as catalog:
        yield catalog


def saved(data_dir: Path, kind: str) -> Path:
    [path] = index_folder(data_dir).glob(f"*.{kind}")
    return path


def approve(data_dir: Path, path: Path) -> None:
    """Change the catalog so that a file counts as it was saved."""
    content = path.read_bytes()
    change(
        data_dir,
        f"UPDATE generations SET bytes = {len(content)}, crc32 = {zlib.crc32(content)}"
        f" WHERE file = '{path.name}'",
    )


# --- foreign or own -------------------------------------------------------------------------------


def test_the_owner_and_the_write_permissions_make_a_library_foreign(tmp_path: Path) -> None:
    data_dir = tmp_path / "library"
    assert not is_foreign(data_dir)
    Catalog.open(data_dir).close()
    for mode, foreign in ((0o700, False), (0o755, False), (0o2770, False), (0o777, True)):
        data_dir.chmod(mode)
        assert is_foreign(data_dir) == foreign
    data_dir.chmod(0o700)
    give_away(data_dir)
    assert is_foreign(data_dir)
    os.chown(data_dir, 0, 0)
    assert is_foreign(data_dir)  # the catalog still belongs to another user
    os.chown(data_dir / CATALOG_NAME, 0, 0)
    assert not is_foreign(data_dir)


# --- its index ------------------------------------------------------------------------------------


def test_the_graph_of_another_user_is_never_opened(theirs: Path, reader: Catalog) -> None:
    path = saved(theirs, GRAPH)
    content = bytearray(path.read_bytes())
    for offset in range(len(content) * 2 // 3, len(content), 97):
        content[offset] = 0xFF
    path.write_bytes(content)
    approve(theirs, path)
    index = VectorIndex(reader, MODEL, WITH_GRAPH)
    assert agrees(index.search(VECTOR, 20), brute_force(reader, VECTOR), 20)
    assert index.refused == {}
    assert all(finding.ok for finding in check(theirs))


def test_the_flat_file_is_read_before_it_is_used(theirs: Path, reader: Catalog) -> None:
    index = VectorIndex(reader, MODEL, WITH_GRAPH)
    best = brute_force(reader, VECTOR)
    os.truncate(saved(theirs, VECTORS), 0)  # a map would now end the process
    assert agrees(index.search(VECTOR, 20), best, 20)
    assert agrees(index.search(VECTOR, 100), best, 100)


@pytest.mark.parametrize(
    "changes",
    [
        {"n": -1},
        {"n": 10**15},
        {"dim": 0},
        {"dim": 10**12},
        {"file": "'../../secret'"},
        {"file": "'/etc/passwd'"},
        {"crc32": -5},
    ],
    ids=str,
)
def test_an_impossible_row_is_ignored(theirs: Path, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        change(theirs, f"UPDATE generations SET {name} = {value} WHERE kind = 'vectors'")
    with Catalog.open(theirs, read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL, WITH_GRAPH)
        assert VECTORS in index.refused
        assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)


@pytest.mark.parametrize("key", [-1, 2**62])
def test_impossible_keys_are_ignored(theirs: Path, key: int) -> None:
    path = saved(theirs, VECTORS)
    content = bytearray(path.read_bytes())
    content[4096 + 8 * 100 : 4096 + 8 * 101] = key.to_bytes(8, "little", signed=True)
    path.write_bytes(content)
    approve(theirs, path)
    with Catalog.open(theirs, read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL, WITH_GRAPH)
        assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)


def test_contents_with_impossible_numbers_are_one_sentence(theirs: Path) -> None:
    change(
        theirs,
        "PRAGMA foreign_keys = OFF",
        "DELETE FROM generations",
        f"UPDATE embeddings SET content_id = {2**60} WHERE content_id = 1",
    )
    with (
        Catalog.open(theirs, read_only=True) as catalog,
        pytest.raises(CatalogError, match="photoseek doctor"),
    ):
        VectorIndex(catalog, MODEL, WITH_GRAPH)


@pytest.mark.parametrize("shape", ["pipe", "link"])
def test_only_a_regular_file_is_read(theirs: Path, tmp_path: Path, shape: str) -> None:
    path = saved(theirs, VECTORS)
    path.rename(tmp_path / "vectors")
    if shape == "pipe":
        os.mkfifo(path)
        change(theirs, "UPDATE generations SET bytes = 0 WHERE kind = 'vectors'")
    else:
        path.symlink_to(tmp_path / "vectors")
    with Catalog.open(theirs, read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL, WITH_GRAPH)
        assert VECTORS in index.refused
        assert agrees(index.search(VECTOR, 20), brute_force(catalog, VECTOR), 20)


def test_a_user_with_write_access_indexes_without_the_graph(theirs: Path) -> None:
    graph = saved(theirs, GRAPH)
    with Catalog.open(theirs) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(60, seed=3), folder="/q")
        assert write_generation(catalog, MODEL, finished=True, limits=WITH_GRAPH)
        assert saved(theirs, GRAPH) == graph
        index = VectorIndex(catalog, MODEL, WITH_GRAPH)
        assert agrees(index.search(VECTOR, 160), brute_force(catalog, VECTOR), 160)


# --- its catalog ----------------------------------------------------------------------------------

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
STRANGE = {
    "a view": ["CREATE VIEW extra AS SELECT 1"],
    "a view that never ends": [
        "PRAGMA legacy_alter_table = ON",
        "DROP TABLE counters",
        f"CREATE VIEW counters (name, value) AS SELECT 'rewrites', i FROM ({ENDLESS})",
    ],
    "a trigger": ["CREATE TRIGGER extra AFTER INSERT ON files BEGIN DELETE FROM roots; END"],
    "another trigger of that name": [
        "DROP TRIGGER files_inserted",
        "CREATE TRIGGER files_inserted AFTER INSERT ON files BEGIN DELETE FROM roots; END",
    ],
    "an index": ["CREATE INDEX extra ON files (abs(size))"],
    "a virtual table": ["CREATE VIRTUAL TABLE extra USING fts5 (x)"],
    "a column that is computed": [
        "DROP TABLE roots",
        "CREATE TABLE roots (id INTEGER PRIMARY KEY, path BLOB AS (zeroblob(9)))",
    ],
    "a table less": ["DROP TABLE roots"],
}


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("name", STRANGE)
def test_an_unexpected_schema_is_rejected(theirs: Path, name: str, read_only: bool) -> None:
    change(theirs, *STRANGE[name])
    with pytest.raises(CatalogError, match=r"belongs to another"):
        Catalog.open(theirs, read_only=read_only)


def test_a_schema_that_becomes_unexpected_is_rejected(theirs: Path, reader: Catalog) -> None:
    assert reader.count() == 100
    change(theirs, *STRANGE["a view that never ends"])
    with pytest.raises(CatalogError, match="belongs to another user"):
        reader.count()


@pytest.mark.parametrize(
    "change_one",
    [
        "files SET name = 'text'",
        "files SET size = x'00'",
        "contents SET taken_ns = x''",
        "contents SET width = 'wide'",
    ],
)
@pytest.mark.parametrize("command", [["search", "sort:date"], ["status"], ["duplicates"]])
def test_no_row_ends_a_command_with_a_traceback(
    theirs: Path, change_one: str, command: list[str]
) -> None:
    change(theirs, f"UPDATE {change_one} WHERE id = 1")
    result = CliRunner().invoke(main, ["--library", str(theirs), *command])
    assert isinstance(result.exception, SystemExit | None)
    assert result.exit_code in (0, 1, 2)
    assert len(result.stderr.splitlines()) <= 1


def test_tables_of_a_later_version_are_ignored(theirs: Path) -> None:
    with Catalog.open(theirs) as catalog, catalog.writing() as connection:
        schema.add_notes(connection)
    change(theirs, "CREATE TABLE extra (x UNIQUE)", "CREATE INDEX more ON extra (x)")
    give_away(theirs)
    with Catalog.open(theirs, read_only=True) as catalog:
        assert catalog.count() == 100


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE files SET id = {2**62} WHERE id = 1",
        "UPDATE files SET id = -1 WHERE id = 1",
        f"UPDATE contents SET id = {2**62} WHERE id = 1",
        "UPDATE folders SET path = 7",
        f"UPDATE folders SET id = {2**62}",
        "UPDATE models SET dim = x''",
        "INSERT INTO roots (path) VALUES (1.5)",
        "UPDATE generations SET n = 'many'",
    ],
)
def test_rows_that_photoseek_never_writes_are_one_sentence(theirs: Path, statement: str) -> None:
    change(theirs, "PRAGMA foreign_keys = OFF", statement)
    with pytest.raises(CatalogError, match="invalid rows"):
        Catalog.open(theirs, read_only=True)


def test_the_user_s_own_catalog_may_have_more_tables(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    change(tmp_path, "CREATE TABLE extra (x)")
    Catalog.open(tmp_path, read_only=True).close()


def test_an_endless_statement_is_interrupted(
    theirs: Path, reader: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog_open, "FOREIGN_SECONDS", 0.2)
    with pytest.raises(CatalogError, match="takes too long"), reader.reading() as connection:
        connection.execute(f"SELECT count(*) FROM ({ENDLESS})").fetchone()
    assert reader.count() == 100


# --- the addresses in it --------------------------------------------------------------------------


class Beacon(ThreadingHTTPServer):
    """A server that counts its visitors."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), BeaconHandler)
        self.requests: list[str] = []


class BeaconHandler(BaseHTTPRequestHandler):
    server: Beacon

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"bytes")

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


def forget_access(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start without typed addresses and without a restriction."""
    for name, value in vars(StorageAccess()).items():
        monkeypatch.setattr(access, name, value)


@pytest.fixture
def beacon() -> Iterator[Beacon]:
    pytest.importorskip("aiohttp")
    pytest.importorskip("fsspec")
    with Beacon() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address_of(beacon: Beacon) -> str:
    return f"http://127.0.0.1:{beacon.server_port}"


def test_an_address_of_another_user_is_not_fetched_before_it_is_typed(
    theirs: Path, tmp_path: Path, beacon: Beacon
) -> None:
    settings = Settings(data_dir=tmp_path / "mine", library=str(theirs))
    path = decode(f"{address_of(beacon)}/beacon/x.jpg".encode())
    open_reader(settings).close()
    for look in (thumbnail_of, Path.exists, Path.is_dir, Path.stat, Path.read_bytes):
        with suppress(FolderError, DecodeError, OSError):
            assert not look(path)
    with pytest.raises(FolderError, match=r"run `photoseek http://127.0.0.1:[0-9]+` once"):
        path.read_bytes()
    assert beacon.requests == []
    assert absolute(f"{address_of(beacon)}/other") != path  # typed, so it may be fetched
    assert path.read_bytes() == b"bytes"
    assert beacon.requests


def test_duplicates_skip_addresses_that_are_not_permitted(
    theirs: Path, tmp_path: Path, beacon: Beacon
) -> None:
    open_reader(Settings(data_dir=tmp_path / "mine", library=str(theirs))).close()
    path = decode(f"{address_of(beacon)}/beacon/x.jpg".encode())
    local = save_picture(tmp_path / "a.png", "red")
    status = local.stat()
    files = [
        FileDetails(1, path, 7, 7, None),
        FileDetails(2, local, status.st_size, status.st_mtime_ns, None),
    ]
    disk = DiskInspector()
    assert list(disk.inspect_all(files)) == [2]
    assert disk.missing == 1
    assert beacon.requests == []


def thumbnail_of(path: Path) -> object:
    return thumbnail(path, 10, 10)


def test_a_typed_storage_address_is_permitted_in_later_runs(
    theirs: Path, tmp_path: Path, beacon: Beacon, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "mine", library=str(theirs))
    absolute(f"{address_of(beacon)}/folder")
    open_reader(settings).close()
    forget_access(monkeypatch)  # as in another process
    open_reader(settings).close()
    assert decode(f"{address_of(beacon)}/x.jpg".encode()).read_bytes() == b"bytes"


@pytest.mark.parametrize("stored", [b"", b"[1, 2]", b"{}", b"[" * 5000, b"null"])
def test_storage_addresses_of_the_user_s_own_library_are_permitted(
    theirs: Path, tmp_path: Path, beacon: Beacon, stored: bytes
) -> None:
    settings = Settings(data_dir=tmp_path / "mine", library=str(theirs))
    with Catalog.open(settings.data_dir) as catalog, catalog.writing() as connection:
        root = f"{address_of(beacon)}/folder".encode()
        connection.execute("INSERT INTO roots (path) VALUES (?)", (root,))
    (settings.data_dir / NAMES).write_bytes(stored)
    open_reader(settings).close()
    assert decode(f"{address_of(beacon)}/x.jpg".encode()).read_bytes() == b"bytes"
    with pytest.raises(FolderError, match="that other users can change"):
        decode(b"memory://elsewhere/x.jpg").read_bytes()


def test_every_address_of_the_user_s_own_library_is_permitted(
    tmp_path: Path, beacon: Beacon
) -> None:
    Catalog.open(tmp_path / "mine").close()
    open_reader(Settings(data_dir=tmp_path / "mine")).close()
    assert decode(f"{address_of(beacon)}/x.jpg".encode()).read_bytes() == b"bytes"
    assert not (tmp_path / "mine" / NAMES).exists()


# --- files that are not photoseek's catalogs ------------------------------------------------------


def others_database(path: Path, *, application_id: int = 0, version: int = 0) -> bytes:
    path.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE history (url TEXT)")
        connection.execute("INSERT INTO history VALUES ('x')")
        connection.execute(f"PRAGMA application_id = {application_id}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.commit()
    return path.read_bytes()


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize(
    "marks", [{}, {"version": 1}, {"application_id": 7}, {"application_id": 7, "version": 1}]
)
def test_the_database_of_another_program_is_rejected(
    tmp_path: Path, marks: dict[str, int], read_only: bool
) -> None:
    path = tmp_path / "data" / CATALOG_NAME
    before = others_database(path, **marks)
    for _ in range(2):
        with pytest.raises(CatalogError, match="belongs to another program"):
            Catalog.open(tmp_path / "data", read_only=read_only)
    assert path.read_bytes() == before
    [finding] = repair(tmp_path / "data")
    assert not finding.ok
    assert "belongs to another program" in finding.message
    assert path.read_bytes() == before


@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_a_catalog_that_is_a_link_is_rejected(tmp_path: Path, ending: str, read_only: bool) -> None:
    data_dir = tmp_path / "data"
    Catalog.open(data_dir).close()
    target = tmp_path / "target"
    if ending:
        target.write_bytes(b"precious")
    else:
        (data_dir / CATALOG_NAME).rename(target)
    before = target.read_bytes()
    (data_dir / f"{CATALOG_NAME}{ending}").symlink_to(target)
    with pytest.raises(CatalogError, match="is a link"):
        Catalog.open(data_dir, read_only=read_only)
    [finding] = repair(data_dir)
    assert not finding.ok
    assert target.read_bytes() == before


def test_a_pipe_with_the_name_of_the_catalog_is_rejected_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / CATALOG_NAME)
    for read_only in (True, False):
        with pytest.raises(CatalogError, match="not a file"):
            Catalog.open(tmp_path, read_only=read_only)


def test_a_catalog_without_an_id_gets_it_when_it_is_written(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    change(tmp_path, "PRAGMA application_id = 0")
    with Catalog.open(tmp_path, read_only=True) as catalog:
        assert catalog.count() == 0
    with Catalog.open(tmp_path) as catalog, catalog.reading() as connection:
        [mark] = connection.execute("PRAGMA application_id").fetchone()
    assert mark == schema.APPLICATION_ID
    assert len(VECTOR) == DIM


@pytest.mark.parametrize("table", ["roots", "folders", "contents", "files", "models", "embeddings"])
def test_a_catalog_without_an_id_that_lost_a_table_is_repaired(tmp_path: Path, table: str) -> None:
    Catalog.open(tmp_path).close()
    change(tmp_path, "PRAGMA application_id = 0", f"DROP TABLE {table}")
    findings = repair(tmp_path)
    assert not any("another program" in finding.message for finding in findings)
    assert (tmp_path / f"{CATALOG_NAME}.damaged-1").is_file()
    with Catalog.open(tmp_path) as catalog:
        assert catalog.count() == 0
