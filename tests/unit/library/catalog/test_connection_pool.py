"""Opening the catalog under faults: one sentence, and no loss."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.as_user import as_two_users, public_folder, unprivileged
from tests.support.libraries.catalog_rows import MODEL, commit_pictures, indexed_file, unit_vectors
from tests.support.mounts import set_writable, small_disk
from tui.core.errors import CatalogError
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog import schema
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.sentences import describe_error
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check

ANY = Path("/data/catalog.sqlite")


def filled(data_dir: Path, n: int = 10) -> Path:
    with Catalog.open(data_dir) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(n))
    return data_dir / CATALOG_NAME


# --- another version ------------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", [False, True])
def test_a_catalog_of_a_newer_version_is_rejected_and_unchanged(
    tmp_path: Path, read_only: bool
) -> None:
    path = filled(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(CatalogError, match=r"newer photoseek .* update photoseek"):
        Catalog.open(tmp_path, read_only=read_only)
    assert path.read_bytes() == before
    [finding] = check(tmp_path)
    assert not finding.ok
    assert not finding.repairable


def test_a_migration_keeps_a_backup(tmp_path: Path) -> None:
    path = filled(tmp_path)

    def step(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE files ADD COLUMN stars INTEGER NOT NULL DEFAULT 0")

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        backup = schema.migrate(
            connection, path, target=schema.VERSION + 1, steps={schema.VERSION: step}
        )
        assert schema.version_of(connection) == schema.VERSION + 1
        assert connection.execute("SELECT sum(stars) FROM files").fetchone() == (0,)
        again = schema.migrate(connection, path, target=schema.VERSION + 1, steps={})
    assert again is None
    assert backup is not None
    with closing(sqlite3.connect(backup)) as connection:
        assert schema.version_of(connection) == schema.VERSION
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (10,)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = filled(tmp_path)

    def step(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE files ADD COLUMN stars INTEGER")
        connection.execute("ALTER TABLE nothing ADD COLUMN stars INTEGER")

    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(
                connection, path, target=schema.VERSION + 1, steps={schema.VERSION: step}
            )
        assert schema.version_of(connection) == schema.VERSION
        columns = [row[1] for row in connection.execute("PRAGMA table_info(files)")]
    assert "stars" not in columns
    with Catalog.open(tmp_path) as catalog:
        assert catalog.count() == 10


# --- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("content", [b"this is not a database " * 500, b"\0" * 9000])
def test_a_file_that_is_not_a_catalog_is_named_and_unchanged(
    tmp_path: Path, content: bytes, read_only: bool
) -> None:
    path = tmp_path / CATALOG_NAME
    path.write_bytes(content)
    with pytest.raises(CatalogError, match="photoseek doctor") as caught:
        Catalog.open(tmp_path, read_only=read_only)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == content


def test_damage_while_reading_is_one_sentence(tmp_path: Path) -> None:
    path = filled(tmp_path, 300)
    content = bytearray(path.read_bytes())
    for page in range(2, len(content) // schema.PAGE_SIZE):
        start = page * schema.PAGE_SIZE
        content[start : start + 100] = b"\xff" * 100
    path.write_bytes(content)
    with (
        pytest.raises(CatalogError, match=r"is damaged .*photoseek doctor"),
        Catalog.open(tmp_path, read_only=True) as catalog,
    ):
        catalog.file_records(Path("/p"), MODEL)
    assert path.read_bytes() == bytes(content)


# --- errors of SQLite -----------------------------------------------------------------------------


def test_a_locked_catalog_is_one_sentence(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as holder,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other,
    ):
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            other.execute("BEGIN IMMEDIATE")
    assert "is locked by another program" in describe_error(caught.value, path)


def test_a_catalog_that_can_not_grow_is_one_sentence(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("CREATE TABLE t AS SELECT zeroblob(1000000)")
    assert "The disk is full" in describe_error(caught.value, path)


def test_an_unknown_error_is_one_sentence() -> None:
    assert describe_error(sqlite3.Error("odd."), ANY) == f"The catalog {ANY} failed: odd."


@pytest.mark.parametrize(
    "code", [sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, 15]
)
def test_an_error_on_a_network_drive_suggests_a_local_disk(tmp_path: Path, code: int) -> None:
    device = tmp_path.stat().st_dev
    mounts = [f"22 1 {os.major(device)}:{os.minor(device)} / / rw - 9p host rw"]
    error = sqlite3.OperationalError("locking protocol")
    error.sqlite_errorcode = code
    message = describe_error(error, tmp_path / CATALOG_NAME, mounts)
    assert "move the library to a local disk (--data-dir)" in message
    assert "--data-dir" not in describe_error(error, tmp_path / CATALOG_NAME, [])


# --- several processes that create it at once -----------------------------------------------------

OPEN_AT_ONCE = """
import sys
from pathlib import Path
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog import schema
print("ready", flush=True)
for line in sys.stdin:
    with Catalog.open(Path(line.strip())) as catalog, catalog.reading() as connection:
        print(schema.version_of(connection), flush=True)
"""


def test_several_processes_create_a_library_at_the_same_moment(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN_AT_ONCE]
    makers = [
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        for maker in makers:
            assert maker.stdout is not None
            assert maker.stdout.readline() == "ready\n"
        for number in range(40):
            for maker in makers:
                assert maker.stdin is not None
                maker.stdin.write(f"{tmp_path / str(number)}\n")
            for maker in makers:
                assert maker.stdin is not None
                maker.stdin.flush()
        for maker in makers:
            output, errors = maker.communicate(timeout=120)
            assert errors == ""
            assert output == f"{schema.VERSION}\n" * 40
    finally:
        for maker in makers:
            maker.kill()


# --- folders that can't be written ----------------------------------------------------------------


def test_a_read_only_data_folder_can_be_searched_but_not_written() -> None:
    with public_folder() as folder:
        data_dir = folder / "data"
        path = filled(data_dir)
        path.chmod(0o444)
        data_dir.chmod(0o555)
        with unprivileged():
            with Catalog.open(data_dir, read_only=True) as catalog:
                assert catalog.count() == 10
                assert len(catalog.files(MODEL)) == 10
            refused = r"not change it; ask its owner|is read-only; allow writing"
            with pytest.raises(CatalogError, match=refused):
                Catalog.open(data_dir)
            with pytest.raises(CatalogError, match=refused), writer_lock(data_dir):
                pass
        assert sorted(item.name for item in data_dir.iterdir()) == [CATALOG_NAME]


def test_a_read_only_data_folder_with_a_log_can_be_searched() -> None:
    with public_folder() as folder:
        data_dir = folder / "data"
        filled(data_dir)
        with Catalog.open(data_dir) as catalog:
            commit_pictures(CatalogWriter(catalog), unit_vectors(5, seed=1), folder="/q")
            for item in data_dir.iterdir():
                item.chmod(0o444)
            data_dir.chmod(0o555)
            with unprivileged(), Catalog.open(data_dir, read_only=True) as reader:
                assert reader.count() == 15


def test_a_read_only_user_sees_concurrent_writes() -> None:
    with public_folder() as folder:
        data_dir = folder / "data"
        data_dir.mkdir(mode=0o755)
        filled(data_dir)
        with unprivileged():
            reader = Catalog.open(data_dir, read_only=True)
            assert len(reader.files(MODEL)) == 10
            before = reader.data_version()
        with Catalog.open(data_dir) as catalog:
            commit_pictures(CatalogWriter(catalog), unit_vectors(5, seed=1), folder="/q")
            with unprivileged():
                assert reader.data_version() != before
                assert len(reader.files(MODEL)) == reader.count() == 15
            commit_pictures(CatalogWriter(catalog), unit_vectors(2, seed=2), folder="/r")
            with unprivileged():
                assert len(reader.files(MODEL)) == reader.count() == 17
        with unprivileged(), reader:
            assert len(reader.files(MODEL)) == reader.count() == 17
            with Catalog.open(data_dir, read_only=True) as later:
                assert later.count() == 17


@as_two_users
def test_a_possibly_inconsistent_snapshot_is_rejected() -> None:
    with public_folder() as folder:
        data_dir = folder / "data"
        data_dir.mkdir(mode=0o755)
        filled(data_dir)
        with unprivileged():
            reader = Catalog.open(data_dir, read_only=True)
            assert reader.count() == 10

        def read_while_it_is_written() -> None:
            with reader.reading() as connection:
                connection.execute("SELECT count(*) FROM files").fetchone()
                filled(data_dir, 200)

        with (
            reader,
            pytest.raises(CatalogError, match="changed while it was being read; try again"),
        ):
            read_while_it_is_written()
        with unprivileged(), Catalog.open(data_dir, read_only=True) as again:
            assert again.count() == 200


def test_a_data_folder_that_can_not_be_created_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CatalogError, match="PHOTOSEEK_DATA_DIR"):
        Catalog.open(tmp_path / "file" / "data")


def test_a_folder_instead_of_the_catalog_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / CATALOG_NAME).mkdir()
    for read_only in (False, True):
        with pytest.raises(CatalogError, match=r"can't be (opened|read)"):
            Catalog.open(tmp_path, read_only=read_only)


def test_a_full_disk_loses_no_acknowledged_batch(tmp_path: Path) -> None:
    acknowledged = 0

    def commit_until_it_fails(writer: CatalogWriter) -> None:
        nonlocal acknowledged
        for number in range(200):
            vectors = unit_vectors(64, dim=512, seed=number)
            digests = [f"{number} {n}".encode() for n in range(64)]
            writer.commit(
                MODEL,
                [indexed_file(f"/p/{number}/{n}", digests[n], vectors[n]) for n in range(64)],
            )
            acknowledged += 64

    with small_disk(tmp_path / "disk", "4m") as disk:
        data_dir = disk / "data"
        with Catalog.open(data_dir) as catalog:
            writer = CatalogWriter(catalog)
            writer.register_model(MODEL, 512)
            with pytest.raises(CatalogError, match=r"disk is full|can't be read or written"):
                commit_until_it_fails(writer)
            assert acknowledged > 0
            assert len(catalog.files(MODEL)) == acknowledged
        assert [finding.ok for finding in check(data_dir) if finding.subject == "catalog"] == [True]
        with Catalog.open(data_dir, read_only=True) as catalog:
            assert catalog.count() == acknowledged


def test_a_disk_that_becomes_read_only_midway_loses_nothing(tmp_path: Path) -> None:
    vectors = unit_vectors(3)
    with small_disk(tmp_path / "disk", "8m") as disk:
        filled(disk / "data")
        set_writable(disk, False)
        with Catalog.open(disk / "data", read_only=True) as reader:
            assert len(reader.files(MODEL)) == 10
        with pytest.raises(CatalogError, match=r"is read-only; allow writing there"):
            Catalog.open(disk / "data")
        with pytest.raises(CatalogError, match="is read-only"), writer_lock(disk / "data"):
            pass
        set_writable(disk, True)
        with Catalog.open(disk / "data") as catalog:
            CatalogWriter(catalog).commit(MODEL, [indexed_file("/p/new.jpg", b"new", vectors[0])])
            assert catalog.count() == 11


# --- a replaced catalog ---------------------------------------------------------------------------


def test_a_reader_reopens_a_replaced_catalog(tmp_path: Path) -> None:
    path = filled(tmp_path / "data")
    other = filled(tmp_path / "other", 3)
    with Catalog.open(tmp_path / "data", read_only=True) as reader:
        assert len(reader.files(MODEL)) == 10
        before = reader.data_version()
        shutil.copy(other, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)
        assert reader.data_version() != before
        assert len(reader.files(MODEL)) == 3
        assert reader.count() == 3
