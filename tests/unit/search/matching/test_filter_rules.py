"""Filters of one value a file are alternatives; all other filters must pass together."""

from __future__ import annotations

import pytest

from tui.search.matching.filter_rules import group_alternatives
from tui.search.query.parse import parse


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("", []),
        ("ext:jpg ext:png min:10px", [["ext:jpg", "ext:png"], ["min:10px"]]),
        ("in:a in:b camera:x camera:y", [["in:a"], ["in:b"], ["camera:x", "camera:y"]]),
        ("-ext:jpg -ext:png ext:gif", [["-ext:jpg"], ["-ext:png"], ["ext:gif"]]),
        ("name:a min:10px name:b", [["min:10px"], ["name:a"], ["name:b"]]),
    ],
)
def test_filters_are_grouped_into_alternatives(text: str, groups: list[list[str]]) -> None:
    grouped = group_alternatives(parse(text).filters)
    assert [[str(item) for item in group] for group in grouped] == groups
