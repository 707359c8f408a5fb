"""The generated tables of the manual, between ``<!-- NAME -->`` marks.

python -m tests.support.write_help_tables

writes them; a test fails when one is out of date.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import click

from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import shown_key
from tui.app.model.marks import MARKS_RULE
from tui.cli import main as command_line
from tui.models.presets import MODELS
from tui.search.query.syntax import SYNTAX
from tui.storage.formats import FORMATS
from tui.storage.scanning.skipped_folders import SKIPPED_FOLDERS

PAGES = Path(__file__).resolve().parents[2] / "tui" / "help"


def table(*head: str, rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    rule = "|---" * len(head) + "|"
    first, *lines = (f"| {' | '.join(line)} |" for line in (head, *rows))
    return "\n".join([first, rule, *lines])


def keys() -> str:
    """Return a table of actions for each scope."""
    sections = []
    for where, title in TITLES.items():
        rows = [
            (", ".join(f"`{shown_key(key)}`" for key in action.keys), action.description)
            for action in ACTIONS
            if action.where == where
        ]
        sections.append(f"## {title}\n\n{table('key', 'action', rows=rows)}")
    return "\n\n".join(sections)


def marks() -> str:
    """Return the rule of the selection."""
    return MARKS_RULE


def syntax() -> str:
    """Return a table of the query language."""
    return table("query", "finds", rows=((f"`{form}`", meaning) for form, meaning in SYNTAX))


def commands() -> str:
    """Return a table of the commands."""
    context = click.Context(command_line)
    rows = [
        ("`photoseek [FOLDER]`", "Open the application."),
        ("`photoseek --pick [FOLDER]`", "Open it to choose pictures and print their paths."),
    ]
    for name in command_line.list_commands(context):
        command = command_line.get_command(context, name)
        assert command is not None
        rows.append((f"`photoseek {name}`", command.get_short_help_str(limit=100)))
    return table("command", "purpose", rows=rows)


def models() -> str:
    """Return a table of the models."""
    rows = [
        (
            f"`{spec.name}`",
            f"{spec.download_bytes / 1e6:,.0f} MB" if spec.download_bytes else "built in",
            spec.languages,
            spec.licence,
            spec.knows,
        )
        for spec in MODELS
    ]
    return table("model", "download", "languages", "licence", "knows", rows=rows)


def formats() -> str:
    """Return a table of the formats with the suffixes that a scan includes."""
    rows = [(row.title, " ".join(f"`{suffix}`" for suffix in row.suffixes)) for row in FORMATS]
    return table("format", "suffixes", rows=rows)


def skipped() -> str:
    """Return a table of the folders that a scan skips."""
    return table(
        "folder", "content", rows=((f"`{name}`", what) for name, what in SKIPPED_FOLDERS.items())
    )


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "commands": {"commands": commands},
    "formats": {"formats": formats, "skipped": skipped},
    "keys": {"keys": keys, "marks": marks},
    "models": {"models": models},
    "queries": {"syntax": syntax},
}
"""The parts of each page by their names."""


def update_page(topic: str, text: str) -> str:
    """Return a page with its parts written again.

    Raises:
        ValueError: the page lacks the marks of a part, or has them twice.
    """
    for name, write in PARTS[topic].items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        part = write().replace("\\", r"\\")
        text, count = re.subn(pattern, rf"\1\n{part}\n\n\2", text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"{topic}.md must have one pair of marks for {name}, not {count}.")
    return text


def without_parts(text: str) -> str:
    """Return a page without its parts, whose sentences come from the program."""
    return re.sub(r"(<!-- (\w+) -->\n).*?(<!-- /\2 -->)", r"\1\3", text, flags=re.DOTALL)


def main() -> None:
    """Write the parts of all pages."""
    for topic in PARTS:
        file = PAGES / f"{topic}.md"
        text = file.read_text(encoding="utf-8")
        file.write_text(update_page(topic, text), encoding="utf-8")


if __name__ == "__main__":
    main()
