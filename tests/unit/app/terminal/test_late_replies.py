from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tui.app.terminal.late_replies import LateReplyFilter, beginning

LAST = "\x1b[?62;4;22c"
ANSWERS = [
    "\x1bP>|XTerm(379)\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b_Gi=31;EINVAL:no\x1b\\",
    "\x1b[6;18;9t",
    "\x1b[4;600;900t",
]
KEYS = [
    "\x1b",
    "\x1b[A",
    "\x1bOP",
    "\x1b[6~",
    "\x1b[6;5~",
    "\x1b[102;5u",
    "\x1b[",
    "\x1b_",
    "\x1bP",
]
REPORTS = ["\x1b[?2026;2$y", "\x1b[48;30;100;540;900t", "\x1b[<0;4;6M", "\x1b[1;1R", "\x1b[I"]
TYPED = st.one_of(st.text(max_size=4), st.sampled_from(KEYS), st.sampled_from(REPORTS))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def passed(late: LateReplyFilter, text: str, cuts: list[int]) -> str:
    """Feed the text in pieces and let go of what is held in the end."""
    places = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in pairwise(places)]
    return "".join(map(late.feed, pieces)) + late.release()


CUTS = st.lists(st.integers(0, 1000), max_size=12)


@given(st.lists(st.tuples(TYPED, st.sampled_from(ANSWERS))), TYPED, TYPED, CUTS)
def test_what_was_typed_is_passed_whole_and_nothing_else(
    pairs: list[tuple[str, str]], before: str, after: str, cuts: list[int]
) -> None:
    typed = "".join(key for key, _ in pairs) + before + after
    assume(passed(LateReplyFilter(), typed, []) == typed)  # typed by hand, it is an answer as well
    text = "".join(key + answer for key, answer in pairs) + before + LAST + after
    assert passed(LateReplyFilter(), text, cuts) == typed


@given(st.text(st.sampled_from("\x1b[?6;4ct_GP>|\\a\r"), max_size=40), CUTS)
def test_it_does_not_matter_how_it_is_cut(text: str, cuts: list[int]) -> None:
    assert passed(LateReplyFilter(), text, cuts) == passed(LateReplyFilter(), text, [])


@given(st.text(), st.text())
def test_after_the_last_answer_all_is_passed_at_once(begun: str, text: str) -> None:
    late = LateReplyFilter(begun)
    late.feed(LAST)
    assert late.feed(text + LAST) == text + LAST
    assert late.patience is None


@pytest.mark.parametrize("key", ["x", "\x1b[A", "\x1bOP", "\x1b[6~", "\x1b[200~fox\x1b[201~"])
def test_keys_are_passed_at_once(key: str) -> None:
    late = LateReplyFilter()
    assert late.feed(key) == key
    assert late.patience is None


def test_escape_waits_for_a_frame_or_two() -> None:
    clock = Clock()
    late = LateReplyFilter(clock=clock)
    assert late.feed("x\x1b") == "x"
    assert late.patience == pytest.approx(0.05)
    clock.now += 0.06
    assert late.patience == 0
    assert late.release() == "\x1b"
    assert late.patience is None


def test_what_is_surely_an_answer_is_waited_for_longer_and_given_back_in_the_end() -> None:
    clock = Clock()
    late = LateReplyFilter(clock=clock)
    assert late.feed("\x1b_Gi=3") == ""
    clock.now += 0.5
    assert late.patience == pytest.approx(0.5)
    assert late.feed("1;OK\x1b\\") == ""
    assert late.feed("\x1b[?6") == ""
    clock.now += 1.5
    assert late.patience == 0
    assert late.release() == "\x1b[?6"


def test_an_answer_that_began_before_the_app_is_ended() -> None:
    begun = beginning("fox\x1b[6;18;9t\x1b[?62")
    assert begun == "\x1b[?62"
    assert LateReplyFilter(begun).feed(";4cdog") == "dog"


def test_after_half_a_minute_no_answer_is_expected() -> None:
    clock = Clock()
    late = LateReplyFilter(clock=clock)
    clock.now += 29
    assert late.feed(ANSWERS[1]) == ""
    clock.now += 2
    assert late.feed(LAST) == LAST


def test_a_string_without_an_end_holds_no_more_than_an_answer_has() -> None:
    late = LateReplyFilter()
    text = "\x1b_G" + "x" * 300
    assert late.feed(text) == text
    assert late.feed("\x1b_Gx\r") == "\x1b_Gx\r"
