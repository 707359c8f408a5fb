"""A real indexing process that a test can kill: ``index_slowly.py LIBRARY FOLDER LOG [SECONDS]``.

Takes SECONDS a picture, writes to LOG a byte for each embedded picture at once, and prints "ready"
when it begins and its figures as JSON when it has finished.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.embedders import ColourEmbedder
from tui.core.errors import PhotoseekError
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.library.open import open_library

if TYPE_CHECKING:
    from tui.core.domain import Pixels, Vectors


class SlowEmbedder(ColourEmbedder):
    """Is slow, and leaves a trace that survives a SIGKILL."""

    def __init__(self, log: Path, seconds: float) -> None:
        super().__init__()
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._seconds = seconds

    def embed_images(self, pixels: Pixels) -> Vectors:
        time.sleep(self._seconds * len(pixels))
        os.write(self._log, b"." * len(pixels))
        return super().embed_images(pixels)


def main() -> None:
    folder, log = (Path(argument) for argument in sys.argv[2:4])
    settings = Settings(data_dir=folder, library=sys.argv[1])
    embedder = SlowEmbedder(log, float(sys.argv[4]) if len(sys.argv) > 4 else 0.0)
    try:
        with open_library(settings).open_store() as store:
            print("ready", flush=True)
            report = index_folders(
                store,
                [folder],
                model_id=embedder.model_id,
                load=lambda: embedder,
                settings=settings,
                on_progress=lambda _: None,
                cancelled=lambda: False,
            )
    except PhotoseekError as error:
        print(json.dumps({"error": str(error)}))
        return
    print(json.dumps({**asdict(report), "failures": len(report.failures), "missing": []}))


if __name__ == "__main__":
    main()
