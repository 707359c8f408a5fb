"""Synthetic pictures in clusters, with copies, bursts and raw files, and their text tower."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Vectors

MODEL = "made-up"
DIM = 32
ROOT = Path("/home/anna/Pictures")
FILES = 1600
DAY_NS = 86_400 * 10**9
FOLDERS = ["2023/paris", "2023/sea", "2024", "2024/été"]


class ClusterEmbedder:
    """A text tower in which every text has a direction of its own."""

    model_id = MODEL
    dim = DIM

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        rows = [direction(text) for text in texts]
        return np.array(rows, dtype=np.float32)


def direction(text: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    row = np.random.default_rng(seed).standard_normal(DIM)
    unit: Vectors = (row / np.linalg.norm(row)).astype(np.float32)
    return unit


def clustered_pictures() -> list[IndexedFile]:
    """Pictures of forty things in clusters, with copies, bursts, raw files and broken ones."""
    rng = np.random.default_rng(3)
    things = [direction(f"thing {number}") for number in range(40)]
    files: list[IndexedFile] = []
    for number in range(FILES):
        vector = things[number % 40] + rng.standard_normal(DIM) * 0.12
        name = f"{FOLDERS[number // 40 % 4]}/img {number}.jpg"
        if number % 100 == 7:  # a burst, and a copy of the one before it
            vector = files[-1].vector + rng.standard_normal(DIM) * 0.01  # type: ignore[operator]
        files.append(picture(name, number, vector))
        if number % 50 == 3:
            copy = picture(f"2024/~copy of {number}.jpg", FILES + number, vector, content=number)
            files.append(copy)
    for number in range(20):
        shown, date = direction(f"s{number}"), 9000 + number
        files.append(picture(f"2023/sea/shot {number}.jpg", 9000 + number, shown))
        raw = shown + rng.standard_normal(DIM) * 0.05
        files.append(picture(f"2023/sea/shot {number}.CR3", 9100 + number, raw, date=date))
    for number, name, thing, date in (
        (9300, "pxl_1.MP.jpg", "phone", 9300),
        (9301, "pxl_1.dng", "phone", 9300),
        (9302, "apart.jpg", "apart", 9302),
        (9303, "apart.dng", "apart", 9303),
    ):
        turned = direction(thing) + direction(name) * 0.2
        files.append(picture(f"2023/sea/{name}", number, turned, date=date))
    names = ["sunset at the beach.jpg", "sunset.jpg", "Beach house.jpg", "thing 7.jpg"]
    for number, name in enumerate(names):
        files.append(picture(f"2024/été/{name}", 9500 + number, rng.standard_normal(DIM)))
    broken = ImageFile(ROOT / "2024/broken.jpg", 1, 1, 1)
    files.append(IndexedFile(broken, b"broken".ljust(16), error="It is not a picture."))
    return files


def picture(
    name: str,
    number: int,
    vector: object,
    content: int | None = None,
    date: int | None = None,
) -> IndexedFile:
    """Return a file; ``date`` is the number of another file that was taken at the same moment."""
    moment = number if date is None else date
    row = np.asarray(vector, dtype=np.float64)
    unit = (row / np.linalg.norm(row)).astype(np.float32)
    digest = (number if content is None else content).to_bytes(16, "big")
    file = ImageFile(ROOT / name, 1000 + number * 7919 % 100_003, number * DAY_NS, number)
    info = PictureInfo(4000, 3000, "JPEG", moment * 37 % 11_000 * DAY_NS, f"Camera {moment % 3}")
    return IndexedFile(file, digest, info, unit)


def copied_pictures() -> list[IndexedFile]:
    """Return pictures of a folder with copies elsewhere, one of which is named like the folder."""
    rng = np.random.default_rng(4)
    files: list[IndexedFile] = []
    for number, name in enumerate(["lizard", "snake", "turtle"]):
        copies = [f"zoo/a {name}.jpg", f"2024/reptiles/{name}.jpg", f"zoo/z {name}.jpg"]
        for copy in copies:
            files.append(picture(copy, len(files), direction(name), 900 + number))
    files.append(picture("zoo/reptiles.jpg", 9, direction("turtle"), 902))
    for number in range(100, 130):
        name = f"others/img {number}.jpg"
        files.append(picture(name, number, direction("reptiles") + rng.standard_normal(DIM)))
    return files
