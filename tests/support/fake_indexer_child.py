"""A fake of ``photoseek index --json --supervised FOLDER``.

python -m tests.support.fake_indexer_child MODE DATA_DIR FOLDER...

MODE is ``index`` to index with a model that knows colours, ``other`` with another such model,
``watch`` to watch for changes after that (``limited`` with a notice about it), ``endless`` to run
until it is stopped, ``midway`` to wait in the middle until then, ``busy`` to fail with a sentence,
``crash`` to end silently, ``noise`` to print lines that are not events. The reason of its end is
written to DATA_DIR/../ended.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

from tui.core.stop_request import StopRequest

COUNTS = ("indexed", "unchanged", "reused", "removed", "failed", "seconds")

_stop = StopRequest()
_why = ["finished"]


def say(event: str, **facts: object) -> None:
    print(json.dumps({"event": event, **facts}), flush=True)


def listen() -> None:
    for line in sys.stdin:
        if line.strip() == "cancel":
            _why[0] = "cancelled"
            break
    else:
        _why[0] = "left alone"
    _stop.set()


def endless() -> None:
    done = 0
    while not _stop.is_set():
        _stop.wait(0.05)
        done += 1
        say("progress", phase="embedding", done=done, total=1000, rate=20.0, seconds_left=50 - done)
    say("cancelled", indexed=done, unchanged=0, reused=0, removed=0, failed=0, seconds=1.5)


def midway() -> None:
    facts = {"indexed": 1180, "failed": 2, "rate": 87.0, "seconds_left": 20.0}
    say("progress", phase="embedding", done=1182, total=2914, **facts)
    _stop.wait()


def watch(data_dir: Path, folders: list[Path], notice: str) -> None:
    from tests.support.embedders import ColourEmbedder
    from tui.core.settings import Settings
    from tui.indexing.watch.round_indexer import StoreIndexer
    from tui.indexing.watch.watcher import watch_folders
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.store import LocalStore

    with Catalog.open(data_dir) as catalog:
        indexer = StoreIndexer(
            LocalStore(catalog),
            model_id=ColourEmbedder().model_id,
            load=ColourEmbedder,
            settings=Settings(data_dir=data_dir, batch_size=2),
            on_progress=lambda progress: say("progress", **asdict(progress)),
            cancelled=_stop.is_set,
        )
        reports = watch_folders(indexer, folders, stop=_stop)
        for run, report in enumerate(reports):
            say("done", **{name: getattr(report, name) for name in COUNTS})
            if not run:
                say("watching")
                if notice:
                    say("notice", sentence=notice)


def index(data_dir: Path, folder: Path, model_id: str) -> None:
    from tests.support.embedders import ColourEmbedder
    from tui.core.settings import Settings
    from tui.indexing.indexer import index_folders
    from tui.library.local.catalog.reader import Catalog
    from tui.library.local.store import LocalStore

    with Catalog.open(data_dir) as catalog:
        report = index_folders(
            LocalStore(catalog),
            [folder],
            model_id=model_id,
            load=lambda: ColourEmbedder(model_id),
            settings=Settings(data_dir=data_dir, batch_size=2),
            on_progress=lambda progress: say("progress", **asdict(progress)),
            cancelled=_stop.is_set,
        )
    for failure in report.failures:
        say("failure", path=str(failure.path), reason=failure.reason)
    ended = "cancelled" if report.cancelled else "done"
    say(ended, **{name: getattr(report, name) for name in COUNTS})


def noise() -> None:
    for line in (b"\xff\xfe\n", b"\n", b"[1, 2]\n", b'{"event": 7}\n', b'{"event": "progress", "'):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.write(b'\n{"event": "progress", "done": "many", "total": -3, "rate": null}\n')
    say("done", indexed=2, seconds=1)


def main(mode: str, data_dir: Path, folders: list[Path]) -> int:
    threading.Thread(target=listen, daemon=True).start()
    code = 0
    if mode in ("index", "other"):
        index(data_dir, folders[0], "colours-1" if mode == "index" else "colours-2")
    elif mode in ("watch", "limited"):
        watch(data_dir, folders, "Too many folders." if mode == "limited" else "")
    elif mode == "endless":
        endless()
    elif mode == "midway":
        midway()
    elif mode == "noise":
        noise()
    elif mode == "busy":
        print("photoseek: Another run is indexing; wait for it.", file=sys.stderr)
        code = 2
    else:
        code = 3
    time.sleep(0.02)
    (data_dir.parent / "ended").write_text(_why[0])
    return code


if __name__ == "__main__":
    from tui.storage.folders import absolute

    sys.exit(main(sys.argv[1], Path(sys.argv[2]), [absolute(name) for name in sys.argv[3:]]))
