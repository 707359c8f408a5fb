"""Texts about one picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.model.picture_text import attributes, copies_text, facts, match_text, match_words
from tui.core.domain import FileDetails, Hit, MatchReason, PictureInfo

FILE = FileDetails(1, Path("/a/b.png"), 2_345_678, 0, None)


def hit(score: float | None, strength: float | None = None, copies: int = 1) -> Hit:
    return Hit(1, score, FILE, strength, copies)


def test_a_good_match_is_a_bar_and_a_weak_one_is_told_in_words() -> None:
    grades = [match_text(hit(0.25, strength), 40) for strength in (1.0, 0.8, 0.56, 0.54, 0.0)]
    assert grades == ["▮▮▮▮▮", "▮▮▮▯▯", "▮▯▯▯▯", "weak match", "weak match"]
    assert match_text(hit(0.25, 0.1), 9) == "weak"
    assert match_text(hit(0.25, 0.1), 3) == match_text(hit(0.25, 0.9), 4) == ""
    assert match_text(hit(None), 40) == match_text(hit(0.25), 40) == ""


def test_a_reason_stands_beside_the_grade_or_alone() -> None:
    named = replace(hit(0.1, 0.8), reason=MatchReason("name", "sandy beach"))
    assert match_text(named, 40) == "▮▮▮▯▯ name: sandy beach"
    assert match_text(named, 17) == "name: sandy beach"
    assert match_text(named, 14) == "name: s… beach"
    assert match_text(named, 8) == "▮▮▮▯▯"
    assert match_text(replace(named, score=None, strength=None), 40) == "name: sandy beach"
    assert match_text(replace(named, strength=0.2), 40) == "weak match"
    assert match_text(replace(named, reason=MatchReason("name", "")), 40) == "▮▮▮▯▯ name"


def test_a_match_is_told_in_words() -> None:
    in_folder = replace(hit(0.1, 0.8), reason=MatchReason("folder", "rclip\x1b"))
    assert match_words(in_folder) == "good match, folder: rclip\\x1b"
    assert [match_words(hit(0.1, value)) for value in (0.9, 0.1)] == ["good match", "weak match"]
    assert match_words(hit(None)) == match_words(hit(0.2)) == ""


@given(
    st.none() | st.floats(0, 1),
    st.none() | st.builds(MatchReason, st.sampled_from(["name", "folder"]), st.text()),
    st.integers(0, 60),
)
def test_a_match_fits_its_columns(
    strength: float | None, reason: MatchReason | None, width: int
) -> None:
    assert cell_len(match_text(replace(hit(0.2, strength), reason=reason), width)) <= width


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_stronger_match_never_has_a_shorter_bar(one: float, other: float) -> None:
    bars = [match_text(hit(0.2, value), 5).count("▮") for value in sorted((one, other))]
    assert bars == sorted(bars)


def test_facts_omit_unknown_values() -> None:
    assert facts(FILE)[1:] == ["2.3 MB"]
    info = PictureInfo(4, 3, "PNG", camera="Fuji\x1b X")
    line = facts(FileDetails(1, Path("/a"), 5, 0, info))
    assert line[1:] == ["4 × 3", "5 B", "PNG", "Fuji\\x1b X"]  # noqa: RUF001 - a size


def test_copies_are_counted_if_there_are_any() -> None:
    assert (copies_text(hit(0.1)), copies_text(hit(0.1, copies=3))) == ("", "3x")


def test_every_attribute_has_a_label_and_a_value() -> None:
    info = PictureInfo(4000, 3000, "JPEG", camera="Fuji", latitude=-47.5, longitude=8.25)
    ranked_hit = Hit(2, 0.27, FileDetails(1, Path("/a/b.jpg"), 5_000_000, 0, info), 0.7, 3)
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
    assert ("Match", "▮▮▯▯▯ good match") in standing
    assert ("Similarity", "0.270") in standing
    assert ("Copies", "3") in standing
    assert exposure == [("Lens", "XF\\x1b35")]
    assert [label for label, _ in terms] == ["Terms", ""]
    assert [value[8:] for _, value in terms] == [" +0.300  red fox", " -0.100  snow"]


def test_attributes_without_a_value_are_skipped() -> None:
    blocks = attributes(hit(None))
    assert [label for label, _ in blocks[0]] == ["Name", "Folder", "Date", "Size"]
    assert blocks[1:] == [[("Rank", "1")]]
