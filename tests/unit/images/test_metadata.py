from __future__ import annotations

import warnings
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tui.core.domain import PictureInfo
from tui.images.decode_file import decode_file
from tui.images.decode_types import DecodeRequest
from tui.images.metadata.exif import orientation_of, read_info
from tui.images.metadata.xmp import read_xmp

if TYPE_CHECKING:
    from pathlib import Path

EXIF, GPS = 0x8769, 0x8825


def info(
    tags: dict[int, Any] | None = None,
    exif: dict[int, Any] | None = None,
    gps: dict[int, Any] | None = None,
) -> PictureInfo:
    """Return the facts that are read from EXIF after encoding it."""
    written = Image.Exif()
    written.update(tags or {})
    written.get_ifd(EXIF).update(exif or {})
    written.get_ifd(GPS).update(gps or {})
    read = Image.Exif()
    read.load(written.tobytes())
    return read_info(read, (4, 3), "JPEG")


def nanoseconds(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 10**9  # type: ignore[misc,arg-type]


def test_without_exif_size_and_format_are_known() -> None:
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
        ("2019: 5:11  7:05:03", nanoseconds(2019, 5, 11, 7, 5, 3)),
        (" 2019:05:11 07:05:03", nanoseconds(2019, 5, 11, 7, 5, 3)),
        ("2019:05:11", nanoseconds(2019, 5, 11)),
        ("2019:05:11   :  :  ", nanoseconds(2019, 5, 11)),
        ("2019:05:11 23:59:60", nanoseconds(2019, 5, 11, 23, 59, 59)),
        ("2019:05:11 24:00:00", nanoseconds(2019, 5, 11, 23, 59, 59)),
        ("2019:05:11 25:10:00", nanoseconds(2019, 5, 11)),
        ("2019:05", None),
        ("yesterday", None),
    ],
)
def test_exif_dates_are_parsed(written: str, expected: int | None) -> None:
    assert info(exif={0x9003: written}).taken_ns == expected


def test_the_date_taken_precedes_the_date_of_the_file() -> None:
    tags, exif = {0x0132: "2022:02:02 00:00:00"}, {0x9004: "2021:01:01 00:00:00"}
    assert info(tags).taken_ns == nanoseconds(2022, 2, 2)
    assert info(tags, exif).taken_ns == nanoseconds(2021, 1, 1)
    exif[0x9003] = "2020:01:01 00:00:00"
    assert info(tags, exif).taken_ns == nanoseconds(2020, 1, 1)


@pytest.mark.parametrize(
    ("maker", "model", "camera"),
    [
        ("NIKON CORPORATION", "NIKON D750", "Nikon D750"),
        ("LG Electronics", "LG-H815", "LG-H815"),
        ("Canon", "Canon EOS 5D Mark III", "Canon EOS 5D Mark III"),
        ("SONY", "ILCE-7M3", "SONY ILCE-7M3"),
        ("OLYMPUS IMAGING CORP.  ", "E-M10", "Olympus E-M10"),
        ("EASTMAN KODAK COMPANY", "DC290", "Eastman Kodak DC290"),
        ("Apple", "iPhone 12", "Apple iPhone 12"),
        ("", "X100", "X100"),
        ("Acme", "", "Acme"),
        ("\x01\x02", " \n ", None),
        ('"Canon"', "Canon EOS 5D,", "Canon EOS 5D"),
        ("SAMSUNG", "<KENOX S630  / Samsung S630>", "Samsung KENOX S630 / Samsung S630"),
        ("HP\ufffd", "HP PhotoSmart C500 (V01.00)*", "HP PhotoSmart C500 (V01.00)"),
        ("samsung", "Galaxy S20+", "samsung Galaxy S20+"),
        ("?", "--", None),
    ],
)
def test_camera_names_are_joined(maker: str, model: str, camera: str | None) -> None:
    assert info({0x010F: maker, 0x0110: model}).camera == camera


def test_a_very_long_camera_name_is_truncated() -> None:
    camera = info({0x0110: "x" * 10_000}).camera
    assert camera is not None
    assert len(camera) == 80


def test_gps_references_give_coordinates_their_signs() -> None:
    gps = {1: "S", 2: (33.0, 51.0, 24.48), 3: "E", 4: (151.0, 12.0, 33.48)}
    position = info(gps=gps)
    assert position.latitude == pytest.approx(-33.8568, abs=1e-4)
    assert position.longitude == pytest.approx(151.2093, abs=1e-4)


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
        {1: "N", 2: (91.0, 0.0, 0.0), 3: "E", 4: (10.0, 0.0, 0.0)},
        {1: "N", 2: (10.0, 0.0, 0.0)},
        {1: "N", 2: 10.0},
    ],
)
def test_invalid_positions_are_none(gps: dict[int, Any]) -> None:
    assert (info(gps=gps).latitude, info(gps=gps).longitude) == (None, None)


def test_a_coordinate_may_be_one_number_or_lack_its_seconds() -> None:
    one_number = info(gps={1: "S", 2: (38.023,), 3: "E", 4: (145.5,)})
    assert one_number.latitude == pytest.approx(-38.023)
    no_seconds = Image.Exif()
    no_seconds.get_ifd(GPS).update(
        {1: "S", 2: (38.0, 1.0, float("nan")), 3: "E", 4: (145.0, 30.0, float("nan"))}
    )
    position = read_info(no_seconds, (4, 3), "JPEG")
    assert (position.latitude, position.longitude) == pytest.approx((-38.016667, 145.5))


@pytest.mark.parametrize("degrees", [(float("nan"), 1.0, 0.0), "", b"x", (), ("a",), (-1.0,)])
def test_coordinates_of_wrong_types_are_none(degrees: Any) -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: "N", 2: degrees, 3: "E", 4: (10.0,)})
    assert read_info(exif, (4, 3), "JPEG").latitude is None


def test_a_single_rational_is_a_coordinate() -> None:
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: "S", 2: 38.023, 3: "W", 4: 10.5})
    position = read_info(exif, (4, 3), "JPEG")
    assert (position.latitude, position.longitude) == pytest.approx((-38.023, -10.5))


def xmp(attributes: str = "", body: str = "") -> bytes:
    """Return an XMP packet whose description has these attributes and elements."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:e="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f"{attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def iptc(**values: str) -> bytes:
    """Return IPTC datasets of record 2, named ``d55`` and so on."""
    return b"".join(
        bytes([0x1C, 2, int(name[1:])]) + len(value).to_bytes(2, "big") + value.encode()
        for name, value in values.items()
    )


def decoded(path: Path) -> PictureInfo:
    return decode_file(path, DecodeRequest(8, 8, cover=True), lambda _: None).info


def test_xmp_properties_are_read_as_attributes_elements_and_lists() -> None:
    attribute = xmp('e:DateTimeOriginal="2017-03-04T05:06:07.5+09:00"')
    element = xmp(body="<e:DateTimeOriginal>2017-03-04</e:DateTimeOriginal>")
    listed = xmp(
        body="<tiff:Make><rdf:Alt><rdf:li>Acme</rdf:li><rdf:li>B</rdf:li></rdf:Alt></tiff:Make>"
    )
    assert read_xmp(attribute) == {"exif:DateTimeOriginal": "2017-03-04T05:06:07.5+09:00"}
    assert read_xmp(element.decode()) == {"exif:DateTimeOriginal": "2017-03-04"}
    assert read_xmp(listed) == {"tiff:Make": "Acme"}
    assert read_xmp(attribute + b"\0" * 9) == read_xmp(attribute)


def test_a_damaged_packet_is_read_up_to_the_damage() -> None:
    packet = xmp('xmp:CreateDate="2017-03-04"', "<e:a></e:b>")
    assert read_xmp(packet) == {"xmp:CreateDate": "2017-03-04"}
    endless = xmp('xmp:CreateDate="2017-03-04"', "<e:a>" * 1_000_000)
    assert read_xmp(endless) == {"xmp:CreateDate": "2017-03-04"}


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + xmp(
        body="<xmp:CreateDate>&b;</xmp:CreateDate>"
    )
    assert read_xmp(bomb) == {}


@given(st.binary(max_size=400))
def test_xmp_of_any_bytes_is_never_an_error(data: bytes) -> None:
    assert isinstance(read_xmp(xmp()[:250] + data), dict)


def test_the_date_of_the_shot_is_also_read_from_the_main_directory() -> None:
    tags = {0x9003: "2011:11:04 10:00:00", 0x0132: "2020:01:01 00:00:00"}
    assert info(tags).taken_ns == nanoseconds(2011, 11, 4, 10)


def test_the_most_trusted_date_is_used() -> None:
    exif = Image.Exif()
    blocks: dict[str, Any] = {"Creation Time": "Sun, 4 Mar 2018 05:06:07 GMT"}
    expected: list[tuple[int, ...]] = [(2018, 3, 4, 5, 6, 7)]
    exif[0x0132] = "2017:01:01 00:00:00"
    expected += [(2017, 1, 1)]
    packet = xmp('xmp:CreateDate="2016-01-01"')
    expected += [(2016, 1, 1)]
    datasets = iptc(d55="20150102", d60="030405+0100")
    expected += [(2015, 1, 2, 3, 4, 5)]
    original = xmp('xmp:CreateDate="2016-01-01" photoshop:DateCreated="2014-01-01T10:00"')
    expected += [(2014, 1, 1, 10)]
    steps = [
        read_info(Image.Exif(), (4, 3), "PNG", blocks),
        read_info(exif, (4, 3), "PNG", blocks),
        read_info(exif, (4, 3), "PNG", {**blocks, "xmp": packet}),
        read_info(exif, (4, 3), "PNG", {**blocks, "xmp": packet, "iptc": datasets}),
        read_info(exif, (4, 3), "PNG", {**blocks, "xmp": original, "iptc": datasets}),
    ]
    assert [step.taken_ns for step in steps] == [nanoseconds(*when) for when in expected]


def test_position_and_camera_may_be_only_in_xmp() -> None:
    packet = xmp(
        'e:GPSLatitude="38,1.38S" e:GPSLongitude="145,30,0E" tiff:Make="Acme" tiff:Model="One"'
    )
    facts = read_info(Image.Exif(), (4, 3), "JPEG", {"xmp": packet})
    assert (facts.latitude, facts.longitude) == pytest.approx((-38.023, 145.5))
    assert facts.camera == "Acme One"
    assert (
        read_info(Image.Exif(), (4, 3), "JPEG", {"xmp": xmp('e:GPSLatitude="x"')}).latitude is None
    )


def photoshop_file(*resources: tuple[int, bytes]) -> bytes:
    """Return a PSD of one grey pixel with image resources."""
    parts = b"".join(
        b"8BIM"
        + number.to_bytes(2, "big")
        + b"\0\0"
        + len(data).to_bytes(4, "big")
        + data
        + b"\0" * (len(data) % 2)
        for number, data in resources
    )
    header = b"8BPS" + bytes([0, 1]) + bytes(6) + bytes([0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 8, 0, 1])
    return header + bytes(4) + len(parts).to_bytes(4, "big") + parts + bytes(4) + bytes(2) + b"\x80"


def exif_block() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(EXIF)[0x9003] = "2013:01:01 00:00:00"
    return exif.tobytes()


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (1058, exif_block()),
        (1060, xmp('photoshop:DateCreated="2013-01-01"')),
        (1028, iptc(d55="20130101")),
    ],
)
def test_metadata_of_photoshop_files_is_read(tmp_path: Path, number: int, data: bytes) -> None:
    (tmp_path / "a.psd").write_bytes(photoshop_file((number, data)))
    assert decoded(tmp_path / "a.psd").taken_ns == nanoseconds(2013, 1, 1)


@pytest.mark.parametrize(
    ("uuid", "data"),
    [
        (b"JpgTiffExif->JP2", exif_block().removeprefix(b"Exif\0\0")),
        (
            bytes.fromhex("be7acfcb97a942e89c71999491e3afac"),
            xmp('photoshop:DateCreated="2013-01-01"'),
        ),
    ],
)
def test_metadata_of_jpeg_2000_boxes_is_read(tmp_path: Path, uuid: bytes, data: bytes) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.jp2")
    box = (24 + len(data)).to_bytes(4, "big") + b"uuid" + uuid + data
    plain = (tmp_path / "a.jp2").read_bytes()
    start = plain.index(b"jp2c") - 4
    (tmp_path / "a.jp2").write_bytes(plain[:start] + box + plain[start:])
    assert decoded(tmp_path / "a.jp2").taken_ns == nanoseconds(2013, 1, 1)


def test_dates_of_every_source_through_real_files(tmp_path: Path) -> None:
    image = Image.new("RGB", (40, 30))
    packet = xmp('photoshop:DateCreated="2013-01-01"')
    image.save(tmp_path / "xmp.jpg", xmp=packet)
    image.save(tmp_path / "xmp.webp", xmp=packet)
    image.save(tmp_path / "xmp.avif", xmp=packet)
    image.save(tmp_path / "xmp.tif", tiffinfo={700: packet})
    image.save(tmp_path / "iptc.tif", tiffinfo={33723: iptc(d55="20130101")})
    png = PngImagePlugin.PngInfo()
    png.add_itxt("XML:com.adobe.xmp", packet.decode())
    image.save(tmp_path / "xmp.png", pnginfo=png)
    png = PngImagePlugin.PngInfo()
    png.add_text("Creation Time", "Tue, 1 Jan 2013 00:00:00 +0000")
    image.save(tmp_path / "text.png", pnginfo=png)
    image.save(tmp_path / "plain.jpg")
    jpeg, block = (tmp_path / "plain.jpg").read_bytes(), iptc(d55="20130101")
    resource = (
        b"8BIM\x04\x04\0\0" + len(block).to_bytes(4, "big") + block + b"\0" * (len(block) % 2)
    )
    segment = b"Photoshop 3.0\0" + resource
    marker = b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment
    (tmp_path / "plain.jpg").unlink()
    (tmp_path / "iptc.jpg").write_bytes(jpeg[:2] + marker + jpeg[2:])
    dates = {path.name: decoded(path).taken_ns for path in sorted(tmp_path.iterdir())}
    assert dates == dict.fromkeys(dates, nanoseconds(2013, 1, 1))
    assert len(dates) == 8


@pytest.mark.parametrize("value", [0, 9, 65535, "6", None])
def test_an_invalid_orientation_is_upright(value: Any) -> None:
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
