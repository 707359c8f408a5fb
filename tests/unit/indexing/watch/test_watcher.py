from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from watchfiles import Change

from tests.support.as_user import public_folder, unprivileged
from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.core.errors import FolderError
from tui.core.settings import Settings
from tui.core.stop_request import StopRequest
from tui.indexing.report import IndexReport
from tui.indexing.watch import watcher as watch_module
from tui.indexing.watch.file_events import concerns_pictures, scan_targets_of
from tui.indexing.watch.round_indexer import StoreIndexer
from tui.indexing.watch.watcher import watch_folders
from tui.library.local.store import LocalStore
from tui.storage.scanning.target import ScanTarget

PATIENCE = 15.0
"""Seconds; a machine that runs all tests at once may be slow."""


class Watch:
    """A thread that watches folders."""

    def __init__(self, library: IndexedLibrary, *folders: Path) -> None:
        self.library = library
        self.loads = 0
        self.quiet_calls = 0
        self.reports: list[IndexReport] = []
        self.notices: list[str] = []
        self._stop = StopRequest()
        self._folders = folders
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        indexer = StoreIndexer(
            LocalStore(self.library.catalog),
            model_id=self.library.embedder.model_id,
            load=self._load,
            settings=Settings(data_dir=self.library.data_dir, threads=1),
            on_progress=lambda _: None,
            cancelled=self._stop.is_set,
        )
        self.reports.extend(
            watch_folders(
                indexer,
                self._folders,
                stop=self._stop,
                on_notice=self.notices.append,
                on_quiet=self._count_quiet,
            )
        )
        indexer.close()

    def _count_quiet(self) -> None:
        self.quiet_calls += 1

    def _load(self) -> ColourEmbedder:
        self.loads += 1
        return self.library.embedder

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until a condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, self.library.names()
            time.sleep(0.02)

    def until_named(self, *names: str) -> None:
        """Wait until exactly these files are available."""
        self.until(lambda: self.library.names() == sorted(names))

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()


def indexer_of(library: IndexedLibrary) -> StoreIndexer:
    return StoreIndexer(
        LocalStore(library.catalog),
        model_id="any",
        load=lambda: library.embedder,
        settings=Settings(data_dir=library.data_dir),
        on_progress=lambda _: None,
        cancelled=lambda: False,
    )


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    save_picture(folder / "a" / "red.png", "red")
    return folder


@pytest.fixture
def watch(library: IndexedLibrary, photos: Path) -> Iterator[Watch]:
    watch = Watch(library, photos)
    watch.until_named("red.png")
    yield watch
    watch.stop()


def test_added_changed_moved_and_removed_files_are_indexed(watch: Watch, photos: Path) -> None:
    save_picture(photos / "a" / "blue.png", "blue")
    watch.until_named("blue.png", "red.png")
    embedded = watch.library.embedder.pictures_embedded
    (photos / "a" / "blue.png").rename(photos / "moved.png")
    watch.until_named("moved.png", "red.png")
    assert watch.library.embedder.pictures_embedded == embedded
    save_picture(photos / "moved.png", "green", note=9)
    watch.until(lambda: watch.library.embedder.pictures_embedded == embedded + 1)
    (photos / "moved.png").unlink()
    watch.until_named("red.png")


def test_added_moved_and_removed_folders_are_indexed(
    watch: Watch, photos: Path, tmp_path: Path
) -> None:
    save_picture(tmp_path / "trip" / "day 1" / "blue.png", "blue")
    save_picture(tmp_path / "trip" / "green.png", "green")
    (tmp_path / "trip").rename(photos / "trip")
    watch.until_named("blue.png", "green.png", "red.png")
    (photos / "trip").rename(photos / "a" / "journey")
    watch.until(lambda: watch.library.names(photos / "a" / "journey") == ["blue.png", "green.png"])
    shutil.rmtree(photos / "a" / "journey")
    watch.until_named("red.png")
    assert watch.library.embedder.pictures_embedded == 3


def test_the_model_is_loaded_once_and_quiet_is_reported(watch: Watch, photos: Path) -> None:
    watch.until(lambda: watch.quiet_calls > 2)
    save_picture(photos / "blue.png", "blue")
    watch.until_named("blue.png", "red.png")
    watch.stop()
    assert watch.loads == 1


def test_a_new_folder_is_also_watched(watch: Watch, photos: Path) -> None:
    (photos / "new" / "deep").mkdir(parents=True)
    time.sleep(0.3)
    save_picture(photos / "new" / "deep" / "blue.png", "blue")
    watch.until_named("blue.png", "red.png")


def test_excluded_files_stay_excluded(watch: Watch, photos: Path) -> None:
    (photos / ".photoseekignore").write_text("skip*\n.*\n")
    save_picture(photos / "skipped" / "blue.png", "blue")
    save_picture(photos / ".hidden" / "green.png", "green")
    save_picture(photos / "skip.png", "white")
    save_picture(photos / "a" / "grey.png", "grey")
    watch.until_named("grey.png", "red.png")
    time.sleep(0.6)
    assert watch.library.names() == ["grey.png", "red.png"]
    (photos / ".photoseekignore").write_text("a/\n")
    watch.until_named("blue.png", "skip.png")


def test_a_slowly_written_file_is_indexed_when_it_is_complete(
    watch: Watch, photos: Path, tmp_path: Path
) -> None:
    data = save_picture(tmp_path / "whole.png", "blue", (600, 600)).read_bytes()
    with (photos / "slow.png").open("wb") as file:
        for start in range(0, len(data), len(data) // 8):
            file.write(data[start : start + len(data) // 8])
            file.flush()
            time.sleep(0.15)
    watch.until_named("red.png", "slow.png")


def test_a_root_is_watched_again_after_its_return(
    watch: Watch, photos: Path, tmp_path: Path
) -> None:
    photos.rename(tmp_path / "unmounted")
    watch.until_named()
    assert watch.library.catalog.status().files == 1
    (tmp_path / "unmounted").rename(photos)
    watch.until_named("red.png")
    save_picture(photos / "blue.png", "blue")
    watch.until_named("blue.png", "red.png")
    assert watch.library.embedder.pictures_embedded == 2


def test_no_run_starts_without_a_change(watch: Watch, photos: Path) -> None:
    (photos / "notes.txt").write_text("no picture")
    time.sleep(0.8)
    watch.stop()
    assert len(watch.reports) == 1


def test_a_missing_folder_is_one_sentence(library: IndexedLibrary, tmp_path: Path) -> None:
    rounds = watch_folders(
        indexer_of(library),
        [tmp_path / "nowhere"],
        stop=StopRequest(),
    )
    with pytest.raises(FolderError, match="was not found"):
        next(rounds)


def test_an_unreadable_folder_does_not_stop_the_watch() -> None:
    with public_folder() as folder:
        save_picture(folder / "photos" / "closed" / "blue.png", "blue")
        save_picture(folder / "photos" / "open" / "red.png", "red")
        (folder / "photos" / "closed").chmod(0)
        for path in (folder / "photos" / "open", folder / "data"):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        with unprivileged():
            library = IndexedLibrary(folder / "data")
            watch = Watch(library, folder / "photos")
            watch.until_named("red.png")
            save_picture(folder / "photos" / "open" / "green.png", "green")
            watch.until_named("green.png", "red.png")
            watch.stop()
            library.catalog.close()


LIMITED = """
import faulthandler, sys
faulthandler.dump_traceback_later(60, exit=True)
from pathlib import Path
from tests.support.embedders import save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tests.unit.indexing.watch.test_watcher import Watch

home, kind = Path(sys.argv[1]), sys.argv[2]
library = IndexedLibrary(home / "data")
watch = Watch(library, home / "photos")
watch.until_named("red.png")
if kind == "later":
    assert not watch.notices
    for number in range(20):
        (home / "photos" / f"new {number}" / "deep").mkdir(parents=True)
    watch.until(lambda: bool(watch.notices))
    for number in range(20):
        folder = home / "photos" / f"new {number}" / "deep"
        save_picture(folder / f"{number}.png", "blue", note=number)
    watch.until_named("red.png", *(f"{number}.png" for number in range(20)))
else:
    (home / "photos" / "a" / "red.png").rename(home / "photos" / "b.png")
    watch.until_named("b.png")
watch.stop()
print(*watch.notices)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
@pytest.mark.parametrize(
    ("limit", "kind"),
    [("watches=5", "at first"), ("instances=0", "at first"), ("watches=6", "later")],
)
def test_a_lost_watch_falls_back_to_full_scans(
    photos: Path, tmp_path: Path, limit: str, kind: str
) -> None:
    for number in range(0 if kind == "later" else 20):
        (photos / f"{number}").mkdir()
    name, _, number_ = limit.partition("=")
    lower = f"echo {number_} > /proc/sys/user/max_inotify_{name}"
    unshare = ["unshare", "--user", "--map-root-user", "sh", "-c"]
    if shutil.which("unshare") is None or subprocess.run([*unshare, lower], check=False).returncode:
        pytest.skip("can't lower the limit for one process")
    command = f'{lower} && exec "$0" -c "$1" "$2" "$3"'
    done = subprocess.run(
        [*unshare, command, sys.executable, LIMITED, str(tmp_path), kind],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=Path(__file__).parents[4],
    )
    assert done.returncode == 0
    assert done.stdout.count("max_user_watches and fs.inotify.max_user_instances") == 1


def test_watching_without_a_watchable_folder_is_one_sentence(
    photos: Path, library: IndexedLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Iterator[set[tuple[Change, str]]]:
        raise RuntimeError("Error creating poll watcher: nothing works")

    monkeypatch.setattr(watch_module, "watch", refuse)
    notices: list[str] = []
    rounds = watch_folders(
        indexer_of(library),
        [photos],
        stop=StopRequest(),
        on_notice=notices.append,
    )
    with pytest.raises(FolderError, match="can't be followed: Error creating poll watcher"):
        next(rounds)
    (notice,) = notices
    assert "compares all files every 1 s" in notice


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ([(Change.added, "a/x.jpg")], [("a", False)]),
        ([(Change.modified, "a/x.jpg"), (Change.added, "a/y.jpg")], [("a", False)]),
        ([(Change.deleted, "a/x.jpg")], [("a/x.jpg", True), ("a", False)]),
        ([(Change.added, "a"), (Change.added, "a/b/x.jpg")], [("a", True)]),
        ([(Change.modified, "a/.photoseekignore")], [("a", True)]),
        ([(Change.deleted, "")], [("", True)]),
    ],
)
def test_changes_determine_the_folders_to_scan(
    tmp_path: Path, changes: list[tuple[Change, str]], places: list[tuple[str, bool]]
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    targets = scan_targets_of(
        [(change, str(tmp_path / name)) for change, name in changes], [tmp_path]
    )
    assert targets == [ScanTarget(tmp_path, tmp_path / name, deep) for name, deep in places]


def test_unnamed_changes_scan_the_roots(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    many = [(Change.added, str(tmp_path / "a" / str(n) / "x.jpg")) for n in range(500)]
    assert scan_targets_of(many, roots) == roots
    assert scan_targets_of([(Change.added, "/private/elsewhere/x.jpg")], roots) == roots
    assert (
        scan_targets_of([(Change.added, str(tmp_path / "a" / "\ufffd" / "x.jpg"))], roots) == roots
    )


@pytest.mark.parametrize(
    ("change", "name", "is_relevant"),
    [
        (Change.added, "x.JPG", True),
        (Change.modified, "x.txt", False),
        (Change.added, "x.txt", False),
        (Change.deleted, "x", True),
        (Change.modified, ".photoseekignore", True),
    ],
)
def test_only_changes_of_pictures_are_relevant(
    change: Change, name: str, is_relevant: bool
) -> None:
    assert concerns_pictures(change, f"/nowhere/{name}") is is_relevant
