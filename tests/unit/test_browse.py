"""Without words the library is listed by date, from the real catalog."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tui.domain import ImageFile, PictureInfo
from tui.library.catalog import Catalog
from tui.library.catalog_write import CatalogWriter
from tui.library.records import IndexedFile

DAY = 24 * 3600 * 10**9


def picture(path: str, mtime_day: int, taken_day: int | None) -> IndexedFile:
    return IndexedFile(
        ImageFile(Path(path), 10, mtime_day * DAY, hash(path)),
        digest=path.encode(),
        info=PictureInfo(8, 8, "JPEG", None if taken_day is None else taken_day * DAY),
        vector=np.array([1, 0], dtype=np.float32),
    )


def test_newest_first_by_the_date_taken_else_by_the_files(tmp_path: Path) -> None:
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
            return [file.path.name for file in catalog.details(catalog.newest(scope).tolist())]

        assert names() == ["new.jpg", "middle.jpg", "old.jpg"]
        assert names(Path("/p/a")) == ["new.jpg", "old.jpg"]
        assert names(Path("/q")) == []
        writer.set_available(Path("/p"), missing=[Path("/p/b")])
        assert names() == ["new.jpg", "old.jpg"]
