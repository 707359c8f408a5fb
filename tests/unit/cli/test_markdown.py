"""The pages of the manual as plain text."""

from __future__ import annotations

from tui.cli.terminal.markdown import render


def test_headings_are_styled_and_separated_from_paragraphs() -> None:
    lines = render("# Title\n\nText\n\n\n## Part\n\nMore", 80, heading=str.upper)
    assert lines == ["TITLE", "", "Text", "", "PART", "", "More"]


def test_a_paragraph_is_wrapped_and_loses_its_markup() -> None:
    text = "See **the** [page](page.md) of\n`--no-exclude` and [Ray](https://ray.io)."
    assert render(text, 30) == ["See the page of `--no-exclude`", "and Ray (https://ray.io)."]


def test_the_lines_of_an_item_are_indented() -> None:
    assert render("- one two three\n  four\n- five", 12) == ["- one two", "  three four", "- five"]


def test_code_keeps_its_lines_and_its_indentation() -> None:
    text = "Run\n\n    photoseek help  # a long comment\n\n```toml\n[keys]\n\na = 1\n```"
    assert render(text, 10) == [
        "Run",
        "",
        "    photoseek help  # a long comment",
        "",
        "    [keys]",
        "",
        "    a = 1",
    ]


def test_marks_are_removed() -> None:
    assert render("a\n\n<!-- keys -->\n\nb\n\n<!-- /keys -->\n\nc", 80) == ["a", "", "b", "", "c"]


def test_the_columns_of_a_table_are_aligned_without_markup() -> None:
    text = "| key | action |\n|---|---|\n| `a`, `\\|` | [Go](x.md) |\n| `Ctrl+Q` | Quit |"
    assert render(text, 80) == [
        "key     action",
        "------  ------",
        "a, |    Go",
        "Ctrl+Q  Quit",
    ]


def test_the_widest_column_of_a_table_is_wrapped() -> None:
    text = "| a | b |\n|---|---|\n| one | two three four five six seven |"
    assert render(text, 20) == [
        "a    b",
        "---  ---------------",
        "one  two three four",
        "     five six seven",
    ]
