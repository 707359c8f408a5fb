"""The columns of a library: aligned, extended, and correct after every kind of change."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.libraries.catalog_rows import DIM, MODEL, indexed_file, unit_vectors
from tui.core.domain import PictureInfo
from tui.core.wall_clock import wall_clock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.search.local.picture_table import PictureTable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from tui.library.base.records import IndexedFile
    from tui.search.local.categorical import Categorical

VECTORS = unit_vectors(8)
LITTLE = PictureInfo(64, 48, "JPEG")


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "data") as opened:
        CatalogWriter(opened).register_model(MODEL, DIM)
        yield opened


def picture(
    path: str, number: int, info: PictureInfo = LITTLE, *, size: int = 1000, mtime_ns: int = 1
) -> IndexedFile:
    item = indexed_file(path, bytes([number]), VECTORS[number], mtime_ns=mtime_ns)
    return replace(item, info=info, file=replace(item.file, size=size))


def put(catalog: Catalog, *items: IndexedFile) -> None:
    CatalogWriter(catalog).commit(MODEL, items)


def texts(column: Categorical) -> list[str]:
    return [column.values[code] for code in column.codes]


def test_every_column_has_one_row_a_picture(catalog: Catalog) -> None:
    paris = PictureInfo(4000, 3000, "JPEG", 5, "Canon EOS R6", 48.86, 2.35)
    put(catalog, picture("/p/Été.JPG", 0, paris, size=7), picture("/p/q/b", 1, size=9))
    put(
        catalog,
        indexed_file("/p/broken.jpg", b"x", error="No."),
        indexed_file("/p/denied", None, error="No."),
    )
    columns = PictureTable(catalog)
    assert len(columns) == 2
    assert [columns.folder_paths[number] for number in columns.folders] == [b"/p", b"/p/q"]
    assert columns.content_ids.tolist() == [1, 2]
    assert columns.dates[0] == 5
    assert columns.sizes.tolist() == [7, 9]
    assert columns.widths.tolist() == [4000, 64]
    assert columns.heights.tolist() == [3000, 48]
    assert columns.latitudes[0] == pytest.approx(48.86)
    assert columns.longitudes[0] == pytest.approx(2.35)
    assert np.isnan([columns.latitudes[1], columns.longitudes[1]]).all()
    assert texts(columns.extensions) == ["jpg", ""]
    assert texts(columns.cameras) == ["Canon EOS R6", ""]
    assert [columns.names[row] for row in range(2)] == ["ete.jpg", "b"]


def everything(columns: PictureTable) -> list[object]:
    numbers = ("file_ids", "content_ids", "folders", "dates", "sizes", "widths", "latitudes")
    return [
        *(getattr(columns, name).tolist() for name in numbers),
        texts(columns.extensions),
        texts(columns.cameras),
        [columns.names[row] for row in range(len(columns.names))],
    ]


SOMEWHERE = PictureInfo(8, 8, "PNG", 3, "Nikon", 1.0, 2.0)


def test_updated_columns_equal_those_of_a_new_reader(catalog: Catalog) -> None:
    columns = PictureTable(catalog)
    assert len(columns) == 0
    writer = CatalogWriter(catalog)
    changes: list[Callable[[], object]] = [
        lambda: put(catalog, picture("/p/a.jpg", 0, SOMEWHERE), picture("/q/b.png", 1, SOMEWHERE)),
        lambda: put(catalog, picture("/p/c.jpg", 2, SOMEWHERE)),
        lambda: put(catalog, picture("/p/a.jpg", 0, SOMEWHERE, size=1, mtime_ns=10**18)),
        lambda: put(catalog, picture("/p/a.jpg", 3, SOMEWHERE)),
        lambda: writer.set_available(Path("/q"), [Path("/q")]),
        lambda: put(catalog, picture("/r/d.tif", 4, replace(SOMEWHERE, camera="Leica"))),
        lambda: writer.set_available(Path("/q")),
        lambda: put(catalog, indexed_file("/p/e.jpg", bytes([5]), error="No.")),
        lambda: put(catalog, picture("/p/e.jpg", 5, SOMEWHERE)),
        lambda: writer.remove_files([1]),
        lambda: writer.forget(Path("/q")),
    ]
    for change in changes:
        change()
        assert columns.refresh()
        assert everything(columns) == everything(PictureTable(catalog))
        assert not columns.refresh()
    assert len(columns) == 3


def test_new_rows_are_appended_to_the_table(catalog: Catalog) -> None:
    put(catalog, picture("/p/a.jpg", 0))
    columns = PictureTable(catalog)
    sizes, derived = columns.sizes, columns.derived("x", lambda: [1])
    assert columns.sizes.base is sizes.base
    assert columns.derived("x", list) is derived
    with catalog.writing() as connection:  # as no writer would: an existing row is not read again
        connection.execute("UPDATE files SET size = 77")
    put(catalog, picture("/p/b.jpg", 1))
    columns.refresh()
    assert columns.sizes.tolist() == [1000, 1000]
    assert columns.derived("x", list) == []


def test_a_column_that_is_read_later_is_aligned_with_the_others(catalog: Catalog) -> None:
    put(catalog, *(picture(f"/p/{name}.jpg", number) for number, name in enumerate("abcd")))
    columns = PictureTable(catalog)
    assert len(columns.file_ids) == 4
    CatalogWriter(catalog).remove_files([2])
    put(catalog, picture("/p/new.jpg", 5))
    assert columns.sizes.tolist() == [1000, 0, 1000, 1000]
    assert [columns.names[row] for row in range(4)] == ["a.jpg", "", "c.jpg", "d.jpg"]
    assert texts(columns.extensions) == ["jpg", "", "jpg", "jpg"]
    columns.refresh()
    assert len(columns.sizes) == len(columns.names) == 4


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can't be set")
def test_a_file_without_a_date_taken_has_its_local_file_date(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Etc/GMT-5")  # five hours east of Greenwich
    time.tzset()
    try:
        put(catalog, picture("/p/a.jpg", 0, mtime_ns=10**18), picture("/p/b.jpg", 1, SOMEWHERE))
        put(catalog, picture("/p/c.jpg", 2, mtime_ns=-(2**63)))
        dates = PictureTable(catalog).dates.tolist()
        assert dates[:2] == [10**18 + 5 * 3600 * 10**9, 3]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can't be set")
def test_clock_changes_at_half_past_an_hour_are_handled(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lord Howe Island's clocks, half an hour forward on 4 October 2014 at 15:30 UTC."""
    monkeypatch.setenv("TZ", "Australia/Lord_Howe")
    time.tzset()
    try:
        change = 1_412_436_600
        for number, second in enumerate((change - 1, change, change + 1799)):
            put(catalog, picture(f"/p/{number}.jpg", number, mtime_ns=second * 10**9))
        offsets = [37_800, 39_600, 39_600]
        seconds = (change - 1, change, change + 1799)
        expected = [(s + offset) * 10**9 for s, offset in zip(seconds, offsets, strict=True)]
        assert PictureTable(catalog).dates.tolist() == expected
        assert [wall_clock(s * 10**9) for s in seconds] == expected
    finally:
        monkeypatch.undo()
        time.tzset()


# --- is:new ---------------------------------------------------------------------------------------


def new(catalog: Catalog) -> list[int]:
    columns = PictureTable(catalog)
    ids: list[int] = columns.file_ids[columns.content_ids > columns.known_contents].tolist()
    return ids


def test_new_selects_the_files_of_the_last_run_with_changes(catalog: Catalog) -> None:
    assert new(catalog) == []
    first, second, third = (CatalogWriter(catalog) for _ in range(3))
    first.commit(MODEL, [picture("/p/a.jpg", 0)])
    first.commit(MODEL, [picture("/p/b.jpg", 1)])
    assert new(catalog) == [1, 2]
    second.commit(
        MODEL, [indexed_file("/p/copy.jpg", bytes([0])), indexed_file("/p/x", b"x", error="No.")]
    )
    assert new(catalog) == [1, 2, 3]
    third.commit(MODEL, [picture("/p/c.jpg", 2)])
    third.commit(MODEL, [picture("/p/d.jpg", 3)])
    assert new(catalog) == [5, 6]


def test_a_library_of_an_older_version_has_no_new_pictures(catalog: Catalog) -> None:
    put(catalog, picture("/p/a.jpg", 0))
    with catalog.writing() as connection:
        connection.execute("DELETE FROM counters WHERE name = 'known_contents'")
    assert new(catalog) == []


def test_a_column_is_read_while_others_are_used_and_the_library_changes(catalog: Catalog) -> None:
    put(catalog, picture("/p/a.jpg", 0, SOMEWHERE))
    columns = PictureTable(catalog)
    assert columns.sizes.tolist() == [1000]
    began, change = threading.Event(), threading.Event()
    read = catalog.reading

    @contextmanager
    def slow_reading() -> Iterator[sqlite3.Connection]:
        if threading.current_thread() is reader:
            began.set()
            assert change.wait(30)
        with read() as connection:
            yield connection

    reader = threading.Thread(target=columns.preload, daemon=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "reading", slow_reading)
        reader.start()
        assert began.wait(30)
        assert columns.derived("x", lambda: len(columns.sizes)) == 1  # no wait for the reader
        put(catalog, picture("/p/b.jpg", 1, SOMEWHERE), picture("/p/a.jpg", 2, SOMEWHERE, size=7))
        assert columns.refresh()
        change.set()
        reader.join(30)
    assert not reader.is_alive()
    assert everything(columns) == everything(PictureTable(catalog))


def test_the_folder_index_is_rebuilt_only_for_other_folders(catalog: Catalog) -> None:
    put(catalog, picture("/p/a.jpg", 0))
    columns = PictureTable(catalog)
    folders = columns.folder_index
    put(catalog, picture("/p/b.jpg", 1))
    assert columns.refresh()
    assert columns.folder_index is folders
    put(catalog, picture("/q/c.jpg", 2))
    assert columns.refresh()
    assert folders.find_with_words(["q"]) == []
    with_q = columns.folder_index
    assert len(with_q.find_with_words(["q"])) == 1
    CatalogWriter(catalog).add_root(Path("/p"))
    assert columns.refresh()
    assert columns.folder_index is not with_q
