"""Random texts as users type them: pieces of the query language in any order, and noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.search.query.syntax import FILTERS, OTHER_NAMES, SYNTAX

if TYPE_CHECKING:
    from random import Random

_WORDS = (
    "boats",
    "sea",
    "tall",
    "wide",
    "square",
    "İstanbul",
    "\u017f",
    "e\u0301",
    "夏",
    "שלום",
    "🙂",
    "a",
)
_SIGNS = ("-", "+", "--", "- -", "+-", " - ", " + ")
_WEIGHTS = (
    "2:",
    "0:",
    ".5:",
    "1e9:",
    "1e-9:",
    "nan:",
    "inf:",
    "9" * 400 + ":",
    "1.:",
    "1e:",
    "-2:",
)
_YEARS = ("0000", "0001", "1677", "1678", "1970", "2024", "2262", "9998", "9999", "99999")
_RELATIVE = (
    "today",
    "yesterday",
    "last",
    "this",
    "week",
    "month",
    "year",
    "summer",
    "winter",
    "dec",
)
_NUMBERS = ("0", "-0", "90", "-90", "91", "180", "181", "1e400", "nan", "inf", "-1", ".5", "")
_SPACES = (" ", " ", " ", "\t", "\n", "\u2028", "\u00a0", "\x1c")
_NOISE = (
    "\x00",
    "\x1b[2J",
    "\ud800",
    '"',
    '""',
    ":",
    "..",
    ",",
    "\\",
    "/",
    "~",
    "{}",
    "%",
    "\u037e",
)


def random_text(random: Random) -> str:
    """Return a text of up to thirty pieces; a few are far longer."""
    parts = [_piece(random) for _ in range(random.randrange(12))]
    separators = [random.choice((*_SPACES, "", "")) for _ in parts]
    text = "".join(part + space for part, space in zip(parts, separators, strict=True))
    return text * random.choice((1, 1, 1, 1, 1, 1, 1, 1, 1, 40))


def _piece(random: Random) -> str:
    kind = random.randrange(10)
    if kind < 5:
        return _filter(random)
    if kind < 7:
        return random.choice(_SIGNS) * random.randrange(2) + random.choice(_WORDS)
    if kind == 7:
        return random.choice(_WEIGHTS) + random.choice((*_WORDS, '"a b"', "like:x.jpg", ""))
    if kind == 8:
        return random.choice(SYNTAX)[0]
    return random.choice(_NOISE)


def _filter(random: Random) -> str:
    name = random.choice((*FILTERS, *FILTERS, *OTHER_NAMES, "on", "on", "camra"))
    value = _value(random, name)
    if random.randrange(4) == 0:
        value = '"' + value + '"' * random.randrange(3)
    return f"{random.choice(('', '', '-', '+', '2:'))}{name}:{value}"


def _value(random: Random, name: str) -> str:
    if name in ("on", "after", "before", "date", "since", "until"):
        return "..".join(_date(random) for _ in range(random.choice((1, 1, 1, 2, 3))))
    if name in ("near", "place", "min"):
        numbers = [random.choice(_NUMBERS) for _ in range(random.randrange(1, 5))]
        return ",".join(numbers) + random.choice(("", "", "px", "km"))
    if name in ("ext", "type", "format"):
        suffixes = ("jpg", ".JPG", "raw", "png", "nope", "", " ")
        return ",".join(random.choice(suffixes) for _ in range(random.randrange(1, 4)))
    return random.choice((*_WORDS, "new", "date", "score", "~", "/", "a/b", *_NOISE, ""))


def _date(random: Random) -> str:
    if random.randrange(3) == 0:
        return " ".join(random.choice(_RELATIVE) for _ in range(random.randrange(1, 3)))
    month = random.choice(("01", "1", "02", "12", "13", "00"))
    day = random.choice(("01", "1", "28", "29", "30", "31", "32", "00"))
    parts = (random.choice(_YEARS), month, day)[: random.randrange(1, 4)]
    return random.choice("-/.").join(parts) + random.choice(("", "", "", "-"))
