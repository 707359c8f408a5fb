"""``photoseek library copy``: copy a library into another, local or on a server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tui.cli.base import DONE, INTERRUPTED, UNHEALTHY, print_error
from tui.cli.terminal.output import say
from tui.cli.terminal.progress_line import ProgressLine
from tui.cli.terminal.signals import cancel_on_signals
from tui.core.errors import ConfigError
from tui.core.formatting import duration_text, plural, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.library.transfer import CopyProgress, CopyReport, ModelReport

_PHASES = {
    "comparing": "reading DST",
    "copying": "copying",
    "saving": "saving the index",
    "verifying": "verifying",
}


@click.group(short_help="Copy a whole library.")
def library() -> None:
    """Copy a whole library."""


@library.command(short_help="Copy a library into another.")
@click.argument("source", metavar="SRC")
@click.argument("target", metavar="DST")
@click.option("--merge", is_flag=True, help="Keep files that only DST has.")
def copy(source: str, target: str, *, merge: bool) -> int:
    """Copy the library SRC into DST, each a FOLDER or milvus://HOST:PORT/NAME.

    The command copies and verifies all folders, models, files and failures without opening a
    picture. Ctrl-C stops it; run the same command again to resume. For a file in both libraries
    the entry with the later date stays.
    """
    from tui.library.open import library_at
    from tui.library.transfer import copy_library

    origin, destination = library_at(source), library_at(target)
    if origin.is_same_as(destination):
        raise ConfigError(f"{source} and {target} are the same library; name another target.")
    line = ProgressLine(sys.stderr)

    def show(progress: CopyProgress) -> None:
        seconds = line.enter((progress.phase, progress.model_id))
        line.show(_progress_text(progress, seconds))

    try:
        with (
            cancel_on_signals(quiet=False) as stop,
            origin.open_endpoint(write=False) as from_endpoint,
            destination.open_endpoint(write=True) as to_endpoint,
        ):
            report = copy_library(
                from_endpoint, to_endpoint, merge=merge, on_progress=show, cancelled=stop.is_set
            )
    finally:
        line.wipe()
    for sentence in _summary(report):
        say(sentence, err=True)
    if report.cancelled:
        return INTERRUPTED
    if not report.is_whole:
        print_error(_incomplete_reason(report))
        return UNHEALTHY
    return DONE


def _incomplete_reason(report: CopyReport) -> str:
    if any(model.missing for model in report.models):
        return "SRC and DST differ; if one was being indexed, run the same command again."
    return (
        "DST already had different vectors for some pictures and kept them; to get those of SRC, "
        "copy into an empty library."
    )


def _progress_text(progress: CopyProgress, seconds: float) -> str:
    parts = [f"{printable(progress.model_id)}: {_PHASES[progress.phase]}"]
    if progress.total:
        parts.append(f"{progress.done:,}/{progress.total:,}")
    if progress.done and seconds >= 1:
        rate = progress.done / seconds
        parts += [
            f"{rate:,.0f}/s",
            f"{duration_text((progress.total - progress.done) / rate)} left",
        ]
    return " · ".join(parts)


def _summary(report: CopyReport) -> Iterator[str]:
    if not report.models and not report.cancelled:
        yield "SRC has no vectors yet; only its folders were copied."
    for model in report.models:
        yield f"{printable(model.model_id)}: {_counts(model)}."
        if model.files or model.missing:
            yield f"  {_comparison(model)}."
    if report.cancelled:
        yield "Stopped. Progress is saved; run again to resume."


def _counts(model: ModelReport) -> str:
    parts = [f"{plural(model.written, 'file')} copied", f"{model.present:,} already in DST"]
    if model.conflicts:
        parts.append(f"{model.conflicts:,} skipped (newer in DST)")
    return ", ".join(parts)


def _comparison(model: ModelReport) -> str:
    differing = f"{model.differing:,} differ" if model.differing else "all equal"
    parts = [
        f"{plural(model.files, 'file')} with {plural(model.contents, 'content')} are in both",
        f"{plural(model.vectors, 'vector')} compared bit for bit, {differing}",
    ]
    if model.missing:
        parts.append(f"{plural(model.missing, 'file')} missing")
    return "; ".join(parts)
