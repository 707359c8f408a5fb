"""The indexing process of a watcher, with a model that knows colours: ``serve_rounds LIBRARY LOG``.

It takes 10 ms a picture and writes to LOG a byte for each one, as ``index_slowly`` does.
``CRASHES`` in the environment is how often such a process kills itself after it has embedded some
pictures; ``REFUSAL`` is a sentence with which it fails to start.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.programs.index_slowly import SlowEmbedder
from tui.cli.terminal.output import say_json
from tui.cli.terminal.signals import cancel_on_signals, parent_requests
from tui.core.settings import Settings
from tui.indexing.watch.round_indexer import StoreIndexer
from tui.indexing.watch.round_messages import answer_requests, progress_message
from tui.library.open import open_library

if TYPE_CHECKING:
    from tui.core.domain import Pixels, Vectors

EMBEDDED_BEFORE_CRASH = 20


class CrashingEmbedder(SlowEmbedder):
    """Kills its process in the middle of a round, as often as the environment says."""

    def __init__(self, log: Path) -> None:
        super().__init__(log, 0.01)
        self._crashes = log.with_name("crashes")

    def embed_images(self, pixels: Pixels) -> Vectors:
        vectors = super().embed_images(pixels)
        earlier = len(self._crashes.read_text()) if self._crashes.exists() else 0
        if self.pictures_embedded > EMBEDDED_BEFORE_CRASH and earlier < int(
            os.environ.get("CRASHES", "0")
        ):
            self._crashes.write_text("x" * (earlier + 1))
            os.kill(os.getpid(), signal.SIGKILL)
        return vectors


def main() -> None:
    if refusal := os.environ.get("REFUSAL"):
        sys.exit(f"photoseek: {refusal}")
    folder, log = map(Path, sys.argv[1:])
    settings = Settings(data_dir=folder, batch_size=4, threads=1)
    embedder = CrashingEmbedder(log)
    with cancel_on_signals(quiet=True) as stop, open_library(settings).open_store() as store:
        indexer = StoreIndexer(
            store,
            model_id=embedder.model_id,
            load=lambda: embedder,
            settings=settings,
            on_progress=lambda progress: say_json(progress_message(progress)),
            cancelled=stop.is_set,
        )
        answer_requests(indexer, parent_requests(stop), say_json)
        indexer.finish()
        indexer.close()


if __name__ == "__main__":
    main()
