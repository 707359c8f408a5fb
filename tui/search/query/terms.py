"""The parts of a query as values, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui.search.query.dates import DateRange
from tui.search.query.lexer import is_plain

if TYPE_CHECKING:
    from pathlib import Path

FilterKind = Literal["name", "in", "ext", "date", "camera", "shape", "min", "near", "new"]
SortKey = Literal["date", "name", "score", "size"]


class GeoCircle(NamedTuple):
    """A place in signed degrees (WGS 84), and how far around it."""

    latitude: float
    longitude: float
    km: float


Value = str | tuple[str, ...] | DateRange | GeoCircle | int | None


@dataclass(frozen=True, slots=True)
class Term:
    """One idea.

    Attributes:
        text: what a model embeds; empty where the idea is a picture.
        weight: how much it counts; below zero it is "less of".
        like: the picture's path, as typed.
    """

    text: str
    weight: float = 1.0
    like: str | None = None

    def __str__(self) -> str:
        weight = abs(self.weight)
        number = "" if weight == 1 else f"{weight:g}:"
        if self.like is not None:
            return f"{number}like:{_quoted(self.like)}"
        plain = all(map(is_plain, self.text.split()))
        if number and not self.text[:1].isalpha():
            plain = False
        return f"{number}{self.text if plain else _quoted(self.text)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """What a file must be, or must not be.

    Attributes:
        kind: what is looked at.
        value: ``name``, ``in`` and ``camera`` have a text, ``ext`` a tuple of suffixes in lower
            case, ``date`` the `DateRange`, ``shape`` one of wide, tall and square, ``min`` the
            pixels of the longer side, ``near`` a `GeoCircle`, ``new`` nothing.
        negated: the files that are not so.
    """

    kind: FilterKind
    value: Value
    negated: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.negated else ''}{_filter_text(self.kind, self.value)}"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order of the results.

    ``date`` is newest first, ``name`` from A to Z, ``score`` best first, ``size`` largest first;
    ``reverse`` turns it round.
    """

    key: SortKey
    reverse: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.reverse else ''}sort:{self.key}"


@dataclass(frozen=True, slots=True)
class Hint:
    """What is missing or wrong in the text from ``start`` to before ``end``.

    ``unread`` says that a condition of the text is not part of the query, which then shows more
    than was asked for: an application goes on while it is typed, a command refuses it.
    """

    message: str
    start: int
    end: int
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched, and where.

    Attributes:
        terms: the ideas.
        filters: what every result must fulfil. Of several values of a kind of which a file has
            only one (format, camera, shape, place) any will do.
        sort: the order; None is best first, and newest first where there are no terms.
        words: what a file name must hold to match by name, case folded, without repeats.
        scope: the folder that is searched with all below it; None is the whole library.
        shortened: the text was longer than what is searched of it.
        hints: what could not be read as it was typed.
    """

    terms: tuple[Term, ...] = ()
    filters: tuple[Filter, ...] = ()
    sort: Sort | None = None
    words: tuple[str, ...] = ()
    scope: Path | None = None
    shortened: bool = field(default=False, compare=False)
    hints: tuple[Hint, ...] = field(default=(), compare=False)

    @property
    def is_empty(self) -> bool:
        """Nothing is asked: show what there is."""
        return not (self.terms or self.filters or self.sort)

    @property
    def only_browses(self) -> bool:
        """Nothing is described, so there is nothing to rank by."""
        return not self.terms

    @property
    def unread(self) -> str:
        """What the first condition that could not be read is missing; empty where all were."""
        return next((hint.message for hint in self.hints if hint.unread), "")

    @property
    def text(self) -> str:
        """The query in its normal form; parsing it again gives the same query."""
        return format_query(self.terms, self.filters, self.sort)


def format_query(terms: tuple[Term, ...], filters: tuple[Filter, ...], sort: Sort | None) -> str:
    """Write the parts of a query in their normal order."""
    parts: list[str] = []
    for term in terms:
        if term.weight < 0:
            parts.append("-")
        elif parts:
            parts.append("+")
        parts.append(str(term))
    parts += map(str, filters)
    if sort is not None:
        parts.append(str(sort))
    return " ".join(parts)


def _filter_text(kind: FilterKind, value: Value) -> str:
    match value:
        case DateRange():
            text = str(value)
        case GeoCircle():
            text = f"near:{','.join(map(_number, value))}"
        case int():
            text = f"min:{value}px"
        case tuple():
            text = f"ext:{','.join(map(str, value))}"
        case str() if kind == "shape":
            text = value
        case str():
            text = f"{kind}:{filter_value(value)}"
        case _:
            text = "is:new"
    return text


def filter_value(text: str) -> str:
    """Write what stands after a filter's name, in quotes where it needs them."""
    bare = text and '"' not in text and not any(map(str.isspace, text))
    return text if bare else _quoted(text)


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _number(number: float) -> str:
    return repr(float(number)).removesuffix(".0")
