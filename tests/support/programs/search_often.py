"""A process that searches: ``search_often.py LIBRARY`` until its input closes, then prints JSON.

It searches for red pictures with a model that knows colours, and reports how many were available
each time.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

from tests.support.embedders import ColourEmbedder
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex


def main() -> None:
    told = threading.Event()

    def listen() -> None:
        sys.stdin.read()
        told.set()

    threading.Thread(target=listen, daemon=True).start()
    embedder = ColourEmbedder()
    red = embedder.embed_text(["red"])[0]
    counts: list[int] = []
    with Catalog.open(Path(sys.argv[1]), read_only=True) as catalog:
        index = VectorIndex(catalog, embedder.model_id)
        print("ready", flush=True)
        last = False
        while not last:
            last = told.is_set()
            index.refresh()
            _, scores = index.search(red, 5)
            assert len(index) < 100 or scores[0] > 0.99
            counts.append(len(index))
            time.sleep(0.02)
    print(json.dumps(counts))


if __name__ == "__main__":
    main()
