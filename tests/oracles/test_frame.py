"""Random updates of the screen: ``Frame`` sends updates that show the same as Textual's.

pyte, an emulator of a terminal, receives both: only the changes after each update, and all lines
that Textual renders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.oracles import examples
from tui.app.terminal.clusters import steady
from tui.app.terminal.painting.frame import Frame

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

COLUMNS, ROWS = 24, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True, legacy_windows=False)

ACCENTS = "\u0301\u0323"
LETTERS = ("\u0301", "a", "b", " ", "  ", "é", "e\u0301", "▀", "日", "本語", "😀", "x\u0323y")
UNSTEADY = ("👩\u200d🚀", "❤\ufe0f", "👍🏽", "क्षि ", "नि", "a\u200db ")
STYLES = st.sampled_from(
    [
        None,
        *map(
            Style.parse,
            (
                "#102030 on #405060",
                "#102030 on #0000ff",
                "#aabbcc on #405060",
                "bold #102030 on #405060",
                "bold italic",
                "dim red",
                "reverse",
                "underline on #010203",
                "red on blue",
                "color(7) on color(200)",
                "default on default",
            ),
        ),
    ]
)
TEXTS = st.lists(st.sampled_from(LETTERS), max_size=8).map("".join)
CUTS = st.sets(st.integers(1, COLUMNS - 1), max_size=3)
SEGMENTS = st.lists(st.tuples(TEXTS, STYLES).map(lambda pair: Segment(*pair)), max_size=6)


@st.composite
def strips(draw: DrawFn, width: int) -> Strip:
    """Return a random strip of this many cells."""
    strip = Strip(draw(SEGMENTS)).adjust_cell_length(width, draw(STYLES)).crop(0, width)
    return divided(strip, [width])[0]


def divided(strip: Strip, cuts: list[int]) -> list[Strip]:
    """Divide a strip; an accent stays with its letter, which Rich's division separates."""
    parts: list[list[Segment]] = [[]]
    for part in strip.divide(cuts):
        parts.append([])
        for text, style, _ in part:
            bare = text.lstrip(ACCENTS) if not parts[-1] else text
            if parts[-2] and bare != text:
                parts[-2].append(Segment(text[: len(text) - len(bare)], style))
            if bare:
                parts[-1].append(Segment(bare, style))
    return [Strip(part) for part in parts[1:]]


class Painted:
    """A screen as Textual paints it: the whole of each line."""

    def __init__(self) -> None:
        self.lines = [Strip.blank(COLUMNS, Style.null()) for _ in range(ROWS)]

    def whole(self) -> LayoutUpdate:
        """Return all of it."""
        return LayoutUpdate([[line] for line in self.lines], Region(0, 0, COLUMNS, ROWS))

    def paint(self, draw: DrawFn) -> ChopsUpdate | LayoutUpdate:
        """Paint a part of some lines, or all of them."""
        if draw(st.integers(0, 5)) == 0:
            cuts = [*sorted(draw(CUTS)), COLUMNS]
            chops = [divided(draw(strips(COLUMNS)), cuts) for _ in self.lines]
            self.lines = [Strip.join(line) for line in chops]
            return LayoutUpdate(list(chops), Region(0, 0, COLUMNS, ROWS))
        left = draw(st.integers(0, COLUMNS - 1))
        right = draw(st.integers(left + 1, COLUMNS))
        lines: list[dict[int, Strip | None]] = []
        ends, spans = [], []
        rows = draw(st.sets(st.integers(0, ROWS - 1), min_size=1))
        for y, before in enumerate(self.lines):
            cuts = [*sorted(draw(CUTS)), COLUMNS]
            line: dict[int, Strip | None] = dict.fromkeys([0, *cuts[:-1]])
            if y in rows:
                part = draw(strips(right - left))
                pieces = divided(before, sorted({left, right, COLUMNS} - {0}))
                whole = Strip.join(
                    [*pieces[: left > 0], part, *pieces[len(pieces) - (right < COLUMNS) :]]
                )
                spans.append((y, left, right))
                line = self._painted(draw, whole, spans[-1], cuts)
            lines.append(line)
            ends.append(cuts)
        return ChopsUpdate(lines, spans, ends)

    def _painted(
        self, draw: DrawFn, whole: Strip, span: tuple[int, int, int], cuts: list[int]
    ) -> dict[int, Strip | None]:
        y, left, right = span
        chops = list(zip([0, *cuts[:-1]], cuts, divided(whole, cuts), strict=True))
        touched = [chop for chop in chops if chop[0] < right and chop[1] > left]
        first, last = touched[0][0], touched[-1][1]
        pieces = divided(whole, sorted({first, last, COLUMNS} - {0}))
        parts = [strip for _, _, strip in touched]
        self.lines[y] = Strip.join(
            [*pieces[: first > 0], *parts, *pieces[len(pieces) - (last < COLUMNS) :]]
        )
        # Beyond the span there may be nothing, or a widget that another covers.
        wrong = draw(st.booleans())
        return {
            start: strip
            if first <= start < last
            else (Strip.blank(end - start, Style.parse("on red")) if wrong else None)
            for start, end, strip in chops
        }


class Terminal:
    """A terminal that shows its input."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.screen.reset_mode(pyte.modes.DECAWM)
        self.stream = pyte.Stream(self.screen)

    def feed(self, text: str) -> None:
        """Show a text, as the driver writes it."""
        self.stream.feed(steady(text))

    def cells(self) -> list[list[pyte.screens.Char]]:
        """Return the contents of each cell."""
        return [[self.screen.buffer[y][x] for x in range(COLUMNS)] for y in range(ROWS)]


@settings(max_examples=examples(150), deadline=None)
@given(st.data())
def test_changes_show_the_same_as_whole_screens(data: st.DataObject) -> None:
    painted, frame, changed = Painted(), Frame(), Terminal()
    whole = Terminal()
    first = painted.whole()
    frame.take(first, ColorSystem.TRUECOLOR)
    changed.feed(frame.changes())
    for _ in range(data.draw(st.integers(1, 6))):
        update = painted.paint(cast("DrawFn", data.draw))
        assert frame.take(update, ColorSystem.TRUECOLOR)
        limit = data.draw(st.sampled_from([None, None, 0, 60]))
        if limit is not None:
            changed.feed(frame.changes(limit))  # which leaves the remaining changes for later
            continue
        changed.feed(frame.changes())
        whole.feed(painted.whole().render_segments(CONSOLE))
        for shown, expected in zip(changed.cells(), whole.cells(), strict=True):
            assert shown == expected
        frame.take(painted.whole(), ColorSystem.TRUECOLOR)
        assert frame.changes() == "", "what is shown already is not sent again"
