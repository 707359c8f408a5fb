from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.app.terminal.tmux import TmuxFacts, parse_tmux_reply, wrap_for_tmux

RGB = frozenset({"RGB"})


def test_the_answer_of_tmux_is_parsed() -> None:
    line = "3.4-rc1\tkitty(0.36.4)\txterm-kitty\t256,RGB,title\ton\n"
    features = frozenset({"256", "RGB", "title"})
    assert parse_tmux_reply(line) == TmuxFacts(
        (3, 4), "kitty(0.36.4)", "xterm-kitty", features, passes=True
    )


@pytest.mark.parametrize(
    ("answer", "passes"), [("0", False), ("1", True), ("all", True), ("", False)]
)
def test_each_version_has_its_own_word_for_on(answer: str, passes: bool) -> None:
    assert parse_tmux_reply(f"3.3a\t\t\t\t{answer}").passes == passes


@given(st.text())
def test_any_answer_of_tmux_is_accepted(line: str) -> None:
    assert parse_tmux_reply(line).draws in ("kitty", "sixel", "halfcell")


@pytest.mark.parametrize(
    ("tmux", "words"),
    [
        (TmuxFacts((3, 2), "kitty(0.36.4)", "xterm-kitty", RGB), ["3.3"]),
        (TmuxFacts((3, 3), "kitty(0.36.4)", "xterm-kitty", RGB), ["set -g allow-passthrough on"]),
        (
            TmuxFacts((3, 3), "kitty(0.36.4)", "xterm-kitty"),
            ["allow-passthrough on` and `set -as terminal-features ',xterm-kitty:RGB'`"],
        ),
        (TmuxFacts((3, 3), "XTerm(390)", "xterm-256color"), ["3.4", "--enable-sixel"]),
        (TmuxFacts((3, 4), "foot(1.16)", "foot"), ["set -as terminal-features ',foot:sixel'"]),
        (TmuxFacts((3, 3), "kitty(0.36.4)", "xterm-kitty", RGB, passes=True), []),
        (TmuxFacts((3, 3), "kitty(0.26.5)", "xterm-kitty", RGB), []),
        (TmuxFacts((3, 3), "", "xterm-256color"), []),
        (TmuxFacts(), []),
    ],
)
def test_the_advice_is_a_line_for_the_settings_of_tmux(tmux: TmuxFacts, words: list[str]) -> None:
    assert bool(tmux.advice) == bool(words)
    assert all(word in tmux.advice for word in words)


def test_only_graphics_are_wrapped() -> None:
    text = "a\x1b_Gi=1,m=1;AAAA\x1b\\\x1b_Gi=1,m=0;BB\x1b\\\x1b[31mred"
    assert wrap_for_tmux(text) == (
        "a\x1bPtmux;\x1b\x1b_Gi=1,m=1;AAAA\x1b\x1b\\\x1b\\"
        "\x1bPtmux;\x1b\x1b_Gi=1,m=0;BB\x1b\x1b\\\x1b\\\x1b[31mred"
    )
