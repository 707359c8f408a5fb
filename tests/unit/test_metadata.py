from __future__ import annotations

import warnings
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tui.domain import PictureInfo
from tui.library.metadata import orientation_of, read_info

EXIF, GPS = 0x8769, 0x8825


def info(
    tags: dict[int, Any] | None = None,
    exif: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
) -> PictureInfo:
    """What is read of EXIF after it has been through its bytes."""
    written = Image.Exif()
    written.update(tags or {})
    written.get_ifd(EXIF).update(exif or {})
    written.get_ifd(GPS).update(gps or {})
    read = Image.Exif()
    read.load(written.tobytes())
    return read_info(read, (4, 3), "JPEG")


def nanoseconds(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[misc,arg-type]


def test_without_exif_there_is_size_and_format() -> None:
    assert info() == PictureInfo(4, 3, "JPEG")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2019:07:28 14:05:09", nanoseconds(2019, 7, 28, 14, 5, 9)),
        ("2019-07-28 14:05:09", nanoseconds(2019, 7, 28, 14, 5, 9)),
        ("2019:07:28T14:05:09.25+02:00", nanoseconds(2019, 7, 28, 14, 5, 9)),
        ("2019:07:28 14:05", nanoseconds(2019, 7, 28, 14, 5)),
        ("1955:11:05 00:00:00", nanoseconds(1955, 11, 5)),
        ("0000:00:00 00:00:00", None),
        ("2019:13:28 14:05:09", None),
        ("    :  :     :  :  ", None),
        ("9999:01:01 00:00:00", None),
        ("yesterday", None),
    ],
)
def test_dates(written: str, expected: int | None) -> None:
    assert info(exif={0x9003: written}).taken_ns == expected


def test_the_date_of_the_shot_goes_before_that_of_the_file() -> None:
    tags, exif = {0x0132: "2022:02:02 00:00:00"}, {0x9004: "2021:01:01 00:00:00"}
    assert info(tags).taken_ns == nanoseconds(2022, 2, 2)
    assert info(tags, exif).taken_ns == nanoseconds(2021, 1, 1)
    exif[0x9003] = "2020:01:01 00:00:00"
    assert info(tags, exif).taken_ns == nanoseconds(2020, 1, 1)


@pytest.mark.parametrize(
    ("maker", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D750", "Nikon D750"),
        ("Canon", "Canon EOS 5D Mark III", "Canon EOS 5D Mark III"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        ("OLYMPUS IMAGING CORP.  ", "E-M10", "Olympus E-M10"),
        ("EASTMAN KODAK COMPANY", "DC290", "Eastman Kodak DC290"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("", "X100", "X100"),
        ("Acme", "", "Acme"),
        ("\x01\x02", " \n ", None),
    ],
)
def test_cameras(maker: str, model: str, camera: str | None) -> None:
    assert info({0x010F: maker, 0x0110: model}).camera == camera


def test_a_camera_with_an_endless_name_is_cut() -> None:
    camera = info({0x0110: "x" * 10_000}).camera
    assert camera is not None
    assert len(camera) == 80


def test_places_have_signs() -> None:
    gps = {1: "S", 2: (33.0, 51.0, 24.48), 3: "E", 4: (151.0, 12.0, 33.48)}
    place = info(gps=gps)
    assert place.latitude == pytest.approx(-33.8568, abs=1e-4)
    assert place.longitude == pytest.approx(151.2093, abs=1e-4)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)},
        {1: "N", 2: (10.0, 0.0, 0.0)},
        {1: "N", 2: 10.0, 3: "E", 4: 10.0},
    ],
)
def test_places_that_make_no_sense_are_none(gps: dict[int, Any]) -> None:
    assert (info(gps=gps).latitude, info(gps=gps).longitude) == (None, None)


@pytest.mark.parametrize("value", [0, 9, 65535, "6", None])
def test_an_orientation_that_makes_no_sense_is_upright(value: Any) -> None:
    exif = Image.Exif()
    exif[0x0112] = value
    assert orientation_of(exif) == 1


@given(st.binary(max_size=400))
def test_exif_of_any_bytes_is_never_an_error(data: bytes) -> None:
    exif = Image.Exif()
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exif.load(b"Exif\0\0II*\0\x08\0\0\0" + data)
    assert read_info(exif, (4, 3), "JPEG").width == 4
