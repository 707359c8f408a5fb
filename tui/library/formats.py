"""Which files are pictures: their suffixes, and how a format is told from its first bytes.

A suffix only says which files a scan looks at. How a file is read is decided by its bytes, since
suffixes lie: a PNG named ``.jpg`` is read as the PNG that it is. The one exception is camera raw,
most kinds of which are TIFF files by their bytes and differ by suffix alone.

Signatures: the formats' own specifications, and ISO/IEC 14496-12 for the ``ftyp`` brands.
"""

from __future__ import annotations

from tui.domain import DecodeError

HEADER_BYTES = 32
"""How many of a file's first bytes ``sniff`` wants."""

RAW = "RAW"
RAW_SUFFIXES = frozenset({"arw", "cr2", "cr3", "dng", "nef", "orf", "raf"})

SUFFIXES = RAW_SUFFIXES | {
    *("jpg", "jpeg", "jpe", "jfif", "mpo"),
    *("png", "apng", "gif", "webp", "bmp", "dib", "tif", "tiff", "psd"),
    *("pbm", "pgm", "ppm", "pnm", "pfm"),
    *("jp2", "j2k", "jpc", "jpf", "jpx", "j2c"),
    *("avif", "avifs", "heic", "heif", "heics", "hif", "jxl"),
}
"""Suffixes in lower case without the dot; a scan yields the files that have one of them."""

_TIFF_MAGICS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_RAW_MAGICS = (b"IIRO", b"IIRS", b"MMOR", b"FUJIFILMCCD-RAW")

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
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1"), "HEIF"),
    **dict.fromkeys((b"msf1", b"heif"), "HEIF"),
}

_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "It is a PDF document; export its pages as pictures to find them."),
    (b"%!PS", "It is a PostScript drawing; Ghostscript can turn it into a PNG."),
    (b"<svg", "It is an SVG drawing; the package cairosvg can turn it into a PNG."),
    (b"<?xml", "It is XML, not a picture; if it is an SVG drawing, cairosvg makes a PNG of it."),
    (b"v/1\x01", "It is an OpenEXR picture; the package OpenEXR can turn it into a TIFF."),
    (b"#?RADIANCE", "It is a Radiance HDR picture; the package imageio can turn it into a TIFF."),
    (b"SIMPLE  =", "It is a FITS picture; the package astropy can turn it into a TIFF."),
    (b"II\xbc\x01", "It is a JPEG XR picture; the package imagecodecs can turn it into a PNG."),
    (b"\x1aE\xdf\xa3", "It is a video, not a picture; ffmpeg can take pictures from it."),
)


def sniff(header: bytes, suffix: str) -> str:
    """Return Pillow's name of the format, or ``"RAW"``.

    Args:
        header: the first ``HEADER_BYTES`` of the file, fewer where it is shorter.
        suffix: the name's suffix, in lower case without the dot.

    Raises:
        DecodeError: the file is empty, or is nothing that we read; where a package could turn
            it into a picture, the sentence names it.
    """
    if not header:
        raise DecodeError("The file is empty.")
    if header[:4] == b"RIFF" and header[8:12] == b"WEBP":
        return "WEBP"
    if header[4:8] == b"ftyp":
        return _from_brand(header)
    for magic, name in _MAGICS:
        if header.startswith(magic):
            return RAW if name == "TIFF" and suffix in RAW_SUFFIXES else name
    for magic, reason in _OTHERS:
        if header.startswith(magic):
            raise DecodeError(reason)
    if _looks_like_text(header):
        raise DecodeError("It is a text file, not a picture.")
    raise DecodeError("It is not a picture in a format that photoseek reads.")


def _from_brand(header: bytes) -> str:
    # The major brand first, then the compatible ones that the header holds.
    for start in (8, *range(16, len(header) - 3, 4)):
        name = _BRANDS.get(header[start : start + 4])
        if name is not None and not (name == "HEIF" and b"avif" in header):
            return name
    if b"avif" in header:
        return "AVIF"
    raise DecodeError("It is a video, not a picture; ffmpeg can take pictures from it.")


def _looks_like_text(header: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\n\r\f" for byte in header)
