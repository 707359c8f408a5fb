"""Storage costs: `python -m tests.bench.library.storage [--pictures N] [--dim D] [--keep FOLDER]`.

Makes a library of generated vectors, then times the reads of the indexer and the folder tree in the
catalog and the cost of saving and loading an index: the median and the best of several calls.
`search_scale` measures searches. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.support.bench.big_library import ROOT, make_library, timed
from tests.support.libraries.catalog_rows import MODEL, indexed_file
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.local.picture_table import PictureTable
from tui.search.local.selection import FileSelector
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable


class Bench:
    """Collects figures and prints each as it arrives."""

    def __init__(self) -> None:
        self.figures: dict[str, float] = {}

    def note(self, name: str, value: float) -> None:
        self.figures[name] = round(value, 4)
        print(f"{name:42} {value:12.3f}", flush=True)

    def calls(self, name: str, action: Callable[[], object], repeats: int = 15) -> None:
        times = timed(action, repeats)
        self.note(f"{name}_ms", times[len(times) // 2])
        self.note(f"{name}_best_ms", times[0])

    def once(self, name: str, action: Callable[[], object]) -> None:
        begin = time.perf_counter()
        action()
        self.note(f"{name}_s", time.perf_counter() - begin)


def writing(bench: Bench, catalog: Catalog, dim: int) -> None:
    """Time commits and saves."""
    writer = CatalogWriter(catalog)
    random = np.random.default_rng(1)
    vectors = random.standard_normal((64, dim), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    numbers = iter(range(10**6))

    def commit() -> None:
        run = next(numbers)
        writer.commit(
            MODEL,
            [
                indexed_file(f"{ROOT}/new/{run} {n}.jpg", b"%d %d" % (run, n), vectors[n])
                for n in range(64)
            ],
        )

    def refresh() -> None:
        commit()
        catalog.files(MODEL)

    columns = PictureTable(catalog)

    def order() -> None:
        commit()
        columns.refresh()
        browse(catalog, columns)

    bench.calls("commit_64", commit)
    catalog.files(MODEL)
    bench.calls("commit_64_and_files", refresh)
    browse(catalog, columns)
    bench.calls("commit_64_and_newest", order)
    index = VectorIndex(catalog, MODEL)

    def live() -> None:
        commit()
        index.refresh()

    bench.calls("commit_64_and_refresh_index", live)
    bench.calls("save_not_due", lambda: write_generation(catalog, MODEL))
    bench.once("forget", lambda: writer.forget(Path(ROOT) / "new"))


def browse(catalog: Catalog, columns: PictureTable) -> None:
    """List the whole library, newest first."""
    FileSelector(catalog, columns, MODEL).browse(parse(""))


def reading(bench: Bench, data_dir: Path, catalog: Catalog) -> None:
    """Time the reads of the app and the indexer."""

    def first_files() -> None:
        with Catalog.open(data_dir, read_only=True) as fresh:
            fresh.files(MODEL)

    root = Path(ROOT)
    bench.calls("open_and_files_all", first_files, 3)
    bench.calls("files_one_year", lambda: catalog.files(MODEL, root / "1950s/1957"))
    bench.calls("folder_counts", lambda: catalog.folder_counts(root))
    bench.calls("count", lambda: catalog.count(root))
    bench.calls("details_50", lambda: catalog.details(range(1000, 1050)))
    bench.once("newest_all", lambda: browse(catalog, PictureTable(catalog)))
    bench.calls("file_records", lambda: catalog.file_records(root, MODEL), 3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--keep", type=Path, help="make the library here, or use the one there")
    options = parser.parse_args()
    bench = Bench()
    with ExitStack() as stack:
        data_dir = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not (data_dir / "catalog.sqlite").exists():
            make_library(data_dir, options.pictures, options.dim, MODEL)
        with Catalog.open(data_dir) as catalog:
            bench.once("save", lambda: write_generation(catalog, MODEL, finished=True))
            bench.once("check_saved", lambda: write_generation(catalog, MODEL, finished=True))
            writing(bench, catalog, options.dim)
        catalog = stack.enter_context(Catalog.open(data_dir, read_only=True))
        reading(bench, data_dir, catalog)
        bench.once("VectorIndex", lambda: VectorIndex(catalog, MODEL))
    print(json.dumps({"pictures": options.pictures, "dim": options.dim, **bench.figures}))


if __name__ == "__main__":
    main()
