"""Texts about duplicates: how similar copies are, and how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tui.app.model.picture_text import folder_text
from tui.app.model.status_text import date_text
from tui.core.formatting import date_of, pixels_text, plural, printable, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import FileDetails
    from tui.search.duplicates.groups import DuplicateGroup

Difference = Literal["", "larger", "smaller", "newer", "older", "differs"]


class ComparedFact(NamedTuple):
    """A fact about a file, compared with another file.

    Attributes:
        label: the name of the fact.
        value: the fact.
        difference: how the file differs from the other one; empty if it doesn't.
    """

    label: str
    value: str
    difference: Difference


def percentage(cosine: float) -> str:
    """Return a similarity in percent; below 100 unless the bytes are the same."""
    return f"{max(0, min(int(cosine * 1000 + 1e-6), 999)) / 10:.1f} %"


def match_text(group: DuplicateGroup, index: int) -> str:
    """Return how a file relates to the best one of its group, in at most nine columns."""
    if not index:
        return "keep"
    if group.is_hard_link(index):
        return "hard link"
    return "identical" if group.same_bytes[index] else percentage(group.cosines[index])


def similarity_text(group: DuplicateGroup, index: int) -> str:
    """Return how a file relates to the best one of its group, in words."""
    if group.is_hard_link(index):
        return "hard link to the same file"
    if group.same_bytes[index]:
        return "identical bytes"
    return f"{percentage(group.cosines[index])} similar"


def group_text(group: DuplicateGroup) -> str:
    """Return the heading of a group."""
    kind = "Identical" if group.kind == "identical" else "Nearly identical"
    return (
        f"{kind}  ·  {plural(len(group.files), 'file')}  ·  {size_text(group.spare_bytes)} to free"
    )


def total_text(groups: Sequence[DuplicateGroup]) -> str:
    """Return the number of duplicates in all groups, and the bytes that they occupy."""
    if not groups:
        return "no duplicates"
    removable = sum(len(group.removable) for group in groups)
    spare = size_text(sum(group.spare_bytes for group in groups))
    return f"{plural(len(groups), 'group')}  ·  {plural(removable, 'duplicate')}, {spare} to free"


def compared_facts(file: FileDetails, other: FileDetails) -> list[ComparedFact]:
    """Return the facts about a file, and how they differ from those about another one."""
    info, other_info = file.info, other.info
    pixels = form = ""
    pixels_differ: Difference = ""
    if info is not None:
        pixels, form = pixels_text(info), printable(info.format)
        if other_info is not None:
            area, other_area = info.width * info.height, other_info.width * other_info.height
            same_shape = (info.width, info.height) == (other_info.width, other_info.height)
            pixels_differ = _larger(area, other_area) or ("" if same_shape else "differs")
    same_format = info is None or other_info is None or info.format == other_info.format
    same_folder = file.path.parent == other.path.parent
    return [
        ComparedFact("Pixels", pixels, pixels_differ),
        ComparedFact(
            "Size", f"{size_text(file.size)} ({file.size:,} bytes)", _larger(file.size, other.size)
        ),
        ComparedFact("Date", date_text(file), _newer(file, other)),
        ComparedFact("Format", form, "" if same_format else "differs"),
        ComparedFact("Folder", folder_text(file), "" if same_folder else "differs"),
    ]


def _larger(number: int, other: int) -> Difference:
    if number == other:
        return ""
    return "larger" if number > other else "smaller"


def _newer(file: FileDetails, other: FileDetails) -> Difference:
    date, other_date = date_of(file), date_of(other)
    if date is None or other_date is None or date == other_date:
        return ""
    return "newer" if date > other_date else "older"
