"""An indexing run on workers that are lost, lack the folder or die of a file; all in this process.

A real cluster is in ``tests/e2e/servers/test_ray.py``.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tui.core.errors import ClusterError, ModelError
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.ray.cluster import connect_workers, plan_workers
from tui.indexing.ray.executor import RayExecutor
from tui.indexing.ray.worker import UnreadableFile, Worker, WorkerJob
from tui.indexing.ray.worker_pool import Call, WorkerHandle, WorkerLost
from tui.indexing.report import IndexReport
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore

PICTURES = 40
Fault = Callable[[WorkerHandle, Call], Any]
"""The answer to a call instead of the worker's; None to let the worker answer."""


class InlinePool:
    """A pool whose workers run in this process, one call after the other.

    Args:
        load: loads the model.
        fault: is asked before the workers.
        workers: the number of workers.
        library: of the workers, which write to it if it is on a server.
    """

    def __init__(
        self,
        load: Callable[[], ColourEmbedder],
        fault: Fault = lambda worker, call: None,
        workers: int = 2,
        library: str = "",
    ) -> None:
        self.workers: list[WorkerHandle] = []
        self.most = 0
        self._load = load
        self._fault = fault
        self._count = workers
        self._settings = Settings(data_dir=Path(os.environ["PHOTOSEEK_DATA_DIR"]), library=library)
        self._calls: deque[tuple[WorkerHandle, Call]] = deque()

    @property
    def is_busy(self) -> bool:
        return any(call.method in ("hash", "embed") for _, call in self._calls)

    def start_workers(self, model_id: str, batch_size: int) -> None:
        job = WorkerJob(self._load, model_id, self._settings, threads=1, batch_size=batch_size)
        self.workers = [WorkerHandle(Worker(job)) for _ in range(self._count)]
        for worker in self.workers:
            self.call(worker, Call("handshake"))

    def call(self, worker: WorkerHandle, call: Call) -> None:
        worker.calls.add(call)
        self._calls.append((worker, call))
        self.most = max(self.most, len(worker.calls))

    def stop(self) -> None:
        for worker in self.workers:
            worker.actor.stop()

    def check_available(self) -> None:
        if all(worker.is_dead for worker in self.workers):
            raise ClusterError("It was lost.")

    def results(self, timeout: float) -> Iterator[tuple[WorkerHandle, Call, Any]]:
        if not self._calls:
            return
        worker, call = self._calls.popleft()
        worker.calls.discard(call)
        answer = self._fault(worker, call)
        yield worker, call, self._answer(worker, call) if answer is None else answer

    def _answer(self, worker: WorkerHandle, call: Call) -> Any:
        if call.method == "hash":
            to_release, worker.to_release = worker.to_release, []
            return worker.actor.hash(call.items, to_release)
        if call.method == "embed":
            return worker.actor.embed(call.items)
        return getattr(worker.actor, call.method)()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return different pictures, a copy of every fourth, and a broken file."""
    folder = tmp_path / "photos"
    names = list(COLOURS)
    for number in range(PICTURES):
        path = save_picture(folder / f"{number}.png", names[number % len(names)], note=number)
        if number % 4 == 0:
            shutil.copy(path, folder / f"copy of {number}.png")
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


def index(
    photos: Path,
    pool: InlinePool | None,
    cancelled: Callable[[], bool] = lambda: False,
    data: str = "data",
) -> IndexReport:
    """Index the pictures, eight in a batch, with the workers of a pool or in this process."""
    settings = Settings(data_dir=photos.parent / data, batch_size=8)
    with Catalog.open(settings.data_dir) as catalog:
        return index_folders(
            LocalStore(catalog),
            [photos],
            model_id=ColourEmbedder().model_id,
            load=ColourEmbedder,
            settings=settings,
            on_progress=lambda progress: None,
            cancelled=cancelled,
            executor=None if pool is None else RayExecutor(pool),
        )


def library_rows(data_dir: Path) -> set[tuple[Any, ...]]:
    """Return all files with their contents and vectors, without ids and versions."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite")) as connection:
        rows = connection.execute(
            "SELECT name, size, mtime_ns, hash, width, height, contents.error, vector FROM files"
            " LEFT JOIN contents ON contents.id = content_id"
            " LEFT JOIN embeddings USING (content_id)"
        )
        return set(rows)


def vectors(photos: Path) -> int:
    with Catalog.open(photos.parent / "data") as catalog:
        return catalog.status().embeddings.get(ColourEmbedder().model_id, 0)


def counted(report: IndexReport) -> tuple[int, int, int, int]:
    return report.indexed, report.reused, report.unchanged, report.failed


WHOLE = (PICTURES, PICTURES // 4, 0, 1)


def test_both_executors_create_the_same_library(photos: Path) -> None:
    assert counted(index(photos, InlinePool(ColourEmbedder), data="on workers")) == WHOLE
    assert counted(index(photos, None, data="here")) == WHOLE
    rows = library_rows(photos.parent / "here")
    assert len(rows) == PICTURES + PICTURES // 4 + 1
    assert library_rows(photos.parent / "on workers") == rows


def test_known_contents_are_neither_opened_nor_embedded_again(photos: Path) -> None:
    embedder = ColourEmbedder()
    pool = InlinePool(lambda: embedder)
    assert counted(index(photos, pool)) == WHOLE
    assert embedder.pictures_embedded == PICTURES
    assert pool.most <= 5, "what is in flight is bounded"
    second_pool = InlinePool(lambda: embedder)
    assert counted(index(photos, second_pool)) == (0, 0, PICTURES + PICTURES // 4, 1)
    assert not second_pool.workers, "no worker was started for nothing"
    shutil.copytree(photos, photos / "all of it")
    report = index(photos, InlinePool(lambda: embedder))
    assert report.reused == PICTURES + PICTURES // 4
    assert embedder.pictures_embedded == PICTURES


def test_another_model_embeds_without_hashing(photos: Path) -> None:
    index(photos, InlinePool(ColourEmbedder))
    methods = set()

    def note(worker: WorkerHandle, call: Call) -> None:
        methods.add(call.method)

    settings = Settings(data_dir=photos.parent / "data", batch_size=8)
    with Catalog.open(settings.data_dir) as catalog:
        report = index_folders(
            LocalStore(catalog),
            [photos],
            model_id="colours-2",
            load=lambda: ColourEmbedder("colours-2"),
            settings=settings,
            on_progress=lambda progress: None,
            cancelled=lambda: False,
            executor=RayExecutor(InlinePool(lambda: ColourEmbedder("colours-2"), note)),
        )
    assert (report.indexed, report.failed) == (PICTURES, 1)
    assert methods == {"handshake", "load", "embed"}


@pytest.mark.parametrize("dead", [False, True], ids=["comes again", "for good"])
def test_the_files_of_a_lost_worker_go_to_another(photos: Path, dead: bool) -> None:
    lost: list[WorkerHandle] = []

    def fault(worker: WorkerHandle, call: Call) -> WorkerLost | None:
        if call.method == "embed" and not lost:
            lost.append(worker)
        if lost and worker is lost[0] and (dead or call.method != "handshake"):
            return WorkerLost(dead, "killed") if dead or len(lost) == 1 else None
        if lost and worker is lost[0]:
            lost.append(worker)  # it has restarted
        return None

    assert counted(index(photos, InlinePool(ColourEmbedder, fault))) == WHOLE
    assert vectors(photos) == PICTURES
    assert lost


def test_a_file_that_kills_its_workers_is_the_only_one_that_fails(photos: Path) -> None:
    deadly = photos / "13.png"
    killed = []

    def fault(worker: WorkerHandle, call: Call) -> WorkerLost | None:
        if call.method == "embed" and any(file.path == deadly for _, file in call.items):
            killed.append(len(call.items))
            return WorkerLost(is_dead=False, reason="killed")
        return None

    report = index(photos, InlinePool(ColourEmbedder, fault))
    assert (report.indexed, report.failed) == (PICTURES - 1, 2)
    assert [failure.path for failure in report.failures if "lost" in failure.reason] == [deadly]
    assert killed[-1] == 1
    assert len(killed) <= 4
    # its bytes are not considered broken: the next run tries it again
    assert index(photos, InlinePool(ColourEmbedder)).indexed == 1


def test_losing_all_workers_is_reported_and_keeps_the_commits(photos: Path) -> None:
    embeds = []

    def fault(worker: WorkerHandle, call: Call) -> WorkerLost | None:
        if call.method == "embed":
            embeds.append(call)
        return WorkerLost(is_dead=True, reason="killed") if len(embeds) > 2 else None

    with pytest.raises(ClusterError, match="lost"):
        index(photos, InlinePool(ColourEmbedder, fault))
    assert 0 < vectors(photos) < PICTURES


def test_a_worker_without_the_folder_ends_the_run(photos: Path) -> None:
    def fault(worker: WorkerHandle, call: Call) -> list[UnreadableFile] | None:
        worker.host = "gpu-7"
        if call.method != "hash":
            return None
        return [UnreadableFile("The file can't be read: No such file.", can_open=False)] * len(
            call.items
        )

    with pytest.raises(ClusterError, match=r"gpu-7 does not see .*same path on all hosts"):
        index(photos, InlinePool(ColourEmbedder, fault))
    assert counted(index(photos, InlinePool(ColourEmbedder))) == WHOLE, (
        "nothing was held to be broken"
    )


def test_a_file_unreadable_to_all_workers_is_reported_and_retried(photos: Path) -> None:
    settings = Settings(data_dir=photos)
    sound_worker = Worker(WorkerJob(ColourEmbedder, "", settings, threads=1, batch_size=8))

    def fault(worker: WorkerHandle, call: Call) -> list[Any] | None:
        if call.method != "embed":
            return None
        return [
            UnreadableFile("The disk is worn out.", can_open=True)
            if file.path.name == "3.png"
            else end
            for (_, file), end in zip(call.items, sound_worker.embed(call.items), strict=True)
        ]

    report = index(photos, InlinePool(ColourEmbedder, fault))
    assert (report.indexed, report.failed) == (PICTURES - 1, 2)
    assert index(photos, InlinePool(ColourEmbedder)).indexed == 1


def test_a_copy_is_embedded_if_the_first_file_vanishes(photos: Path) -> None:
    def fault(worker: WorkerHandle, call: Call) -> None:
        if call.method == "embed":
            (photos / "0.png").unlink(missing_ok=True)
            (photos / "copy of 0.png").touch()  # it waits, and has also changed since the scan
            (photos / "4.png").unlink(missing_ok=True)

    report = index(photos, InlinePool(ColourEmbedder, fault))
    assert report.indexed == PICTURES - 1
    assert report.waiting == 1


def test_cancelling_keeps_embedded_files(photos: Path) -> None:
    embedder = ColourEmbedder()
    report = index(photos, InlinePool(lambda: embedder), lambda: embedder.pictures_embedded > 0)
    assert report.cancelled
    assert 0 < report.indexed < PICTURES
    assert report.indexed == embedder.pictures_embedded == vectors(photos)
    assert index(photos, InlinePool(lambda: embedder)).indexed == PICTURES - report.indexed
    assert embedder.pictures_embedded == PICTURES


def test_another_version_on_a_host_is_rejected(photos: Path) -> None:
    def fault(worker: WorkerHandle, call: Call) -> tuple[str, str] | None:
        return ("gpu-7", "0.0.1") if call.method == "handshake" else None

    with pytest.raises(ClusterError, match=r"gpu-7 has photoseek 0\.0\.1"):
        index(photos, InlinePool(ColourEmbedder, fault))


def test_workers_that_do_not_start_are_reported(photos: Path) -> None:
    def fault(worker: WorkerHandle, call: Call) -> WorkerLost:
        return WorkerLost(is_dead=True, reason="ModuleNotFoundError: No module named 'tui'")

    with pytest.raises(ClusterError, match=r"No module named 'tui'\); install the same photoseek"):
        index(photos, InlinePool(ColourEmbedder, fault))


def test_a_model_that_a_worker_lacks_is_reported(photos: Path) -> None:
    def load() -> ColourEmbedder:
        raise ModelError("Its weights are not here.")

    with pytest.raises(ModelError, match="weights"):
        index(photos, InlinePool(load))


def test_with_a_library_on_a_server_the_workers_write(photos: Path, milvus_address: str) -> None:
    from tui.library.open import open_library

    written: list[Any] = []

    def fault(worker: WorkerHandle, call: Call) -> Any:
        if call.method != "embed":
            return None
        ends = worker.actor.embed(call.items)
        written.extend(end for end in ends if end.vector is not None)
        return ends

    settings = Settings(data_dir=photos.parent / "data", library=milvus_address, batch_size=8)
    embedder = ColourEmbedder()
    run = partial(
        index_folders,
        folders=[photos],
        model_id=embedder.model_id,
        load=ColourEmbedder,
        settings=settings,
        on_progress=lambda progress: None,
        cancelled=lambda: False,
    )
    with open_library(settings).open_store() as store:
        pool = InlinePool(lambda: embedder, fault, library=milvus_address)
        assert counted(run(store, executor=RayExecutor(pool))) == WHOLE
    assert len(written) == PICTURES
    assert all(len(end.vector) == 0 for end in written), "the vectors did not travel"
    with open_library(settings).open_store() as store:
        assert len(store.file_records(photos, embedder.model_id)) == PICTURES + PICTURES // 4 + 1
        assert counted(run(store)) == (0, 0, PICTURES + PICTURES // 4, 1)
    from tui.library.milvus.store import open_milvus

    with open_milvus(milvus_address) as library:
        counts = library.folder_counts(photos.parent, embedder.model_id)
    assert counts == {photos.name: PICTURES + PICTURES // 4}


# --- the cluster ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "cores", "gpus", "expected"),
    [
        ([{"CPU": 2}], 0, True, (1, 2, 0)),
        ([{"CPU": 2}], 1, True, (2, 1, 0)),
        ([{"CPU": 16}, {"CPU": 7}, {"CPU": 0}], 0, True, (5, 4, 0)),
        ([{"CPU": 32, "GPU": 4}, {"CPU": 16, "GPU": 1}, {"CPU": 8}], 0, True, (5, 8, 1)),
        ([{"CPU": 32, "GPU": 4}], 0, False, (8, 4, 0)),
        ([{"CPU": 2, "GPU": 4}], 0, True, (4, 1, 1)),
        ([{"memory": 1}], 0, True, (0, 4, 0)),
    ],
)
def test_a_cluster_is_divided_into_workers(
    nodes: list[dict[str, float]], cores: int, gpus: bool, expected: tuple[int, int, int]
) -> None:
    assert plan_workers(nodes, cores, gpus=gpus) == expected


@pytest.mark.parametrize("address", ["", "nowhere", "http://host", "host:", "host:123456"])
def test_an_invalid_address_is_rejected(address: str, tmp_path: Path) -> None:
    with (
        pytest.raises(ClusterError, match="must be auto, local"),
        connect_workers(address, ColourEmbedder, Settings(data_dir=tmp_path)),
    ):
        pass


def test_credentials_are_not_shown(tmp_path: Path) -> None:
    job = WorkerJob(ColourEmbedder, "", Settings(data_dir=tmp_path), 1, 8, {"AWS_SECRET": "hush"})
    assert "hush" not in repr(job)
    assert "hush" not in repr(replace(job, batch_size=9))


def test_a_worker_uses_the_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of the host")
    Worker(
        WorkerJob(ColourEmbedder, "", Settings(data_dir=tmp_path), 1, 8, {"AWS_PROFILE": "mine"})
    )
    assert os.environ["AWS_PROFILE"] == "mine"
