"""Delay until a change shows: `python -m tests.bench.library.watch_latency [PICTURES]
[ROUNDS]`.

Starts the app's own indexing child (``index --json --supervised --watch``) with the built-in model
on a folder of generated pictures, makes each kind of change several times, and measures the seconds
from the change until it is in the catalog that the app reads. Then a second child, which finds
nothing new, gets its first change at once: that waits for the model. A third one gets its first
change when its indexing process has ended because nothing changed (``model_idle_seconds`` is 0 for
it): that waits for the start of the process and the model. The last line is one JSON object.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.embedders import COLOURS, save_picture
from tui.app.workers.index_process import Watching, index_command, read_event
from tui.core.child_process import JsonLinesProcess, child_environment
from tui.core.settings import Settings
from tui.library.local.catalog.reader import Catalog
from tui.models.registry import find_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 30.0
_IDLE_SECONDS = 5.0
"""Long enough for an idle process to end."""


class Watched:
    """A folder that a child watches, and the catalog as a reader sees it."""

    def __init__(self, photos: Path, catalog: Catalog, model_id: str) -> None:
        self.photos = photos
        self.seconds: dict[str, list[float]] = {}
        self._catalog = catalog
        self._model_id = model_id
        self._number = 0

    def new(self, path: Path) -> Path:
        """Write a picture with new bytes; the other one keeps the folder available."""
        self._number += 1
        colour = list(COLOURS)[self._number % len(COLOURS)]
        return save_picture(path, colour, (640, 480), note=self._number)

    def count(self, folder: Path) -> int:
        """Return the number of pictures that a search would find below a folder."""
        return len(self._catalog.files(self._model_id, folder))

    def time(self, kind: str, change: Callable[[], object], holds: Callable[[], bool]) -> None:
        """Make a change and wait until it shows."""
        change()
        begin = time.perf_counter()
        while not holds():
            if time.perf_counter() - begin > PATIENCE:
                sys.exit(f"{kind}: nothing showed for {PATIENCE:g} s")
            time.sleep(0.01)
        self.seconds.setdefault(kind, []).append(time.perf_counter() - begin)


def changes(watched: Watched, number: int) -> None:
    """Make every kind of change once."""
    photos, count = watched.photos, watched.count
    file, other = photos / f"new {number}.png", photos / "0" / f"moved {number}.png"
    folder, moved = photos / f"album {number}", photos / "0" / f"album {number}"
    outside = photos.parent / f"outside {number}"
    total = count(photos)
    watched.time("create_file", lambda: watched.new(file), lambda: count(photos) == total + 1)
    before = watched._catalog.files(watched._model_id, photos).content_ids.tolist()
    watched.time(
        "change_file",
        lambda: watched.new(file),
        lambda: watched._catalog.files(watched._model_id, photos).content_ids.tolist() != before,
    )
    inside = count(photos / "0")
    watched.time("move_file", lambda: file.rename(other), lambda: count(photos / "0") == inside + 1)
    watched.time("delete_file", other.unlink, lambda: count(photos) == total)
    for name in "ab":
        watched.new(outside / "deep" / f"{name}.png")
    watched.time("create_folder", lambda: outside.rename(folder), lambda: count(folder) == 2)
    watched.time("move_folder", lambda: folder.rename(moved), lambda: count(moved) == 2)
    watched.time("delete_folder", lambda: shutil.rmtree(moved), lambda: count(moved) == 0)


@contextmanager
def following(settings: Settings, photos: Path) -> Iterator[None]:
    """Run a child process that has indexed everything and watches for changes."""
    process = JsonLinesProcess(index_command(settings, photos), child_environment(settings))
    objects = process.objects()
    while not isinstance(read_event(next(objects)), Watching):
        pass
    yield
    process.close()
    for _ in objects:  # until it has ended
        pass


def main() -> None:
    """Print the figures."""
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        settings = Settings(data_dir=Path(folder) / "data")
        for number in range(pictures):
            path = photos / f"{number % 20}" / f"{number}.png"
            save_picture(path, list(COLOURS)[number % 6], (32, 24), note=number)
        with Catalog.open(settings.data_dir) as catalog:
            watched = Watched(photos, catalog, find_model(settings.model, settings).model_id)
            with following(settings, photos):
                for number in range(rounds):
                    changes(watched, number)
            for kind, idle_seconds in (("at_once", 300), ("after_idle", 0)):
                with following(replace(settings, model_idle_seconds=idle_seconds), photos):
                    if not idle_seconds:
                        time.sleep(_IDLE_SECONDS)
                    new = photos / f"{kind}.png"
                    total = watched.count(photos)
                    watched.time(
                        kind,
                        partial(watched.new, new),
                        partial(lambda total: watched.count(photos) == total + 1, total),
                    )
    figures: dict[str, float] = {}
    for kind, seconds in watched.seconds.items():
        p50, most = statistics.median(seconds), max(seconds)
        figures |= {f"{kind}_p50_s": round(p50, 2), f"{kind}_max_s": round(most, 2)}
        print(f"{kind:14} p50 {p50:5.2f} s   max {most:5.2f} s")
    every = [value for seconds in watched.seconds.values() for value in seconds]
    figures |= {"p50_s": round(statistics.median(every), 2), "max_s": round(max(every), 2)}
    print(json.dumps({"pictures": pictures, "rounds": rounds, **figures}))


if __name__ == "__main__":
    main()
