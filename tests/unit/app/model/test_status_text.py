"""What the screen says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from tui.app.model.result_window import Window
from tui.app.model.status_text import (
    EmptyState,
    detail_line,
    empty_state_text,
    order_text,
    shown_folder,
    shown_path,
    summary,
)
from tui.core.domain import FileDetails, Hit, PictureInfo, Progress
from tui.search.query.parse import parse
from tui.search.ranking.ranking import Ranking

if TYPE_CHECKING:
    from tui.search.ranking.sorted_walk import SortedWalk

NOTHING = EmptyState(
    text="zebra", scope=None, opened=True, semantic=True, loading=False, indexing=None, in_scope=0
)
HERE = Path("/pictures/holiday")


def test_the_home_folder_is_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert shown_path(Path("/home/ada")) == "~"
    assert shown_path(Path("/home/ada/a/b.jpg")) == "~/a/b.jpg"
    assert shown_path(Path("/home/adam/b.jpg")) == "/home/adam/b.jpg"


def test_folders_are_shown_by_their_names() -> None:
    assert shown_folder(None) == "all pictures"
    assert shown_folder(HERE) == "holiday"
    assert shown_folder(Path("/")) == "/"
    assert shown_folder(Path("/a\nb")) == r"a\nb"


def test_a_year_that_no_calendar_has_is_left_out() -> None:
    info = PictureInfo(4, 3, "PNG", taken_ns=10**30)
    line = detail_line(Hit(1, None, FileDetails(1, Path("/a/b.png"), 1, 0, info)))
    assert line.split("  ·  ") == ["/a/b.png", "4 × 3", "PNG"]  # noqa: RUF001 - a size


def test_the_summary_of_an_indexing_run() -> None:
    done = Progress("done", indexed=3, reused=1, unchanged=2, removed=1, failed=1, seconds=4.2)
    assert summary(done) == "4 pictures indexed, 2 unchanged, 1 removed, 1 failed in 4 s"
    assert summary(Progress("done", unchanged=2)) == "nothing new, 2 unchanged in 0 s"


@pytest.mark.parametrize(
    ("situation", "parts"),
    [
        (replace(NOTHING, opened=False), ["Opening the library"]),
        (NOTHING, ["library is empty", "press i"]),
        (replace(NOTHING, scope=HERE), ["No picture of holiday", "Press i"]),
        (replace(NOTHING, scope=HERE, was_read=True), ["No pictures found in /pictures/holiday."]),
        (replace(NOTHING, scope=HERE, indexing=HERE), ["Looking for pictures in holiday"]),
        (replace(NOTHING, in_scope=9), ["indexed with this model", "Press i"]),
        (
            replace(NOTHING, in_scope=9, semantic=False, loading=True, scope=HERE),
            ["No file name in holiday holds “zebra”", "on its way"],
        ),
        (replace(NOTHING, in_scope=9, semantic=False), ["holds “zebra”", "another word"]),
        (
            replace(NOTHING, in_scope=9, filters="on:1990 -wide"),
            ["fits on:1990 -wide", "Take a filter away"],
        ),
    ],
)
def test_an_empty_state_names_the_reason_and_the_remedy(
    situation: EmptyState, parts: list[str]
) -> None:
    text = empty_state_text(situation)
    assert all(part in text for part in parts)


@pytest.mark.parametrize(
    ("text", "semantic", "text_of_order"),
    [
        ("", False, "newest first"),
        ("ext:jpg", False, "newest first"),
        ("ext:jpg -sort:date", False, "oldest first"),
        ("- red", False, "newest first"),
        ("red", False, "by file name"),
        ("red", True, "by meaning"),
        ("red sort:score", True, "by meaning"),
        ("red -sort:score", True, "by meaning, the least first"),
        ("red sort:name", True, "by file name"),
        ("sort:size", False, "largest first"),
    ],
)
def test_the_status_names_the_order(text: str, semantic: bool, text_of_order: str) -> None:
    ranking = Ranking(1, parse(text), np.arange(2000), None, semantic=semantic, total=2000)
    assert order_text(ranking, Window(2000, cursor=9)) == f"{text_of_order}  ·  10/2,000"
    assert order_text(ranking, Window()) == order_text(None, Window(5)) == ""


def test_the_status_says_that_more_results_may_follow() -> None:
    query = parse("red sort:date")
    walk = cast("SortedWalk", object())
    ranking = Ranking(1, query, np.arange(2000), None, semantic=True, total=2000, walk=walk)
    text = "newest first  ·  {}/at least 2,000"
    assert order_text(ranking, Window(2001, cursor=9)) == text.format("10")
    assert order_text(ranking, Window(2001, cursor=2000)) == text.format("2,000")
