"""A library on a Milvus server and embedding on Ray, compared with the local ones in one run.

python -m tests.bench.distributed [--steps fill search ray sizing] [--n 100000] [--dim 512]

``fill`` starts a Milvus server of its own and copies a generated library (`search_scale`) into it
through photoseek's store, as ``photoseek library copy`` does; ``commit`` is a batch of 64 new
pictures as an indexing run writes them. ``search`` sends the same text-like queries to both
libraries: times are those of a search with the first 50 hits looked up, by each engine, with the
given vector; ``scope`` is a folder with a hundredth of the pictures. Recall is that of the best 100
against every stored vector in float32. ``ray`` indexes generated JPEGs of 2 megapixels with the
built-in model by ``photoseek index``: on this machine, and on a cluster with one and two workers of
one core. Its rates are measured between the first pictures and the last, since a worker takes
seconds to start.

``sizing`` prints the requirements of larger libraries, with the arithmetic, from the figures of
this run, or those in `sizing.Measurement` for steps that were skipped. All of it runs on this
machine, so the times exclude the effect of a network or several server nodes. The last line is one
JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.bench.search_scale import MODEL, TOP, Tower, default_cache, library, queries, true_best
from tests.support.bench.big_library import ROOT, timed
from tests.support.bench.photographs import make_photographs
from tests.support.bench.sizing import Measurement, sizing
from tests.support.libraries.catalog_rows import indexed_file
from tests.support.servers.milvus_server import MilvusServer, connect
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex
from tui.library.milvus.store import open_milvus
from tui.library.open import library_at
from tui.library.transfer import copy_library
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.milvus.backend import MilvusBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from tui.library.transfer import CopyProgress
    from tui.search.engine import SearchEngine

STEPS = ("fill", "search", "ray", "sizing")
NAME = "bench"
BATCH = 64
SHOWN = 50
REPOSITORY = Path(__file__).parents[2]
SETTLED = 600.0
"""Seconds that a server may take to index the rows."""


class Bench:
    """Collects the figures and prints each as it arrives."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}

    def note(self, name: str, value: float) -> None:
        self.figures[name] = round(value, 4)
        print(f"{name:32} {value:14,.3f}", flush=True)


# --- the library on a server ----------------------------------------------------------------------


def fill(bench: Bench, server: MilvusServer, folder: Path, data_dir: Path, n: int) -> None:
    """Copy the library, and report the space of each picture."""
    disk, memory = size_of(folder), memory_of(server.pid)
    begin = time.monotonic()
    copied = [begin]

    def note(progress: CopyProgress) -> None:
        if progress.phase == "copying":
            copied.append(time.monotonic())

    with (
        library_at(f"{data_dir}").open_endpoint(write=False) as ours,
        library_at(address(server)).open_endpoint(write=True) as theirs,
    ):
        report = copy_library(ours, theirs, on_progress=note, cancelled=lambda: False)
    assert report.is_whole
    bench.note("inserts_s", n / (copied[-1] - begin))
    bench.note("copied_and_verified_s", time.monotonic() - begin)
    settle(server, n)
    bench.note("indexed_after_s", time.monotonic() - copied[-1])
    bench.note("disk_bytes", (size_of(folder) - disk) / n)
    bench.note("memory_bytes", (memory_of(server.pid) - memory) / n)


def commits(bench: Bench, server: MilvusServer, dim: int, batches: int = 40) -> None:
    """Write new pictures as an indexing run does, into a library of their own."""
    random = np.random.default_rng(1)
    vectors = random.standard_normal((batches * BATCH, dim), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    items = [
        indexed_file(f"{ROOT}/new/{number}.jpg", b"%d" % number, vector)
        for number, vector in enumerate(vectors)
    ]
    with (
        open_milvus(address(server, "commits"), write=True) as store,
        store.writing(lambda: False) as writer,
    ):
        writer.add_root(Path(ROOT))
        writer.register_model(MODEL, dim)
        writer.commit(MODEL, items[:BATCH])
        begin = time.monotonic()
        for start in range(BATCH, len(items), BATCH):
            writer.commit(MODEL, items[start : start + BATCH])
        bench.note("commit_s", (len(items) - BATCH) / (time.monotonic() - begin))


def search(bench: Bench, server: MilvusServer, data_dir: Path, n: int, dim: int) -> None:
    """Send the same queries to both engines."""
    catalog = Catalog.open(data_dir, read_only=True)
    texts, vectors = queries(catalog, n)
    texts, vectors = texts[:-1], vectors[:-1]  # the last one also finds names
    matrix = catalog.vectors(MODEL, range(1, n + 1))
    truth = true_best(np.arange(n, dtype=np.uint64), matrix.astype(np.float16), vectors)
    tower = Tower(dict(zip(texts, vectors, strict=True)), dim)
    store = open_milvus(address(server))
    engines: dict[str, SearchEngine] = {
        "embedded": SearchEngine(LocalBackend(catalog, VectorIndex(catalog, MODEL)), tower),
        "milvus": SearchEngine(MilvusBackend(store, MODEL), tower),
    }
    for name, engine in engines.items():
        engine.warm_up()
        for scope in ("", "1950s/1957"):
            folder = Path(ROOT) / scope if scope else None
            actions = [partial(look, engine, text, folder) for text in texts]
            title = f"{name}_scope" if scope else name
            bench.note(f"{title}_first_ms", timed(actions[0], 1)[0])
            for action in actions[:20]:
                action()
            seconds = [timed(action, 1)[0] for action in actions]
            bench.note(f"{title}_p50_ms", float(np.percentile(seconds, 50)))
            bench.note(f"{title}_p95_ms", float(np.percentile(seconds, 95)))
        numbers_found = [numbers(engine, text) for text in texts]
        right = sum(len(np.intersect1d(*pair)) for pair in zip(numbers_found, truth, strict=True))
        bench.note(f"{name}_recall100", right / sum(map(len, truth)))
        engine.close()


def look(engine: SearchEngine, text: str, folder: Path | None) -> object:
    """Search, and look up the details of the first screens."""
    return engine.hits(engine.search(parse(text, folder)), 0, SHOWN)


def numbers(engine: SearchEngine, text: str) -> list[int]:
    """Return the best pictures by the number in their names."""
    ranking = engine.search(parse(text), fold=False)
    return [int(hit.file.path.stem.split()[1]) for hit in engine.hits(ranking, 0, TOP)]


def address(server: MilvusServer, name: str = NAME) -> str:
    """Return a library's address on this server."""
    return f"milvus://127.0.0.1:{server.port}/{name}"


def settle(server: MilvusServer, n: int) -> None:
    """Wait until the server has made the graph of all rows."""
    deadline = time.monotonic() + SETTLED
    with closing(connect(server.port, db_name=NAME)) as milvus:
        rows = next(name for name in milvus.list_collections() if name != "photoseek")
        milvus.flush(rows, timeout=60)
        while time.monotonic() < deadline:
            state = milvus.describe_index(rows, "vector")
            if int(state["indexed_rows"]) >= n and not int(state["pending_index_rows"]):
                time.sleep(10)  # the query node takes over the finished graph
                return
            time.sleep(1)
    raise SystemExit(f"The server has not indexed {n:,} rows within {SETTLED:.0f} s.")


def size_of(folder: Path) -> int:
    """Return the bytes on disk below a folder."""
    sizes = subprocess.run(["du", "-sk", folder], capture_output=True, text=True, check=False)
    return int(sizes.stdout.split()[0]) * 1024


def memory_of(pid: int) -> int:
    """Return a process's resident memory in bytes (Linux)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


# --- embedding on Ray -----------------------------------------------------------------------------


def ray(bench: Bench, work: Path, count: int) -> None:
    """Index the same pictures by one process, by one worker and by two."""
    pictures = work / "pictures"
    paths = make_photographs(pictures, 2.0, count)
    bench.note("file_bytes", paths[0].stat().st_size)
    bench.note("embedded_images_s", index(pictures, work / "embedded"))
    for workers in (1, 2):
        with cluster(workers) as address:
            rate = index(pictures, work / f"ray-{workers}", "--ray", address, threads=1)
        bench.note(f"ray_{workers}_images_s", rate)


@contextmanager
def cluster(processors: int) -> Iterator[str]:
    """Start a cluster on this machine; yield its address."""
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.programs.ray_head", f"{processors}", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            text=True,
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate(timeout=60)


def index(pictures: Path, data_dir: Path, *options: str, threads: int = 0) -> float:
    """Index a folder into an empty library; return pictures a second, excluding the start."""
    environ = {"PHOTOSEEK_DATA_DIR": f"{data_dir}", "PHOTOSEEK_THREADS": f"{threads}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "index", "--model", "starter", "--json", *options, pictures],
        stdout=subprocess.PIPE,
        env=os.environ | environ,
        cwd=REPOSITORY,
        text=True,
    )
    assert process.stdout is not None
    events = [json.loads(line) for line in process.stdout]
    assert process.wait() == 0
    told = [(event["seconds"], event["indexed"]) for event in events if event["indexed"]]
    (begin, before), (end, after) = told[0], told[-1]
    return float((after - before) / (end - begin))


# --- running the steps ----------------------------------------------------------------------------


def on_milvus(bench: Bench, steps: Sequence[str], cache: Path, n: int, dim: int) -> None:
    """Fill a server's library, and search it if requested."""
    data_dir = library(cache, n, dim)
    with tempfile.TemporaryDirectory(prefix="milvus-", ignore_cleanup_errors=True) as folder:
        server = MilvusServer(Path(folder) / "server")
        try:
            fill(bench, server, Path(folder), data_dir, n)
            commits(bench, server, dim)
            if "search" in steps:
                search(bench, server, data_dir, n, dim)
        finally:
            server.stop()


def measured(figures: dict[str, Any]) -> Measurement:
    """Return this run's measurements, with earlier ones for the other steps."""
    names = {
        "disk_bytes": "disk", "memory_bytes": "memory", "inserts_s": "inserts",
        "ray_1_images_s": "images", "file_bytes": "file",
    }  # fmt: skip
    return Measurement(**{names[name]: figures[name] for name in names if name in figures})


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    parser.add_argument("--n", type=int, default=100_000, help="pictures in the library")
    parser.add_argument("--dim", type=int, default=512, help="numbers a vector")
    parser.add_argument("--files", type=int, default=1_000, help="pictures to embed")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where it is kept")
    options = parser.parse_args()
    bench = Bench()
    bench.figures |= {"n": options.n, "dim": options.dim}
    if {"fill", "search"} & {*options.steps}:
        on_milvus(bench, options.steps, options.cache, options.n, options.dim)
    if "ray" in options.steps:
        with tempfile.TemporaryDirectory(prefix="photoseek-bench-") as work:
            ray(bench, Path(work), options.files)
    if "sizing" in options.steps:
        bench.figures["sizing"] = sizing(measured(bench.figures))
    print(json.dumps(bench.figures))


if __name__ == "__main__":
    main()
