"""The prose of the documents, and of the rooms that are listed here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS, ROOT, title_of
from tests.support.prose import banned_phrases, texts_of
from tests.support.write_help_tables import without_parts

ROOMS = (
    "run_project.py",
    "tui/cli",
    "tui/core",
    "tui/images",
    "tui/indexing",
    "tui/library",
    "tui/models",
    "tui/search",
    "tui/storage",
)
"""Files and folders whose strings, docstrings and comments are checked too."""

WORD_LISTS = ("tui/models/starter/limits.py", "tui/models/starter/training/scenes.py")
"""Modules that hold words of queries, which the rules don't concern."""


def modules() -> list[Path]:
    paths = [ROOT / room for room in ROOMS]
    files = {file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))}
    return sorted(files - {ROOT / name for name in WORD_LISTS})


@pytest.mark.parametrize("file", DOCUMENTS, ids=title_of)
def test_a_document_has_no_banned_phrase(file: Path) -> None:
    # The generated tables hold strings of the program, which `ROOMS` covers.
    assert banned_phrases(without_parts(file.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("file", modules(), ids=title_of)
def test_a_module_has_no_banned_phrase(file: Path) -> None:
    phrases = [
        f"{number}: {phrase}" for number, text in texts_of(file) for phrase in banned_phrases(text)
    ]
    assert phrases == []


def test_every_room_exists() -> None:
    assert [room for room in ROOMS if not (ROOT / room).exists()] == []


@pytest.mark.parametrize(
    "text",
    [
        "Nobody is there to ask.",
        "Whoever may read",
        "a library\nat  hand",
        "the next run goes on from there",
        "From now\non by meaning",
    ],
)
def test_a_banned_phrase_is_detected_across_lines_and_in_capitals(text: str) -> None:
    assert len(banned_phrases(text)) == 1


def test_parts_of_words_are_no_banned_phrases() -> None:
    assert banned_phrases("The cargo online; a handle; renewed; houses of brick") == []


def test_strings_docstrings_and_comments_of_a_module_are_read(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('"""One."""\nx = f"two {1}"  # three\n')
    assert sorted(texts_of(file)) == [(1, "One."), (2, "# three"), (2, "two ")]
