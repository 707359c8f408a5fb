"""The prose of the documents, the program and its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS, title_of
from tests.support.prose import (
    PHRASES,
    ROOT,
    WORD_LISTS,
    Phrase,
    banned_phrases,
    count_words,
    figures,
    modules,
    texts_of,
)
from tests.support.write_help_tables import without_parts


def checked_modules() -> list[Path]:
    return [file for file in modules() if file != Path(__file__)]


@pytest.mark.parametrize("file", DOCUMENTS, ids=title_of)
def test_a_document_has_no_banned_phrase(file: Path) -> None:
    # The generated tables contain strings of the program, which `modules` covers.
    assert banned_phrases(without_parts(file.read_text(encoding="utf-8"))) == []


def test_every_document_is_checked() -> None:
    tracked = {file for file in ROOT.glob("[!.]*/**/*.md") if "licences" not in file.parts}
    assert tracked | set(ROOT.glob("*.md")) <= set(DOCUMENTS)


@pytest.mark.parametrize("file", checked_modules(), ids=title_of)
def test_a_module_has_no_banned_phrase(file: Path) -> None:
    phrases = [
        f"{number}: {phrase}" for number, text in texts_of(file) for phrase in banned_phrases(text)
    ]
    assert phrases == []


def test_every_word_list_exists() -> None:
    assert [name for name in WORD_LISTS if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.pattern)
def test_each_phrase_is_detected_and_ordinary_english_is_not(phrase: Phrase) -> None:
    assert len(banned_phrases(phrase.example)) == 1
    assert banned_phrases(phrase.ordinary) == []


@pytest.mark.parametrize("text", ["a library\nat  hand", "a library\n        at\n    hand"])
def test_a_banned_phrase_is_detected_across_lines(text: str) -> None:
    assert len(banned_phrases(text)) == 1


def test_a_phrase_is_reported_with_its_line() -> None:
    [report] = banned_phrases("One.\n\n    Two is\n    Let go.\n")
    assert report == "line 4: 'let go'; better: release, discard"


def test_an_indented_continuation_line_is_ordinary_english() -> None:
    assert banned_phrases("None if there\n        is no picture.") == []


def test_strings_docstrings_comments_and_test_names_are_read(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('"""One."""\nx = f"two {1}"  # three\ndef test_four_five(): pass\n')
    texts = [(1, "One."), (2, "# three"), (2, "two "), (3, "test four five")]
    assert sorted(texts_of(file)) == texts


def test_words_are_counted_in_prose_only() -> None:
    assert count_words(["A user's two-part text.", "name", "", "x = 1"]) == 4


def test_the_figures_of_a_small_checkout(tmp_path: Path) -> None:
    (tmp_path / "tui").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "README.md").write_text("Find pictures, at hand.\n")
    (tmp_path / "tui" / "a.py").write_text('"""Two words."""\n')
    (tmp_path / "tests" / "b.py").write_text("def test_a_b(): pass\n")
    assert [number for _, number in figures(tmp_path)] == [4, 4, 2, 3, 1]
