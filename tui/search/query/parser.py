"""Parses tokens into the parts of a query."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

from tui.search.query.dates import FIRST_WORDS
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
"""A larger weight would suppress every other term."""


class QueryParser:
    """Parses one text.

    A term is a run of plain words. An operator, a quoted text, a picture, or a word with a sign or
    a weight ends the run before it; a filter does not.

    Args:
        source: the text of the tokens.
        today: the day to which relative dates refer.
    """

    def __init__(self, source: CleanText, today: date) -> None:
        self.terms: list[Term] = []
        self.filters: list[Filter] = []
        self.sort: Sort | None = None
        self.hints: list[Hint] = []
        self._source = source
        self._today = today
        self._run: list[Token] = []
        self._operator: Token | None = None  # the operator whose term is still missing
        self._negative = False
        self._weight: Token | None = None

    def read(self, tokens: list[Token]) -> None:
        """Parse all tokens of the text."""
        index = 0
        while index < len(tokens):
            token, following = tokens[index], tokens[index + 1 : index + 2]
            if token.kind == "filter" and token.name != "like":
                index += self._read_filter(token, following)
            else:
                self._read_term(token, last=not following)
            index += 1
        self._end_run()
        if self._operator is not None:
            self._hint(self._operator, "Type a word after this operator.")

    def _read_term(self, token: Token, *, last: bool) -> None:
        match token.kind:
            case "operator":
                self._end_run()
                self._operator = token
                self._negative ^= token.negative
            case "weight" if last:
                self._hint(token, "Type a word after this weight.")
                self._operator = None
            case "word" | "weight":
                self._read_word(token)
            case _:
                self._end_run()
                self._note_prefix(token)
                self._read_whole(token)

    def _read_word(self, token: Token) -> None:
        if unknown := find_unknown_filter(token.text):
            self._hint(token, unknown.message, unread=unknown.is_meant)
        if token.signed or token.weight is not None:
            self._end_run()
            self._note_prefix(token)
        self._run.append(token)
        if token.signed and token.weight is None:
            self._end_run()

    def _read_whole(self, token: Token) -> None:
        """Read a quoted text or a picture, which is a term of its own."""
        if token.open:
            self._hint(token, "The closing quote is missing.")
        if token.kind == "quoted":
            self._add_term(normalize(token.text))
        elif token.text.strip():
            self._add_term("", like=token.text.strip())
        else:
            self._hint(token, describe_expected("like"), unread=True)
            self._reset_prefix()

    def _read_filter(self, token: Token, following: list[Token]) -> int:
        """Read a filter; return the number of following tokens that belong to it."""
        if token.open:
            self._hint(token, "The closing quote is missing.")
        negated = token.negative
        if not self._run:  # beach - in:holidays
            negated ^= self._negative
            self._reset_prefix()
        if self._continues_date(token, following):
            self._add_filter(token, f"{token.text} {following[0].text}", negated)
            return 1
        self._add_filter(token, token.text, negated)
        return 0

    def _continues_date(self, token: Token, following: list[Token]) -> bool:
        """Whether a date includes the next word, as in ``on:last summer``."""
        if token.name not in ("after", "before", "on") or token.text.lower() not in FIRST_WORDS:
            return False
        if not following or following[0].kind != "word":
            return False
        try:
            read_filter(token.name, f"{token.text} {following[0].text}", False, self._today)
        except UnreadableError:
            return False
        return True

    def _add_filter(self, token: Token, value: str, negated: bool) -> None:
        try:
            item = read_filter(token.name, value, negated, self._today)
        except UnreadableError as error:
            self._hint(token, str(error), unread=True)
            return
        if token.name == "ext" and (message := describe_unknown_format(value)):
            self._hint(token, message, unread=True)
        if isinstance(item, Sort):
            self.sort = item
        else:
            self.filters.append(item)

    def _note_prefix(self, token: Token) -> None:
        """Note the sign and the weight of the term that begins."""
        self._negative ^= token.negative
        if token.weight is not None:
            self._weight = token

    def _end_run(self) -> None:
        """Make a term of the words so far, and filters of the shapes at their end."""
        words = [unicodedata.normalize("NFC", token.text) for token in self._run]
        shapes: list[Filter] = []
        while words and words[-1].lower() in SHAPES:
            shapes.insert(0, Filter("shape", words.pop().lower(), self._negative))
        if words:
            if words[0].lower() in SHAPES:
                self._hint(self._run[0], f"Put {words[0]} last to filter by shape.")
            shapes = [Filter("shape", shape.value) for shape in shapes]
            self._add_term(" ".join(words))
        elif shapes:
            self._reset_prefix()
        self.filters += shapes
        self._run.clear()

    def _add_term(self, text: str, like: str | None = None) -> None:
        weight = self._read_weight()
        if weight and (text or like):
            self.terms.append(Term(text, -weight if self._negative else weight, like))
        self._reset_prefix()

    def _read_weight(self) -> float:
        """Return the typed weight, clipped to its bounds."""
        token = self._weight
        if token is None or token.weight is None:
            return 1.0
        if math.isnan(token.weight):
            self._hint(token, "This weight is not a number and is ignored.")
            return 1.0
        weight = round(min(token.weight, MAX_WEIGHT), 3)
        if not weight:
            self._hint(token, "A term with weight 0 is ignored.")
        elif token.weight > MAX_WEIGHT:
            self._hint(token, f"The largest weight is {MAX_WEIGHT:g}.")
        return weight

    def _reset_prefix(self) -> None:
        """Clear the operator, the sign and the weight: their term is complete."""
        self._operator = self._weight = None
        self._negative = False

    def _hint(self, token: Token, message: str, *, unread: bool = False) -> None:
        start, end = (
            self._source.original_index(token.start),
            self._source.original_index(token.end - 1) + 1,
        )
        self.hints.append(Hint(message, start, end, unread))
