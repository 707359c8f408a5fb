"""The exposure of a photograph as text."""

from __future__ import annotations

from pathlib import Path

from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from tui.images.metadata.exposure import read_exposure


def saved(path: Path, **tags: object) -> Path:
    exif = Image.Exif()
    exif[ExifTags.IFD.Exif] = {getattr(ExifTags.Base, name): value for name, value in tags.items()}
    Image.new("RGB", (4, 4)).save(path, exif=exif)
    return path


def test_exposure_settings_are_formatted(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.jpg",
        LensModel="XF35mmF2\0",
        ExposureTime=IFDRational(1, 250),
        FNumber=IFDRational(28, 10),
        ISOSpeedRatings=1600,
        FocalLength=IFDRational(35, 1),
        Flash=1,
    )
    assert read_exposure(path) == [
        ("Lens", "XF35mmF2"), ("Exposure", "1/250 s"), ("Aperture", "f/2.8"),
        ("ISO", "1,600"), ("Focal length", "35 mm"), ("Flash", "fired"),
    ]  # fmt: skip


def test_implausible_exposure_values_are_dropped(tmp_path: Path) -> None:
    path = saved(
        tmp_path / "a.jpg",
        ExposureTime=IFDRational(1, 0),
        FNumber=IFDRational(0, 1),
        LensModel="   ",
        FocalLength=IFDRational(50, 1),
    )
    assert read_exposure(path) == [("Focal length", "50 mm")]
    long = saved(tmp_path / "b.jpg", ExposureTime=IFDRational(5, 2), Flash=0)
    assert read_exposure(long) == [("Exposure", "2.5 s")]


def test_a_broken_or_missing_file_has_no_exposure(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    assert read_exposure(tmp_path / "a.jpg") == []
    assert read_exposure(tmp_path / "none.jpg") == []
