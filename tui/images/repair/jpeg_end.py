"""Decides whether a JPEG without a reliable end marker is complete or truncated.

libjpeg can't tell: it fills missing data with grey. Two copies that end in different bytes can: if
no pixel is missing, decoders ignore the bytes after the pixels, so both copies show the same; if
bits are missing, each copy fills the gap in its own way. A progressive file must also have all its
scans. Markers and scans: ITU-T T.81, annexes B and G.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = b"\xff\xd9"
_SOS, _EOI = 0xDA, 0xD9
_MOST_MARKERS = 1 << 20
_MOST_OWN_ZEROS = 2
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_NOISE = bytes((181 + number * 73 + number * number) % 255 for number in range(64))
"""Data of a scan, without 255, which starts a marker. Its first bit differs from the filling."""


def two_ends(data: bytes) -> tuple[bytes, bytes] | None:
    """Return two files with different ends, which show the same only if no pixel is missing.

    An existing end marker is dropped. None if whole scans are missing.
    """
    frame, end = _Frame(), 0
    for marker, body, position in _segments(data):
        if marker == _EOI:
            end = position - len(_END)
        elif marker in _FRAMES:
            frame.start(marker, body)
        elif marker == _SOS:
            frame.scan(body)
            frame.last_scan = position
    if not frame.has_all_scans:
        return None
    data = data[:end].rstrip(b"\xff") if end else _without_padding(data)
    restarts = [
        match[1][0] & 7
        for match in _MARKER.finditer(data, frame.last_scan)
        if 0xD0 <= match[1][0] <= 0xD7
    ]
    following = restarts[-1] + 1 if restarts else 0
    # If the data of a scan comes in intervals, the noise has to go into all missing ones.
    markers = (bytes([0xFF, 0xD0 + (following + number) % 8]) for number in range(16))
    return data + _END, data + _NOISE + b"".join(mark + _NOISE for mark in markers) + _END


def _without_padding(data: bytes) -> bytes:
    """Drop zeros that fill up the file, and half of a marker.

    A scan may itself end in a zero, so one or two are not padding.
    """
    bare = data.rstrip(b"\0")
    zeros = len(data) - len(bare)
    if bare.endswith(b"\xff") and zeros:
        return bare + b"\0"  # The byte 255 as a scan contains it.
    return data if 0 < zeros <= _MOST_OWN_ZEROS else bare.rstrip(b"\xff")


@dataclass(slots=True)
class _Frame:
    """The scans of the picture so far."""

    components: tuple[int, ...] = ()
    progressive: bool = False
    last_scan: int = 0
    exact: set[tuple[int, int]] = field(default_factory=set)
    """Component and coefficient (0 to 63) of which all bits are present."""

    def start(self, marker: int, body: bytes) -> None:
        self.components = tuple(body[6 : 6 + 3 * (body[5] if len(body) > 5 else 0) : 3])
        self.progressive = marker in _PROGRESSIVE

    def scan(self, body: bytes) -> None:
        count = body[0] if body else 0
        if len(body) < 4 + 2 * count:
            return
        first, last, precision = body[1 + 2 * count : 4 + 2 * count]
        if self.progressive and precision & 15:
            return
        reach = range(first, min(last, 63) + 1) if self.progressive else range(64)
        self.exact.update(
            (name, coefficient) for name in body[1 : 1 + 2 * count : 2] for coefficient in reach
        )

    @property
    def has_all_scans(self) -> bool:
        every = {(name, coefficient) for name in self.components for coefficient in range(64)}
        return bool(every) and every <= self.exact


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield each marker with its parameters and the position after them."""
    position = 2
    for _ in range(_MOST_MARKERS):
        match = _MARKER.search(data, position)
        if match is None:
            return
        marker, position = match[1][0], match.end()
        if marker in _ALONE:
            continue
        length = int.from_bytes(data[position : position + 2], "big")
        body = data[position + 2 : position + length]
        position += max(length, 2) if marker != _EOI else 0
        yield marker, body, position
        if marker == _EOI:
            return


def has_end_marker(data: bytes) -> bool:
    """Whether a JPEG has its end marker, behind at least one scan."""
    markers = [marker for marker, _, _ in _segments(data)]
    return _SOS in markers and markers[-1] == _EOI
