"""Handles the results of workers in the driver: claims contents, queues files, commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.errors import ClusterError
from tui.indexing.ray.worker import UnreadableFile, can_open
from tui.library.base.records import IndexedFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Executor

    from tui.core.domain import Cancelled, ImageFile
    from tui.indexing.executor import IndexRun
    from tui.indexing.ray.worker_pool import HashedFile, WorkerHandle


class ResultHandler:
    """Handles the results of one run.

    Args:
        run: its claims and commits.
        checks: threads that check whether files have changed since the scan.
        tick: called while the commit stage is full; True means stop.
    """

    def __init__(self, run: IndexRun, checks: Executor, tick: Cancelled) -> None:
        self._run = run
        self._checks = checks
        self._tick = tick
        self._is_registered = False

    def register_model(self, dim: int) -> None:
        """Register the model with the length of its vectors, once."""
        if not self._is_registered:
            self._run.writer.register_model(self._run.model_id, dim)
            self._is_registered = True

    def hashed(
        self,
        worker: WorkerHandle,
        files: Sequence[ImageFile],
        results: Sequence[bytes | UnreadableFile],
    ) -> None:
        """Handle the hashes that a worker computed."""
        readable = []
        for file, result in zip(files, results, strict=True):
            if isinstance(result, UnreadableFile):
                self.failed(worker, file, result)
            else:
                readable.append((result, file))
        self.claim(worker, readable)

    def claim(self, worker: WorkerHandle, hashed: Sequence[HashedFile]) -> None:
        """Queue files to embed, and commit those whose content the library has."""
        reused = []
        for item, claim in zip(hashed, self._run.claims.claim(hashed), strict=True):
            if claim.embed:
                worker.queue.append(item)
            else:
                worker.to_release.append(item[1].path)
            if claim.reused is not None:
                reused.append(claim.reused)
        unchanged = [item for item, is_unchanged in self._checked(reused) if is_unchanged]
        self._run.commits.submit(unchanged, self._tick)

    def embedded(
        self,
        worker: WorkerHandle,
        hashed: Sequence[HashedFile],
        results: Sequence[IndexedFile | UnreadableFile | None],
    ) -> None:
        """Commit the results of a worker's batch; try another file for the unusable ones.

        Args:
            worker: the worker.
            hashed: the files of the batch.
            results: one for each; None for a file that the worker did not start.
        """
        for item, result in zip(hashed, results, strict=True):
            if isinstance(result, UnreadableFile):
                self.failed(worker, item, result)
        commits = []
        for result, is_unchanged in self._checked(
            [result for result in results if isinstance(result, IndexedFile)]
        ):
            if is_unchanged:
                commits.append(result)
            elif result.digest is not None:
                self._pass_to_next_file(worker, result.digest)
        self._run.commits.reserve(sum(item.vector is not None for item in commits), self._tick)
        self._run.commits.submit(commits, self._tick)

    def failed(
        self, worker: WorkerHandle, item: ImageFile | HashedFile, failure: UnreadableFile
    ) -> None:
        """Commit the failure of an unreadable file.

        Raises:
            ClusterError: the driver can open the file, so the worker lacks the folder.
        """
        digest, file = item if isinstance(item, tuple) else (None, item)
        if not failure.can_open and can_open(file):
            raise ClusterError(
                f"{worker.host} does not see {file.path}, which is here; "
                "have the folder at the same path on all hosts of the cluster."
            )
        self._run.commits.fail(file, failure.reason)
        if digest is not None:
            self._pass_to_next_file(worker, digest)

    def _checked(self, items: Sequence[IndexedFile]) -> Iterator[tuple[IndexedFile, bool]]:
        """Yield each item with whether its file is unchanged since the scan."""
        files = [item.file for item in items]
        return zip(items, self._checks.map(self._run.commits.is_unchanged, files), strict=True)

    def _pass_to_next_file(self, worker: WorkerHandle, digest: bytes) -> None:
        file = self._run.claims.pass_to_next_file(digest)
        if file is not None:
            worker.queue.append((digest, file))
