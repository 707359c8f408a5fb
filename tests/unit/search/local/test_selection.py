"""Without words the library is listed by date, from the real catalog."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.support.libraries.catalog_rows import DIM, MODEL, indexed_file, unit_vectors
from tests.support.libraries.indexed_library import browse_files
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.search.local.picture_table import PictureTable
from tui.search.local.selection import FileSelector
from tui.search.query.parse import parse

DAY = 24 * 3600 * 10**9


def picture(path: str, mtime_day: int, taken_day: int | None) -> IndexedFile:
    return IndexedFile(
        ImageFile(Path(path), 10, mtime_day * DAY, hash(path)),
        digest=path.encode(),
        info=PictureInfo(8, 8, "JPEG", None if taken_day is None else taken_day * DAY),
        vector=np.array([1, 0], dtype=np.float32),
    )


def test_newest_first_by_the_date_taken_or_the_file_date(tmp_path: Path) -> None:
    with Catalog.open(tmp_path) as catalog:
        writer = CatalogWriter(catalog)
        writer.register_model("m", 2)
        files = [
            picture("/p/a/old.jpg", 90, 10),
            picture("/p/a/new.jpg", 20, None),
            picture("/p/b/middle.jpg", 99, 15),
        ]
        broken = IndexedFile(ImageFile(Path("/p/a/no.jpg"), 1, 500 * DAY, 1), b"no", error="No.")
        writer.commit("m", [*files, broken])

        def names(scope: Path | None = None) -> list[str]:
            return [file.path.name for file in browse_files(catalog, scope)]

        assert names() == ["new.jpg", "middle.jpg", "old.jpg"]
        assert names(Path("/p/a")) == ["new.jpg", "old.jpg"]
        assert names(Path("/q")) == []
        writer.set_available(Path("/p"), missing=[Path("/p/b")])
        assert names() == ["new.jpg", "old.jpg"]


def test_the_order_includes_committed_changes(tmp_path: Path) -> None:
    one, two, three = unit_vectors(3)
    with Catalog.open(tmp_path) as catalog:
        writer = CatalogWriter(catalog)
        writer.register_model(MODEL, DIM)
        columns = PictureTable(catalog)
        selection = FileSelector(catalog, columns, MODEL)

        def order() -> list[int]:
            if columns.refresh():
                selection.clear()
            assert selection.browse(parse("")) is selection.browse(parse(""))
            ids: list[int] = selection.browse(parse("")).tolist()
            return ids

        writer.commit(
            MODEL,
            [
                indexed_file("/p/1.jpg", b"1", one, mtime_ns=5),
                indexed_file("/p/2.jpg", b"2", two, mtime_ns=7),
                indexed_file("/p/3.jpg", b"3", error="No.", mtime_ns=9),
            ],
        )
        assert order() == [2, 1]
        writer.commit(MODEL, [indexed_file("/p/4.jpg", b"4", three, mtime_ns=7)])
        assert order() == [2, 4, 1]
        writer.commit(MODEL, [indexed_file("/p/1.jpg", b"1", mtime_ns=8)])  # touched
        assert order() == [1, 2, 4]
        writer.commit(MODEL, [indexed_file("/p/3.jpg", b"3", one, mtime_ns=9)])  # can now be read
        assert order() == [3, 1, 2, 4]
