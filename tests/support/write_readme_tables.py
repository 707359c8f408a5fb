"""The parts of the README that are made from the program, between ``<!-- NAME -->`` marks.

    python -m tests.support.write_readme_tables

writes them anew; a test says when that is due.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import shown_key
from tui.search.query.syntax import SYNTAX
from tui.storage.formats import FORMATS
from tui.storage.scanning.skipped_folders import SKIPPED_FOLDERS

FILE = Path(__file__).resolve().parents[2] / "README.md"


def keys() -> str:
    """One table of all actions, by the place in which their keys work."""
    lines = ["| key | what it does |", "|---|---|"]
    for where, title in TITLES.items():
        lines.append(f"| **{title}** | |")
        for action in ACTIONS:
            if action.where == where:
                shown = ", ".join(f"`{shown_key(key)}`" for key in action.keys)
                lines.append(f"| {shown} | {action.description} |")
    return "\n".join(lines)


def syntax() -> str:
    """One table of all that can be typed."""
    lines = ["| typed | finds |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{form}` | {meaning} |" for form, meaning in SYNTAX)])


def formats() -> str:
    """One table of all formats with the suffixes that a scan takes in."""
    lines = ["| format | suffixes |", "|---|---|"]
    shown = [(row.title, " ".join(f"`{suffix}`" for suffix in row.suffixes)) for row in FORMATS]
    return "\n".join([*lines, *(f"| {title} | {suffixes} |" for title, suffixes in shown)])


def skipped() -> str:
    """One table of the folders that a scan leaves out."""
    lines = ["| folder | what it holds |", "|---|---|"]
    return "\n".join(
        [*lines, *(f"| `{name}` | {what} |" for name, what in SKIPPED_FOLDERS.items())]
    )


PARTS: dict[str, Callable[[], str]] = {
    "formats": formats,
    "keys": keys,
    "skipped": skipped,
    "syntax": syntax,
}


def update_tables(text: str) -> str:
    """Return the README with all its made parts made anew."""
    for name, make in PARTS.items():
        pattern = rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)"
        table = make().replace("\\", r"\\")
        text, count = re.subn(pattern, rf"\1{table}\2", text, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"README.md must have one pair of marks for {name}, not {count}")
    return text


def main() -> None:
    """Write the README."""
    FILE.write_text(update_tables(FILE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
