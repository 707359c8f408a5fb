"""Search times by the size of the library, compared with a peer's way of searching it.

python -m tests.bench.search_scale [--n 1000000] [--dim 512] [--cache FOLDER]

Measures libraries of 10,000, 100,000 and 1,000,000 pictures, up to ``--n``. Each is built once,
kept in the cache folder (by default the platform's) and reused; building the largest takes five to
twenty minutes and 6 GB.

The pictures' vectors are clustered: half of each is a direction common to all, the rest is half
that of one of 1,000 clusters and half its own, in a space whose variance decreases along its axes.
The queries are text-like: they are in a cone of their own, apart from all pictures in a direction
in which these do not vary, with a cosine of about 0.33 to the intended picture and 0.04 to any
other, as CLIP's texts do (see `big_library.text_like_vectors`). That is harder for a graph than
queries that are pictures.

Times are those of `SearchEngine.search` with the query's vector cached, which is everything but the
model, and with all names loaded, as in the app. Recall is that of the best 100 against comparing
every stored vector in float32, near-identical hits not folded. ``scope`` is a folder with a
hundredth of the pictures, ``scope10`` one with a tenth, ``filter`` a part of the name and a date,
``sort`` the first screen in the order of dates, ``sort_rare`` the same for hits that are one in
some thousands (`big_library.cluster_vectors`), ``names`` a query with a word that a tenth of the
names have. ``first`` is the first search in that folder or with that filter, ``deep`` the ranking
of all pictures, ``cpu`` the processor's time. ``tail`` is the 95th percentile over the median, and
``vs_scan`` the median over a plain comparison of 10,000 float16 vectors by NumPy in the same run. A
table shows the slowest searches and the time of each of their steps (`search_parts`); ``slowest``
has them in the JSON object. `peer` describes the peer's way. Each size has a process of its own;
its last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs

from tests.support.bench.big_library import (
    ROOT,
    cluster_vectors,
    make_library,
    picture_like_vectors,
    text_like_vectors,
    timed,
)
from tests.support.bench.peer import make_peer, peer_ms
from tests.support.bench.search_parts import SearchFigures, measured_parts
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.generations import newest, open_flat
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Keys, Vectors

MODEL = "bench-1"
SIZES = (10_000, 100_000, 1_000_000)
QUERIES = 200
TOP = 100
SCANNED = 10_000
SCREEN = 24
RARE = 50
NAMED = "birthday"
NOUNS = ("red fox", "old town", "lemon pie", "sailing boat", "small child", "wedding couple")
PLACES = ("in the snow", "at the seaside", "by night", "on a table", "under trees", "in the rain")


@dataclass
class Tower:
    """A text tower without cost: each text has its text-like vector."""

    vectors: dict[str, Vectors]
    dim: int
    model_id: str = MODEL

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.vectors[text] for text in texts])


def library(cache: Path, n: int, dim: int, model_id: str = MODEL) -> Path:
    """Return the data folder of a library in the cache; build a missing one."""
    data_dir = cache / f"{model_id}-{n}x{dim}".replace("/", "_")
    done = data_dir / "complete"
    if not done.exists():
        print(f"building {data_dir}", flush=True)
        if not (data_dir / "filled").exists():
            make_library(data_dir, n, dim, model_id)
            (data_dir / "filled").touch()
        with Catalog.open(data_dir) as catalog:
            write_generation(catalog, model_id, finished=True, on_progress=_progress())
        done.touch()
    return data_dir


def _progress() -> Callable[[int, int], None]:
    told = [0]

    def tell(done: int, total: int) -> None:
        if done - told[0] >= 100_000:
            told[0] = done
            print(f"graph: {done:,} of {total:,}", flush=True)

    return tell


def measure(data_dir: Path, n: int, dim: int) -> dict[str, Any]:
    """Measure one library; runs in a process of its own."""
    bench = SearchFigures({"n": n})
    begin = time.perf_counter()
    catalog = Catalog.open(data_dir, read_only=True)
    index = VectorIndex(catalog, MODEL)
    bench.note("open_ms", (time.perf_counter() - begin) * 1000)
    texts, vectors = queries(catalog, n)
    rare = [f"rare {number}" for number in range(RARE)]
    rows = np.concatenate([vectors, rare_vectors(catalog, n)])
    tower = Tower(dict(zip([*texts, *rare], rows, strict=True)), dim)
    with SearchEngine(LocalBackend(catalog, index), tower) as engine:
        bench.note("scan_ms", scan_ms(index, vectors[0]))
        with measured_parts() as bench.parts:
            _measure_engine(bench, engine, texts, rare)
    bench.note("vs_scan", bench.figures["p50_ms"] / bench.figures["scan_ms"])
    bench.slowest()
    bench.note("rss_mb", memory_mib("VmRSS"))
    bench.note("rss_peak_mb", memory_mib("VmHWM"))
    return bench.figures


def scan_ms(index: VectorIndex, vector: Vectors) -> float:
    """Return the yardstick: the time in which NumPy compares float16 vectors with one."""
    _, rows = index.vectors(np.arange(1, SCANNED + 1))
    rows = rows.copy()
    return float(np.median(timed(lambda: rows.astype(np.float32) @ vector, 9)))


def _measure_engine(
    bench: SearchFigures, engine: SearchEngine, texts: list[str], rare: list[str]
) -> None:
    def times(
        name: str, pattern: str = "{}", scope: str | None = None, texts: list[str] = texts
    ) -> None:
        folder = None if scope is None else Path(ROOT) / scope
        queries = [parse(pattern.format(text), folder) for text in texts]
        if name:
            first = partial(engine.search, queries[0], needed=SCREEN)
            bench.note(f"{name}first_ms", timed(first, 1)[0])
        label = name.rstrip("_") or "all"
        searches = {
            f"{label}: {query.text}": partial(engine.search, query, needed=SCREEN)
            for query in queries
        }
        bench.times(name, searches)

    bench.note("warm_up_ms", timed(engine.warm_up, 1)[0])
    bench.note("preload_ms", timed(engine.preload, 1)[0])
    bench.note("first_ms", timed(lambda: engine.search(parse(texts[0])), 1)[0])
    for text in texts + rare:  # from here on, every vector is cached
        engine.search(parse(text))
    times("")
    times("scope_", scope="1950s/1957")
    times("scope10_", scope="1950s")
    times("filter_", "{} name:birthday after:1985")
    times("sort_", "{} sort:date", texts=texts[-50:])
    times("sort_rare_", "{} sort:date", texts=rare)
    times("names_", f"{{}} + {NAMED}", texts=texts[-50:])
    ranking = engine.search(parse(texts[0]))
    bench.note("deep_ms", timed(lambda: engine.extend(ranking), 1)[0])


def queries(catalog: Catalog, n: int) -> tuple[list[str], Vectors]:
    """Return texts, the last of which is also in names, and their vectors."""
    meant = np.random.default_rng(5).integers(1, n + 1, QUERIES)
    numbers = range(1, QUERIES)
    texts = [f"{NOUNS[number % 6]} {PLACES[number // 6 % 6]} {number}" for number in numbers]
    texts.append(NAMED)
    return texts, text_like_vectors(catalog.vectors(MODEL, meant))


def rare_vectors(catalog: Catalog, n: int) -> Vectors:
    """Return queries with few hits."""
    meant = np.random.default_rng(6).integers(1, n + 1, RARE)
    return cluster_vectors(catalog.vectors(MODEL, meant))


def recalls(data_dir: Path, n: int, dim: int) -> dict[str, Any]:
    """Compare with float32 in full; runs in a process of its own."""
    bench = SearchFigures({"n": n})
    with Catalog.open(data_dir, read_only=True) as catalog:
        texts, vectors = queries(catalog, n)
        texts, vectors = texts[:-1], vectors[:-1]  # the last one also finds names
        generation = newest(catalog, MODEL, "vectors")
        flat = None if generation is None else open_flat(data_dir, generation)
        if flat is None:
            raise SystemExit(f"{data_dir} is damaged: remove it.")
        tower = Tower(dict(zip(texts, vectors, strict=True)), dim)
        engine = SearchEngine(LocalBackend(catalog, VectorIndex(catalog, MODEL)), tower)
        for name, scope, low, high in (
            ("", None, 0.0, 1.0),
            ("scope_", "1950s/1957", 0.37, 0.38),
            ("scope10_", "1950s", 0.3, 0.4),
        ):
            inside = (flat.keys > low * n) & (flat.keys <= high * n)
            truth = true_best(flat.keys[inside], flat.matrix[inside], vectors)
            folder = None if scope is None else Path(ROOT) / scope
            rankings = [
                engine.search(parse(text, folder), fold=False).file_ids[:TOP] for text in texts
            ]
            hits = sum(len(np.intersect1d(*pair)) for pair in zip(rankings, truth, strict=True))
            bench.note(f"{name}recall100", hits / sum(map(len, truth)))
    return bench.figures


def true_best(keys: Keys, matrix: NDArray[np.float16], vectors: Vectors) -> list[Keys]:
    """Return the best keys by float32 cosine, in no order; ids are file ids too."""
    scores = np.empty((len(vectors), len(keys)), dtype=np.float32)
    for start in range(0, len(keys), 20_000):
        block = matrix[start : start + 20_000].astype(np.float32)
        scores[:, start : start + len(block)] = vectors @ block.T
    count = min(TOP, len(keys))
    return [keys[np.argpartition(-row, count - 1)[:count]] for row in scores]


def peer(cache: Path, data_dir: Path, n: int, dim: int) -> float:
    """Return the time of the peer's way on the same vectors; runs in a process of its own."""
    path = cache / f"peer-{n}x{dim}.sqlite"
    make_peer(path, picture_like_vectors(n, dim), n)
    with Catalog.open(data_dir, read_only=True) as catalog:
        _, vectors = queries(catalog, n)
    return peer_ms(path, vectors[: 3 if n >= 10**6 else 5])


def memory_mib(name: str) -> float:
    """A figure of this process in MiB (Linux), 0 elsewhere."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def alone(function: Callable[..., Any], *arguments: object) -> Any:
    """Call in a new process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def default_cache() -> Path:
    """Return the folder in which libraries are kept between runs."""
    return Path(platformdirs.user_cache_dir("photoseek-bench"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=1_000_000, help="the largest library")
    parser.add_argument("--dim", type=int, default=512, help="numbers a vector")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where they are kept")
    parser.add_argument("--no-peer", action="store_true", help="leave the peer's way out")
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does
    lines = []
    for n in sorted({*(size for size in SIZES if size < options.n), options.n}):
        data_dir = library(options.cache, n, options.dim)
        figures = alone(measure, data_dir, n, options.dim)
        figures |= alone(recalls, data_dir, n, options.dim)
        if not options.no_peer:
            figures["peer_ms"] = round(alone(peer, options.cache, data_dir, n, options.dim), 1)
            figures["peer_ratio"] = round(figures["peer_ms"] / figures["p50_ms"], 1)
        lines.append(json.dumps(figures))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
