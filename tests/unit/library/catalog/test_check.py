from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries.catalog_rows import (
    DIM,
    MODEL,
    commit_pictures,
    indexed_file,
    unit_vectors,
)
from tests.unit.library.catalog.test_lock import another_writer
from tui.core.errors import CatalogError, LibraryBusyError
from tui.library.base.permissions import CATALOG_NAME
from tui.library.base.records import Finding
from tui.library.local.catalog import schema
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check, repair
from tui.library.local.vectors.index_files import index_folder
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.searching import LIMITS, IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex


def make(data_dir: Path, n: int = 300) -> Path:
    with Catalog.open(data_dir) as catalog:
        writer = CatalogWriter(catalog)
        commit_pictures(writer, unit_vectors(n))
        writer.add_root(Path("/p"))
        writer.commit(MODEL, [indexed_file("/p/bad.jpg", b"bad", error="No.")])
        write_generation(catalog, MODEL, finished=True)
    return data_dir / CATALOG_NAME


def wrong(findings: list[Finding]) -> set[str]:
    return {finding.subject for finding in findings if not finding.ok}


def test_a_missing_library_is_not_a_problem(tmp_path: Path) -> None:
    assert wrong(check(tmp_path / "none")) == set()
    assert wrong(repair(tmp_path / "none")) == set()
    assert not (tmp_path / "none").exists()


def test_repairing_a_sound_library_changes_nothing(tmp_path: Path) -> None:
    make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    findings = repair(tmp_path)
    assert wrong(findings) == set()
    assert {finding.subject for finding in findings} == {
        "catalog", "counts", "vectors", "index", "orphans",
    }  # fmt: skip
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("kind", ["vectors", "usearch"])
@pytest.mark.parametrize("damage", ["flipped", "gone"])
def test_a_damaged_index_is_rebuilt(tmp_path: Path, damage: str, kind: str) -> None:
    make(tmp_path)
    [path] = index_folder(tmp_path).glob(f"*.{kind}")
    if damage == "gone":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[5000] ^= 1
        path.write_bytes(content)
    assert wrong(check(tmp_path)) == {"index"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path, read_only=True) as catalog:
        assert VectorIndex(catalog, MODEL).refused == {}


def test_a_library_without_an_index_gets_one(tmp_path: Path) -> None:
    make(tmp_path)
    with closing(sqlite3.connect(tmp_path / CATALOG_NAME)) as connection, connection:
        connection.execute("DELETE FROM generations")
    assert wrong(check(tmp_path)) == {"index", "orphans"}
    assert wrong(repair(tmp_path)) == set()


def test_wrong_counts_and_damaged_vectors_are_repaired(tmp_path: Path) -> None:
    path = make(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE folders SET pictures = 5")
        nothing = np.full(DIM, np.nan, "<f2").tobytes()
        connection.execute("UPDATE embeddings SET vector = ? WHERE content_id = 7", (nothing,))
    assert wrong(check(tmp_path)) == {"counts", "vectors"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path, read_only=True) as catalog:
        assert catalog.count() == 300
        assert 7 not in catalog.files(MODEL).content_ids
        assert len(VectorIndex(catalog, MODEL)) == 299


@pytest.mark.parametrize("limits", [LIMITS, IndexLimits(exact=50, delta=3, depth=400, reach=500)])
def test_a_dropped_vector_that_is_computed_again_is_saved(
    tmp_path: Path, limits: IndexLimits
) -> None:
    path = make(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE seq = 3")
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(300))
        commit_pictures(CatalogWriter(catalog), unit_vectors(20, seed=1), folder="/q")
        assert write_generation(catalog, MODEL, finished=True, limits=limits)
        assert len(VectorIndex(catalog, MODEL)) == 320
    assert wrong(check(tmp_path)) == set()


def test_an_index_with_an_older_vector_of_a_content_is_rebuilt(tmp_path: Path) -> None:
    """As after a repair that dropped the damaged vector only from the catalog."""
    make(tmp_path)
    with Catalog.open(tmp_path) as catalog:
        CatalogWriter(catalog).drop_vectors([3])
        commit_pictures(CatalogWriter(catalog), unit_vectors(300))
    assert wrong(check(tmp_path)) == {"index"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(20, seed=1), folder="/q")
        assert write_generation(catalog, MODEL, finished=True)
        assert len(VectorIndex(catalog, MODEL)) == 320


@pytest.mark.parametrize("blob", [b"", b"x" * 15, b"\0" * 2 * DIM, "some text"])
def test_a_row_that_is_not_a_vector_is_dropped(tmp_path: Path, blob: bytes | str) -> None:
    path = make(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE embeddings SET vector = ? WHERE seq IN (1, 9)", (blob,))
    assert wrong(check(tmp_path)) == {"vectors"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path, read_only=True) as catalog:
        assert len(VectorIndex(catalog, MODEL)) == 298


GARBAGE = (
    "UPDATE files SET size = 'many' WHERE id = 3",
    "UPDATE files SET name = 'a text' WHERE id = 3",
    "UPDATE files SET error = 'Both.' WHERE id = 3",
    "UPDATE files SET folded = CAST(x'ff' AS TEXT) WHERE id = 3",
    "UPDATE contents SET camera = CAST(x'41ff' AS TEXT) WHERE id = 3",
    "UPDATE contents SET hash = 'a text' WHERE id = 3",
    "UPDATE contents SET format = NULL WHERE id = 3",
    "UPDATE folders SET path = 5",
    "UPDATE folders SET available = 7",
    "UPDATE roots SET path = 'text'",
    "UPDATE generations SET seq_covered = 'x'",
    "UPDATE counters SET value = 'x'",
    "UPDATE counters SET name = 'rewritez' WHERE name = 'rewrites'",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'embeddings'",
    "UPDATE sqlite_sequence SET seq = 'x' WHERE name = 'generations'",
    "DROP TRIGGER files_deleted",
    "DROP INDEX files_content",
)


@pytest.mark.parametrize("statement", GARBAGE)
def test_rows_and_tables_that_no_version_wrote_are_repaired(tmp_path: Path, statement: str) -> None:
    path = make(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    assert wrong(check(tmp_path)) == {"catalog"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(300))
        assert write_generation(catalog, MODEL, finished=True) in (True, False)
        assert len(VectorIndex(catalog, MODEL)) == 300
    assert wrong(check(tmp_path)) <= {"index"}


def test_a_damaged_trigger_is_reported_and_repaired(tmp_path: Path) -> None:
    path = make(tmp_path)
    content = path.read_bytes()
    assert content.count(b"SET pictures = pictures + 1") == 1
    damaged = content.replace(b"SET pictures = pictures + 1", b"SET p\xe9ctures = pictures + 1")
    path.write_bytes(damaged)
    with Catalog.open(tmp_path) as catalog, pytest.raises(CatalogError, match="repair"):
        commit_pictures(CatalogWriter(catalog), unit_vectors(5, seed=4), folder="/new")
    assert wrong(check(tmp_path)) == {"catalog"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(5, seed=4), folder="/new")
        assert catalog.count() == 305


def test_a_model_without_vectors_can_be_registered_again(tmp_path: Path) -> None:
    path = make(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE models SET dim = dim + 2")
    assert wrong(check(tmp_path)) >= {"vectors"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(300))
        assert len(VectorIndex(catalog, MODEL)) == 300


def test_an_index_that_claims_future_vectors_is_rebuilt(tmp_path: Path) -> None:
    path = make(tmp_path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE generations SET seq_covered = 10000 WHERE kind = 'vectors'")
    assert wrong(check(tmp_path)) == {"index"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path) as catalog:
        commit_pictures(CatalogWriter(catalog), unit_vectors(5, seed=4), folder="/new")
        assert len(VectorIndex(catalog, MODEL)) == 305


def test_nothing_is_repaired_while_another_process_writes(tmp_path: Path) -> None:
    make(tmp_path)
    (index_folder(tmp_path) / "gen-99.vectors").write_bytes(b"")
    with another_writer(tmp_path), pytest.raises(LibraryBusyError):
        repair(tmp_path)
    assert wrong(check(tmp_path)) == {"orphans"}


@pytest.mark.parametrize("seed", range(8))
def test_readable_rows_of_a_damaged_catalog_are_recovered(tmp_path: Path, seed: int) -> None:
    path = make(tmp_path)
    content = bytearray(path.read_bytes())
    dice = random.Random(seed)
    pages = range(1, len(content) // schema.PAGE_SIZE)
    for page in dice.sample(pages, 3):
        start = page * schema.PAGE_SIZE
        content[start : start + schema.PAGE_SIZE] = dice.randbytes(schema.PAGE_SIZE)
    path.write_bytes(content)
    if not wrong(check(tmp_path)):
        pytest.skip("only free pages were hit")
    findings = repair(tmp_path)
    assert wrong(findings) == set()
    backup = path.with_name(f"{CATALOG_NAME}.damaged-1")
    assert backup.read_bytes() == bytes(content)
    assert str(backup) in findings[0].message
    with Catalog.open(tmp_path) as catalog:
        table = catalog.files(MODEL)
        for item, key in zip(
            catalog.details(table.file_ids.tolist()), table.content_ids.tolist(), strict=True
        ):
            number = int(item.path.stem)
            vector = catalog.vectors(MODEL, [key])[0]
            assert np.allclose(vector, unit_vectors(300)[number], atol=1e-3)
        commit_pictures(CatalogWriter(catalog), unit_vectors(300))
        assert len(catalog.files(MODEL)) == 300
    assert wrong(check(tmp_path)) <= {"index"}


def test_most_of_a_catalog_survives_the_loss_of_a_page(tmp_path: Path) -> None:
    path = make(tmp_path, 1500)
    page = a_page_of(path, "embeddings")
    content = bytearray(path.read_bytes())
    start = (page - 1) * schema.PAGE_SIZE
    content[start : start + schema.PAGE_SIZE] = b"\xff" * schema.PAGE_SIZE
    path.write_bytes(content)
    assert wrong(check(tmp_path)) == {"catalog"}
    assert wrong(repair(tmp_path)) == set()
    with Catalog.open(tmp_path, read_only=True) as catalog:
        status = catalog.status()
        assert status.files == 1501
        assert 1000 <= status.embeddings[MODEL] < 1500
        assert catalog.roots() == [Path("/p")]


def a_page_of(path: Path, table: str) -> int:
    """Return the number of a page that contains rows of a table."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            pages = connection.execute(
                "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,)
            ).fetchall()
        except sqlite3.OperationalError:
            pytest.skip("this SQLite has no dbstat")
    assert len(pages) > 2
    return int(pages[1][0])


@pytest.mark.parametrize("content", [b"no database at all", b"\0" * 100_000])
def test_an_unreadable_catalog_is_kept_and_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / CATALOG_NAME).write_bytes(content)
    assert wrong(check(tmp_path)) == {"catalog"}
    assert wrong(repair(tmp_path)) == set()
    assert (tmp_path / f"{CATALOG_NAME}.damaged-1").read_bytes() == content
    (tmp_path / CATALOG_NAME).write_bytes(content)
    repair(tmp_path)
    assert (tmp_path / f"{CATALOG_NAME}.damaged-2").read_bytes() == content
    with Catalog.open(tmp_path) as catalog:
        assert catalog.count() == 0


def test_the_log_of_a_damaged_catalog_is_moved_with_it(tmp_path: Path) -> None:
    path = make(tmp_path)
    log = path.with_name(f"{CATALOG_NAME}-wal")
    with Catalog.open(tmp_path) as catalog:
        CatalogWriter(catalog).commit(
            MODEL, [indexed_file("/p/new.jpg", b"new", unit_vectors(1)[0])]
        )
        crashed = path.read_bytes(), log.read_bytes()
    content = bytearray(crashed[0])
    content[-schema.PAGE_SIZE :] = b"\xff" * schema.PAGE_SIZE
    path.write_bytes(content)
    log.write_bytes(crashed[1])
    repair(tmp_path)
    backup = path.with_name(f"{CATALOG_NAME}.damaged-1")
    if backup.exists():
        assert backup.with_name(f"{backup.name}-wal").read_bytes() == crashed[1]
    assert wrong(check(tmp_path)) == set()
    with Catalog.open(tmp_path, read_only=True) as catalog:
        assert catalog.file_records(Path("/p/new.jpg").parent, MODEL)[b"/p/new.jpg"].embedded


def test_a_network_drive_is_reported_without_a_problem(tmp_path: Path) -> None:
    Catalog.open(tmp_path).close()
    device = tmp_path.stat().st_dev
    mounts = [f"22 1 {os.major(device)}:{os.minor(device)} / / rw - nfs4 server:/y rw"]
    *_, last = check(tmp_path, mounts)
    assert (last.subject, last.ok) == ("disk", True)
    assert "move the library to a local disk" in last.message
    assert all(finding.subject != "disk" for finding in check(tmp_path, []))
