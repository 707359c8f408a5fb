"""One indexing run: scan and compare, hash, decode, encode, commit.

    compare -> executor                                  -> commit
    1          hash -> decode and prepare -> encode         1

The scan and the commits run in threads of their own; the executor runs the stages between them,
on this machine (``local_executor``) or on a Ray cluster (``ray.executor``).

A bounded channel connects each pair of stages, so that a stage works ahead of the next one within
limits. In memory at one time, whatever the sizes of the pictures:

* files waiting to be hashed: about half a KiB each, without pixels, and all that the scan found;
* pictures being decoded: at most ``Decoder.budget`` for all threads together;
* decoded pictures being prepared: one a decode thread, a few times the model's input size;
* prepared pictures: two waiting batches and the one being encoded, ``image_size ** 2 * 3`` bytes
  a picture and four times that for an animation.

However a run ends, the vectors that it computed are committed if the library still accepts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.indexing.channel import ChannelAbortedError
from tui.indexing.commit_stage import TICK_SECONDS, CommitStage
from tui.indexing.content_claims import ContentClaims
from tui.indexing.executor import IndexRun

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tui.core.domain import Cancelled
    from tui.indexing.changes import FolderChanges
    from tui.indexing.executor import Executor
    from tui.indexing.progress import ProgressCounter
    from tui.library.base.store import Store, StoreWriter


def run_pipeline(
    store: Store,
    writer: StoreWriter,
    folders: Sequence[FolderChanges],
    tick: Cancelled,
    *,
    model_id: str,
    decoder_version: str,
    batch_size: int,
    executor: Executor,
    progress: ProgressCounter,
    on_commit: Callable[[Cancelled], object],
) -> bool:
    """Index every new and changed file of some folders.

    Args:
        store: the library.
        writer: of the same library.
        folders: their changes.
        tick: called several times a second; True means stop.
        model_id: the model whose vectors are computed.
        decoder_version: decides which failed files are retried.
        batch_size: rows that the model encodes at once.
        executor: hashes, decodes and embeds.
        progress: counts the files.
        on_commit: called after each commit, in a thread of the run. Its argument returns
            whether the run stops; it may take long.

    Returns:
        Whether the run completed; False if ``tick`` stopped it.

    Raises:
        PhotoseekError: a stage failed, as any error of the model does. The computed vectors are
            committed.
    """
    claims = ContentClaims(store, model_id, decoder_version)
    commits = CommitStage(writer, model_id, claims=claims, progress=progress, on_commit=on_commit)
    run = IndexRun(store, writer, model_id, decoder_version, batch_size, claims, commits)
    threads = run.threads
    threads.on_stop(run.pending.abort, commits.stop)
    threads.start("compare", 1, lambda: _compare(run, folders, progress), run.pending.close)
    [committer] = threads.start("commit", 1, commits.run, lambda: None)
    with run.resources:
        try:
            is_done = executor.process(run, tick)
            commits.close()
            while committer.is_alive():
                if tick() or not is_done:
                    is_done = False
                    threads.stop()
                committer.join(TICK_SECONDS)
        except ChannelAbortedError:
            is_done = False  # A stage failed; its error is raised below.
        finally:
            threads.stop()
            threads.join()
    if threads.errors:
        raise threads.errors[0]
    return is_done


def _compare(run: IndexRun, folders: Sequence[FolderChanges], progress: ProgressCounter) -> None:
    """Queue new and changed files, and remove the files that no longer exist."""
    stopping = run.threads.stopping
    if all(changes.target.is_root for changes in folders):
        progress.folders = len(folders)
    for changes in folders:
        for task in changes.tasks(stopping.is_set):
            run.pending.put(task)
            progress.add_pending()
        if stopping.is_set():
            return  # The scan is incomplete: remove nothing.
        removed = run.writer.remove_files(changes.vanished) if changes.vanished else 0
        if changes.mounts is not None:
            changes.mounts.save(run.writer)
        if changes.target.deep or changes.missing:
            run.writer.set_available(changes.target.start, changes.missing)
        progress.folder_scanned(changes.unchanged, removed, changes.failures)
    progress.scan_finished()
