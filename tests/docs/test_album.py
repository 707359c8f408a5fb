"""The rendered album: its files are named and dated like a person's, and its pictures differ."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.docs.screenshot import PICTURE, SIZE
from tests.support.pictures.album.album import ALBUM, Entry

SMALL = (72, 48)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image.Image]:
    folder = tmp_path_factory.mktemp("album")
    return {entry.path: Image.open(entry.write(folder, SMALL)) for entry in ALBUM}


def test_every_picture_has_its_size_contrast_and_date(pictures: dict[str, Image.Image]) -> None:
    assert len(pictures) == len(ALBUM)
    for entry in ALBUM:
        image = pictures[entry.path]
        assert image.size == SMALL
        assert np.asarray(image.convert("L")).std() > 8, entry.path
        exif = image.getexif()
        assert exif.get_ifd(0x8769)[0x9003] == f"{entry.taken:%Y:%m:%d %H:%M:%S}"
        assert exif[0x010F] == entry.make


def test_no_two_pictures_are_alike(pictures: dict[str, Image.Image]) -> None:
    pixels = {path: np.asarray(image, np.float32) for path, image in pictures.items()}
    for first, second in combinations(pixels, 2):
        assert np.abs(pixels[first] - pixels[second]).mean() > 2, (first, second)


@pytest.mark.parametrize("entry", ALBUM[::6], ids=lambda entry: entry.path)
def test_a_picture_is_always_the_same(
    entry: Entry, tmp_path: Path, pictures: dict[str, Image.Image]
) -> None:
    again = Image.open(entry.write(tmp_path, SMALL))
    assert np.array_equal(np.asarray(again), np.asarray(pictures[entry.path]))


def test_the_screenshot_shows_a_whole_window_with_photographs() -> None:
    image = Image.open(PICTURE)
    assert image.size == SIZE
    colours = image.convert("RGB").getcolors(1 << 20)
    assert colours is not None
    assert len(colours) > 150
    assert PICTURE.stat().st_size < 600_000
