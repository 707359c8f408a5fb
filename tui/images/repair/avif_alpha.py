"""Repairs AVIF whose alpha image does not state its size, as older encoders wrote it.

libavif rejects such a file. The alpha image has the size of the picture that it belongs to, so the
repair gives it that picture's ``ispe`` property. Boxes: ISO/IEC 14496-12 (``meta``, ``iloc``,
``iref``) and ISO/IEC 23008-12 (``iprp``, ``ipco``, ``ipma``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = 4
"""Bytes of version and flags at the start of some boxes."""


class _Box(NamedTuple):
    start: int
    body: int
    end: int


def with_alpha_size(data: bytes) -> bytes | None:
    """Return the file with a size for each alpha image, None if all have one.

    Raises:
        ValueError, IndexError: the boxes are invalid.
    """
    meta = _one(data, b"meta", 0, len(data))
    inside = (meta.body + _FULL, meta.end)
    properties = _one(data, b"iprp", *inside)
    container = _one(data, b"ipco", properties.body, properties.end)
    table = _one(data, b"ipma", properties.body, properties.end)
    kinds = [name for name, _ in _boxes(data, container.body, container.end)]
    sizes = {number for number, name in enumerate(kinds, 1) if name == b"ispe"}
    associations = _Associations.read(data[table.body : table.end])
    changed = False
    for alpha, picture in _alphas(data, _one(data, b"iref", *inside)):
        if sizes.isdisjoint(associations.of(alpha)):
            size = [number for number in associations.of(picture) if number in sizes]
            associations.entries.setdefault(alpha, [])[:0] = size[:1]
            changed = changed or bool(size)
    if not changed:
        return None
    body = associations.written()
    longer = len(body) - (table.end - table.body)
    repaired = bytearray(data)
    _move_data(repaired, _one(data, b"iloc", *inside), meta.end, longer)
    for box in (meta, properties, table):
        repaired[box.start : box.start + 4] = (box.end - box.start + longer).to_bytes(4, "big")
    return bytes(repaired[: table.body]) + body + bytes(repaired[table.end :])


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, _Box]]:
    while start + 8 <= end:
        length = int.from_bytes(data[start : start + 4], "big")
        if length < 8 or start + length > end:
            length = end - start
        yield data[start + 4 : start + 8], _Box(start, start + 8, start + length)
        start += length


def _one(data: bytes, name: bytes, start: int, end: int) -> _Box:
    for kind, box in _boxes(data, start, end):
        if kind == name:
            return box
    raise ValueError(f"no box {name!r}")


def _alphas(data: bytes, references: _Box) -> Iterator[tuple[int, int]]:
    """Yield each auxiliary image with the picture that it belongs to, as item ids."""
    size = 4 if data[references.body] else 2
    for kind, box in _boxes(data, references.body + _FULL, references.end):
        if kind == b"auxl":
            yield (
                int.from_bytes(data[box.body : box.body + size], "big"),
                int.from_bytes(data[box.body + size + 2 : box.body + 2 * size + 2], "big"),
            )


@dataclass(slots=True)
class _Associations:
    """The ``ipma`` box: the stored properties of each item, including the essential bit."""

    head: bytes
    entries: dict[int, list[int]]

    @property
    def _id_size(self) -> int:
        return 4 if self.head[0] else 2

    @property
    def _width(self) -> int:
        return 2 if self.head[3] & 1 else 1

    @classmethod
    def read(cls, body: bytes) -> _Associations:
        table = cls(body[:_FULL], {})
        position = _FULL + 4
        for _ in range(int.from_bytes(body[_FULL:position], "big")):
            item = int.from_bytes(body[position : position + table._id_size], "big")
            position += table._id_size
            count, position = body[position], position + 1
            end = position + count * table._width
            table.entries[item] = [
                int.from_bytes(body[at : at + table._width], "big")
                for at in range(position, end, table._width)
            ]
            position = end
        return table

    def of(self, item: int) -> list[int]:
        """Return the properties of an item, without the bit that marks the essential ones."""
        bits = 8 * self._width - 1
        return [stored & ((1 << bits) - 1) for stored in self.entries.get(item, ())]

    def written(self) -> bytes:
        body = self.head + len(self.entries).to_bytes(4, "big")
        for item, stored in sorted(self.entries.items()):
            body += item.to_bytes(self._id_size, "big") + bytes([len(stored)])
            body += b"".join(value.to_bytes(self._width, "big") for value in stored)
        return body


def _move_data(data: bytearray, locations: _Box, start: int, distance: int) -> None:
    """Add ``distance`` to the offset of all data at ``start`` or behind it."""
    position = locations.body
    version = data[position]
    sizes = data[position + _FULL], data[position + _FULL + 1]
    offset_size, length_size, base_size = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4
    index_size = sizes[1] & 15 if version else 0
    id_size = 4 if version == 2 else 2
    position += _FULL + 2

    def number(size: int) -> int:
        nonlocal position
        position += size
        if position > locations.end:
            raise ValueError("the table of locations ends too soon")
        return int.from_bytes(data[position - size : position], "big")

    for _ in range(number(id_size)):
        number(id_size)
        in_file = not version or number(2) & 15 == 0
        number(2)
        base = number(base_size)
        if in_file and base >= start:
            data[position - base_size : position] = (base + distance).to_bytes(base_size, "big")
        for _ in range(number(2)):
            number(index_size)
            offset = number(offset_size)
            if in_file and base < start <= base + offset:
                moved = (offset + distance).to_bytes(offset_size, "big")
                data[position - offset_size : position] = moved
            number(length_size)
