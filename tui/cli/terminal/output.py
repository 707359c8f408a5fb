"""All output of the commands to the terminal.

File names, model ids and sentences come from file systems, catalogs and servers that other people
may control: each line passes ``printable`` here, so that none of them moves the cursor, changes the
title of the window or reverses text. No other module of `tui.cli` writes to a stream.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import click

from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import TextIO


_LEAST_COLUMNS = 20


def say(*lines: object, err: bool = False, stream: TextIO | None = None) -> None:
    """Write lines to standard output, to standard error, or to a stream."""
    click.echo("\n".join(map(printable, lines)), err=err, file=stream)


def say_wrapped(*lines: str) -> None:
    """Write lines, wrapped between words on a terminal; whole to a pipe or a file.

    A continuation begins below the text that follows the line's label.
    """
    if sys.stdout is None or not sys.stdout.isatty():
        say(*lines)
        return
    columns = shutil.get_terminal_size().columns
    for line in map(printable, lines):
        label = re.match(r"\S* *(?<=  )|", line)
        indent = " " * (label.end() if label is not None else 0)
        say(
            *textwrap.wrap(
                line,
                max(columns, len(indent) + _LEAST_COLUMNS),
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            or [""]
        )


def say_json(value: Any, stream: TextIO | None = None) -> None:
    r"""Write a value as one line of JSON, in ASCII.

    A name that is not UTF-8 keeps its bytes as surrogate escapes, ``\udcff``.
    """
    text = json.dumps(value).replace("\x7f", "\\u007f")  # JSON does not escape DEL
    say(text, stream=stream)


def say_path(path: Path, end: bytes) -> None:
    """Write a path: its bytes to a pipe or a file, a printable line to a terminal."""
    if sys.stdout is not None and sys.stdout.isatty():
        say(path)
    else:
        click.echo(os.fsencode(path) + end, nl=False)


def say_in_pager(lines: Iterable[str]) -> None:
    """Show a text of the program in the user's pager ($PAGER, or less)."""
    os.environ.setdefault("LESS", "-FRX")  # as git does: less exits at once if the text is short
    click.echo_via_pager("\n".join(lines))


def confirm(question: str, *, default: bool = False) -> bool:
    """Ask a question on standard error and wait for yes or no."""
    return click.confirm(printable(question), default=default, err=True)


def overwrite(text: str, stream: TextIO | None) -> None:
    """Overwrite the current line, without a line break."""
    click.echo(f"\r{printable(text)}", nl=False, file=stream)


def end_line(stream: TextIO | None) -> None:
    """Move to the next line."""
    click.echo(file=stream)
