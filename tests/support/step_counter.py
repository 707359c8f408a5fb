"""Counts the steps of parsing a text: a measure of time without noise.

`lines_of` counts the lines of Python that run. A pattern of `re` runs in C, so `Matcher` walks its
parse tree as a backtracking matcher does and counts each comparison of a character.
"""

from __future__ import annotations

import sys
from importlib import import_module
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator

_PARSER: Any = import_module("re._parser")
_OPCODES: Any = import_module("re._constants")
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    _OPCODES.CATEGORY_SPACE: str.isspace,
    _OPCODES.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    _OPCODES.CATEGORY_DIGIT: str.isdecimal,
    _OPCODES.CATEGORY_NOT_DIGIT: lambda one: not one.isdecimal(),
    _OPCODES.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    _OPCODES.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}
_SINGLE = frozenset({_OPCODES.LITERAL, _OPCODES.NOT_LITERAL, _OPCODES.ANY, _OPCODES.IN})


def lines_of(run: Callable[[], object]) -> int:
    """Count the lines of Python that a call runs."""
    count = 0

    def trace(_: object, event: str, __: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    finally:
        sys.settrace(before)
    return count


class Matcher:
    """Matches a pattern as `re` does, and counts comparisons in ``steps``."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.steps = 0
        self._tree = _PARSER.parse(pattern.pattern, pattern.flags)

    def match(self, text: str, start: int = 0) -> int | None:
        """Return the end of a match that begins at ``start``, None if there is none."""
        return next(self._sequence(list(self._tree), text, start), None)

    def fullmatch(self, text: str) -> bool:
        """Whether the whole text matches."""
        return any(end == len(text) for end in self._sequence(list(self._tree), text, 0))

    def findall(self, text: str) -> list[int]:
        """Return the end of each match, from left to right."""
        ends, position = [], 0
        while position <= len(text):
            end = self.match(text, position)
            if end is not None:
                ends.append(end)
            position = end if end is not None and end > position else position + 1
        return ends

    def _sequence(self, items: list[Any], text: str, position: int) -> Iterator[int]:
        if not items:
            yield position
            return
        for end in self._item(items[0], text, position):
            yield from self._sequence(items[1:], text, end)

    def _item(self, item: Any, text: str, position: int) -> Iterator[int]:
        kind, value = item
        if kind in _SINGLE:
            return iter([position + 1] if self._is_one(item, text, position) else [])
        if kind in (_OPCODES.MAX_REPEAT, _OPCODES.POSSESSIVE_REPEAT):
            most = 1 if kind is _OPCODES.POSSESSIVE_REPEAT else None
            return islice(self._repeat(value, text, position), most)
        if kind is _OPCODES.ATOMIC_GROUP:
            return islice(self._sequence(list(value), text, position), 1)
        if kind is _OPCODES.SUBPATTERN:
            return self._sequence(list(value[3]), text, position)
        if kind is _OPCODES.BRANCH:
            branches = (self._sequence(list(branch), text, position) for branch in value[1])
            return chain.from_iterable(branches)
        return iter([position] if self._holds(kind, value, text, position) else [])

    def _holds(self, kind: Any, value: Any, text: str, position: int) -> bool:
        if kind is _OPCODES.AT:
            self.steps += 1
            return self._is_at(value, text, position)
        assert kind in (_OPCODES.ASSERT, _OPCODES.ASSERT_NOT), kind
        start = position - 1 if value[0] < 0 else position  # lookbehind is one character here
        matches = start >= 0 and any(True for _ in self._sequence(list(value[1]), text, start))
        return matches == (kind is _OPCODES.ASSERT)

    def _repeat(self, value: Any, text: str, position: int) -> Iterator[int]:
        least, most, items = value
        ends = [position]
        if len(items) == 1 and items[0][0] in _SINGLE:
            while len(ends) <= most and self._is_one(items[0], text, ends[-1]):
                ends.append(ends[-1] + 1)
            for end in reversed(ends[least:]):
                self.steps += 1
                yield end
            return
        if most:
            for end in self._sequence(list(items), text, position):
                if end > position:
                    remaining = most if most is _OPCODES.MAXREPEAT else most - 1
                    yield from self._repeat((max(least - 1, 0), remaining, items), text, end)
        if not least:
            yield position

    def _is_one(self, item: Any, text: str, position: int) -> bool:
        self.steps += 1
        if position >= len(text):
            return False
        kind, value = item
        if kind is _OPCODES.LITERAL:
            return bool(ord(text[position]) == value)
        if kind is _OPCODES.NOT_LITERAL:
            return bool(ord(text[position]) != value)
        return kind is _OPCODES.ANY or _is_in(value, text[position])

    @staticmethod
    def _is_at(value: Any, text: str, position: int) -> bool:
        if value in (_OPCODES.AT_BEGINNING, _OPCODES.AT_BEGINNING_STRING):
            return position == 0
        if value in (_OPCODES.AT_END, _OPCODES.AT_END_STRING):
            return position == len(text)
        sides = [0 <= one < len(text) and text[one].isalnum() for one in (position - 1, position)]
        return (sides[0] != sides[1]) == (value is _OPCODES.AT_BOUNDARY)


def _is_in(members: list[Any], character: str) -> bool:
    negated, contains = False, False
    for kind, value in members:
        if kind is _OPCODES.NEGATE:
            negated = True
        elif kind is _OPCODES.LITERAL:
            contains |= ord(character) == value
        elif kind is _OPCODES.RANGE:
            contains |= value[0] <= ord(character) <= value[1]
        else:
            contains |= _CATEGORIES[value](character)
    return contains != negated
