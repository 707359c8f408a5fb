"""``photoseek index``: take folders into the library, or bring them up to date."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tui.cli.base import DONE, INTERRUPTED, Folder, current_settings, settings_options
from tui.cli.progress import JsonLines, TerminalLine
from tui.cli.stopping import stop_with_parent, stopping_on_signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui.cli.progress import Reporter
    from tui.domain import ImageEmbedder
    from tui.library.indexer import IndexReport


@click.command(short_help="Take folders into the library, or bring them up to date.")
@click.argument("folders", metavar="FOLDER...", type=Folder(), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, on stdout.")
@click.option(
    "--exclude", "excludes", metavar="GLOB", multiple=True, help="Leave out; gitignore's rules."
)
@click.option("--hidden", is_flag=True, help="Hidden files and folders too.")
@click.option("--follow-symlinks", is_flag=True, help="Follow symbolic links.")
@click.option("--watch", "is_to_watch", is_flag=True, help="Go on with what changes, until Ctrl-C.")
@click.option("--supervised", is_flag=True, hidden=True, help="Stop when stdin says so or closes.")
@settings_options
def index(
    folders: tuple[Path, ...],
    *,
    as_json: bool,
    excludes: tuple[str, ...],
    hidden: bool,
    follow_symlinks: bool,
    is_to_watch: bool,
    supervised: bool,
) -> int:
    """Index the pictures below each FOLDER; what has not changed is not opened again.

    Ctrl-C stops after the batch at hand and keeps it; the next run goes on from there. With
    --watch each round that changes something is summed up (--json: one "done" object a round).
    """
    settings = current_settings()

    from tui.library.scan import ScanOptions
    from tui.library.store import open_store
    from tui.models.registry import find_model, open_images, remember_model

    spec = find_model(settings.model, settings)

    def load() -> ImageEmbedder:
        return open_images(spec, settings)

    with stopping_on_signals(quiet=as_json) as stop, open_store(settings) as store:
        if supervised:
            stop_with_parent(stop)
        reporter: Reporter = JsonLines(stop.set) if as_json else TerminalLine()
        run = partial(
            partial(_watched, reporter) if is_to_watch else _once,
            store,
            folders,
            model_id=spec.model_id,
            load=load,
            settings=settings,
            options=ScanOptions(hidden, follow_symlinks, excludes),
            on_progress=reporter.progress,
            cancelled=stop.is_set,
        )
        code = DONE
        try:
            for report in run():
                reporter.finished(report)
                remember_model(spec.name, settings)
                code = INTERRUPTED if report.cancelled else DONE
        finally:
            reporter.clear()
    return code


def _once(*args: Any, **arguments: Any) -> Iterator[IndexReport]:
    from tui.library.indexer import index_folders

    yield index_folders(*args, **arguments)


def _watched(reporter: Reporter, *args: Any, **arguments: Any) -> Iterator[IndexReport]:
    """Yield the first report, then those of the rounds that changed something."""
    from tui.library.watch import watch_folders

    missing: tuple[Path, ...] | None = None
    for report in watch_folders(*args, on_notice=reporter.notice, **arguments):
        counted = report.indexed + report.reused + report.removed + report.failed
        if counted or report.cancelled or report.missing != missing:
            yield report
        if missing is None and not report.cancelled:
            reporter.watching()
        missing = report.missing
