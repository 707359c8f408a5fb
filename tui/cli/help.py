"""``photoseek help``: print a page of the manual, or the list of its pages."""

from __future__ import annotations

import difflib
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from tui.cli.base import DONE
from tui.cli.terminal.output import say, say_in_pager

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PAGES = Path(__file__).resolve().parents[1] / "help"
"""The folder of the pages: a Markdown file for each topic."""

_LEAST_COLUMNS = 40
_MOST_COLUMNS = 100


def topics() -> dict[str, str]:
    """Return the summary of each page by its topic, in the order of the topics.

    The summary is the first paragraph of the page, a single line below its title.
    """
    files = sorted(PAGES.glob("*.md"))
    return {file.stem: file.read_text(encoding="utf-8").splitlines()[2] for file in files}


def _complete_topic(
    ctx: click.Context,  # noqa: ARG001
    param: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[CompletionItem]:
    """Offer the topics with their summaries to the shell."""
    return [
        CompletionItem(topic, help=summary)
        for topic, summary in topics().items()
        if topic.startswith(incomplete)
    ]


@click.command(short_help="Show a page of the manual.")
@click.argument("topic", required=False, shell_complete=_complete_topic)
@click.pass_context
def help(ctx: click.Context, topic: str | None) -> int:  # noqa: A001 - the command's name
    """Show the page on TOPIC, or list the topics.

    In a terminal the page opens in your pager ($PAGER, or less). The name of a command shows its
    options.
    """
    if topic is None:
        columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else _MOST_COLUMNS
        say(*topic_list(topics(), max(columns, _LEAST_COLUMNS)))
    elif topic in topics():
        _show((PAGES / f"{topic}.md").read_text(encoding="utf-8"))
    else:
        say(*_command_help(ctx, topic).splitlines())
    return DONE


def topic_list(summaries: Mapping[str, str], columns: int) -> Iterator[str]:
    """Yield the lines of the list of topics, at most ``columns`` wide."""
    yield "`photoseek help TOPIC` shows a page of the manual:"
    yield ""
    width = max(map(len, summaries)) + 2
    for topic, summary in summaries.items():
        indents = f"  {topic.ljust(width)}", " " * (width + 2)
        yield from textwrap.wrap(
            summary, columns, initial_indent=indents[0], subsequent_indent=indents[1]
        )
    yield ""
    yield "`photoseek COMMAND --help` lists the options of a command."


def _command_help(ctx: click.Context, name: str) -> str:
    """Return the options of a command.

    Raises:
        UsageError: there is no such command and no such topic.
    """
    group: Any = ctx.find_root().command
    command = group.get_command(ctx, name)
    if command is None:
        names = [*topics(), *group.list_commands(ctx)]
        nearest = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
        hint = f"did you mean {nearest[0]!r}?" if nearest else "`photoseek help` lists the topics."
        raise click.UsageError(f"No such help topic: {name!r}; {hint}")
    with click.Context(command, parent=ctx.find_root(), info_name=name) as command_ctx:
        return str(command.get_help(command_ctx))


def _show(page: str) -> None:
    """Print a page, through the user's pager if stdout is a terminal."""
    from tui.cli.terminal.markdown import render

    width = min(shutil.get_terminal_size().columns, _MOST_COLUMNS)
    if sys.stdin.isatty() and sys.stdout.isatty():
        say_in_pager(render(page, width, heading=lambda title: click.style(title, bold=True)))
    else:
        say(*render(page, width))
