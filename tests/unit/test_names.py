"""Few assigned names only say that a value exists, or what happened to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.import_graph import Module, read_package
from tests.support.shape import VAGUE, vague_names

MOST_OF_1000 = 10


@pytest.mark.parametrize("package", ["tui", "tests"])
def test_few_assigned_names_are_vague(package: str) -> None:
    vague, total = vague_names(read_package(package).values())
    assert total > 1000
    assert len(vague) <= total * MOST_OF_1000 / 1000, "\n".join(vague)


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "_found: int = 1",
        "for found in (): pass",
        "def look(found): pass",
        "def look(*, _found_=1): pass",
        "self.found = 1",
        "[1 for found in ()]",
        "if (found := 1): pass",
        "with open('x') as found: pass",
        "found, count = 1, 2",
    ],
)
def test_every_way_to_assign_a_vague_name_counts(source: str) -> None:
    vague, _ = vague_names([Module("m", Path("m.py"), source)])
    assert vague == [f"m.py:1 {next(n for n in ('_found_', '_found', 'found') if n in source)}"]


@pytest.mark.parametrize(
    "source", ["print(found)", "row.found = 1", "found_rows = 1", "x(found=1)"]
)
def test_uses_and_longer_names_do_not_count(source: str) -> None:
    vague, _ = vague_names([Module("m", Path("m.py"), source)])
    assert vague == []


def test_the_list_has_the_words_that_describe_no_value() -> None:
    assert {"found", "known", "place", "wanted", "asked"} <= VAGUE
