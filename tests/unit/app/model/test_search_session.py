"""Numbering questions, and where the window goes when an answer comes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tui.app.model.result_window import Window
from tui.app.model.search_session import SearchRequest, SearchSession, window_after_answer
from tui.search.query.parse import parse
from tui.search.ranking.ranking import Ranking

WINDOW = Window(total=100, columns=3, rows=2)


def ask(*, keep: int | None, again: bool) -> SearchRequest:
    return SearchSession().ask(WINDOW, keep, again=again)


def test_only_the_newest_answer_is_accepted() -> None:
    session = SearchSession()
    first = session.ask(WINDOW)
    session.text = "fox"
    second = session.ask(WINDOW)
    assert (first.text, second.text) == ("", "fox")
    assert not session.accepts(first.generation)
    assert session.accepts(second.generation)


def test_a_new_query_starts_at_the_top() -> None:
    assert window_after_answer(ask(keep=None, again=False), WINDOW.at(40), 50, None) == Window(
        50, 3, 2
    )


def test_a_picture_that_is_still_on_the_first_screen_stays_highlighted() -> None:
    window = window_after_answer(ask(keep=7, again=False), WINDOW.at(2), 50, 4)
    assert (window.top, window.cursor) == (0, 4)


def test_a_picture_that_moved_far_down_is_not_followed() -> None:
    assert window_after_answer(ask(keep=7, again=False), WINDOW.at(2), 50, 30).cursor == 0


def test_a_repeated_query_keeps_the_picture_and_its_position() -> None:
    before = WINDOW.at(40)
    after = window_after_answer(ask(keep=7, again=True), before, 130, 70)
    assert after.cursor == 70
    assert 70 // 3 - after.top == 40 // 3 - before.top


def test_a_repeated_query_without_a_picture_keeps_the_window() -> None:
    before = WINDOW.at(40)
    assert window_after_answer(ask(keep=None, again=True), before, 130, None) == replace(
        before, total=130
    )


def test_unfolding_is_a_question_of_its_own() -> None:
    session = SearchSession()
    session.text = "red"
    ranking = Ranking(3, parse("red"), np.arange(9), None, semantic=True, total=9)
    request = session.unfold(WINDOW.at(4), 7, ranking)
    assert (request.generation, request.keep, request.again) == (1, 7, True)
    assert request.unfold == (ranking, 4)
    assert session.ask(WINDOW).unfold is None
