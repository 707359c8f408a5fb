"""The sample photographs on which some tests measure: one a kind, with the kind in its file name.

They are not part of the repository. ``PHOTOSEEK_TEST_PHOTOS`` names their folder; without it, the
tests look in ``../shared/photos`` beside the repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "PHOTOSEEK_TEST_PHOTOS"
_BESIDE = Path(__file__).resolve().parents[4] / "shared" / "photos"


def photos_folder_or_skip() -> Path:
    """Return the folder of sample photographs; skip the test if there is none."""
    folder = Path(os.environ.get(VARIABLE) or _BESIDE).absolute()
    if not folder.is_dir():
        pytest.skip(f"no sample photographs at {folder}; {VARIABLE} names their folder")
    return folder


def photos_or_skip() -> list[Path]:
    """Return the sample photographs, sorted by name; skip the test if there are none."""
    folder = photos_folder_or_skip()
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".jpeg", ".jpg"))
    if not photos:
        pytest.skip(f"no JPEG files in {folder}; {VARIABLE} names their folder")
    return photos


def label_of(path: Path) -> str:
    """Return the kind in a name such as ``n01644373_tree_frog.JPEG``: ``tree frog``."""
    return path.stem.partition("_")[2].replace("_", " ")
