"""An indexing process on a Ray cluster: ``index_on_ray.py ADDRESS DATA FOLDER LOG SECONDS STOP``.

Takes SECONDS a picture and writes to LOG, for each picture that a worker has embedded, the worker's
process id and the picture's pixels. Stops after STOP pictures, 0 for never. Prints its figures as
JSON, or the sentence of its failure.
"""

from __future__ import annotations

import json
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import xxhash

from tests.support.embedders import ColourEmbedder
from tui.core.errors import PhotoseekError
from tui.core.settings import Settings
from tui.indexing.ray.cluster import connect_workers
from tui.indexing.ray.executor import RayExecutor

if TYPE_CHECKING:
    from tui.core.domain import Pixels, Progress, Vectors


class LoggingEmbedder(ColourEmbedder):
    """Is slow, and leaves a trace that survives a SIGKILL."""

    def __init__(self, log: str, seconds: float) -> None:
        super().__init__()
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._seconds = seconds

    def embed_images(self, pixels: Pixels) -> Vectors:
        time.sleep(self._seconds * len(pixels))
        lines = [f"{os.getpid()} {xxhash.xxh3_64_hexdigest(one.tobytes())}\n" for one in pixels]
        os.write(self._log, "".join(lines).encode())
        return super().embed_images(pixels)


def main() -> None:
    address, data_dir, folder, log, seconds, stop = sys.argv[1:]
    settings = Settings(data_dir=Path(data_dir), threads=1, batch_size=8)
    indexed = 0

    def note(progress: Progress) -> None:
        nonlocal indexed
        indexed = progress.indexed

    load = partial(LoggingEmbedder, log, float(seconds))
    try:
        with connect_workers(address, load, settings) as pool:
            from tui.indexing.indexer import index_folders
            from tui.library.open import open_library

            with open_library(settings).open_store() as store:
                report = index_folders(
                    store,
                    [Path(folder)],
                    model_id=ColourEmbedder().model_id,
                    load=load,
                    settings=settings,
                    on_progress=note,
                    cancelled=lambda: 0 < int(stop) <= indexed,
                    executor=RayExecutor(pool),
                )
    except PhotoseekError as error:
        print(json.dumps({"error": str(error)}))
        return
    figures = ("indexed", "reused", "unchanged", "failed", "cancelled")
    print(json.dumps({name: getattr(report, name) for name in figures}))


if __name__ == "__main__":
    main()
