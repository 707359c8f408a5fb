from __future__ import annotations

import io
from typing import Any

import pytest

from tui.app.terminal.capabilities import choose_images, colours, settle_colours, why_not_fullscreen
from tui.app.terminal.images import TRUECOLOR, CellSize, ImageSupport
from tui.app.terminal.probe import TerminalReplies
from tui.app.terminal.tmux import TmuxFacts
from tui.core.settings import ImageMode

CELL = CellSize(9, 18)
TRUE = {"COLORTERM": "truecolor"}


class Terminal:
    """Answers as a test configures it and counts the queries."""

    def __init__(self, **answers: Any) -> None:
        self.answers = TerminalReplies(**answers)
        self.questions = 0

    def __call__(self) -> TerminalReplies:
        self.questions += 1
        return self.answers


def choose(environ: dict[str, str], terminal: Terminal | None = None) -> tuple[str, int]:
    terminal = terminal or Terminal()
    images = choose_images(
        "auto", environ=environ, ask=terminal, ask_tmux=TmuxFacts, measure=lambda: CELL
    )
    assert images.cell == CELL
    return images.protocol, terminal.questions


@pytest.mark.parametrize(
    ("environ", "protocol"),
    [
        ({"TERM": "xterm-256color"}, "halfcell"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, "halfcell"),
        ({"TERM": "xterm-ghostty", **TRUE}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "ghostty", **TRUE}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "sixel"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "sixel"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "mlterm"}, "sixel"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230804"}, "sixel"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "210401"}, "halfcell"),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "new"}, "halfcell"),
        ({"TERM": "foot", "NO_COLOR": "1"}, "unicode"),
        ({}, "halfcell"),
    ],
)
def test_the_environment_decides_without_a_query(environ: dict[str, str], protocol: str) -> None:
    assert choose(environ) == (protocol, 0)


@pytest.mark.parametrize(
    "inside",
    [{"TMUX": "/tmp/tmux-0/default,1,0"}, {"STY": "1.pts-0"}, {"TERM": "screen.xterm-256color"}],
)
@pytest.mark.parametrize("outer", [{"KITTY_WINDOW_ID": "1"}, {"TERM_PROGRAM": "WezTerm"}, {}])
def test_half_cells_in_a_multiplexer(inside: dict[str, str], outer: dict[str, str]) -> None:
    assert choose({"TERM": "tmux-256color", **outer, **inside}) == ("halfcell", 0)


@pytest.mark.parametrize(
    ("answers", "protocol"),
    [
        ({"complete": True, "version": "kitty(0.28.0)", "kitty": True}, "kitty"),
        ({"complete": True, "version": "kitty(0.36.4)", "kitty": True}, "kitty"),
        ({"complete": True, "version": "kitty(1.0.0)", "kitty": True}, "kitty"),
        ({"complete": True, "version": "kitty(0.26.5)", "kitty": True}, "halfcell"),
        ({"complete": True, "version": "", "kitty": True}, "halfcell"),
        ({"complete": True, "version": "Konsole 23.08", "kitty": True, "sixel": True}, "sixel"),
        ({"complete": True, "version": "XTerm(379)", "sixel": True}, "sixel"),
        ({"complete": True, "version": "XTerm(379)"}, "halfcell"),
        ({}, "halfcell"),
    ],
)
def test_a_terminal_that_may_do_better_is_queried_once(
    answers: dict[str, Any], protocol: str
) -> None:
    environ = {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", **TRUE}
    assert choose(environ, Terminal(**answers)) == (protocol, 1)


TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0", **TRUE}
RGB = frozenset({"256", "RGB"})


@pytest.mark.parametrize(
    ("tmux", "answers", "protocol", "questions"),
    [
        (TmuxFacts((3, 3), "kitty(0.36.4)", "xterm-kitty", RGB, passes=True), {}, "kitty", 0),
        (TmuxFacts((3, 3), "ghostty 1.0", "xterm-ghostty", RGB, passes=True), {}, "kitty", 0),
        (TmuxFacts((3, 3), "kitty(0.36.4)", "xterm-kitty", RGB), {}, "halfcell", 0),
        (TmuxFacts((3, 3), "kitty(0.26.5)", "xterm-kitty", RGB, passes=True), {}, "halfcell", 0),
        (
            TmuxFacts((3, 4), "XTerm(390)", "xterm", frozenset({"sixel"})),
            {"sixel": True},
            "sixel",
            1,
        ),
        (TmuxFacts((3, 4), "XTerm(390)", "xterm", frozenset({"sixel"})), {}, "halfcell", 1),
        (
            TmuxFacts((3, 3), "XTerm(390)", "xterm", frozenset({"sixel"})),
            {"sixel": True},
            "halfcell",
            0,
        ),
        (TmuxFacts(), {}, "halfcell", 0),
    ],
)
def test_the_answer_of_tmux_decides_the_protocol(
    tmux: TmuxFacts, answers: dict[str, Any], protocol: str, questions: int
) -> None:
    terminal = Terminal(complete=True, **answers)
    images = choose_images(
        "auto", environ=TMUX, ask=terminal, ask_tmux=lambda: tmux, measure=lambda: CELL
    )
    assert (images.protocol, terminal.questions) == (protocol, questions)
    assert images.behind_tmux == (protocol == "kitty")


def test_pictures_in_tmux_are_wrapped_however_they_were_requested() -> None:
    images = choose_images("kitty", environ=TMUX, ask=Terminal(), measure=lambda: CELL)
    assert images.wire("\x1b_Ga=d,i=7\x1b\\x") == "\x1bPtmux;\x1b\x1b_Ga=d,i=7\x1b\x1b\\\x1b\\x"
    plain = choose_images("kitty", environ=TRUE, ask=Terminal(), measure=lambda: CELL)
    assert plain.wire("\x1b_Ga=d,i=7\x1b\\x") == "\x1b_Ga=d,i=7\x1b\\x"


@pytest.mark.parametrize(
    ("name", "far"), [("SSH_TTY", True), ("SSH_CONNECTION", True), ("TERM", False)]
)
def test_a_terminal_over_a_network_is_remote(name: str, far: bool) -> None:
    environ = {"TERM": "foot", name: "foot"}
    images = choose_images("auto", environ=environ, ask=Terminal(), measure=lambda: CELL)
    assert (images.meter is not None) == far
    images = choose_images("halfcell", environ=environ, measure=lambda: CELL)
    assert (images.meter is not None) == far


def test_kitty_pictures_need_24_bit_colours() -> None:
    kitty = Terminal(complete=True, version="kitty(0.36.4)", kitty=True)
    assert choose({"TERM": "xterm-kitty"}, kitty) == ("kitty", 1)  # it has them by its name
    assert choose({"TERM": "xterm-kitty", "TEXTUAL_COLOR_SYSTEM": "256"}, kitty) == ("halfcell", 2)


@pytest.mark.parametrize(
    ("version", "truecolor"),
    [
        ("XTerm(379)", True), ("XTerm(331)", True), ("XTerm(330)", False), ("xterm", False),
        ("foot(1.16.2)", True), ("WezTerm 20240203", True), ("Konsole 23.08", True),
        ("VTE(7600)", True), ("contour 0.4", True), ("", False), ("tmux 3.4", False),
    ],
)  # fmt: skip
def test_a_terminal_that_names_itself_has_its_colours(version: str, truecolor: bool) -> None:
    environ = {"TERM": "xterm", "XTERM_VERSION": "XTerm(379)"}
    terminal = Terminal(complete=True, version=version, sixel=True)
    images = choose_images("auto", environ=environ, ask=terminal, measure=lambda: CELL)
    assert images.protocol == "sixel"
    assert images.colours == (TRUECOLOR if truecolor else 16)
    settle_colours(environ, images)
    assert colours(environ) == images.colours  # as Textual will use it


def test_tmux_that_passes_24_bit_colours_on_needs_no_variable() -> None:
    environ = {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-0/default,1,0"}
    tmux = TmuxFacts((3, 3), "kitty(0.36.4)", "xterm-kitty", frozenset({"RGB"}), passes=True)
    images = choose_images(
        "auto", environ=environ, ask=Terminal(), ask_tmux=lambda: tmux, measure=lambda: CELL
    )
    assert (images.protocol, images.colours) == ("kitty", TRUECOLOR)


@pytest.mark.parametrize("mode", ["kitty", "sixel", "halfcell", "unicode", "off"])
def test_a_set_mode_is_used(mode: ImageMode) -> None:
    terminal = Terminal(complete=True, version="kitty(0.36.4)", kitty=True)
    environ = {"TERM": "xterm-kitty", "TMUX": "1", "NO_COLOR": "1"}
    assert choose_images(mode, environ=environ, ask=terminal, measure=lambda: CELL).protocol == mode
    assert terminal.questions == 0


def test_typed_keys_and_the_cell_size_are_returned() -> None:
    terminal = Terminal(complete=True, sixel=True, cell=(8, 17), typed="cat")
    images = choose_images(
        "auto", environ={"XTERM_VERSION": "XTerm(379)"}, ask=terminal, measure=lambda: None
    )
    assert images == ImageSupport("sixel", "a terminal without a name", CellSize(8, 17), 16, "cat")


def test_colours_follow_the_environment_as_the_app_does() -> None:
    assert colours({}) == 16
    assert colours({"TERM": "xterm"}) == 16
    assert colours({"TERM": "xterm-256color"}) == 256
    assert colours({"TERM": "xterm-256color", **TRUE}) == TRUECOLOR
    assert colours({"TERM": "xterm", "TEXTUAL_COLOR_SYSTEM": "256"}) == 256


@pytest.mark.parametrize("term", ["xterm-kitty", "xterm-ghostty", "foot", "alacritty", "st-direct"])
def test_a_name_with_24_bit_colours_is_accepted(term: str) -> None:
    environ = {"TERM": term}
    settle_colours(environ)
    assert colours(environ) == TRUECOLOR


def test_other_names_say_nothing_about_colours() -> None:
    environ = {"TERM": "xterm-256color"}
    settle_colours(environ)
    assert environ == {"TERM": "xterm-256color"}


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_full_screen_runs_on_a_terminal() -> None:
    assert why_not_fullscreen(Tty(), Tty(), Tty(), {"TERM": "xterm"}) is None


@pytest.mark.parametrize(
    ("streams", "term", "word"),
    [
        ((io.StringIO(), Tty(), Tty()), "xterm", "input"),
        ((None, Tty(), Tty()), "xterm", "input"),
        ((Tty(), io.StringIO(), Tty()), "xterm", "output"),
        ((Tty(), Tty(), io.StringIO()), "xterm", "error"),
        ((Tty(), Tty(), Tty()), "dumb", "TERM=dumb"),
    ],
)
def test_one_sentence_says_why_the_full_screen_cannot_run(
    streams: tuple[Any, Any, Any], term: str, word: str
) -> None:
    sentence = why_not_fullscreen(*streams, {"TERM": term})
    assert sentence is not None
    assert word in sentence
    assert "photoseek search" in sentence
    assert "\n" not in sentence


def test_a_closed_stream_is_not_a_terminal() -> None:
    closed = io.StringIO()
    closed.close()
    assert why_not_fullscreen(Tty(), closed, Tty(), {"TERM": "xterm"}) is not None
