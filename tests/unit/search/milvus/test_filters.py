"""Filters as Milvus expressions, compared with the same filters over columns."""

from __future__ import annotations

import os
import random
import re
import string
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import MODEL, unit_vectors
from tests.support.libraries.paired_stores import PairedStores, open_paired_stores
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.milvus.rows.expressions import below
from tui.search.local.filters import select_rows
from tui.search.local.picture_table import PictureTable
from tui.search.milvus.cached_table import CachedTable
from tui.search.milvus.filters import NOTHING, any_of, below_folders, build_row_filter, is_in
from tui.search.milvus.library_metadata import LibraryMetadata
from tui.search.query.parse import parse
from tui.search.query.terms import Filter, GeoCircle
from tui.storage.path_encoding import encode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.search.query.terms import Query

ROOT = Path("/home/anna/Pictures")

HOSTILE = [
    '" or id >= 0 or path == "',
    "') or true --",
    'back\\slash \\" quote',
    "percent%41%_like",
    "new\nline and\ttab",
    "\udcff\udcfe not utf-8",
    "Ünïcödé ﬁ ß İ 北京 🙂",
    "[brackets] {braces} in [1]",
    "a" * 120,
]
FOLDERS = ["2023/paris", "2023/Paris 2", "2024", "2024/été", "holidays", *HOSTILE[:6]]
WORDS = ["sunset", "beach", "img", "dsc", "a", "aaa", "aab", "abab", "0042", "0420", "eté", "Tour"]
CAMERAS = [None, "Canon EOS R6", "canon powershot", "Leica Q3", 'X" or "']
SUFFIXES = ["jpg", "JPG", "jpeg", "png", "cr3", "NEF", "heic"]


def random_files(count: int) -> list[IndexedFile]:
    rng = random.Random(7)
    vectors = unit_vectors(count)
    return [random_file(rng, number, vectors[number]) for number in range(count)]


def random_file(rng: random.Random, number: int, vector: object) -> IndexedFile:
    words = rng.sample([*WORDS, *HOSTILE], rng.randint(1, 2))
    name = rng.choice([" ", "_", ""]).join(words)[:200].replace("/", "-")
    path = ROOT / rng.choice(FOLDERS).replace("/", "/") / f"{name}{number}.{rng.choice(SUFFIXES)}"
    position = (
        (rng.uniform(-90, 90), rng.uniform(-180, 180)) if rng.random() < 0.6 else (None, None)
    )
    if rng.random() < 0.3:
        position = (48.86 + rng.gauss(0, 0.1), 2.35 + rng.gauss(0, 0.1))
    day = datetime(rng.randint(1990, 2025), rng.randint(1, 12), rng.randint(1, 28), tzinfo=UTC)
    date = int(day.timestamp()) * 10**9 if rng.random() < 0.7 else None
    pixels = rng.choice([(4000, 3000), (3000, 4000), (1000, 1000), (1049, 1000), (1051, 1000)])
    info = PictureInfo(*pixels, "JPEG", date, rng.choice(CAMERAS), *position)
    file = ImageFile(path, rng.randint(1, 10**9), rng.randint(10**18, 17 * 10**17), number)
    return IndexedFile(file, number.to_bytes(16), info, vector)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def paired(milvus_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PairedStores]:
    with open_paired_stores(tmp_path_factory.mktemp("data"), milvus_port, MODEL) as paired:
        files = random_files(400)
        paired.commit_runs(ROOT, files[:300], files[300:])
        yield paired


@pytest.fixture(scope="module")
def columns(paired: PairedStores) -> PictureTable:
    return PictureTable(paired.catalog)


@pytest.fixture(scope="module")
def remote(paired: PairedStores) -> tuple[CachedTable, LibraryMetadata]:
    table = CachedTable(paired.remote, MODEL)
    return table, LibraryMetadata(paired.remote, MODEL, table)


def local_paths(paired: PairedStores, columns: PictureTable, query: Query) -> list[bytes]:
    mask = select_rows(query.filters, columns, query.scope)
    ids = columns.file_ids[mask].tolist()
    return sorted(encode(file.path) for file in paired.catalog.details(ids))


def server_paths(remote: tuple[CachedTable, LibraryMetadata], query: Query) -> list[bytes]:
    table, facts = remote
    condition = build_row_filter(query.filters, query.scope, facts)
    rows = table.query(condition, ("id",), 1000)
    assert table.count(condition) == len(rows)
    return sorted(encode(file.path) for file in table.details([row["id"] for row in rows]))


def texts() -> st.SearchStrategy[str]:
    parts = st.sampled_from([*WORDS, *HOSTILE, "sunzet", "baech", "nowhere"])
    cut = st.builds(lambda text, n, m: text[n : n + m], parts, st.integers(0, 5), st.integers(1, 9))
    return st.one_of(parts, cut, st.text(max_size=8))


def filters() -> st.SearchStrategy[Filter]:
    days = st.sampled_from(
        [
            parse(text, today=date(2025, 1, 1)).filters[0].value
            for text in (
                "after:2010",
                "before:2001",
                "on:2016-05",
                "after:0001",
                "before:9000",
                "on:2005",
            )
        ]
    )
    near = st.builds(
        GeoCircle,
        st.one_of(st.just(48.86), st.floats(-90, 90)),
        st.one_of(st.just(2.35), st.floats(-180, 180)),
        st.one_of(st.floats(1, 30), st.floats(1, 20_038)),
    )
    folders = st.sampled_from([*FOLDERS, "paris", "2023", str(ROOT), f"{ROOT}/2023/paris", "hol"])
    suffixes = st.lists(st.sampled_from(["jpg", "jpeg", "raw", "png", 'x"']), min_size=1).map(tuple)
    one = st.one_of(
        st.builds(Filter, st.just("name"), texts().filter(str.strip)),
        st.builds(Filter, st.just("in"), folders),
        st.builds(Filter, st.just("ext"), suffixes),
        st.builds(Filter, st.just("date"), days),
        st.builds(Filter, st.just("camera"), st.sampled_from(["canon", "LEICA", '"', "eos", "?"])),
        st.builds(Filter, st.just("shape"), st.sampled_from(["wide", "tall", "square"])),
        st.builds(Filter, st.just("min"), st.sampled_from([1, 1000, 1050, 4000, 9000])),
        st.builds(Filter, st.just("near"), near),
        st.just(Filter("new", None)),
    )
    return st.builds(lambda item, no: Filter(item.kind, item.value, no), one, st.booleans())


scopes = st.one_of(st.none(), st.sampled_from([ROOT, Path("/"), *(ROOT / f for f in FOLDERS)]))


@given(st.lists(filters(), max_size=4), scopes)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_same_files_pass_on_the_server(
    paired: PairedStores,
    columns: PictureTable,
    remote: tuple[CachedTable, LibraryMetadata],
    random_filters: list[Filter],
    scope: Path | None,
) -> None:
    from tui.search.query.terms import Query

    query = Query(filters=tuple(random_filters), scope=scope)
    assert server_paths(remote, query) == local_paths(paired, columns, query)


class Known:
    """Metadata that needs no server."""

    cameras = ("Canon", 'X" or id >= 0 or camera == "')
    last_run = 7

    def resolve_folder(self, text: str) -> list[bytes]:
        return [os.fsencode(f"/{text}".replace("\0", ""))]

    def is_misspelt(self, part: str) -> bool:
        return len(part) == 5


@given(st.lists(filters(), max_size=4), st.text(max_size=12))
def test_no_text_can_end_its_quotes(random_filters: list[Filter], hostile: str) -> None:
    hostile_filters = [
        Filter("name", hostile),
        Filter("in", hostile),
        Filter("ext", (hostile,)),
        *random_filters,
    ]
    text = build_row_filter(hostile_filters, None, Known()).expression
    outside = re.sub(r'"[A-Za-z0-9_.~/%-]*"', "", text)
    assert set(outside) <= set(string.ascii_letters + string.digits + " _()[],.<>=-")


def test_nested_folders_are_one_range() -> None:
    folders = [b"/a/b", b"/a", b"/a b", b"/a/c/d", b"/"]
    assert below_folders(folders) == any_of([below(Path("/"))])
    assert below_folders(folders[:4]) == any_of([below(Path("/a b")), below(Path("/a"))])
    assert below_folders([]) == f"({NOTHING})"
    many = [f"/{number}".encode() for number in range(100)]
    assert below_folders(many) == is_in("folder", many)
