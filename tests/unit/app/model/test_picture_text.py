"""What is said of one picture."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui.app.model.picture_text import attributes, copies_text, facts, score_text
from tui.core.domain import FileDetails, Hit, PictureInfo

FILE = FileDetails(1, Path("/a/b.png"), 2_345_678, 0, None)


def hit(score: float | None, strength: float | None = None, copies: int = 1) -> Hit:
    return Hit(1, score, FILE, strength, copies)


def test_a_score_is_a_bar_where_there_is_room() -> None:
    assert score_text(hit(0.25), 0.5, 40) == "━━━━╌╌╌╌ 0.25"
    assert score_text(hit(0.25), 0.5, 9) == "━━╌╌ 0.25"
    assert score_text(hit(0.25), 0.5, 8) == "0.25"
    assert score_text(hit(None), None, 40) == ""


def test_the_bar_is_the_strength_where_it_is_known() -> None:
    assert score_text(hit(0.25, strength=1.0), 0.5, 40) == "━━━━━━━━ 0.25"
    assert score_text(hit(0.25, strength=0.0), 0.5, 40) == "╌╌╌╌╌╌╌╌ 0.25"


@given(st.floats(-1, 1), st.floats(-1, 1) | st.none(), st.integers(0, 200))
def test_a_score_fits_its_column(score: float, best: float | None, width: int) -> None:
    assert len(score_text(hit(score), best, width)) <= max(width, len("-0.00"))


def test_facts_omit_unknown_values() -> None:
    assert facts(FILE)[1:] == ["2.3 MB"]
    info = PictureInfo(4, 3, "PNG", camera="Fuji\x1b X")
    line = facts(FileDetails(1, Path("/a"), 5, 0, info))
    assert line[1:] == ["4 × 3", "5 B", "PNG", "Fuji\\x1b X"]  # noqa: RUF001 - a size


def test_copies_are_said_where_there_are_any() -> None:
    assert (copies_text(hit(0.1)), copies_text(hit(0.1, copies=3))) == ("", "3x")


def test_every_attribute_has_a_label_and_a_value() -> None:
    info = PictureInfo(4000, 3000, "JPEG", camera="Fuji", latitude=-47.5, longitude=8.25)
    ranked_hit = Hit(2, 0.27, FileDetails(1, Path("/a/b.jpg"), 5_000_000, 0, info), 0.5, 3)
    matches = [("red fox", 0.3), ("snow", -0.1)]
    file, standing, exposure, terms = attributes(ranked_hit, matches, [("Lens", "XF\x1b35")])
    for pair in (
        ("Name", "b.jpg"),
        ("Folder", "/a"),
        ("Size", "5.0 MB (5,000,000 bytes)"),
        ("Pixels", "4000 × 3000 (12.0 MP)"),  # noqa: RUF001 - a size
        ("Place", "47.50000 S, 8.25000 E"),
    ):
        assert pair in file
    assert ("Score", "0.270") in standing
    assert ("Copies", "3") in standing
    assert exposure == [("Lens", "XF\\x1b35")]
    assert [label for label, _ in terms] == ["Terms", ""]
    assert [value[8:] for _, value in terms] == [" +0.300  red fox", " -0.100  snow"]


def test_attributes_without_a_value_are_left_out() -> None:
    blocks = attributes(hit(None))
    assert [label for label, _ in blocks[0]] == ["Name", "Folder", "Date", "Size"]
    assert blocks[1:] == [[("Rank", "1")]]
