"""The reason why a hit matches if it is not the content."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.core.domain import MatchReason
from tui.search.query.parse import parse
from tui.search.ranking.match_reasons import ReasonFinder
from tui.search.ranking.relevance import ScoreScale

SCALE = ScoreScale(0.1, 0.2)
WEAK, GOOD = 0.12, 0.3
FOLDER = Path("/pictures/rclip test/2023")


def reason(text: str, path: Path, score: float | None = WEAK, strength: float | None = 1.0) -> str:
    reason = ReasonFinder(parse(text), SCALE).find(path, score, strength)
    return "" if reason is None else str(reason)


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("beach", "Sunny-beach 3.jpg", "name: beach"),
        ("boats", "boat.jpg", "name: boats"),
        ("a beach in the sun", "SUN beach.jpg", "name: beach sun"),
        ("rclip", "IMG_0001.jpg", "folder: rclip test"),
        ("rclip test", "test.jpg", "folder: rclip test"),
        ("rclip", "rclip.jpg", "name: rclip"),
        ("élan", "ELAN.png", "name: elan"),
        ("owl", "bowl.jpg", ""),
        ("like:/a/b.jpg", "b.jpg", ""),
        ("- beach", "beach.jpg", ""),
    ],
)
def test_the_reason_is_the_matching_part_of_the_name_or_folder(
    text: str, name: str, shown: str
) -> None:
    assert reason(text, FOLDER / name) == shown


def test_a_hit_that_its_content_explains_has_no_reason() -> None:
    assert reason("beach", FOLDER / "beach.jpg", GOOD, 1.0) == ""
    assert reason("beach", FOLDER / "beach.jpg", WEAK, 0.1) == ""
    assert reason("beach", FOLDER / "beach.jpg", 0.25, 1.0) == "name: beach"
    assert ReasonFinder(parse("beach"), None).find(FOLDER / "beach.jpg", WEAK, None) is None


def test_without_a_model_the_reason_may_be_a_part_of_a_word() -> None:
    assert reason("owl", FOLDER / "bowl.jpg", None, None) == "name: owl"
    assert reason("boewl", FOLDER / "bowl.jpg", None, None) == "name"
    assert reason("ext:jpg", FOLDER / "bowl.jpg", None, None) == ""


def test_a_folder_that_can_not_be_printed_is_escaped() -> None:
    reason = ReasonFinder(parse("bad"), SCALE).find(Path("/bad\n\x1b/a.jpg"), WEAK, 1.0)
    assert reason == MatchReason("folder", r"bad\n\x1b")
