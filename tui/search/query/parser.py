"""Reads tokens one after the other into the parts of a query."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from tui.search.query.dates import CONTINUED
from tui.search.query.filter_values import (
    UnreadableError,
    describe_expected,
    describe_unknown_format,
    read_filter,
)
from tui.search.query.lexer import normalize
from tui.search.query.query_hints import find_unknown_filter
from tui.search.query.syntax import SHAPES
from tui.search.query.terms import Filter, Hint, Sort, Term

if TYPE_CHECKING:
    from datetime import date

    from tui.search.query.lexer import CleanText, Token

MAX_WEIGHT = 10.0
"""More than that drowns every other idea."""


class QueryParser:
    """Reads one text.

    An idea is a run of plain words; an operator, a quoted text, a picture, or a word with a sign
    or a weight ends the run before it, a filter does not.

    Args:
        source: what the tokens were cut from.
        today: what relative dates start from.
    """

    def __init__(self, source: CleanText, today: date) -> None:
        self.terms: list[Term] = []
        self.filters: list[Filter] = []
        self.sort: Sort | None = None
        self.hints: list[Hint] = []
        self._source = source
        self._today = today
        self._run: list[Token] = []
        self._operator: Token | None = None  # the one that still waits for its idea
        self._negative = False
        self._weight: Token | None = None

    def read(self, tokens: list[Token]) -> None:
        """Read all tokens of the text."""
        index = 0
        while index < len(tokens):
            token, following = tokens[index], tokens[index + 1 : index + 2]
            if token.kind == "filter" and token.name != "like":
                index += self._read_filter(token, following)
            else:
                self._read_idea(token, last=not following)
            index += 1
        self._end_run()
        if self._operator is not None:
            self._hint(self._operator, "What comes after this sign?")

    def _read_idea(self, token: Token, *, last: bool) -> None:
        match token.kind:
            case "operator":
                self._end_run()
                self._operator = token
                self._negative ^= token.negative
            case "weight" if last:
                self._hint(token, "What has this weight?")
                self._operator = None
            case "word" | "weight":
                self._read_word(token)
            case _:
                self._end_run()
                self._begin(token)
                self._read_whole(token)

    def _read_word(self, token: Token) -> None:
        if found := find_unknown_filter(token.text):
            self._hint(token, found.message, unread=found.is_meant)
        if token.signed or token.weight is not None:
            self._end_run()
            self._begin(token)
        self._run.append(token)
        if token.signed and token.weight is None:
            self._end_run()

    def _read_whole(self, token: Token) -> None:
        """Read a quoted text or a picture: an idea of its own."""
        if token.open:
            self._hint(token, "The closing quote is missing.")
        if token.kind == "quoted":
            self._add(normalize(token.text))
        elif token.text.strip():
            self._add("", like=token.text.strip())
        else:
            self._hint(token, describe_expected("like"), unread=True)
            self._settle()

    def _read_filter(self, token: Token, following: list[Token]) -> int:
        """Read a filter; return how many of the following tokens belong to it."""
        if token.open:
            self._hint(token, "The closing quote is missing.")
        negated = token.negative
        if not self._run:  # beach - in:holidays
            negated ^= self._negative
            self._settle()
        if self._goes_on(token, following):
            self._take(token, f"{token.text} {following[0].text}", negated)
            return 1
        self._take(token, token.text, negated)
        return 0

    def _goes_on(self, token: Token, following: list[Token]) -> bool:
        """Whether the next word belongs to a date, as in ``on:last summer``."""
        if token.name not in ("after", "before", "on") or token.text.lower() not in CONTINUED:
            return False
        if not following or following[0].kind != "word":
            return False
        try:
            read_filter(token.name, f"{token.text} {following[0].text}", False, self._today)
        except UnreadableError:
            return False
        return True

    def _take(self, token: Token, value: str, negated: bool) -> None:
        try:
            found = read_filter(token.name, value, negated, self._today)
        except UnreadableError as error:
            self._hint(token, str(error), unread=True)
            return
        if token.name == "ext" and (message := describe_unknown_format(value)):
            self._hint(token, message, unread=True)
        if isinstance(found, Sort):
            self.sort = found
        else:
            self.filters.append(found)

    def _begin(self, token: Token) -> None:
        """Note the sign and the weight of the idea that begins."""
        self._negative ^= token.negative
        if token.weight is not None:
            self._weight = token

    def _end_run(self) -> None:
        """Make an idea of the words so far, and filters of the shapes that they end in."""
        words = [unicodedata.normalize("NFC", token.text) for token in self._run]
        shapes: list[Filter] = []
        while words and words[-1].lower() in SHAPES:
            shapes.insert(0, Filter("shape", words.pop().lower(), self._negative))
        if words:
            if words[0].lower() in SHAPES:
                self._hint(self._run[0], f"Write {words[0]} last to see only such pictures.")
            shapes = [Filter("shape", shape.value) for shape in shapes]
            self._add(" ".join(words))
        elif shapes:
            self._settle()
        self.filters += shapes
        self._run.clear()

    def _add(self, text: str, like: str | None = None) -> None:
        weight = self._weighed()
        if weight and (text or like):
            self.terms.append(Term(text, -weight if self._negative else weight, like))
        self._settle()

    def _weighed(self) -> float:
        """Return the weight that was typed, within its bounds."""
        token = self._weight
        if token is None or token.weight is None:
            return 1.0
        if math.isnan(token.weight):
            self._hint(token, "This weight is not a number; it is left out.")
            return 1.0
        weight = round(min(token.weight, MAX_WEIGHT), 3)
        if not weight:
            self._hint(token, "What has the weight 0 is left out.")
        elif token.weight > MAX_WEIGHT:
            self._hint(token, f"The largest weight is {MAX_WEIGHT:g}.")
        return weight

    def _settle(self) -> None:
        """Forget the operator, the sign and the weight: they have found their idea."""
        self._operator = self._weight = None
        self._negative = False

    def _hint(self, token: Token, message: str, *, unread: bool = False) -> None:
        start, end = (
            self._source.original_index(token.start),
            self._source.original_index(token.end - 1) + 1,
        )
        self.hints.append(Hint(message, start, end, unread))
