"""``photoseek index``: index folders, or update them."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from tui.cli.base import DONE, INTERRUPTED, Folder, current_settings, settings_options
from tui.cli.index_rounds import serve, watched
from tui.cli.terminal.index_report import JsonLines, TerminalReport
from tui.cli.terminal.output import confirm
from tui.cli.terminal.signals import cancel_on_signals, stop_with_parent
from tui.core.formatting import printable
from tui.storage.folders import broad_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

    from tui.cli.terminal.index_report import Reporter
    from tui.core.domain import ImageEmbedder
    from tui.core.settings import Settings
    from tui.indexing.report import IndexReport


@click.command(short_help="Add folders to the library, or update them.")
@click.argument("folders", metavar="FOLDER...", type=Folder(), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option(
    "--exclude", "excludes", metavar="GLOB", multiple=True, help="Exclude paths (gitignore syntax)."
)
@click.option("--no-exclude", is_flag=True, help="Clear the saved --exclude patterns.")
@click.option("--hidden/--no-hidden", default=None, help="Include hidden files.")
@click.option("--follow-symlinks/--no-follow-symlinks", default=None, help="Follow symbolic links.")
@click.option("--watch", "is_to_watch", is_flag=True, help="Watch for changes until Ctrl-C.")
@click.option(
    "--ray", "cluster", metavar="ADDRESS", help="Embed on a Ray cluster: auto, local, HOST:PORT."
)
@click.option("--yes", is_flag=True, help="Skip the question about a whole disk or home folder.")
@click.option("--supervised", is_flag=True, hidden=True, help="Stop if stdin says so or closes.")
@click.option("--rounds", is_flag=True, hidden=True, help="Index what a watcher requests on stdin.")
@settings_options
def index(
    folders: tuple[Path, ...],
    *,
    as_json: bool,
    excludes: tuple[str, ...],
    no_exclude: bool,
    hidden: bool | None,
    follow_symlinks: bool | None,
    is_to_watch: bool,
    cluster: str | None,
    yes: bool,
    supervised: bool,
    rounds: bool,
) -> int:
    """Index the pictures below each FOLDER, skipping unchanged files.

    --exclude, --hidden and --follow-symlinks are saved with the FOLDER and apply to later runs, to
    the application and to --watch. `photoseek status` shows them; --no-exclude, --no-hidden and
    --no-follow-symlinks clear them.

    Ctrl-C stops after the current batch; the next run resumes. --watch prints a summary of each
    round that changes something (--json: a "done" object). --ray shares the work among the hosts
    of a Ray cluster, on which each FOLDER must have the same path.
    """
    settings = current_settings()
    if not yes and not as_json and sys.stdin.isatty():
        _confirm_broad(folders, settings)

    from tui.models.registry import find_model, open_images, remember_model
    from tui.models.speed import record_speed

    spec = find_model(settings.model, settings)
    load = partial(open_images, spec, settings)
    if cluster and is_to_watch:
        raise click.UsageError("--watch can't be combined with --ray.")
    with ExitStack() as stack:
        stop = stack.enter_context(cancel_on_signals(quiet=as_json))
        # Before the store: if USearch is loaded before Ray, Ray aborts the process.
        execution = stack.enter_context(_ray_executor(cluster, load, settings))

        from tui.library.base.folder_options import OptionChanges
        from tui.library.open import open_library

        options = OptionChanges(
            hidden,
            follow_symlinks,
            tuple(filter(str.strip, excludes)) if excludes or no_exclude else None,
        )
        library = open_library(settings)
        if rounds:
            store = stack.enter_context(library.open_store())
            serve(store, spec, load, settings=settings, options=options, stop=stop)
            return DONE
        if supervised:
            stop_with_parent(stop)
        reporter: Reporter = JsonLines(stop.set) if as_json else TerminalReport()
        if not as_json and (remark := library.disk_remark()) is not None:
            reporter.notice(remark)
        if is_to_watch:
            reports = watched(
                reporter, folders, spec=spec, settings=settings, options=options, stop=stop
            )
        else:
            reports = _once(
                stack.enter_context(library.open_store()),
                folders,
                model_id=spec.model_id,
                load=load,
                settings=settings,
                options=options,
                on_progress=reporter.progress,
                cancelled=stop.is_set,
                **execution,
            )
        code = DONE
        try:
            for report in stack.enter_context(closing(reports)):
                reporter.finished(report)
                remember_model(spec.name, settings)
                if cluster is None and report.indexed >= report.unchanged:
                    record_speed(settings.data_dir, spec.model_id, report.indexed, report.seconds)
                code = INTERRUPTED if report.cancelled else DONE
        finally:
            reporter.clear()
    return code


def _confirm_broad(folders: Sequence[Path], settings: Settings) -> None:
    """Ask before adding a whole disk or home folder; one already in the library is just updated.

    Raises:
        click.exceptions.Exit: the answer is no.
    """
    broad = [folder for folder in folders if broad_folder(folder)]
    if not broad:
        return
    from tui.search.open import open_reader

    with open_reader(settings) as library:
        roots = library.roots()
    for folder in broad:
        if folder not in roots and not confirm(f"{printable(broad_folder(folder))} Index it?"):
            raise click.exceptions.Exit(DONE)


@contextmanager
def _ray_executor(
    address: str | None, load: Callable[[], ImageEmbedder], settings: Settings
) -> Iterator[dict[str, Any]]:
    """Yield the arguments that make a Ray cluster process the files; none without an address."""
    if address is None:
        yield {}
        return
    from tui.indexing.ray.cluster import connect_workers
    from tui.indexing.ray.executor import RayExecutor

    with connect_workers(address, load, settings) as pool:
        yield {"executor": RayExecutor(pool)}


def _once(*args: Any, **arguments: Any) -> Generator[IndexReport, None, None]:
    from tui.indexing.indexer import index_folders

    yield index_folders(*args, **arguments)
