"""Sixel pictures among text, on a terminal of our own that shows both."""

from __future__ import annotations

import io
import threading

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.support.terminals.sixel_reader import EmulatedScreen
from tui.app.graphics.sixel import Sixel, SixelPart
from tui.app.graphics.sixel_screen import SixelScreen
from tui.app.terminal.images import CellSize

CELL = CellSize(4, 8)
RED, BLUE = (255, 0, 0), (0, 0, 255)
CONSOLE = Console(file=io.StringIO(), color_system="truecolor", legacy_windows=False)


class SixelTerminal:
    """A terminal of 40 x 12 cells behind a `SixelScreen`."""

    def __init__(self) -> None:
        self.size = (40, 12)
        self.woken = threading.Event()
        self.sixels = SixelScreen(self.woken.set, lambda: self.size)
        self.screen = EmulatedScreen(40, 12, CELL)
        self.sent = 0

    def picture(self, colour: tuple[int, int, int], columns: int, rows: int) -> Sixel:
        image = Image.new("RGB", (columns * CELL.width, rows * CELL.height), colour)
        picture = Sixel(image, CELL, columns, rows)
        self.sixels.add(picture)
        return picture

    def write(self, *lines: tuple[int, int, Strip | str]) -> None:
        """Write lines as Textual does: a move and a line each."""
        text = ""
        for y, x, line in lines:
            shown = line if isinstance(line, str) else line.render(CONSOLE)
            text += f"\x1b[{y + 1};{x + 1}H{shown}"
        self.send(self.sixels.rewritten(text))

    def send(self, data: str) -> None:
        self.sent += len(data)
        self.screen.write(data)

    def place(self, picture: Sixel, y: int, x: int, style: Style | None = None) -> None:
        strips = [strip.apply_style(style or Style()) for strip in picture.strips()]
        self.write(*((y + row, x, strip) for row, strip in enumerate(strips)))

    def settle(self) -> None:
        """Let the parts be drawn that had to be encoded."""
        assert self.woken.wait(10)
        self.send(self.sixels.late())

    def shows(self, colour: tuple[int, int, int]) -> list[str]:
        """Return a map of the cells that are wholly of a colour."""
        blocks = self.screen.pixels.reshape(12, CELL.height, 40, CELL.width, 3)
        return [
            "".join(".#"[bool(cell)] for cell in row)
            for row in (blocks == np.array(colour)).all(axis=(1, 3, 4))
        ]


def area(y: int, x: int, rows: int, columns: int, *holes: tuple[int, int, int, int]) -> list[str]:
    cells = np.zeros((12, 40), bool)
    cells[y : y + rows, x : x + columns] = True
    for top, left, height, width in holes:
        cells[top : top + height, left : left + width] = False
    return ["".join(".#"[bool(cell)] for cell in row) for row in cells]


@pytest.fixture
def terminal() -> SixelTerminal:
    return SixelTerminal()


def test_a_picture_is_drawn_where_its_placeholders_are(terminal: SixelTerminal) -> None:
    terminal.place(terminal.picture(RED, 10, 5), 2, 3)
    assert terminal.shows(RED) == area(2, 3, 5, 10)
    assert terminal.screen.drawn == 1
    assert {character for row in terminal.screen.text for character in row} == {" "}


def test_text_beside_a_picture_may_come_in_several_pieces(terminal: SixelTerminal) -> None:
    red, blue = terminal.picture(RED, 4, 1), terminal.picture(BLUE, 6, 1)
    pieces = [Segment("ab鳥"), *red.strips()[0], Segment("│"), *blue.strips()[0], Segment("z")]
    terminal.write((1, 0, Strip(pieces)))
    assert terminal.shows(RED) == area(1, 4, 1, 4)
    assert terminal.shows(BLUE) == area(1, 9, 1, 6)
    assert terminal.screen.text[1][15] == "z"


def test_a_picture_on_screen_is_not_sent_again(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 10, 5)
    terminal.place(picture, 2, 3)
    before = terminal.sent
    terminal.place(picture, 2, 3)
    assert terminal.screen.drawn == 1
    assert terminal.sent - before < 200
    assert terminal.shows(RED) == area(2, 3, 5, 10)


def test_a_new_background_is_drawn(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 10, 5)
    terminal.place(picture, 2, 3)
    terminal.place(picture, 2, 3, Style(bgcolor="#123456"))
    assert terminal.screen.drawn == 2


def test_a_dialog_covers_a_part_and_uncovers_it(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 30, 9)
    terminal.place(picture, 1, 2)
    terminal.write(*((row, 10, "x" * 8) for row in (4, 5)))
    assert terminal.shows(RED) == area(1, 2, 9, 30, (4, 10, 2, 8))
    terminal.place(picture, 1, 2)
    # the covered part was not encoded before
    terminal.settle()
    assert terminal.shows(RED) == area(1, 2, 9, 30)


def test_a_part_that_is_encoded_too_late_is_not_drawn(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 30, 9)
    strips = picture.strips()
    terminal.write((1, 2, strips[0].crop(0, 5)), (2, 2, strips[1].crop(0, 5)))
    assert terminal.shows(RED) == area(0, 0, 0, 0)
    terminal.write((1, 2, "text"))
    terminal.settle()
    assert terminal.shows(RED) == area(0, 0, 0, 0)
    assert "".join(terminal.screen.text[1][2:6]) == "text"


def test_a_moved_picture_is_drawn_at_its_new_position(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 10, 3)
    terminal.place(picture, 1, 2)
    terminal.write(*((row, 2, " " * 10) for row in (1, 2, 3)))
    terminal.place(picture, 5, 20)
    assert terminal.shows(RED) == area(5, 20, 3, 10)


def test_the_last_row_is_left_free_for_the_cursor(terminal: SixelTerminal) -> None:
    terminal.place(terminal.picture(RED, 10, 4), 8, 2)
    terminal.settle()
    assert terminal.shows(RED) == area(8, 2, 3, 10)


@pytest.mark.parametrize("text", ["\x1b[?1049h", ""])
def test_another_screen_and_another_size_show_no_picture(
    terminal: SixelTerminal, text: str
) -> None:
    picture = terminal.picture(RED, 10, 5)
    terminal.place(picture, 2, 3)
    if text:
        terminal.sixels.rewritten(text)
    else:
        terminal.size = (41, 12)
    terminal.place(picture, 2, 3)
    assert terminal.screen.drawn == 2


def test_a_cleared_screen_shows_no_picture(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 10, 5)
    terminal.place(picture, 2, 3)
    assert terminal.sixels.cleared() == "\x1b[2J"
    terminal.place(picture, 2, 3)
    assert terminal.screen.drawn == 2


def test_a_removed_picture_leaves_blanks(terminal: SixelTerminal) -> None:
    picture = terminal.picture(RED, 10, 5)
    terminal.sixels.remove(picture.number)
    terminal.place(picture, 2, 3)
    assert terminal.screen.drawn == 0
    assert terminal.screen.text[2][3] == " "


def test_text_is_unchanged_without_pictures(terminal: SixelTerminal) -> None:
    text = "\x1b[1;1H\x1b[31mabc\x1b[0m\n\x1b[2;1Hdef"
    assert terminal.sixels.rewritten(text) is text


def test_two_pictures_in_one_row_are_separate(terminal: SixelTerminal) -> None:
    red, blue = terminal.picture(RED, 5, 2), terminal.picture(BLUE, 5, 2)
    terminal.place(red, 1, 1)
    terminal.place(blue, 1, 7)
    assert (terminal.shows(RED), terminal.shows(BLUE)) == (area(1, 1, 2, 5), area(1, 7, 2, 5))
    assert red.encoded_text(SixelPart(0, 0, 2, 5)) is not None
