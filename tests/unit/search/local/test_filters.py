"""Filters and orders over whole columns, compared with a check of each file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import DIM, MODEL, unit_vectors
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.search.local.filters import all_rows, preload_orders, select_rows, sort_rows
from tui.search.local.picture_table import PictureTable
from tui.search.matching.file_names import FileNames
from tui.search.matching.filter_rules import within_circle
from tui.search.matching.folder_names import FolderMatcher
from tui.search.query.parse import parse
from tui.search.query.terms import GeoCircle, Sort

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path("/home/anna/Pictures")


@dataclass(frozen=True)
class Row:
    """A picture of the library below; ``day`` is the day on which it was taken."""

    name: str
    day: str
    size: int
    pixels: tuple[int, int]
    camera: str | None = None
    position: tuple[float, float] | tuple[None, None] = (None, None)


ROWS = [
    Row(
        "2023/Paris/Tour Eiffel 1.JPG", "2023-05-17", 50, (3000, 4000), "Leica Q3", (48.858, 2.294)
    ),
    Row(
        "2023/paris/louvre.heic", "2023-05-18", 40, (4000, 3000), "Apple iPhone 14", (48.861, 2.336)
    ),
    Row("2023/IMG_0042.jpg", "2023-12-31", 30, (1000, 1000), "Canon EOS R6"),
    Row("2024/IMG_0043.CR3", "2024-01-01", 20, (6000, 4000), "Canon EOS R6"),
    Row("2024/holidays/Été à la plage.png", "2024-07-01", 60, (1999, 1000), None, (-33.9, 151.2)),
    Row("2024/holidays 2/beach.jpg", "2024-07-02", 10, (1040, 1000), None, (0.5, 179.9)),
    Row("img_0042 copy.jpeg", "2020-02-29", 30, (800, 600)),
]


@pytest.fixture(scope="module")
def columns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PictureTable]:
    with Catalog.open(tmp_path_factory.mktemp("data")) as catalog:
        CatalogWriter(catalog).add_root(ROOT)
        CatalogWriter(catalog).register_model(MODEL, DIM)
        for number, row in enumerate(ROWS):
            CatalogWriter(catalog).commit(MODEL, [item(number, row)])
        yield PictureTable(catalog)


def item(number: int, row: Row) -> IndexedFile:
    date = datetime.fromisoformat(row.day).replace(hour=12, tzinfo=UTC)
    info = PictureInfo(
        *row.pixels, "JPEG", int(date.timestamp()) * 10**9, row.camera, *row.position
    )
    file = ImageFile(ROOT / row.name, row.size, 1, number)
    return IndexedFile(file, bytes([number]), info, unit_vectors(8)[number])


def found(columns: PictureTable, text: str, scope: str | None = None) -> list[int]:
    query = parse(text, today=date(2024, 11, 24))
    assert not query.terms
    mask = select_rows(query.filters, columns, None if scope is None else Path(scope))
    assert mask.shape == columns.file_ids.shape
    return np.flatnonzero(mask).tolist()


EVERYTHING = list(range(len(ROWS)))

CASES = [
    ("", EVERYTHING),
    ("name:img", [2, 3, 6]),
    ('name:"0042 img"', [2, 6]),
    ("name:eiffel name:tour", [0]),
    ("name:ete name:PLAGE", [4]),
    ("-name:img", [0, 1, 4, 5]),
    ("name:img -name:copy ext:jpg", [2]),
    ("in:2023", [0, 1, 2]),
    ("in:paris", [0, 1]),
    ("in:PARÍS", [0, 1]),
    ("in:2023/paris", [0, 1]),
    ("in:holidays", [4]),
    ("in:holi", [4, 5]),
    ('in:"holidays 2"', [5]),
    ("in:Pictures", EVERYTHING),
    ("in:anna", []),
    ("in:/home/anna/Pictures/2024", [3, 4, 5]),
    ("in:/home/anna/Pictures/2024/", [3, 4, 5]),
    ("in:/home/anna/Pictures/202", [0, 1, 2, 3, 4, 5]),
    ("in:/", EVERYTHING),
    ("in:nowhere", []),
    ("in:2024 -in:holidays", [3, 5]),
    ("in:2023 in:paris", [0, 1]),
    ("ext:jpg", [0, 2, 5]),
    ("ext:jpg,jpeg", [0, 2, 5, 6]),
    ("ext:jpg ext:heic", [0, 1, 2, 5]),
    ("ext:raw", [3]),
    ("-ext:jpg -ext:raw", [1, 4, 6]),
    ("after:2024", [3, 4, 5]),
    ("before:2024", [0, 1, 2, 6]),
    ("-before:2024", [3, 4, 5]),
    ("on:2023-12-31", [2]),
    ("on:2023-05..2023-12", [0, 1, 2]),
    ('on:"last summer"', [4, 5]),
    ("after:0001 before:9000", EVERYTHING),
    ("after:9000", []),
    ("after:2024 before:2020", []),
    ("camera:canon", [2, 3]),
    ("camera:iphone camera:leica", [0, 1]),
    ("-camera:canon -camera:apple -camera:leica", [4, 5, 6]),
    ("wide", [1, 3, 4, 6]),
    ("tall", [0]),
    ("square", [2, 5]),
    ("wide tall", [0, 1, 3, 4, 6]),
    ("-square -tall", [1, 3, 4, 6]),
    ("min:2000px", [0, 1, 3]),
    ("min:1999px", [0, 1, 3, 4]),
    ("near:48.86,2.35,10", [0, 1]),
    ("near:48.861,2.336,1", [1]),
    ("near:48.86,2.35,10 near:-33.9,151.2,1", [0, 1, 4]),
    ("near:0.5,-179.9,30", [5]),
    ("near:90,0,20038", [0, 1, 4, 5]),
    ("-near:48.86,2.35,10", [2, 3, 4, 5, 6]),
    ("is:new", [6]),
    ("-is:new name:img", [2, 3]),
    ("in:2023 wide ext:heic after:2023-05-18 camera:apple near:48.86,2.33,5 name:louv", [1]),
]


@pytest.mark.parametrize(("text", "rows"), CASES, ids=[text for text, _ in CASES])
def test_each_filter_selects_its_files(columns: PictureTable, text: str, rows: list[int]) -> None:
    assert found(columns, text) == rows


def test_a_scope_is_a_folder_with_its_subfolders(columns: PictureTable) -> None:
    assert found(columns, "", "/home/anna/Pictures/2024/holidays") == [4]
    assert found(columns, "ext:jpg", "/home/anna/Pictures/2023") == [0, 2]
    assert found(columns, "", "/home/anna/Pic") == []


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sort:date", [5, 4, 3, 2, 1, 0, 6]),
        ("-sort:date", [6, 0, 1, 2, 3, 4, 5]),
        ("sort:size", [4, 0, 1, 2, 6, 3, 5]),
        ("sort:name", [5, 4, 6, 2, 3, 1, 0]),
        ("sort:score", EVERYTHING),
    ],
)
def test_each_order_sorts_the_files(columns: PictureTable, text: str, rows: list[int]) -> None:
    sort = parse(text).sort
    assert sort is not None
    assert sort_rows(sort, columns, np.arange(len(ROWS))).tolist() == rows
    some = np.array([6, 1, 3])
    expected = [6, 1, 3] if sort.key == "score" else [row for row in rows if row in some]
    assert sort_rows(sort, columns, some).tolist() == expected


def test_filters_of_an_empty_library_select_nothing(tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "data") as catalog:
        columns = PictureTable(catalog)
        for text, _ in CASES:
            assert found(columns, text) == []
        assert sort_rows(Sort("name"), columns, np.arange(0)).tolist() == []


@given(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(1, 20_000), st.floats(0, 1), st.booleans()
)
def test_distances_are_those_on_a_sphere(
    latitude: float, longitude: float, km: float, share: float, inside: bool
) -> None:
    """Go a part of the way to the circle, or past it, straight north or over the pole."""
    way = km * (share * 0.98 if inside else 1.02 + share * 0.2)
    angle = math.radians(latitude) + way / 6371.0
    if not -math.pi / 2 <= angle <= math.pi / 2:
        return
    position = OnePosition(math.degrees(angle), longitude)
    mask = select_rows(parse(f"near:{latitude!r},{longitude!r},{km!r}").filters, position)  # type: ignore[arg-type]
    assert mask.tolist() == [inside]


class OnePosition:
    """The columns that a position needs."""

    def __init__(self, latitude: float, longitude: float) -> None:
        self.latitudes = np.array([latitude], dtype=np.float32)
        self.longitudes = np.array([longitude], dtype=np.float32)

    def __len__(self) -> int:
        return 1


def test_folders_below_several_roots() -> None:
    paths = {1: b"/a/b", 2: b"/a/b/c", 3: b"/d", 4: b"/a/b/c/d"}
    names = FolderMatcher(paths, [Path("/a/b"), Path("/a/b/c"), Path("/d")])
    assert names.resolve("d") == [3, 4]
    assert names.resolve("b/c") == [2, 4]
    assert names.resolve("a") == []
    assert FolderMatcher(paths, [Path("/")]).resolve("a/b") == [1, 2, 4]


def test_a_radius_of_half_the_earth_reaches_the_other_side() -> None:
    for number in range(300):
        latitude, longitude = np.float32(-89.7 + 0.59 * number), np.float32(-179.9 + 1.19 * number)
        whole = GeoCircle(float(latitude), float(longitude), 20_038.0)
        opposite = np.float32(longitude - 180 if longitude > 0 else longitude + 180)
        assert within_circle(whole, np.array([-latitude]), np.array([opposite])).all()


@pytest.mark.parametrize("text", ["sort:date", "sort:name", "sort:size"])
def test_preloaded_orders_are_not_sorted_again(columns: PictureTable, text: str) -> None:
    preload_orders(columns)
    sort = parse(text).sort
    assert sort is not None
    assert all_rows(sort, columns) is all_rows(sort, columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(np, "argsort")
        patch.delattr(FileNames, "alphabetical_rows")
        assert sorted(sort_rows(sort, columns, np.arange(3)).tolist()) == [0, 1, 2]
