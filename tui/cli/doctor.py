"""``photoseek doctor``: check the library, and show how this machine runs the models."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from tui.cli.base import (
    DONE,
    UNHEALTHY,
    current_settings,
    images_option,
    print_error,
    settings_options,
)
from tui.cli.status import describe_precision, precision, precision_text
from tui.cli.terminal.output import say_json, say_wrapped
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.core.settings import Settings
    from tui.library.base.records import Finding


@click.command(short_help="Check the library, or repair it.")
@click.option("--repair", "is_to_repair", is_flag=True, help="Repair what can be repaired.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@images_option
@settings_options
def doctor(*, is_to_repair: bool, as_json: bool) -> int:
    """Check the catalog and the indexes bit for bit.

    --repair never changes a damaged catalog: it copies the readable data into a new one and keeps
    the old one beside it. To repair a library on a server, index its folders again. The exit code
    is 1 if a problem remains.
    """
    settings = current_settings()
    findings = _findings(settings, repaired=is_to_repair)
    for finding in findings:
        say_json(asdict(finding)) if as_json else say_wrapped(_line(finding))
    choices = precision(settings)
    if as_json:
        for choice in choices:
            say_json(_as_finding(choice))
    else:
        say_wrapped(*describe_precision(choices), *_pictures(settings), _clipboard())
    wrong = [finding for finding in findings if not finding.ok]
    if any(finding.repairable for finding in wrong) and not is_to_repair:
        print_error("run `photoseek doctor --repair` to repair the library.")
    return UNHEALTHY if wrong else DONE


def _findings(settings: Settings, *, repaired: bool) -> list[Finding]:
    from tui.library.open import open_library

    library = open_library(settings)
    return library.repair() if repaired else library.check()


def _pictures(settings: Settings) -> Iterator[str]:
    """Yield lines on how this terminal shows pictures, or why it can't show the application."""
    from tui.app.terminal.capabilities import choose_images, settle_colours, why_not_fullscreen
    from tui.app.terminal.images import TRUECOLOR

    problem = why_not_fullscreen(sys.stdin, sys.stdout, sys.stderr, os.environ)
    if problem is not None:
        yield f"Screen     {problem}"
        return
    settle_colours(os.environ)
    images = choose_images(settings.images)
    yield f"Pictures   {images.protocol}: {printable(images.reason)}"
    yield f"Colours    {'24-bit' if images.colours == TRUECOLOR else images.colours}"
    if os.environ.get("TMUX"):
        from tui.app.terminal.tmux import ask

        if advice := ask().advice:
            yield f"           {printable(advice)}"


def _clipboard() -> str:
    """Return the clipboard that receives copied paths."""
    from tui.app.terminal.clipboard import TERMINAL, clipboard_tool

    way = clipboard_tool(os.environ)
    unsure = ", if it supports it" if way is TERMINAL else ""
    return f"Clipboard  {way.name}{unsure}"


def _as_finding(choice: dict[str, str]) -> dict[str, object]:
    """Return a number format as a finding with additional fields."""
    message = precision_text(choice)
    finding = {"subject": "precision", "ok": True, "message": message, "repairable": False}
    return {**finding, **choice}


def _line(finding: Finding) -> str:
    return f"{'ok   ' if finding.ok else 'WRONG'} {printable(finding.message)}"
