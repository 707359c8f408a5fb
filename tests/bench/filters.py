"""Filters and orders over a large library: loading each column, every filter, a small commit.

python -m tests.bench.filters --n 1000000 --cache FOLDER

The library has only rows: names of five kinds (cameras' and phones' numbers, dates, words, some
with accents), 200 files a folder, eight of nine with a date taken, a third with a position. Times
are processor time, so that other work on the machine does not count. The last line is one JSON
object: milliseconds, and mebibytes for all columns.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.search_scale import memory_mib
from tui.core.name_folding import fold_case
from tui.library.local.catalog.reader import Catalog
from tui.search.local.filters import select_rows, sort_rows
from tui.search.local.picture_table import PictureTable
from tui.search.query.parse import parse
from tui.search.query.terms import Sort

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = "/home/anna/Pictures"
PER_FOLDER = 200
REPEATS = 7
WORDS = ("beach", "sunset", "party", "dog", "wedding", "Zürich", "Café", "snow", "lake", "boat")
CAMERAS = ("Canon EOS R6", "Nikon Z 6", "Sony ILCE-7M3", "Apple iPhone 12", None, None)
SUFFIXES = ("jpg",) * 14 + ("JPG", "jpeg", "png", "heic", "arw", "webp")
SIZES = ((4000, 3000), (3000, 4000), (1080, 1080), (640, 480))
YEARS = 24 * 365 * 86_400
FIRST = 946_684_800  # the year 2000

COLUMNS = "file_ids", "dates", "sizes", "widths", "latitudes", "extensions", "cameras", "names"
FILTERS = {
    "name": "name:beach",
    "name_dense": "name:jpg",
    "two_names": 'name:"beach sunset"',
    "name_slip": "name:weddinng",
    "date": "after:2020 before:2022",
    "name_date": "name:beach after:2020 before:2022",
    "in": "in:2010",
    "ext": "ext:raw,heic",
    "camera": "camera:nikon",
    "shape": "wide",
    "min": "min:2000px",
    "near": "near:48.86,2.35,100",
    "new": "is:new",
    "all": "name:beach after:2020 in:2010 ext:jpg wide camera:canon min:2000px",
}


def name_of(number: int) -> str:
    suffix = random.choice(SUFFIXES)
    kinds = (
        f"IMG_{number:07}",
        f"DSC{number:07}",
        f"{random.choice(WORDS)} {random.choice(WORDS)} {number:07}",
        f"2019-{number % 12 + 1:02}-{number % 28 + 1:02} {number:07}",
        f"PXL_20{number % 20:02}{number % 12 + 1:02}_{number:07}",
    )
    return f"{kinds[number % 5]}.{suffix}"


def make(data_dir: Path, first: int, stop: int) -> None:
    """Write the files from ``first`` to before ``stop``."""
    random.seed(first)
    with Catalog.open(data_dir) as catalog, catalog.writing() as connection:
        connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (ROOT.encode(),))
        folders = range(first // PER_FOLDER, -(-stop // PER_FOLDER))
        connection.executemany(
            "INSERT OR IGNORE INTO folders (path) VALUES (?)",
            ((f"{ROOT}/{2000 + number % 24}/trip {number:05}".encode(),) for number in folders),
        )
        for number in range(first, stop):
            date = None if number % 9 == 0 else (FIRST + random.randrange(YEARS)) * 10**9
            position = (random.uniform(-60, 70), random.uniform(-180, 180))
            connection.execute(
                "INSERT INTO contents (hash, width, height, format, taken_ns, camera, latitude,"
                " longitude) VALUES (?, ?, ?, 'JPEG', ?, ?, ?, ?)",
                (
                    number.to_bytes(16, "big"),
                    *random.choice(SIZES),
                    date,
                    random.choice(CAMERAS),
                    *(position if number % 3 == 0 else (None, None)),
                ),
            )
            name = name_of(number)
            connection.execute(
                "INSERT INTO files (folder_id, name, folded, size, mtime_ns, inode, content_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number // PER_FOLDER + 1,
                    name.encode(),
                    fold_case(name),
                    random.randrange(10**5, 10**7),
                    (FIRST + random.randrange(YEARS)) * 10**9,
                    number,
                    number + 1,
                ),
            )


def cost(action: Callable[[], object], repeats: int = 1) -> float:
    """Return the median processor time in milliseconds."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        action()
        times.append((time.process_time() - begin) * 1000)
    return sorted(times)[repeats // 2]


def measure(data_dir: Path, n: int) -> dict[str, float]:
    figures: dict[str, float] = {"n": n}

    def note(name: str, value: float) -> None:
        figures[name] = round(value, 1)
        print(f"{name:20} {value:9.1f}", flush=True)

    with Catalog.open(data_dir, read_only=True) as catalog:
        before = memory_mib("VmRSS")
        columns = PictureTable(catalog)
        for name in COLUMNS:
            note(f"load_{name}", cost(partial(getattr, columns, name)))
        note("columns_mb", memory_mib("VmRSS") - before)
        for name, text in FILTERS.items():
            find = partial(select_rows, parse(text).filters, columns)
            find()
            note(f"find_{name}", cost(find, REPEATS))
        rows = np.flatnonzero(select_rows(parse("after:2012").filters, columns))
        for key in ("date", "name", "size"):
            sort = partial(sort_rows, Sort(key), columns, rows)
            note(f"first_sort_{key}", cost(sort))
            note(f"sort_{key}", cost(sort, REPEATS))
        make(data_dir, len(columns), len(columns) + 64)
        note("take_up_64", cost(partial(take_up, columns)))
    return figures


def take_up(columns: PictureTable) -> None:
    columns.refresh()
    for name in COLUMNS:
        getattr(columns, name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--cache", type=Path, help="keeps the library for the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photoseek-") as temporary:
        data_dir = (options.cache or Path(temporary)) / f"filters-{options.n}"
        if not data_dir.exists():
            make(data_dir, 0, options.n)
        print(json.dumps(measure(data_dir, options.n)))


if __name__ == "__main__":
    main()
