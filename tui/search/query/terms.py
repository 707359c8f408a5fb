"""The parts of a query as values, and their normal form as text."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from tui.search.query.dates import DateRange
from tui.search.query.lexer import is_plain

if TYPE_CHECKING:
    from pathlib import Path

FilterKind = Literal["name", "in", "ext", "date", "camera", "shape", "min", "near", "new"]
SortKey = Literal["date", "name", "score", "size"]


class GeoCircle(NamedTuple):
    """A point in signed degrees (WGS 84) and the radius around it in kilometres."""

    latitude: float
    longitude: float
    km: float


Value = str | tuple[str, ...] | DateRange | GeoCircle | int | None


@dataclass(frozen=True, slots=True)
class Term:
    """One idea of a query.

    Attributes:
        text: the text that a model embeds; empty if the term is a picture.
        weight: its factor in the query vector; negative means "less of".
        like: the picture's path, as typed.
    """

    text: str
    weight: float = 1.0
    like: str | None = None

    def __str__(self) -> str:
        weight = abs(self.weight)
        number = "" if weight == 1 else f"{weight:g}:"
        if self.like is not None:
            return f"{number}like:{_quote(self.like)}"
        plain = all(map(is_plain, self.text.split()))
        if number and not self.text[:1].isalpha():
            plain = False
        return f"{number}{self.text if plain else _quote(self.text)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition that a file passes or fails.

    Attributes:
        kind: the attribute that is compared.
        value: a text for ``name``, ``in`` and ``camera``, a tuple of suffixes in lower case for
            ``ext``, a `DateRange` for ``date``, one of wide, tall and square for ``shape``, the
            pixels of the longer side for ``min``, a `GeoCircle` for ``near``, None for ``new``.
        negated: selects the files that fail the condition.
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
    ``reverse`` reverses it.
    """

    key: SortKey
    reverse: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.reverse else ''}sort:{self.key}"


def browsing_order(sort: Sort | None) -> Sort:
    """Return the order of files that no model ranks: newest first unless a sort says otherwise."""
    if sort is None or sort.key == "score":
        return Sort("date", sort is not None and sort.reverse)
    return sort


@dataclass(frozen=True, slots=True)
class Hint:
    """A remark on the text from ``start`` to before ``end``.

    ``unread`` means that the query lacks a condition of the text and so returns more results: the
    application accepts that while the user types, a command rejects the query. ``unknown`` means
    that the model does not know a word.
    """

    message: str
    start: int
    end: int
    unread: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query.

    Attributes:
        terms: the ideas to rank by.
        filters: the conditions on results. Several filters on an attribute with one value a
            file (format, camera, shape, position) are alternatives.
        sort: the order; None is best first, or newest first without terms.
        words: the words that a file name must contain to match, case folded, without repeats.
        scope: search this folder and its subfolders; None is the whole library.
        shortened: the end of the text was too long to be parsed.
        hints: remarks on the text.
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
        """The query is empty and shows the whole scope."""
        return not (self.terms or self.filters or self.sort)

    @property
    def only_browses(self) -> bool:
        """The query has no terms to rank by."""
        return not self.terms

    @property
    def unread(self) -> str:
        """The first hint about a condition that could not be parsed; empty if all were."""
        return next((hint.message for hint in self.hints if hint.unread), "")

    @property
    def unknown(self) -> str:
        """The first hint at a word that the model does not know; empty if it knows all."""
        return next((hint.message for hint in self.hints if hint.unknown), "")

    def with_hint(self, message: str) -> Query:
        """Return the query with another remark on its whole text."""
        return replace(self, hints=(*self.hints, Hint(message, 0, len(self.text))))

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
            text = f"near:{','.join(map(_format_number, value))}"
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
    """Write the value of a filter, in quotes if it needs them."""
    bare = text and '"' not in text and not any(map(str.isspace, text))
    return text if bare else _quote(text)


def _quote(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _format_number(number: float) -> str:
    return repr(float(number)).removesuffix(".0")
