"""Photoshop files that Pillow does not read: PSB, 16 and 32 bits a channel, Lab.

Like Pillow, it reads the merged picture at the end of the file. Importing this module makes Pillow
open such files as the format ``PSB``.

Adobe Photoshop File Formats Specification: "File Header Section" to "Image Data Section". Samples
of 32 bits are linear light, which sRGB's curve (IEC 61966-2-1) brings to 8 bits.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFile

from tui.core.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from numpy.typing import NDArray

    Plane = NDArray[np.uint8]

FORMAT = "PSB"

_HEADER = struct.Struct(">4sH6xHIIHH")
_MODES = {1: "L", 2: "P", 3: "RGB", 4: "CMYK", 7: "L", 8: "L", 9: "LAB"}
_DEPTHS = (8, 16, 32)
_ICC_PROFILE, _VERSION_INFO = 1039, 1057
_RAW, _PACKED, _ZIPPED, _PREDICTED = range(4)


class PhotoshopFile(ImageFile.ImageFile):
    """A Photoshop file of any size and depth."""

    format = "PSD"
    format_description = "Adobe Photoshop, large or deep"

    def _open(self) -> None:
        assert self.fp is not None
        magic, version, channels, height, width, depth, mode = _HEADER.unpack(
            self.fp.read(_HEADER.size)
        )
        if magic != b"8BPS" or version not in (1, 2) or depth not in _DEPTHS:
            raise SyntaxError("unknown kind of Photoshop file")
        name = _MODES[mode]
        if name == "RGB" and channels == 4:
            name = "RGBA"
        if channels < len(name):
            raise SyntaxError("not enough channels")
        self._mode, self._size = name, (width, height)
        self._depth, self._large, self._channels = depth, version == 2, channels
        colours = self._block(4)
        if name == "P":
            self._palette = np.frombuffer(colours[:768], np.uint8).reshape(3, 256).T.tobytes()
            self._mode = "RGB"
        self.resources = list(_resources(self._block(4)))
        for number, _, data in self.resources:
            if number == _ICC_PROFILE:
                self.info["icc_profile"] = data
        layers = int.from_bytes(self.fp.read(8 if self._large else 4), "big")
        self.tile = [ImageFile._Tile("raw", (0, 0, width, height), self.fp.tell() + layers, name)]

    def load(self) -> Any:
        """Read the pixels."""
        if self.tile and self.fp is not None:
            _, _, offset, name = self.tile[0]
            assert isinstance(name, str)
            self.fp.seek(offset)
            bands = [Image.fromarray(plane) for plane in self._planes(len(name))]
            if name == "P":
                bands[0].putpalette(self._palette)
                picture = bands[0].convert("RGB")
            else:
                picture = Image.merge(name, bands) if len(bands) > 1 else bands[0]
            self.im = picture.im
            self.tile = []
        return super().load()

    def _block(self, width: int) -> bytes:
        assert self.fp is not None
        return self.fp.read(int.from_bytes(self.fp.read(width), "big"))

    def _planes(self, count: int) -> Iterator[Plane]:
        assert self.fp is not None
        compression = int.from_bytes(self.fp.read(2), "big")
        for number, data in enumerate(self._channel_data(compression, count)):
            values = np.frombuffer(data, np.uint8).reshape(self.height, -1)
            if compression == _PREDICTED:
                values = _unpredicted(values, self._depth)
            plane = np.ascontiguousarray(_eight_bits(values, self._depth))
            if self.mode == "CMYK":
                plane = 255 - plane  # It says how much light remains.
            elif self.mode == "LAB" and number:
                plane = plane ^ np.uint8(128)  # Pillow has signed numbers here.
            yield plane

    def _channel_data(self, compression: int, count: int) -> Iterator[bytes]:
        """Yield the uncompressed bytes of one channel after the other."""
        assert self.fp is not None
        row = self.width * self._depth // 8
        if compression == _RAW:
            for _ in range(count):
                yield _read_exactly(self.fp.read(row * self.height), row * self.height)
        elif compression == _PACKED:
            kind = ">u4" if self._large else ">u2"
            table = self.fp.read(self.height * self._channels * int(kind[2]))
            lengths = np.frombuffer(table, kind).reshape(self._channels, self.height)
            for channel in lengths[:count]:
                packed = self.fp.read(int(channel.sum(dtype=np.int64)))
                image = Image.frombytes("L", (row, self.height), packed, "packbits", "L")
                yield image.tobytes()
        elif compression in (_ZIPPED, _PREDICTED):
            whole = row * self.height * self._channels
            data = _read_exactly(zlib.decompressobj().decompress(self.fp.read(), whole), whole)
            for channel in range(count):
                yield data[channel * row * self.height : (channel + 1) * row * self.height]
        else:
            raise OSError("unknown compression")


def require_merged_picture(resources: Iterable[tuple[int, bytes, bytes]]) -> None:
    """Reject a file that has only layers, with a note instead of the merged picture.

    Raises:
        DecodeError: the file states that it has no merged picture ("Version Info", 1057).
    """
    for number, _, data in resources:
        if number == _VERSION_INFO and data[4:5] == b"\0":
            raise DecodeError(
                "It has layers but no merged picture; save it with Maximize Compatibility."
            )


def _resources(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield number, name and data of each image resource; names and data are padded to be even."""
    position = 0
    while position + 12 <= len(data):
        number, length = struct.unpack_from(">HB", data, position + 4)
        name = data[position + 7 : position + 7 + length]
        position += 7 + length + (1 - length % 2)
        size = int.from_bytes(data[position : position + 4], "big")
        yield number, name, data[position + 4 : position + 4 + size]
        position += 4 + size + size % 2


def _read_exactly(data: bytes, length: int) -> bytes:
    if len(data) < length:
        raise OSError("truncated")
    return data


def _unpredicted(values: Plane, depth: int) -> Plane:
    """Undo the differences between neighbours in a row; for 32 bits, those between bytes."""
    if depth == 16:
        sums = np.cumsum(values.view(">u2"), axis=1, dtype=np.uint16)
        return sums.astype(">u2").view(np.uint8)
    sums8 = np.cumsum(values, axis=1, dtype=np.uint8)
    if depth == 8:
        return sums8
    rows = sums8.reshape(len(values), 4, -1)  # All first bytes, all second bytes and so on.
    return np.ascontiguousarray(rows.transpose(0, 2, 1)).reshape(len(values), -1)


def _eight_bits(values: Plane, depth: int) -> Plane:
    if depth == 8:
        return values
    if depth == 16:
        return values[:, ::2]  # The upper bytes.
    light = np.clip(np.nan_to_num(values.view(">f4").astype(np.float32)), 0, 1)
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (curve * 255 + 0.5).astype(np.uint8)


Image.register_open(FORMAT, PhotoshopFile, lambda prefix: prefix.startswith(b"8BPS"))
