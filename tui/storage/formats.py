"""The formats of pictures: their suffixes and their first bytes.

The suffix decides which files a scan includes; the bytes decide how a file is read, since suffixes
may be wrong: a PNG named ``.jpg`` is read as a PNG. The one exception is camera raw, most kinds of
which are TIFF files by their bytes and differ only by suffix.

Signatures: the formats' own specifications; ISO/IEC 14496-12 for ``ftyp``, whose picture brands are
in ISO/IEC 23008-12 (HEIF; the version after ``mif3`` names its coding), 23000-22.
"""

from __future__ import annotations

from typing import NamedTuple

from tui.core.errors import DecodeError

HEADER_BYTES = 64
"""Number of leading bytes of a file that ``sniff`` needs."""

RAW = "RAW"


class Format(NamedTuple):
    """A row of the table of formats: its name, and its suffixes in lower case without the dot."""

    title: str
    suffixes: tuple[str, ...]
    raw: bool = False


FORMATS: tuple[Format, ...] = (
    Format("JPEG", ("jpg", "jpeg", "jpe", "jfif", "mpo")),
    Format("PNG", ("png", "apng")),
    Format("GIF", ("gif",)),
    Format("WebP", ("webp",)),
    Format("HEIC", ("heic", "heif", "heics", "hif")),
    Format("AVIF", ("avif", "avifs")),
    Format("JPEG XL", ("jxl",)),
    Format("JPEG 2000", ("jp2", "j2k", "jpc", "jpf", "jpx", "j2c")),
    Format("TIFF", ("tif", "tiff")),
    Format("BMP", ("bmp", "dib")),
    Format("PPM", ("pbm", "pgm", "ppm", "pnm", "pfm")),
    Format("Photoshop", ("psd", "psb")),
    Format("Adobe raw", ("dng",), raw=True),
    Format("Canon raw", ("cr2", "cr3", "crw"), raw=True),
    Format("Epson raw", ("erf",), raw=True),
    Format("Fujifilm raw", ("raf",), raw=True),
    Format("Hasselblad raw", ("3fr", "fff"), raw=True),
    Format("Kodak raw", ("dcr", "kdc", "dcs", "k25"), raw=True),
    Format("Leaf raw", ("mos",), raw=True),
    Format("Leica raw", ("rwl",), raw=True),
    Format("Mamiya raw", ("mef",), raw=True),
    Format("Minolta raw", ("mrw",), raw=True),
    Format("Nikon raw", ("nef", "nrw"), raw=True),
    Format("Olympus raw", ("orf",), raw=True),
    Format("Panasonic raw", ("rw2",), raw=True),
    Format("Pentax raw", ("pef",), raw=True),
    Format("Phase One raw", ("iiq",), raw=True),
    Format("Samsung raw", ("srw",), raw=True),
    Format("Sigma raw", ("x3f",), raw=True),
    Format("Sony raw", ("arw", "sr2", "srf"), raw=True),
)
"""The formats that a scan includes, as `photoseek help formats` lists them.

LibRaw's list of raw suffixes has some more. Most of them are rare or also mean something else, such
as ``raw``.
"""

RAW_SUFFIXES = frozenset(suffix for row in FORMATS if row.raw for suffix in row.suffixes)

SUFFIXES = frozenset(suffix for row in FORMATS for suffix in row.suffixes)
"""Suffixes in lower case without the dot; a scan yields the files that have one of them."""

_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RAW_MAGICS = (
    *(b"IIRO", b"IIRS", b"MMOR"),  # Olympus
    b"FUJIFILMCCD-RAW",
    b"IIU\0",  # Panasonic and Leica
    b"II\x1a\0\0\0HEAPCCDR",  # Canon's CRW
    b"\0MRM",  # Minolta
    b"FOVb",  # Sigma
)
_DEEP, _LAB = (b"\0\x10", b"\0\x20"), b"\0\x09"
_DIB_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"8BPS", "PSD"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\xff\x0a", "JXL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JXL"),
    *((magic, "TIFF") for magic in _TIFF_MAGICS),
    *((magic, RAW) for magic in _RAW_MAGICS),
    *((b"P" + kind, "PPM") for kind in (b"1", b"2", b"3", b"4", b"5", b"6", b"f")),
    (b"BM", "BMP"),
)

_BRANDS: dict[bytes, str] = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"crx ": RAW,
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "HEIF"),
    **dict.fromkeys((b"hevm", b"hevs", b"heif", b"miaf", b"1pic"), "HEIF"),
    **dict.fromkeys((b"mif1", b"mif2", b"mif3", b"msf1"), "HEIF"),
    **dict.fromkeys((b"avci", b"avcs", b"vvic", b"vvis", b"evbi", b"evmi"), "HEIF"),
    **dict.fromkeys((b"jpeg", b"jpgs", b"j2ki", b"j2is", b"unif"), "HEIF"),
}

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "It is a PDF document; export its pages as pictures to index them."),
    (b"%!PS", "It is a PostScript drawing; convert it to PNG with Ghostscript."),
    (b"<svg", "It is an SVG drawing; convert it to PNG, for example with cairosvg."),
    (b"<?xml", "It is XML, not a picture; convert an SVG drawing with cairosvg."),
    (b"v/1\x01", "It is an OpenEXR picture; convert it to TIFF with the package OpenEXR."),
    (b"#?RADIANCE", "It is a Radiance HDR picture; convert it to TIFF with the package imageio."),
    (b"SIMPLE  =", "It is a FITS picture; convert it to TIFF with the package astropy."),
    (b"II\xbc\x01", "It is a JPEG XR picture; convert it to PNG with the package imagecodecs."),
    (b"\x1aE\xdf\xa3", "It is a video, not a picture; ffmpeg can take pictures from it."),
)


def sniff(header: bytes, suffix: str) -> str:
    """Return Pillow's name of the format, ``"RAW"``, or ``"PSB"`` if ``photoshop`` reads it.

    Args:
        header: the first ``HEADER_BYTES`` of the file, or all of a shorter file.
        suffix: the name's suffix, in lower case without the dot.

    Raises:
        DecodeError: the file is empty or not supported; if a package can convert it, the
            sentence names it.
    """
    if not header:
        raise DecodeError("The file is empty.")
    if header[:4] == b"RIFF" and header[8:12] == b"WEBP":
        return "WEBP"
    if header[4:8] == b"ftyp":
        return _from_brand(header)
    for magic, name in _MAGICS:
        if header.startswith(magic):
            return _variant(name, header, suffix)
    reason = _what_else(header)
    if reason is not None:
        raise DecodeError(reason)
    if _is_bare_bitmap(header):
        return "DIB"
    if suffix in RAW_SUFFIXES and any(header):
        return RAW  # LibRaw recognizes old kinds by the whole file.
    raise DecodeError("It is not a picture in a supported format.")


def _variant(name: str, header: bytes, suffix: str) -> str:
    if name == "TIFF" and suffix in RAW_SUFFIXES:
        return RAW
    version, depth, mode = header[4:6], header[22:24], header[24:26]
    if name == "PSD" and (version == b"\0\2" or depth in _DEEP or mode == _LAB):
        return "PSB"
    return name


def _what_else(header: bytes) -> str | None:
    """Return a sentence on an unsupported file, None if its kind is unknown."""
    for magic, reason in _OTHERS:
        if header.startswith(magic):
            return reason
    return "It is a text file, not a picture." if _looks_like_text(header) else None


def _from_brand(header: bytes) -> str:
    # The major brand first, then the compatible ones in the header.
    for start in (8, *range(16, len(header) - 3, 4)):
        name = _BRANDS.get(header[start : start + 4])
        if name is not None and not (name == "HEIF" and b"avif" in header):
            return name
    if b"avif" in header:
        return "AVIF"
    raise DecodeError("It is a video, not a picture; ffmpeg can take pictures from it.")


def _is_bare_bitmap(header: bytes) -> bool:
    """Whether it is a Windows bitmap without a file header: its length, size, planes and depth."""
    length = int.from_bytes(header[:4], "little")
    planes = header[8:12] if length == 12 else header[12:16]
    depths = tuple(b"\1\0" + bytes([depth, 0]) for depth in (1, 4, 8, 16, 24, 32))
    return length in _DIB_HEADERS and planes in depths


def _looks_like_text(header: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in header)
