"""Pictures that Pillow can't write, made from specifications: profiles, raw files, many bits."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

P3_LIKE = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
WIDE = ((0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))


def scene(width: int = 96, height: int = 72) -> Image.Image:
    """Return a picture with many colours, soft edges and no symmetry."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / width
    green = 127 + 110 * np.sin(y / height * 5)
    blue = np.where((x - width / 3) ** 2 + (y - height / 4) ** 2 < (height / 5) ** 2, 230, 60)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8), "RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of two RGB pictures, in levels of 255."""
    assert one.mode == other.mode == "RGB"
    assert one.size == other.size
    return float(np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).mean())


# --- ICC profiles (ICC.1:2001-04) -----------------------------------------------------------------


def _icc(space: bytes, tags: dict[bytes, bytes], connection: bytes) -> bytes:
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += name + struct.pack(">II", start + len(data), len(value))
        data += value + b"\0" * (-len(value) % 4)
    size = 128 + len(table) + len(data)
    header = struct.pack(">I4xI", size, 0x02100000) + b"prtr"[:4] + space + connection
    header += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28
    header += struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + table + data


def _xyz(x: float, y: float, z: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (x, y, z)))


def _described(text: bytes) -> bytes:
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" * 79


def icc_rgb(primaries: tuple[tuple[float, float], ...], gamma: float) -> bytes:
    """Return a display profile: chromaticities of the three primaries (D50 white) and one gamma."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in primaries]).T
    columns = columns * np.linalg.solve(columns, np.array([0.9642, 1.0, 0.8249]))
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    tags = {b"desc": _described(b"test display"), b"wtpt": _xyz(0.9642, 1.0, 0.8249)}
    for name, column in zip((b"r", b"g", b"b"), columns.T, strict=True):
        tags[name + b"XYZ"] = _xyz(*column)
        tags[name + b"TRC"] = curve
    return _icc(b"RGB ", tags, b"XYZ ")


def icc_grey(gamma: float) -> bytes:
    """Return a grey profile with one gamma."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))
    tags = {b"desc": _described(b"test grey"), b"wtpt": _xyz(0.9642, 1.0, 0.8249), b"kTRC": curve}
    return _icc(b"GRAY", tags, b"XYZ ")


def icc_cmyk() -> bytes:
    """Return a printer's profile, 5 steps an ink; inks subtract, as in ``muted_inks``."""
    steps = np.linspace(0, 1, 5)
    inks = np.stack(np.meshgrid(steps, steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 4)
    rgb = Image.fromarray(muted_inks(inks).reshape(-1, 1, 3))
    to_lab = ImageCms.buildTransform(
        ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
    )
    lab = np.asarray(to_lab.apply(rgb)).reshape(-1, 3).astype(int)
    lab[:, 1:] = (lab[:, 1:] + 128) % 256  # Pillow has signed a and b; in the table, 128 is added.
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + struct.pack(">4B", 4, 3, 5, 0)
    table += struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    table += ramp * 4 + lab.astype(np.uint8).tobytes() + ramp * 3
    tags = {b"desc": _described(b"test inks"), b"wtpt": _xyz(0.9642, 1, 0.8249), b"A2B0": table}
    return _icc(b"CMYK", tags, b"Lab ")


def muted_inks(inks: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return inks (0 to 1, last axis CMYK) in sRGB: muted, unlike the naive formula."""
    paper = 1 - 0.75 * inks[..., :3]
    return (255 * paper * (1 - 0.85 * inks[..., 3:])).astype(np.uint8)


# --- PNG (ISO/IEC 15948) --------------------------------------------------------------------------


def png(pixels: NDArray[Any], *, colour_type: int, extra: bytes = b"") -> bytes:
    """Return a PNG of 8 or 16 bits a sample; ``extra`` are chunks before the pixels."""
    height, width = pixels.shape[:2]
    bits = pixels.dtype.itemsize * 8
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_bomb(width: int, height: int) -> bytes:
    """Return a black PNG of any size in very few bytes."""
    packer = zlib.compressobj(9)
    row = b"\0" * (width // 8 + 2)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


# --- Photoshop (Adobe Photoshop File Formats Specification) ---------------------------------------


PSD_MODES = {"L": 1, "RGB": 3, "RGBA": 3, "CMYK": 4, "LAB": 9}


def psd(
    image: Image.Image, *, depth: int = 8, large: bool = False, how: int = 0, resources: bytes = b""
) -> bytes:
    """Return a Photoshop file without layers: its composite.

    ``depth`` is 8, 16 or 32 (linear light), ``large`` makes a PSB, ``how`` is the compression: 0
    none, 1 packed, 2 deflated, 3 deflated differences.
    """
    planes = np.asarray(image).reshape(image.height, image.width, -1).transpose(2, 0, 1)
    if image.mode == "CMYK":
        planes = 255 - planes
    count, mode = len(planes), PSD_MODES[image.mode]
    header = struct.pack(
        ">4sH6xHIIHH", b"8BPS", 2 if large else 1, count, image.height, image.width, depth, mode
    )
    samples = np.ascontiguousarray(planes)
    if depth == 16:
        samples = (planes.astype(np.uint16) * 257).astype(">u2")
    elif depth == 32:
        level = planes / 255.0
        curve = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
        samples = curve.astype(">f4")
    rows = np.ascontiguousarray(samples).view(np.uint8).reshape(count * image.height, -1)
    layers = b"\0" * (8 if large else 4)
    start = header + b"\0" * 4 + struct.pack(">I", len(resources)) + resources + layers
    return start + struct.pack(">H", how) + _psd_data(rows, depth, how, large=large)


def _psd_data(rows: NDArray[np.uint8], depth: int, how: int, *, large: bool) -> bytes:
    if how == 0:
        return rows.tobytes()
    if how == 1:  # Uncompressed runs of up to 128 bytes, which are a valid packing.
        packed = [_packed(row.tobytes()) for row in rows]
        lengths = struct.pack(f">{len(packed)}{'I' if large else 'H'}", *map(len, packed))
        return lengths + b"".join(packed)
    if how == 3:
        if depth == 16:
            wide = rows.view(">u2")
            rows = np.diff(wide, axis=1, prepend=wide[:, :1] * 0).astype(">u2").view(np.uint8)
        else:
            if depth == 32:
                rows = rows.reshape(len(rows), -1, 4).transpose(0, 2, 1).reshape(len(rows), -1)
            rows = np.diff(rows, axis=1, prepend=np.zeros((len(rows), 1), np.uint8))
    return zlib.compress(rows.tobytes())


def _packed(row: bytes) -> bytes:
    parts = (row[at : at + 128] for at in range(0, len(row), 128))
    return b"".join(bytes([len(part) - 1]) + part for part in parts)


# --- digital negative (DNG 1.4, TIFF 6.0) ---------------------------------------------------------

_SHORT, _LONG, _BYTE, _ASCII, _RATIONAL, _SRATIONAL = 3, 4, 1, 2, 5, 10
_SIZES = {_SHORT: 2, _LONG: 4, _BYTE: 1, _ASCII: 1, _RATIONAL: 8, _SRATIONAL: 8}
Tag = tuple[int, int, bytes]


def _short(number: int, *values: int) -> Tag:
    return number, _SHORT, struct.pack(f"<{len(values)}H", *values)


def _long(number: int, *values: int) -> Tag:
    return number, _LONG, struct.pack(f"<{len(values)}I", *values)


def _ifd(tags: list[Tag], at: int) -> bytes:
    entries, data = b"", b""
    after = at + 2 + 12 * len(tags) + 4
    for number, kind, value in sorted(tags):
        entries += struct.pack("<HHI", number, kind, len(value) // _SIZES[kind])
        if len(value) <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack("<I", after + len(data))
            data += value + b"\0" * (len(value) % 2)
    return struct.pack("<H", len(tags)) + entries + b"\0" * 4 + data


def dng(
    image: Image.Image,
    *,
    preview: Image.Image | None,
    turn: int = 1,
    preview_turn: int = 0,
    bitmap: bool = False,
) -> bytes:
    """Return a raw file whose sensor saw ``image`` through an RGGB mosaic.

    Its preview is a JPEG, or with ``bitmap`` plain RGB, or there is none.
    """
    linear = (np.asarray(image, dtype=np.float64) / 255) ** 2.2 * 16383
    mosaic = np.empty(linear.shape[:2], dtype="<u2")
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = linear[row::2, column::2, channel]
    sensor, jpeg = mosaic.tobytes(), io.BytesIO()
    if preview is not None:
        exif = Image.Exif()
        if preview_turn:
            exif[0x0112] = preview_turn
        preview.save(jpeg, "JPEG", quality=95, exif=exif)
        if bitmap:
            jpeg = io.BytesIO(preview.tobytes())
    body = sensor + jpeg.getvalue() + b"\0" * (len(jpeg.getvalue()) % 2)
    first = 8 + len(body)
    srgb = (3.2406, -1.5372, -0.4986, -0.9689, 1.8758, 0.0415, 0.0557, -0.2040, 1.0570)
    tags = [
        _long(254, 0), _long(256, image.width), _long(257, image.height), _short(258, 16),
        _short(259, 1), _short(262, 32803), (271, _ASCII, b"ACME CORPORATION\0"),
        (272, _ASCII, b"ACME X1\0"), _long(273, 8), _short(274, turn), _short(277, 1),
        _long(278, image.height), _long(279, len(sensor)), _short(33421, 2, 2),
        (33422, _BYTE, b"\0\1\1\2"), (50706, _BYTE, b"\1\4\0\0"), (50708, _ASCII, b"ACME X1\0"),
        (306, _ASCII, b"2021:05:06 07:08:09\0"), _long(50717, 16383),
        (50721, _SRATIONAL, b"".join(struct.pack("<ii", round(v * 10000), 10000) for v in srgb)),
        (50728, _RATIONAL, struct.pack("<6I", 1, 1, 1, 1, 1, 1)), _short(50778, 21),
    ]  # fmt: skip
    if preview is not None:
        entry = [
            _long(254, 1), _long(256, preview.width), _long(257, preview.height),
            _short(258, 8, 8, 8), _short(259, 1 if bitmap else 7), _short(262, 2 if bitmap else 6),
            _long(273, 8 + len(sensor)),
            _short(277, 3), _long(278, preview.height), _long(279, len(jpeg.getvalue())),
        ]  # fmt: skip
        length = len(_ifd([*tags, _long(330, 0)], first))
        tags.append(_long(330, first + length))
        ifds = _ifd(tags, first) + _ifd(entry, first + length)
    else:
        ifds = _ifd(tags, first)
    return b"II*\0" + struct.pack("<I", first) + body + ifds


_TO_HEIC = """
import pathlib, sys, PIL.Image, pillow_heif
pillow_heif.register_heif_opener()
for path in map(pathlib.Path, sys.argv[1:]):
    image = PIL.Image.open(path)
    image.load()
    image.save(path.with_suffix(".heic"), exif=image.info.get("exif"), quality=95)
"""


def to_heic(*paths: Path) -> list[Path]:
    """Write HEIC files beside pictures, in a process of its own.

    Once usearch is loaded, the encoder (not the decoder) does not start in that process.
    """
    subprocess.run([sys.executable, "-c", _TO_HEIC, *map(str, paths)], check=True)
    return [path.with_suffix(".heic") for path in paths]


def save_bytes(path: Path, data: bytes) -> Path:
    """Write a file and its parent folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path
