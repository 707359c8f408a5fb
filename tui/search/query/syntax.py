"""The syntax of queries: the only source of the help screen, the page on queries and the hints."""

from __future__ import annotations

from types import MappingProxyType

SHAPES = ("wide", "tall", "square")
SORTS = ("date", "name", "score", "size")

FILTERS = MappingProxyType(
    {
        "name": "part of a file name",
        "in": "a folder, such as in:holidays",
        "ext": "a suffix, such as ext:jpg",
        "after": "a date, such as after:2023-05 or after:yesterday",
        "before": "a date, such as before:2023-05 or before:yesterday",
        "on": 'a date, such as on:2023-05-17 or on:"last summer"',
        "camera": "part of a camera's name",
        "min": "a size in pixels, such as min:2000px",
        "near": "a place and a distance, such as near:48.86,2.35,10",
        "is": "new, as in is:new",
        "sort": f"one of {', '.join(SORTS)}",
        "like": 'a picture, such as like:"holidays/beach.jpg"',
    }
)
"""The names before a colon, and the value that each expects."""

OTHER_NAMES = MappingProxyType(
    {
        "date": "on",
        "since": "after",
        "until": "before",
        "folder": "in",
        "path": "in",
        "file": "name",
        "type": "ext",
        "format": "ext",
        "order": "sort",
        "place": "near",
    }
)
"""Names that other programs give to our filters."""

SYNTAX: tuple[tuple[str, str], ...] = (
    ("boats on a lake", "pictures that show this, or have this name"),
    ("boats + sunset", "several ideas"),
    ("beach - people", "less of an idea; -people for a single word"),
    ("2:red car + 0.5:snow", "weights: more or less of an idea"),
    ('"salt + pepper"', "one idea, without operators"),
    ('like:"trip/red.jpg"', "pictures similar to this one (any path)"),
    ("name:img name:42", "file names that hold these parts"),
    ("in:holidays", "pictures in this folder and below; a path or a folder's name"),
    ("ext:jpg,png", "files with these suffixes; ext:raw for all camera raws"),
    ("after:2023-05", "taken in May 2023 or later"),
    ("before:yesterday", "taken earlier than yesterday"),
    ('on:"last summer"', "taken then; also 2023, 2023-05-17, last week, 2023-05..2023-07"),
    ("camera:canon", "camera name contains this"),
    ("wide tall square", "pictures of this shape; put it after the words"),
    ("min:2000px", "at least 2000 pixels on the longer side"),
    ("near:48.86,2.35,10", "taken within 10 km of latitude 48.86, longitude 2.35"),
    ("is:new", "added by the last indexing run with new pictures"),
    ("sort:date", "newest first; also name, score, size; -sort: reverses it"),
    ("-in:old -wide", "a minus before a filter: all but these"),
)
"""Each form with its meaning, in reading order."""
