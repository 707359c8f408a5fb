"""The line of a picture in a list beside the preview."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.app.model.ellipsis import shorten_name
from tui.app.model.list_columns import column_widths, list_line, name_room
from tui.core.domain import FileDetails, Hit, MatchReason, PictureInfo

INFO = PictureInfo(4, 3, "JPEG", taken_ns=1_700_000_000 * 10**9)


def hit(name: str = "fox.jpg", size: int = 5_000_000, copies: int = 1) -> Hit:
    path = Path("/pictures/2023 Lisbon") / name
    return Hit(1, 0.5, FileDetails(1, path, size, 0, INFO), 1.0, copies)


def line(shown: Hit | None, width: int, mark: str = "") -> str:
    room = name_room(shown, width) - len(mark)
    label = "" if shown is None else shorten_name(shown.file.path.name, max(0, room))
    return "".join(list_line(shown, f"{mark}{label}", width))


def test_a_wide_list_has_all_columns() -> None:
    text = line(hit(), 110)
    assert text.startswith("fox.jpg ")
    assert "/pictures/2023 Lisbon" in text
    assert text.rstrip().endswith("  2023-11-14    5.0 MB  ▮▮▮▮▮")


@pytest.mark.parametrize(
    ("width", "parts"),
    [
        (57, ("Lisbon", "2023-11-14", "5.0 MB", "▮▮▮▮▮")),
        (56, ("2023-11-14", "5.0 MB", "▮▮▮▮▮")),
        (45, ("2023-11-14", "5.0 MB", "▮▮▮▮▮")),
        (44, ("2023-11-14", "▮▮▮▮▮")),
        (35, ("2023-11-14", "▮▮▮▮▮")),
        (34, ("▮▮▮▮▮",)),
        (15, ("▮▮▮▮▮",)),
        (14, ()),
    ],
)
def test_a_narrow_list_omits_columns(width: int, parts: tuple[str, ...]) -> None:
    text = line(hit(), width)
    for part in ("Lisbon", "2023-11-14", "5.0 MB", "▮▮▮▮▮"):
        assert (part in text) == (part in parts)
    assert text.startswith("fox.jpg")


def test_a_wide_list_has_more_detail_in_its_last_column() -> None:
    weak = replace(hit(), strength=0.1)
    assert line(weak, 69).endswith("  weak ")
    assert line(weak, 70).endswith("  weak match")
    named = replace(hit(), reason=MatchReason("name", "fox"))
    assert line(named, 99).endswith("  name: fox ") or line(named, 99).endswith("  ▮▮▮▮▮     ")
    assert line(named, 100).endswith("  ▮▮▮▮▮ name: fox     ")


def test_columns_are_aligned_for_characters_of_any_width() -> None:
    names = (
        "a.jpg",
        "n04612504_10085_yawl_sailing.jpg",
        "猫の写真とても長い名前.jpg",
        "e\u0301.jpg",
    )
    lines = [line(hit(name), 70) for name in names]
    starts = {cell_len(text[: text.index("2023-11-14")]) for text in lines}
    assert len(starts) == 1
    assert "…" in lines[1]
    assert ".jpg" in lines[1]


def test_sizes_are_aligned_at_the_right() -> None:
    ends = {line(hit(size=size), 70).index("B  ▮▮▮▮▮") for size in (5, 120_000, 999_900_000)}
    assert len(ends) == 1


def test_marks_and_copies_are_beside_the_name() -> None:
    assert line(hit(copies=3), 70, "✓ ").startswith("✓ fox.jpg 3x ")
    long_name = line(hit("n04612504_10085_yawl_sailing.jpg", copies=3), 50, "✓ ")
    assert long_name.startswith("✓ n0")
    assert "jpg 3x  2023" in long_name


def test_a_hit_without_details_is_blank() -> None:
    assert line(None, 70) == " " * 70


@given(st.integers(0, 300))
def test_the_columns_fill_the_width(width: int) -> None:
    widths = column_widths(width)
    assert sum(widths) == width
    assert min(widths) >= 0
    assert widths.name >= min(width, 8)


@given(
    st.text(st.sampled_from("ab猫👍\u0301."), max_size=40),
    st.integers(0, 120),
    st.integers(0, 10**12),
)
def test_a_line_fills_its_width(name: str, width: int, size: int) -> None:
    name = name.strip(".") or "x"
    assert cell_len(line(hit(name, size), width, "✓ ")) == width
