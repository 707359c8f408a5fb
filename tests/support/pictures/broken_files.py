"""Hostile and damaged files for decoders, with valid ones among them; always the same.

Nothing here exploits anything: files are broken in these ways by disks, by truncated copies, and by
people who try how a program handles invalid data.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from tests.support.pictures.odd_images import (
    chunk,
    dng,
    icc_cmyk,
    icc_rgb,
    png,
    png_bomb,
    psd,
    save_bytes,
    scene,
    to_heic,
)

_PLACES = (0.0, 0.02, 0.3, 0.6, 0.9, 0.999)


class Corpus(NamedTuple):
    """Folders of files: ``good`` ones can be read, ``bad`` ones may be anything."""

    good: list[Path]
    bad: list[Path]


def write_corpus(folder: Path, seed: int = 1) -> Corpus:
    """Write some 350 broken files and the good ones from which most of them were made."""
    chance = random.Random(seed)
    whole = _whole_files(folder)
    good = [save_bytes(folder / "good" / name, data) for name, data in whole.items()]
    bad = {
        **_cut_off(whole),
        **_flipped(whole, chance),
        **_spliced(whole, chance),
        **_not_pictures(whole),
        **_bombs(),
        **_lying_profiles(),
        **_lying_exif(),
        **_slow(),
    }
    return Corpus(good, [save_bytes(folder / "bad" / name, data) for name, data in bad.items()])


def _whole_files(folder: Path) -> dict[str, bytes]:
    import pillow_jxl  # noqa: F401 (registers itself)

    image = scene(160, 120)
    kinds = ("jpg", "png", "gif", "webp", "bmp", "tif", "ppm", "jp2", "avif", "jxl")
    files = {f"a.{kind}": _saved(image, kind) for kind in kinds}
    files["progressive.jpg"] = _saved(image, "jpg", progressive=True)
    files["inks.jpg"] = _saved(image.convert("CMYK"), "jpg", icc_profile=icc_cmyk())
    files["zip.tif"] = _saved(image, "tif", compression="tiff_adobe_deflate")
    files["a.psd"] = psd(image)
    files["preview.dng"] = dng(scene(320, 240), preview=image)
    files["sensor.dng"] = dng(scene(320, 240), preview=None)
    source = save_bytes(folder / "source" / "a.png", files["a.png"])
    files["a.heic"] = to_heic(source)[0].read_bytes()
    for path in (folder / "source").iterdir():
        path.unlink()
    return files


def _saved(image: Image.Image, suffix: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, Image.registered_extensions()[f".{suffix}"], **options)
    return stream.getvalue()


def _cut_off(whole: dict[str, bytes]) -> dict[str, bytes]:
    return {
        f"cut {offset} {name}": data[: int(len(data) * offset)]
        for name, data in whole.items()
        for offset in _PLACES
    }


def _flipped(whole: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    files = {}
    for name, data in whole.items():
        for number in range(8):
            broken = bytearray(data)
            reach = 400 if number % 2 else len(broken)  # The header breaks more than the pixels.
            for _ in range(1 << number):
                broken[chance.randrange(min(reach, len(broken)))] ^= 1 << chance.randrange(8)
            files[f"flip {number} {name}"] = bytes(broken)
    return files


def _spliced(whole: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """Return the beginning of one file followed by the end of another."""
    names = list(whole)
    files = {}
    for name in names:
        other = whole[chance.choice(names)]
        files[f"splice {name}"] = whole[name][: len(whole[name]) // 2] + other[len(other) // 2 :]
    return files


def _not_pictures(whole: dict[str, bytes]) -> dict[str, bytes]:
    texts = {
        "text.jpg": b"This is not a picture.\n" * 50,
        "page.png": b"<!DOCTYPE html><html><body>404</body></html>",
        "drawing.jpg": b"<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>",
        "document.tif": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        "archive.jpg": b"PK\x03\x04" + b"\0" * 200,
        "program.png": b"\x7fELF\x02\x01\x01" + b"\0" * 200,
        "film.heic": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + b"\0" * 200,
        "zeros.jpg": b"\0" * 4096,
        "ones.png": b"\xff" * 4096,
        "noise.webp": random.Random(3).randbytes(4096),
        "attributes.jpg": b"\0\x05\x16\x07\0\x02\0\0Mac OS X        " + b"\0" * 200,
        "empty.jpg": b"",
    }
    headers = {
        f"header {name}": data[:12] + random.Random(4).randbytes(2000)
        for name, data in whole.items()
    }
    return texts | headers


def _bombs() -> dict[str, bytes]:
    huge = 65_500
    jpeg = bytearray(_saved(Image.new("RGB", (16, 16)), "jpg"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = struct.pack(">HH", huge, huge)
    gif = bytearray(_saved(Image.new("P", (4, 4)), "gif"))
    gif[6:10] = struct.pack("<HH", 65_535, 65_535)
    tall = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 2**31 - 1, 8, 2, 0, 0, 0))
    bmp = bytearray(_saved(Image.new("RGB", (4, 4)), "bmp"))
    bmp[18:26] = struct.pack("<ii", 2**30, 2**30)
    photoshop = bytearray(psd(Image.new("RGB", (4, 4))))
    photoshop[14:22] = struct.pack(">II", 300_000, 300_000)
    text = zlib.compress(b"\0" * (80 << 20))
    return {
        "bomb 1.png": png_bomb(40_000, 40_000),
        "bomb 2.png": png_bomb(17_000, 17_000),
        "bomb 3.png": b"\x89PNG\r\n\x1a\n" + tall + chunk(b"IDAT", zlib.compress(b"\0" * 99)),
        "bomb 4.jpg": bytes(jpeg),
        "bomb 5.gif": bytes(gif),
        "bomb 6.bmp": bytes(bmp),
        "bomb 7.psd": bytes(photoshop),
        "bomb 8.ppm": b"P6\n99999999 99999999\n255\n" + b"\0" * 300,
        "bomb 9.pgm": b"P2\n12000 12000\n255\n" + b"7 " * 3000,
        "bomb 10.png": png(
            np.zeros((4, 4, 3), np.uint8), colour_type=2, extra=chunk(b"zTXt", b"k\0\0" + text)
        ),
        "bomb 11.png": png(
            np.zeros((4, 4, 3), np.uint8), colour_type=2, extra=chunk(b"iCCP", b"k\0\0" + text)
        ),
        "bomb 12.tif": _tiff([(256, 4, 1, 2**31 - 1), (257, 4, 1, 2**31 - 1), (273, 4, 1, 8)]),
    }


def _lying_profiles() -> dict[str, bytes]:
    honest = icc_rgb(((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)), 2.0)
    many_tags = honest[:128] + b"\xff\xff\xff\xff" + honest[132:]
    far_away = bytearray(honest)
    for entry in range(struct.unpack(">I", honest[128:132])[0]):
        far_away[136 + 12 * entry : 140 + 12 * entry] = b"\xff\xff\xff\xf0"
    nested = honest[:132] + honest[:128] * 3
    long_curve = honest.replace(b"curv\0\0\0\0\0\0\0\x01", b"curv\0\0\0\0\x7f\xff\xff\xff")
    lies = {
        "tags": many_tags,
        "offsets": bytes(far_away),
        "nested": nested,
        "curve": long_curve,
        "inks": icc_cmyk(),
        "noise": random.Random(5).randbytes(3000),
        "long": honest + b"\0" * (6 << 20),
        "cut": honest[:200],
    }
    files = {}
    for name, profile in lies.items():
        for suffix in ("jpg", "png", "tif", "webp"):
            if len(profile) < 1 << 20 or suffix != "jpg":  # A JPEG's profile is split into pieces.
                data = _saved(scene(), suffix, icc_profile=profile)
                files[f"profile {name}.{suffix}"] = data
    return files


def _lying_exif() -> dict[str, bytes]:
    loop = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    lies = {
        "loop": loop,
        "count": b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x0132, 2, 2**32 - 1, 8),
        "entries": b"MM\0*\0\0\0\x08\xff\xff" + b"\x01" * 400,
        "turn": b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x0112, 3, 1, 99, 0) + b"\0" * 4,
        "place": b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8825, 4, 1, 2**31) + b"\0" * 4,
        "far": b"II*\0\xff\xff\xff\xff",
        "noise": random.Random(6).randbytes(500),
    }
    files = {}
    for name, exif in lies.items():
        for suffix in ("jpg", "png", "webp"):
            files[f"exif {name}.{suffix}"] = _saved(scene(), suffix, exif=b"Exif\0\0" + exif)
        files[f"exif {name}.tif"] = exif + _saved(scene(), "tif")
    return files


def _slow() -> dict[str, bytes]:
    frames = [Image.new("P", (8, 8), n % 200) for n in range(1500)]
    film = _saved(frames[0], "gif", save_all=True, append_images=frames[1:], duration=20)
    page = _tiff([(256, 4, 1, 8), (257, 4, 1, 8), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8)])
    looped = page[:-4] + struct.pack("<I", 8)  # The next page of this page is the page itself.
    animation = chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    return {
        "scans.jpg": many_scans(400),
        "film.gif": film,
        "pages.tif": looped,
        "frames.png": png(np.zeros((8, 8, 3), np.uint8), colour_type=2, extra=animation),
    }


def many_scans(count: int, size: tuple[int, int] = (400, 300)) -> bytes:
    """Return a progressive JPEG whose last scan is repeated many times."""
    data = _saved(scene(*size), "jpg", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def _tiff(entries: list[tuple[int, int, int, int]]) -> bytes:
    """Return a TIFF of one directory with these entries; their data is missing."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + b"\0" * 4
