import pyte
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, InlineUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.app.terminal.images import PLACEHOLDER
from tui.app.terminal.painting.frame import Frame

WIDTH = 20
COLOURED = Style.parse("#010203 on #040506")


def line(*segments: Segment) -> Strip:
    return Strip(segments).adjust_cell_length(WIDTH)


def whole(*strips: Strip) -> LayoutUpdate:
    return LayoutUpdate([[strip] for strip in strips], Region(0, 0, WIDTH, len(strips)))


def sent(frame: Frame, update: object) -> str:
    assert frame.take(update, ColorSystem.TRUECOLOR)
    return frame.changes()


def test_only_changed_cells_are_sent() -> None:
    frame = Frame()
    assert "hello" in sent(frame, whole(line(Segment("hello")), line()))
    assert sent(frame, whole(line(Segment("hello")), line())) == ""
    assert sent(frame, whole(line(Segment("hallo")), line())) == "\x1b[1;2Ha"
    assert sent(frame, whole(line(Segment("hallo")), line(Segment("x", COLOURED)))) == (
        "\x1b[2;1H\x1b[38;2;1;2;3;48;2;4;5;6mx\x1b[0m"
    )


def test_a_short_gap_costs_less_than_a_move() -> None:
    frame = Frame()
    sent(frame, whole(line(Segment("abcdefghijklmnop"))))
    assert sent(frame, whole(line(Segment("Abcdefghijklmnop")))) == "\x1b[1;1HA"
    assert sent(frame, whole(line(Segment("abcDefghijklmnoP")))) == "\x1b[1;1HabcD\x1b[1;16HP"


def test_a_frame_is_sent_whole_after_forget() -> None:
    frame = Frame()
    update = whole(line(Segment("hello", COLOURED)))
    first = sent(frame, update)
    frame.forget()
    assert sent(frame, update) == first


def test_a_late_update_of_the_earlier_size_leaves_nothing_in_a_smaller_terminal() -> None:
    before = whole(line(Segment(f"{'same':{WIDTH - 1}}╯")), line(), line(Segment("below")))
    after = LayoutUpdate([[Strip([Segment("same ")])], [Strip.blank(5)]], Region(0, 0, 5, 2))
    screen = pyte.Screen(5, 2)
    stream = pyte.Stream(screen)
    frame = Frame()
    sent(frame, before)  # the terminal has its new size
    frame.forget()
    stream.feed(sent(frame, before))
    stream.feed(sent(frame, after))
    assert screen.display == ["same ", "     "]


def test_with_a_limit_the_smallest_changes_come_first() -> None:
    frame = Frame()
    colours = [Segment("▀", Style.parse(f"#0000{n:02x} on #{n:02x}0000")) for n in range(20)]
    update = whole(line(*colours), line(Segment("typed")), line(*colours))
    assert frame.take(update, ColorSystem.TRUECOLOR)
    assert frame.changes(100) == f"\x1b[2;1Htyped{' ' * 15}"
    assert frame.is_behind
    assert frame.changes(0) == ""
    later = [frame.changes(800), frame.changes(800)]
    assert [text[:6] for text in later] == ["\x1b[1;1H", "\x1b[3;1H"]
    assert all(text.count("▀") == 20 for text in later)
    assert not frame.is_behind
    assert frame.changes() == ""


def test_other_kinds_of_updates_are_unknown() -> None:
    class Other(ChopsUpdate):
        pass

    frame = Frame()
    assert not frame.take(InlineUpdate([line()]), ColorSystem.TRUECOLOR)
    assert not frame.take(Other([{}], [(0, 0, 1)], [[]]), ColorSystem.TRUECOLOR)
    assert not frame.take("a text", ColorSystem.TRUECOLOR)


def test_a_part_of_a_line_beyond_the_span_is_unchanged() -> None:
    frame = Frame()
    sent(frame, whole(line(Segment("hello world"))))
    chops: list[dict[int, Strip | None]] = [
        {0: Strip([Segment("HELLO ")]), 6: Strip([Segment("covered")])}
    ]
    assert sent(frame, ChopsUpdate(chops, [(0, 1, 3)], [[6, WIDTH]])) == "\x1b[1;1HHELLO"


def test_covering_half_of_a_wide_character_blanks_the_other_half() -> None:
    frame = Frame()
    sent(frame, whole(line(Segment("a日b"))))
    chops: list[dict[int, Strip | None]] = [{0: None, 2: Strip([Segment("x")]), 3: None}]
    assert sent(frame, ChopsUpdate(chops, [(0, 2, 3)], [[2, 3, WIDTH]])) == "\x1b[1;2H \x1b[1;3Hx"


def test_text_of_uncertain_width_is_sent_whole_and_the_cursor_moved_after_it() -> None:
    frame = Frame()
    sent(frame, whole(line(Segment("नमि a"), Segment(".", COLOURED))))
    text = sent(frame, whole(line(Segment("नमि b"), Segment(".", COLOURED))))
    assert text.startswith("\x1b[1;1Hनमि b\x1b[1;")
    assert text.endswith("m.\x1b[0m")


def test_every_line_of_a_picture_sets_its_style() -> None:
    cell = f"{PLACEHOLDER}{chr(0xE0100) * 4}"
    style = Style.parse("on #040506")
    text = sent(Frame(), whole(line(Segment(cell, style)), line(Segment(cell, style))))
    assert text.count(f"H\x1b[0;48;2;4;5;6m{cell}") == 2


def test_adjacent_pictures_keep_their_own_styles() -> None:
    one, two = (
        Segment(f"{PLACEHOLDER}{chr(0xE0100)}{chr(0xE0100 + number)}{chr(0xE0100)}{chr(0xE0100)}")
        for number in (1, 2)
    )
    text = sent(Frame(), whole(line(one, two)))
    assert f"{one.text}\x1b[0m{two.text}" in text


def test_the_two_letters_of_a_flag_change_together() -> None:
    frame = Frame()
    sent(frame, whole(line(Segment("a🇩🇪b"))))
    assert sent(frame, whole(line(Segment("a🇩🇰b")))) == "\x1b[1;2H🇩🇰"
    assert sent(frame, whole(line(Segment("a🇩🇰🇫🇷")))) == "\x1b[1;4H🇫🇷"
