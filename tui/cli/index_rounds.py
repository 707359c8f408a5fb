"""The two processes of ``photoseek index --watch``: one watches, one indexes in rounds."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from tui.cli.terminal.output import say_json
from tui.cli.terminal.signals import parent_requests

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from tui.cli.terminal.index_report import Reporter
    from tui.core.domain import ImageEmbedder
    from tui.core.settings import Settings
    from tui.core.stop_request import StopRequest
    from tui.indexing.report import IndexReport
    from tui.library.base.folder_options import OptionChanges
    from tui.library.base.store import Store
    from tui.models.runtime.spec import ModelSpec


def watched(
    reporter: Reporter,
    folders: Sequence[Path],
    *,
    spec: ModelSpec,
    settings: Settings,
    options: OptionChanges,
    stop: StopRequest,
) -> Generator[IndexReport, None, None]:
    """Yield the first report, then a report of each round that changed something."""
    from tui.core.child_process import child_environment
    from tui.indexing.watch.child_indexer import ChildIndexer
    from tui.indexing.watch.watcher import NOT_WATCHED, watch_folders
    from tui.storage.objects.path import is_address

    unwatched = list(filter(is_address, folders))
    for folder in unwatched:
        reporter.notice(NOT_WATCHED.format(folder=folder))
    missing: tuple[Path, ...] | None = None
    restarts = 0
    with ExitStack() as stack:
        indexer = stack.enter_context(
            ChildIndexer(
                _rounds_command(spec, folders, options),
                child_environment(settings),
                idle_seconds=settings.model_idle_seconds,
                on_progress=reporter.progress,
                cancelled=stop.is_set,
            )
        )
        reports = watch_folders(
            indexer,
            folders,
            stop=stop,
            on_notice=reporter.notice,
            on_quiet=indexer.release_if_idle,
        )
        for report in stack.enter_context(closing(reports)):
            counted = report.indexed + report.reused + report.removed + report.failed
            is_repeated, restarts = indexer.restarts != restarts, indexer.restarts
            if counted or report.cancelled or is_repeated or report.missing != missing:
                yield report
            if missing is None and not report.cancelled and len(unwatched) < len(folders):
                reporter.watching()
            missing = report.missing


def _rounds_command(
    spec: ModelSpec, folders: Sequence[Path], options: OptionChanges
) -> Sequence[str]:
    """Return the command line of the process that indexes for a watcher."""
    command = [sys.executable, "-P", "-m", "tui", "index", "--rounds", "--model", spec.name]
    for name, is_on in (("hidden", options.hidden), ("follow-symlinks", options.follow_symlinks)):
        if is_on is not None:
            command.append(f"--{name}" if is_on else f"--no-{name}")
    if options.excludes is not None:
        command.append("--no-exclude")
        command.extend(f"--exclude={pattern}" for pattern in options.excludes)
    return [*command, "--", *map(str, folders)]


def serve(
    store: Store,
    spec: ModelSpec,
    load: Callable[[], ImageEmbedder],
    *,
    settings: Settings,
    options: OptionChanges,
    stop: StopRequest,
) -> None:
    """Index the folders that a watcher requests on stdin, and answer on stdout."""
    from tui.indexing.watch.round_indexer import StoreIndexer
    from tui.indexing.watch.round_messages import answer_requests, progress_message

    def send(message: dict[str, Any]) -> None:
        try:
            say_json(message)
        except BrokenPipeError:  # the watcher has ended
            stop.set()

    indexer = StoreIndexer(
        store,
        model_id=spec.model_id,
        load=load,
        settings=settings,
        options=options,
        on_progress=lambda progress: send(progress_message(progress)),
        cancelled=stop.is_set,
    )
    with closing(indexer):
        answer_requests(indexer, parent_requests(stop), send)
        indexer.finish()
