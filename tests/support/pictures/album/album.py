"""The album: its subjects, and the names and dates of its files.

    python -m tests.support.pictures.album.album FOLDER

renders it into a folder, always the same pixels.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from PIL import Image

from tests.support.pictures.album import fruit, landscapes, nights, skies, streets, woods

SIZE = (960, 640)

Render = Callable[[tuple[int, int], int], Image.Image]

_EXIF, _DATE_TAKEN, _MAKE, _MODEL = 0x8769, 0x9003, 0x010F, 0x0110
_CAMERAS = {"Canon": "Canon EOS R6", "FUJIFILM": "X-T4", "Apple": "iPhone 13"}


@dataclass(frozen=True)
class Entry:
    """One picture of the album.

    Attributes:
        path: below the album's folder.
        render: makes the picture of a size and a seed.
        seed: of the picture.
        taken: when it was taken, by its EXIF data.
        make: who made the camera.
    """

    path: str
    render: Render
    seed: int
    taken: datetime
    make: str

    def write(self, folder: Path, size: tuple[int, int] = SIZE) -> Path:
        """Render the picture below a folder; return its path."""
        exif = Image.Exif()
        exif[_MAKE], exif[_MODEL] = self.make, _CAMERAS[self.make]
        exif[_EXIF] = {_DATE_TAKEN: f"{self.taken:%Y:%m:%d %H:%M:%S}"}
        path = folder / self.path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.render(size, self.seed).save(path, quality=90, exif=exif)
        return path


_evening_sea = partial(landscapes.sea, swell=0.7)
_BOWL = ("orange", "apple", "lemon", "orange", "apple", "plum", "orange", "plum")


def _sunset(size: tuple[int, int], seed: int) -> Image.Image:
    return _evening_sea(size, seed, sky=skies.dusk(seed, side=0.3 - 0.1 * (seed % 5)))


def _calm_sea(size: tuple[int, int], seed: int) -> Image.Image:
    return landscapes.sea(size, seed, swell=0.6)


def _rough_sea(size: tuple[int, int], seed: int) -> Image.Image:
    return landscapes.sea(size, seed, swell=1.8, sky=skies.overcast(seed))


def _alpenglow(size: tuple[int, int], seed: int) -> Image.Image:
    return landscapes.mountains(size, seed, sky=skies.dusk(seed, side=-0.6, height=0.14))


def _snowy(size: tuple[int, int], seed: int) -> Image.Image:
    return landscapes.mountains(size, seed, snow=0.9)


def _fruit(size: tuple[int, int], seed: int) -> Image.Image:
    return fruit.still_life(size, seed, _BOWL)


def _oranges(size: tuple[int, int], seed: int) -> Image.Image:
    return fruit.still_life(size, seed, ("orange",) * 6)


def _autumn_tree(size: tuple[int, int], seed: int) -> Image.Image:
    return woods.tree(size, seed, "autumn")


def _entries(
    folder: str, make: str, first: datetime, pictures: Sequence[tuple[int, Render, int]]
) -> list[Entry]:
    """Return the pictures of a folder: the number in the file's name, the subject, the seed."""
    name = "DSCF{:04d}.JPG" if make == "FUJIFILM" else "IMG_{:04d}.jpg"
    return [
        Entry(
            f"{folder}/{name.format(number)}",
            render,
            seed,
            first.replace(day=first.day + index, hour=8 + 3 * index % 12, minute=number % 60),
            make,
        )
        for index, (number, render, seed) in enumerate(pictures)
    ]


ALBUM = [
    *_entries(
        "2021 Morocco",
        "Canon",
        datetime(2021, 10, 3),
        [(811, landscapes.dunes, 3), (823, landscapes.dunes, 4), (829, landscapes.dunes, 11)],
    ),
    *_entries(
        "2022 Dolomites",
        "Canon",
        datetime(2022, 7, 11),
        [
            (1507, landscapes.mountains, 7),
            (1512, _alpenglow, 7),
            (1519, nights.milky_way, 7),
            (1533, _snowy, 4),
            (1541, landscapes.mountains, 12),
            (1546, woods.foggy_firs, 4),
        ],
    ),
    *_entries(
        "2023 Lisbon",
        "Apple",
        datetime(2023, 5, 6),
        [
            (2041, streets.by_day, 7),
            (2044, streets.by_night, 7),
            (2052, _sunset, 3),
            (2058, streets.by_day, 4),
            (2063, _calm_sea, 3),
            (2066, streets.by_night, 4),
            (2071, nights.full_moon, 4),
        ],
    ),
    *_entries(
        "2024 Norway",
        "FUJIFILM",
        datetime(2024, 2, 17),
        [
            (310, nights.northern_lights, 7),
            (317, nights.northern_lights, 4),
            (322, _rough_sea, 5),
            (328, woods.foggy_firs, 9),
            (334, _alpenglow, 12),
        ],
    ),
    *_entries(
        "Home",
        "Apple",
        datetime(2024, 9, 8),
        [
            (3302, _fruit, 7),
            (3305, _fruit, 4),
            (3311, _oranges, 2),
            (3320, woods.tree, 7),
            (3324, _autumn_tree, 8),
            (3331, _sunset, 6),
        ],
    ),
]


def write_album(folder: Path, entries: Sequence[Entry] = ALBUM, workers: int = 2) -> None:
    """Render pictures into a folder, several at once."""
    with ProcessPoolExecutor(workers) as pool:
        list(pool.map(partial(Entry.write, folder=folder), entries))


if __name__ == "__main__":
    write_album(Path(sys.argv[1]))
