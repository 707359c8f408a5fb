"""Texts about the results of a query."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from tui.app.model.counts_text import counts_text, rule_text
from tui.app.model.result_window import Window
from tui.search.query.parse import parse
from tui.search.ranking.no_match import with_no_match
from tui.search.ranking.ranking import Ranking

if TYPE_CHECKING:
    from tui.search.ranking.sorted_walk import SortedWalk

WALK = cast("SortedWalk", object())


def ranking(
    text: str, *, semantic: bool = True, good: int | None = None, count: int = 723
) -> Ranking:
    ranked = Ranking(
        1, parse(text), np.arange(count), None, semantic=semantic, total=count, good_count=good
    )
    return replace(ranked, noise_start=None if good in (None, count) else good)


@pytest.mark.parametrize(
    ("text", "semantic", "counts"),
    [
        ("", False, "723 pictures  ·  newest first"),
        ("ext:jpg", False, "723 pictures  ·  newest first"),
        ("ext:jpg -sort:date", False, "723 pictures  ·  oldest first"),
        ("- red", False, "723 pictures  ·  newest first"),
        ("red", False, "723 matching names"),
        ("red sort:size", False, "723 matching names  ·  largest first"),
        ("red", True, "723 pictures  ·  best match first"),
        ("red sort:score", True, "723 pictures  ·  best match first"),
        ("red -sort:score", True, "723 pictures  ·  least relevant first"),
        ("red sort:name", True, "723 pictures  ·  by file name"),
        ("sort:size", False, "723 pictures  ·  largest first"),
    ],
)
def test_the_number_and_the_order_without_good_matches(
    text: str, counts: str, *, semantic: bool
) -> None:
    shown = ranking(text, semantic=semantic)
    assert counts_text(shown, Window(723, cursor=9)) == f"{counts}  ·  #10"
    assert counts_text(shown, Window()) == counts_text(None, Window(5)) == ""


@pytest.mark.parametrize(
    ("shown", "counts"),
    [
        (ranking("red", good=3), "3 good matches · 720 weaker"),
        (ranking("red", good=1, count=2), "1 good match · 1 weaker"),
        (ranking("red", good=723), "723 good matches"),
        (ranking("red", good=0), "no good match · 723 weaker"),
        (ranking("red sort:date", good=723), "723 good matches  ·  newest first"),
        (ranking("red sort:date", good=0), "no good match · 723 weaker  ·  newest first"),
        (replace(ranking("red", good=3), unranked_count=9_000), "3 good matches · 9,720 weaker"),
        (
            replace(ranking("red", good=723), unranked_count=9_000),
            "at least 723 good matches · 9,000 more",
        ),
        (
            replace(ranking("red sort:date", good=723), walk=WALK),
            "at least 723 good matches  ·  newest first",
        ),
        (
            replace(ranking("red sort:date", good=0), walk=WALK),
            "no good match · at least 723 weaker  ·  newest first",
        ),
        (
            replace(ranking("red sort:date"), walk=WALK),
            "at least 723 pictures  ·  newest first",
        ),
    ],
)
def test_good_and_weak_matches_are_counted(shown: Ranking, counts: str) -> None:
    assert counts_text(shown, Window(9_999, cursor=1)) == f"{counts}  ·  #2"


def test_a_cursor_below_a_walk_counts_as_the_last_result() -> None:
    shown = replace(ranking("red sort:date", good=723), walk=WALK)
    assert counts_text(shown, Window(724, cursor=723)).endswith("  ·  #723")


def test_the_rule_says_what_follows_or_that_nothing_matches() -> None:
    assert rule_text(ranking("red", good=3)) == "weaker matches"
    assert rule_text(with_no_match(ranking("red fox", good=0))) == "No good match for “red fox”."
