"""Texts of the app about copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tui.app.model.duplicates.text import (
    compared_facts,
    group_text,
    match_text,
    percentage,
    similarity_text,
    total_text,
)
from tui.core.domain import FileDetails, PictureInfo
from tui.search.duplicates.groups import DuplicateGroup
from tui.search.duplicates.on_disk import DiskFile

INFO = PictureInfo(4000, 3000, "JPEG", 1_600_000_000_000_000_000)
BEST = FileDetails(1, Path("/photos/a.jpg"), 2_100_000, 0, INFO)
COPY = FileDetails(2, Path("/backup/a.png"), 300_000, 0, replace(INFO, width=800, height=600))


def group(*, same: bool = False, linked: bool = False) -> DuplicateGroup:
    disk = (DiskFile(1, 1), DiskFile(1, 1) if linked else DiskFile(2, 2))
    kind = "identical" if same else "near"
    return DuplicateGroup((BEST, COPY), kind, (1.0, 0.9731), (True, same), disk)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cosine", "text"),
    [(0.9731, "97.3 %"), (0.95, "95.0 %"), (0.99999, "99.9 %"), (1.0, "99.9 %"), (-0.2, "0.0 %")],
)
def test_near_copies_are_never_100_percent_similar(cosine: float, text: str) -> None:
    assert percentage(cosine) == text


def test_a_copy_is_described_in_the_list_and_in_words() -> None:
    assert match_text(group(), 0) == "keep"
    assert (match_text(group(), 1), similarity_text(group(), 1)) == ("97.3 %", "97.3 % similar")
    same = group(same=True)
    assert (match_text(same, 1), similarity_text(same, 1)) == ("identical", "identical bytes")
    linked = group(same=True, linked=True)
    assert match_text(linked, 1) == "hard link"
    assert similarity_text(linked, 1) == "hard link to the same file"


def test_headings_show_the_space_that_can_be_freed() -> None:
    assert group_text(group()) == "Nearly identical  ·  2 files  ·  300 kB to free"
    assert group_text(group(same=True)).startswith("Identical  ·")
    assert total_text([]) == "no duplicates"
    assert total_text([group()]) == "1 group  ·  1 duplicate, 300 kB to free"


def differences(file: FileDetails, other: FileDetails) -> dict[str, str]:
    return {fact.label: fact.difference for fact in compared_facts(file, other)}


def test_each_difference_is_listed_on_both_sides() -> None:
    copy = replace(COPY, info=replace(INFO, width=800, height=600, format="PNG", taken_ns=10**18))
    assert differences(BEST, copy) == {
        "Pixels": "larger", "Size": "larger", "Date": "newer", "Format": "differs",
        "Folder": "differs",
    }  # fmt: skip
    assert differences(copy, BEST) == {
        "Pixels": "smaller", "Size": "smaller", "Date": "older", "Format": "differs",
        "Folder": "differs",
    }  # fmt: skip


def test_equal_facts_have_no_difference() -> None:
    assert set(differences(BEST, replace(BEST, path=Path("/photos/b.jpg"))).values()) == {""}


def test_a_rotated_copy_differs_in_its_shape() -> None:
    turned = replace(BEST, info=replace(INFO, width=3000, height=4000))
    assert differences(BEST, turned)["Pixels"] == "differs"


def test_sizes_are_exact_and_unknown_facts_are_empty() -> None:
    facts = {fact.label: fact for fact in compared_facts(replace(COPY, info=None), BEST)}
    assert facts["Size"].value == "300 kB (300,000 bytes)"
    assert facts["Pixels"] == ("Pixels", "", "")
    assert facts["Format"] == ("Format", "", "")
