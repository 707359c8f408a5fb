"""The rows of a model's collection, each one file with its content's facts.

Every text that may occur in an expression goes through `quote`: the bytes of the catalog, with
``%XX`` for all but a few harmless ones. So no name can end an expression, names that are not UTF-8
survive, and a folder with its subfolders is one range, since quoting preserves prefixes.

A row's id is 63 bits of the XXH3 hash of its path, so that writing a file twice makes one row. Two
of a million files share an id in one library of 18 million, two of a thousand million files in one
of 18; the later file then replaces the earlier one.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

import numpy as np
import xxhash

from tui.core.domain import SQUARE, FileDetails, PictureInfo
from tui.core.name_folding import fold_case, search_key
from tui.core.wall_clock import wall_clock
from tui.library.base.records import FileRecord, date64, int64
from tui.storage.path_encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui.library.base.records import IndexedFile

    Row = dict[str, Any]

IDS = 1 << 63
"""The upper bound of ids, which are spread evenly."""

UNKNOWN_DEGREES = 999.0
"""Represents an unknown latitude or longitude."""

SMALLEST_NUMBER = -(1 << 63) + 1
"""The smallest number that Milvus can read."""

UNKNOWN = SMALLEST_NUMBER
"""Represents an unknown date."""

SHAPES = {"wide": 1, "tall": 2, "square": 3}
"""The values of ``shape``; 0 if the picture could not be read."""

TEXTS = {
    "path": 65_535,
    "folder": 65_535,
    "content": 32,
    "format": 1024,
    "ext": 4096,
    "camera": 4096,
    "error": 4096,
    "decoder": 1024,
}
"""Text fields, with their greatest length in bytes."""

NUMBERS = (
    "size",
    "mtime_ns",
    "inode",
    "date",
    "taken_ns",
    "width",
    "height",
    "longer",
    "shape",
    "run",
)
PLACES = ("latitude", "longitude")
MOST_GRAMS = 4096
LONGEST_GRAM = 64
LONGEST_TEXT = 300

FACTS = (
    "taken_ns", "width", "height", "longer", "shape", "format", "camera", *PLACES, "run", "error",
    "decoder", "vector",
)  # fmt: skip
"""The fields of a file's content; ``date`` depends on it and on the file."""

DETAILS = (
    "id", "path", "size", "mtime_ns", "content", "format", "width", "height", "taken_ns", "camera",
    *PLACES,
)  # fmt: skip
"""The fields that `details_of` reads."""

RECORD_FIELDS = ("id", "path", "size", "mtime_ns", "inode", "content", "error", "decoder")
"""The fields that `file_record` reads."""


def quote(text: str | bytes) -> str:
    """Return a text with only ASCII letters, digits and ``_.-~/%``."""
    try:
        data = os.fsencode(text)
    except UnicodeEncodeError:  # half a surrogate pair, which no file name contains
        data = str(text).encode("utf-8", "replace")
    return quote_from_bytes(data, safe="/")


def unquote(text: str) -> bytes:
    """Undo `quote`."""
    return unquote_to_bytes(text)


def path_of(text: str) -> Path:
    """Return the path of a row."""
    return decode(unquote_to_bytes(text))


def id_of(path: bytes) -> int:
    """Return the id of a file's row; `tui.storage.path_encoding.encode` makes the ``path``."""
    return xxhash.xxh3_64_intdigest(path) >> 1


def grams(name: str) -> list[str]:
    """Return all parts of a name of 1, 2 and 3 letters, for searches by a part of it.

    Letters are those of `search_key`. Parts beyond `MOST_GRAMS` are dropped.
    """
    text = search_key(name)
    parts = {text[start : start + n] for n in (1, 2, 3) for start in range(len(text) - n + 1)}
    return sorted(map(quote, parts))[:MOST_GRAMS]


def file_row(item: IndexedFile) -> Row:
    """Return a row's fields of the file itself; its content provides the others."""
    path, file = encode(item.file.path), item.file
    return {
        "id": id_of(path),
        "path": quote(path),
        "folder": quote(encode(file.path.parent)),
        "content": item.digest.hex() if item.digest is not None else "",
        "size": int64(file.size),
        "mtime_ns": date64(file.mtime_ns),
        "inode": int64(file.inode),
        "ext": quote(_suffix(file.path.name)[:LONGEST_TEXT]),
        "grams": grams(file.path.name),
    }


def info_facts(info: PictureInfo, run: int) -> Row:
    """Return a row's fields for a picture that a run has just read."""
    has_position = info.latitude is not None and info.longitude is not None
    return {
        "taken_ns": UNKNOWN if info.taken_ns is None else _number(info.taken_ns),
        "width": info.width,
        "height": info.height,
        "longer": max(info.width, info.height),
        "shape": _shape(info.width, info.height),
        "format": quote(info.format),
        "camera": quote((info.camera or "")[:LONGEST_TEXT]),
        "latitude": float(info.latitude or 0.0) if has_position else UNKNOWN_DEGREES,
        "longitude": float(info.longitude or 0.0) if has_position else UNKNOWN_DEGREES,
        "run": run,
        "error": "",
        "decoder": "",
    }


def error_facts(item: IndexedFile, dim: int) -> Row:
    """Return a row's fields for a file that could not be read."""
    nothing = info_facts(PictureInfo(0, 0, ""), 0)
    return {
        **nothing,
        "shape": 0,
        "error": _readable(item.error or "")[: TEXTS["error"] // 4] or "?",
        "decoder": _readable(item.decoder or "")[: TEXTS["decoder"] // 4],
        "vector": np.zeros(dim, dtype=np.float32),
    }


def whole_row(item: IndexedFile, facts: Mapping[str, Any]) -> Row:
    """Return the row of a file and its content's facts, with the vector."""
    row = {**file_row(item), **facts}
    taken_ns = row["taken_ns"]
    row["date"] = _number(wall_clock(row["mtime_ns"]) if taken_ns == UNKNOWN else taken_ns)
    return row


def file_record(row: Mapping[str, Any]) -> tuple[bytes, FileRecord]:
    """Return a file's path and its record, which a run compares with the disk."""
    content = int(row["content"], 16) if row["content"] else None
    error = row["error"] or None
    return unquote(row["path"]), FileRecord(
        row["id"],
        row["size"],
        row["mtime_ns"],
        row["inode"],
        content,
        error is None,
        error,
        row["decoder"] or None,
    )


def details_of(row: Mapping[str, Any]) -> FileDetails:
    """Return the details of a file from a row with the fields `DETAILS`."""
    path, content = path_of(row["path"]), bytes.fromhex(row["content"]) or None
    return FileDetails(row["id"], path, row["size"], row["mtime_ns"], info_of(row), content)


def info_of(row: Mapping[str, Any]) -> PictureInfo | None:
    """Return the facts of the picture, None if it could not be read."""
    if not row["format"]:
        return None
    latitude, longitude = row["latitude"], row["longitude"]
    has_position = abs(latitude) <= 90
    return PictureInfo(
        row["width"],
        row["height"],
        os.fsdecode(unquote(row["format"])),
        None if row["taken_ns"] == UNKNOWN else row["taken_ns"],
        os.fsdecode(unquote(row["camera"])) or None,
        latitude if has_position else None,
        longitude if has_position else None,
    )


def _suffix(name: str) -> str:
    folded = fold_case(name)
    return folded.rpartition(".")[2] if "." in folded else ""


def _shape(width: int, height: int) -> int:
    if width > height * SQUARE:
        return SHAPES["wide"]
    return SHAPES["tall"] if height > width * SQUARE else SHAPES["square"]


def _number(value: int) -> int:
    return max(int64(value), SMALLEST_NUMBER)


def _readable(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "replace")
