"""Checks the decode process's answers, since a hostile file may control that process.

Every function raises ValueError for an answer that an honest process never gives.
"""

from __future__ import annotations

import math
from typing import Any

from tui.core.domain import PictureInfo
from tui.core.errors import DecodeError
from tui.core.formatting import printable
from tui.images.decode_types import DecodeCost
from tui.images.errors import AccessError, BrokenError

ERRORS = {error.__name__: error for error in (DecodeError, AccessError, BrokenError)}
"""The failures that the process may report."""

_MOST_MEMORY = 1 << 40
_LARGEST_PICTURE = 1 << 28
_LONGEST_SIDE = 1 << 31
_LONGEST_TEXT = 80
_LONGEST_ERROR = 400


def cost_of(answer: dict[str, Any]) -> DecodeCost:
    """Return the memory that the process requests."""
    return DecodeCost(_integer(answer["memory"], 0, _MOST_MEMORY))


def error_of(answer: dict[str, Any]) -> DecodeError:
    """Return the failure: its sentence, and the class that determines how it is handled."""
    sentence, kind = answer["error"], answer["kind"]
    if not isinstance(sentence, str) or not isinstance(kind, str):
        raise ValueError("an error of another type")  # noqa: TRY004 (a matter of the protocol)
    return ERRORS[kind](printable(sentence[:_LONGEST_ERROR]))


def sizes_of(answer: dict[str, Any], frames: int) -> list[tuple[int, int]]:
    """Return the width and height of each frame that follows: at least one, at most ``frames``."""
    sizes = answer["sizes"]
    if not isinstance(sizes, list) or not 1 <= len(sizes) <= max(1, frames):
        raise ValueError("an impossible number of frames")
    checked = [_size(size) for size in sizes]
    if sum(width * height for width, height in checked) * 3 > _LARGEST_PICTURE:
        raise ValueError("a picture of impossible size")
    return checked


def info_of(answer: dict[str, Any]) -> PictureInfo:
    """Return the facts about the picture."""
    info = answer["info"]
    if not isinstance(info, dict):
        raise ValueError("facts of another type")  # noqa: TRY004
    width, height = _size((info["width"], info["height"]))
    latitude = _coordinate(info["latitude"], 90)
    longitude = _coordinate(info["longitude"], 180)
    taken_ns = info["taken_ns"]
    return PictureInfo(
        width=width,
        height=height,
        format=_text(info["format"]),
        taken_ns=None if taken_ns is None else _integer(taken_ns, -(1 << 63), (1 << 63) - 1),
        camera=None if info["camera"] is None else _text(info["camera"]),
        latitude=latitude,
        longitude=longitude,
    )


def _integer(value: Any, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError("a number out of range")
    return value


def _size(value: Any) -> tuple[int, int]:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError("a size of another shape")
    return _integer(value[0], 1, _LONGEST_SIDE), _integer(value[1], 1, _LONGEST_SIDE)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError("a text of another type or length")
    return printable(value)


def _coordinate(value: Any, limit: int) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > limit:
        raise ValueError("a coordinate out of range")
    return float(value)
