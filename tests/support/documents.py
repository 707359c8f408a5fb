"""The documents of the project, and the commands and links in them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

from tui.cli import main as command_line

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "tui" / "help").glob("*.md"))
MANUAL = [ROOT / "README.md", *PAGES]
"""The documents whose commands the tests run: those for users."""

DOCUMENTS = [
    *MANUAL,
    ROOT / "CHANGELOG.md",
    ROOT / ".github" / "CONTRIBUTING.md",
    ROOT / "tui" / "ARCHITECTURE.md",
    ROOT / "tui" / "models" / "starter" / "data" / "MODEL_CARD.md",
]

_BLOCK = re.compile(r"(?:^    .+\n)+", re.MULTILINE)
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(photoseek\s[^`]*)`")
_PROGRAM = re.compile(r"(?<!\w)photoseek (.*)")
_END_OF_COMMAND = re.compile(r"[|;)]|$")
_LINK = re.compile(r"\]\(([^)]+)\)")


def title_of(file: Path) -> str:
    """Return the path of a document within the repository."""
    return file.relative_to(ROOT).as_posix()


def blocks(text: str) -> list[list[str]]:
    """Return the lines of each indented block: commands for a shell."""
    text = _FENCED.sub("", text)
    return [[line.strip() for line in block.splitlines()] for block in _BLOCK.findall(text)]


def photoseek_commands(text: str) -> Iterator[list[str]]:
    """Yield the arguments of each photoseek command, in blocks and in running text.

    A form such as ``photoseek [FOLDER]`` or ``photoseek COMMAND`` is not a command. Running text
    may name a command without its arguments, which yields the command with ``--help``.
    """
    for line in (line for block in blocks(text) for line in block):
        yield from _arguments(line)
    for source in (" ".join(code.split()) for code in _INLINE.findall(text)):
        for arguments in _arguments(source):
            if not {"[FOLDER]", "COMMAND"} & set(arguments):
                yield [*arguments, "--help"] if len(arguments) == 1 else arguments


def _arguments(source: str) -> Iterator[list[str]]:
    if match := _PROGRAM.search(source):
        yield shlex.split(_first_command(match[1]))


def _first_command(source: str) -> str:
    """Return a shell's text up to the end of its first command, which is not within quotes."""
    for end in _END_OF_COMMAND.finditer(source):
        if (
            source[: end.start()].count('"') % 2 == 0
            or source[end.start() : end.start() + 1] == ")"
        ):
            return source[: end.start()]
    return source


def check_arguments(arguments: list[str]) -> None:
    """Parse the arguments of photoseek without running it.

    Raises:
        click.UsageError: they are wrong.
    """
    context = command_line.make_context("photoseek", list(arguments))
    arguments_left = [*context._protected_args, *context.args]
    command: click.Command = command_line
    while isinstance(command, click.Group) and arguments_left:
        name, subcommand, arguments_left = command.resolve_command(context, arguments_left)
        assert subcommand is not None
        context = subcommand.make_context(name, arguments_left, parent=context)
        command, arguments_left = subcommand, [*context._protected_args, *context.args]


def linked_files(text: str) -> set[str]:
    """Return the files in the repository that a document links to, as it names them."""
    links = {unquote(link) for link in _LINK.findall(text)}
    return {link for link in links if "://" not in link and not link.startswith("#")}
